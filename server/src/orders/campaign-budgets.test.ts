import type { CampaignDocument, ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { verifyLedger } from '../ledger/index.ts'
import { createProgramShelf, readBudgets } from '../programs/index.ts'
import { grantDueCampaigns } from '../rewards/index.ts'
import { explainOrder } from './explain-order.ts'
import { createTestDesk, type TestDesk } from './test-desk.ts'
import { decideWhatIf, readSnapshot } from './what-if.ts'

let desk: TestDesk
let brands = 0
beforeAll(async () => {
  desk = await createTestDesk()
})
afterAll(() => desk?.stop())

/** A brand with one campaign, and members who just joined. */
async function newBrand(campaign: CampaignDocument, members: number) {
  const id = String(++brands)
  const apply = (budget: CampaignDocument['budget']) => {
    const document: ProgramDocument = {
      account: { id, name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
      stores: [{ code: '999999', name: 'Demo Store' }],
      program: { type: 'points_banking', earn: { points: 1, per: '1.00' } },
      rewards: { r5: { label: '$5 Off', amount: '5.00', points: 100 } },
      campaigns: { c: { ...campaign, budget } },
    }
    return desk.apply(document)
  }
  await apply(campaign.budget)
  for (let memberId = 1; memberId <= members; memberId++) await desk.join(id, memberId)
  const number = async (text: string) => Number((await desk.db.query<{ n: string }>('', text, [id]))[0]?.n)
  return {
    id,
    apply,
    buy: (memberId: number, order: string) => desk.say(memberId, { status: 'completed', order, price: 1000, brand: id }),
    issued: () => number(`select coalesce(sum(available), 0) as n from balances where account_id = $1 and asset = 'reward:r5'`),
    points: () => number(`select coalesce(sum(available), 0) as n from balances where account_id = $1 and asset = 'points'`),
    used: () => number('select coalesce(sum(used), 0) as n from campaign_budgets where account_id = $1'),
    stripes: () => number('select count(*) as n from campaign_budgets where account_id = $1 and used <> 0'),
    /** What members used by their own wallets. */
    tallied: () =>
      number(
        `select coalesce(sum(value::bigint), 0) as n from wallets, json_each_text(tallies::json) where account_id = $1 and key like 'budget:%'`,
      ),
  }
}

it('holds to the last one however many orders come at once', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ grant: 'r5' }], budget: { times: 40 } }, 100)
  await Promise.all(Array.from({ length: 100 }, (_, i) => brand.buy(i + 1, `o${i}`)))
  expect([await brand.issued(), await brand.used(), await brand.tallied(), await brand.stripes()]).toEqual([40, 40, 40, 1])
})

it('of a size to matter is spread, so that orders do not wait for each other, and holds all the same', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ grant: 'r5', quantity: 1 }], budget: { times: 128 } }, 50)
  const buy = async (memberId: number) => {
    for (let i = 0; i < 3; i++) await brand.buy(memberId, `o${memberId}-${i}`)
  }
  await Promise.all(Array.from({ length: 50 }, (_, i) => buy(i + 1)))
  expect([await brand.issued(), await brand.used(), await brand.tallied(), await brand.stripes()]).toEqual([128, 128, 128, 4])
})

it('of points gives what is left, and never more', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ multiply: 2 }], budget: { points: 155 } }, 60)
  await Promise.all(Array.from({ length: 60 }, (_, i) => brand.buy(i + 1, `o${i}`)))
  expect([await brand.points(), await brand.used(), await brand.tallied()]).toEqual([60 * 10 + 155, 155, 155])
})

it('has back what is refunded, and gives it to the next', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ grant: 'r5' }], budget: { times: 1 } }, 2)
  await brand.buy(1, 'a')
  await brand.buy(2, 'b')
  expect([await brand.issued(), await brand.used()]).toEqual([1, 1])
  await desk.say(1, { status: 'refunded', order: 'a', price: 1000, brand: brand.id })
  expect([await brand.issued(), await brand.used(), await brand.tallied()]).toEqual([0, 0, 0])
  await brand.buy(2, 'c')
  expect([await brand.issued(), await brand.used(), await brand.tallied()]).toEqual([1, 1, 1])
})

