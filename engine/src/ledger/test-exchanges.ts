/** What the tests of exchanges share: an account that goes from points to visits, ten for one, ten days from now. */
import { exchangeLate } from './exchange.ts'
import { availableOf, type Book, owedOf } from './lots.ts'
import type { TestLedger } from './test-ledger.ts'
import { DAY, NOW } from './test-moves.ts'
import type { Exchange } from './wallet.ts'

export const AT = NOW + 10 * DAY
export const TO_VISITS: Exchange = { version: 2, from: 'points', to: 'visits', take: 10, give: 1, at: AT, zone: 'UTC' }

/** From now on the account counts otherwise. */
export function exchanged(ledger: TestLedger, first: Partial<Exchange> = {}, ...more: readonly Partial<Exchange>[]): TestLedger {
  ledger.exchanges = [first, ...more].map((exchange) => ({ ...TO_VISITS, ...exchange }))
  return ledger
}

/** As a server does it: what a decision leaves of old units is exchanged at its end. */
export const decide = <T>(ledger: TestLedger, now: number, work: (book: Book) => T, loading: readonly string[] = []): T =>
  ledger.at(
    now,
    (book) => {
      const outcome = work(book)
      exchangeLate(book)
      return outcome
    },
    { loading },
  )
export const open = (ledger: TestLedger, now: number) => decide(ledger, now, () => undefined)

/** What can be spent of each unit, and what is owed. */
export const standing = (ledger: TestLedger, now: number) => {
  const book = (asset: string) => ledger.at(now, (book) => availableOf(book, asset) - owedOf(book, asset))
  return { points: book('points'), visits: book('visits') }
}
