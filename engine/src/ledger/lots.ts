import type { Tallies } from '../model.ts'
import { assert, sum } from '../rules/exact.ts'
import type { Cause, Entry, Exchange, Hold, Lot, LotShare, Movement } from './wallet.ts'

/**
 * A member's wallet opened for one decision. The functions below move what is in it and note each movement; nothing is final until the server
 * has written `changesOf(book)` on the version it was opened at, and a book that is dropped has changed nothing.
 */
export interface Book {
  /** Earlier instants while it is opened, and from then on one. */
  now: number
  readonly newId: () => string
  readonly lots: Map<string, Lot>
  holds: readonly Hold[]
  readonly owed: Map<string, number>
  tallies: Tallies
  readonly exchanges: readonly Exchange[]
  /** When what is in it became another unit, if opening it was the first to look since. */
  exchangedAt?: number
  readonly movements: Movement[]
  /** Lots that this decision made. */
  readonly created: Set<string>
  readonly before: { readonly lots: ReadonlyMap<string, Lot>; readonly holds: readonly Hold[] }
}

/** What could be spent now by an order that ignores lapsed holds of others. */
export function availableOf(book: Book, asset: string): number {
  let available = 0
  for (const lot of book.lots.values()) if (lot.asset === asset) available += lot.available
  return available
}
/** What running holds keep from other orders. */
export const heldOf = (book: Book, asset: string): number =>
  sum(book.holds.filter((hold) => hold.asset === asset && hold.lapsesAt > book.now).map((hold) => hold.quantity))
/** What lapsed holds still pin, free for the first order that asks. */
export const lapsedOf = (book: Book, asset: string): number =>
  sum(book.holds.filter((hold) => hold.asset === asset && hold.lapsesAt <= book.now).map((hold) => hold.quantity))
export const owedOf = (book: Book, asset: string): number => book.owed.get(asset) ?? 0
/** What an order can hold now: lapsed holds give way, and a debt is paid first from what they free. */
export const freeOf = (book: Book, asset: string): number => Math.max(0, uncommitted(book, asset))

/** The number a member is shown: what they have, held parts included, less their debt. */
export const balanceOf = (book: Book, asset: string): number =>
  sum(lotsOf(book, asset).map((lot) => lot.available + lot.held)) - owedOf(book, asset)

export const holdsOf = (book: Book, orderUid: string): readonly Hold[] => book.holds.filter((hold) => hold.orderUid === orderUid)

/** A debt is paid as soon as there is something to pay it with. */
export function settleDebt(book: Book, asset: string): void {
  const shares = soonestFirst(book, asset, Math.min(owedOf(book, asset), availableOf(book, asset)))
  if (shares.length === 0) return
  for (const share of shares) adjustLot(book, share.lotId, { available: -share.quantity })
  const paid = sum(shares.map((share) => share.quantity))
  book.owed.set(asset, owedOf(book, asset) - paid)
  const debits = shares.map(
    (share): Entry => ({ asset, account: 'available', lotId: share.lotId, quantity: -share.quantity, expiresAt: null }),
  )
  note(book, 'repay', null, [...debits, { asset, account: 'owed', lotId: null, quantity: paid, expiresAt: null }])
}

/** What is left of a lot expires, as of the instant at which it did. */
export function expireLot(book: Book, lot: Lot, at: number): void {
  book.lots.set(lot.lotId, { ...lot, available: 0, expired: lot.expired + lot.available })
  note(
    book,
    'expire',
    null,
    shift(lot.asset, { lotId: lot.lotId, quantity: lot.available, expiresAt: null }, 'available', 'expired'),
    { at },
  )
}

/** The two legs of a part that goes from one ledger account to another. */
export function shift(asset: string, share: LotShare, from: Entry['account'], to: Entry['account']): Entry[] {
  return [
    { asset, account: from, lotId: share.lotId, quantity: -share.quantity, expiresAt: null },
    { asset, account: to, lotId: share.lotId, quantity: share.quantity, expiresAt: to === 'available' ? share.expiresAt : null },
  ]
}

/** Writes a movement down; one without entries is none. */
export function note(
  book: Book,
  cause: Cause,
  orderUid: string | null,
  entries: readonly Entry[],
  more: { at?: number; text?: string | undefined } = {},
): void {
  if (entries.length === 0) return
  book.movements.push({ cause, orderUid, note: more.text ?? null, at: more.at ?? book.now, entries })
}

/** Changes what a lot holds; below zero is a bug. */
export function adjustLot(book: Book, lotId: string, by: { available?: number; held?: number; expired?: number }): void {
  const lot = lotOf(book, lotId)
  const next = {
    ...lot,
    available: lot.available + (by.available ?? 0),
    held: lot.held + (by.held ?? 0),
    expired: lot.expired + (by.expired ?? 0),
  }
  assert(next.available >= 0 && next.held >= 0 && next.expired >= 0, `lot ${lotId} must not go below zero`)
  book.lots.set(lotId, next)
}

/** Which parts of which lots a spend takes: the soonest to expire first (scenario 44), the oldest among equals. */
export function soonestFirst(book: Book, asset: string, quantity: number): LotShare[] {
  const shares: LotShare[] = []
  let left = quantity
  for (const lot of spendOrder(book, asset)) {
    if (left === 0) break
    const taken = Math.min(left, lot.available)
    shares.push({ lotId: lot.lotId, quantity: taken, expiresAt: lot.expiresAt })
    left -= taken
  }
  assert(left === 0, `${left} of ${quantity} ${asset} are not there`)
  return shares
}

/** Ids are ordered by time, and known of a lot that was closed and comes back, unlike when it was issued. */
export const spendOrder = (book: Book, asset: string): Lot[] =>
  lotsOf(book, asset)
    .filter((lot) => lot.available > 0)
    .sort((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || compare(a.lotId, b.lotId))

export const uncommitted = (book: Book, asset: string): number =>
  availableOf(book, asset) + lapsedOf(book, asset) - owedOf(book, asset)
export function lotsOf(book: Book, asset: string): Lot[] {
  const lots: Lot[] = []
  for (const lot of book.lots.values()) if (lot.asset === asset) lots.push(lot)
  return lots
}
export const isExpired = (book: Book, lot: Lot): boolean => lot.expiresAt !== null && lot.expiresAt <= book.now
export const compare = (a: string, b: string): number => (a < b ? -1 : 1)

export function lotOf(book: Book, lotId: string): Lot {
  const lot = book.lots.get(lotId)
  assert(lot !== undefined, `lot ${lotId} is not in the wallet`)
  return lot
}
