import type { MemberSnapshot, Tallies, Unit } from '../model.ts'
import type { Campaign } from './campaign.ts'
import { type Check, checksOf, Glance, type OrderSeen } from './campaign-glance.ts'

/**
 * The campaigns that an order's cart, store, time and member do not rule out, in the order of the file. A superset: each is still asked in full, with
 * its exact subtotal, limits and expression.
 * @param tallies as they stood without this order; the member's when left out.
 */
export type CampaignsFor = (
  units: readonly Unit[],
  order: OrderSeen,
  member: MemberSnapshot,
  tallies?: Tallies,
) => readonly Campaign[]

const ON_ORDERS: readonly Campaign['trigger'][] = ['order', 'visits', 'points', 'spend', 'item']

/**
 * Files each campaign under what an order must have for it: an item of its group, else its store, else its source, else its weekday. An order looks up
 * what it has, so that rules that cannot match cost nothing however many there are; what is left is told at a glance, one comparison a rule.
 */
export function indexCampaigns(campaigns: readonly Campaign[], zoneOf: (storeCode: string) => string): CampaignsFor {
  const drawers = new Map<string, Filed[]>()
  campaigns.forEach((campaign, index) => {
    if (!ON_ORDERS.includes(campaign.trigger)) return
    const filed = { campaign, index, checks: checksOf(campaign) }
    for (const name of drawersOf(campaign)) {
      const drawer = drawers.get(name) ?? []
      drawer.push(filed)
      drawers.set(name, drawer)
    }
  })
  if (drawers.size === 0) return () => []

  return (units, order, member, tallies = member.tallies) => {
    const seen = new Glance(order, zoneOf(order.storeCode), units, member, tallies)
    const found = new Set<Filed>()
    const open = (name: string) => {
      for (const filed of drawers.get(name) ?? []) if (filed.checks.every((holds) => holds(seen))) found.add(filed)
    }
    open('any')
    open(`store:${order.storeCode}`)
    open(`source:${order.source}`)
    open(`day:${seen.weekday}`)
    for (const unit of new Set(units)) {
      const { product, label, categories } = unit.traits
      if (product !== undefined) open(`product:${product}`)
      open(`label:${label}`)
      for (const category of categories) open(`category:${category}`)
    }
    return [...found].sort((a, b) => a.index - b.index).map(({ campaign }) => campaign)
  }
}

/** A campaign in a drawer, with what else of it can be told at a glance. */
interface Filed {
  readonly campaign: Campaign
  readonly index: number
  readonly checks: readonly Check[]
}

function drawersOf({ items, when }: Campaign): string[] {
  if (items?.needs) {
    const { products, categories, labels } = items.needs
    return [
      ...[...products].map((product) => `product:${product}`),
      ...[...categories].map((category) => `category:${category}`),
      ...[...labels].map((label) => `label:${label}`),
    ]
  }
  if (when.stores) return [...when.stores].map((code) => `store:${code}`)
  if (when.sources) return [...when.sources].map((source) => `source:${source}`)
  if (when.days) {
    const days = [...when.days]
    const overMidnight = when.between?.some(({ from, to }) => to <= from) ? days.map((day) => (day + 1) % 7) : []
    return [...new Set([...days, ...overMidnight])].map((day) => `day:${day}`)
  }
  return ['any']
}
