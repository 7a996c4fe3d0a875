import { describe, expect, it } from 'vitest'
import { type Cart, cart, type Item, redeeming, sale } from './cart.ts'
import { expectRefusal } from './client.ts'
import { applyProgram, useProduct } from './product.ts'
import { DEMO_STORE, houseProgram, OTHER_STORE, type ProgramFile, visitProgram } from './programs.ts'

/** Each campaign of these tests runs in a store of its own, so that one product serves them all. */
const [DOUBLE_STORE, COFFEE_STORE, CAPPED_STORE, NIGHT_STORE] = ['100001', '100002', '100003', '100004'] as const
const stores = [DEMO_STORE, DOUBLE_STORE, COFFEE_STORE, CAPPED_STORE, NIGHT_STORE].map((code) => ({
  code,
  name: `Store ${code}`,
}))
const MINIMUM = '$5 Off from $25'
const TURKEY = 'Drink with two turkey subs'
const coffee: Item = { label: 'Latte', product: 'L', cost: 4.5, categories: ['Coffee'] }

describe('campaigns and groups', () => {
  const brand = useProduct(
    houseProgram({
      stores,
      rewards: {
        minimum: { label: MINIMUM, offer: 'rebate', amount: '5.00', points: 10, when: { min_subtotal: '25.00' } },
        turkey: {
          ...{ label: TURKEY, offer: 'gift', points: 10, buy: { quantity: 2, of: { labels: ['6-inch Turkey'] } } },
          ...{ free: 1, of: { categories: ['Drinks'], exclude: { labels: ['Beer'] } } },
        },
      },
      campaigns: {
        double: { trigger: 'order', when: { stores: [DOUBLE_STORE] }, do: [{ multiply: 2 }] },
        coffee: { trigger: 'order', when: { stores: [COFFEE_STORE] }, items: { categories: ['Coffee'] }, do: [{ multiply: 3 }] },
        capped: { trigger: 'order', when: { stores: [CAPPED_STORE] }, do: [{ multiply: 3 }], cap: { points: 50, per: 'day' } },
        night: { trigger: 'order', when: { stores: [NIGHT_STORE], between: ['01:00', '03:00'] }, do: [{ multiply: 2 }] },
      },
    }),
    { clock: '2026-03-08T06:00:00Z' },
  )

  const earned = async (order: Cart) => {
    const { till } = brand()
    const member = await till.newMember()
    await till.accepted(member, 'completed', order)
    return till.points(member)
  }

  const funded = async () => {
    const { till } = brand()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(30))
    return { till, member }
  }

  it('4. Excluded items do not count towards a minimum, and the refusal names both amounts', async () => {
    const { till, member } = await funded()
    const items = [
      { label: 'Food', cost: 20 },
      { label: 'Gift card load', cost: 25, categories: ['gift cards'] },
    ]
    const order = redeeming(cart(items), await till.rewardId(member, MINIMUM), 5)
    const quoted = await till.accepted(member, 'checkout', order)
    expect(quoted).toMatchObject({ discount: 0, message: expect.stringMatching(/25\.00.*20\.00/) })
    expectRefusal(await till.order(member, 'placed', order), 400, 400)
  })

  it('5. Multiplier: twice the points of 10.50 are 20, rounded and then multiplied', async () => {
    expect(await earned(sale(10.5, { vendor: DOUBLE_STORE }))).toBe(20)
    expect(await earned(sale(0.99, { vendor: DOUBLE_STORE }))).toBe(0)
  })

  it('6. Item bonus: three times on two coffees beside a sandwich gives 17 + 18, and says so', async () => {
    const { till } = brand()
    const member = await till.newMember()
    const order = cart(
      [
        { ...coffee, quantity: 2 },
        { label: 'Sandwich', cost: 8.25 },
      ],
      { vendor: COFFEE_STORE },
    )
    const reply = await till.order(member, 'completed', order, '?explain=1')
    expect(reply.http, reply.text).toBe(200)
    expect(await till.points(member)).toBe(35)
    expect(reply.text).toMatch(/\b17\b/)
    expect(reply.text).toMatch(/\b18\b/)
  })

  it('7. Cap: a campaign gives no more than its cap', async () => {
    const { till } = brand()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(20, { vendor: CAPPED_STORE }))
    expect(await till.points(member)).toBe(60)
    await till.accepted(member, 'completed', sale(20, { vendor: CAPPED_STORE }))
    expect(await till.points(member)).toBe(90)
    await till.accepted(member, 'completed', sale(20, { vendor: CAPPED_STORE }))
    expect(await till.points(member)).toBe(110)
  })

  it('20. Item groups: none is said to be missing, and how many are', async () => {
    const { till, member } = await funded()
    const id = await till.rewardId(member, TURKEY)
    const turkey = (quantity: number): Item => ({ label: '6-INCH TURKEY', product: 'T', cost: 6, quantity })
    const cola: Item = { label: 'Cola', cost: 2, categories: ['DRINKS'] }
    const quote = (items: readonly Item[]) => till.accepted(member, 'checkout', redeeming(cart(items), id, 0))
    const none = await quote([cola])
    expect(none).toMatchObject({ discount: 0, message: expect.stringMatching(/6-inch turkey/i) })
    const one = await quote([turkey(1), cola])
    expect(one).toMatchObject({ discount: 0, message: expect.stringMatching(/\b1\b|\bone\b/i), reason: none.reason })
    expect((await quote([turkey(2), cola])).discount).toBe(2)
    const beer: Item = { label: 'beer', cost: 5, categories: ['Drinks'] }
    expect((await quote([turkey(2), beer, cola])).discount).toBe(2)
    expect((await quote([turkey(2), beer])).discount).toBe(0)
  })

  // The last of its block: the clock only goes forward.
  it('48. Dayparts are in the store’s zone, also when its clocks change', async () => {
    const pointsAt = async (instant: string) => {
      await brand().moveClock(instant)
      return earned(sale(10, { vendor: NIGHT_STORE }))
    }
    expect(await pointsAt('2026-03-08T06:59:00Z')).toBe(20)
    expect(await pointsAt('2026-03-08T07:00:00Z')).toBe(10)
    expect(await pointsAt('2026-11-01T05:30:00Z')).toBe(20)
    expect(await pointsAt('2026-11-01T06:30:00Z')).toBe(20)
    expect(await pointsAt('2026-11-01T08:00:00Z')).toBe(10)
  })
})

