import type { Tallies } from '../model.ts'
import { compilePeriod } from '../rules/action.ts'
import { assert, sum } from '../rules/exact.ts'
import { withoutPast } from '../rules/tally-names.ts'
import { addPeriod } from '../zoned-time.ts'
import { exchangeAll, pendingExchanges } from './exchange.ts'
import { sweepExpired } from './holds.ts'
import { availableOf, type Book, expireLot, lotsOf, owedOf, spendOrder } from './lots.ts'
import type { Hold, Lot, Movement, Wallet } from './wallet.ts'

/**
 * What a decision changed, as rows with absolute numbers. `expiredBy` alone is what was added: a lot that was closed is not loaded, so its
 * `expired` is not known here.
 */
export interface BookChanges {
  readonly movements: readonly Movement[]
  readonly lotsMade: readonly Lot[]
  readonly lotsChanged: readonly (Lot & { readonly expiredBy: number })[]
  readonly holds: readonly Hold[]
  readonly holdsDropped: readonly string[]
  readonly balances: readonly {
    readonly asset: string
    readonly available: number
    readonly held: number
    readonly owed: number
  }[]
  readonly tallies: Tallies
}

/**
 * Opens a wallet at an instant: what has expired by then is moved out first, and what was to become another unit does, as of the instant at which it was,
 * so that late sweeping never changes an outcome. `idle` is the asset that expires as a whole when the member has been inactive, and since when it has.
 */
export function openBook(wallet: Wallet, now: number, newId: () => string, idle?: { asset: string; expiresAt: number }): Book {
  const book: Book = {
    now,
    newId,
    lots: byId(wallet.lots),
    holds: wallet.holds,
    owed: new Map(Object.entries(wallet.owed)),
    tallies: wallet.tallies,
    exchanges: wallet.exchanges ?? [],
    movements: [],
    created: new Set(),
    before: { lots: byId(wallet.lots), holds: wallet.holds },
  }
  for (const exchange of pendingExchanges(wallet)) {
    const { from, at, inactive, zone } = exchange
    book.now = Math.min(at, now)
    book.exchangedAt = book.now
    const isIdle = inactive && wallet.activeAt !== null
    sweep(book, isIdle ? { asset: from, expiresAt: addPeriod(wallet.activeAt, compilePeriod(inactive), zone) } : undefined)
    exchangeAll(book, exchange)
  }
  book.now = now
  sweep(book, idle)
  return book
}

/** Without a pair for each: a wallet may have many, and is opened for every call. */
function byId(lots: readonly Lot[]): Map<string, Lot> {
  const map = new Map<string, Lot>()
  for (const lot of lots) map.set(lot.lotId, lot)
  return map
}

function sweep(book: Book, idle: { asset: string; expiresAt: number } | undefined): void {
  if (idle && idle.expiresAt <= book.now) {
    for (const lot of spendOrder(book, idle.asset)) expireLot(book, lot, idle.expiresAt)
  }
  sweepExpired(book)
}

/** The rows that make the book true. Every movement is checked to sum to zero per asset before it may leave. */
export function changesOf(book: Book): BookChanges {
  for (const movement of book.movements) {
    const sums = new Map<string, number>()
    for (const entry of movement.entries) sums.set(entry.asset, (sums.get(entry.asset) ?? 0) + entry.quantity)
    for (const [asset, total] of sums)
      assert(total === 0, `a movement of ${asset} (${movement.cause}) must sum to zero, got ${total}`)
  }
  const changed: Lot[] = []
  for (const lot of book.lots.values()) if (book.before.lots.get(lot.lotId) !== lot) changed.push(lot)
  const kept = new Set(book.holds)
  const droppedOf = book.before.holds.filter((hold) => !kept.has(hold)).map((hold) => hold.orderUid)
  const holdsDropped = [...new Set(droppedOf)]
  const assets = [...new Set(book.movements.flatMap((movement) => movement.entries.map((entry) => entry.asset)))]
  return {
    movements: book.movements,
    lotsMade: changed.filter((lot) => book.created.has(lot.lotId)),
    lotsChanged: changed
      .filter((lot) => !book.created.has(lot.lotId))
      .map((lot) => ({ ...lot, expiredBy: lot.expired - (book.before.lots.get(lot.lotId)?.expired ?? 0) })),
    holds: book.holds.filter((hold) => !book.before.holds.includes(hold)),
    holdsDropped,
    balances: assets.map((asset) => ({
      asset,
      available: availableOf(book, asset),
      held: sum(lotsOf(book, asset).map((lot) => lot.held)),
      owed: owedOf(book, asset),
    })),
    tallies: book.tallies,
  }
}

/** Adds to the running counts; a count that returns to zero is dropped, and one of a day that has long passed. */
export function countTallies(book: Book, delta: Tallies, sign: 1 | -1): void {
  book.tallies = withoutPast(addTallies(book.tallies, delta, sign), book.now)
}

/** Running counts moved by a delta, forwards or back; zero counts are left out. */
export function addTallies(tallies: Tallies, delta: Tallies, sign: 1 | -1): Tallies {
  const counts = { ...tallies }
  for (const [key, quantity] of Object.entries(delta)) {
    const count = (counts[key] ?? 0) + sign * quantity
    if (count === 0) delete counts[key]
    else counts[key] = count
  }
  return counts
}
