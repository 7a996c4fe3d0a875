import { describe, expect, it } from 'vitest'
import { cart, type Item, redeeming, returning, sale } from './cart.ts'
import type { Till } from './client.ts'
import { expectRefusal } from './client.ts'
import { useProduct } from './product.ts'
import { FREE_COFFEE, houseProgram, R5, stampProgram, thresholdProgram } from './programs.ts'

const food = (cost: number, quantity = 1): Item => ({
  label: 'Food',
  product: `F${cost}`,
  cost,
  quantity,
  categories: ['American'],
})

describe('the House program', () => {
  const TEN_OFF = '$10 Off'
  const house = useProduct(
    houseProgram({ rewards: { 'ten-off': { label: TEN_OFF, offer: 'rebate', amount: '10.00', points: 20 } } }),
  )

  const earned = async (items: readonly Item[], fields = {}) => {
    const { till } = house()
    const member = await till.newMember()
    await till.accepted(member, 'completed', cart(items, fields))
    return till.points(member)
  }

  it('1. Basis: tax, tip and delivery earn nothing', async () => {
    const items = [food(10.75), food(4.5), food(2)]
    expect(await earned(items, { tax: 1.42, tip: 3, delivery: 4.99, total: 26.66 })).toBe(17)
    expect(await earned([food(8.99, 2), food(3.05)], { tax: 99.99, total: 121.02 })).toBe(21)
  })

  it('1. Basis: priced modifiers count, as often as their line and themselves', async () => {
    const modifiers = [{ label: 'Bacon', cost: 0.75, quantity: 2, modifiers: [{ label: 'Extra crisp', cost: 0.25 }] }]
    expect(await earned([{ ...food(6), quantity: 2, modifiers }])).toBe(16)
  })

  it.each([
    [[5.75, 4.75], 10],
    [[0.99, 0.99, 0.99], 2],
    [[0.5, 0.49], 0],
    [[0.5, 0.5], 1],
  ])('2. Round once, down: %j gives %i', async (costs, points) => {
    expect(await earned(costs.map((cost) => food(cost)))).toBe(points)
  })

  it('3. After the discount: R5 on 17.25 leaves 12.25, which earns 12', async () => {
    const { till } = house()
    const member = await funded(till, 100)
    const order = redeeming(cart([food(10.75), food(4.5), food(2)]), await till.rewardId(member, R5), 5)
    await till.run(member, ['checkout', 'placed', 'billed', 'completed'], order)
    expect(await till.points(member)).toBe(12)
  })

  it('3. After the discount: the shop’s own discount earns nothing either', async () => {
    expect(await earned([food(20)], { discount: 3.5 })).toBe(16)
  })

  it('4. Excluded items earn nothing', async () => {
    expect(await earned([food(20), { label: 'Gift card load', cost: 25, categories: ['Gift cards'] }])).toBe(20)
  })

  it('8. Nothing to pay: a reward takes no more than there is, and says what is forfeited', async () => {
    const { till } = house()
    const member = await funded(till, 20)
    const order = redeeming(sale(7, { total: 0 }), await till.rewardId(member, TEN_OFF), 7)
    const quote = await till.order(member, 'checkout', order, '?explain=1')
    expect(quote.http, quote.text).toBe(200)
    expect(quote.body.transaction.discount).toBe(7)
    expect(quote.text).toMatch(/forfeit/i)
    await till.run(member, ['placed', 'billed', 'completed'], order)
    expect(await till.points(member)).toBe(0)
  })
})

