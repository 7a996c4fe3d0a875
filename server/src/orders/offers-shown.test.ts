import type { ProgramDocument, RewardDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expireLots, verifyLedger } from '../ledger/index.ts'
import { getMembership } from '../members/index.ts'
import { createProgramShelf } from '../programs/index.ts'
import { grantOnJoin, issuedKeys, openForList, viewBalance } from '../rewards/index.ts'
import { createTestDesk, DAY, HOUR, type TestDesk } from './test-desk.ts'

let desk: TestDesk
let brands = 0
beforeAll(async () => {
  desk = await createTestDesk()
})
afterAll(() => desk?.stop())

/** A brand that gives each new member an offer. */
async function newBrand(expire: RewardDocument['expire']) {
  const id = String(++brands)
  const document = (expire: RewardDocument['expire']): ProgramDocument => ({
    account: { id, name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
    stores: [{ code: '999999', name: 'Demo Store' }],
    program: { type: 'points_banking', earn: { points: 1, per: '1.00' } },
    rewards: { flash: { label: 'Flash', amount: '5.00', expire }, r5: { label: '$5 Off', amount: '5.00', points: 100 } },
    campaigns: { welcome: { trigger: 'registration', do: [{ grant: 'flash' }] } },
  })
  await desk.apply(document(expire))
  const opening = async (memberId: number) => {
    const { program } = await createProgramShelf().current(desk.db, id)
    const membership = await getMembership(desk.db, id, String(memberId))
    if (!membership) throw new Error(`there is no member ${memberId}`)
    return { accountId: id, memberId, membership, program, now: desk.clock, random: desk.random }
  }
  return {
    id,
    apply: (expire: RewardDocument['expire']) => desk.apply(document(expire)),
    async join(memberId: number) {
      await desk.join(id, memberId)
      const { program } = await createProgramShelf().current(desk.db, id)
      await grantOnJoin(desk.db, { accountId: id, memberId: String(memberId), program, now: desk.clock, random: desk.random })
    },
    /** How many flash offers a balance names. */
    async list(memberId: number) {
      const asked = await opening(memberId)
      const { book } = await openForList(desk.db, asked, (opened) => issuedKeys(asked.program, opened.book))
      return viewBalance(asked.program, book, desk.clock).rewards.filter(({ label }) => label === 'Flash').length
    },
    async version(memberId: number) {
      const text = 'select version from wallets where account_id = $1 and member_id = $2'
      return Number((await desk.db.query<{ version: string }>('', text, [id, memberId]))[0]?.version)
    },
    async expiry() {
      const rows = await desk.db.query<{ at: string | null }>('', 'select ms(expires_at) as at from lots where account_id = $1', [
        id,
      ])
      return rows.map(({ at }) => (at === null ? null : Number(at)))
    },
  }
}

it('begins to lapse with the first list, which alone writes', async () => {
  const brand = await newBrand({ after_shown: '2 hours' })
  await brand.join(1)
  desk.clock += 30 * DAY
  const before = await brand.version(1)
  expect([await brand.list(1), await brand.version(1), await brand.expiry()]).toEqual([1, before + 1, [desk.clock + 2 * HOUR]])
  const shownAt = desk.clock
  desk.clock += HOUR
  expect([await brand.list(1), await brand.version(1), await brand.expiry()]).toEqual([1, before + 1, [shownAt + 2 * HOUR]])
  desk.clock = shownAt + 2 * HOUR
  expect([await brand.list(1), await brand.version(1)]).toEqual([0, before + 1])
  desk.clock += 5 * DAY
  await expireLots(desk.db, { now: desk.clock, random: desk.random })
  const [movement] = await desk.db.query<{ at: string }>(
    '',
    `select ms(at) as at from movements where account_id = $1 and cause = 'expire'`,
    [brand.id],
  )
  expect(Number(movement?.at)).toBe(shownAt + 2 * HOUR)
})

it('is shown once by many lists at once', async () => {
  const brand = await newBrand({ after_shown: '2 hours' })
  await brand.join(1)
  const before = await brand.version(1)
  expect(await Promise.all(Array.from({ length: 12 }, () => brand.list(1)))).toEqual(Array.from({ length: 12 }, () => 1))
  expect(await brand.version(1)).toBe(before + 1)
})

it('keeps the promise it was issued under when the program changes', async () => {
  const brand = await newBrand({ after: '10 days' })
  await brand.join(1)
  await brand.apply({ after_shown: '2 hours' })
  const [expiry] = await brand.expiry()
  await brand.list(1)
  expect(await brand.expiry()).toEqual([expiry])
})

it('is honoured under a hold, and gone for the next order', async () => {
  const brand = await newBrand({ after_shown: '2 hours' })
  await brand.join(1)
  await brand.list(1)
  const reward = { id: '1000001', discount: 500 }
  desk.clock += HOUR
  await desk.say(1, { status: 'placed', order: `h${brand.id}`, price: 2000, brand: brand.id, reward })
  desk.clock += 3 * HOUR
  await desk.say(1, { status: 'billed', order: `h${brand.id}`, price: 2000, brand: brand.id, reward })
  const later = { status: 'placed', order: `i${brand.id}`, price: 2000, brand: brand.id, reward } as const
  await expect(desk.say(1, later)).rejects.toThrow(/reward_used/)
})

it('starts with an order that names it before any list did', async () => {
  const brand = await newBrand({ after_shown: '2 hours' })
  await brand.join(1)
  const reward = { id: '1000001', discount: 500 }
  await desk.say(1, { status: 'placed', order: `j${brand.id}`, price: 2000, brand: brand.id, reward })
  expect(await brand.expiry()).toEqual([desk.clock + 2 * HOUR])
})

it('leaves a ledger that verifies, and one that says where a lot was made to live longer', async () => {
  expect((await verifyLedger(desk.db)).problems).toEqual([])
  const brand = await newBrand({ after_shown: '2 hours' })
  await brand.join(1)
  await desk.db.query('', `update lots set after_shown = '9 hours' where account_id = $1`, [brand.id])
  expect((await verifyLedger(desk.db)).problems).toMatchObject([{ check: 'lot', expected: '2 hours', found: '9 hours' }])
})
