/**
 * Local time by zone, from `Intl` alone, so that the same rules run in the server, in a browser and in a till that is offline.
 * Instants are epoch milliseconds, dates are `YYYY-MM-DD`, zones are IANA names.
 */

export type PeriodUnit = 'minutes' | 'hours' | 'days' | 'weeks' | 'months' | 'years'

/** A length of time as the program file writes it: "24 hours", "30 days", "12 months". */
export interface Period {
  readonly count: number
  readonly unit: PeriodUnit
}

/** What a clock on the wall at `zone` shows. `weekday` counts from Sunday = 0, `minute` from local midnight. */
export interface LocalParts {
  readonly date: string
  readonly weekday: number
  readonly minute: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** What the wall clock shows at an instant; right across daylight saving, since it asks the zone's own rules (scenario 48). */
export function localParts(at: number, zone: string): LocalParts {
  if (last.at !== at || last.zone !== zone) last = { at, zone, parts: readParts(at, zone) }
  return last.parts
}

/** All rules of one order ask for one instant. */
let last: { readonly at: number; readonly zone: string; readonly parts: LocalParts } = {
  at: Number.NaN,
  zone: '',
  parts: { date: '', weekday: 0, minute: 0 },
}

function readParts(at: number, zone: string): LocalParts {
  const wall = wallClock(at, zone)
  const sinceMidnight = ((wall % DAY_MS) + DAY_MS) % DAY_MS
  return { date: dateOf(wall), weekday: new Date(wall).getUTCDay(), minute: Math.floor(sinceMidnight / MINUTE_MS) }
}

/** The local date at an instant, `YYYY-MM-DD`. */
export function localDate(at: number, zone: string): string {
  return last.at === at && last.zone === zone ? last.parts.date : dateOf(wallClock(at, zone))
}

/**
 * The instant at which a local date is over: the next local midnight, or where the clock jumps over it, the first instant of what follows.
 * An expiry at this instant is exclusive (scenario 49: 31 Dec 2026 in Honolulu ends at 2027-01-01T10:00Z).
 */
export function endOfDay(date: string, zone: string): number {
  const next = shiftDate(date, 1, 'days')
  const midnight = utcMidnight(next)
  const candidates = [midnight - offsetAt(midnight - DAY_MS, zone), midnight - offsetAt(midnight + DAY_MS, zone)].sort(
    (a, b) => a - b,
  )
  for (const candidate of candidates) {
    if (localDate(candidate, zone) >= next && localDate(candidate - 1, zone) < next) return candidate
  }
  // A zone that changed its offset twice within two days; no clock on earth does so today, so exactness to the hour is enough here.
  return candidates[candidates.length - 1] ?? midnight
}

/**
 * When a period that starts at `at` is over. Minutes and hours are exact; days and longer count local dates and last to the end of that day.
 * A count of 0 is no time at all.
 */
export function addPeriod(at: number, period: Period, zone: string): number {
  if (period.count === 0) return at
  const exact = exactMs(period)
  if (exact !== undefined) return at + exact
  return endOfDay(shiftDate(localDate(at, zone), period.count, period.unit), zone)
}

/** Whether a period has run from `since` to `at`, where days and longer need only the date to have come, not to be over ("once a day"). */
export function periodHasPassed(since: number, at: number, period: Period, zone: string): boolean {
  const exact = exactMs(period)
  if (exact !== undefined) return at - since >= exact
  return localDate(at, zone) >= shiftDate(localDate(since, zone), period.count, period.unit)
}

/** The last local date on which something that ends at `expiresAt` (exclusive) can be used. */
export function lastDayOf(expiresAt: number, zone: string): string {
  return localDate(expiresAt - 1, zone)
}

/** A date moved by days, weeks, months or years; a month that is too short gives its last day. Minutes and hours do not move a date. */
export function shiftDate(date: string, count: number, unit: PeriodUnit): string {
  if (unit === 'days' || unit === 'weeks') return dateOf(utcMidnight(date) + count * (unit === 'weeks' ? 7 : 1) * DAY_MS)
  if (unit === 'minutes' || unit === 'hours') return date
  const [year, month, day] = splitDate(date)
  const months = year * 12 + (month - 1) + count * (unit === 'years' ? 12 : 1)
  const lastDay = new Date(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0)).getUTCDate()
  return dateOf(Date.UTC(Math.floor(months / 12), months % 12, Math.min(day, lastDay)))
}

