import { CHECK_NAMES, type CheckName, checkOf } from '@regulars/contract'
import { type Program, readRewardId, SHOP_WITH_POINTS } from '@regulars/engine'
import type { Seen } from './store.ts'

/** Where a partner stands with one line of the checklist. */
export interface Tick {
  readonly name: CheckName
  readonly state: 'seen' | 'missing' | 'not_applicable'
  /** The request that completed it. */
  readonly by?: Seen
}

/** One order, as the partner told it. */
interface Journey {
  readonly calls: readonly Seen[]
  readonly member: string
  readonly reward?: string
  /** The call that was accepted last for a status; undefined where none was. */
  done(status: string): Seen | undefined
}

/** Ticks the checklist for what has been seen; what only a client can try is not part of it. */
export function tickOff(program: Program, traffic: readonly Seen[]): Tick[] {
  const journeys = journeysOf(traffic)
  return CHECK_NAMES.filter((name) => checkOf(name).partner !== undefined).map((name): Tick => {
    if (!applies(name, program)) return { name, state: 'not_applicable' }
    const by = WATCHES[name]?.({ program, traffic, journeys })
    return by ? { name, state: 'seen', by } : { name, state: 'missing' }
  })
}

interface Watched {
  readonly program: Program
  readonly traffic: readonly Seen[]
  readonly journeys: readonly Journey[]
}

/** The request that completes a line, if there was one. */
type Watch = (watched: Watched) => Seen | undefined

const call =
  (method: string, route: RegExp, status: number, reason?: string): Watch =>
  ({ traffic }) =>
    traffic.find(
      (seen) =>
        seen.method === method &&
        route.test(seen.route) &&
        seen.status === status &&
        (reason === undefined || seen.reason === reason),
    )

/** Quoted without a discount for this reason, or refused for it. */
const refusedFor =
  (reason: string, fits: (seen: Seen) => boolean = () => true): Watch =>
  ({ traffic }) =>
    traffic.find((seen) => (seen.reason === reason || seen.facts.why === reason) && fits(seen))

const whole =
  (fits: (journey: Journey, watched: Watched) => boolean): Watch =>
  (watched) =>
    firstOf(watched.journeys, (journey) => {
      const steps = ['checkout', 'placed', 'billed', 'completed'].map((status) => journey.done(status))
      const inOrder = steps.every((step, at) => step && (at === 0 || (steps[at - 1]?.at ?? 0) <= step.at))
      return inOrder && fits(journey, watched) ? steps.at(-1) : undefined
    })

const redeems = (offer: string) =>
  whole(({ reward, done }, { program }) => offerOf(program, reward) === offer && (done('checkout')?.facts.given ?? 0) > 0)

/** Taken back, and looked at afterwards. */
const undone =
  (by: 'voided' | 'refunded', withReward: boolean): Watch =>
  ({ journeys, traffic }) =>
    firstOf(journeys, ({ member, reward, done }) => {
      const end = done(by)
      const began = by === 'voided' ? (done('placed') ?? done('billed')) : done('completed')
      if (!end || !began || began.at > end.at || (reward !== undefined) !== withReward || member === 'guest') return undefined
      return traffic.find(
        (seen) => seen.method === 'GET' && seen.status === 200 && seen.facts.member === member && seen.at >= end.at,
      )
    })

const paysWithPoints = (fits: (given: number, worth: number) => boolean): Watch =>
  whole(({ calls, member, reward, done }, { program, traffic }) => {
    if (offerOf(program, reward) !== SHOP_WITH_POINTS) return false
    const from = calls[0]?.at ?? 0
    const worth = traffic.findLast(({ facts, at }) => facts.member === member && facts.worth !== undefined && at <= from)?.facts
      .worth
    const given = done('billed')?.facts.given ?? 0
    return worth !== undefined && given > 0 && fits(given, worth)
  })

const WATCHES: Partial<Record<CheckName, Watch>> = {
  member_created: call('POST', /^\/loyalty\/accounts$/, 201),
  member_known: call('POST', /^\/loyalty\/accounts$/, 200),
  phone_invalid: call('POST', /^\/loyalty\/accounts$/, 400, 'phone_invalid'),
  rewards_list: call('GET', /\/rewards$/, 200),
  balance: call('GET', /\/balance$/, 200),
  order_plain: whole(({ member, reward }) => member !== 'guest' && reward === undefined),
  order_guest: ({ journeys }) => firstOf(journeys, ({ member, done }) => (member === 'guest' ? done('completed') : undefined)),
  reward_money_off: redeems('rebate'),
  reward_percent_off: redeems('discount'),
  reward_free_item: redeems('gift'),
  reward_unknown: refusedFor('reward_unknown'),
  reward_no_items: refusedFor('items_missing', ({ facts }) => facts.none === true),
  reward_too_few_items: refusedFor('items_missing', ({ facts }) => facts.none !== true),
  points_whole: paysWithPoints((given, worth) => given >= worth),
  points_part: paysWithPoints((given, worth) => given < worth),
  points_more: refusedFor('amount_exceeds_balance'),
  void_plain: undone('voided', false),
  void_reward: undone('voided', true),
  refund_plain: undone('refunded', false),
  refund_reward: undone('refunded', true),
  repeat_same_answer: ({ journeys }) =>
    firstOf(journeys, ({ calls }) =>
      calls.find(
        ({ status, facts }, at) =>
          status === 200 &&
          facts.status !== 'checkout' &&
          calls.slice(0, at).some((before) => before.status === 200 && before.facts.status === facts.status),
      ),
    ),
}

/** What the program does not offer, a partner cannot show. */
function applies(name: CheckName, program: Program): boolean {
  const rewards = [...program.rewards.values()]
  const has = (offer: string) => rewards.some((reward) => reward.offer === offer)
  const shop = program.type === 'shop_with_points'
  if (name === 'reward_money_off') return has('rebate')
  if (name === 'reward_percent_off') return has('discount')
  if (name === 'reward_free_item' || name === 'reward_no_items') return has('gift')
  if (name === 'reward_too_few_items') return rewards.some(({ offer, buy }) => offer === 'gift' && buy !== undefined)
  if (name.startsWith('points_')) return shop
  if (name === 'void_reward' || name === 'refund_reward') return shop || rewards.length > 0
  return true
}

/** What kind of reward an id stands for. */
function offerOf(program: Program, rewardId: string | undefined): string | undefined {
  const ref = rewardId === undefined ? undefined : readRewardId(program, rewardId)
  return ref?.rewardKey === SHOP_WITH_POINTS ? SHOP_WITH_POINTS : program.rewards.get(ref?.rewardKey ?? '')?.offer
}

function journeysOf(traffic: readonly Seen[]): Journey[] {
  const byOrder = new Map<string, Seen[]>()
  for (const seen of traffic) {
    if (seen.orderId === undefined || seen.facts.status === undefined) continue
    const calls = byOrder.get(seen.orderId) ?? []
    calls.push(seen)
    byOrder.set(seen.orderId, calls)
  }
  return [...byOrder.values()].map((calls) => {
    const reward = calls.find(({ facts }) => facts.reward !== undefined)?.facts.reward
    return {
      calls,
      member: calls.findLast(({ facts }) => facts.member !== undefined)?.facts.member ?? '',
      ...(reward !== undefined && { reward }),
      done: (status) => calls.find((seen) => seen.status === 200 && seen.facts.status === status),
    }
  })
}

function firstOf<T>(all: readonly T[], find: (one: T) => Seen | undefined): Seen | undefined {
  for (const one of all) {
    const found = find(one)
    if (found) return found
  }
  return undefined
}
