import type { Recurrence } from '@regulars/engine'
import { RRuleTemporal } from 'rrule-temporal'
import { Temporal } from 'temporal-polyfill'

/** Periods that one question may step through: a daily rule of a lifetime. */
const STEPS_MAX = 30_000
/** How far ahead an occurrence is looked for; 29 February may be eight years off. */
const YEARS_AHEAD = 9

const PARTS = [
  'FREQ',
  'INTERVAL',
  'COUNT',
  'UNTIL',
  'BYDAY',
  'BYMONTH',
  'BYMONTHDAY',
  'BYYEARDAY',
  'BYWEEKNO',
  'BYSETPOS',
  'WKST',
]
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']

/**
 * The dates of an RFC 5545 rule, counted from a day. Dates have no zone, so the rule is stepped in UTC and asked for whole years, each of which is
 * stepped through once; nothing here is ever expanded without a bound.
 * @throws Error with what would be right, where the rule is none.
 */
export function readRecurrence({ rule, from }: { readonly rule: string; readonly from: string }): Recurrence {
  checkParts(rule)
  const stepped = new RRuleTemporal({
    rruleString: withTimes(rule),
    dtstart: Temporal.ZonedDateTime.from(`${from}T00:00:00[UTC]`),
    maxIterations: STEPS_MAX,
    maxCandidateEvaluations: STEPS_MAX * 31,
    strict: true,
  })
  const years = new Map<number, readonly string[]>()
  const datesOf = (year: number): readonly string[] => {
    let dates = years.get(year)
    if (!dates) {
      dates = expand(stepped, year)
      years.set(year, dates)
    }
    return dates
  }
  const firstYear = Number(from.slice(0, 4))
  return {
    includes: (date) => date >= from && datesOf(Number(date.slice(0, 4))).includes(date),
    next(date) {
      const year = Math.max(firstYear, Number(date.slice(0, 4)))
      for (let ahead = 0; ahead < YEARS_AHEAD; ahead++) {
        const found = datesOf(year + ahead).find((one) => one > date)
        if (found !== undefined) return found
      }
      return undefined
    },
    previous(date) {
      for (let year = Number(date.slice(0, 4)); year >= firstYear; year--) {
        const found = datesOf(year).findLast((one) => one < date)
        if (found !== undefined) return found
      }
      return undefined
    },
  }
}

/** A rule that runs out of steps has no more dates: evaluation never throws. */
function expand(stepped: RRuleTemporal, year: number): string[] {
  try {
    const found = stepped.between(new Date(Date.UTC(year, 0, 1)), new Date(Date.UTC(year, 11, 31)), true)
    return found.map((instant) => instant.toString().slice(0, 10))
  } catch {
    return []
  }
}

function checkParts(rule: string): void {
  const seen = new Set<string>()
  for (const part of rule.split(';')) {
    const [name = '', value = ''] = part.split('=')
    if (!PARTS.includes(name) || value === '')
      throw new Error(`\`${part}\` is no part of a rule by days; parts are ${PARTS.join(', ')}`)
    if (seen.has(name)) throw new Error(`\`${name}\` stands in the rule twice`)
    if (name === 'FREQ' && !FREQUENCIES.includes(value)) throw new Error(`FREQ is one of ${FREQUENCIES.join(', ')}, not ${value}`)
    if (name === 'UNTIL' && !/^\d{8}$/.test(value)) throw new Error(`UNTIL is a date such as 20261231, not ${value}`)
    seen.add(name)
  }
  if (!seen.has('FREQ')) throw new Error('a rule begins with FREQ, such as FREQ=MONTHLY;BYDAY=1TU')
  if (seen.has('COUNT') && seen.has('UNTIL')) throw new Error('a rule ends by COUNT or by UNTIL, not by both')
}

/** The rule is stepped with times, and a day it may last until is wholly in it. */
const withTimes = (rule: string): string => rule.replace(/UNTIL=(\d{8})/, 'UNTIL=$1T235959Z')
