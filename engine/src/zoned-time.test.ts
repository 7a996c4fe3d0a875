import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addPeriod,
  endOfDay,
  isDate,
  isZone,
  lastDayOf,
  localDate,
  localParts,
  mondayOf,
  parsePeriod,
  periodMs,
  shiftDate,
} from './zoned-time.ts'

const at = (iso: string) => Date.parse(iso)
const iso = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z')
const NEW_YORK = 'America/New_York'

it('scenario 48: reads the clock on the wall across daylight saving', () => {
  const minutes = (instant: string) => localParts(at(instant), NEW_YORK).minute
  expect([minutes('2026-03-08T06:59:00Z'), minutes('2026-03-08T07:00:00Z')]).toEqual([119, 180])
  expect([minutes('2026-11-01T05:30:00Z'), minutes('2026-11-01T06:30:00Z')]).toEqual([90, 90])
  expect(localParts(at('2026-03-01T04:59:59.999Z'), NEW_YORK)).toEqual({ date: '2026-02-28', weekday: 6, minute: 1439 })
})

it.each([
  ['scenario 49', '2026-12-31', 'Pacific/Honolulu', '2027-01-01T10:00:00Z'],
  ['a day of 23 hours', '2026-03-08', NEW_YORK, '2026-03-09T04:00:00Z'],
  ['a day of 25 hours', '2026-11-01', NEW_YORK, '2026-11-02T05:00:00Z'],
  ['before a midnight that the clock jumps over', '2026-04-23', 'Africa/Cairo', '2026-04-23T22:00:00Z'],
  ['a midnight that strikes twice', '2018-02-17', 'America/Sao_Paulo', '2018-02-18T03:00:00Z'],
  ['before a date that a country skipped', '2011-12-29', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
  ['in UTC', '2024-02-29', 'UTC', '2024-03-01T00:00:00Z'],
])('%s: %s in %s ends at %s', (_, date, zone, expected) => {
  expect(iso(endOfDay(date, zone))).toBe(expected)
})

describe('periods', () => {
  const add = (instant: string, text: string, zone = NEW_YORK) =>
    iso(addPeriod(at(instant), parsePeriod(text) ?? { count: 0, unit: 'days' }, zone))

  it.each([
    ['2026-03-08T05:00:00Z', '24 hours', '2026-03-09T05:00:00Z'],
    ['2026-03-08T05:00:00Z', '90 minutes', '2026-03-08T06:30:00Z'],
    ['2026-03-07T05:00:00Z', '1 day', '2026-03-09T04:00:00Z'],
    ['2026-03-01T12:00:00Z', '2 weeks', '2026-03-16T04:00:00Z'],
    ['2026-01-31T12:00:00Z', '1 month', '2026-03-01T05:00:00Z'],
    ['2024-02-29T12:00:00Z', '1 year', '2025-03-01T05:00:00Z'],
    ['2026-03-01T12:00:00Z', '12 months', '2027-03-02T05:00:00Z'],
    ['2026-03-01T12:00:00Z', '0 days', '2026-03-01T12:00:00Z'],
  ])('%s and %s end at %s', (instant, text, expected) => {
    expect(add(instant, text)).toBe(expected)
  })

  it('reads what the file writes, and nothing else', () => {
    expect(parsePeriod('12 months')).toEqual({ count: 12, unit: 'months' })
    expect(parsePeriod(' 1 Day ')).toEqual({ count: 1, unit: 'days' })
    for (const text of ['', '12', 'months', '-1 days', '1.5 days', '12 fortnights', '99999 days'])
      expect(parsePeriod(text)).toBeUndefined()
  })

  it('knows its milliseconds', () => {
    expect(
      ['24 hours', '1 day', '90 minutes', '2 weeks'].map(
        (text) => periodMs(parsePeriod(text) ?? { count: 0, unit: 'days' }) / 60_000,
      ),
    ).toEqual([1440, 1440, 90, 20160])
  })
})

it('counts dates and weeks', () => {
  expect([
    shiftDate('2026-01-01', -1, 'days'),
    shiftDate('2026-03-31', -1, 'months'),
    shiftDate('2025-12-15', 2, 'months'),
  ]).toEqual(['2025-12-31', '2026-02-28', '2026-02-15'])
  expect(['2026-03-01', '2026-03-02', '2026-03-08'].map(mondayOf)).toEqual(['2026-02-23', '2026-03-02', '2026-03-02'])
  expect([isDate('2026-02-28'), isDate('2026-02-29'), isDate('2026-2-1'), isDate('2026-13-01')]).toEqual([
    true,
    false,
    false,
    false,
  ])
  expect([isZone('Europe/Berlin'), isZone('Mars/Olympus')]).toEqual([true, false])
})

it('is no date with anything around it', () => {
  expect([isDate('12026-02-28'), isDate('2026-02-281'), isDate('x2026-02-28'), isDate('')]).toEqual([false, false, false, false])
})

it('hours and minutes move no date, and the last day is the one before the end', () => {
  expect([shiftDate('2026-03-31', 5, 'hours'), shiftDate('2026-03-31', 90, 'minutes')]).toEqual(['2026-03-31', '2026-03-31'])
  const end = endOfDay('2026-03-31', NEW_YORK)
  expect([lastDayOf(end, NEW_YORK), lastDayOf(end + 1, NEW_YORK)]).toEqual(['2026-03-31', '2026-04-01'])
})

it('one instant has a date in each zone, asked in any order', () => {
  const instant = at('2026-03-01T03:00:00Z')
  const dates = () => [NEW_YORK, 'Asia/Kathmandu', NEW_YORK, 'UTC'].map((zone) => localDate(instant, zone))
  expect([dates(), dates()]).toEqual(Array(2).fill(['2026-02-28', '2026-03-01', '2026-02-28', '2026-03-01']))
})

describe('properties', () => {
  const zones = fc.constantFrom(
    NEW_YORK,
    'Pacific/Honolulu',
    'Europe/Lisbon',
    'Asia/Kathmandu',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  )
  const instants = fc.integer({ min: at('1990-01-01T00:00:00Z'), max: at('2037-12-31T00:00:00Z') })

  it('the end of a day is the first instant that is no longer that day', () => {
    fc.assert(
      fc.property(instants, zones, (instant, zone) => {
        const date = localDate(instant, zone)
        const end = endOfDay(date, zone)
        expect(end).toBeGreaterThan(instant)
        expect(localDate(end - 1, zone)).toBe(date)
        expect(localDate(end, zone) > date).toBe(true)
        expect(lastDayOf(end, zone)).toBe(date)
      }),
      { numRuns: 500 },
    )
  })

  it('the wall clock agrees with what Intl prints', () => {
    fc.assert(
      fc.property(instants, zones, (instant, zone) => {
        const { date, minute } = localParts(instant, zone)
        const printed = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(
          instant,
        )
        const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
        expect(`${date} ${clock}`).toBe(printed)
      }),
      { numRuns: 300 },
    )
  })
})
