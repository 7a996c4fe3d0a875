import type { Tallies } from '../model.ts'
import { assert } from '../rules/exact.ts'
import type { Cause, Entry, Hold, Lot, LotShare, Movement, Wallet } from './wallet.ts'

/**
 * A member's wallet opened for one decision. The functions below move what is in it and note each movement; nothing is final until the server
 * has written `changesOf(book)` on the version it was opened at, and a book that is dropped has changed nothing.
 */
export interface Book {
  readonly now: number
  readonly newId: () => string
  readonly lots: Map<string, Lot>
  holds: readonly Hold[]
  readonly owed: Map<string, number>
  tallies: Tallies
  readonly movements: Movement[]
  /** Lots that this decision made. */
  readonly created: Set<string>
  readonly before: { readonly lots: ReadonlyMap<string, Lot>; readonly holds: readonly Hold[] }
}

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
 * Opens a wallet at an instant: what has expired by then is moved out first, so that late sweeping never changes an outcome. `idle` is the asset
 * that expires as a whole when the member has been inactive, and since when it has.
 */
export function openBook(wallet: Wallet, now: number, newId: () => string, idle?: { asset: string; expiresAt: number }): Book {
  const lots = new Map(wallet.lots.map((lot) => [lot.lotId, lot]))
  const book: Book = {
    now,
    newId,
    lots,
    holds: wallet.holds,
    owed: new Map(Object.entries(wallet.owed).filter(([, quantity]) => quantity > 0)),
    tallies: wallet.tallies,
    movements: [],
    created: new Set(),
    before: { lots: new Map(lots), holds: wallet.holds },
  }
  if (idle && idle.expiresAt <= now) {
    for (const lot of spendOrder(book, idle.asset)) expireLot(book, lot, idle.expiresAt)
  }
  sweepExpired(book)
  return book
}

/** Moves out what has expired. A held part is honoured until its hold lapses (scenario 30). */
export function sweepExpired(book: Book): void {
  for (const hold of book.holds) {
    if (hold.lapsesAt <= book.now && isExpired(book, lotOf(book, hold.lotId))) lapseHold(book, hold.orderUid)
  }
  for (const lot of book.lots.values()) {
    if (lot.available > 0 && isExpired(book, lot)) expireLot(book, lot, lot.expiresAt ?? book.now)
  }
}

/** What could be spent now by an order that ignores lapsed holds of others. */
export const availableOf = (book: Book, asset: string): number => sum(lotsOf(book, asset).map((lot) => lot.available))
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
  },
): void {
  if (grant.quantity === 0) return
  const { asset, quantity, expiresAt, orderUid } = grant
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
      orderUid,
      origin: grant.origin ?? null,
    })
    entries.push({ asset, account: 'available', lotId, quantity: left, expiresAt })
  }
  note(book, grant.cause, orderUid, entries, { at: grant.at, text: grant.note })
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
      orderUid: rule.orderUid,
      cause: 'convert',
      at: rule.at,
      origin: shares,
    })
    issued += 1
  }
  return issued
}

/**
 * Takes earned points back: from the order's own lot, then (if they expired meanwhile) from what the member lost already, then from other lots, soonest
 * to expire first, then by withdrawing unused threshold rewards (scenario 42). What is then missing is owed, or forgiven.
 */
