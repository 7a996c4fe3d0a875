import type { NotApplicable, Unit } from '../model.ts'
import type { Story } from '../order/order.ts'
import { contextOf } from '../order/sale.ts'
import type { Campaign, Program } from '../program.ts'
import { type SaleFacts, saleOf } from '../rules/sale-facts.ts'
import { TALLY } from '../rules/tally-names.ts'
import { tierOn, tierSum } from '../rules/tiers.ts'
import { refused, unmet } from '../rules/when.ts'
import { localDate } from '../zoned-time.ts'
import type { MissedRule } from './missed-rewards.ts'

const ON_ORDERS: readonly Campaign['trigger'][] = ['order', 'visits', 'points', 'spend', 'item']

/** Every campaign on orders that brought nothing on this one, and why. Nothing before the order is completed. */
export function missedCampaigns(
  program: Program,
  story: Story,
  { units, paid }: { readonly units: readonly Unit[]; readonly paid: readonly number[] },
): MissedRule[] {
  const { earned } = story
  if (earned === undefined) return []
  const usedUp = new Set(earned?.because.flatMap(({ rule, numbers }) => (numbers?.budget && numbers.used === 0 ? [rule] : [])))
  const fired = new Set(earned?.because.map(({ rule }) => rule).filter((rule) => !usedUp.has(rule)))
  const missed = program.campaigns.filter(({ key, trigger }) => ON_ORDERS.includes(trigger) && !fired.has(`campaign:${key}`))
  const told = (why: (campaign: Campaign) => NotApplicable) =>
    missed.map((campaign) => ({ rule: `campaign:${campaign.key}`, label: campaign.label, ...why(campaign) }))
  if (earned === null) return told(() => refused('guest_earns_nothing', {}))
  if (!earned.knew) return []

  const { member, at } = earned.knew
  const left = units.flatMap((unit, index) => (story.returned.includes(index) ? [] : [{ unit, paid: paid[index] ?? 0 }]))
  const sale = saleOf(
    program,
    {
      units: left.map(({ unit }) => unit),
      paid: left.map(({ paid }) => paid),
      context: contextOf(story.cart, story.storeCode, story.at, at),
      member,
    },
    member,
  )
  const { minimum } = program.earn
  const budgetOf = ({ key, budget }: Campaign) => (usedUp.has(`campaign:${key}`) ? budget : undefined)
  if (sale.spend < minimum) return told(() => refused('earn_minimum', { required: minimum, actual: sale.spend }))
  return told((campaign) => {
    const budget = budgetOf(campaign)
    return budget ? refused('budget_used_up', { limit: budget.total, of: budget.of }) : whyNot(campaign, sale, earned.quantity)
  })
}

/** The tiers that the member has not reached. */
export function missedTiers({ tiers, timezone }: Program, { earned, at }: Story): MissedRule[] {
  if (!tiers || !earned?.knew) return []
  const date = localDate(at, timezone)
  const { tallies } = earned.knew.member
  const actual = tierSum(tiers, tallies, date) + (earned.tallies[TALLY.tierMonth(date.slice(0, 7))] ?? 0)
  const has = tierOn(tiers, tallies, date)?.from ?? -1
  return tiers.levels
    .filter(({ from }) => from > has && from > actual)
    .map(({ key, label, from }) => ({
      rule: `tier:${key}`,
      label,
      ...refused('tier_not_reached', { required: from, actual, by: tiers.by }),
    }))
}

/** The first thing that keeps a campaign from an order. */
function whyNot(campaign: Campaign, sale: SaleFacts, earned: number): NotApplicable {
  const { key, limits, items } = campaign
  const { tallies, date, input, zone, member } = sale
  if (limits.perMember !== undefined && (tallies[TALLY.fired(key)] ?? 0) >= limits.perMember)
    return refused('member_limit', { limit: limits.perMember })
  if (limits.perDay !== undefined && (tallies[TALLY.firedOn(key, date)] ?? 0) >= limits.perDay)
    return refused('day_limit', { limit: limits.perDay })
  if (items && !input.units.some((unit) => items.matches(unit)))
    return refused('items_missing', { required: 1, actual: 0, items: items.names })
  const subtotal = campaign.trigger === 'order' || campaign.trigger === 'item' ? sale.spendOn(items) : sale.spend
  const { storeCode, source, type, rendition, at } = input.context
  const cart = { units: input.units, nets: input.paid }
  const situation = { at, zone, storeCode, channel: { source, type, rendition }, member, tallies, subtotal, cart }
  return unmet(campaign.when, situation) ?? notReached(campaign, sale, earned) ?? refused('nothing_paid', {})
}

/** A count that has not come to its next multiple. */
function notReached({ key, trigger, every, items }: Campaign, sale: SaleFacts, earned: number): NotApplicable | undefined {
  if (!every) return undefined
  const { tallies } = sale
  const counts = {
    visits: { before: tallies[TALLY.visits] ?? 0, added: Number(sale.visit), of: 'visits' },
    points: { before: tallies[TALLY.earned] ?? 0, added: earned, of: 'points' },
    spend: { before: tallies[TALLY.spent] ?? 0, added: sale.spend, of: 'spend' },
    item: { before: tallies[TALLY.items(key)] ?? 0, added: sale.unitsOf(items), of: 'items' },
  }
  const count = trigger in counts ? counts[trigger as keyof typeof counts] : undefined
  if (!count) return undefined
  const required = (Math.floor(count.before / every) + 1) * every
  const actual = count.before + count.added
  return actual < required ? refused('not_reached', { required, actual, of: count.of }) : undefined
}
