import type { MemberSnapshot, OrderContext, Tallies, Unit } from '../model.ts'
import { type Program, zoneOf } from '../program.ts'
import { localDate, mondayOf, periodHasPassed } from '../zoned-time.ts'
import type { Reserved } from './campaign.ts'
import { sum } from './exact.ts'
import type { Selector } from './selector.ts'
import { visitsAt } from './tallies.ts'
import type { Situation } from './when.ts'

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
  readonly reserved?: Reserved
}

/** What the rules of one order look at, worked out once. */
export interface SaleFacts {
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
  /** What every condition of this order is checked against; the subtotal is that of the rule's own group. */
  situationOn(subtotal: number): Situation
  /** What earns, in the program's measure: spend for points, units for stamps, 1 for a visit; of a group when one is given. */
  measure(group: Selector | undefined): number
  /** Net spend and count of paid units of a group, or of everything that earns. */
  spendOn(group: Selector | undefined): number
  unitsOf(group: Selector | undefined): number
}

/** Looks at an order once, for all rules. */
export function saleOf(program: Program, input: EarnInput, member: MemberSnapshot): SaleFacts {
  const { units, paid, context } = input
  const { of, exclude } = program.earn
  const { storeCode, source, type, rendition, at } = context
  const tallies = input.tallies ?? member.tallies
  const zone = zoneOf(program, context.storeCode)
  const date = localDate(context.at, zone)
  const pieces = units.map((unit, index) => ({ unit, paid: paid[index] ?? 0 })).filter(({ unit }) => !exclude?.matches(unit))
  const qualifying = of ? pieces.filter(({ unit }) => of.matches(unit)) : pieces
  const found = { earning: new Map<Selector, typeof pieces>(), bonus: new Map<Selector, typeof pieces>() }
  const within = (name: keyof typeof found, group: Selector | undefined) => {
    const list = name === 'earning' ? qualifying : pieces
    if (!group) return list
    const known = found[name].get(group) ?? list.filter(({ unit }) => group.matches(unit))
    found[name].set(group, known)
    return known
  }
  const total = (list: typeof pieces) => sum(list.map((piece) => piece.paid))
  const spend = total(qualifying)
  const visit = qualifying.length > 0 && isVisit(program, context, tallies, zone)
  const measures = {
    points: (group: Selector | undefined) => total(within('earning', group)),
    stamps: (group: Selector | undefined) => within('earning', group).filter((piece) => piece.paid > 0).length,
    visits: (group: Selector | undefined) => (visit && within('earning', group).length > 0 ? 1 : 0),
  }
  const cart = { units, nets: paid }
  let situation: Situation = { at, zone, storeCode, channel: { source, type, rendition }, member, tallies, subtotal: spend, cart }
  // A bonus on items is about those items: they need not be among what earns by themselves, only not excluded.
  const bonusGroup = (group: Selector | undefined) => (group ? within('bonus', group) : qualifying)
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
    situationOn(subtotal) {
      if (situation.subtotal !== subtotal) situation = { ...situation, subtotal }
      return situation
    },
    measure: measures[program.units],
    spendOn: (group) => (group ? total(bonusGroup(group)) : spend),
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
