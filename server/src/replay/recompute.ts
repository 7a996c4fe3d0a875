import { applyCall, bookOf, openBooks } from './books.ts'
import { balanceOf, type Totals, turnTo, usableOf } from './member-book.ts'
import { makePlan, type Plan, type PlanInput } from './plan.ts'

/** What a member must have at the end. */
export interface Expected {
  readonly member: number
  readonly balance: number
  /** Issued rewards still unused, by code. */
  readonly held: Readonly<Record<string, number>>
  readonly totals: Readonly<Totals>
}

/**
 * What every member must have at the end of a replay, from the orders, the menu, the seed and the program file alone. It shares no code with the server:
 * own reading, own dates, own arithmetic, own ledger.
 */
export function recompute(input: PlanInput): Expected[] {
  return expectedOf(makePlan(input))
}

/** Goes through a script once more from its start, and closes the books on its last day. Only those who joined have a book. */
export function expectedOf({
  rules,
  time,
  slots,
  calls,
  closingDay,
}: Pick<Plan, 'rules' | 'time' | 'slots' | 'calls' | 'closingDay'>): Expected[] {
  const books = openBooks(rules, time)
  for (const call of calls) applyCall(books, call, slots)
  const issuable = [...rules.rewards.values()].filter((reward) => reward.points === undefined)
  const members = [...books.members.keys()].sort((a, b) => a - b)
  return members.map((member) => {
    const book = bookOf(books, member)
    turnTo(book, closingDay)
    const held = Object.fromEntries(issuable.map((reward) => [reward.code, usableOf(book, reward.key)]))
    return { member, balance: balanceOf(book), held, totals: book.totals }
  })
}
