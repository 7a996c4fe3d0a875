import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqlState } from '../platform/index.ts'
import { createProgramShelf } from '../programs/index.ts'
import { listEvents, warnOfExpiry } from '../rewards/index.ts'
import { createTestDesk, DAY, HOUR, type TestDesk } from './test-desk.ts'

const NOON = Date.parse('2026-03-01T17:00:00Z')
let desk: TestDesk
let brands = 0
beforeAll(async () => {
  desk = await createTestDesk()
})
afterAll(() => desk?.stop())

type Change = Pick<Partial<ProgramDocument>, 'rewards' | 'campaigns'> & { expire?: ProgramDocument['program']['expire'] }

async function newBrand(members: number, { expire, rewards, campaigns }: Change) {
  const id = String(++brands)
  desk.clock = NOON
  const document: ProgramDocument = {
    account: { id, name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
    stores: [{ code: '999999', name: 'Demo Store' }],
    program: { type: 'points_banking', earn: { points: 1, per: '1.00' }, expire },
    rewards: { r5: { label: '$5 Off', amount: '5.00', points: 100 }, ...rewards },
    campaigns,
  }
  await desk.apply(document)
  for (let memberId = 1; memberId <= members; memberId++) await desk.join(id, memberId)
  return {
    id,
    buy: (memberId: number, order: string) => desk.say(memberId, { status: 'completed', order, price: 1000, brand: id }),
    told: async (after = 0) =>
      (await listEvents(desk.db, { accountId: id, after, limit: 1000 })).map(
        ({ number, member, quantity, last_day, warning }) => [number, member, quantity, last_day, warning],
      ),
  }
}

const round = () => warnOfExpiry(desk.db, { shelf: createProgramShelf(), now: desk.clock, random: desk.random })

it('warns of points once, from the first moment of the day, with what expires that day in all', async () => {
  const brand = await newBrand(2, { expire: { after: '30 days', warn: '7 days' } })
  await brand.buy(1, `a${brand.id}`)
  await brand.buy(1, `b${brand.id}`)
  await brand.buy(2, `c${brand.id}`)
  // The points end with 31 March, so that the warning falls due with the beginning of the 24th in New York.
  desk.clock = Date.parse('2026-03-24T03:59:59Z')
  expect([await round(), await brand.told()]).toEqual([0, []])
  desk.clock += 1000
  expect([await round(), await round()]).toEqual([2, 0])
  expect(await brand.told()).toEqual([
    [1, '1', 20, '2026-03-31', '7 days'],
    [2, '2', 10, '2026-03-31', '7 days'],
  ])
  desk.clock += 3 * DAY
  expect([await round(), await brand.told(1)]).toEqual([0, [[2, '2', 10, '2026-03-31', '7 days']]])
})

it('writes each warning once, whoever runs at once and wherever one was cut off', async () => {
  const brand = await newBrand(30, { expire: { after: '30 days', warn: ['7 days', '1 day'] } })
  for (let memberId = 1; memberId <= 30; memberId++) await brand.buy(memberId, `m${memberId}-${brand.id}`)
  desk.clock = Date.parse('2026-03-25T12:00:00Z')
  const written = await Promise.all([round(), round(), round()])
  expect(written.reduce((a, b) => a + b)).toBe(30)
  // A server that died before it noted that it was through.
  await desk.db.query('', 'update event_runs set looked_on = null where account_id = $1', [brand.id])
  expect(await round()).toBe(0)
  desk.clock = Date.parse('2026-03-31T12:00:00Z')
  expect(await round()).toBe(30)
  expect((await brand.told()).map(([number]) => number)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
})

it('warns late rather than not at all, and not of what has expired', async () => {
  const brand = await newBrand(2, { expire: { after: '30 days', warn: '7 days' } })
  await brand.buy(1, `a${brand.id}`)
  desk.clock += 3 * DAY
  await brand.buy(2, `b${brand.id}`)
  desk.clock = Date.parse('2026-04-02T12:00:00Z')
  await round()
  expect(await brand.told()).toEqual([[1, '2', 10, '2026-04-03', '7 days']])
})

it('warns of points that go when a member stays away, and again only after another visit', async () => {
  const brand = await newBrand(1, { expire: { inactive: '6 months', warn: '14 days' } })
  await brand.buy(1, `a${brand.id}`)
  desk.clock = Date.parse('2026-08-17T12:00:00Z')
  expect(await round()).toBe(0)
  desk.clock += DAY
  expect([await round(), await brand.told()]).toEqual([1, [[1, '1', 10, '2026-09-01', '14 days']]])
  await brand.buy(1, `b${brand.id}`)
  desk.clock += 30 * DAY
  expect(await round()).toBe(0)
  desk.clock = Date.parse('2027-02-10T12:00:00Z')
  expect([await round(), (await brand.told(1))[0]]).toEqual([1, [2, '1', 20, '2027-02-18', '14 days']])
})

it('warns of rewards by the hour, round by round', async () => {
  const brand = await newBrand(1, {
    rewards: { flash: { label: 'Flash', amount: '1.00', expire: { after: '10 hours', warn: '2 hours' } } },
    campaigns: { c: { trigger: 'order', do: [{ grant: 'flash' }] } },
  })
  await brand.buy(1, `a${brand.id}`)
  expect(await round()).toBe(0)
  desk.clock += 8 * HOUR - 60_000
  expect(await round()).toBe(0)
  desk.clock += 60_000
  expect([await round(), await round()]).toEqual([1, 0])
  expect(await brand.told()).toEqual([[1, '1', 1, '2026-03-01', '2 hours']])
})

it('what was told stays told: the server may not change an event', async () => {
  const refused = await desk.db.query('', `update events set document = '{}'`, []).catch(sqlState)
  expect(refused).toBe('42501')
})
