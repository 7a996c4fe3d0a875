import type { OrderContext, Unit } from '../model.ts'
import { localParts, shiftDate } from '../zoned-time.ts'
import type { Campaign } from './campaign.ts'
import { traitsOf } from './selector.ts'
import { isInside } from './when.ts'

/** The campaigns that an order's cart, store and day do not rule out, in the order of the file. A superset: each is still asked in full. */
export type CampaignsFor = (
  units: readonly Unit[],
  context: Pick<OrderContext, 'storeCode' | 'source' | 'at'>,
) => readonly Campaign[]

const ON_ORDERS: readonly Campaign['trigger'][] = ['order', 'visits', 'points', 'spend', 'item']

/**
 * Files each campaign under what an order must have for it: an item of its group, else its store, else its source, else its weekday. An order looks up
 * what it has, so that rules that cannot match cost nothing however many there are.
 */
export function indexCampaigns(campaigns: readonly Campaign[], zoneOf: (storeCode: string) => string): CampaignsFor {
  const drawers = new Map<string, Filed[]>()
  campaigns.forEach((campaign, index) => {
    if (!ON_ORDERS.includes(campaign.trigger)) return
    const { from = '', until = '9999-12-31', between } = campaign.when
    for (const name of drawersOf(campaign)) {
      const drawer = drawers.get(name) ?? []
      drawer.push({ index, from, until, between })
      drawers.set(name, drawer)
    }
  })
  if (drawers.size === 0) return () => []

  return (units, { storeCode, source, at }) => {
    const { date, weekday, minute } = localParts(at, zoneOf(storeCode))
    // The small hours may still belong to the day before: "Friday 22:00 to 02:00".
    const yesterday = shiftDate(date, -1, 'days')
    const found = new Set<number>()
    const open = (name: string) => {
      const drawer = drawers.get(name)
      if (!drawer) return
      for (const { index, from, until, between } of drawer) {
        if (from > date || until < yesterday) continue
        if (!between || between.some((window) => isInside(minute, window))) found.add(index)
      }
    }
    open('any')
    open(`store:${storeCode}`)
    open(`source:${source}`)
    open(`day:${weekday}`)
    for (const unit of new Set(units)) {
      const { product, label, categories } = traitsOf(unit)
      if (product !== undefined) open(`product:${product}`)
      open(`label:${label}`)
      for (const category of categories) open(`category:${category}`)
    }
    return [...found].sort((a, b) => a - b).flatMap((index) => campaigns[index] ?? [])
  }
}

/** A campaign in a drawer, with what of its times can be told at a glance. */
interface Filed {
  readonly index: number
  readonly from: string
  readonly until: string
  readonly between: Campaign['when']['between']
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
