import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { applyProgram } from './index.ts'
import { readConversion } from './read-conversion.ts'

const POINTS: ProgramDocument = {
  account: { id: '70001', name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points_banking', earn: { points: 1, per: '1.00' } },
}
const VISITS: ProgramDocument = { ...POINTS, program: { type: 'visits', units: 'visits', earn: { visits: 1 } } }
const STAMPS: ProgramDocument = {
  ...POINTS,
  program: { type: 'visits', units: 'stamps', earn: { stamps: 1, of: { categories: ['Coffee'] } } },
}
const SHOP: ProgramDocument = {
  ...POINTS,
  program: { type: 'shop_with_points', earn: { points: 1, per: '1.00' }, value_per_point: '0.01' },
}
const RENAMED: ProgramDocument = { ...POINTS, account: { ...POINTS.account, name: 'Other' } }
const tiers = (document: ProgramDocument, by: 'points' | 'spend'): ProgramDocument => ({
  ...document,
  tiers: { by, over: { last: '12 months' }, levels: { gold: { label: 'Gold', from: by === 'points' ? 10 : '10.00' } } },
})

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await apply(POINTS)
  await database.db.query(
    '',
    `insert into balances (account_id, member_id, asset, available, held, owed) values ('70001', 1, 'points', 95, 0, 0), ('70001', 2, 'points', 10, 20, 0), ('70001', 3, 'points', 0, 0, 7)`,
    [],
  )
})
afterAll(() => database?.stop())

const apply = (document: ProgramDocument, convert?: string, agree = true) =>
  applyProgram(database.db, { document, source: '', now: Date.UTC(2026, 2, 1), convert, agree: () => agree })

describe('a change of what members have', () => {
  it.each<[string, ProgramDocument, string | undefined, RegExp]>([
    [
      'nothing said of another unit',
      VISITS,
      undefined,
      /while members have points.*--convert points:visits=10:1.*gives 1 for every 10/,
    ],
    ['nothing said of a larger count', STAMPS, undefined, /--convert points:stamps=10:1/],
    ['nothing said of another type', SHOP, undefined, /--convert points=1:1 if every member is to keep/],
    ['not a rate', VISITS, 'half', /--convert half cannot be read. Write --convert points:visits=10:1/],
    [
      'an arrow',
      VISITS,
      'points->visits=10:1',
      /--convert points->visits=10:1 cannot be read. Write --convert points:visits=10:1/,
    ],
    ['an unknown unit', VISITS, 'coins:visits=10:1', /there is no unit coins. Units are points, visits, stamps/],
    ['zero', VISITS, 'points:visits=0:1', /: 0 is no side of a rate. Both sides are whole numbers from 1 to 100000/],
    ['for nothing', VISITS, 'points:visits=10:0', /: 0 is no side/],
    ['below zero', VISITS, 'points:visits=-10:1', /: -10 is no side/],
    ['a fraction', VISITS, 'points:visits=2.5:1', /: 2.5 is no side/],
    ['too much', VISITS, 'points:visits=100001:1', /: 100001 is no side/],
    ['what nobody has', VISITS, 'stamps:visits=10:1', /members have points, and no stamps.*--convert points:visits=10:1/],
    ['what the program does not count', VISITS, 'points:stamps=10:1', /counts visits from now on, and no stamps/],
    ['one unit, where there are two', VISITS, 'points=1:1', /counts visits from now on, and no points/],
    ['another number of the same', SHOP, 'points=2:1', /the unit stays points.*Right would be --convert points=1:1/],
    [
      'a conversion that nothing asks for',
      RENAMED,
      'points:visits=10:1',
      /nothing to convert: the program stays points_banking in points/,
    ],
    ['what was done already', POINTS, 'points:visits=10:1', /exactly this program already, and there is nothing to convert/],
    ['a new account', { ...POINTS, account: { ...POINTS.account, id: '70002' } }, 'points=1:1', /has no program yet/],
  ])('is refused with what would be right: %s', async (_, document, convert, message) => {
    const outcome = await apply(document, convert)
    expect(outcome).toMatchObject({ kind: 'refused', message: expect.stringMatching(message) })
  })

  it('is refused where tiers would count two units as one', async () => {
    await apply(tiers(POINTS, 'points'))
    const refused = await apply(tiers(VISITS, 'points'), 'points:visits=10:1')
    expect(refused).toMatchObject({ kind: 'refused', message: expect.stringContaining('Let tiers go by spend') })
    await apply(POINTS)
  })

  it('is planned with what it would come to, before anybody agrees', async () => {
    const { plan } = await apply(VISITS, 'points:visits=10:1', false)
    const rate = { from: 'points', to: 'visits', take: 10, give: 1 }
    expect(plan.conversion).toEqual({ ...rate, members: 3, available: 105, held: 20, owed: 7, becomes: 11 })
    expect((await apply(VISITS)).kind).toBe('refused')
  })
})

it('reads a rate', () => {
  expect(readConversion('points:visits=10:1')).toEqual({ from: 'points', to: 'visits', take: 10, give: 1 })
  expect(readConversion('points=1:1')).toEqual({ from: 'points', to: 'points', take: 1, give: 1 })
})
