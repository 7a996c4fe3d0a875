import type { Because, Earning, MemberSnapshot, OrderContext, Tallies, Unit } from '../model.ts'
import { type Campaign, type Cap, type Program, WHOLE, zoneOf } from '../program.ts'
import { localDate, mondayOf, periodHasPassed } from '../zoned-time.ts'
import { grantsOf } from './campaigns.ts'
import { sum } from './exact.ts'
import { formatMinor } from './money.ts'
import type { Selector } from './selector.ts'
import { addTo, visitsAt } from './tallies.ts'
import { TALLY } from './tally-names.ts'
import { unmet } from './when.ts'

export interface EarnInput {
  /** In canonical order (`unitsOf`). */
  readonly units: readonly Unit[]
  /** What was paid per unit: its price less its share of every discount. Minor units. */
  readonly paid: readonly number[]
  /** Conditions, days and weeks go by `at`, the order's own time (scenario 50). */
  readonly context: OrderContext
  /** Absent for a guest, who earns nothing until the order is claimed. */
  readonly member: MemberSnapshot | undefined
  /** The tallies as they stood without this order; the member's when left out. */
  readonly tallies?: Tallies
}

/**
 * What a completed order brings: points, visits or stamps with every one explained, rewards that campaigns grant, and how the tallies move.
 * Order of application: base, multipliers (each adds its share of the base; they do not compound), bonuses, caps of campaigns, caps of the program.
 * Rounding is down, once, where `earn.rounding` says.
 */
export function earn(program: Program, input: EarnInput): Earning {
  const { member } = input
  if (!member) return nothing('guest', 'A guest earns nothing until the order is claimed.')
  const sale = saleOf(program, input, member)
  const moved: Record<string, number> = {}
  addTo(moved, TALLY.orders, 1)
  if (sale.spend < program.earn.minimum) {
    const numbers = { required: program.earn.minimum, actual: sale.spend }
    return { ...nothing('minimum', 'The order is below the minimum that earns.', numbers), tallies: moved }
  }

  const bonuses: Bonus[] = []
  const meter = new Meter(program)
  const base = meter.add(sale.measure(undefined), WHOLE)
  for (const campaign of program.campaigns) {
    const bonus = orderBonus(program, campaign, sale, meter) ?? visitBonus(campaign, sale) ?? spendBonus(campaign, sale)
    if (bonus) bonuses.push(capped(bonus, sale, moved))
  }
  const before = underCaps(program.earn.caps, base + sum(bonuses.map((bonus) => bonus.quantity)), sale)
  for (const campaign of program.campaigns) {
    const bonus = pointsBonus(campaign, sale, before.quantity)
    if (bonus) bonuses.push(capped(bonus, sale, moved))
  }

  const { quantity, because } = underCaps(program.earn.caps, base + sum(bonuses.map((bonus) => bonus.quantity)), sale)
  countSale(program, sale, quantity, moved)
  return {
    quantity,
    grants: bonuses.flatMap(({ campaign, times }) => Array.from({ length: times }, () => grantsOf(campaign)).flat()),
    tallies: moved,
    because: [baseReason(program, sale, base), ...bonuses.flatMap((bonus) => bonus.because), ...because],
  }
}

/** What the rules of one order look at, worked out once. */
interface SaleFacts {
  readonly program: Program
  readonly input: EarnInput
  readonly member: MemberSnapshot
  readonly tallies: Tallies
  readonly zone: string
  readonly date: string
  readonly monday: string
  /** Net qualifying spend in minor units. */
  readonly spend: number
  readonly visit: boolean
  /** What earns, in the program's measure: spend for points, units for stamps, 1 for a visit; of a group when one is given. */
  measure(group: Selector | undefined): number
  /** Net spend and count of paid units of a group, or of everything that earns. */
  spendOn(group: Selector | undefined): number
  unitsOf(group: Selector | undefined): number
}

