import { expect, it } from 'vitest'
import { issueLot } from './earnings.ts'
import { releaseHold } from './holds.ts'
import { showNext, showOffers } from './showing.ts'
import { TestLedger } from './test-ledger.ts'
import { DAY, hold, NOW, R5 } from './test-moves.ts'

const HOUR = 3_600_000

/** A ledger in which these offers came in at `NOW`. */
function offers(...given: readonly { afterShown?: string; expiresAt?: number | null }[]): TestLedger {
  const ledger = new TestLedger()
  ledger.at(NOW, (book) => {
    for (const { afterShown, expiresAt = null } of given)
      issueLot(book, { asset: R5, quantity: 1, expiresAt, afterShown, orderUid: null, cause: 'grant', at: NOW })
  })
  return ledger
}
const show = (ledger: TestLedger, at: number, zone = 'UTC') => ledger.at(at, (book) => showOffers(book, R5, zone))

it('an offer lives for ever until it is shown, and then for its period from that moment', () => {
  const ledger = offers({ afterShown: '2 hours' })
  expect(ledger.balance(R5, NOW + 400 * DAY)).toBe(1)
  expect(show(ledger, NOW + 10 * DAY)).toBe(true)
  expect(ledger.expiries(R5)).toEqual([NOW + 10 * DAY + 2 * HOUR])
  expect([ledger.balance(R5, NOW + 10 * DAY + 2 * HOUR - 1), ledger.balance(R5, NOW + 10 * DAY + 2 * HOUR)]).toEqual([1, 0])
})

it('showing again moves nothing', () => {
  const ledger = offers({ afterShown: '2 hours' })
  show(ledger, NOW)
  const movements = ledger.movements.length
  expect(show(ledger, NOW + HOUR)).toBe(false)
  expect([ledger.movements.length, ledger.expiries(R5)]).toEqual([movements, [NOW + 2 * HOUR]])
})

it('an end of its own stands where it comes first', () => {
  const ledger = offers({ afterShown: '2 hours', expiresAt: NOW + DAY }, { afterShown: '2 hours', expiresAt: NOW + HOUR })
  show(ledger, NOW)
  expect(ledger.expiries(R5)).toEqual([NOW + 2 * HOUR, NOW + HOUR])
})

it('days count to the end of the last one, in the zone of the account', () => {
  const ledger = offers({ afterShown: '1 day' })
  show(ledger, NOW, 'Asia/Tokyo')
  expect(ledger.expiries(R5)).toEqual([Date.UTC(2026, 0, 2, 15)])
})

it('an offer that was issued without such a period is not touched by a list', () => {
  const ledger = offers({}, { expiresAt: NOW + DAY })
  expect([show(ledger, NOW), ledger.expiries(R5)]).toEqual([false, [null, NOW + DAY]])
})

it('a hold keeps it past its end, as it does any reward; without the hold it is gone', () => {
  const ledger = offers({ afterShown: '2 hours' })
  show(ledger, NOW)
  ledger.at(NOW + HOUR, (book) => hold(book, 'o1', 1, { asset: R5, forMs: 5 * HOUR }))
  expect(ledger.balance(R5, NOW + 3 * HOUR)).toBe(1)
  ledger.at(NOW + 3 * HOUR, (book) => releaseHold(book, 'o1', null))
  expect(ledger.lots(R5)).toEqual([[0, 0, 1]])
})

it('who uses one has seen that one, and not the others', () => {
  const ledger = offers({ afterShown: '2 hours' }, { afterShown: '2 hours' })
  ledger.at(NOW, (book) => showNext(book, R5, 'UTC'))
  expect(ledger.expiries(R5)).toEqual([NOW + 2 * HOUR, null])
})