describe('settings of earning', () => {
  const PACIFIC = '200001'
  const brand = useProduct(
    houseProgram({
      stores: [
        { code: DOUBLE_STORE, name: 'Double' },
        { code: PACIFIC, name: 'Pacific', timezone: 'America/Los_Angeles' },
      ],
      program: { earn: { points: 1, per: '1.00', rounding: 'multiply_then_round', caps: [{ points: 50, per: 'day' }] } },
      campaigns: { double: { trigger: 'order', when: { stores: [DOUBLE_STORE] }, do: [{ multiply: 2 }] } },
    }),
    { clock: '2026-03-03T04:00:00Z' },
  )

  it('5. multiplied and then rounded, twice the points of 10.50 are 21', async () => {
    const { till } = brand()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(10.5, { vendor: DOUBLE_STORE }))
    expect(await till.points(member)).toBe(21)
  })

  it('7. Cap: 40 earned of 50 a day, an order of 23.00 gives 10, until the store’s midnight', async () => {
    const { till, moveClock } = brand()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(40, { vendor: PACIFIC }))
    // The next day in New York, still the same in Los Angeles.
    await moveClock('2026-03-03T06:00:00Z')
    const reply = await till.order(member, 'completed', sale(23, { vendor: PACIFIC }), '?explain=1')
    expect(reply.http, reply.text).toBe(200)
    expect(reply.text).toMatch(/\b13\b/)
    expect(await till.points(member)).toBe(50)
    await moveClock('2026-03-03T08:00:00Z')
    await till.accepted(member, 'completed', sale(23, { vendor: PACIFIC }))
    expect(await till.points(member)).toBe(73)
  })
})

