import { describe, expect, it } from 'vitest'
import { readRecurrence } from './recurs.ts'

const dates = (rule: string, from: string, until: string): string[] => {
  const { next, includes } = readRecurrence({ rule, from })
  const found = includes(from) ? [from] : []
  for (let date = next(from); date !== undefined && date <= until; date = next(date)) found.push(date)
  return found
}

describe('the dates of a rule', () => {
  it.each<[string, string, string, string[]]>([
    ['FREQ=MONTHLY;BYDAY=1TU', '2026-01-06', '2026-04-30', ['2026-01-06', '2026-02-03', '2026-03-03', '2026-04-07']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=FR', '2026-01-02', '2026-02-15', ['2026-01-02', '2026-01-16', '2026-01-30', '2026-02-13']],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-01-15', '2026-03-31', ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['FREQ=DAILY;COUNT=3', '2026-12-30', '2030-01-01', ['2026-12-30', '2026-12-31', '2027-01-01']],
    ['FREQ=DAILY;INTERVAL=10;UNTIL=20260121', '2026-01-01', '2030-01-01', ['2026-01-01', '2026-01-11', '2026-01-21']],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2024-02-29', '2033-01-01', ['2024-02-29', '2028-02-29', '2032-02-29']],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-05-01', '2026-07-01', ['2026-05-29', '2026-06-30']],
  ])('%s from %s until %s', (rule, from, until, expected) => {
    expect(dates(rule, from, until)).toEqual(expected)
  })

  it('are none before the first, and the last is known', () => {
    const { includes, previous, next } = readRecurrence({ rule: 'FREQ=DAILY;COUNT=2', from: '2026-01-31' })
    expect(['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02'].map(includes)).toEqual([false, true, true, false])
    expect([previous('2026-03-01'), next('2026-02-01'), next('2020-01-01'), previous('2026-01-31')]).toEqual([
      '2026-02-01',
      undefined,
      '2026-01-31',
      undefined,
    ])
  })

  it('cost a bounded time, also where none ever comes', () => {
    const started = performance.now()
    expect(readRecurrence({ rule: 'FREQ=DAILY', from: '2000-01-01' }).includes('2060-06-01')).toBe(true)
    expect(readRecurrence({ rule: 'FREQ=DAILY;COUNT=100000000', from: '2000-01-01' }).next('2026-01-01')).toBe('2026-01-02')
    expect(readRecurrence({ rule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', from: '2026-01-01' }).next('2026-01-01')).toBe(undefined)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

it.each([
  ['', /no part of a rule/],
  ['nonsense', /`nonsense` is no part of a rule by days; parts are FREQ/],
  ['BYDAY=TU', /begins with FREQ/],
  ['FREQ=HOURLY', /FREQ is one of DAILY, WEEKLY, MONTHLY, YEARLY, not HOURLY/],
  ['FREQ=DAILY;BYHOUR=5', /`BYHOUR=5` is no part/],
  ['FREQ=DAILY;FREQ=DAILY', /twice/],
  ['FREQ=DAILY;COUNT=1;UNTIL=20261231', /not by both/],
  ['FREQ=DAILY;UNTIL=2026-12-31', /a date such as 20261231/],
  ['FREQ=WEEKLY;BYDAY=XX', /./],
  ['FREQ=DAILY;INTERVAL=0', /./],
])('refuses %s', (rule, message) => {
  expect(() => readRecurrence({ rule, from: '2026-01-01' })).toThrow(message)
})
