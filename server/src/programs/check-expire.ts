import { isDate, type Period, parsePeriod, periodMs } from '@regulars/engine'
import type { Finding } from './check-shape.ts'

interface Expire {
  readonly after?: string
  readonly inactive?: string
  readonly on?: string
  readonly after_shown?: string
  readonly warn?: string | readonly string[]
}

/** Endings that exclude each other, that never come, and warnings that would come before what they warn of. */
export function expireFindings(expire: Expire | undefined, path: Finding['path']): Finding[] {
  if (!expire) return []
  const findings: Finding[] = []
  const wrong = (at: Finding['path'], message: string) => findings.push({ path: [...path, ...at], message })
  const endings = (['after', 'inactive', 'on'] as const).filter((name) => expire[name] !== undefined)
  if (endings.length > 1 || (endings.length === 0 && expire.after_shown === undefined))
    wrong([], `must be one of after, inactive, on; got ${endings.length === 0 ? 'none of them' : endings.join(' and ')}`)
  if (expire.on !== undefined && !isDate(expire.on))
    wrong(['on'], `${expire.on} is no date of the calendar; use one such as "2026-12-31"`)
  for (const name of ['after', 'inactive', 'after_shown'] as const) {
    const period = expire[name]
    if (period !== undefined && lengthOf(period) === 0) wrong([name], 'must be longer than nothing, such as "30 days"')
  }
  const lives = [expire.after, expire.inactive, expire.after_shown].flatMap((text) => (text === undefined ? [] : [text]))
  const list = expire.warn === undefined ? [] : typeof expire.warn === 'string' ? [expire.warn] : expire.warn
  list.forEach((text, index) => {
    const at = typeof expire.warn === 'string' ? ['warn'] : ['warn', index]
    const shortest = lives.reduce<string | undefined>((a, b) => (a === undefined || lengthOf(b) < lengthOf(a) ? b : a), undefined)
    if (lengthOf(text) === 0) wrong(at, 'must be longer than nothing, such as "14 days"')
    else if (shortest !== undefined && lengthOf(text) >= lengthOf(shortest))
      wrong(at, `comes before there is anything to warn of: it must be shorter than ${shortest}`)
    if (list.indexOf(text) !== index) wrong(at, `${text} stands here twice; remove one of the two`)
  })
  return findings
}

/** As long as it may be; months have 30 days. */
const lengthOf = (text: string): number => periodMs(parsePeriod(text) ?? NOTHING)
const NOTHING: Period = { count: 0, unit: 'days' }
