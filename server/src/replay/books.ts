import { dayOf, daysAfter, instantOf } from './days.ts'
import type { Dish } from './history.ts'
import {
  earn,
  giveBack,
  issueReward,
  type MemberBook,
  openMemberBook,
  POINTS,
  reverse,
  type Taken,
  take,
  turnTo,
} from './member-book.ts'
import { discountOf, inOrder, pointsFor } from './pricing.ts'
import type { RewardRule, Rules } from './rules.ts'
import type { Call, OrderCall, Slot } from './script.ts'

/** How a script's times become days: with a clock that can be moved, or, without one, all on the day of the replay. */
export interface Time {
  readonly clock: 'moved' | 'running'
  readonly now: number
  readonly today: string
}

/** All members' books and all sales, while a script is gone through. */
export interface Books {
  readonly rules: Rules
  readonly time: Time
  readonly members: Map<number, MemberBook>
  readonly sales: Map<string, Sale>
}

export interface Sale {
  readonly order: string
  readonly member: number | null
  readonly placedWall: number
  readonly dishes: readonly Dish[]
  readonly shares: readonly number[]
  readonly reward?: RewardRule
  readonly taken: readonly Taken[]
  readonly returned: Set<number>
  state: 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'
}

export function openBooks(rules: Rules, time: Time): Books {
  return { rules, time, members: new Map(), sales: new Map() }
}

/** The member's book as it stands; empty before they join. */
export function bookOf(books: Books, member: number): MemberBook {
  let book = books.members.get(member)
  if (!book) {
    book = openMemberBook('')
    books.members.set(member, book)
  }
  return book
}

/** The day on which what happens at a time on the store's wall reaches the server. */
export function dayOfArrival(books: Books, wall: number): string {
  return books.time.clock === 'moved' ? dayOf(wall) : books.time.today
}

/** Makes what a call changes true in the books. */
export function applyCall(books: Books, call: Call, slots: readonly Slot[]): void {
  const slot = slots[call.slot]
  if (!call.acts || !slot) return
  const day = dayOfArrival(books, slot.endsWall)
  switch (call.kind) {
    case 'create':
      join(books, call.member, day, slot)
      break
    case 'claim':
      claim(books, call.member, call.order, day)
      break
    case 'order':
      applyOrder(books, call, day)
  }
}

function applyOrder(books: Books, call: OrderCall, day: string): void {
  if (call.member !== null) turnTo(bookOf(books, call.member), day)
  const sale = known(books, call)
  switch (call.status) {
    case 'checkout':
      break
    case 'placed':
      place(books, call)
      break
    case 'billed':
      bill(books, sale ?? place(books, call))
      break
    case 'completed':
      complete(books, bill(books, sale ?? place(books, call)))
      break
    case 'voided':
      // An order that nobody has heard of can be called off all the same.
      if (sale) callOff(books, sale)
      break
    case 'refunded':
      if (!sale) throw new Error(`order ${call.order} is refunded and was never sold`)
      refund(books, sale, call.dishes)
  }
}

function callOff(books: Books, sale: Sale): void {
  returnReward(books, sale)
  sale.state = 'voided'
}

function join(books: Books, member: number, day: string, slot: Slot): void {
  const book = bookOf(books, member)
  turnTo(book, day)
  for (const key of books.rules.welcome) {
    const rule = books.rules.rewards.get(key)
    if (!rule) throw new Error(`the program grants a reward ${key} that it does not have`)
    issueReward(book, { asset: key, at: slot.endsWall, lastDay: rule.days === undefined ? undefined : daysAfter(day, rule.days) })
  }
}

/** A guest's finished order becomes the member's, and earns by its own date. */
function claim(books: Books, member: number, order: string, day: string): void {
  const sale = books.sales.get(order)
  if (!sale) throw new Error(`order ${order} is claimed and was never sold`)
  turnTo(bookOf(books, member), day)
  const claimed = { ...sale, member }
  books.sales.set(order, claimed)
  complete(books, claimed)
}

