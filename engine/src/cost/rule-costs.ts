import type { Action, Campaign, Program, Reward } from '../program.ts'
import { WHOLE } from '../program.ts'
import { productDown, productHalfUp, type Ratio } from '../rules/exact.ts'
import type { Selector } from '../rules/selector.ts'

/** What is bought on average. Minor units. */
export interface Sample {
  readonly averageOrder: number
  /** The average price of one item of a group, or of anything. */
  itemPrice(group: Selector | undefined): number
}

/** What one rule gives away, and what a member spends for it. */
export interface RuleCost {
  /** `reward:<key>`, `campaign:<key>`, `tier:<key>` or `earn`. */
  readonly rule: string
  readonly label: string
  /** How it is come by: the words that stand before what it gives. */
  readonly by: string
  readonly gives: string
  /** Minor units that it is worth each time; points count as the reward that makes most of them. */
  readonly worth: number
  /** Minor units that are spent for it each time; absent where nothing has to be bought. */
  readonly spend?: number
}

/**
 * What each rule of a program costs, on average orders: everything that is given is counted as used, so that the true cost is no more than this.
 * Conditions are not weighed: a rule for Tuesdays costs what it says on a Tuesday.
 */
export function ruleCosts(program: Program, sample: Sample): RuleCost[] {
  const costs = new Costs(program, sample)
  return [
    ...costs.ofPoints(),
    ...[...program.rewards.values()].flatMap((reward) => costs.ofReward(reward)),
    ...program.campaigns.flatMap((campaign) => campaign.actions.map((action) => costs.ofCampaign(campaign, action))),
    ...costs.ofTiers(),
  ]
}

class Costs {
  private readonly program: Program
  private readonly sample: Sample
  private readonly pointWorth: Ratio

  constructor(program: Program, sample: Sample) {
    this.program = program
    this.sample = sample
    this.pointWorth = this.bestUse()
  }

  /** Points that are money by themselves. */
  ofPoints(): RuleCost[] {
    const { valuePerPoint, units } = this.program
    const { averageOrder } = this.sample
    if (!valuePerPoint) return []
    const points = this.earnedOn(averageOrder)
    const gives = `${points} ${units}`
    return [{ rule: 'earn', label: 'Earning', by: 'each order', gives, worth: this.worthOfPoints(points), spend: averageOrder }]
  }

  /** A reward that points buy or turn into; the others cost what the campaigns cost that grant them. */
  ofReward(reward: Reward): RuleCost[] {
    const points = this.priceOf(reward)
    if (points === undefined) return []
    const by = `for ${points} ${this.program.units}`
    const worth = this.worthOf(reward)
    return [{ rule: `reward:${reward.key}`, label: reward.label, by, gives: reward.label, worth, spend: this.spendFor(points) }]
  }

  ofCampaign(campaign: Campaign, action: Action): RuleCost {
    const spend = this.spendOn(campaign, action)
    const of = this.given(action, spend ?? this.sample.averageOrder)
    return {
      rule: `campaign:${campaign.key}`,
      label: campaign.label,
      by: occasion(campaign),
      ...of,
      ...(spend !== undefined && { spend }),
    }
  }

  ofTiers(): RuleCost[] {
    const { tiers, digits } = this.program
    const { averageOrder } = this.sample
    return (tiers?.levels ?? []).flatMap(({ key, label, from, basisPoints, enter }) => {
      const common = { rule: `tier:${key}`, label }
      const spend = tiers?.by === 'spend' ? from : this.spendFor(from)
      const named = tiers?.by === 'spend' ? `${from / 10 ** digits} spent` : `${from} ${this.program.units}`
      const multiplier: Action = { kind: 'multiply', basisPoints }
      return [
        ...(basisPoints === WHOLE
          ? []
          : [{ ...common, by: 'each order in it', ...this.given(multiplier, averageOrder), spend: averageOrder }]),
        ...enter.map((action) => ({ ...common, by: `for reaching ${named}`, ...this.given(action, spend), spend })),
      ]
    })
  }