/** The Monday of a date's week: the name under which a week is counted. */
export function mondayOf(date: string): string {
  const weekday = new Date(utcMidnight(date)).getUTCDay()
  return shiftDate(date, -((weekday + 6) % 7), 'days')
}

/** Whether a date exists on the calendar. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && Number.isFinite(utcMidnight(text)) && dateOf(utcMidnight(text)) === text
}

/** Whether `Intl` knows a zone under this name. */
export function isZone(zone: string): boolean {
  try {
    return formatterFor(zone) !== undefined
  } catch {
    return false
  }
}

const PERIOD = /^(\d{1,4}) (minute|hour|day|week|month|year)s?$/

/** Reads "12 months"; `undefined` when it is not a period. */
export function parsePeriod(text: string): Period | undefined {
  const match = PERIOD.exec(text.trim().toLowerCase())
  return match ? { count: Number(match[1]), unit: `${match[2]}s` as PeriodUnit } : undefined
}

/** A period in milliseconds for clocks that know no calendar (how long a hold lives): a day is 24 hours, a month 30 days, a year 365. */
export function periodMs(period: Period): number {
  const dayCounts: Record<PeriodUnit, number> = { minutes: 1 / 1440, hours: 1 / 24, days: 1, weeks: 7, months: 30, years: 365 }
  return Math.round(period.count * dayCounts[period.unit] * DAY_MS)
}

function exactMs({ count, unit }: Period): number | undefined {
  if (unit === 'minutes') return count * MINUTE_MS
  if (unit === 'hours') return count * HOUR_MS
  return undefined
}

function splitDate(date: string): [number, number, number] {
  return [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10))]
}

function utcMidnight(date: string): number {
  const [year, month, day] = splitDate(date)
  return Date.UTC(year, month - 1, day)
}

/** Writing a date costs more than most rules; a few years of them are kept. */
function dateOf(wall: number): string {
  const day = Math.floor(wall / DAY_MS)
  let date = dates.get(day)
  if (date === undefined) {
    date = new Date(wall).toISOString().slice(0, 10)
    if (dates.size >= CACHED_DATES_MAX) dates.clear()
    dates.set(day, date)
  }
  return date
}

const CACHED_DATES_MAX = 4_096
const dates = new Map<number, string>()

function offsetAt(at: number, zone: string): number {
  return wallClock(at, zone) - at
}

/** The wall clock's reading as if it were UTC, which makes calendar arithmetic plain. */
function wallClock(at: number, zone: string): number {
  if (zone === 'UTC') return at
  const minute = Math.floor(at / MINUTE_MS)
  const cache = cacheFor(zone)
  let wallMinute = cache.get(minute)
  if (wallMinute === undefined) {
    wallMinute = readWall(minute * MINUTE_MS, zone)
    if (cache.size >= CACHED_MINUTES_MAX) cache.clear()
    cache.set(minute, wallMinute)
  }
  return wallMinute + (at - minute * MINUTE_MS)
}

/** Every offset since 1972 is whole minutes, so a minute is the unit of the cache; enough for the instants of one busy hour. */
const CACHED_MINUTES_MAX = 512
const walls = new Map<string, Map<number, number>>()

function cacheFor(zone: string): Map<number, number> {
  let cache = walls.get(zone)
  if (!cache) {
    cache = new Map()
    walls.set(zone, cache)
  }
  return cache
}

function readWall(at: number, zone: string): number {
  const read: Record<string, number> = {}
  for (const { type, value } of formatterFor(zone).formatToParts(at)) if (type !== 'literal') read[type] = Number(value)
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterFor(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formatters.set(zone, formatter)
  }
  return formatter
}