describe('9. Currencies', () => {
  describe('the yen has no decimals', () => {
    const brand = useProduct(
      houseProgram({
        account: { currency: 'JPY', country: 'JP', timezone: 'Asia/Tokyo' },
        stores: [{ code: '999999', name: 'Shinjuku', timezone: 'Asia/Tokyo' }],
        program: { earn: { points: 1, per: '100' } },
        rewards: {
          'five-off': { label: R5, offer: 'rebate', amount: '500', points: 10 },
          'ten-percent': { label: '10% Off', offer: 'discount', percent: 10, max: '300', points: 15 },
        },
      }),
    )

    it('9. ¥1,999 at 1 point per ¥100 gives 19', async () => {
      const { till } = brand()
      const member = await till.newMember({ phone: '0312345678' })
      await till.accepted(member, 'completed', sale(1999))
      expect(await till.points(member)).toBe(19)
    })

    it('9. half a yen is refused, and ¥500 off takes whole yen', async () => {
      const { till } = brand()
      const member = await till.newMember({ phone: '0312345679' })
      expectRefusal(await till.order(member, 'completed', sale(199.5)), 400, 2000)
      await till.accepted(member, 'completed', sale(1000))
      const order = redeeming(sale(1499), await till.rewardId(member, R5), 500)
      expect((await till.accepted(member, 'completed', order)).discount).toBe(500)
      expect(await till.points(member)).toBe(9)
    })
  })

  describe('the dinar has three', () => {
    const brand = useProduct(
      houseProgram({
        account: { currency: 'KWD', country: 'KW', timezone: 'Asia/Kuwait' },
        program: { earn: { points: 1, per: '0.001' } },
        rewards: {
          'five-off': { label: R5, offer: 'rebate', amount: '0.500', points: 100 },
          'ten-percent': { label: '10% Off', offer: 'discount', percent: 10, max: '0.300', points: 150 },
        },
      }),
    )

    it('9. three times 1.333 KWD is 3.999, to the fils', async () => {
      const { till } = brand()
      const member = await till.newMember({ phone: '22281234' })
      await till.accepted(member, 'completed', cart([food(1.333, 3)]))
      expect(await till.points(member)).toBe(3999)
      const order = redeeming(sale(2.005), await till.rewardId(member, '10% Off'), 0.201)
      expect((await till.accepted(member, 'checkout', order)).discount).toBe(0.201)
    })

    it('9. a fourth decimal is refused', async () => {
      const { till } = brand()
      const member = await till.newMember({ phone: '22281235' })
      expectRefusal(await till.order(member, 'completed', sale(1.2345, { subtotal: '1.2345' })), 400, 2000)
      expect(await till.points(member)).toBe(0)
    })
  })
})

describe('10. Threshold', () => {
  const brand = useProduct(thresholdProgram())

  it.each([
    { before: 95, order: 12, rewards: 1, left: 7 },
    { before: 0, order: 250, rewards: 2, left: 50 },
    { before: 0, order: 100, rewards: 1, left: 0 },
    { before: 99, order: 0.99, rewards: 0, left: 99 },
  ])(
    '10. $before points and an order of $order give $rewards rewards and leave $left',
    async ({ before, order, rewards, left }) => {
      const { till } = brand()
      const member = before > 0 ? await funded(till, before) : await till.newMember()
      await till.accepted(member, 'completed', sale(order))
      const balance = await till.balance(member)
      expect(balance).toMatchObject({ quantity: left, units: 'points', spend_threshold: 100, label: R5 })
      expect(balance.rewards.reduce((sum, reward) => sum + reward.quantity, 0)).toBe(rewards)
      expect(await till.rewardCount(member, R5)).toBe(rewards)
    },
  )
})

describe('11. Stamps', () => {
  const brand = useProduct(stampProgram())
  const coffees = (quantity: number): Item => ({ label: 'Coffee', product: 'C1', cost: 3.5, quantity, categories: ['Coffee'] })

  const stamped = async (till: Till, stamps: number) => {
    const member = await till.newMember()
    await till.accepted(member, 'completed', cart([coffees(stamps)]))
    return member
  }

  it('11. one for each qualifying unit; the tenth turns into a reward', async () => {
    const { till } = brand()
    const member = await stamped(till, 9)
    await till.accepted(member, 'completed', cart([coffees(4), { label: 'Cake', cost: 4, categories: ['Desserts'] }]))
    expect(await till.balance(member)).toMatchObject({ quantity: 3, units: 'stamps', spend_threshold: 10, label: FREE_COFFEE })
    expect(await till.rewardCount(member, FREE_COFFEE)).toBe(1)
  })

  it('11. refunding three of four keeps the reward and takes the stamps; the fourth withdraws it', async () => {
    const { till } = brand()
    const member = await stamped(till, 9)
    const order = cart([coffees(4)])
    await till.accepted(member, 'completed', order)
    await till.accepted(member, 'refunded', returning(order, [coffees(3)]))
    expect([await till.points(member), await till.rewardCount(member, FREE_COFFEE)]).toEqual([0, 1])
    await till.accepted(member, 'refunded', returning(order, [coffees(1)]))
    expect([await till.points(member), await till.rewardCount(member, FREE_COFFEE)]).toEqual([9, 0])
  })
})

async function funded(till: Till, points: number): Promise<string> {
  const member = await till.newMember()
  await till.accepted(member, 'completed', sale(points))
  return member
}
