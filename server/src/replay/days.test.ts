import { describe, expect, it } from 'vitest'
import { daysAfter, instantOf, parseWall, wallAt } from './days.ts'

const NEW_YORK = 'America/New_York'
const instant = (wall: string) => new Date(instantOf(parseWall(wall) ?? Number.NaN, NEW_YORK)).toISOString()

describe('the wall clock of the replay', () => {
  it.each([
    ['2026-01-15T12:00:00', '2026-01-15T17:00:00.000Z'],
    ['2026-07-15T12:00:00', '2026-07-15T16:00:00.000Z'],
    ['2026-03-08T01:59:59', '2026-03-08T06:59:59.000Z'],
    ['2026-03-08T03:00:00', '2026-03-08T07:00:00.000Z'],
    ['2026-11-01T00:00:00', '2026-11-01T04:00:00.000Z'],
    ['2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
    ['2026-11-02T00:00:00', '2026-11-02T05:00:00.000Z'],
  ])('%s in New York is %s', (wall, utc) => {
    expect(instant(wall)).toBe(utc)
    expect(wallAt(Date.parse(utc), NEW_YORK)).toBe(parseWall(wall))
  })

  it('counts days across the end of a month and of a leap February', () => {
    expect(daysAfter('2026-03-01', 45)).toBe('2026-04-15')
    expect(daysAfter('2028-02-28', 2)).toBe('2028-03-01')
  })

  it('refuses what is no date', () => {
    expect(parseWall('2026-13-01T00:00:00')).toBeUndefined()
    expect(parseWall('yesterday')).toBeUndefined()
  })
})
