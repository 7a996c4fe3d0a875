import { describe, expect, it } from 'vitest'
import { countTallies } from '../ledger/book.ts'
import { TestLedger } from '../ledger/test-ledger.ts'
import { NOON } from './house-program.ts'
import { TALLY, withoutPast } from './tally-names.ts'

const DAY = 86_400_000
/** 400 days before 2026-03-01. */
const LAST_KEPT = '2025-01-25'
const DROPPED = '2025-01-24'
const LATER = Date.parse(`${LAST_KEPT}T00:30:00Z`)
const named = (date: string, at: number) => [
  TALLY.earnedOn(date),
  TALLY.earnedInWeek(date),
  TALLY.redeemedOn('r5', date),
  TALLY.firedOn('double', date),
  TALLY.broughtOn('double', date),
  TALLY.broughtInWeek('double', date),
  TALLY.visit('999999', at),
  TALLY.visit('store: 7', at),
]
const counts = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 3]))

describe('what a day has used', () => {
  it('is kept for 400 days', () => {
    const kept = counts(named(LAST_KEPT, LATER))
    expect(withoutPast(kept, NOON)).toEqual(kept)
    expect(Object.keys(kept)).toHaveLength(8)
    expect(withoutPast({ ...kept, ...counts(named(DROPPED, LATER - DAY)) }, NOON)).toEqual(kept)
  })

  it('says nothing of what is counted for as long as somebody is a member', () => {
    const whole = counts([
      ...[TALLY.orders, TALLY.visits, TALLY.earned, TALLY.spent, TALLY.exchanged, TALLY.tierMonth('2019-01')],
      // Named like a day, and none.
      ...[TALLY.redeemed('2019-01-01'), TALLY.fired('2019-01-01'), TALLY.brought('2019-01-01'), TALLY.items('2019-01-01')],
      TALLY.budget('2019-01-01'),
    ])
    expect(withoutPast(whole, NOON)).toEqual(whole)
  })

  it('goes as soon as anything is counted, and leaves nothing negative when an order of then is taken back', () => {
    const ledger = new TestLedger()
    const day = counts([TALLY.earnedOn('2026-03-01')])
    ledger.at(NOON, (book) => countTallies(book, { ...day, [TALLY.earned]: 3 }, 1))
    expect(ledger.wallet().tallies).toEqual({ ...day, [TALLY.earned]: 3 })
    const later = NOON + 402 * DAY
    ledger.at(later, (book) => countTallies(book, { [TALLY.orders]: 1 }, 1))
    expect(ledger.wallet().tallies).toEqual({ [TALLY.earned]: 3, [TALLY.orders]: 1 })
    ledger.at(later, (book) => countTallies(book, { ...day, [TALLY.earned]: 3 }, -1))
    expect(ledger.wallet().tallies).toEqual({ [TALLY.orders]: 1 })
  })
})
