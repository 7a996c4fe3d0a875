import { describe, expect, it } from 'vitest'
import { issueLot } from '../ledger/earnings.ts'
import { house, line } from '../rules/house-program.ts'
import { ANN, answer, DAY, type Saying, said, TestShop } from './test-shop.ts'

/* What a return does to the rest of the order, and what comes back with its last item. */

const SOUP = line('soup', 1_200)
const TEA = line('tea', 800)
const CAKE = line('cake', 500)
const LINES = [SOUP, TEA, CAKE]

/** Amount and difference of each return, one line at a time. */
function returnEach(shop: TestShop, id: string, lines = LINES): { amount: number; difference?: number }[] {
  return lines.map((one, n) => {
    const { refund } = answer(shop.post(ANN, 'refunded', { id, lines: [one], refundId: `r${n}` }))
    if (!refund) throw new Error('a return is answered with what comes back')
    return { amount: refund.amount, ...('difference' in refund && { difference: refund.difference }) }
  })
}

describe('40. a reward that is priced again on what stays', () => {
  const treat = { label: 'Treat', amount: '5.00', points: 100, when: { min_subtotal: '15.00' } }
  const readjudicating = house({ rewards: { r5: treat }, settings: { partial_refunds: 'readjudicate' } })

  it.each<[string, Partial<Saying>, object[]]>([
    // 5.00 fall as 2.40, 1.60 and 1.00. Without the soup 13.00 are left, below the minimum: 2.60 are no longer given.
    [
      'paid with points',
      { reward: { id: 'P_2001', discount: 500 } },
      [{ amount: 960 - 260, difference: 260 }, { amount: 800 }, { amount: 500 }],
    ],
    [
      'issued',
      { reward: { id: '2001', discount: 500 } },
      [{ amount: 960 - 260, difference: 260 }, { amount: 800 }, { amount: 500 }],
    ],
    // The shop's own 2.50 (1.20, 0.80, 0.50) lower the prices: the reward falls as 2.40, 1.60, 1.00 again.
    [
      'beside a discount of the shop',
      { reward: { id: 'P_2001', discount: 500 }, shop: 250 },
      [{ amount: 1_080 - 240 - 260, difference: 260 }, { amount: 720 }, { amount: 450 }],
    ],
  ])('%s: what it no longer gives comes off, once, and all returns together are what was paid', (_, saying, expected) => {
    const shop = new TestShop(readjudicating)
    shop.give(ANN, 100)
    shop.give(ANN, 1, 'reward:r5')
    expect(said(shop.post(ANN, 'completed', { id: 'A', lines: LINES, ...saying }))).toBe('accepted')
    const returns = returnEach(shop, 'A')
    expect(returns).toEqual(expected)
    expect(returns.reduce((sum, { amount }) => sum + amount, 0)).toBe(2_500 - 500 - (saying.shop ?? 0))
    expect([shop.points(ANN), shop.ledger(ANN).balance('reward:r5', shop.now)]).toEqual([100, 1])
  })

  it('gives as much on what stays, or more: then nothing comes off', () => {
    const ten = house({ settings: { partial_refunds: 'readjudicate' } })
    const shop = new TestShop(ten)
    shop.give(ANN, 150)
    expect(said(shop.post(ANN, 'completed', { id: 'A', lines: LINES, reward: { id: 'P_2002', discount: 250 } }))).toBe('accepted')
    expect(returnEach(shop, 'A')).toEqual([{ amount: 1_080 }, { amount: 720 }, { amount: 450 }])
  })
})

