import type { Tallies } from '../model.ts'
import { type Period, periodMs, shiftDate } from '../zoned-time.ts'
import { type Action, compileAction, compilePeriod } from './action.ts'
import type { TiersDocument } from './document.ts'
import { minorUnits } from './money.ts'
import { TALLY } from './tally-names.ts'

/**
 * A ladder of tiers. Where a member stands follows from what they earned or spent in each calendar month (of the account's zone), which is all that is
 * kept: spending points changes nothing, a refund takes its part out of the month of its order, and no job has to move anybody.
 */
export interface Tiers {
  readonly by: 'points' | 'spend'
  /** Rolling: the running month and so many before it. Calendar: since the year, quarter or month began. In months. */
  readonly over: { readonly kind: 'rolling' | 'calendar'; readonly months: number }
  /** How long a tier is kept when it is no longer reached. */
  readonly grace: Period
  /** From the lowest to the highest. */
  readonly levels: readonly Tier[]
}

export interface Tier {
  readonly key: string
  readonly label: string
  /** What must come together in the window: points, or minor units. */
  readonly from: number
  /** What orders earn as a member of this tier; 10,000 is once. */
  readonly basisPoints: number
  /** What reaching it brings. */
  readonly enter: readonly Action[]
}

const CALENDAR_MONTHS = { year: 12, quarter: 3, month: 1 } as const

/** The ladder of a file, in the engine's own units. */
export function compileTiers({ by, over, grace = '0 days', levels }: TiersDocument, digits: number): Tiers {
  return {
    by,
    over:
      'calendar' in over
        ? { kind: 'calendar', months: CALENDAR_MONTHS[over.calendar] }
        : { kind: 'rolling', months: monthsOf(compilePeriod(over.last)) },
    grace: compilePeriod(grace),
    levels: Object.entries(levels)
      .map(([key, level]) => ({
        key,
        label: level.label,
        from: by === 'spend' ? minorUnits(level.from, digits) : Number(level.from),
        basisPoints: level.multiply === undefined ? 10_000 : minorUnits(level.multiply, 4),
        enter: (level.enter ?? []).map(compileAction),
      }))
      .sort((a, b) => a.from - b.from),
  }
}

/** The tier of a member on a date of the account's zone; `undefined` below the lowest. `added` counts as if it came on that date. */
export function tierOn(tiers: Tiers, tallies: Tallies, date: string, added = 0): Tier | undefined {
  return tiers.levels[rankOn(tiers, tallies, date, added)]
}

/** Where a member stands: their tier, the last day on which they have it if nothing more comes, and what is missing to the next. */
export interface Standing {
  readonly tier?: Tier
  /** Absent where it never ends, which no window brings about, and without a tier. */
  readonly until?: string
  /** `missing`: points, or minor units. */
  readonly next?: { readonly tier: Tier; readonly missing: number }
}

/** Where a member stands on a date of the account's zone. */
export function standingOn(tiers: Tiers, tallies: Tallies, date: string): Standing {
  const rank = rankOn(tiers, tallies, date, 0)
  const tier = tiers.levels[rank]
  const above = tiers.levels[rank + 1]
  return {
    ...(tier && { tier, until: lastDayOfRank(tiers, withoutFuture(tallies, date), date, rank) }),
    ...(above && { next: { tier: above, missing: above.from - tierSum(tiers, tallies, date) } }),
  }
}

/** A clock that went back leaves months behind that are still to come: they count when they are there. */
function withoutFuture(tallies: Tallies, date: string): Tallies {
  const last = TALLY.tierMonth(date.slice(0, 7))
  return Object.fromEntries(Object.entries(tallies).filter(([name]) => !name.startsWith(TALLY.tierMonth('')) || name <= last))
}

/** A rank falls only where a month begins, today's or that of the day that the grace looks back to. */
function lastDayOfRank(tiers: Tiers, tallies: Tallies, date: string, rank: number): string | undefined {
  const { over, grace } = tiers
  const ahead = over.months + Math.ceil(periodMs(grace) / MONTH_MS) + 2
  const turns = Array.from({ length: 2 * ahead }, (_, index) => `${monthName(monthNumber(date) - ahead + index + 1)}-01`)
  const dates = [...turns, ...turns.map((first) => shiftDate(first, grace.count, grace.unit))]
    .filter((turn) => turn > date)
    .sort()
  const fall = dates.find((turn) => rankOn(tiers, tallies, turn, 0) < rank)
  return fall && shiftDate(fall, -1, 'days')
}

const MONTH_MS = 28 * 86_400_000

/** How many points, or minor units, count towards a tier on a date. */
export function tierSum({ over }: Tiers, tallies: Tallies, date: string): number {
  return windowSum(over, tallies, monthNumber(date))
}

/** The tiers that an order reaches which the member did not have before it, from the lowest. */
export function tiersEntered(tiers: Tiers, tallies: Tallies, date: string, added: number): readonly Tier[] {
  const before = rankOn(tiers, tallies, date, 0)
  const after = rankOn(tiers, tallies, date, added)
  return after > before ? tiers.levels.slice(before + 1, after + 1) : []
}

/** Within a month the sum only grows, so its end shows the highest tier of it: the grace looks at the ends of past months. */
function rankOn({ over, levels, grace }: Tiers, tallies: Tallies, date: string, added: number): number {
  const now = monthNumber(date)
  const first = monthNumber(shiftDate(date, -grace.count, grace.unit))
  let rank = -1
  for (let month = now; month >= first && rank < levels.length - 1; month--) {
    const reached = windowSum(over, tallies, month) + (month === now ? added : 0)
    while (rank + 1 < levels.length && reached >= (levels[rank + 1]?.from ?? Infinity)) rank++
  }
  return rank
}

function windowSum({ kind, months }: Tiers['over'], tallies: Tallies, last: number): number {
  const first = kind === 'rolling' ? last - months : last - (last % months)
  let total = 0
  for (let month = first; month <= last; month++) total += tallies[TALLY.tierMonth(monthName(month))] ?? 0
  return total
}

/** Months since the year 0, so that a year starts at a multiple of 12. */
function monthNumber(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1
}

function monthName(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`
}

function monthsOf({ count, unit }: Period): number {
  return unit === 'years' ? count * 12 : count
}
