import { describe, expect, it } from 'vitest'
import { type Cart, cart, type Item, redeeming, returning, sale } from './cart.ts'
import { expectRefusal } from './client.ts'
import { type Product, useProduct } from './product.ts'
import { houseProgram, type ProgramChange, R5, thresholdProgram } from './programs.ts'

const A: Item = { label: 'Pizza', product: 'A', cost: 12 }
const B: Item = { label: 'Salad', product: 'B', cost: 8 }
const MINIMUM = '$5 Off from $15'
const FREE_FROM = { minimum: { label: MINIMUM, offer: 'rebate', amount: '5.00', points: 100, when: { min_subtotal: '15.00' } } }

describe('the House program', () => {
  const house = useProduct(houseProgram({ rewards: FREE_FROM }))

  it('39. Partial: a line comes back with its share, the reward with the last', async () => {
    const { till } = house()
    const { member, order } = await completedWith(house(), R5)
    expect(await till.points(member)).toBe(15)
    await till.accepted(member, 'refunded', returning(order, [B]))
    expect(await till.points(member)).toBe(9)
    await till.accepted(member, 'refunded', returning(order, [A]))
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([100, 1])
  })

  it('39. the whole basket at once gives everything back once', async () => {
    const { till } = house()
    const { member, order } = await completedWith(house(), R5)
    await till.accepted(member, 'refunded', order)
    expect(await till.points(member)).toBe(100)
    expectRefusal(await till.order(member, 'refunded', returning(order, [A])), 409, 2000)
  })

  it('39. refunded after billed, before completion: the reward comes back and nothing was earned', async () => {
    const { till } = house()
    const member = await funded(house(), 100)
    const order = redeeming(cart([A, B]), await till.rewardId(member, R5), 5)
    const { id } = await till.accepted(member, 'billed', order)
    expect(await till.points(member)).toBe(0)
    expectRefusal(await till.order(member, 'refunded', { ...order, transaction: 'another' }), 404, 2000)
    await till.accepted(member, 'refunded', { ...order, transaction: id })
    expect(await till.points(member)).toBe(100)
  })

  it('40. Minimum broken by a return: by default the share stays with its line', async () => {
    const { till } = house()
    const { member, order } = await completedWith(house(), MINIMUM)
    await till.accepted(member, 'refunded', returning(order, [B]))
    expect(await till.points(member)).toBe(9)
  })

  it('41. Spent already: the balance goes negative and later earning fills it first', async () => {
    await spendThenRefund(house(), [-30, 10])
  })

  describe('43. Too much', () => {
    it('43. more than was sold is refused, in one call or in several, and the same again is a replay', async () => {
      const { till } = house()
      const { member, order } = await completedWith(house(), R5)
      expectRefusal(await till.order(member, 'refunded', returning(order, [{ ...B, quantity: 2 }])), 400, 2000)
      const refund = returning(order, [B])
      const first = await till.order(member, 'refunded', refund)
      expect((await till.order(member, 'refunded', refund)).text).toBe(first.text)
      expectRefusal(await till.order(member, 'refunded', returning(order, [B])), 400, 2000)
      expectRefusal(await till.order(member, 'refunded', returning(order, [{ ...A, cost: 13 }])), 400, 2000)
      expectRefusal(await till.order(member, 'refunded', returning(order, [{ ...A, product: 'C' }])), 400, 2000)
      expect(await till.points(member)).toBe(9)
    })

    it('43. a known key with other content is 409', async () => {
      const { till } = house()
      const { member, order } = await completedWith(house(), R5)
      const refund = returning(order, [B])
      await till.accepted(member, 'refunded', refund)
      expectRefusal(await till.order(member, 'refunded', { ...returning(order, [A]), refund_id: refund.refund_id }), 409, 2000)
      expect(await till.points(member)).toBe(9)
    })

    it('43. without a refund_id, a basket.uuid of its own tells refunds apart, and else the body does', async () => {
      const { till } = house()
      const member = await till.newMember()
      const order = cart([{ ...A, quantity: 3 }])
      await till.accepted(member, 'completed', order)
      const one = returning(order, [A], { refund_id: undefined })
      const first = await till.order(member, 'refunded', one)
      expect((await till.order(member, 'refunded', one)).text).toBe(first.text)
      expect(await till.points(member)).toBe(24)
      await till.accepted(member, 'refunded', { ...one, basket: { ...one.basket, uuid: 'return-2' } })
      expect(await till.points(member)).toBe(12)
    })

    it('43. two refunds of the same unit at once: one is made', async () => {
      const { till } = house()
      const { member, order } = await completedWith(house(), R5)
      const replies = await Promise.all([1, 2].map(() => till.order(member, 'refunded', returning(order, [B]))))
      expect(replies.map(({ http }) => http).toSorted()).toEqual([200, 400])
      expect(await till.points(member)).toBe(9)
    })
  })

  it('a refund of an unknown order is 404', async () => {
    const { till } = house()
    expectRefusal(await till.order(await till.newMember(), 'refunded', sale(10)), 404, 2000)
  })
})

