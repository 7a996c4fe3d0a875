import { isDate, type RewardDocument, windowsOf } from '@regulars/engine'
import { readCondition } from './cel.ts'
import { type Finding, nearestWord } from './check-shape.ts'
import { readRecurrence } from './recurs.ts'

/** What conditions may name: the stores and the tiers of the file. */
export interface Known {
  readonly storeCodes: readonly string[]
  readonly tierKeys: readonly string[]
}

/** Conditions that can never hold: dates that do not exist or end before they start, hours that are empty, stores and tiers that are not in the file. */
export function conditionFindings(when: RewardDocument['when'], path: Finding['path'], known: Known): Finding[] {
  if (!when) return []
  const findings: Finding[] = []
  const wrong = (at: Finding['path'], message: string) => findings.push({ path: [...path, ...at], message })
  const date = (at: Finding['path'], text: string | undefined) => {
    if (text !== undefined && !isDate(text)) wrong(at, `${text} is no date of the calendar; use one such as "2026-12-31"`)
  }

  for (const name of ['from', 'until', 'joined_before', 'joined_after'] as const) date([name], when[name])
  if (when.from && when.until && when.from > when.until) wrong(['until'], `ends before it starts on ${when.from}`)
  when.blackout?.forEach((entry, index) => {
    const [first, last] = typeof entry === 'string' ? [entry, entry] : entry
    date(['blackout', index], first)
    if (last !== first) date(['blackout', index], last)
    if (first > last) wrong(['blackout', index], `ends before it starts: write ["${last}", "${first}"]`)
  })
  for (const [from, to] of when.between ? windowsOf(when.between) : []) {
    if (from === to || from === '24:00')
      wrong(['between'], `from ${from} to ${to} is no time at all; the whole day is ["00:00", "24:00"]`)
  }
  when.stores?.forEach((code, index) => {
    if (!known.storeCodes.includes(code)) wrong(['stores', index], notIn('store', code, known.storeCodes))
  })
  when.tiers?.forEach((key, index) => {
    if (!known.tierKeys.includes(key)) wrong(['tiers', index], notIn('tier', key, known.tierKeys))
  })
  const recurrence = when.recurs && isDate(when.recurs.from) ? problemOf(when.recurs, checkRecurrence) : undefined
  if (recurrence) wrong(['recurs', 'rule'], recurrence)
  date(['recurs', 'from'], when.recurs?.from)
  const { cel } = when
  const condition = cel === undefined ? undefined : problemOf(typeof cel === 'string' ? cel : cel.if, readCondition)
  if (condition) wrong(typeof cel === 'string' ? ['cel'] : ['cel', 'if'], condition)
  return findings
}

function checkRecurrence(recurs: { rule: string; from: string }): void {
  const { includes, next } = readRecurrence(recurs)
  if (!includes(recurs.from) && next(recurs.from) === undefined)
    throw new Error(`no day of this rule ever comes after ${recurs.from}`)
}

/** What reading a text throws, which says what would be right. */
function problemOf<T>(given: T, read: (given: T) => unknown): string | undefined {
  try {
    read(given)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function notIn(kind: string, name: string, known: readonly string[]): string {
  const near = nearestWord(name, known)
  return `there is no ${kind} ${name} in this file${near ? `; did you mean ${near}?` : ''}`
}
