import type { BookChanges } from './book.ts'
import type { Lot, Wallet } from './wallet.ts'

/*
 * Decisions that follow each other before anything is written: what the next one finds, and what is to be written of all of them at once.
 */

/**
 * The wallet as it stands once the changes are written, closed lots and all. Its version is that of the wallet it was loaded as, since what is decided in a
 * row is written at once. `activeAt`: when the member did something themselves, if the changes are of that kind.
 */
export function walletAfter(wallet: Wallet, changes: BookChanges, activeAt: number | null): Wallet {
  const { movements, balances, tallies } = changes
  const owed = { ...wallet.owed, ...Object.fromEntries(balances.map((balance) => [balance.asset, balance.owed])) }
  return {
    ...wallet,
    seq: wallet.seq + movements.length,
    lots: lotsAfter(wallet.lots, changes),
    holds: holdsAfter(wallet.holds, changes),
    owed: Object.fromEntries(Object.entries(owed).filter(([, debt]) => debt > 0)),
    tallies,
    activeAt: activeAt ?? wallet.activeAt,
  }
}

/** What two decisions in a row have changed, as if it had been one. */
export function joinChanges(first: BookChanges, next: BookChanges): BookChanges {
  const made = new Set(first.lotsMade.map((lot) => lot.lotId))
  const changedBefore = new Map(first.lotsChanged.map((lot) => [lot.lotId, lot]))
  const ofFirst = next.lotsChanged.filter((lot) => made.has(lot.lotId))
  const ofOthers = next.lotsChanged
    .filter((lot) => !made.has(lot.lotId))
    .map((lot) => ({ ...lot, expiredBy: lot.expiredBy + (changedBefore.get(lot.lotId)?.expiredBy ?? 0) }))
  return {
    movements: [...first.movements, ...next.movements],
    lotsMade: lotsAfter(first.lotsMade, { lotsMade: next.lotsMade, lotsChanged: ofFirst }),
    lotsChanged: byId(first.lotsChanged, ofOthers),
    holds: holdsAfter(first.holds, next),
    holdsDropped: [...new Set([...first.holdsDropped, ...next.holdsDropped])],
    balances: [...new Map([...first.balances, ...next.balances].map((balance) => [balance.asset, balance])).values()],
    tallies: next.tallies,
  }
}

/** Only what a row can change is taken of a changed lot: the rest of it is not known to a decision that a closed lot came back to. */
function lotsAfter(
  lots: readonly Lot[],
  { lotsMade, lotsChanged }: Pick<BookChanges, 'lotsMade' | 'lotsChanged'>,
): readonly Lot[] {
  if (lotsMade.length === 0 && lotsChanged.length === 0) return lots
  const known = new Map(lots.map((lot) => [lot.lotId, lot]))
  const changed = lotsChanged.map(({ expiredBy, ...lot }) => {
    const { available, held, expiresAt, afterShown } = lot
    const before = known.get(lot.lotId)
    return before ? { ...before, available, held, expiresAt, afterShown, expired: before.expired + expiredBy } : lot
  })
  return byId(lots, [...changed, ...lotsMade])
}

function holdsAfter(holds: Wallet['holds'], changes: Pick<BookChanges, 'holds' | 'holdsDropped'>): Wallet['holds'] {
  return [...holds.filter((hold) => !changes.holdsDropped.includes(hold.orderUid)), ...changes.holds]
}

/** The later one of two that are the same lot, in the place of the earlier one. */
function byId<L extends { readonly lotId: string }>(lots: readonly L[], later: readonly L[]): L[] {
  return [...new Map([...lots, ...later].map((lot) => [lot.lotId, lot])).values()]
}
