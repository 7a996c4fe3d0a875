import {
  type Book,
  balanceOf,
  bill,
  type Call,
  complete,
  contextOf,
  freeOf,
  type Program,
  place,
  pricedUnits,
  quoteReward,
  type Reserved,
  rewardAsset,
  rewardIdOf,
  type Sale,
  SHOP_WITH_POINTS,
  snapshotOf,
  zoneOf,
} from '@regulars/engine'
import { instantOf, memberOf, type PastOrder } from '../replay/index.ts'
import { type Customer, liveUntil, newCustomer, visit } from './customer.ts'
import { openTally, type Tally } from './tally.ts'

export interface HistoryInput {
  readonly program: Program
  readonly orders: readonly PastOrder[]
  readonly seed: number
  /** The store that an order of the history was made at. */
  readonly storeOf: (orderNumber: string) => string
}

/** What a program makes of a history: its totals, and what each order came to. */
export interface Played {
  readonly tally: Tally
  readonly orders: ReadonlyMap<string, { readonly discount: number; readonly points: number }>
}

/**
 * Plays a history under a program, in memory: the same orders by the same members, every order completed, and the cheapest reward that applies used
 * whenever a member has one. The same input always gives the same outcome.
 */
export function playHistory({ program, orders, seed, storeOf }: HistoryInput): Played {
  const tally = openTally(program)
  const customers = new Map<number, Customer>()
  const outcomes = new Map<string, { discount: number; points: number }>()
  const newId = countingIds()
  let end = 0
  for (const order of orders) {
    const storeCode = storeOf(order.number)
    const at = instantOf(order.wall, zoneOf(program, storeCode))
    end = Math.max(end, at)
    const call = callOf(program, order, storeCode)
    tally.totals.orders += 1
    tally.totals.sales += call.subtotal
    const number = memberOf(order.number, seed)
    if (number === null) continue
    const customer = customers.get(number) ?? newCustomer(number, { seed, at })
    customers.set(number, customer)
    liveUntil(program, customer, { at, newId, tally })
    outcomes.set(
      order.number,
      visit(program, customer, { at, newId, tally }, (book, reserved) =>
        takeOrder({ program, book, customer, call, tally, reserved }),
      ),
    )
    customer.wallet = { ...customer.wallet, activeAt: at }
  }
  for (const customer of customers.values()) settle(program, customer, { at: end, newId, tally })
  return { tally, orders: outcomes }
}

interface Visit {
  readonly program: Program
  readonly book: Book
  readonly customer: Customer
  readonly call: Call
  readonly tally: Tally
  readonly reserved: Reserved
}

function takeOrder({ program, book, customer, call, tally, reserved }: Visit): { discount: number; points: number } {
  const setting = {
    program,
    book,
    member: customer.facts,
    orderUid: call.orderId ?? '',
    storeCode: call.storeCode,
    at: book.now,
    reserved,
  }
  const sold = place(setting, withReward(setting, call), '', { lapsesAt: book.now + 1, quoting: true })
  if (!sold.ok) throw new Error(`order ${call.orderId} is refused: ${sold.refusal.error}`)
  const sale = sold.value
  const captured = bill(setting, sale)
  if (!captured.ok) throw new Error(`order ${call.orderId} cannot be billed: ${captured.refusal.error}`)
  const earned = complete(setting, sale, new Set())
  return count({ tally, customer }, sale, earned?.quantity ?? 0, [...sale.because, ...(earned?.because ?? [])])
}

function count(
  { tally, customer }: Pick<Visit, 'tally' | 'customer'>,
  { redemption }: Sale,
  points: number,
  because: Sale['because'],
): { discount: number; points: number } {
  const discount = redemption?.discount ?? 0
  const member = tally.member(customer.number)
  member.orders += 1
  member.reward_cost += discount
  tally.totals.member_orders += 1
  tally.totals.reward_cost += discount
  tally.totals.rewards_redeemed += redemption ? 1 : 0
  tally.countRules(because)
  return { discount, points }
}

/** The cheapest reward that applies: what was issued first, then the fewest points; among equals the one that takes off most. */
function withReward({ program, book, member, storeCode, at }: Parameters<typeof place>[0], call: Call): Call {
  const snapshot = snapshotOf({ program, book, member })
  const { units, nets } = pricedUnits(call)
  const context = contextOf(call, storeCode, at, book.now)
  const free = freeOf(book, program.units)
  const priced = candidates(program, book, free).flatMap(({ key, pay }) => {
    const quoted = quoteReward(program, key, { units, nets, context, member: snapshot, pay })
    if (!quoted.ok) return []
    const { cost, discount } = quoted.value
    const points = cost.kind === 'points' ? cost.points : 0
    return points > free ? [] : [{ id: rewardIdOf(program, { rewardKey: key, pay }), discount, points }]
  })
  const [best] = priced.sort((a, b) => a.points - b.points || b.discount - a.discount || (a.id < b.id ? -1 : 1))
  return best ? { ...call, discount: best.discount, reward: { id: best.id, discount: best.discount } } : call
}

function candidates(program: Program, book: Book, free: number): { key: string; pay: 'points' | 'reward' }[] {
  const rewards = [...program.rewards.values()]
  const issued = rewards
    .filter(({ key }) => freeOf(book, rewardAsset(key)) > 0)
    .map(({ key }) => ({ key, pay: 'reward' as const }))
  const tiers = program.type === 'points_banking' ? rewards.filter(({ points }) => points !== undefined && points <= free) : []
  const all = [...issued, ...tiers.map(({ key }) => ({ key, pay: 'points' as const }))]
  return program.valuePerPoint && free > 0 ? [...all, { key: SHOP_WITH_POINTS, pay: 'points' }] : all
}

/** What a customer has when the history ends. */
function settle(
  program: Program,
  customer: Customer,
  { at, newId, tally }: { at: number; newId: () => string; tally: Tally },
): void {
  liveUntil(program, customer, { at, newId, tally })
  visit(program, customer, { at, newId, tally }, (book) => {
    const balance = balanceOf(book, program.units)
    tally.member(customer.number).points_outstanding = balance
    tally.totals.points_outstanding += balance
    for (const key of program.rewards.keys()) tally.totals.rewards_outstanding += balanceOf(book, rewardAsset(key))
  })
}

function callOf(program: Program, { number, dishes }: PastOrder, storeCode: string): Call {
  return {
    status: 'completed',
    orderId: number,
    storeCode,
    source: 'instore',
    type: 'regular',
    rendition: 'onsite',
    currency: program.currency,
    digits: program.digits,
    subtotal: dishes.reduce((sum, dish) => sum + dish.cents, 0),
    discount: 0,
    lines: dishes.map(({ label, product, category, cents }) => ({
      label,
      product,
      categories: [category],
      cost: cents,
      quantity: 1,
      modifiers: [],
    })),
  }
}

/** Ordered by time, as the ledger takes ids to be. */
function countingIds(): () => string {
  let count = 0
  return () => String(++count).padStart(9, '0')
}
