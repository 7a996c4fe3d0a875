import type { NotApplicable, RewardCost, Unit } from '../model.ts'
import type { Knew, Story } from '../order/order.ts'
import { contextOf, readRewardId, SHOP_WITH_POINTS } from '../order/sale.ts'
import type { Program } from '../program.ts'
import { quoteReward } from '../rules/quote.ts'
import { refused } from '../rules/when.ts'

/** A rule that did not apply: its reason, with the facts that say what would satisfy it. */
export interface MissedRule extends NotApplicable {
  /** `reward:<key>`, `campaign:<key>` or `tier:<key>`. */
  readonly rule: string
  readonly label: string
}

/** A reward that applied and was not used: one reward per order, and the customer decides which. */
export interface OpenReward {
  readonly rule: string
  readonly label: string
  readonly discount: number
}

/** Every reward of the program but the one that was used: why not, or what it would have taken off. */
export function missedRewards(
  program: Program,
  story: Story,
  cart: { readonly units: readonly Unit[]; readonly nets: readonly number[] },
): { missed: MissedRule[]; open: OpenReward[] } {
  const missed: MissedRule[] = []
  const open: OpenReward[] = []
  const asked = story.refusal && askedFor(program, story)
  if (asked && story.refusal) {
    missed.push({ ...asked, reason: story.refusal.error, facts: story.refusal.facts as NotApplicable['facts'] })
  }
  const knew = story.sale?.knew
  if (knew === undefined) return { missed, open }
  const keys = [...program.rewards.keys(), ...(program.valuePerPoint ? [SHOP_WITH_POINTS] : [])]
  for (const key of keys) {
    const rule = ruleOf(key)
    const label = program.rewards.get(key)?.label ?? 'Shop with points'
    if (key === story.sale?.redemption?.rewardKey || rule === asked?.rule) continue
    const quoted = quoteReward(program, key, {
      ...cart,
      context: contextOf(story.cart, story.storeCode, story.at, knew?.at ?? story.at),
      member: knew?.member,
      pay: (knew?.rewards[key] ?? 0) > 0 ? 'reward' : 'points',
    })
    const refusal = quoted.ok ? knew && unaffordable(program, key, quoted.value.cost, knew) : quoted.refusal
    if (refusal) missed.push({ rule, label, ...refusal })
    else if (quoted.ok) open.push({ rule, label, discount: quoted.value.discount })
  }
  return { missed, open }
}

/** The reward that the cart asks for, by the name the rules have for it. */
function askedFor(program: Program, { cart }: Story): { rule: string; label: string } | undefined {
  if (!cart.reward) return undefined
  const { id } = cart.reward
  const key = readRewardId(program, id)?.rewardKey
  return key === undefined
    ? { rule: `reward:${id}`, label: id }
    : { rule: ruleOf(key), label: program.rewards.get(key)?.label ?? 'Shop with points' }
}

/** Conditions are met; what is left to ask is whether the member had it. */
function unaffordable(program: Program, key: string, cost: RewardCost, { member, rewards }: Knew): NotApplicable | undefined {
  if (cost.kind === 'points') {
    const { points } = member
    return points < cost.points ? refused('points_insufficient', { required: cost.points, actual: points }) : undefined
  }
  return (rewards[key] ?? 0) > 0 ? undefined : refused('not_issued', { by: sourcesOf(program, key) })
}

/** How a member comes by a reward that has no price. */
function sourcesOf(program: Program, rewardKey: string): string[] {
  const grants = (actions: Program['campaigns'][number]['actions']) =>
    actions.some((action) => action.kind === 'grant' && action.rewardKey === rewardKey)
  const campaigns = program.campaigns.filter(({ actions }) => grants(actions)).map(({ label }) => label)
  const tiers = (program.tiers?.levels ?? []).filter(({ enter }) => grants(enter)).map(({ label }) => label)
  const threshold = program.thresholdReward === rewardKey ? [`${program.threshold} ${program.units}`] : []
  return [...threshold, ...campaigns, ...tiers]
}

const ruleOf = (key: string): string => (key === SHOP_WITH_POINTS ? SHOP_WITH_POINTS : `reward:${key}`)