function saleOf(program: Program, input: EarnInput, member: MemberSnapshot): SaleFacts {
  const { units, paid, context } = input
  const { of, exclude } = program.earn
  const tallies = input.tallies ?? member.tallies
  const zone = zoneOf(program, context.storeCode)
  const date = localDate(context.at, zone)
  const pieces = units.map((unit, index) => ({ unit, paid: paid[index] ?? 0 })).filter(({ unit }) => !exclude?.matches(unit))
  const qualifying = of ? pieces.filter(({ unit }) => of.matches(unit)) : pieces
  const within = (list: typeof pieces, group: Selector | undefined) =>
    group ? list.filter(({ unit }) => group.matches(unit)) : list
  const total = (list: typeof pieces) => sum(list.map((piece) => piece.paid))
  const spend = total(qualifying)
  const visit = qualifying.length > 0 && isVisit(program, context, tallies, zone)
  const measures = {
    points: (group: Selector | undefined) => total(within(qualifying, group)),
    stamps: (group: Selector | undefined) => within(qualifying, group).filter((piece) => piece.paid > 0).length,
    visits: (group: Selector | undefined) => (visit && within(qualifying, group).length > 0 ? 1 : 0),
  }
  // A bonus on items is about those items: they need not be among what earns by themselves, only not excluded.
  const bonusGroup = (group: Selector | undefined) => (group ? within(pieces, group) : qualifying)
  return {
    program,
    input,
    member,
    tallies,
    zone,
    date,
    monday: mondayOf(date),
    spend,
    visit,
    measure: measures[program.units],
    spendOn: (group) => total(bonusGroup(group)),
    unitsOf: (group) => bonusGroup(group).filter((piece) => piece.paid > 0).length,
  }
}

/** At most one per member, store and `min_interval`, and catering only where the program says so (scenario 12). */
function isVisit({ earn: rule }: Program, { type, storeCode, at }: OrderContext, tallies: Tallies, zone: string): boolean {
  if (type === 'catering' && !rule.catering) return false
  const { minInterval } = rule
  if (!minInterval) return true
  // Either side: a late order may lie before a visit that already counted.
  return visitsAt(tallies, storeCode).every((other) =>
    periodHasPassed(Math.min(other, at), Math.max(other, at), minInterval, zone),
  )
}

/** Turns measures into whole units by the rate, rounding down each by itself or all of them once (scenario 5). */
class Meter {
  private readonly quantity: bigint
  private readonly divisor: bigint
  private readonly roundsFirst: boolean
  private total = 0n

  constructor({ earn: rule, units }: Program) {
    this.quantity = BigInt(rule.quantity)
    this.divisor = BigInt(units === 'points' ? rule.per : 1)
    this.roundsFirst = rule.rounding === 'round_then_multiply'
  }

  /** How many units a measure brings at a multiple of the rate, in basis points. */
  add(measure: number, basisPoints: number): number {
    const exact = BigInt(measure) * this.quantity
    const scale = BigInt(WHOLE)
    if (this.roundsFirst) return Number(((exact / this.divisor) * BigInt(basisPoints)) / scale)
    const before = this.total / (this.divisor * scale)
    this.total += exact * BigInt(basisPoints)
    return Number(this.total / (this.divisor * scale) - before)
  }
}

interface Bonus {
  readonly campaign: Campaign
  readonly quantity: number
  readonly times: number
  readonly because: readonly Because[]
}

/** Campaigns on an order: they need something paid for in their group, so that an order that costs nothing brings nothing (scenario 8). */
function orderBonus(program: Program, campaign: Campaign, sale: SaleFacts, meter: Meter): Bonus | undefined {
  if (campaign.trigger !== 'order') return undefined
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
      const times = formatMinor(action.basisPoints, 4).replace(/\.?0+$/, '')
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
  return { campaign, quantity, times: 1, because }
}

function visitBonus(campaign: Campaign, sale: SaleFacts): Bonus | undefined {
  const { trigger, every } = campaign
  if (trigger !== 'visits' || !every || !sale.visit) return undefined
  const visits = (sale.tallies[TALLY.visits] ?? 0) + 1
  return visits % every === 0 ? milestone(campaign, sale, 1, { visits }) : undefined
}

function spendBonus(campaign: Campaign, sale: SaleFacts): Bonus | undefined {
  return campaign.trigger === 'spend' ? crossed(campaign, sale, sale.tallies[TALLY.spent] ?? 0, sale.spend) : undefined
}

function pointsBonus(campaign: Campaign, sale: SaleFacts, earned: number): Bonus | undefined {
  return campaign.trigger === 'points' ? crossed(campaign, sale, sale.tallies[TALLY.earned] ?? 0, earned) : undefined
}

/** Once for each multiple of `every` that this order reaches. */
function crossed(campaign: Campaign, sale: SaleFacts, before: number, added: number): Bonus | undefined {
  if (!campaign.every) return undefined
  const times = Math.floor((before + added) / campaign.every) - Math.floor(before / campaign.every)
  return times > 0 ? milestone(campaign, sale, times, { reached: before + added }) : undefined
}

function milestone(campaign: Campaign, sale: SaleFacts, times: number, numbers: Record<string, number>): Bonus | undefined {
  if (!isOpen(campaign, sale, sale.spend)) return undefined
  const each = sum(campaign.actions.map((action) => (action.kind === 'points' ? action.points : 0)))
  const because = {
    rule: `campaign:${campaign.key}`,
    text: `${campaign.label}: reached.`,
    numbers: { ...numbers, quantity: each * times },
  }
  return { campaign, quantity: each * times, times, because: [because] }
}

