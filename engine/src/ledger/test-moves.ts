import { assert } from '../rules/exact.ts'
import { convertPoints, issueLot, restoreShares, reverseEarned } from './earnings.ts'
import { captureHold, holdLots } from './holds.ts'
import type { Book } from './lots.ts'
import { TestLedger } from './test-ledger.ts'
import type { LotShare } from './wallet.ts'

/* For tests of the book: its moves in a few words. */
export const NOW = Date.UTC(2026, 0, 1)
export const DAY = 86_400_000
export const JAN_31 = Date.UTC(2026, 1, 1)
export const FEB_28 = Date.UTC(2026, 2, 1)
export const R5 = 'reward:r5'

/** A ledger in which all this came in at `NOW`. */
export function ledgerOf(
  grants: readonly [quantity: number, expiresAt?: number | null, orderUid?: string | null, asset?: string][] = [],
): TestLedger {
  const ledger = new TestLedger()
  ledger.at(NOW, (book) => {
    for (const [quantity, expiresAt, orderUid, asset] of grants) earn(book, quantity, { expiresAt, orderUid, asset })
  })
  return ledger
}

interface Earning {
  expiresAt?: number | null
  orderUid?: string | null
  asset?: string
}

export function earn(book: Book, quantity: number, { expiresAt = null, orderUid = null, asset = 'points' }: Earning = {}): void {
  issueLot(book, { asset, quantity, expiresAt, orderUid, cause: 'earn', at: book.now })
}

export const hold = (book: Book, orderUid: string, quantity: number, { asset = 'points', forMs = DAY } = {}) =>
  holdLots(book, { orderUid, asset, quantity, lapsesAt: book.now + forMs })

/** Holds and takes in one go; the parts taken. */
export function spend(book: Book, orderUid: string, quantity: number, asset = 'points'): LotShare[] {
  assert(hold(book, orderUid, quantity, { asset }) === 'ok', `${quantity} ${asset} can be spent`)
  return captureHold(book, orderUid)
}

export const restore = (
  book: Book,
  orderUid: string,
  shares: readonly LotShare[],
  { asset = 'points', graceUntil = null as number | null } = {},
) => restoreShares(book, { orderUid, asset, shares, graceUntil })

export const reverse = (book: Book, orderUid: string, quantity: number, shortfall: 'owed' | 'forgiven' = 'owed') =>
  reverseEarned(book, { asset: 'points', quantity, orderUid, shortfall })

export const convert = (
  book: Book,
  { threshold = 100, orderUid = 'o1' as string | null, expiresAt = null as number | null } = {},
) => convertPoints(book, { asset: 'points', threshold, rewardAsset: R5, rewardExpiresAt: expiresAt, orderUid, at: book.now })
