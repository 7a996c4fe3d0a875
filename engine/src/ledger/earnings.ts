import { exchangeLate, isRetired, takeOldDebt } from './exchange.ts'
import { sweepExpired } from './holds.ts'
import {
  adjustLot,
  availableOf,
  type Book,
  compare,
  isExpired,
  lotOf,
  lotsOf,
  note,
  owedOf,
  settleDebt,
  shift,
  soonestFirst,
  spendOrder,
} from './lots.ts'
import type { Cause, Entry, Lot, LotShare } from './wallet.ts'

/** Brings points or rewards in as one lot, after filling the debt there is. */
export function issueLot(
  book: Book,
  grant: {
    asset: string
    quantity: number
    expiresAt: number | null
    orderUid: string | null
    cause: Cause
    at: number
    note?: string
    origin?: readonly LotShare[]
    afterShown?: string
  },
): void {
  if (grant.quantity === 0) return
  const { asset, quantity, expiresAt, orderUid, afterShown } = grant
  const repaid = Math.min(owedOf(book, asset), quantity)
  const left = quantity - repaid
  const entries: Entry[] = [{ asset, account: 'issued', lotId: null, quantity: -quantity, expiresAt: null }]
  if (repaid > 0) {
    book.owed.set(asset, owedOf(book, asset) - repaid)
    entries.push({ asset, account: 'owed', lotId: null, quantity: repaid, expiresAt: null })
  }
  if (left > 0) {
    const lotId = book.newId()
    book.created.add(lotId)
    book.lots.set(lotId, {
      lotId,
      asset,
      available: left,
      held: 0,
      expired: 0,
      issuedAt: grant.at,
      expiresAt,
      afterShown,
      orderUid,
      origin: grant.origin ?? null,
    })
    entries.push({ asset, account: 'available', lotId, quantity: left, expiresAt, afterShown })
  }
  note(book, grant.cause, orderUid, entries, { at: grant.at, text: grant.note })
  sweepExpired(book)
}

/** A spend undone: what was taken returns to the lots it came from; no new lot is made (scenario 45). */
export function restoreShares(
  book: Book,
  {
    orderUid,
    asset,
    shares,
    graceUntil,
  }: { orderUid: string; asset: string; shares: readonly LotShare[]; graceUntil: number | null },
): void {
  note(
    book,
    'restore',
    orderUid,
    shares.flatMap((share) => returnToLot(book, asset, share, 'redeemed', graceUntil)),
  )
  settleDebt(book, asset)
  sweepExpired(book)
}

/** Points that reach a threshold turn into rewards, one for each time it is reached. */
export function convertPoints(
  book: Book,
  rule: {
    asset: string
    threshold: number
    rewardAsset: string
    rewardExpiresAt: number | null
    afterShown?: string
    orderUid: string | null
    at: number
  },
): number {
  let issued = 0
  while (availableOf(book, rule.asset) >= rule.threshold) {
    const shares = soonestFirst(book, rule.asset, rule.threshold)
    for (const share of shares) adjustLot(book, share.lotId, { available: -share.quantity })
    note(
      book,
      'convert',
      rule.orderUid,
      shares.flatMap((share) => shift(rule.asset, share, 'available', 'converted')),
      { at: rule.at },
    )
    issueLot(book, {
      asset: rule.rewardAsset,
      quantity: 1,
      expiresAt: rule.rewardExpiresAt,
      afterShown: rule.afterShown,
      orderUid: rule.orderUid,
      cause: 'convert',
      at: rule.at,
      origin: shares.map((share) => ({ ...share, asset: rule.asset })),
    })
    issued += 1
  }
  return issued
}

/**
 * Takes earned points back: from the order's own lot, then (if they expired meanwhile) from what the member lost already, then from other lots, soonest
 * to expire first, then by withdrawing unused threshold rewards (scenario 42). What is then missing is owed, or forgiven. Points of a unit that the program
 * no longer has are taken back in the one it has, by whole ones; less than one is owed in the old unit.
 */
export function reverseEarned(
  book: Book,
  { asset, quantity, orderUid, shortfall }: { asset: string; quantity: number; orderUid: string; shortfall: Shortfall },
): void {
  if (quantity === 0) return
  const source: Entry[] = [{ asset, account: 'issued', lotId: null, quantity, expiresAt: null }]
  const reversal = { asset, quantity, orderUid, cause: 'reverse', source } as const
  const retired = isRetired(book, asset)
  takeBack(book, { ...reversal, shortfall: retired ? 'owed' : shortfall })
  const debt = retired ? takeOldDebt(book, asset) : undefined
  if (debt) takeBack(book, { ...debt, orderUid, shortfall, cause: 'exchange', source: debt.legs })
}

