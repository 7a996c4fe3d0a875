import type { Because, Unit } from '../model.ts'
import { pricedUnits } from '../order/cart.ts'
import type { Story } from '../order/order.ts'
import type { Program } from '../program.ts'
import { missedCampaigns, missedTiers } from './missed-campaigns.ts'
import { type MissedRule, missedRewards, type OpenReward } from './missed-rewards.ts'
import { shareOut } from './share-out.ts'

/** Why an order came out as it did. Money is minor units of the program's currency. */
export interface Explanation {
  readonly lines: readonly ExplainedLine[]
  readonly rules: readonly ExplainedRule[]
  /** What did not apply, and what would satisfy it. */
  readonly missed: readonly MissedRule[]
  /** Rewards that the member could have used here. */
  readonly open: readonly OpenReward[]
}

/** One line of the cart, in the order in which ties are decided. */
export interface ExplainedLine {
  readonly label: string
  readonly product?: string
  readonly quantity: number
  readonly returned: number
  readonly price: number
  readonly shopDiscount: number
  readonly rewardDiscount: number
  readonly paid: number
  /** Its part of what the order earned, shared out by what was paid; absent before the order is completed. */
  readonly points?: number
}

export interface ExplainedRule extends Because {
  /** Which lines the rule counted or discounted, by their place in `lines`: minor units that it took off, or points that it brought. */
  readonly on: readonly { readonly line: number; readonly off?: number; readonly points?: number }[]
}

/** Explains an order: each cent and each point by rule and line, and each rule that did not apply. Pure: the same story always tells the same. */
export function explain(program: Program, story: Story): Explanation {
  const { units, shopShares, nets } = pricedUnits(story.cart)
  const sale = story.sale
  const shop = sale?.shopShares ?? shopShares
  const off = sale?.redemption?.shares ?? units.map(() => 0)
  const paid = units.map((unit, index) => unit.price - (shop[index] ?? 0) - (off[index] ?? 0))
  const returned = new Set(story.returned)
  const earnedBy = shareOut(program, { units, paid, returned, because: story.earned?.because ?? [] })
  const rows = rowsOf(units)
  const { missed, open } = missedRewards(program, story, { units, nets })
  return {
    lines: rows.map(({ unit, indexes }) => {
      const total = (amounts: readonly number[]) => indexes.reduce((sum, index) => sum + (amounts[index] ?? 0), 0)
      return {
        label: unit.label,
        ...(unit.product !== undefined && { product: unit.product }),
        quantity: indexes.length,
        returned: indexes.filter((index) => returned.has(index)).length,
        price: unit.price * indexes.length,
        shopDiscount: total(shop),
        rewardDiscount: total(off),
        paid: total(paid),
        ...(story.earned && { points: earnedBy.reduce((sum, { points }) => sum + total(points), 0) }),
      }
    }),
    rules: [
      ...(sale?.because ?? []).map((because) => ({ ...because, on: isReward(because) ? onLines(rows, off, 'off') : [] })),
      ...earnedBy.map(({ because, points }) => ({ ...because, on: onLines(rows, points, 'points') })),
    ],
    missed: [...missed, ...missedCampaigns(program, story, { units, paid }), ...missedTiers(program, story)],
    open,
  }
}

interface Row {
  readonly unit: Unit
  readonly indexes: readonly number[]
}

/** The units of one line are one object. */
function rowsOf(units: readonly Unit[]): Row[] {
  const rows = new Map<Unit, number[]>()
  units.forEach((unit, index) => {
    rows.set(unit, [...(rows.get(unit) ?? []), index])
  })
  return [...rows].map(([unit, indexes]) => ({ unit, indexes }))
}

/** The amounts of units, line by line; lines without any are left out. */
function onLines(rows: readonly Row[], amounts: readonly number[], name: 'off' | 'points'): ExplainedRule['on'] {
  return rows.flatMap(({ indexes }, line) => {
    const amount = indexes.reduce((sum, index) => sum + (amounts[index] ?? 0), 0)
    return amount === 0 ? [] : [{ line, [name]: amount }]
  })
}

const isReward = ({ rule }: Because): boolean => rule.startsWith('reward:') || rule === 'shop_with_points'
