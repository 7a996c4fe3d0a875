import type { Because, Earning } from '../model.ts'
import { type Campaign, type Program, WHOLE } from '../program.ts'
import { localDate } from '../zoned-time.ts'
import type { Cap } from './action.ts'
import { campaignBonus, pointsBonus, tierBonus, tierEntries } from './bonuses.ts'
import { grantsOf } from './campaigns.ts'
import { type Bonus, capped, underCaps } from './caps.ts'
import { sum } from './exact.ts'
import { Meter } from './meter.ts'
import { formatMinor } from './money.ts'
import { type EarnInput, type SaleFacts, saleOf } from './sale-facts.ts'
import { addTo } from './tallies.ts'
import { TALLY } from './tally-names.ts'

export type { EarnInput }

/**
 * What a completed order brings: points, visits or stamps with every one explained, rewards that campaigns grant, and how the tallies move.
 * Order of application: base, multipliers (the tier's and then the campaigns': each adds its share of the base; they do not compound), bonuses, caps of
 * campaigns, points reached, tiers reached; the caps of the program hold the whole. Rounding is down, once, where `earn.rounding` says.
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

  const meter = new Meter(program)
  const base = meter.add(sale.measure(undefined), WHOLE)
  const bonuses: Bonus[] = []
  const add = (bonus: Bonus | undefined) => {
    if (bonus) bonuses.push(capped(bonus, sale, moved))
  }
  const total = () => underCaps(program.earn.caps, base + sum(bonuses.map((bonus) => bonus.quantity)), sale)
  const campaigns = program.campaignsFor(input.units, input.context, member, sale.tallies)

  add(tierBonus(program, sale, meter))
  for (const campaign of campaigns) add(campaignBonus(campaign, sale, meter, moved))
  const earned = total().quantity
  for (const campaign of campaigns) add(pointsBonus(campaign, sale, earned))
  const counted = program.tiers?.by === 'spend' ? sale.spend : total().quantity
  for (const entry of tierEntries(program, sale, counted)) add(entry)

  const { quantity, because } = total()
  countSale(sale, { quantity, counted }, moved)
  return {
    quantity,
    grants: bonuses.flatMap(({ name, actions, times }) => Array.from({ length: times }, () => grantsOf(name, actions)).flat()),
    tallies: moved,
    because: [baseReason(program, sale, base), ...bonuses.flatMap((bonus) => bonus.because), ...because],
  }
}

/** The counts that limits, caps and later campaigns go by, as far as the program looks at them. */
function countSale(
  { program, visit, spend, date, monday, input: { context } }: SaleFacts,
  { quantity, counted }: { quantity: number; counted: number },
  moved: Record<string, number>,
): void {
  const capsPer = (per: Cap['per']) => program.earn.caps.some((cap) => cap.per === per)
  const triggered = (trigger: Campaign['trigger']) => program.triggers.has(trigger)
  if (visit) addTo(moved, TALLY.visits, 1)
  if (visit && program.earn.minInterval) addTo(moved, TALLY.visit(context.storeCode, context.at), 1)
  if (capsPer('day')) addTo(moved, TALLY.earnedOn(date), quantity)
  if (capsPer('week')) addTo(moved, TALLY.earnedInWeek(monday), quantity)
  if (capsPer('member') || triggered('points')) addTo(moved, TALLY.earned, quantity)
  if (triggered('spend')) addTo(moved, TALLY.spent, spend)
  if (program.tiers) addTo(moved, TALLY.tierMonth(localDate(context.at, program.timezone).slice(0, 7)), counted)
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
