import { describe, expect, it } from 'vitest'
import { redeeming, sale } from './cart.ts'
import { expectRefusal } from './client.ts'
import { regulars } from './command.ts'
import { useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

const FLASH = 'Flash'
/** The worker's round, and room for a busy machine. */
const ROUND_MS = 150_000

describe('what lapses, what is warned of, and where a member stands', () => {
  const brand = useProduct(
    houseProgram({
      program: { expire: { after: '30 days', warn: ['7 days', '1 day'] } },
      rewards: { flash: { label: FLASH, offer: 'rebate', amount: '3.00', expire: { after: '30 days', after_shown: '2 hours' } } },
      campaigns: { welcome: { trigger: 'registration', do: [{ grant: 'flash' }] } },
      tiers: {
        by: 'points',
        over: { calendar: 'year' },
        levels: { gold: { label: 'Gold', from: 100 }, top: { label: 'Top', from: 250 } },
      },
    }),
    { clock: '2026-06-01T12:00:00Z' },
  )

  it('the balance says the tier, how long it stands, and what is missing to the next', async () => {
    const { till } = brand()
    const member = await till.newMember()
    const tier = async () => (await till.send<{ tier: unknown }>({ path: `/loyalty/accounts/${member}/balance` })).body.tier
    expect(await tier()).toEqual({ next: { key: 'gold', label: 'Gold', missing: 100 } })
    await till.accepted(member, 'completed', sale(120))
    expect(await tier()).toEqual({
      key: 'gold',
      label: 'Gold',
      until: '2026-12-31',
      next: { key: 'top', label: 'Top', missing: 130 },
    })
  })

  it('an offer lapses two hours after it was first listed, however often it is listed', async () => {
    const { till, moveClock } = brand()
    const [seen, unseen, kept] = [await till.newMember(), await till.newMember(), await till.newMember()]
    const order = redeeming(sale(20), await till.rewardId(kept, FLASH), 3)
    expect(await till.rewardCount(seen, FLASH)).toBe(1)
    await moveClock('2026-06-01T13:59:00Z')
    expect((await till.balance(seen)).rewards).toContainEqual(
      expect.objectContaining({ label: FLASH, next_expires_on: '2026-06-01' }),
    )
    await till.accepted(kept, 'placed', order)
    await moveClock('2026-06-01T14:00:00Z')
    expect([await till.rewardCount(seen, FLASH), await till.rewardCount(unseen, FLASH)]).toEqual([0, 1])
    expectRefusal(await till.order(seen, 'placed', redeeming(sale(20), order.basket.rewards?.[0]?.id ?? '', 3)), 400, 400)
    await till.accepted(kept, 'billed', order)
  })

  it(
    'points are warned of by events, which are read in order and go on where one stopped',
    async () => {
      const { till, moveClock, url, adminToken, accountId, databaseUrl } = brand()
      const member = await till.newMember()
      await till.accepted(member, 'completed', sale(40))
      await moveClock('2026-06-24T16:00:00Z')
      const read = async (after: number) => {
        const address = `${url}/admin/v1/events?account=${accountId}&after=${after}`
        const reply = await fetch(address, { headers: { authorization: `Bearer ${adminToken}` } })
        expect(reply.status).toBe(200)
        return (await reply.json()) as { events: { number: number; member: string }[]; next: number }
      }
      await expect
        .poll(async () => (await read(0)).events.map((event) => event.member), { timeout: ROUND_MS, interval: 2000 })
        .toContain(member)
      const all = await read(0)
      expect(all.events.find((event) => event.member === member)).toMatchObject({
        type: 'balance_expiring',
        units: 'points',
        quantity: 40,
        last_day: '2026-07-01',
        warning: '7 days',
      })
      expect(all.events.map(({ number }) => number)).toEqual(all.events.map((_, index) => index + 1))
      expect(await read(all.next)).toEqual({ events: [], next: all.next })
      const printed = await regulars(['events', '--account', accountId, '--database-url', databaseUrl, '--json'])
      expect(JSON.parse(printed.stdout)).toEqual(all)
      const stranger = await fetch(`${url}/admin/v1/events?account=${accountId}`, { headers: { authorization: 'Bearer no' } })
      expect(stranger.status).toBe(401)
    },
    ROUND_MS + 30_000,
  )
})
