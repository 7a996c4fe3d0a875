import { bookOf, dayOfArrival, type Sale } from './books.ts'
import { HOUR_MS } from './days.ts'
import { count, type Draft, schedule } from './draft.ts'
import type { Dish } from './history.ts'
import { POINTS, turnTo } from './member-book.ts'
import { cheapestOf, pointsFor } from './pricing.ts'
import { draw, drawIndex } from './seeded.ts'
import { type Sold, tell } from './tell.ts'

/** The customer brings something back: mostly within days, now and then so late that the points of the order have expired. */
export function refundLater(draft: Draft, sold: Sold, what: 'whole' | 'part'): void {
  const { seed } = draft
  const { number, wall } = sold
  const isVeryLate = draw(seed, `very late:${number}`) < 0.1
  const days = isVeryLate ? 46 + drawIndex(seed, `late days:${number}`, 15) : drawIndex(seed, `days:${number}`, 10)
  const at = wall + days * 24 * HOUR_MS + HOUR_MS + drawIndex(seed, `minutes:${number}`, 120) * 60_000
  schedule(draft, at, (later) => (what === 'whole' ? refundRest(draft, sold, later) : refundPart(draft, sold, later)))
}

/** Brings back one dish of several, every piece of it; sometimes the rest follows. */
function refundPart(draft: Draft, sold: Sold, wall: number): void {
  const sale = draft.books.sales.get(sold.number)
  const dish = sale && dishToReturn(draft, sale)
  if (!sale || !dish) return
  count(draft, 'partial refunds')
  const { number } = sold
  const dishes = sold.dishes.filter((one) => one.product === dish.product)
  const by = draw(draft.seed, `refund by:${number}`) < 0.5 ? 'refund_id' : 'uuid'
  const part = { ...sold, dishes, rewardKey: undefined }
  tell(draft, wall, part, 'refunded', { refund: { key: `${number}-1`, by } })
  if (draw(draft.seed, `refund again:${number}`) < 0.2)
    tell(draft, wall, part, 'refunded', { refund: { key: `${number}-1`, by }, acts: false })
  if (draw(draft.seed, `refund rest:${number}`) < 0.4)
    schedule(draft, wall + 25 * HOUR_MS, (later) => refundRest(draft, sold, later))
}

/** Brings back all that is left. */
function refundRest(draft: Draft, sold: Sold, wall: number): void {
  const sale = draft.books.sales.get(sold.number)
  if (!sale || !isClear(draft, sale, wall)) return
  count(draft, 'whole refunds')
  const isFirst = sale.returned.size === 0
  const rest = sale.dishes.filter((_, index) => !sale.returned.has(index))
  if (isFirst) tell(draft, wall, sold, 'refunded')
  else
    tell(draft, wall, { ...sold, dishes: rest, rewardKey: undefined }, 'refunded', {
      refund: { key: `${sold.number}-2`, by: 'refund_id' },
    })
}

/**
 * A dish that can come back alone. Where a free dish could have been one of two equally cheap ones, neither comes back: the contract leaves open
 * which was free, and a replay asks only what has one right answer.
 */
function dishToReturn({ seed }: Draft, sale: Sale): Dish | undefined {
  const { dishes, reward } = sale
  const kinds = dishes.filter((dish, index) => dishes.findIndex((one) => one.product === dish.product) === index)
  if (kinds.length < 2) return undefined
  const categories = reward?.off.kind === 'dish' ? reward.off.categories : []
  const free = cheapestOf(categories, dishes)
  const maybeFree = kinds.filter((dish) => free && dish.cents === free.cents && categories.includes(dish.category.toLowerCase()))
  const clear = kinds.filter((dish) => maybeFree.length < 2 || !maybeFree.includes(dish))
  return clear[drawIndex(seed, `dish:${sale.order}`, clear.length)]
}

/**
 * Whether it makes no difference which comes first, the points that were spent coming back or the points that were earned going: then the earned
 * ones are all still in their own lot. Where it would, the contract names no order, and the customer keeps the food.
 */
function isClear({ books }: Draft, sale: Sale, wall: number): boolean {
  if (sale.member === null || !sale.taken.some(({ lot }) => lot.asset === POINTS) || sale.state !== 'completed') return true
  const all = new Set(sale.dishes.keys())
  const reversed =
    pointsFor(books.rules, sale.dishes, sale.shares, sale.returned) - pointsFor(books.rules, sale.dishes, sale.shares, all)
  const book = bookOf(books, sale.member)
  turnTo(book, dayOfArrival(books, wall))
  const own = book.lots.find((lot) => lot.order === sale.order)
  return reversed === 0 || (own !== undefined && own.left >= reversed)
}
