import { compilePeriod } from '../rules/action.ts'
import { addPeriod } from '../zoned-time.ts'
import { type Book, lotsOf, note, shift, spendOrder } from './lots.ts'
import type { Lot } from './wallet.ts'

/**
 * An offer that lapses once shown is shown to its member for the first time: from now on its lot expires when its period is over, or when it would have
 * anyway, whichever comes first. A movement says so, so that the ledger alone tells when each lot ends. Showing what was shown changes nothing.
 * Returns whether anything was shown for the first time.
 */
export function showOffers(book: Book, asset: string, zone: string): boolean {
  const unseen = lotsOf(book, asset).filter((lot) => lot.available > 0 && lot.afterShown)
  for (const lot of unseen) show(book, lot, zone)
  return unseen.length > 0
}

/** The one that is used next is shown: whoever redeems an offer without having asked for a list has seen it all the same. */
export function showNext(book: Book, asset: string, zone: string): void {
  const [lot] = spendOrder(book, asset)
  if (lot?.afterShown) show(book, lot, zone)
}

function show(book: Book, lot: Lot, zone: string): void {
  if (!lot.afterShown) return
  const lapsesAt = addPeriod(book.now, compilePeriod(lot.afterShown), zone)
  const expiresAt = Math.min(lot.expiresAt ?? lapsesAt, lapsesAt)
  book.lots.set(lot.lotId, { ...lot, expiresAt, afterShown: null })
  note(book, 'show', null, shift(lot.asset, { lotId: lot.lotId, quantity: lot.available, expiresAt }, 'available', 'available'))
}
