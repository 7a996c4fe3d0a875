import { isRetired } from './exchange.ts'
import {
  adjustLot,
  availableOf,
  type Book,
  expireLot,
  heldOf,
  holdsOf,
  isExpired,
  lotOf,
  note,
  settleDebt,
  shift,
  soonestFirst,
  uncommitted,
} from './lots.ts'
import type { LotShare } from './wallet.ts'

/** Moves out what has expired. A held part is honoured until its hold lapses (scenario 30); in an old unit no other order could ask for it after that. */
export function sweepExpired(book: Book): void {
  for (const hold of book.holds) {
    if (hold.lapsesAt > book.now) continue
    if (isRetired(book, hold.asset) || isExpired(book, lotOf(book, hold.lotId))) lapseHold(book, hold.orderUid)
  }
  for (const lot of book.lots.values()) {
    if (lot.available > 0 && isExpired(book, lot)) expireLot(book, lot, lot.expiresAt ?? book.now)
  }
}

/**
 * Pins lots for an order, soonest to expire first. Lapsed holds of other orders give way, oldest first, and only if they must.
 * Returns `held` when releasing the running holds would be enough, else `insufficient`; then nothing has moved.
 */
export function holdLots(
  book: Book,
  { orderUid, asset, quantity, lapsesAt }: { orderUid: string; asset: string; quantity: number; lapsesAt: number },
): 'ok' | 'held' | 'insufficient' {
  if (uncommitted(book, asset) < quantity) {
    return uncommitted(book, asset) + heldOf(book, asset) >= quantity ? 'held' : 'insufficient'
  }
  const lapsed = book.holds.filter((hold) => hold.asset === asset && hold.lapsesAt <= book.now)
  for (const hold of [...lapsed].sort((a, b) => a.lapsesAt - b.lapsesAt)) {
    if (availableOf(book, asset) >= quantity) break
    lapseHold(book, hold.orderUid)
  }
  const shares = soonestFirst(book, asset, quantity)
  for (const share of shares) {
    adjustLot(book, share.lotId, { available: -share.quantity, held: share.quantity })
    book.holds = [...book.holds, { orderUid, lotId: share.lotId, asset, quantity: share.quantity, lapsesAt }]
  }
  note(
    book,
    'hold',
    orderUid,
    shares.flatMap((share) => shift(asset, share, 'available', 'held')),
  )
  return 'ok'
}

/** What an order holds leaves the member's account. Returns the parts taken, to be kept with the order. */
export function captureHold(book: Book, orderUid: string): LotShare[] {
  const holds = holdsOf(book, orderUid)
  const shares = holds.map((hold) => ({
    lotId: hold.lotId,
    quantity: hold.quantity,
    expiresAt: lotOf(book, hold.lotId).expiresAt,
  }))
  for (const hold of holds) adjustLot(book, hold.lotId, { held: -hold.quantity })
  note(
    book,
    'capture',
    orderUid,
    holds.flatMap((hold) => shift(hold.asset, { ...hold, expiresAt: null }, 'held', 'redeemed')),
  )
  book.holds = book.holds.filter((hold) => hold.orderUid !== orderUid)
  return shares
}

/** Drops an order's hold. What has expired meanwhile gets `graceUntil`, or lapses where that is null. */
export function releaseHold(book: Book, orderUid: string, graceUntil: number | null): void {
  unpin(book, orderUid, 'release', graceUntil, book.now)
}

function lapseHold(book: Book, orderUid: string): void {
  unpin(book, orderUid, 'lapse', null, Math.min(book.now, ...holdsOf(book, orderUid).map((hold) => hold.lapsesAt)))
}

function unpin(book: Book, orderUid: string, cause: 'release' | 'lapse', graceUntil: number | null, at: number): void {
  const holds = holdsOf(book, orderUid)
  const entries = holds.flatMap((hold) => {
    const lot = lotOf(book, hold.lotId)
    const expiresAt = isExpired(book, lot) && graceUntil !== null ? graceUntil : lot.expiresAt
    book.lots.set(lot.lotId, { ...lot, held: lot.held - hold.quantity, available: lot.available + hold.quantity, expiresAt })
    return shift(hold.asset, { lotId: hold.lotId, quantity: hold.quantity, expiresAt }, 'held', 'available')
  })
  book.holds = book.holds.filter((hold) => hold.orderUid !== orderUid)
  note(book, cause, orderUid, entries, { at })
  for (const lot of new Set(holds.map((hold) => lotOf(book, hold.lotId)))) {
    if (isExpired(book, lot)) expireLot(book, lot, Math.max(lot.expiresAt ?? at, at))
  }
  for (const asset of new Set(holds.map((hold) => hold.asset))) settleDebt(book, asset)
}