describe('a campaign with a budget, when a part of its order comes back', () => {
  it.each([
    ['nothing is left of it', 0],
    ['something is left of it', 40],
  ])('keeps what the order had of it, though %s', (_, left) => {
    const shop = new TestShop(house({ campaigns: { promo: { trigger: 'order', do: [{ points: 25 }], budget: { points: 25 } } } }))
    shop.reserved = { 'points:promo': 25 }
    expect(answer(shop.post(ANN, 'completed', { id: 'A', lines: LINES })).earned).toBe(50)
    shop.reserved = { 'points:promo': left }
    expect(answer(shop.post(ANN, 'refunded', { id: 'A', lines: [CAKE] })).refund).toEqual({ amount: 500, reversed: 5 })
    expect(shop.points(ANN)).toBe(45)
  })

  it('counts what the order still has, and nothing twice', () => {
    const shop = new TestShop(house({ program: { type: 'visits', threshold: 10, reward: 'r5' } }))
    shop.post(ANN, 'completed', { id: 'A', lines: LINES })
    shop.post(ANN, 'refunded', { id: 'A', lines: [CAKE] })
    expect(shop.ledger(ANN).wallet().tallies).toMatchObject({ orders: 1, visits: 1 })
    shop.post(ANN, 'refunded', { id: 'A', lines: [SOUP, TEA] })
    expect(Object.values(shop.ledger(ANN).wallet().tallies).every((count) => count === 0)).toBe(true)
  })
})

describe('points that reach the threshold', () => {
  const threshold = house({
    program: { type: 'points', earn: { points: 5, per: '1.00' }, threshold: 100, reward: 'r5' },
    rewards: { r5: { label: '$5 Off', amount: '5.00', expire: { after: '30 days' } } },
  })

  it('become its reward, once for each time, which ends when it says', () => {
    const shop = new TestShop(threshold)
    shop.post(ANN, 'completed', { id: 'A', price: 4_500 })
    expect([shop.points(ANN), shop.ledger(ANN).balance('reward:r5', shop.now)]).toEqual([25, 2])
    expect(shop.ledger(ANN).balance('reward:r5', shop.now + 29 * DAY)).toBe(2)
    expect(shop.ledger(ANN).balance('reward:r5', shop.now + 32 * DAY)).toBe(0)
  })

  it('stay points where the program has none', () => {
    const shop = new TestShop(house({ program: { type: 'points', earn: { points: 5, per: '1.00' } } }))
    shop.post(ANN, 'completed', { id: 'A', price: 4_500 })
    expect([shop.points(ANN), shop.ledger(ANN).balance('reward:r5', shop.now)]).toEqual([225, 0])
  })
})

describe('42. what comes back expired', () => {
  const expiring = (shop: TestShop, asset: string, quantity: number) =>
    shop
      .ledger(ANN)
      .at(shop.now, (book) =>
        issueLot(book, { asset, quantity, expiresAt: shop.now + 2 * DAY, orderUid: null, cause: 'grant', at: book.now }),
      )

  it.each([
    ['a reward, with the grace of rewards', { rewards: '7 days', points: '0 days' }, '2001', [0, 1]],
    ['a reward, without any', { rewards: '0 days', points: '7 days' }, '2001', [0, 0]],
    ['points, with the grace of points', { rewards: '0 days', points: '7 days' }, 'P_2001', [100, 0]],
    ['points, without any', { rewards: '7 days', points: '0 days' }, 'P_2001', [0, 0]],
  ] as const)('is good again for a while: %s', (_, return_grace, id, [points, rewards]) => {
    const shop = new TestShop(house({ settings: { return_grace } }))
    if (id === '2001') expiring(shop, 'reward:r5', 1)
    else expiring(shop, 'points', 100)
    shop.post(ANN, 'billed', { id: 'A', price: 2_000, reward: { id, discount: 500 } })
    shop.now += 5 * DAY
    expect(said(shop.post(ANN, 'voided', { id: 'A' }))).toBe('accepted')
    const balances = () => [shop.points(ANN), shop.ledger(ANN).balance('reward:r5', shop.now)]
    expect(balances()).toEqual([points, rewards])
    shop.now += 8 * DAY
    expect(balances()).toEqual([0, 0])
  })
})