describe('12. Visits', () => {
  const brand = useProduct(
    visitProgram({
      program: { earn: { visits: 1, of: { categories: ['American'] }, min_interval: '4 hours' }, threshold: 10 },
    }),
    { clock: '2026-03-03T15:00:00Z' },
  )

  it('12. one for each completed order with a qualifying item, at most one in the interval, none for catering', async () => {
    const { till, moveClock } = brand()
    const member = await till.newMember()
    const visits = async (order: Cart) => {
      await till.accepted(member, 'completed', order)
      return till.points(member)
    }
    expect(await visits(cart([{ label: 'Cola', cost: 2, categories: ['Drinks'] }]))).toBe(0)
    expect(await visits(sale(20, { type: 'catering' }))).toBe(0)
    expect(await visits(sale(20))).toBe(1)
    await moveClock('2026-03-03T18:59:00Z')
    expect(await visits(sale(20))).toBe(1)
    expect(await visits(sale(20, { vendor: OTHER_STORE }))).toBe(2)
    await moveClock('2026-03-03T19:00:00Z')
    expect(await visits(sale(20))).toBe(3)
  })
})

describe('23. Restrictions', () => {
  const restricted = (from: string): ProgramFile =>
    houseProgram({
      // Points before the first order, so that every reward can be listed while `first_order` still holds.
      campaigns: { welcome: { trigger: 'registration', do: [{ points: 200 }] } },
      rewards: Object.fromEntries(
        Object.entries({
          stores: { when: { stores: [DEMO_STORE] } },
          sources: { when: { sources: ['instore'] } },
          types: { when: { types: ['regular'] } },
          renditions: { when: { renditions: ['onsite'] } },
          days: { when: { days: ['tue'] } },
          between: { when: { between: ['15:00', '17:00'] } },
          from: { when: { from } },
          until: { when: { until: '2026-02-28' } },
          minimum: { when: { min_subtotal: '50.00' } },
          first: { when: { first_order: true } },
          member: { limits: { per_member: 1 } },
          day: { limits: { per_day: 1 } },
        }).map(([key, limit]) => [key, { label: key, offer: 'rebate', amount: '1.00', points: 1, ...limit }]),
      ),
    })
  // A Tuesday, 15:30 in New York.
  const brand = useProduct(restricted('2026-01-01'), { clock: '2026-02-24T20:30:00Z' })

  it('23. each one refuses with a reason of its own and says what would satisfy it', async () => {
    const { till, moveClock } = brand()
    const member = await till.newMember()
    // Before the first order all but `minimum`'s are open, and a list without a cart cannot know that one.
    const ids = new Map((await till.rewards(member)).map(({ label, id }) => [label, id]))
    await till.accepted(member, 'completed', sale(100))
    const order = (label: string, fields = {}) => redeeming(sale(20, fields), ids.get(label) ?? '', 1)
    await till.accepted(member, 'completed', order('member'))
    await till.accepted(member, 'completed', order('day'))
    const allowed = ['stores', 'sources', 'types', 'renditions', 'days', 'between', 'from', 'until']
    for (const label of allowed) expect((await till.accepted(member, 'checkout', order(label))).discount, label).toBe(1)

    const reasons = new Map<string, string>()
    const refused = async (label: string, names: RegExp, fields = {}) => {
      const quoted = await till.accepted(member, 'checkout', order(label, fields))
      expect(quoted, label).toMatchObject({
        ...{ discount: 0, message: expect.stringMatching(names), reason: expect.stringMatching(/^[a-z_]+$/) },
      })
      const error = expectRefusal(await till.order(member, 'placed', order(label, fields)), 400, 400)
      expect(error.reason, label).toBe(quoted.reason)
      reasons.set(label, quoted.reason ?? '')
    }
    await refused('stores', /999999/, { vendor: OTHER_STORE })
    await refused('sources', /instore/, { source: 'web' })
    await refused('types', /regular/, { type: 'catering' })
    await refused('renditions', /onsite/, { rendition: 'delivery' })
    await refused('minimum', /50\.00/)
    await refused('first', /first/i)
    await refused('member', /once|1/)
    await refused('day', /once|1/)

    await applyProgram(brand(), restricted('2026-04-01'))
    // A Wednesday, 10:00 in New York.
    await moveClock('2026-03-04T15:00:00Z')
    await refused('days', /tue/i)
    await refused('between', /15:00/)
    await refused('from', /2026-04-01/)
    await refused('until', /2026-02-28/)
    expect(new Set(reasons.values()).size, JSON.stringify([...reasons])).toBe(reasons.size)
    expect((await till.accepted(member, 'checkout', order('day'))).discount).toBe(1)
  })
})
