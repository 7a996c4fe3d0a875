import {
  bringIn,
  budgetsUsed,
  EMPTY_WALLET,
  grantDue,
  type MemberFacts,
  openWallet,
  type Program,
  type Reserved,
  registrationGrants,
  snapshotOf,
  type Wallet,
} from '@regulars/engine'
import { draw, drawIndex } from '../replay/index.ts'
import type { Tally } from './tally.ts'

const DAY_MS = 86_400_000

/** One of the simulated members: who they are, what they have, and how far their calendar has been followed. */
export interface Customer {
  readonly number: number
  readonly facts: MemberFacts
  wallet: Wallet
  seenAt: number
}

/** A member joins with their first order. Birthday and opt-ins come of the seed, so that both programs meet the same people. */
export function newCustomer(number: number, { seed, at }: { seed: number; at: number }): Customer {
  const born = Date.UTC(1950 + drawIndex(seed, `born:${number}`, 55), 0, 1 + drawIndex(seed, `birthday:${number}`, 365))
  const facts = {
    registered: true,
    joinedAt: at,
    birthday: new Date(born).toISOString().slice(0, 10),
    optedIn: { sms: draw(seed, `sms:${number}`) < 0.5, email: draw(seed, `email:${number}`) < 0.6 },
  }
  return { number, facts, wallet: EMPTY_WALLET, seenAt: at }
}

/** Opens a customer's wallet for one visit; `close` keeps what became of it and counts what moved. */
export function visit<T>(
  program: Program,
  customer: Customer,
  { at, newId, tally }: { at: number; newId: () => string; tally: Tally },
  act: (book: ReturnType<typeof openWallet>, reserved: Reserved) => T,
): T {
  const book = openWallet(program, customer.wallet, at, newId)
  const isNew = customer.wallet === EMPTY_WALLET
  const snapshot = snapshotOf({ program, book, member: customer.facts })
  const before = customer.wallet.tallies
  const reserved = () => tally.reserved(budgetsUsed(before, book.tallies))
  if (isNew && snapshot) bringIn(program, book, registrationGrants(program, snapshot, at, reserved()), at)
  grantDue(program, book, { member: customer.facts, activeAt: customer.wallet.activeAt, reserved: reserved() })
  const done = act(book, reserved())
  tally.useBudgets(budgetsUsed(before, book.tallies))
  tally.countMovements(customer.number, book.movements)
  customer.wallet = {
    ...customer.wallet,
    lots: [...book.lots.values()].filter(({ available, held }) => available > 0 || held > 0),
    holds: book.holds,
    owed: Object.fromEntries(book.owed),
    tallies: book.tallies,
  }
  return done
}

/** Follows the calendar to an instant, day by day, so that birthdays and dates between two visits are not missed. */
export function liveUntil(
  program: Program,
  customer: Customer,
  { at, newId, tally }: { at: number; newId: () => string; tally: Tally },
): void {
  if (program.due.length > 0) {
    for (let day = customer.seenAt + DAY_MS; day < at; day += DAY_MS)
      visit(program, customer, { at: day, newId, tally }, () => undefined)
  }
  customer.seenAt = at
}
