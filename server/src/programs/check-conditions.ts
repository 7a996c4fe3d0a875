import { isDate, type RewardDocument, windowsOf } from '@regulars/engine'
import { type Finding, nearestWord } from './check-shape.ts'

/** Conditions that can never hold: dates that do not exist or end before they start, hours that are empty, stores that are not in the file. */
export function conditionFindings(
  when: RewardDocument['when'],
  path: Finding['path'],
  storeCodes: ReadonlySet<string>,
): Finding[] {
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
    if (storeCodes.has(code)) return
    const near = nearestWord(code, [...storeCodes])
    wrong(['stores', index], `there is no store ${code} in this file${near ? `; did you mean ${near}?` : ''}`)
  })
  return findings
}