function isOpen(campaign: Campaign, { input: { context }, member, tallies, zone, date }: SaleFacts, subtotal: number): boolean {
  const { perMember, perDay } = campaign.limits
  if (perMember !== undefined && (tallies[TALLY.fired(campaign.key)] ?? 0) >= perMember) return false
  if (perDay !== undefined && (tallies[TALLY.firedOn(campaign.key, date)] ?? 0) >= perDay) return false
  const { storeCode, source, type, rendition, at } = context
  return !unmet(campaign.when, { at, zone, storeCode, channel: { source, type, rendition }, member, tallies, subtotal })
}

/** Holds a bonus to its campaign's own cap and counts that it fired. */
function capped(bonus: Bonus, { tallies, date, monday }: SaleFacts, moved: Record<string, number>): Bonus {
  const { campaign } = bonus
  const { key, cap, limits } = campaign
  if (limits.perMember !== undefined) addTo(moved, TALLY.fired(key), 1)
  if (limits.perDay !== undefined) addTo(moved, TALLY.firedOn(key, date), 1)
  if (!cap) return bonus
  const names = {
    order: undefined,
    day: TALLY.broughtOn(key, date),
    week: TALLY.broughtInWeek(key, monday),
    member: TALLY.brought(key),
  }
  const name = names[cap.per]
  const left = Math.max(0, cap.points - (name === undefined ? 0 : (tallies[name] ?? 0)))
  const quantity = Math.min(bonus.quantity, left)
  if (name !== undefined) addTo(moved, name, quantity)
  return quantity === bonus.quantity
    ? bonus
    : { ...bonus, quantity, because: [...bonus.because, withheld(`campaign:${key}`, cap, bonus.quantity - quantity)] }
}

/** Holds the whole to the caps of the program; the tightest decides and is named (scenario 7). */
function underCaps(
  caps: readonly Cap[],
  wanted: number,
  { tallies, date, monday }: SaleFacts,
): { quantity: number; because: Because[] } {
  const names = { order: undefined, day: TALLY.earnedOn(date), week: TALLY.earnedInWeek(monday), member: TALLY.earned }
  let quantity = wanted
  const because: Because[] = []
  for (const cap of caps) {
    const name = names[cap.per]
    const left = Math.max(0, cap.points - (name === undefined ? 0 : (tallies[name] ?? 0)))
    if (quantity <= left) continue
    because.push(withheld('cap', cap, quantity - left))
    quantity = left
  }
  return { quantity, because }
}

function withheld(rule: string, { points, per }: Cap, quantity: number): Because {
  return { rule, text: `Withheld: at most ${points} per ${per}.`, numbers: { cap: points, withheld: quantity } }
}

/** The counts that limits, caps and later campaigns go by, as far as the program looks at them. */
function countSale(
  program: Program,
  { visit, spend, date, monday, input }: SaleFacts,
  quantity: number,
  moved: Record<string, number>,
): void {
  const capsPer = (per: Cap['per']) => program.earn.caps.some((cap) => cap.per === per)
  const triggered = (trigger: Campaign['trigger']) => program.campaigns.some((campaign) => campaign.trigger === trigger)
  if (visit) addTo(moved, TALLY.visits, 1)
  if (visit && program.earn.minInterval) addTo(moved, TALLY.visit(input.context.storeCode, input.context.at), 1)
  if (capsPer('day')) addTo(moved, TALLY.earnedOn(date), quantity)
  if (capsPer('week')) addTo(moved, TALLY.earnedInWeek(monday), quantity)
  if (capsPer('member') || triggered('points')) addTo(moved, TALLY.earned, quantity)
  if (triggered('spend')) addTo(moved, TALLY.spent, spend)
}

function baseReason({ units, earn: rule, digits, currency }: Program, sale: SaleFacts, base: number): Because {
  const measure = sale.measure(undefined)
  const texts = {
    points: `${rule.quantity} for each ${formatMinor(rule.per, digits)} of ${formatMinor(measure, digits)} ${currency}, rounded down.`,
    visits: measure === 1 ? 'The visit counts.' : 'The order does not count as a visit.',
    stamps: `${rule.quantity} for each of ${measure} qualifying items.`,
  }
  return { rule: 'earn', text: texts[units], numbers: { measure, quantity: base } }
}

function nothing(rule: string, text: string, numbers?: Record<string, number>): Earning {
  return { quantity: 0, grants: [], tallies: {}, because: [{ rule, text, numbers }] }
}