it('keeps what an order had when a part of it comes back, though the budget is used up', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ multiply: 2 }], budget: { points: 20 } }, 1)
  await desk.say(1, { status: 'completed', order: 'a', price: 1000, quantity: 2, brand: brand.id })
  expect([await brand.points(), await brand.used()]).toEqual([40, 20])
  await desk.say(1, { status: 'refunded', order: 'a', price: 1000, refundId: 'r', brand: brand.id })
  expect([await brand.points(), await brand.used(), await brand.tallied()]).toEqual([20, 10, 10])
})

it('can be raised and lowered by a new program; what is used stays used', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ grant: 'r5' }], budget: { times: 2 } }, 1)
  for (const order of ['a', 'b', 'c']) await brand.buy(1, order)
  expect(await brand.issued()).toBe(2)
  await brand.apply({ times: 3 })
  for (const order of ['d', 'e']) await brand.buy(1, order)
  expect(await brand.issued()).toBe(3)
  await brand.apply({ times: 1 })
  await brand.buy(1, 'f')
  expect([await brand.issued(), await brand.used()]).toEqual([3, 3])
})

it('holds for what falls due as well', async () => {
  const brand = await newBrand({ trigger: 'date', on: '2026-03-01', do: [{ grant: 'r5' }], budget: { times: 5 } }, 9)
  await grantDueCampaigns(desk.db, { shelf: createProgramShelf(), now: desk.clock, random: desk.random })
  expect([await brand.issued(), await brand.used(), await brand.tallied()]).toEqual([5, 5, 5])
})

it('says of an order that came too late that the budget is used up', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ grant: 'r5' }], budget: { times: 1 } }, 1)
  for (const order of ['a', 'b']) await brand.buy(1, `${order}-${brand.id}`)
  const shelf = createProgramShelf()
  const why = async (order: string) => {
    const [found] = await explainOrder(desk.db, { name: `${order}-${brand.id}`, accountId: brand.id, shelf })
    return found?.explanation?.not_applied.filter(({ rule }) => rule === 'campaign:c')
  }
  expect(await why('a')).toEqual([])
  const message = 'Its budget of 1 time for all members together is used up.'
  expect(await why('b')).toMatchObject([{ reason: 'budget_used_up', message }])
})

it('is shown with what is used and left, and a used one limits what is only asked', async () => {
  const brand = await newBrand({ trigger: 'order', do: [{ multiply: 2 }], budget: { points: 15 } }, 1)
  await brand.buy(1, `a-${brand.id}`)
  const { program } = await createProgramShelf().current(desk.db, brand.id)
  const [state] = await readBudgets(desk.db, program)
  expect(state).toEqual({ name: 'points:c', campaign: 'c', of: 'points', total: 15, used: 10, left: 5 })
  const posEntries = [{ posItem: { label: 'Soup', cost: 10 }, quantity: 1 }]
  const basket = { source: 'instore', vendor: '999999', subtotal: 10, basket: { posEntries } }
  const member = readSnapshot({}, desk.clock)
  if (!member.ok) throw new Error('a member without anything is a member')
  const earns = (left: number) => {
    const decided = decideWhatIf(program, { basket, member: member.value, at: desk.clock, reserved: { 'points:c': left } })
    return decided.ok && decided.value.points_earned
  }
  expect([earns(state?.left ?? 0), earns(0), earns(100)]).toEqual([15, 10, 20])
})

it('leaves a ledger that verifies, and one that says which budget was tampered with', async () => {
  expect((await verifyLedger(desk.db)).problems).toEqual([])
  await desk.db.query('', `update campaign_budgets set used = used - 1 where account_id = '1' and used > 0`, [])
  const { problems } = await verifyLedger(desk.db)
  expect(problems).toEqual([
    { check: 'budget', accountId: '1', memberId: null, what: 'budget times:c, used', expected: 40, found: 39 },
  ])
})
