import { changesOf, issueLot, openBook, type ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commitMember, expireLots, ledgerRows, loadWallet, verifyLedger } from '../ledger/index.ts'
import { newId } from '../platform/index.ts'
import { createProgramShelf, listExchanges, readExchanged } from '../programs/index.ts'
import { exchangeUnits } from '../rewards/index.ts'
import { createTestDesk, DAY, type TestDesk } from './test-desk.ts'

const TO_VISITS = 'points:visits=10:1'
let desk: TestDesk
let brands = 50_000
let orders = 0
beforeAll(async () => {
  desk = await createTestDesk()
})
afterAll(() => desk?.stop())

/** A brand that gives points, 100 of which turn into a treat, with members who have some. */
async function newBrand(balances: readonly number[]) {
  const id = String(++brands)
  const points: ProgramDocument = {
    account: { id, name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
    stores: [{ code: '999999', name: 'Demo Store' }],
    program: { type: 'points', earn: { points: 1, per: '1.00' }, threshold: 100, reward: 'treat', expire: { after: '30 days' } },
    rewards: { treat: { label: 'A treat', amount: '2.00' } },
  }
  const visits: ProgramDocument = {
    ...points,
    program: { type: 'visits', units: 'visits', earn: { visits: 1 }, threshold: 10, reward: 'treat' },
  }
  await desk.apply(points)
  const say = (
    memberId: number,
    status: 'checkout' | 'placed' | 'billed' | 'completed' | 'refunded',
    order: string,
    points: number,
  ) => desk.say(memberId, { status, order, price: points * 100, brand: id })
  for (const [index, quantity] of balances.entries()) {
    await desk.join(id, index + 1)
    if (quantity > 0) await say(index + 1, 'completed', `before-${id}-${index + 1}`, quantity)
  }
  const has = async (memberId: number) => {
    const rows = await desk.db.query<{ asset: string; quantity: string }>(
      '',
      'select asset, available + held - owed as quantity from balances where account_id = $1 and member_id = $2 and available + held + owed > 0',
      [id, memberId],
    )
    return Object.fromEntries(rows.map(({ asset, quantity }) => [asset, Number(quantity)]))
  }
  const sweep = () => exchangeUnits(desk.db, { shelf: createProgramShelf(), now: desk.clock, random: desk.random })
  return { id, points, visits, say, has, sweep }
}

const nextOrder = () => `order-${++orders}`

it('gives the reward that the new threshold makes of it, at once', async () => {
  const { visits, has, sweep, id } = await newBrand([95, 35, 0])
  await desk.apply({ ...visits, account: { ...visits.account, id } }, TO_VISITS)
  expect(await sweep()).toBe(2)
  expect(await has(1)).toEqual({ 'reward:treat': 1 })
  expect(await has(2)).toEqual({ visits: 4 })
  expect(await sweep()).toBe(0)
  const [exchange] = await listExchanges(desk.db, id)
  expect(exchange && (await readExchanged(desk.db, id, exchange))).toEqual({ members: 2, taken: 130, given: 14, rewarded: 10 })
})

it('lets an order from before earn by its own rules, and leaves the threshold to the program in force', async () => {
  const { visits, has, say } = await newBrand([0])
  const order = nextOrder()
  await say(1, 'placed', order, 150)
  await desk.apply({ ...visits, program: { ...visits.program, threshold: 20 } }, TO_VISITS)
  await say(1, 'completed', order, 150)
  expect(await has(1)).toEqual({ visits: 15 })
  await say(1, 'refunded', order, 150)
  expect(await has(1)).toEqual({})
})

it('finds points in a reward of the old threshold when they are taken back', async () => {
  const { id, visits, has, say } = await newBrand([120])
  await desk.apply(visits, TO_VISITS)
  await say(1, 'refunded', `before-${id}-1`, 120)
  expect(await has(1)).toEqual({})
  expect((await verifyLedger(desk.db)).problems).toEqual([])
})

it('lets a guest claim an order from before', async () => {
  const { id, visits, points, has } = await newBrand([0])
  const standard = { ...points, account: { ...points.account, id: '33559' } }
  await desk.apply(standard)
  await desk.join('33559', 77)
  const sold = await desk.say('guest', { status: 'completed', order: nextOrder(), price: 4000 })
  const code = sold.kind === 'answered' ? JSON.parse(sold.text).transaction.receipt_code : ''
  await desk.apply({ ...visits, account: standard.account }, TO_VISITS)
  expect((await desk.claim(77, code)).kind).toBe('answered')
  const rows = await desk.db.query<{ asset: string; available: string }>(
    '',
    `select asset, available from balances where account_id = '33559' and member_id = 77 and available > 0`,
    [],
  )
  expect(rows.map(({ asset, available }) => [asset, Number(available)])).toEqual([['visits', 4]])
  expect([id, await has(1)]).toEqual([id, {}])
})

it('is left to the next decision by a quote, which writes no ledger', async () => {
  const { visits, has, say, sweep } = await newBrand([45])
  await desk.apply(visits, TO_VISITS)
  await say(1, 'checkout', nextOrder(), 20)
  expect(await has(1)).toEqual({ points: 45 })
  await sweep()
  expect(await has(1)).toEqual({ visits: 5 })
})

it('takes in what a call in flight wrote by the old program after the new one was in force', async () => {
  const { id, visits, has, say, sweep } = await newBrand([45])
  const loaded = await loadWallet(desk.db, id, 1)
  await desk.apply(visits, TO_VISITS)
  const book = openBook(loaded.wallet, desk.clock, () => newId(desk.clock, desk.random))
  const earned = { asset: 'points', quantity: 30, expiresAt: null, orderUid: null, cause: 'earn', at: desk.clock } as const
  issueLot(book, earned)
  const { version } = loaded.wallet
  const commit = () =>
    commitMember(desk.db, { accountId: id, memberId: 1, version, rows: ledgerRows(loaded, changesOf(book), null) })
  await commit()
  await sweep()
  expect(await has(1)).toEqual({ visits: 8 })
  await expect(commit()).rejects.toThrow('moved on')
  await say(1, 'completed', nextOrder(), 5)
  expect(await has(1)).toEqual({ visits: 9 })
})

it('is not done again to what a member who joined after it has earned', async () => {
  const { visits, points, has, say, sweep, id } = await newBrand([0])
  await desk.apply(visits, TO_VISITS)
  await desk.apply(points, 'visits:points=1:10')
  await desk.join(id, 2)
  for (const memberId of [1, 2]) {
    await say(memberId, 'completed', nextOrder(), 33)
    await sweep()
    await say(memberId, 'completed', nextOrder(), 33)
    expect(await has(memberId)).toEqual({ points: 66 })
  }
})

it('is not undone by what else looks at wallets first: expiry writes it down as well', async () => {
  const { id, visits, has } = await newBrand([45, 45])
  await desk.apply(visits, TO_VISITS)
  desk.clock += 31 * DAY
  await expireLots(desk.db, { now: desk.clock, random: desk.random })
  expect([await has(1), await has(2)]).toEqual([{}, {}])
  const [exchange] = await listExchanges(desk.db, id)
  if (!exchange) throw new Error('there is one')
  expect(await readExchanged(desk.db, id, exchange)).toEqual({ members: 2, taken: 90, given: 10, rewarded: 0 })
})

it('happens once, however many sweep while tills are at work, and loses no call', { timeout: 60_000 }, async () => {
  const balances = Array.from({ length: 60 }, (_, index) => index + 1)
  const { id, visits, say, has, sweep } = await newBrand(balances)
  const held = balances.map(() => nextOrder())
  await Promise.all(held.map((order, index) => say(index + 1, 'placed', order, 25)))
  const tills = held.map(async (order, index) => {
    await say(index + 1, 'billed', order, 25)
    await say(index + 1, 'completed', order, 25)
  })
  await desk.apply(visits, TO_VISITS)
  await Promise.all([...tills, sweep(), sweep(), sweep()])
  await sweep()
  const [exchange] = await listExchanges(desk.db, id)
  if (!exchange) throw new Error('there is one')
  const exchanged = await readExchanged(desk.db, id, exchange)
  expect(exchanged.members).toBe(60)
  for (const [index, points] of balances.entries()) {
    const { visits = 0, points: left = 0, 'reward:treat': treats = 0 } = await has(index + 1)
    // Earned before the exchange it was rounded up with the rest, and after it by itself, with less than one that waits.
    const least = points + 25
    const worth = visits * 10 + left + treats * 100
    expect(worth, `member ${index + 1}`).toBeGreaterThanOrEqual(least)
    expect(worth, `member ${index + 1}`).toBeLessThan(least + 10)
  }
  expect((await verifyLedger(desk.db)).problems).toEqual([])
})