describe('a refusal of a return says what it is about', () => {
  it.each<[string, Saying, object]>([
    ['order_not_found', { id: 'B' }, { orderId: 'B' }],
    ['transaction_not_found', { id: 'A', transactionId: 't9' }, { transactionId: 't9', orderId: 'A' }],
    ['refund_exceeds_order', { id: 'A', lines: [line('tea', 800, { quantity: 3 })] }, { what: '3 × tea', left: '1 × tea' }],
  ])('%s', (error, saying, facts) => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A', lines: LINES })
    expect(shop.post(ANN, 'refunded', saying)).toMatchObject({ refusal: { error, facts } })
  })

  it('a key that was used for something else, and an order that is wholly back', () => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A', lines: LINES })
    shop.post(ANN, 'refunded', { id: 'A', lines: [CAKE], refundId: 'r1' })
    expect(shop.post(ANN, 'refunded', { id: 'A', lines: [TEA], refundId: 'r1' })).toMatchObject({
      refusal: { error: 'same_key_other_content', facts: { key: 'refund:id:r1', status: 'refunded' } },
    })
    shop.post(ANN, 'refunded', { id: 'A', lines: [SOUP, TEA], refundId: 'r2' })
    expect(shop.post(ANN, 'refunded', { id: 'A', lines: [CAKE], refundId: 'r3' })).toMatchObject({
      refusal: { error: 'order_refunded', facts: { orderId: 'A', status: 'refunded' } },
    })
  })
})

describe('what a return leaves is priced and counted as if it had been all', () => {
  it('a reward that gives less on what stays, and still something', () => {
    const treat = { label: 'A cake with each soup', points: 100, free: 1, of: { categories: ['cake'] } }
    const withSoup = { ...treat, buy: { quantity: 1, of: { categories: ['soup'] } } }
    const shop = new TestShop(house({ rewards: { r5: withSoup }, settings: { partial_refunds: 'readjudicate' } }))
    shop.give(ANN, 100)
    const lines = [line('soup', 1_200, { quantity: 2 }), line('cake', 500, { quantity: 2 })]
    expect(said(shop.post(ANN, 'completed', { id: 'A', lines, reward: { id: 'P_2001', discount: 1_000 } }))).toBe('accepted')
    expect(returnEach(shop, 'A', [SOUP, SOUP, CAKE, CAKE])).toEqual([
      { amount: 1_200 - 500, difference: 500 },
      { amount: 1_200 - 500, difference: 500 },
      { amount: 500 },
      { amount: 500 },
    ])
  })

  it('the cap of a day that the order itself had used is its own again', () => {
    const capped = house({ program: { earn: { points: 1, per: '1.00', caps: [{ points: 20, per: 'day' }] } } })
    const shop = new TestShop(capped)
    shop.post(ANN, 'completed', { id: 'A', lines: [line('soup', 2_500), CAKE] })
    expect(shop.points(ANN)).toBe(20)
    expect(answer(shop.post(ANN, 'refunded', { id: 'A', lines: [CAKE], refundId: 'r' })).refund).toMatchObject({ reversed: 0 })
    expect(shop.points(ANN)).toBe(20)
    shop.post(ANN, 'completed', { id: 'B', lines: [CAKE] })
    expect(shop.points(ANN)).toBe(20)
  })

  it.each(['per_member', 'per_day'] as const)('a reward that came back counts no more against its limit (%s)', (limit) => {
    const shop = new TestShop(house({ rewards: { r5: { label: 'It', amount: '5.00', points: 100, limits: { [limit]: 1 } } } }))
    shop.give(ANN, 300)
    const redeeming = { lines: LINES, reward: { id: 'P_2001', discount: 500 } }
    expect(said(shop.post(ANN, 'completed', { id: 'A', ...redeeming }))).toBe('accepted')
    expect(said(shop.post(ANN, 'placed', { id: 'B', ...redeeming }))).not.toBe('accepted')
    expect(said(shop.post(ANN, 'refunded', { id: 'A', lines: LINES }))).toBe('accepted')
    expect(said(shop.post(ANN, 'completed', { id: 'C', ...redeeming }))).toBe('accepted')
    expect(said(shop.post(ANN, 'placed', { id: 'D', ...redeeming }))).not.toBe('accepted')
  })
})
