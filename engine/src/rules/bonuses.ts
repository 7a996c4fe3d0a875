import type { Because } from '../model.ts'
import { type Campaign, type Program, WHOLE } from '../program.ts'
import { localDate } from '../zoned-time.ts'
import type { Action } from './action.ts'
import type { Bonus } from './caps.ts'
import { sum } from './exact.ts'
import type { Meter } from './meter.ts'
import { formatMinor } from './money.ts'
import type { SaleFacts } from './sale-facts.ts'
import { addTo } from './tallies.ts'
import { TALLY } from './tally-names.ts'
import { type Tier, tierOn, tiersEntered } from './tiers.ts'
import { areMet } from './when.ts'

/** What a member's tier adds to what the order earns by itself. */
export function tierBonus({ tiers, units, timezone }: Program, sale: SaleFacts, meter: Meter): Bonus | undefined {
  const tier = tiers && tierOn(tiers, sale.tallies, localDate(sale.input.context.at, timezone))
  if (!tier || tier.basisPoints === WHOLE || sale.spend === 0) return undefined
  const measure = sale.measure(undefined)
  const quantity = meter.add(measure, tier.basisPoints - WHOLE)
  const text = `${tier.label}: ${timesText(tier.basisPoints)} times the ${units}.`
  return {
    name: `tier:${tier.key}`,
    actions: [],
    quantity,
    times: 1,
    because: [{ rule: `tier:${tier.key}`, text, numbers: { measure, quantity } }],
  }
}

/** What reaching a tier brings. `added` is what this order counts towards it. */
export function tierEntries({ tiers, timezone }: Program, sale: SaleFacts, added: number): Bonus[] {
  if (!tiers) return []
  const date = localDate(sale.input.context.at, timezone)
  return tiersEntered(tiers, sale.tallies, date, added).map((tier) => tierEntry(tier, added))
}

function tierEntry({ key, label, enter, from }: Tier, added: number): Bonus {
  const quantity = pointsOf(enter)
  const because = { rule: `tier:${key}`, text: `${label}: reached.`, numbers: { from, added, quantity } }
  return { name: `tier:${key}`, actions: enter, quantity, times: 1, because: [because] }
}

/** What one campaign brings on an order; points reached are looked at later, when the points are known. */
export function campaignBonus(
  campaign: Campaign,
  sale: SaleFacts,
  meter: Meter,
  moved: Record<string, number>,
): Bonus | undefined {
  if (campaign.trigger === 'order') return orderBonus(campaign, sale, meter)
  if (campaign.trigger === 'visits') return visitBonus(campaign, sale)
  if (campaign.trigger === 'spend') return crossed(campaign, sale, sale.tallies[TALLY.spent] ?? 0, sale.spend)
  return campaign.trigger === 'item' ? itemBonus(campaign, sale, moved) : undefined
}

/** Once for each multiple of the campaign's points that this order reaches. */
export function pointsBonus(campaign: Campaign, sale: SaleFacts, earned: number): Bonus | undefined {
  return campaign.trigger === 'points' ? crossed(campaign, sale, sale.tallies[TALLY.earned] ?? 0, earned) : undefined
}

/** Campaigns on an order: they need something paid for in their group, so that an order that costs nothing brings nothing (scenario 8). */
function orderBonus(campaign: Campaign, sale: SaleFacts, meter: Meter): Bonus | undefined {
  const { program } = sale
  const spend = sale.spendOn(campaign.items)
  if (spend === 0 || !isOpen(campaign, sale, spend)) return undefined
  const because: Because[] = []
  let quantity = 0
  const explain = (added: number, text: string, numbers: Record<string, number>) => {
    quantity += added
    because.push({
      rule: `campaign:${campaign.key}`,
      text: `${campaign.label}: ${text}`,
      numbers: { ...numbers, quantity: added },
    })
  }
  for (const action of campaign.actions) {
    if (action.kind === 'multiply') {
      const measure = sale.measure(campaign.items)
      const times = timesText(action.basisPoints)
      const on = program.units === 'points' ? ` on ${formatMinor(measure, program.digits)} ${program.currency}` : ''
      explain(meter.add(measure, action.basisPoints - WHOLE), `${times} times the ${program.units}${on}.`, { measure })
    } else if (action.kind === 'points') {
      explain(action.points, 'a bonus on the order.', {})
    } else if (action.kind === 'points_each') {
      const units = sale.unitsOf(campaign.items)
      explain(action.points * units, `${action.points} for each of ${units} items.`, { units })
    } else {
      explain(0, `grants ${action.rewardKey}.`, { rewards: action.quantity })
    }
  }
  return { name: campaign.key, actions: campaign.actions, campaign, quantity, times: 1, because }
}

function visitBonus(campaign: Campaign, sale: SaleFacts): Bonus | undefined {
  if (!campaign.every || !sale.visit) return undefined
  const visits = (sale.tallies[TALLY.visits] ?? 0) + 1
  return visits % campaign.every === 0 ? milestone(campaign, sale, 1, { visits }) : undefined
}

/** Every n-th paid piece of the group on a receipt; only pieces bought while the campaign is open count. */
function itemBonus(campaign: Campaign, sale: SaleFacts, moved: Record<string, number>): Bonus | undefined {
  const count = sale.unitsOf(campaign.items)
  if (count === 0 || !isOpen(campaign, sale, sale.spendOn(campaign.items))) return undefined
  const name = TALLY.items(campaign.key)
  if (campaign.every !== 1) addTo(moved, name, count)
  return crossed(campaign, sale, sale.tallies[name] ?? 0, count)
}

/** Once for each multiple of `every` that this order reaches. */
function crossed(campaign: Campaign, sale: SaleFacts, before: number, added: number): Bonus | undefined {
  if (!campaign.every) return undefined
  const times = Math.floor((before + added) / campaign.every) - Math.floor(before / campaign.every)
  return times > 0 ? milestone(campaign, sale, times, { reached: before + added }) : undefined
}

function milestone(campaign: Campaign, sale: SaleFacts, times: number, numbers: Record<string, number>): Bonus | undefined {
  if (!isOpen(campaign, sale, sale.spend)) return undefined
  const { key, label, actions } = campaign
  const quantity = pointsOf(actions) * times
  const because = { rule: `campaign:${key}`, text: `${label}: reached.`, numbers: { ...numbers, quantity } }
  return { name: key, actions, campaign, quantity, times, because: [because] }
}

const pointsOf = (actions: readonly Action[]): number =>
  sum(actions.map((action) => (action.kind === 'points' ? action.points : 0)))

const timesText = (basisPoints: number): string => formatMinor(basisPoints, 4).replace(/\.?0+$/, '')

function isOpen(campaign: Campaign, sale: SaleFacts, subtotal: number): boolean {
  const { key, limits, when } = campaign
  const { tallies, date } = sale
  if (limits.perMember !== undefined && (tallies[TALLY.fired(key)] ?? 0) >= limits.perMember) return false
  if (limits.perDay !== undefined && (tallies[TALLY.firedOn(key, date)] ?? 0) >= limits.perDay) return false
  if (when.minSubtotal !== undefined && subtotal < when.minSubtotal) return false
  return areMet(when, sale.situationOn(subtotal))
}
