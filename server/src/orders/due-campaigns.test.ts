import type { CampaignDocument, ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { verifyLedger } from '../ledger/index.ts'
import { getMembership } from '../members/index.ts'
import { createProgramShelf } from '../programs/index.ts'
import { grantDueCampaigns, grantOnJoin, openMemberWallet } from '../rewards/index.ts'
import { createTestDesk, DAY, type TestDesk } from './test-desk.ts'

const at = (iso: string) => Date.parse(iso)
const NOON = at('2026-03-01T17:00:00Z')

const BIRTHDAY: CampaignDocument = { trigger: 'birthday', window: { before: '3 days', after: '3 days' }, do: [{ grant: 'cake' }] }
const FOURTH: CampaignDocument = { trigger: 'date', on: '2026-07-04', do: [{ points: 4 }] }
const COME_BACK: CampaignDocument = { trigger: 'inactivity', after: '30 days', do: [{ points: 30 }] }

let desk: TestDesk
let brands = 0
beforeAll(async () => {
  desk = await createTestDesk()
})
afterAll(() => desk?.stop())

interface Brand {
  readonly id: string
  join(memberId: number, birthday?: string): Promise<void>
  apply(campaigns: Record<string, CampaignDocument>): Promise<void>
  /** What stands in the database. */
  written(memberId: number): Promise<Record<string, number>>
  /** What a member is shown. */
  shown(memberId: number): Promise<Record<string, number>>
}

/** A brand of its own for each test, at noon of the first of March in New York. */
async function newBrand(
  campaigns: Record<string, CampaignDocument>,
  program: Partial<ProgramDocument['program']> = {},
): Promise<Brand> {
  const id = String(++brands)
  desk.clock = NOON
  const document = (campaigns: Record<string, CampaignDocument>): ProgramDocument => ({
    account: { id, name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
    stores: [{ code: '999999', name: 'Demo Store' }],
    program: { type: 'points_banking', earn: { points: 1, per: '1.00' }, ...program },
    rewards: {
      cake: { label: 'Cake', amount: '5.00', expire: { after: '10 days' } },
      r5: { label: '$5 Off', amount: '5.00', points: 100 },
    },
    campaigns,
  })
  await desk.apply(document(campaigns))
  return {
    id,
    apply: (campaigns) => desk.apply(document(campaigns)),
    async join(memberId, birthday) {
      await desk.join(id, memberId)
      await desk.db.query('', 'update memberships set birthday = $3 where account_id = $1 and member_id = $2', [
        id,
        memberId,
        birthday,
      ])
    },
    async written(memberId) {
      const rows = await desk.db.query<{ asset: string; available: string }>(
        '',
        'select asset, available from balances where account_id = $1 and member_id = $2 and available > 0 order by asset',
        [id, memberId],
      )
      return Object.fromEntries(rows.map(({ asset, available }) => [asset, Number(available)]))
    },
    async shown(memberId) {
      const { program } = await createProgramShelf().current(desk.db, id)
      const membership = await getMembership(desk.db, id, String(memberId))
      if (!membership) throw new Error(`there is no member ${memberId}`)
      const { book } = await openMemberWallet(desk.db, {
        accountId: id,
        memberId,
        membership,
        program,
        now: desk.clock,
        random: desk.random,
      })
      const sums: Record<string, number> = {}
      for (const lot of book.lots.values()) if (lot.available > 0) sums[lot.asset] = (sums[lot.asset] ?? 0) + lot.available
      return sums
    },
  }
}

/** A round as one server runs it, fresh from a start. */
const round = () => grantDueCampaigns(desk.db, { shelf: createProgramShelf(), now: desk.clock, random: desk.random })

it('a birthday within its window is granted once, and again the next year, as the clock moves', async () => {
  const { join, written } = await newBrand({ birthday: BIRTHDAY })
  await join(1, '1990-03-20')
  await join(2, '1990-09-20')
  await join(3)
  expect([await round(), await written(1)]).toEqual([0, {}])
  desk.clock = at('2026-03-17T04:00:00Z')
  expect([await round(), await round(), await written(1), await written(2)]).toEqual([1, 0, { 'reward:cake': 1 }, {}])
  desk.clock = at('2026-03-19T12:00:00Z')
  expect([await round(), await written(1)]).toEqual([0, { 'reward:cake': 1 }])
  desk.clock = at('2027-03-20T12:00:00Z')
  await round()
  expect([await written(1), await written(3)]).toEqual([{ 'reward:cake': 1 }, {}])
})

it('a birthday counts from its first moment, whether the worker ran or not, and comes but once', async () => {
  const brand = await newBrand({ birthday: BIRTHDAY })
  await brand.join(1, '1990-03-20')
  desk.clock = at('2026-03-20T12:00:00Z')
  expect([await brand.written(1), await brand.shown(1)]).toEqual([{}, { 'reward:cake': 1 }])

  await desk.say(1, { status: 'placed', order: 'o1', price: 2000, brand: brand.id, reward: { id: '1000001', discount: 500 } })
  await desk.say(1, { status: 'completed', order: 'o1', price: 2000, brand: brand.id, reward: { id: '1000001', discount: 500 } })
  await round()
  expect(await brand.shown(1)).toEqual({ points: 15 })
})

it('who joins on the birthday has the reward at once', async () => {
  const brand = await newBrand({ birthday: BIRTHDAY })
  await brand.join(1, '1990-03-01')
  const { program } = await createProgramShelf().current(desk.db, brand.id)
  await grantOnJoin(desk.db, { accountId: brand.id, memberId: '1', program, now: desk.clock, random: desk.random })
  expect([await brand.written(1), await round()]).toEqual([{ 'reward:cake': 1 }, 0])
})

it('a worker that was away makes up for the days it missed, as of those days', async () => {
  const { join, written, id } = await newBrand({ birthday: BIRTHDAY, fourth: FOURTH })
  await join(1, '1990-03-20')
  await join(2)
  await round()
  desk.clock = at('2026-07-10T12:00:00Z')
  await join(3)
  await round()
  // The cake of March expired ten days after the window opened; the fourth of July was granted to those who were members then.
  expect([await written(1), await written(2), await written(3)]).toEqual([{ points: 4 }, { points: 4 }, {}])
  const [lot] = await desk.db.query<{ expires_at: number; expired: string }>(
    '',
    `select expires_at, expired from lots where account_id = $1 and asset = 'reward:cake'`,
    [id],
  )
  expect(lot).toEqual({ expires_at: at('2026-03-28T04:00:00Z'), expired: '1' })
})

it('inactivity is granted once for each time a member stays away', async () => {
  const { join, written, id } = await newBrand({ 'come-back': COME_BACK })
  await join(1)
  await join(2)
  desk.clock = at('2026-03-20T12:00:00Z')
  await round()
  await desk.say(2, { status: 'completed', order: 'o2', price: 700, brand: id })
  desk.clock = at('2026-03-31T12:00:00Z')
  await round()
  expect([await written(1), await written(2)]).toEqual([{ points: 30 }, { points: 7 }])
  desk.clock = at('2026-04-25T12:00:00Z')
  await round()
  expect([await written(1), await written(2)]).toEqual([{ points: 30 }, { points: 37 }])
  await desk.say(1, { status: 'completed', order: 'o1', price: 100, brand: id })
  desk.clock = at('2026-06-01T12:00:00Z')
  await round()
  expect([await written(1), await written(2)]).toEqual([{ points: 61 }, { points: 37 }])
})

it('a new campaign is granted on the day it is applied, and finds those who have long been away', async () => {
  const { join, written, apply } = await newBrand({ fourth: FOURTH })
  await join(1)
  desk.clock = at('2026-07-04T12:00:00Z')
  await round()
  expect(await written(1)).toEqual({ points: 4 })
  await apply({ fourth: FOURTH, 'come-back': COME_BACK })
  await round()
  expect(await written(1)).toEqual({ points: 34 })
})

it('points that expire by inactivity are written down when a member stays away, and only then', async () => {
  const { join, written, id } = await newBrand({}, { expire: { inactive: '90 days' } })
  await join(1)
  await desk.say(1, { status: 'completed', order: 'o1', price: 700, brand: id })
  desk.clock = NOON + 89 * DAY
  expect([await round(), await written(1)]).toEqual([0, { points: 7 }])
  desk.clock = NOON + 91 * DAY
  expect([await round(), await written(1), await round()]).toEqual([1, {}, 0])
})

it('goes on where a server stopped, and two servers at once grant once', async () => {
  const { join, written, id } = await newBrand({ fourth: FOURTH })
  for (const memberId of [1, 2, 3]) await join(memberId)
  desk.clock = at('2026-07-04T12:00:00Z')
  // A server that died after member 1, whose lease is over; and one that still works.
  const run = (lease: string) =>
    desk.db.query(
      '',
      `insert into due_runs (account_id, program_version, first_day, last_day, cursor, leased_until)
       values ($1, 1, '2026-07-04', '2026-07-04', 1, now() + $2::interval)
       on conflict (account_id) do update set leased_until = excluded.leased_until`,
      [id, lease],
    )
  await run('1 minute')
  expect(await round()).toBe(0)
  await run('-1 second')
  await Promise.all([round(), round(), round()])
  expect([await written(1), await written(2), await written(3)]).toEqual([{}, { points: 4 }, { points: 4 }])
})

it('leaves a ledger that verifies', async () => {
  expect((await verifyLedger(desk.db)).problems).toEqual([])
})