describe('38. Refunds run on the remaining total', () => {
  const brand = useProduct(houseProgram({ program: { earn: { points: 1, per: '10.00' } } }))

  it('38. 21.90 at 1 point per $10: 5.00 four times and 1.90 reverse 1, 0, 1, 0, 0', async () => {
    const items = [...Array<Item>(4).fill({ label: 'Wrap', product: 'W', cost: 5 }), { label: 'Water', product: 'X', cost: 1.9 }]
    expect(await reversals(items)).toEqual([2, 1, 1, 0, 0, 0])
  })

  it('38. 39.99 in four: 9.99, 10.00, 10.00, 10.00', async () => {
    const items = [9.99, 10, 10, 10].map((cost) => ({ label: 'Plate', product: `P${cost}`, cost }))
    expect(await reversals(items)).toEqual([3, 3, 2, 1, 0])
  })

  /** The balance after an order of these items, and after the refund of each in turn. */
  async function reversals(items: readonly Item[]): Promise<number[]> {
    const { till } = brand()
    const member = await till.newMember()
    const order = cart(items)
    await till.accepted(member, 'completed', order)
    const balances = [await till.points(member)]
    for (const item of items) {
      await till.accepted(member, 'refunded', returning(order, [item]))
      balances.push(await till.points(member))
    }
    return balances
  }
})

describe('40. partial_refunds: readjudicate, 41. refund_shortfall: floor', () => {
  const brand = useProduct(houseWith({ partial_refunds: 'readjudicate', refund_shortfall: 'floor' }))

  it('40. the rules run again on what is left, and the difference is named', async () => {
    const { till } = brand()
    const { member, order } = await completedWith(brand(), MINIMUM)
    const refund = await till.order(member, 'refunded', returning(order, [B]), '?explain=1')
    expect(refund.http, refund.text).toBe(200)
    expect(refund.text).toMatch(/\b3(\.00)?\b|\b300\b/)
    expect(await till.points(member)).toBe(12)
  })

  it('41. the balance stops at 0; what is owed is paid from later earning', async () => {
    await spendThenRefund(brand(), [0, 10])
  })
})

describe('partial_refunds: full, 41. refund_shortfall: forgive', () => {
  const brand = useProduct(houseWith({ partial_refunds: 'full', refund_shortfall: 'forgive' }))

  it('refuses a partial refund and takes a whole one', async () => {
    const { till } = brand()
    const { member, order } = await completedWith(brand(), R5)
    const refused = await till.order(member, 'refunded', returning(order, [B]))
    expect(refused.http, refused.text).toBe(400)
    expect(await till.points(member)).toBe(15)
    await till.accepted(member, 'refunded', order)
    expect(await till.points(member)).toBe(100)
  })

  it('41. what is missing is forgiven', async () => {
    await spendThenRefund(brand(), [0, 40])
  })
})

describe('42. Converted already', () => {
  const brand = useProduct(thresholdProgram())

  it('42. an unused reward is withdrawn', async () => {
    const { till } = brand()
    const member = await till.newMember()
    const order = sale(120)
    await till.accepted(member, 'completed', order)
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([20, 1])
    await till.accepted(member, 'refunded', order)
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([0, 0])
  })

  it('42. for a used one the balance carries the debt', async () => {
    const { till } = brand()
    const member = await till.newMember()
    const order = sale(120)
    await till.accepted(member, 'completed', order)
    await till.accepted(member, 'completed', redeeming(sale(10), await till.rewardId(member, R5), 5))
    await till.accepted(member, 'refunded', order)
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([-95, 0])
    await till.accepted(member, 'completed', sale(205))
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([10, 1])
  })

  it('42. refunding everything, in parts, restores the state before', async () => {
    const { till } = brand()
    const member = await funded(brand(), 70)
    const order = cart([A, { ...B, quantity: 4 }])
    await till.accepted(member, 'completed', order)
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([14, 1])
    for (const item of [B, A, { ...B, quantity: 2 }, B]) await till.accepted(member, 'refunded', returning(order, [item]))
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([70, 0])
  })
})

function houseWith(settings: NonNullable<ProgramChange['settings']>) {
  return houseProgram({ rewards: FREE_FROM, settings })
}

async function funded({ till }: Product, points: number): Promise<string> {
  const member = await till.newMember()
  await till.accepted(member, 'completed', sale(points))
  return member
}

/** A 12.00 and B 8.00 with $5 off (3.00 and 2.00), completed by a member who had just the points for it: 15 are left. */
async function completedWith(product: Product, label: string): Promise<{ member: string; order: Cart }> {
  const { till } = product
  const member = await funded(product, 100)
  const order = redeeming(cart([A, B]), await till.rewardId(member, label), 5)
  await till.accepted(member, 'completed', order)
  return { member, order }
}

/** Balance 20 and a reversal of 50, then 40 earned: gives the balances after each. */
async function spendThenRefund(product: Product, [afterRefund, afterEarning]: readonly [number, number]): Promise<void> {
  const { till } = product
  const member = await funded(product, 70)
  const order = sale(50)
  await till.accepted(member, 'completed', order)
  await till.accepted(member, 'billed', redeeming(sale(20), await till.rewardId(member, R5), 5))
  expect(await till.points(member)).toBe(20)
  await till.accepted(member, 'refunded', order)
  expect(await till.points(member)).toBe(afterRefund)
  await till.accepted(member, 'completed', sale(40))
  expect(await till.points(member)).toBe(afterEarning)
}