/** The order as it was sold; a guest's that is not finished goes to the member under whom its next call comes. */
function known(books: Books, call: OrderCall): Sale | undefined {
  const sale = books.sales.get(call.order)
  if (!sale || sale.member === call.member) return sale
  const moved = { ...sale, member: call.member }
  books.sales.set(call.order, moved)
  return moved
}

function place(books: Books, call: OrderCall): Sale {
  const before = books.sales.get(call.order)
  if (before?.state === 'placed') returnReward(books, before)
  const dishes = inOrder(call.dishes)
  const sale: Sale = {
    order: call.order,
    member: call.member,
    placedWall: call.placedWall,
    dishes,
    ...redeem(books, call, dishes),
    returned: new Set(),
    state: 'placed',
  }
  books.sales.set(call.order, sale)
  return sale
}

function redeem(books: Books, call: OrderCall, dishes: readonly Dish[]): Pick<Sale, 'shares' | 'reward' | 'taken'> {
  if (!call.reward || call.member === null) return { shares: dishes.map(() => 0), taken: [] }
  const rule = books.rules.rewards.get(call.reward.key)
  const discount = rule && discountOf(rule, dishes)
  const taken = rule && take(bookOf(books, call.member), rule.points === undefined ? rule.key : POINTS, rule.points ?? 1)
  if (!rule || !discount || !taken)
    throw new Error(`order ${call.order} uses reward ${call.reward.key}, which its member does not have`)
  return { shares: discount.shares, reward: rule, taken }
}

function bill(books: Books, sale: Sale): Sale {
  if (sale.state !== 'placed') return sale
  sale.state = 'billed'
  countRedemption(books, sale, 1)
  return sale
}

function complete(books: Books, sale: Sale): void {
  sale.state = 'completed'
  if (sale.member === null) return
  const { rules } = books
  const lastDay = rules.pointDays === undefined ? undefined : daysAfter(earningDay(books, sale), rules.pointDays)
  const points = pointsFor(rules, sale.dishes, sale.shares, sale.returned)
  if (points > 0) earn(bookOf(books, sale.member), { order: sale.order, at: sale.placedWall, lastDay, points })
}

/** Takes dishes back. Points go by what is left of the order; the reward comes back with the last dish only. */
function refund(books: Books, sale: Sale, dishes: readonly Dish[]): void {
  const { rules } = books
  const before = pointsFor(rules, sale.dishes, sale.shares, sale.returned)
  for (const dish of dishes) {
    const index = sale.dishes.findIndex((one, at) => one.product === dish.product && !sale.returned.has(at))
    if (index === -1) throw new Error(`order ${sale.order} returns more of ${dish.label} than was sold`)
    sale.returned.add(index)
  }
  const after = pointsFor(rules, sale.dishes, sale.shares, sale.returned)
  const completed = sale.state === 'completed'
  if (sale.returned.size === sale.dishes.length) {
    returnReward(books, sale)
    sale.state = 'refunded'
  }
  if (completed && sale.member !== null) reverse(bookOf(books, sale.member), sale.order, before - after)
}

function returnReward(books: Books, sale: Sale): void {
  if (sale.member === null) return
  if (sale.state !== 'placed') countRedemption(books, sale, -1)
  giveBack(bookOf(books, sale.member), sale.taken, books.rules.graceDays)
}

function countRedemption(books: Books, sale: Sale, sign: 1 | -1): void {
  if (!sale.reward || sale.member === null) return
  const { totals } = bookOf(books, sale.member)
  totals.rewardsRedeemed += sign
  totals.spent += sign * (sale.reward.points ?? 0)
}

/** The server forgets an order's own time after this long. */
const LATE_ORDERS_MS = 72 * 3_600_000

/** Earning goes by the order's own time, unless that is too old when the order arrives. */
function earningDay({ rules, time }: Books, sale: Sale): string {
  if (time.clock === 'moved') return dayOf(sale.placedWall)
  return instantOf(sale.placedWall, rules.zone) >= time.now - LATE_ORDERS_MS ? dayOf(sale.placedWall) : time.today
}
