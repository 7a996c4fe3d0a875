import { type Books, openBooks, type Time } from './books.ts'
import { DAY_MS, dayOf, daysAfter, startOf, wallAt } from './days.ts'
import { type Draft, type PlanNumbers, schedule, signUp } from './draft.ts'
import { type PastOrder, readHistory } from './history.ts'
import { MEMBERS, memberOf, nameOf, phonesOf } from './population.ts'
import { type Rules, readRules } from './rules.ts'
import type { Call, PlannedMember, Slot } from './script.ts'
import { drawIndex } from './seeded.ts'
import { takeOrder } from './take-order.ts'

export interface PlanInput {
  readonly ordersFile: string
  readonly menuFile: string
  readonly programFile: string
  readonly seed: number
  /** Epoch milliseconds; the last order is taken on the day before, by the account's zone. */
  readonly now: number
  /** Plays only this many orders, the first of the history. */
  readonly limit?: number
  /** Every order at this store; absent: spread over the program's stores. */
  readonly storeCode?: string
  /** `running` when the server's clock cannot be moved: then everything arrives today, and nothing expires. */
  readonly clock?: Time['clock']
}

/** The whole script of a replay. The same input always gives the same plan. */
export interface Plan {
  readonly rules: Rules
  readonly time: Time
  /** Stands before every order id and decides the phones, so that replays of other days, seeds or lengths do not meet on one server. */
  readonly namespace: string
  readonly members: readonly PlannedMember[]
  readonly slots: readonly Slot[]
  readonly calls: readonly Call[]
  /** The day after the last order; the books are compared when it begins. */
  readonly closingDay: string
  readonly numbers: PlanNumbers
}

/** Decides, from the orders, the seed and the program alone, every call of a replay: who buys, what is redeemed, and all that goes wrong. */
export function makePlan(input: PlanInput): Plan {
  const rules = readRules(input.programFile)
  const today = dayOf(wallAt(input.now, rules.zone))
  const time: Time = { clock: input.clock ?? 'moved', now: input.now, today }
  const history = readHistory(input.menuFile, input.ordersFile)
  const orders = shifted(history.slice(0, input.limit), today)
  const draft = openDraft(input, openBooks(rules, time), today)

  for (const order of orders) schedule(draft, order.wall, () => takeOrder(draft, order))
  for (const member of membersWithoutOrder(history, input.seed)) {
    const visit = orders[drawIndex(input.seed, `sign-up:${member}`, history.length)]
    if (visit) schedule(draft, visit.wall, (wall) => signUp(draft, member, wall))
  }
  playOut(draft)

  const namespace = namespaceOf(input, daysAfter(today, -1))
  const members = Array.from({ length: MEMBERS }, (_, member) => ({
    phones: phonesOf(member, namespace, today, isStandard(input)),
    ...nameOf(member, input.seed),
  }))
  return { rules, time, namespace, members, slots: draft.slots, calls: draft.calls, closingDay: today, numbers: draft.numbers }
}

/** The fixed seed of a replay that asks for no other. */
export const DEFAULT_SEED = 20_230_101

function openDraft({ seed, storeCode }: PlanInput, books: Books, today: string): Draft {
  return {
    seed,
    books,
    storeCodes: storeCode === undefined ? books.rules.storeCodes : [storeCode],
    endsWall: startOf(today) - 1,
    events: [],
    slots: [],
    calls: [],
    joined: new Set(),
    numbers: {},
  }
}

/** Runs the events by time. An event may schedule others after itself; what would happen after the last day does not. */
function playOut(draft: Draft): void {
  for (let event = draft.events.shift(); event && event.wall <= draft.endsWall; event = draft.events.shift())
    event.happen(event.wall)
}

/** Moves the history by whole days, so that its last order was taken yesterday; the times on the wall stay. */
function shifted(orders: readonly PastOrder[], today: string): PastOrder[] {
  const lastDay = Math.max(...orders.map((order) => startOf(dayOf(order.wall))))
  const shift = startOf(today) - DAY_MS - lastDay
  return orders.map((order) => ({ ...order, wall: order.wall + shift }))
}

function membersWithoutOrder(orders: readonly PastOrder[], seed: number): number[] {
  const buyers = new Set(orders.map((order) => memberOf(order.number, seed)))
  return Array.from({ length: MEMBERS }, (_, member) => member).filter((member) => !buyers.has(member))
}

const isStandard = ({ seed, limit, storeCode, clock }: PlanInput): boolean =>
  seed === DEFAULT_SEED && limit === undefined && storeCode === undefined && clock !== 'running'

function namespaceOf(input: PlanInput, lastDay: string): string {
  const parts = [
    lastDay.replaceAll('-', ''),
    input.seed === DEFAULT_SEED ? '' : `s${input.seed}`,
    input.limit === undefined ? '' : `n${input.limit}`,
    input.storeCode === undefined ? '' : `v${input.storeCode}`,
    input.clock === 'running' ? 'r' : '',
  ]
  return parts.filter((part) => part !== '').join('-')
}