type Shortfall = 'owed' | 'forgiven'

function takeBack(
  book: Book,
  {
    asset,
    quantity,
    orderUid,
    shortfall,
    cause,
    source,
  }: { asset: string; quantity: number; orderUid: string; shortfall: Shortfall; cause: Cause; source: readonly Entry[] },
): void {
  const own = lotsOf(book, asset).filter((lot) => lot.orderUid === orderUid)
  let left = quantity
  const entries: Entry[] = []
  const take = (lot: Lot, account: 'available' | 'expired') => {
    const taken = Math.min(left, lot[account])
    if (taken === 0) return
    adjustLot(book, lot.lotId, account === 'available' ? { available: -taken } : { expired: -taken })
    entries.push({ asset, account, lotId: lot.lotId, quantity: -taken, expiresAt: null })
    left -= taken
  }
  for (const lot of own) take(lot, 'available')
  for (const lot of own) take(lotOf(book, lot.lotId), 'expired')
  for (const lot of spendOrder(book, asset)) take(lot, 'available')
  while (left > 0 && !isRetired(book, asset) && withdrawNewest(book, asset)) {
    for (const lot of [...own.map((lot) => lotOf(book, lot.lotId)), ...spendOrder(book, asset)])
      take(lotOf(book, lot.lotId), 'available')
  }
  if (left > 0) {
    if (shortfall === 'owed') book.owed.set(asset, owedOf(book, asset) + left)
    entries.push({ asset, account: shortfall, lotId: null, quantity: -left, expiresAt: null })
  }
  note(book, cause, orderUid, [...source, ...entries])
  settleDebt(book, asset)
  sweepExpired(book)
}

/** Takes back rewards that an order's campaigns granted, as far as they are unused. */
export function withdrawGrants(book: Book, orderUid: string): void {
  for (const lot of book.lots.values()) {
    if (lot.orderUid !== orderUid || !lot.asset.startsWith('reward:') || lot.origin !== null || lot.available === 0) continue
    adjustLot(book, lot.lotId, { available: -lot.available })
    note(
      book,
      'withdraw',
      orderUid,
      shift(lot.asset, { lotId: lot.lotId, quantity: lot.available, expiresAt: null }, 'available', 'issued'),
    )
  }
}

/** Turns an unused reward back into its points. Those that expired meanwhile are not swept yet: the reversal that asks takes them first. */
function withdrawNewest(book: Book, asset: string): boolean {
  const made = [...book.lots.values()].filter((lot) => lot.origin !== null && lot.available > 0)
  const newest = made.sort((a, b) => b.issuedAt - a.issuedAt || compare(b.lotId, a.lotId))[0]
  if (!newest?.origin) return false
  const first = book.exchanges[0]?.from
  adjustLot(book, newest.lotId, { available: -1 })
  note(book, 'withdraw', newest.orderUid, [
    ...shift(newest.asset, { lotId: newest.lotId, quantity: 1, expiresAt: null }, 'available', 'issued'),
    ...newest.origin.flatMap((share) => returnToLot(book, share.asset ?? first ?? asset, share, 'converted', null)),
  ])
  exchangeLate(book)
  return true
}

/** Credits a lot that may be closed, and so not loaded: then it holds nothing, which is what closed means. */
function returnToLot(
  book: Book,
  asset: string,
  share: LotShare,
  from: 'redeemed' | 'converted',
  graceUntil: number | null,
): Entry[] {
  const closed: Lot = {
    lotId: share.lotId,
    asset,
    available: 0,
    held: 0,
    expired: 0,
    issuedAt: book.now,
    expiresAt: share.expiresAt,
    orderUid: null,
    origin: null,
  }
  const lot = book.lots.get(share.lotId) ?? closed
  const expiresAt = isExpired(book, lot) && graceUntil !== null ? graceUntil : lot.expiresAt
  book.lots.set(lot.lotId, { ...lot, available: lot.available + share.quantity, expiresAt })
  return shift(asset, { ...share, expiresAt }, from, 'available')
}
