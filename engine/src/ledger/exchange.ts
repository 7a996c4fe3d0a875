import { productDown, productUp } from '../rules/exact.ts'
import { TALLY } from '../rules/tally-names.ts'
import { availableOf, type Book, lotOf, note, owedOf, settleDebt, shift, soonestFirst, spendOrder } from './lots.ts'
import type { Entry, Exchange, LotShare, Wallet } from './wallet.ts'

/** What so much of an old unit is worth in another. */
interface Rate {
  readonly to: string
  readonly take: number
  readonly give: number
}

/** The exchanges that a wallet has yet to go through, in their order. */
export function pendingExchanges({ exchanges = [], tallies }: Wallet): readonly Exchange[] {
  return exchanges.filter(({ version }) => version > (tallies[TALLY.exchanged] ?? 0))
}

/**
 * All that can be spent of the old unit becomes the new one, lot by lot, each with the expiry it had. Rounded once for the member, up; the lot that expires
 * last has what rounding gives. A debt is rounded down. What an order holds stays as it is until the order takes it or lets it go.
 */
export function exchangeAll(book: Book, { version, from, ...rate }: Exchange): void {
  const text = `version ${version}`
  const shares = spendOrder(book, from).map(({ lotId, available, expiresAt }) => ({ lotId, quantity: available, expiresAt }))
  exchangeShares(book, from, shares.reverse(), { ...rate, round: productUp, text })
  const owed = owedOf(book, from)
  if (owed > 0) {
    const becomes = productDown(owed, rate.give, rate.take)
    book.owed.set(from, 0)
    book.owed.set(rate.to, owedOf(book, rate.to) + becomes)
    const legs = [...debtLeaves(from, owed), leg(rate.to, 'converted', becomes), leg(rate.to, 'owed', -becomes)]
    note(
      book,
      'exchange',
      null,
      legs.filter(({ quantity }) => quantity !== 0),
      { text },
    )
  }
  settleDebt(book, rate.to)
  book.tallies = { ...book.tallies, [TALLY.exchanged]: version }
}

/**
 * What an order from before has brought back or in since: whole units of the one in force; less than one waits in the old unit for the next. Returns
 * whether anything moved.
 */
export function exchangeLate(book: Book): boolean {
  let moved = false
  for (const from of new Set(book.exchanges.map((exchange) => exchange.from))) {
    const rate = rateOf(book, from)
    if (!rate) continue
    const whole = productDown(availableOf(book, from), rate.give, rate.take)
    if (whole === 0) continue
    const shares = soonestFirst(book, from, productUp(whole, rate.take, rate.give))
    exchangeShares(book, from, shares, { ...rate, round: productDown })
    settleDebt(book, rate.to)
    moved = true
  }
  return moved
}

/** The part of a debt in an old unit that makes whole ones of the unit in force; its legs leave the old unit. */
export function takeOldDebt(book: Book, from: string): { asset: string; quantity: number; legs: Entry[] } | undefined {
  const rate = rateOf(book, from)
  const quantity = rate ? productDown(owedOf(book, from), rate.give, rate.take) : 0
  if (!rate || quantity === 0) return undefined
  const used = productUp(quantity, rate.take, rate.give)
  book.owed.set(from, owedOf(book, from) - used)
  return { asset: rate.to, quantity, legs: [...debtLeaves(from, used), leg(rate.to, 'converted', quantity)] }
}

/** Whether the program in force counts in another unit than this one, which it once did. */
export const isRetired = (book: Book, asset: string): boolean => rateOf(book, asset) !== undefined

/** What is held of old units, as so much of the unit in force; rounded down. */
export function heldInOldUnits(book: Book, asset: string): number {
  let held = 0
  for (const hold of book.holds) {
    const rate = rateOf(book, hold.asset)
    if (rate?.to === asset) held += productDown(hold.quantity, rate.give, rate.take)
  }
  return held
}

/** Through all exchanges since the unit was left for the last time; undefined for one that is in force, and for rewards. */
function rateOf({ exchanges }: Book, asset: string): Rate | undefined {
  if (exchanges.length === 0 || exchanges.at(-1)?.to === asset) return undefined
  const left = exchanges.findLastIndex(({ from }) => from === asset)
  if (left === -1) return undefined
  let rate: Rate = { to: asset, take: 1, give: 1 }
  for (const { from, to, take, give } of exchanges.slice(left)) {
    if (from === rate.to) rate = { to, ...reduced(rate.take * take, rate.give * give) }
  }
  return rate
}

/** So that going there and back is one for one, and rates of many exchanges stay exact. */
function reduced(take: number, give: number): { take: number; give: number } {
  let [a, b] = [take, give]
  while (b > 0) [a, b] = [b, a % b]
  return { take: take / a, give: give / a }
}

/** One movement a lot, of the order that earned it, so that a refund finds its own points again in the new unit. */
function exchangeShares(
  book: Book,
  from: string,
  shares: readonly LotShare[],
  { to, take, give, round, text }: Rate & { round: typeof productUp; text?: string },
): void {
  let taken = 0
  let given = 0
  for (const share of shares) {
    const lot = lotOf(book, share.lotId)
    taken += share.quantity
    const quantity = round(taken, give, take) - given
    given += quantity
    book.lots.set(lot.lotId, { ...lot, available: lot.available - share.quantity })
    const legs = shift(from, { ...share, expiresAt: null }, 'available', 'converted')
    if (quantity > 0) legs.push(...newLot(book, to, quantity, lot))
    note(book, 'exchange', lot.orderUid, legs, { text })
  }
}

function newLot(
  book: Book,
  asset: string,
  quantity: number,
  { orderUid, expiresAt }: { orderUid: string | null; expiresAt: number | null },
): Entry[] {
  const lotId = book.newId()
  book.created.add(lotId)
  const counts = { available: quantity, held: 0, expired: 0 }
  book.lots.set(lotId, { lotId, asset, ...counts, issuedAt: book.now, expiresAt, orderUid, origin: null })
  return [{ ...leg(asset, 'available', quantity), lotId, expiresAt }, leg(asset, 'converted', -quantity)]
}

const debtLeaves = (asset: string, quantity: number): Entry[] => [
  leg(asset, 'owed', quantity),
  leg(asset, 'converted', -quantity),
]

const leg = (asset: string, account: Entry['account'], quantity: number): Entry => ({
  asset,
  account,
  lotId: null,
  quantity,
  expiresAt: null,
})
