import { describe, expect, it } from 'vitest'
import { another, type Cart, redeeming, sale } from './cart.ts'
import { expectRefusal } from './client.ts'
import { applyProgram, type Product, useProduct } from './product.ts'
import { houseProgram, R5, thresholdProgram } from './programs.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('holds', () => {
  const START = '2026-06-01T16:00:00Z'
  const house = useProduct(houseProgram(), { clock: START })
  const clock = testClock(house, START)

  const withOneR5 = async () => {
    const { till } = house()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(100))
    return { till, member, order: redeeming(sale(20), await till.rewardId(member, R5), 5) }
  }

  it('26. Lapsed hold: another order takes the reward, and the first one’s billed is refused', async () => {
    const { till, member, order } = await withOneR5()
    const other = another(order)
    await till.accepted(member, 'placed', order)
    await clock.advance(23 * HOUR)
    expect(expectRefusal(await till.order(member, 'placed', other), 400, 400).reason).toBe('reward_held')
    await clock.advance(2 * HOUR)
    await till.accepted(member, 'placed', other)
    expect(expectRefusal(await till.order(member, 'billed', order), 400, 400).reason).toBe('hold_lapsed')
    expect(await till.points(member)).toBe(100)
    await till.accepted(member, 'billed', other)
    expect(await till.points(member)).toBe(0)
  })

  it('26. a lapsed hold that nobody took is billed', async () => {
    const { till, member, order } = await withOneR5()
    await till.accepted(member, 'placed', order)
    await clock.advance(3 * DAY)
    expect(await till.rewardCount(member, R5)).toBe(1)
    await till.run(member, ['billed', 'completed'], order)
    expect(await till.points(member)).toBe(15)
  })

  it('26. a hold lapses 24 h after the time the order is wanted', async () => {
    const { till, member, order } = await withOneR5()
    await till.accepted(member, 'placed', { ...order, wanted: clock.at(5 * DAY) })
    await clock.advance(5 * DAY + 23 * HOUR)
    expect(await till.rewardCount(member, R5)).toBe(0)
    await clock.advance(2 * HOUR)
    expect(await till.rewardCount(member, R5)).toBe(1)
  })

  it('26. a time wanted beyond 30 days does not hold longer', async () => {
    const { till, member, order } = await withOneR5()
    await till.accepted(member, 'placed', { ...order, wanted: clock.at(300 * DAY) })
    await clock.advance(29 * DAY)
    expect(await till.rewardCount(member, R5)).toBe(0)
    await clock.advance(3 * DAY)
    expect(await till.rewardCount(member, R5)).toBe(1)
  })

  it('52. Test clock: only the administrator moves it, only to an instant', async () => {
    const { url, adminToken } = house()
    const post = (authorization: string, body: unknown) =>
      fetch(`${url}/admin/v1/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify(body),
      })
    expect((await post('Bearer wrong', { now: clock.at(0) })).status).toBe(401)
    expect((await post(`Bearer ${adminToken}`, { now: 'tomorrow' })).status).toBe(400)
    expect((await post(`Bearer ${adminToken}`, {})).status).toBe(400)
    expect((await post(`Bearer ${adminToken}`, { now: clock.at(0) })).ok).toBe(true)
  })
})

describe('rewards that expire', () => {
  const START = '2026-06-01T16:00:00Z'
  const brand = useProduct(thresholdProgram(), { clock: START })
  const clock = testClock(brand, START)

  /** A member with one reward, issued now and good for 30 days. */
  const withReward = async () => {
    const { till } = brand()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(100))
    return { till, member, order: redeeming(sale(20), await till.rewardId(member, R5), 5) }
  }

  it('30. Expiry under a hold: placed in time and billed late is honoured; a new placed is refused', async () => {
    const { till, member, order } = await withReward()
    const { member: late, order: lateOrder } = await withReward()
    // Noon in New York: the thirtieth day ends twelve hours later.
    await clock.advance(30 * DAY + 12 * HOUR - 2 * 60_000)
    await till.accepted(member, 'placed', order)
    await clock.advance(3 * 60_000)
    expectRefusal(await till.order(late, 'placed', lateOrder), 400, 400)
    expect(await till.rewards(late)).toEqual([])
    await clock.advance(2 * 60_000)
    await till.run(member, ['billed', 'completed'], order)
    expect(await till.points(member)).toBe(15)
  })

  it('37. Void after billed: the same reward is back with its old expiry', async () => {
    const { till, member, order } = await withReward()
    const before = { rewards: await till.rewards(member), balance: await till.balance(member) }
    await till.accepted(member, 'billed', order)
    expect(await till.rewards(member)).toEqual([])
    await clock.advance(10 * DAY)
    await till.accepted(member, 'voided', order)
    expect({ rewards: await till.rewards(member), balance: await till.balance(member) }).toEqual(before)
  })

  it('37. one that has expired meanwhile is good for seven more days', async () => {
    const { till, member, order } = await withReward()
    await till.accepted(member, 'billed', order)
    await clock.advance(40 * DAY)
    await till.accepted(member, 'voided', order)
    expect(await till.rewardCount(member, R5)).toBe(1)
    await clock.advance(7 * DAY)
    expect(await till.rewardCount(member, R5)).toBe(1)
    await clock.advance(DAY)
    expect(await till.rewardCount(member, R5)).toBe(0)
  })

  it('50. Which clock: a late call does not revive a reward that has expired', async () => {
    const { till, member, order } = await withReward()
    const inTime = clock.at(30 * DAY - HOUR)
    await clock.advance(31 * DAY)
    expectRefusal(await till.order(member, 'completed', { ...order, placed: inTime }), 400, 400)
  })

  it('52. Test clock: what is issued now expires thirty days from its time', async () => {
    const { till, member } = await withReward()
    const expected = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(Date.parse(clock.at(30 * DAY)))
    expect((await till.balance(member)).rewards).toMatchObject([{ label: R5, next_expires_on: expected, quantity: 1 }])
  })
})

describe('lots that expire', () => {
  const START = '2026-05-01T16:00:00Z'
  const SIX_OFF = '$6 Off'
  const tiers = { 'six-off': { label: SIX_OFF, offer: 'rebate', amount: '6.00', points: 120 } }
  const brand = useProduct(houseProgram({ program: { expire: { after: '30 days' } }, rewards: tiers }), { clock: START })
  const clock = testClock(brand, START)

  const earn = async (member: string, points: number, fields = {}) => {
    const order = sale(points, fields)
    await brand().till.accepted(member, 'completed', order)
    return order
  }

  const spendR5 = async (member: string): Promise<Cart> => {
    const { till } = brand()
    const order = redeeming(sale(20), await till.rewardId(member, R5), 5)
    await till.accepted(member, 'billed', order)
    return order
  }

  it('45. A spend undone returns to its lot, which expires when it would have', async () => {
    const { till } = brand()
    const member = await till.newMember()
    await earn(member, 100)
    const order = await spendR5(member)
    await clock.advance(20 * DAY)
    await till.accepted(member, 'voided', order)
    expect(await till.points(member)).toBe(100)
    await clock.advance(11 * DAY)
    expect(await till.points(member)).toBe(0)
  })

  it('45. what has expired meanwhile lapses', async () => {
    const { till } = brand()
    const member = await till.newMember()
    await earn(member, 60)
    await clock.advance(20 * DAY)
    await earn(member, 70)
    const order = await spendR5(member)
    expect(await till.points(member)).toBe(30)
    await clock.advance(11 * DAY)
    await till.accepted(member, 'voided', order)
    expect(await till.points(member)).toBe(70)
  })

  it('50. Which clock: earning goes by the order’s own time, if that is within the last 72 hours', async () => {
    const { till } = brand()
    const expiresAfter = async (placed: number) => {
      const member = await till.newMember()
      await earn(member, 10, { placed: clock.at(placed) })
      return member
    }
    const [late, tooLate, future, now] = [
      await expiresAfter(-24 * HOUR),
      await expiresAfter(-100 * HOUR),
      await expiresAfter(48 * HOUR),
      await till.newMember(),
    ]
    await earn(now, 10)
    // Each lasts to the end of its thirtieth day, and the late one's came a day earlier.
    await clock.advance(29 * DAY)
    expect(await till.points(late)).toBe(10)
    await clock.advance(DAY)
    expect(await till.points(late)).toBe(0)
    for (const member of [tooLate, future, now]) expect(await till.points(member)).toBe(10)
    await clock.advance(24 * HOUR)
    for (const member of [tooLate, future, now]) expect(await till.points(member)).toBe(0)
  })

  it('50. an order sent twice, stored and forwarded, earns once', async () => {
    const { till } = brand()
    const member = await till.newMember()
    const order = await earn(member, 10, { placed: clock.at(-24 * HOUR) })
    await clock.advance(HOUR)
    await till.accepted(member, 'completed', order)
    expect(await till.points(member)).toBe(10)
  })

  // The last of its block: from here on nothing that is earned expires.
  it('44. Lots: the soonest to expire is spent first', async () => {
    const { till } = brand()
    const member = await till.newMember()
    await earn(member, 100)
    await clock.advance(10 * DAY)
    await earn(member, 50)
    await applyProgram(brand(), houseProgram({ rewards: tiers }))
    await earn(member, 30)
    await till.accepted(member, 'billed', redeeming(sale(20), await till.rewardId(member, SIX_OFF), 6))
    expect(await till.points(member)).toBe(60)
    await clock.advance(21 * DAY)
    expect(await till.points(member)).toBe(60)
    await clock.advance(10 * DAY)
    expect(await till.points(member)).toBe(30)
    await clock.advance(1000 * DAY)
    expect(await till.points(member)).toBe(30)
  })
})

describe('49. Date-only expiry', () => {
  const START = '2026-12-30T20:00:00Z'
  const zone = 'Pacific/Honolulu'
  const brand = useProduct(
    thresholdProgram({
      account: { timezone: zone },
      stores: [{ code: '999999', name: 'Waikiki', timezone: zone }],
      rewards: { 'five-off': { label: R5, offer: 'rebate', amount: '5.00', expire: { on: '2026-12-31' } } },
    }),
    { clock: START },
  )

  it('49. 31 December in Honolulu ends at 10:00 UTC on 1 January', async () => {
    const { till, moveClock } = brand()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(100))
    expect((await till.balance(member)).rewards).toMatchObject([{ next_expires_on: '2026-12-31' }])
    await moveClock('2027-01-01T09:59:59Z')
    expect(await till.rewardCount(member, R5)).toBe(1)
    await moveClock('2027-01-01T10:00:00Z')
    expect(await till.rewardCount(member, R5)).toBe(0)
  })
})

/** The test clock of a product that was started at `start`. It only goes forward, from test to test. */
function testClock(product: () => Product, start: string) {
  let now = Date.parse(start)
  const iso = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z')
  return {
    /** The instant so many milliseconds from now, as an order writes it. */
    at: (offsetMs: number) => iso(now + offsetMs),
    advance: async (ms: number) => {
      now += ms
      await product().moveClock(iso(now))
    },
  }
}
