import type { Because } from '../model.ts'
import type { Campaign } from '../program.ts'
import type { Action, Cap } from './action.ts'
import type { SaleFacts } from './sale-facts.ts'
import { addTo } from './tallies.ts'
import { TALLY } from './tally-names.ts'

/** What a campaign or a tier adds to an order: points, and its actions' rewards so many times. */
export interface Bonus {
  readonly name: string
  readonly actions: readonly Action[]
  /** Absent for a tier, which has neither caps nor limits. */
  readonly campaign?: Campaign
  readonly quantity: number
  readonly times: number
  readonly because: readonly Because[]
}

/** Holds a bonus to its campaign's own cap and counts that it fired. */
export function capped(bonus: Bonus, sale: SaleFacts, moved: Record<string, number>): Bonus {
  const { campaign } = bonus
  if (!campaign) return bonus
  return underBudget(underCap(campaign, bonus, sale, moved), campaign, sale, moved)
}

function underCap(campaign: Campaign, bonus: Bonus, { tallies, date, monday }: SaleFacts, moved: Record<string, number>): Bonus {
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

/** Holds a bonus to what is left of its campaign's budget, and counts what it uses. */
function underBudget(bonus: Bonus, { key, budget }: Campaign, { input }: SaleFacts, moved: Record<string, number>): Bonus {
  if (!budget) return bonus
  const left = input.reserved === undefined ? Number.MAX_SAFE_INTEGER : (input.reserved[budget.name] ?? 0)
  const wanted = budget.of === 'times' ? bonus.times : bonus.quantity
  const used = Math.min(wanted, left)
  addTo(moved, TALLY.budget(budget.name), used)
  if (used === wanted) return bonus
  const times = budget.of === 'times' ? used : bonus.times
  const quantity = budget.of === 'times' ? Math.floor((bonus.quantity * used) / wanted) : used
  const because = {
    rule: `campaign:${key}`,
    text: `Withheld: the budget of ${budget.total} ${budget.of} is used up.`,
    numbers: { budget: budget.total, used, withheld: bonus.quantity - quantity },
  }
  return { ...bonus, times, quantity, because: [...bonus.because, because] }
}

/** Holds the whole to the caps of the program; the tightest decides and is named (scenario 7). */
export function underCaps(
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
