import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { signature } from '../signature.ts'
import type { HistoryEvent } from './member-history.ts'
import { type Happened, REWARD_POINTS } from './member-model.ts'
import type { Random } from './random.ts'

/** Everything the tills of one run have in common. It changes under them: credentials are rotated, servers come and go. */
export interface Shop {
  readonly accountId: string
  readonly apiKey: string
  secret: string
  /** Ports of the lines to the servers; each call takes one by chance. */
  readonly ports: readonly [number, ...number[]]
  readonly record: (event: HistoryEvent) => void
  /** Tills stop beginning orders. */
  closed: boolean
}

export interface Answer {
  readonly http: number
  readonly text: string
}

export type Status = 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'

const TIMEOUT_MS = 3_000
/** Tills retry until they are answered; the run itself has a limit. */
const PATIENCE_MS = 90_000
const DISCOUNT = 5

/** One call over one connection of its own; undefined when no whole answer came. */
export function callOnce(shop: Shop, port: number, path: string, body?: string): Promise<Answer | undefined> {
  const headers = {
    'X-Class-Key': shop.apiKey,
    'X-Class-Signature': signature(shop.secret, path, body),
    ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  }
  return new Promise((resolve) => {
    const call = request(
      { host: '127.0.0.1', port, path, method: body === undefined ? 'GET' : 'POST', headers, agent: false, timeout: TIMEOUT_MS },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => resolve(undefined))
        response.on('aborted', () => resolve(undefined))
        response.on('end', () => resolve({ http: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      },
    )
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end(body)
  })
}

/** Whether an answer says something of the call, and not of the moment. */
const isAnswer = (answer: Answer | undefined): answer is Answer =>
  answer !== undefined && answer.http < 500 && answer.http !== 429

/** Repeats a call, byte for byte, on whichever server, until one answers it. Throws when none ever does. */
export async function callUntilAnswered(
  shop: Shop,
  random: Random,
  path: string,
  body?: string,
): Promise<Answer & { tries: number }> {
  const until = Date.now() + PATIENCE_MS
  for (let tries = 1; Date.now() < until; tries++) {
    const answer = await callOnce(shop, random.pick(shop.ports), path, body)
    if (isAnswer(answer)) return { ...answer, tries }
    await sleep(random.between(20, 60 * Math.min(tries, 8)))
  }
  throw new Error(`no answer within ${PATIENCE_MS / 1000} s: ${path}`)
}

/** A member of this phone; asked for as often as it takes. */
export async function joinMember(
  shop: Shop,
  random: Random,
  phone: string,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  return callUntilAnswered(shop, random, '/loyalty/accounts', JSON.stringify({ customer: { phone, ...extra } }))
}

/** What a till does over and over: sells, with a reward where there is one, and finishes, voids or refunds; looks things up in between. */
export async function visit(shop: Shop, random: Random, member: string, orderId: string): Promise<void> {
  if (random.chance(0.2)) return void (await readBalance(shop, random, member))
  if (random.chance(0.4)) return redeem(shop, random, member, orderId)
  const amount = random.between(20, 140)
  await runOrder(shop, random, member, cartOf(shop, orderId, amount), random.pick(SALES), 0)
}

const REDEMPTIONS: [readonly Status[], ...(readonly Status[])[]] = [
  ['placed', 'billed', 'completed'],
  ['placed', 'billed', 'completed'],
  ['billed', 'completed'],
  ['placed', 'voided'],
  ['placed', 'billed', 'voided'],
  ['placed', 'billed', 'completed', 'refunded'],
]
const SALES: [readonly Status[], ...(readonly Status[])[]] = [['completed'], ...REDEMPTIONS]

export async function readBalance(shop: Shop, random: Random, member: string): Promise<number> {
  const start = performance.now()
  const answer = await callUntilAnswered(shop, random, `/loyalty/accounts/${member}/balance`)
  const points = (JSON.parse(answer.text) as { quantity: number }).quantity
  shop.record({ member, start, end: performance.now(), happened: { kind: 'balance', points } })
  return points
}

interface Listed {
  readonly id: string
  readonly label: string
  readonly quantity: number
}

async function redeem(shop: Shop, random: Random, member: string, orderId: string): Promise<void> {
  const rewardId = await findReward(shop, random, member)
  if (rewardId === undefined) return
  const cart = cartOf(shop, orderId, random.between(20, 60), rewardId)
  await runOrder(shop, random, member, cart, random.pick(REDEMPTIONS), REWARD_POINTS)
}

/** What the member's list calls the reward; undefined where there are no points for it. */
export async function findReward(shop: Shop, random: Random, member: string): Promise<string | undefined> {
  const start = performance.now()
  const answer = await callUntilAnswered(shop, random, `/loyalty/accounts/${member}/rewards?store=999999`)
  const reward = (JSON.parse(answer.text) as { rewards: Listed[] }).rewards.find(({ label }) => label.startsWith('$5 Off'))
  shop.record({ member, start, end: performance.now(), happened: { kind: 'rewards', affordable: reward?.quantity ?? 0 } })
  return reward?.id
}

export type Cart = Readonly<Record<string, unknown>> & { readonly id: string }

export function cartOf(shop: Shop, id: string, amount: number, rewardId?: string): Cart {
  return {
    ...{ id, source: 'instore', vendor: '999999', brand: shop.accountId, subtotal: amount },
    ...(rewardId !== undefined && { discount: DISCOUNT }),
    basket: {
      ...(rewardId !== undefined && {
        rewards: [{ provider: 'regulars', id: rewardId, level: 'basket', discount: DISCOUNT }],
      }),
      posEntries: [{ quantity: 1, posItem: { label: 'Hamburger', product: '101', cost: amount, categories: ['American'] } }],
    },
  }
}

/** A sale without a reward. */
export function sell(shop: Shop, random: Random, member: string, orderId: string, amount: number): Promise<void> {
  return runOrder(shop, random, member, cartOf(shop, orderId, amount), ['completed'], 0)
}

/** The calls of one order in turn. A till that lost a reply sends either that call again, or naively everything from the first call on. */
async function runOrder(
  shop: Shop,
  random: Random,
  member: string,
  cart: Cart,
  statuses: readonly Status[],
  cost: number,
): Promise<void> {
  const path = `/loyalty/accounts/${member}/orders`
  const answered: { body: string; text: string }[] = []
  for (const status of statuses) {
    const body = JSON.stringify({ ...cart, status })
    const start = performance.now()
    const answer = await callUntilAnswered(shop, random, path, body)
    const end = performance.now()
    const accepted = answer.http === 200
    const earned = accepted && status === 'completed' ? pointsEarned(answer.text) : 0
    const happened: Happened = { kind: 'order', order: cart.id, status, cost, earned, accepted }
    if (!accepted) return refusedOrder(shop, random, { member, start, end, happened }, path, cart, answer)
    shop.record({ member, start, end, happened, sent: { path, body, answer: answer.text } })
    answered.push({ body, text: answer.text })
    if (answer.tries > 1 && random.chance(0.5)) await resendAll(shop, random, path, answered)
  }
}

async function resendAll(
  shop: Shop,
  random: Random,
  path: string,
  answered: readonly { body: string; text: string }[],
): Promise<void> {
  for (const { body, text } of answered) {
    const again = await callUntilAnswered(shop, random, path, body)
    if (again.text !== text) throw new Error(`a repeated call was answered anew:\n${body}\nfirst ${text}\nthen  ${again.text}`)
  }
}

/**
 * What was refused, and was not sent for the first time, may have left a copy on its way that is taken later, when there is room; so a careful till voids it,
 * and nothing hangs.
 */
async function refusedOrder(
  shop: Shop,
  random: Random,
  event: HistoryEvent,
  path: string,
  cart: Cart,
  answer: Answer & { readonly tries: number },
): Promise<void> {
  if (event.happened.kind !== 'order' || event.happened.cost === 0)
    throw new Error(`refused: ${JSON.stringify(cart)}\n${answer.text}`)
  shop.record(event)
  const body = JSON.stringify({ ...cart, status: 'voided' })
  const start = performance.now()
  const voided = await callUntilAnswered(shop, random, path, body)
  if (voided.http !== 200) throw new Error(`a void was refused: ${body}\n${voided.text}`)
  const end = performance.now()
  if (answer.tries > 1) shop.record({ ...event, end, optional: true, happened: { ...event.happened, accepted: true } })
  const happened: Happened = { kind: 'order', order: cart.id, status: 'voided', cost: 0, earned: 0, accepted: true }
  shop.record({ member: event.member, start, end, happened, sent: { path, body, answer: voided.text } })
}

export function pointsEarned(text: string): number {
  return (JSON.parse(text) as { transaction: { points_earned?: number } }).transaction.points_earned ?? 0
}
