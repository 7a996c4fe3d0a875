import { isDate, type ProgramDocument, shiftDate, type WhenDocument } from '@regulars/engine'
import type { Finding } from './check-shape.ts'
import { readRecurrence } from './recurs.ts'

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
/** Days that are looked at one by one; 29 February on a Monday comes within 40 years, and nobody plans for that. */
const DAYS_MAX = 9 * 366

/** Conditions on days that no day meets together, though each could be met alone. */
export function timingFindings(document: ProgramDocument): Finding[] {
  return whens(document).flatMap(({ when, path, on }) => {
    const wrong = (at: Finding['path'], message: string): Finding[] => [{ path: [...path, ...at], message }]
    if (when.joined_after && when.joined_before && when.joined_after >= shiftDate(when.joined_before, -1, 'days'))
      return wrong(
        ['when', 'joined_before'],
        `nobody joined after ${when.joined_after} and before it; swap the two, or widen them`,
      )
    if (!datesAreDates(when)) return []
    if (on !== undefined)
      return isDate(on) && !meets(when, on)
        ? wrong(['on'], `never fires: its \`when\` leaves out ${on}, which is a ${weekdayOf(on)}`)
        : []
    return isEmpty(when) ? wrong(['when'], `no day meets ${namesOf(when)} together; remove or widen one of them`) : []
  })
}

/** What can have an effect no more, on the day it is read: allowed, since a file may be kept from year to year. */
export function pastFindings(document: ProgramDocument, today: string): Finding[] {
  const ended = (path: Finding['path'], date: string | undefined, what: string): Finding[] =>
    date !== undefined && isDate(date) && date < today ? [{ path, message: `${date} is past: ${what}` }] : []
  return [
    ...whens(document).flatMap(({ when, path, on }) => [
      ...ended(
        [...path, 'when', 'until'],
        when.until,
        `this ${path[0] === 'rewards' ? 'reward' : 'campaign'} applies no more; move the date, or remove it`,
      ),
      ...ended([...path, 'on'], on, 'the campaign fires no more; move the date, or remove it'),
    ]),
    ...ended(['program', 'expire', 'on'], onOf(document.program.expire), 'whatever is earned has expired already; move the date'),
    ...Object.entries(document.rewards ?? {}).flatMap(([key, { expire }]) => {
      const lost =
        key === document.program.reward
          ? 'points that reach the threshold turn into a reward that has expired already, and are lost; move the date'
          : 'whatever is issued has expired already; move the date'
      return ended(['rewards', key, 'expire', 'on'], expire?.on, lost)
    }),
  ]
}

const onOf = (expire: ProgramDocument['program']['expire']): string | undefined =>
  expire && 'on' in expire ? expire.on : undefined

/** Every place with conditions; `on` for a campaign of a day. */
function whens({ rewards = {}, campaigns = {} }: ProgramDocument): { when: WhenDocument; path: string[]; on?: string }[] {
  return [
    ...Object.entries(rewards).map(([key, { when = {} }]) => ({ when, path: ['rewards', key] })),
    ...Object.entries(campaigns).map(([key, { when = {}, on }]) => ({ when, path: ['campaigns', key], on })),
  ]
}

/** Only where an end or a recurrence bounds the days can they run out. */
function isEmpty(when: WhenDocument): boolean {
  const { from, until, recurs, days, blackout } = when
  // An end before the beginning is named by itself.
  if (from && until && from > until) return false
  if (recurs) return recurringDays(when).next().done === true
  if (!from || !until || !(days || blackout)) return false
  for (let day = from, count = 0; day <= until; day = shiftDate(day, 1, 'days')) {
    if (meets(when, day)) return false
    if (++count > DAYS_MAX) return false
  }
  return true
}

function* recurringDays({ recurs, ...rest }: WhenDocument): Generator<string> {
  if (!recurs) return
  const rule = readRule(recurs)
  const first = rest.from && rest.from > recurs.from ? rest.from : recurs.from
  let day = rule?.next(shiftDate(first, -1, 'days'))
  for (let count = 0; day !== undefined && count < DAYS_MAX; count++) {
    if (rest.until && day > rest.until) return
    if (meets(rest, day)) yield day
    day = rule?.next(day)
  }
}

/** A rule that cannot be read is another mistake, which is named where it stands. */
function readRule(recurs: NonNullable<WhenDocument['recurs']>): ReturnType<typeof readRecurrence> | undefined {
  try {
    return readRecurrence(recurs)
  } catch {
    return undefined
  }
}

function meets({ from, until, days, blackout = [], recurs }: WhenDocument, day: string): boolean {
  if ((from && day < from) || (until && day > until)) return false
  if (days && !days.includes(weekdayOf(day))) return false
  if (recurs && readRule(recurs)?.includes(day) === false) return false
  return !blackout.some((entry) => (typeof entry === 'string' ? entry === day : entry[0] <= day && day <= entry[1]))
}

const weekdayOf = (date: string): (typeof WEEKDAYS)[number] => WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? 'sun'

const datesAreDates = ({ from, until, blackout = [], recurs }: WhenDocument): boolean =>
  [from, until, recurs?.from, ...blackout.flat()].every((date) => date === undefined || isDate(date))

const namesOf = (when: WhenDocument): string =>
  (['from', 'until', 'days', 'recurs', 'blackout'] as const).filter((name) => when[name] !== undefined).join(', ')
