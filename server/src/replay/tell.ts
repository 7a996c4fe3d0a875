import { type Draft, type NewCall, say } from './draft.ts'
import type { Dish } from './history.ts'
import { discountOf, inOrder } from './pricing.ts'
import type { OrderCall, Status } from './script.ts'
import { draw } from './seeded.ts'

/** An order as a till sees it, before it is known how it goes. */
export interface Sold {
  readonly number: string
  readonly member: number | null
  readonly chain: string
  readonly store: string
  readonly wall: number
  readonly dishes: readonly Dish[]
  readonly unitLines: boolean
  readonly rewardKey?: string
}

/** Makes one order call at a time. A quote of an order that is billed already is refused, so a repeated replay may see that. */
export function tell(
  draft: Draft,
  wall: number,
  sold: Sold,
  status: Status,
  more: Partial<Pick<NewCall, 'expect' | 'onRepeat' | 'copies' | 'acts'>> & Pick<OrderCall, 'refund'> = {},
): void {
  const { number, member, chain, store, dishes, unitLines, rewardKey } = sold
  const cents = rewardKey === undefined ? undefined : priceOf(draft, sold)
  const isQuote = status === 'checkout'
  say(draft, wall, {
    kind: 'order',
    chain,
    member,
    order: number,
    status,
    store,
    placedWall: sold.wall,
    dishes,
    unitLines,
    withoutId: isQuote && draw(draft.seed, `without id:${number}`) < 0.3,
    reward: rewardKey === undefined || cents === undefined ? undefined : { key: rewardKey, cents },
    acts: !isQuote,
    onRepeat: isQuote ? [409] : [],
    ...more,
  })
}

/** What the order's reward takes off its cart; undefined where it has none, or none that fits. */
export function priceOf(draft: Draft, { rewardKey, dishes }: Sold): number | undefined {
  const reward = draft.books.rules.rewards.get(rewardKey ?? '')
  return reward && discountOf(reward, inOrder(dishes))?.cents
}
