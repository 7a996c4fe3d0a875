import { daysAfter } from './days.ts'

/**
 * The recomputation's own ledger of one member: lots of points (asset `points`) and rewards (asset = the reward's key). It knows days, not
 * instants, because what expires here expires at the end of a local day.
 */
export interface MemberBook {
  readonly lots: Lot[]
  debt: number
  /** The last day the book was looked at; it never goes back. */
  day: string
  readonly totals: Totals
}

export interface Totals {
  earned: number
  /** Earned points that refunds took back. */
  reversed: number
  spent: number
  expired: number
  rewardsIssued: number
  /** Issued rewards used, and tiers bought; less those that came back. */
  rewardsRedeemed: number
}

export interface Lot {
  readonly asset: string
  /** The order that earned it. */
  readonly order?: string
  /** When it was earned; decides between lots that expire on the same day. */
  readonly at: number
  /** The last day on which it is usable; undefined: for ever. */
  lastDay?: string
  left: number
  expired: number
}

/** What an order has taken, and from which lots, so that it can go back to them. */
export interface Taken {
  readonly lot: Lot
  readonly quantity: number
}

export const POINTS = 'points'

export function openMemberBook(day: string): MemberBook {
  return {
    lots: [],
    debt: 0,
    day,
    totals: { earned: 0, reversed: 0, spent: 0, expired: 0, rewardsIssued: 0, rewardsRedeemed: 0 },
  }
}

/** Brings the book to a day: what was usable only before it has expired. */
export function turnTo(book: MemberBook, day: string): void {
  if (day > book.day) book.day = day
  for (const lot of book.lots) {
    if (lot.left > 0 && isOver(book, lot)) expire(book, lot, lot.left)
  }
}

export const usableOf = (book: MemberBook, asset: string): number =>
  usableLots(book, asset).reduce((sum, lot) => sum + lot.left, 0)
/** What the member is shown: points that are left, less what is owed. */
export const balanceOf = (book: MemberBook): number => usableOf(book, POINTS) - book.debt

/** Points of an order come in: a debt is filled first. */
export function earn(book: MemberBook, lot: { order: string; at: number; lastDay?: string; points: number }): void {
  const repaid = Math.min(book.debt, lot.points)
  book.debt -= repaid
  book.totals.earned += lot.points
  book.lots.push({ asset: POINTS, order: lot.order, at: lot.at, lastDay: lot.lastDay, left: lot.points - repaid, expired: 0 })
  turnTo(book, book.day)
}

export function issueReward(book: MemberBook, lot: { asset: string; at: number; lastDay?: string }): void {
  book.totals.rewardsIssued += 1
  book.lots.push({ ...lot, left: 1, expired: 0 })
}

/** Takes from the lots that expire soonest; undefined, and nothing taken, when there is not enough. */
export function take(book: MemberBook, asset: string, quantity: number): Taken[] | undefined {
  if (usableOf(book, asset) < quantity) return undefined
  const taken: Taken[] = []
  let missing = quantity
  for (const lot of usableLots(book, asset)) {
    const part = Math.min(missing, lot.left)
    if (part > 0) taken.push({ lot, quantity: part })
    lot.left -= part
    missing -= part
  }
  return taken
}

/** What was taken returns to its lots. Points that expired meanwhile stay expired; an expired reward is usable for `graceDays` more. */
export function giveBack(book: MemberBook, taken: readonly Taken[], graceDays: number): void {
  for (const { lot, quantity } of taken) {
    lot.left += quantity
    if (isOver(book, lot) && lot.asset !== POINTS && graceDays > 0) lot.lastDay = daysAfter(book.day, graceDays)
  }
  turnTo(book, book.day)
  const repaid = take(book, POINTS, Math.min(book.debt, usableOf(book, POINTS))) ?? []
  for (const { quantity } of repaid) book.debt -= quantity
}

/** Takes earned points back: from the order's own lot, what expired of it included, then from other lots, soonest first; the rest is owed. */
export function reverse(book: MemberBook, order: string, points: number): void {
  book.totals.reversed += points
  let missing = points
  const own = book.lots.filter((lot) => lot.asset === POINTS && lot.order === order)
  for (const lot of own) {
    const part = Math.min(missing, lot.left)
    lot.left -= part
    missing -= part
  }
  for (const lot of own) {
    const part = Math.min(missing, lot.expired)
    lot.expired -= part
    book.totals.expired -= part
    missing -= part
  }
  const others = Math.min(missing, usableOf(book, POINTS))
  take(book, POINTS, others)
  book.debt += missing - others
}

function usableLots(book: MemberBook, asset: string): Lot[] {
  return book.lots
    .filter((lot) => lot.asset === asset && lot.left > 0 && !isOver(book, lot))
    .sort((a, b) => compare(a.lastDay ?? '9999', b.lastDay ?? '9999') || a.at - b.at)
}

function expire(book: MemberBook, lot: Lot, quantity: number): void {
  lot.left -= quantity
  lot.expired += quantity
  if (lot.asset === POINTS) book.totals.expired += quantity
}

const isOver = (book: MemberBook, lot: Lot): boolean => lot.lastDay !== undefined && lot.lastDay < book.day
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
