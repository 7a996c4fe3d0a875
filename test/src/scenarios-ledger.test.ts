import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { another, type Cart, redeeming, sale } from './cart.ts'
import type { OrderBody, Reply, Status } from './client.ts'
import { expectCleanLedger, useProduct } from './product.ts'
import { houseProgram, R5 } from './programs.ts'

const START = '2026-06-01T16:00:00Z'
const brand = useProduct(houseProgram({ program: { expire: { after: '30 days' } } }), { clock: START })

it('46. Conservation: opening + earned − spent − expired = closing, and every invariant verifies', async () => {
  const { till } = brand()
  const member = await till.newMember()
  const earned = sale(130)
  await till.accepted(member, 'completed', earned)
  const spent = redeeming(sale(33), await till.rewardId(member, R5), 5)
  await till.run(member, ['placed', 'billed', 'completed'], spent)
  expect(await till.points(member)).toBe(130 - 100 + 28)
  await till.accepted(member, 'refunded', spent)
  expect(await till.points(member)).toBe(130)
  await till.accepted(member, 'placed', another(spent))
  await till.accepted(member, 'refunded', earned)
  expect(await till.points(member)).toBe(0)
  await expectCleanLedger(brand())
})

const EARNED_PER_ORDER = 7

it('47. Storm: a thousand parallel earns, spends, refunds and expiries lose nothing', { timeout: 120_000 }, async () => {
  const { till, moveClock } = brand()
  const member = await till.newMember()
  await till.accepted(member, 'completed', sale(4000))
  const r5 = await till.rewardId(member, R5)

  await moveClock('2026-06-25T16:00:00Z')
  const early = await storm(member, r5)
  expect(await till.points(member)).toBe(4000 + early.earned - early.spent)

  // The first lot expires while the second half of the storm finds it so; what was earned on the 25th stays.
  await moveClock('2026-07-02T16:00:00Z')
  const late = await storm(member, r5)
  expect(await till.points(member)).toBe(early.earned + late.earned - late.spent)
  expect(early.calls).toBe(500)
  expect(late.calls).toBeGreaterThan(480)
  expect(late.spent).toBeGreaterThan(0)
  expect(early.refunded + late.refunded).toBeGreaterThan(50)
  await expectCleanLedger(brand())

  await moveClock('2026-09-01T16:00:00Z')
  expect(await till.points(member)).toBe(0)
})

/** What the answers of a storm add up to, in points; `earned` and `spent` are net of what was refunded. */
interface Tally {
  calls: number
  earned: number
  spent: number
  refunded: number
}

/** Sends earns, spends and refunds all at once. A refund follows its own order as soon as that is answered, amid all others. */
async function storm(member: string, r5: string): Promise<Tally> {
  const tally: Tally = { calls: 0, earned: 0, spent: 0, refunded: 0 }
  const send = async (status: Status, cart: Cart) => {
    tally.calls += 1
    return patiently(() => brand().till.order(member, status, cart))
  }
  const journeys: (() => Promise<void>)[] = []
  const earn = (refund: boolean) => async () => {
    const order = sale(EARNED_PER_ORDER)
    expectAnswer(await send('completed', order), [200])
    if (refund) expectAnswer(await send('refunded', order), [200])
    if (refund) tally.refunded += 1
    else tally.earned += EARNED_PER_ORDER
  }
  const spend = (refund: boolean) => async () => {
    const order = redeeming(sale(5), r5, 5)
    if (!expectAnswer(await send('completed', order), [200, 400])) return
    if (refund) expectAnswer(await send('refunded', order), [200])
    if (refund) tally.refunded += 1
    else tally.spent += 100
  }
  // 500 calls, if all are accepted: 350 earns kept, 20 spends kept, 50 earns and 15 spends that come back.
  for (let index = 0; index < 350; index += 1) journeys.push(earn(false))
  for (let index = 0; index < 50; index += 1) journeys.push(earn(true))
  for (let index = 0; index < 20; index += 1) journeys.push(spend(false))
  for (let index = 0; index < 15; index += 1) journeys.push(spend(true))
  await Promise.all(shuffled(journeys).map((journey) => journey()))
  return tally
}

/** True when it was accepted; fails on an answer that nobody should get. */
function expectAnswer(reply: Reply<OrderBody>, allowed: readonly number[]): boolean {
  expect(allowed, reply.text).toContain(reply.http)
  return reply.http === 200
}

/** Repeats a call that is answered 503 when its Retry-After says, as a till does. */
async function patiently(call: () => Promise<Reply<OrderBody>>): Promise<Reply<OrderBody>> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const reply = await call()
    if (reply.http !== 503) return reply
    await sleep(Number(reply.headers['retry-after']) * 1000)
  }
  return call()
}

/** A fixed shuffle, so that a failure can be repeated. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  let seed = 47
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed
  }
  return items
    .map((item) => ({ item, rank: next() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
