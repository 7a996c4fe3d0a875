import { expect, it } from 'vitest'
import { endOfDay } from '../zoned-time.ts'
import { isExact, warnsAt } from './warnings.ts'

const NEW_YORK = 'America/New_York'
const text = (instant: number) => new Date(instant).toISOString()

it.each<[string, string, number, 'days' | 'weeks' | 'months', string]>([
  // The last day is the 31st: three days before it begins the 28th, at midnight in New York.
  ['days', '2026-03-31', 3, 'days', '2026-03-28T04:00:00.000Z'],
  // Over the change to summer time, which is on the 8th.
  ['a week', '2026-03-12', 1, 'weeks', '2026-03-05T05:00:00.000Z'],
  ['a month that is shorter', '2026-03-31', 1, 'months', '2026-02-28T05:00:00.000Z'],
])('warns by %s before the last day, from its beginning', (_, lastDay, count, unit, expected) => {
  expect(text(warnsAt(endOfDay(lastDay, NEW_YORK), { count, unit }, NEW_YORK))).toBe(expected)
})

it('warns by hours and minutes before the end itself', () => {
  const end = Date.parse('2026-03-08T12:00:00Z')
  expect(text(warnsAt(end, { count: 6, unit: 'hours' }, NEW_YORK))).toBe('2026-03-08T06:00:00.000Z')
  expect(text(warnsAt(end, { count: 90, unit: 'minutes' }, NEW_YORK))).toBe('2026-03-08T10:30:00.000Z')
  const units = ['minutes', 'hours', 'days', 'weeks', 'months', 'years'] as const
  expect(units.filter((unit) => isExact({ count: 1, unit }))).toEqual(['minutes', 'hours'])
})
