import type { HistoryEvent } from './member-history.ts'
import { type Happened, REWARD_POINTS } from './member-model.ts'
import type { Random } from './random.ts'
import {
  type Answer,
  type Cart,
  callUntilAnswered,
  cartOf,
  findReward,
  pointsEarned,
  readBalance,
  type Shop,
  type Status,
  sell,
} from './till.ts'

/*
 * Many calls for one member at the same instant, so that the servers decide what waits in a row: of different orders, of the same ones, and copies of both.
 */

/** A call that is sent so many times at once. */
interface Planned {
  readonly cart: Cart
  readonly status: Status
  readonly cost: number
  readonly copies: number
}

/** Few, since the search through the history takes calls that do the same for one (linearize.ts). */
const AMOUNTS: [number, ...number[]] = [10, 15]
const REWARD_AMOUNT = 20
/** Enough for the first reward, under any program. */
const FIRST_AMOUNT = 150
const SALES = [8, 24] as const
/** More than there are points for, as a rule. */
const REWARDS = [4, 8] as const
const CHAINS = [1, 3] as const
const VOIDED_AT_ONCE = [0, 2] as const
const READS = [2, 4] as const
const COPY_CHANCE = 0.3

/** Gives how many orders were written in each of its two waves, together: a commit each, had every order been waited for. */
export async function playBurst(shop: Shop, random: Random, member: string, name: string): Promise<number> {
  const rewardId = await earnReward(shop, random, member, name)
  const once = firstWave(shop, random, name, rewardId)
  const reads = Array.from({ length: random.between(...READS) }, () => readBalance(shop, random.fork(), member))
  const [first] = await Promise.all([playWave(shop, random, member, once), findReward(shop, random.fork(), member), ...reads])
  const second = await playWave(shop, random, member, secondWave(random, first))
  recordStrays(shop, member, first, second)
  return ordersOf(first) + ordersOf(second)
}

/** There has to be something to compete for. */
async function earnReward(shop: Shop, random: Random, member: string, name: string): Promise<string> {
  for (let sale = 0; ; sale++) {
    const rewardId = await findReward(shop, random, member)
    if (rewardId !== undefined) return rewardId
    await sell(shop, random, member, `${name}-before-${sale}`, FIRST_AMOUNT)
  }
}

/** Sales, rewards that are placed, all steps of one order at once, and orders that are voided while they are placed. */
function firstWave(shop: Shop, random: Random, name: string, rewardId: string): Planned[] {
  const times = <T>([least, most]: readonly [number, number], plan: (n: number) => T): T[] =>
    Array.from({ length: random.between(least, most) }, (_, n) => plan(n))
  const cart = (id: string) => cartOf(shop, `${name}-${id}`, random.pick(AMOUNTS))
  const planned = (of: Cart, status: Status, cost = 0): Planned => {
    return { cart: of, status, cost, copies: random.chance(COPY_CHANCE) ? 2 : 1 }
  }
  const steps = (of: Cart, statuses: readonly Status[]) => statuses.map((status) => planned(of, status))
  return random.shuffled([
    ...times(SALES, (n) => planned(cart(`sale-${n}`), 'completed')),
    ...times(REWARDS, (n) => planned(cartOf(shop, `${name}-reward-${n}`, REWARD_AMOUNT, rewardId), 'placed', REWARD_POINTS)),
    ...times(CHAINS, (n) => steps(cart(`chain-${n}`), ['placed', 'billed', 'completed'])).flat(),
    ...times(VOIDED_AT_ONCE, (n) => steps(cart(`void-${n}`), ['placed', 'voided'])).flat(),
  ])
}

/** What comes of them: rewards are sold or given back, those that were refused are voided, as a careful till does, and some sales are refunded. */
function secondWave(random: Random, first: readonly Played[]): Planned[] {
  return first.flatMap(({ planned, accepted }): Planned[] => {
    const next = (status: Status): Planned[] => [{ ...planned, status, copies: random.chance(COPY_CHANCE) ? 2 : 1 }]
    if (planned.cost > 0) return next(accepted.length > 0 && random.chance(0.7) ? 'completed' : 'voided')
    const isSale = planned.status === 'completed' && planned.cart.id.includes('sale')
    return isSale && random.chance(0.2) ? next('refunded') : []
  })
}

type Answered = Answer & { readonly tries: number; readonly start: number; readonly end: number }

interface Played {
  readonly planned: Planned
  readonly accepted: readonly Answered[]
  readonly refused: readonly Answered[]
}

async function playWave(shop: Shop, random: Random, member: string, wave: readonly Planned[]): Promise<Played[]> {
  const path = `/loyalty/accounts/${member}/orders`
  const played = await Promise.all(
    wave.map(async (planned): Promise<Played> => {
      const body = JSON.stringify({ ...planned.cart, status: planned.status })
      const copies = Array.from({ length: planned.copies }, async (): Promise<Answered> => {
        const start = performance.now()
        const answer = await callUntilAnswered(shop, random.fork(), path, body)
        return { ...answer, start, end: performance.now() }
      })
      const answers = await Promise.all(copies)
      const [accepted, refused] = [answers.filter(({ http }) => http === 200), answers.filter(({ http }) => http !== 200)]
      const [first] = accepted
      const other = accepted.find(({ text }) => text !== first?.text)
      if (first && other)
        throw new Error(`copies of a call are answered differently:\n${body}\none ${first.text}\nand ${other.text}`)
      return { planned, accepted, refused }
    }),
  )
  for (const one of played) for (const event of eventsOf(member, path, one)) shop.record(event)
  return played
}

/** Copies of a call are one call: it takes place once, before the first that says so. Each refusal says something of its own. */
function eventsOf(member: string, path: string, { planned, accepted, refused }: Played): HistoryEvent[] {
  const { cart, status, cost } = planned
  const [first] = accepted
  const happened = (isAccepted: boolean, earned = 0): Happened => ({
    ...{ kind: 'order', order: cart.id, status, cost, earned, accepted: isAccepted },
  })
  const refusals = refused.map(({ start, end }): HistoryEvent => ({ member, start, end, happened: happened(false) }))
  if (!first) return refusals
  const start = Math.min(...[...accepted, ...refused].map((answer) => answer.start))
  const end = Math.min(...accepted.map((answer) => answer.end))
  const sent = { path, body: JSON.stringify({ ...cart, status }), answer: first.text }
  const earned = status === 'completed' ? pointsEarned(first.text) : 0
  return [...refusals, { member, start, end, happened: happened(true, earned), sent }]
}

/**
 * A reward that was refused, and not at the first try, may have left a copy that was taken before the order was voided. Nothing else that is refused here can be
 * taken later: its order is over.
 */
function recordStrays(shop: Shop, member: string, first: readonly Played[], second: readonly Played[]): void {
  for (const { planned, accepted, refused } of first) {
    const { cart, status, cost } = planned
    if (cost === 0 || accepted.length > 0 || refused.every(({ tries }) => tries === 1)) continue
    const voided = second.find((one) => one.planned.cart.id === cart.id)?.accepted ?? []
    const start = Math.min(...refused.map((answer) => answer.start))
    const end = Math.min(...voided.map((answer) => answer.end))
    const happened: Happened = { kind: 'order', order: cart.id, status, cost, earned: 0, accepted: true }
    shop.record({ member, start, end, happened, optional: true })
  }
}

function ordersOf(played: readonly Played[]): number {
  return new Set(played.filter(({ accepted }) => accepted.length > 0).map(({ planned }) => planned.cart.id)).size
}