  /** What an action gives when so much was spent for it. */
  private given(action: Action, spend: number): Pick<RuleCost, 'gives' | 'worth'> {
    if (action.kind === 'grant') {
      const reward = this.program.rewards.get(action.rewardKey)
      const worth = reward ? this.worthOf(reward) * action.quantity : 0
      return { gives: `${action.quantity} × ${reward?.label ?? action.rewardKey}`, worth }
    }
    const points =
      action.kind === 'multiply' ? productDown(this.earnedOn(spend), action.basisPoints - WHOLE, WHOLE) : action.points
    return {
      gives: `${points} ${this.program.units}${action.kind === 'multiply' ? ' more' : ''}`,
      worth: this.worthOfPoints(points),
    }
  }

  /** What is spent for one firing of a campaign on orders. */
  private spendOn({ trigger, every = 1, items }: Campaign, action: Action): number | undefined {
    const { averageOrder } = this.sample
    if (trigger === 'order') return items || action.kind === 'points_each' ? this.sample.itemPrice(items) : averageOrder
    if (trigger === 'visits') return every * averageOrder
    if (trigger === 'spend') return every
    if (trigger === 'points') return this.spendFor(every)
    return trigger === 'item' ? every * this.sample.itemPrice(items) : undefined
  }

  /** A reward's worth on an average order; for items, at the average price of their group. */
  private worthOf({ effect, of }: Reward): number {
    const { averageOrder } = this.sample
    if (effect.kind === 'amount') return Math.min(effect.amount, averageOrder)
    if (effect.kind === 'percent') {
      const off = productHalfUp(of ? this.sample.itemPrice(of) : averageOrder, effect.basisPoints, WHOLE)
      return Math.min(off, effect.max ?? off)
    }
    const price = this.sample.itemPrice(of)
    // A price for everything of a group is counted on one item of it.
    const quantity = effect.quantity === Number.MAX_SAFE_INTEGER ? 1 : effect.quantity
    if (effect.off.kind === 'amount') return quantity * Math.min(effect.off.amount, price)
    if (effect.off.kind === 'price') return quantity * Math.max(0, price - effect.off.price)
    const off = productHalfUp(quantity * price, effect.off.basisPoints, WHOLE)
    return Math.min(off, effect.off.max ?? off)
  }

  private priceOf({ key, points }: Reward): number | undefined {
    const { type, threshold, thresholdReward } = this.program
    if (key === thresholdReward) return threshold
    return type === 'points_banking' ? points : undefined
  }

  /** What a member spends to earn so many points, visits or stamps by the rate alone. */
  private spendFor(points: number): number {
    const { units, earn } = this.program
    const each = units === 'points' ? earn.per : units === 'visits' ? this.sample.averageOrder : this.sample.itemPrice(earn.of)
    return productHalfUp(points, each, earn.quantity)
  }

  private earnedOn(spend: number): number {
    const { units, earn } = this.program
    if (units === 'points') return Math.floor(spend / earn.per) * earn.quantity
    return units === 'visits' ? earn.quantity : Math.floor(spend / Math.max(1, this.sample.itemPrice(earn.of))) * earn.quantity
  }

  private worthOfPoints(points: number): number {
    return productHalfUp(points, this.pointWorth.numerator, this.pointWorth.denominator)
  }

  /** The most that a point can be turned into; nothing where no reward can be had for points. */
  private bestUse(): Ratio {
    const { valuePerPoint, rewards } = this.program
    let best = valuePerPoint ?? { numerator: 0, denominator: 1 }
    for (const reward of rewards.values()) {
      const points = this.priceOf(reward)
      const worth = this.worthOf(reward)
      if (points !== undefined && worth * best.denominator > best.numerator * points) {
        best = { numerator: worth, denominator: points }
      }
    }
    return best
  }
}

function occasion({ trigger, every = 1, items }: Campaign): string {
  const group = items?.names.join(', ') ?? ''
  const occasions: Record<Campaign['trigger'], string> = {
    order: group === '' ? 'each order it applies to' : `each order with ${group}`,
    visits: `every ${every} visits`,
    points: `every ${every} points`,
    spend: 'each time so much is spent',
    item: every === 1 ? `each item of ${group}` : `every ${every} items of ${group}`,
    registration: 'once a member',
    birthday: 'once a year and member',
    date: 'once a member',
    inactivity: 'each time a member stays away',
  }
  return occasions[trigger]
}