export function reverseEarned(
  book: Book,
  { asset, quantity, orderUid, shortfall }: { asset: string; quantity: number; orderUid: string; shortfall: 'owed' | 'forgiven' },
): void {
  if (quantity === 0) return
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
  while (left > 0 && withdrawNewest(book, asset)) {
    for (const lot of [...own.map((lot) => lotOf(book, lot.lotId)), ...spendOrder(book, asset)])
      take(lotOf(book, lot.lotId), 'available')
  }
  if (left > 0) {
    if (shortfall === 'owed') book.owed.set(asset, owedOf(book, asset) + left)
    entries.push({ asset, account: shortfall, lotId: null, quantity: -left, expiresAt: null })
  }
  note(book, 'reverse', orderUid, [{ asset, account: 'issued', lotId: null, quantity, expiresAt: null }, ...entries])
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

/** Adds to the running counts; a count that returns to zero is dropped. */
export function countTallies(book: Book, delta: Tallies, sign: 1 | -1): void {
  book.tallies = addTallies(book.tallies, delta, sign)
}

export function addTallies(tallies: Tallies, delta: Tallies, sign: 1 | -1): Tallies {
  const counts = { ...tallies }
  for (const [key, quantity] of Object.entries(delta)) {
    const count = (counts[key] ?? 0) + sign * quantity
    if (count === 0) delete counts[key]
    else counts[key] = count
  }
  return counts
}

/** The rows that make the book true. Every movement is checked to sum to zero per asset before it may leave. */
export function changesOf(book: Book): BookChanges {
  for (const movement of book.movements) {
    const sums = new Map<string, number>()
    for (const entry of movement.entries) sums.set(entry.asset, (sums.get(entry.asset) ?? 0) + entry.quantity)
    for (const [asset, total] of sums)
      assert(total === 0, `a movement of ${asset} (${movement.cause}) must sum to zero, got ${total}`)
  }
  const changed = [...book.lots.values()].filter((lot) => book.before.lots.get(lot.lotId) !== lot)
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

/** Turns an unused reward back into its points. Those that expired meanwhile are not swept yet: the reversal that asks takes them first. */
function withdrawNewest(book: Book, asset: string): boolean {
  const made = [...book.lots.values()].filter((lot) => lot.origin !== null && lot.available > 0)
  const newest = made.sort((a, b) => b.issuedAt - a.issuedAt || compare(b.lotId, a.lotId))[0]
  if (!newest?.origin) return false
  adjustLot(book, newest.lotId, { available: -1 })
  note(book, 'withdraw', newest.orderUid, [
    ...shift(newest.asset, { lotId: newest.lotId, quantity: 1, expiresAt: null }, 'available', 'issued'),
    ...newest.origin.flatMap((share) => returnToLot(book, asset, share, 'converted', null)),
  ])
  return true
}

function lapseHold(book: Book, orderUid: string): void {
  unpin(book, orderUid, 'lapse', null, Math.min(book.now, ...holdsOf(book, orderUid).map((hold) => hold.lapsesAt)))
}

function unpin(book: Book, orderUid: string, cause: 'release' | 'lapse', graceUntil: number | null, at: number): void {
  const holds = holdsOf(book, orderUid)
  if (holds.length === 0) return
  const entries = holds.flatMap((hold) => {
    const lot = lotOf(book, hold.lotId)
    const expiresAt = isExpired(book, lot) && graceUntil !== null ? graceUntil : lot.expiresAt
    book.lots.set(lot.lotId, { ...lot, held: lot.held - hold.quantity, available: lot.available + hold.quantity, expiresAt })
    return shift(hold.asset, { lotId: hold.lotId, quantity: hold.quantity, expiresAt }, 'held', 'available')
  })
  book.holds = book.holds.filter((hold) => hold.orderUid !== orderUid)
  note(book, cause, orderUid, entries, { at })
  for (const lot of new Set(holds.map((hold) => lotOf(book, hold.lotId)))) {
    if (lot.available > 0 && isExpired(book, lot)) expireLot(book, lot, Math.max(lot.expiresAt ?? at, at))
  }
  for (const asset of new Set(holds.map((hold) => hold.asset))) settleDebt(book, asset)
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

/** A debt is paid as soon as there is something to pay it with. */
function settleDebt(book: Book, asset: string): void {
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

function expireLot(book: Book, lot: Lot, at: number): void {
  book.lots.set(lot.lotId, { ...lot, available: 0, expired: lot.expired + lot.available })
  note(
    book,
    'expire',
    null,
    shift(lot.asset, { lotId: lot.lotId, quantity: lot.available, expiresAt: null }, 'available', 'expired'),
    { at },
  )
}

function shift(asset: string, share: LotShare, from: Entry['account'], to: Entry['account']): Entry[] {
  return [
    { asset, account: from, lotId: share.lotId, quantity: -share.quantity, expiresAt: null },
    { asset, account: to, lotId: share.lotId, quantity: share.quantity, expiresAt: to === 'available' ? share.expiresAt : null },
  ]
}

function note(
  book: Book,
  cause: Cause,
  orderUid: string | null,
  entries: readonly Entry[],
  more: { at?: number; text?: string | undefined } = {},
): void {
  if (entries.length === 0) return
  book.movements.push({ cause, orderUid, note: more.text ?? null, at: more.at ?? book.now, entries })
}

function adjustLot(book: Book, lotId: string, by: { available?: number; held?: number; expired?: number }): void {
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
function soonestFirst(book: Book, asset: string, quantity: number): LotShare[] {
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
const spendOrder = (book: Book, asset: string): Lot[] =>
  lotsOf(book, asset)
    .filter((lot) => lot.available > 0)
    .sort((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || compare(a.lotId, b.lotId))

const uncommitted = (book: Book, asset: string): number => availableOf(book, asset) + lapsedOf(book, asset) - owedOf(book, asset)
const lotsOf = (book: Book, asset: string): Lot[] => [...book.lots.values()].filter((lot) => lot.asset === asset)
const isExpired = (book: Book, lot: Lot): boolean => lot.expiresAt !== null && lot.expiresAt <= book.now
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function lotOf(book: Book, lotId: string): Lot {
  const lot = book.lots.get(lotId)
  assert(lot !== undefined, `lot ${lotId} is not in the wallet`)
  return lot
}
