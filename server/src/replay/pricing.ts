import type { Dish } from './history.ts'
import type { RewardRule, Rules } from './rules.ts'

/** What a reward takes off a cart, and from which dish how much; `shares` runs parallel to the dishes in `inOrder`. Cents. */
export interface Discount {
  readonly cents: number
  readonly shares: readonly number[]
}

/** Dishes in the order in which ties are decided: the dearer first, then by product. */
export function inOrder(dishes: readonly Dish[]): Dish[] {
  return [...dishes].sort((a, b) => b.cents - a.cents || (a.product < b.product ? -1 : a.product > b.product ? 1 : 0))
}

export const totalOf = (dishes: readonly Dish[]): number => dishes.reduce((total, dish) => total + dish.cents, 0)

/** Prices a reward on ordered dishes; undefined when it does not apply to them. */
export function discountOf(reward: RewardRule, ordered: readonly Dish[]): Discount | undefined {
  const total = totalOf(ordered)
  const { off } = reward
  if (off.kind === 'cents') return spread(Math.min(off.cents, total), ordered, total)
  // Half a cent is rounded up.
  if (off.kind === 'percent')
    return spread(Math.min(off.maxCents, Math.floor((total * off.basisPoints + 5_000) / 10_000)), ordered, total)
  const cheapest = cheapestOf(off.categories, ordered)
  if (cheapest === undefined) return undefined
  const index = ordered.indexOf(cheapest)
  return { cents: cheapest.cents, shares: ordered.map((_, at) => (at === index ? cheapest.cents : 0)) }
}

/** The cheapest dish of some categories, the first of equals. */
export function cheapestOf(categories: readonly string[], ordered: readonly Dish[]): Dish | undefined {
  const fitting = ordered.filter((dish) => categories.includes(dish.category.toLowerCase()))
  return fitting.reduce<Dish | undefined>((best, dish) => (best && best.cents <= dish.cents ? best : dish), undefined)
}

/** Points for what was paid for some dishes: added up, and rounded down once. */
export function pointsFor(
  rules: Rules,
  ordered: readonly Dish[],
  shares: readonly number[],
  returned: ReadonlySet<number>,
): number {
  let paid = 0
  ordered.forEach((dish, index) => {
    if (!returned.has(index) && !rules.excluded.includes(dish.category.toLowerCase())) paid += dish.cents - (shares[index] ?? 0)
  })
  return Math.floor(paid / rules.perCents) * rules.points
}

/** Largest remainder: every share rounded down, then a cent each to the largest remainders until the sum is right. */
function spread(cents: number, ordered: readonly Dish[], total: number): Discount {
  const shares = ordered.map((dish) => Math.floor((cents * dish.cents) / total))
  const byRemainder = ordered
    .map((dish, index) => ({ index, rest: (cents * dish.cents) % total }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index)
  const missing = cents - shares.reduce((a, b) => a + b, 0)
  for (const { index } of byRemainder.slice(0, missing)) shares[index] = (shares[index] ?? 0) + 1
  return { cents, shares }
}
