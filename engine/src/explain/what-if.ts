import type { Earning, NotApplicable, RewardCost } from '../model.ts'
import { pricedUnits } from '../order/cart.ts'
import type { Cart, Knew, OrderRefusal, Sale } from '../order/order.ts'
import { contextOf, readRewardId, redemptionOf, rewardIdOf, SHOP_WITH_POINTS } from '../order/sale.ts'
import type { Program } from '../program.ts'
import type { Reserved } from '../rules/campaign.ts'
import { earn } from '../rules/earn.ts'
import { type Quoted, quoteReward } from '../rules/quote.ts'
import { type Explanation, explain } from './explain.ts'
import { unaffordable } from './missed-rewards.ts'

/** A basket that nobody has bought. */
export interface WhatIfInput {
  readonly cart: Cart
  readonly storeCode: string
  readonly at: number
  /** Null for a guest. */
  readonly knew: Knew | null
  /** What is left of the campaigns' budgets; budgets are no limit when left out. */
  readonly reserved?: Reserved
}

/** What a reward would do to the basket, or why it would not. */
export interface WhatIfReward {
  readonly rewardId: string
  readonly rewardKey: string
  readonly label: string
  readonly outcome:
    | {
        readonly ok: true
        readonly discount: number
        readonly forfeited: number
        readonly cost: RewardCost
        readonly earned: number
      }
    | { readonly ok: false; readonly refusal: NotApplicable }
}

export interface WhatIf {
  readonly discount: number
  /** Why the reward that the basket asks for does not apply. */
  readonly refusal?: OrderRefusal
  /** Null for a guest. */
  readonly earning: Earning | null
  readonly rewards: readonly WhatIfReward[]
  readonly explanation: Explanation
}

/** Decides a basket as an order would be, at once and without a ledger: every reward priced, what it earns with the reward it asks for, and all of it explained. */
export function whatIf(program: Program, input: WhatIfInput): WhatIf {
  const { cart, storeCode, at, knew, reserved } = input
  const { units, nets, shopShares } = pricedUnits(cart)
  const context = contextOf(cart, storeCode, at, at)
  const member = knew?.member
  const quote = (rewardKey: string, pay: 'points' | 'reward', asked?: number): Quoted => {
    const quoted = quoteReward(program, rewardKey, { units, nets, context, member, pay, asked })
    const refusal = quoted.ok && knew ? unaffordable(program, rewardKey, quoted.value.cost, knew) : undefined
    return refusal ? { ok: false, refusal } : quoted
  }
  const earnWith = (shares: readonly number[]): Earning | null =>
    knew ? earn(program, { units, paid: nets.map((net, index) => net - (shares[index] ?? 0)), context, member, reserved }) : null

  const asked = cart.reward && readRewardId(program, cart.reward.id)
  const quoted =
    asked && quote(asked.rewardKey, asked.pay, asked.pay === 'points' ? cart.reward?.discount || undefined : undefined)
  const refusal: OrderRefusal | undefined =
    quoted && !quoted.ok
      ? { error: quoted.refusal.reason, facts: quoted.refusal.facts }
      : cart.reward && !asked
        ? { error: 'reward_unknown', facts: { reward: cart.reward.id } }
        : undefined
  const redemption = asked && quoted?.ok ? redemptionOf(program, asked.rewardKey, quoted.value) : null
  const sale: Sale = { cart, shopShares, redemption, because: quoted?.ok ? quoted.value.because : [], knew }
  const earning = earnWith(redemption?.shares ?? [])
  const earned = earning && knew ? { ...earning, knew } : null
  return {
    discount: redemption?.discount ?? 0,
    ...(refusal && { refusal }),
    earning,
    rewards: waysToUse(program).map((way) => ({ ...way, outcome: outcomeOf(quote(way.rewardKey, way.pay), earnWith) })),
    explanation: explain(program, {
      cart,
      storeCode,
      at,
      programVersion: 0,
      sale,
      earned,
      ...(refusal && { refusal }),
      returned: [],
    }),
  }
}

function outcomeOf(quoted: Quoted, earnWith: (shares: readonly number[]) => Earning | null): WhatIfReward['outcome'] {
  if (!quoted.ok) return quoted
  const { discount, forfeited, cost, shares } = quoted.value
  return { ok: true, discount, forfeited, cost, earned: earnWith(shares)?.quantity ?? 0 }
}

/** Each reward in each way it can be had: for points, and as one that was issued. */
function waysToUse(program: Program): { rewardId: string; rewardKey: string; label: string; pay: 'points' | 'reward' }[] {
  const way = (rewardKey: string, label: string, pay: 'points' | 'reward') => ({
    rewardId: rewardIdOf(program, { rewardKey, pay }),
    rewardKey,
    label,
    pay,
  })
  const ways = [...program.rewards.values()].flatMap(({ key, label, points }) => [
    ...(program.type === 'points_banking' && points !== undefined ? [way(key, label, 'points')] : []),
    way(key, label, 'reward'),
  ])
  return program.valuePerPoint ? [...ways, way(SHOP_WITH_POINTS, 'Shop with points', 'points')] : ways
}
