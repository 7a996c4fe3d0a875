import type { Because, Movement, Program, Reserved } from '@regulars/engine'

/** What a rule did in a whole history. Discounts are minor units. */
export interface RuleTotals {
  times: number
  discount: number
  points: number
  /** Rewards that it gave out. */
  granted: number
}

/** What a program comes to, for the whole history. Money is minor units, points are in the program's unit. */
export interface Totals {
  orders: number
  member_orders: number
  /** Before any discount. */
  sales: number
  /** What rewards took off. */
  reward_cost: number
  rewards_redeemed: number
  rewards_granted: number
  points_issued: number
  points_spent: number
  points_expired: number
  /** Points turned into rewards at a threshold. */
  points_converted: number
  /** What members have at the end. */
  points_outstanding: number
  rewards_outstanding: number
}

export interface MemberTotals {
  orders: number
  reward_cost: number
  points_issued: number
  points_outstanding: number
}

/** Counts while a history is played. */
export interface Tally {
  readonly totals: Totals
  readonly rules: Map<string, RuleTotals>
  readonly members: Map<number, MemberTotals>
  rule(name: string): RuleTotals
  member(number: number): MemberTotals
  countMovements(member: number, movements: readonly Movement[]): void
  /** What a sale's explanation says its rules did. */
  countRules(because: readonly Because[]): void
  /** What is left of the campaigns' budgets, less what the visit at hand has used already. */
  reserved(used: Reserved): Reserved
  useBudgets(used: Reserved): void
}

export function openTally({ units, campaigns }: Program): Tally {
  const rules = new Map<string, RuleTotals>()
  const members = new Map<number, MemberTotals>()
  const totals: Totals = {
    orders: 0,
    member_orders: 0,
    sales: 0,
    reward_cost: 0,
    rewards_redeemed: 0,
    rewards_granted: 0,
    points_issued: 0,
    points_spent: 0,
    points_expired: 0,
    points_converted: 0,
    points_outstanding: 0,
    rewards_outstanding: 0,
  }
  const rule = (name: string) => kept(rules, name, () => ({ times: 0, discount: 0, points: 0, granted: 0 }))
  const member = (number: number) =>
    kept(members, number, () => ({ orders: 0, reward_cost: 0, points_issued: 0, points_outstanding: 0 }))

  const left = Object.fromEntries(campaigns.flatMap(({ budget }) => (budget ? [[budget.name, budget.total]] : [])))

  return {
    reserved: (used) => Object.fromEntries(Object.entries(left).map(([name, rest]) => [name, rest - (used[name] ?? 0)])),
    useBudgets(used) {
      for (const [name, amount] of Object.entries(used)) left[name] = (left[name] ?? 0) - amount
    },
    totals,
    rules,
    members,
    rule,
    member,
    countMovements(number, movements) {
      for (const { cause, note, orderUid, entries } of movements) {
        for (const { asset, account, quantity } of entries) {
          const isReward = asset.startsWith('reward:')
          if (account === 'issued') {
            const campaign =
              cause === 'grant' && note !== null ? rule(`campaign:${note}`.replace('campaign:tier:', 'tier:')) : undefined
            if (isReward) totals.rewards_granted -= quantity
            else if (asset === units) {
              totals.points_issued -= quantity
              member(number).points_issued -= quantity
            }
            // What an order brings is told by its explanation; here comes what no order brought.
            if (campaign && isReward) campaign.granted -= quantity
            if (campaign && !isReward && orderUid === null) campaign.points -= quantity
            if (campaign && orderUid === null) campaign.times += 1
          } else if (asset === units && quantity > 0) {
            if (account === 'redeemed') totals.points_spent += quantity
            if (account === 'expired') totals.points_expired += quantity
            if (account === 'converted') totals.points_converted += quantity
          }
        }
      }
    },
    countRules(because) {
      for (const name of new Set(because.map(({ rule }) => rule))) rule(name).times += 1
      for (const { rule: name, numbers } of because) {
        const counts = rule(name)
        counts.points += (numbers?.quantity ?? 0) - (numbers?.withheld ?? 0)
        counts.discount += numbers?.discount ?? 0
      }
    },
  }
}

function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
