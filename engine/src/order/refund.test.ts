import { describe, expect, it } from 'vitest'
import { house, line } from '../rules/house-program.ts'
import { ANN, answer, photo, REDEEMING, type Saying, said, TestShop, textOf } from './test-shop.ts'

describe('refunds', () => {
  const soup = line('soup', 1_200)
  const tea = line('tea', 800)

  it('38. run on the remaining total: many small ones and one large one end the same', () => {
    const shop = new TestShop(house({ program: { type: 'points_banking', earn: { points: 1, per: '10.00' } } }))
    const lines = [...Array.from({ length: 4 }, () => line('roll', 500)), line('bun', 190)]
    expect(answer(shop.post(ANN, 'completed', { id: 'A', lines })).earned).toBe(2)
    const coming = [...lines.slice(0, 4), line('bun', 190)].map((one, n) => ({ id: 'A', lines: [one], refundId: `r${n}` }))
    const reversed = coming.map((saying) => answer(shop.post(ANN, 'refunded', saying)).refund?.reversed)
    expect(reversed).toEqual([1, 0, 1, 0, 0])
    expect([shop.points(ANN), shop.order('A')?.state]).toEqual([0, 'refunded'])
  })

  it('39. give back what was paid; the reward comes back with the last item, once', () => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    expect(answer(shop.post(ANN, 'completed', { id: 'A', lines: [soup, tea], reward: REDEEMING.reward })).earned).toBe(15)
    expect(answer(shop.post(ANN, 'refunded', { id: 'A', lines: [tea] })).refund).toEqual({ amount: 600, reversed: 6 })
    expect([shop.points(ANN), shop.order('A')?.state]).toEqual([9, 'completed'])
    expect(answer(shop.post(ANN, 'refunded', { id: 'A', lines: [soup] })).refund).toEqual({ amount: 900, reversed: 9 })
    expect([shop.points(ANN), shop.order('A')?.state]).toEqual([100, 'refunded'])
  })

  it.each([
    ['keep', { amount: 800, reversed: 8 }, 7],
    ['readjudicate', { amount: 300, reversed: 8, difference: 500 }, 7],
  ] as const)('40. a minimum that a return breaks: %s', (partial_refunds, refund, left) => {
    const treat = { label: 'Treat', amount: '5.00', points: 100, of: { products: ['soup'] }, when: { min_subtotal: '15.00' } }
    const shop = new TestShop(house({ rewards: { r5: { ...treat, of: undefined } }, settings: { partial_refunds } }))
    shop.give(ANN, 100)
    const lines = [soup, tea]
    expect(answer(shop.post(ANN, 'completed', { id: 'A', lines, reward: REDEEMING.reward })).earned).toBe(15)
    const answered = answer(shop.post(ANN, 'refunded', { id: 'A', lines: [tea] })).refund
    // R5 falls as 3.00 and 2.00 on the two: what comes back was paid with 6.00, and what stays loses its 3.00.
    expect(answered).toEqual(
      partial_refunds === 'keep' ? { ...refund, amount: 600, reversed: 6 } : { amount: 300, reversed: 3, difference: 300 },
    )
    expect(shop.points(ANN)).toBe(partial_refunds === 'keep' ? left + 2 : 12)
  })

  it('full: a part is refused, the whole is taken', () => {
    const shop = new TestShop(house({ settings: { partial_refunds: 'full' } }))
    shop.post(ANN, 'completed', { id: 'A', lines: [soup, tea] })
    expect(said(shop.post(ANN, 'refunded', { id: 'A', lines: [tea] }))).toBe('partial_refund_not_allowed')
    expect(answer(shop.post(ANN, 'refunded', { id: 'A', lines: [tea, soup] })).refund).toEqual({ amount: 2_000, reversed: 20 })
    expect(shop.order('A')?.state).toBe('refunded')
  })

  it('43. more than was sold is refused, in one call or in several', () => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A', lines: [line('tea', 800, { quantity: 2 }), soup] })
    const back = (quantity: number, refundId: string): Saying => ({ id: 'A', lines: [line('tea', 800, { quantity })], refundId })
    expect(said(shop.post(ANN, 'refunded', back(3, 'r1')))).toBe('refund_exceeds_order')
    expect(said(shop.post(ANN, 'refunded', back(1, 'r2')))).toBe('accepted')
    const before = photo(shop, ANN)
    expect(said(shop.post(ANN, 'refunded', back(2, 'r3')))).toBe('refund_exceeds_order')
    expect(said(shop.post(ANN, 'refunded', { id: 'A', lines: [line('cake', 100)] }))).toBe('refund_exceeds_order')
    expect(photo(shop, ANN)).toEqual(before)
    expect(said(shop.post(ANN, 'refunded', back(1, 'r4')))).toBe('accepted')
  })

  it.each([
    ['its refund_id', { refundId: 'r1' }, { refundId: 'r2' }],
    ['a basket.uuid of its own', { uuid: 'r1' }, { uuid: 'r2' }],
  ] as const)('43. the same refund again is a replay: known by %s', (_, one, other) => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A', uuid: 'order', lines: [line('tea', 800, { quantity: 4 })] })
    const back = { id: 'A', lines: [line('tea', 800)] }
    const first = shop.post(ANN, 'refunded', { ...back, ...one })
    expect(shop.post(ANN, 'refunded', { ...back, ...one })).toEqual({ kind: 'replayed', text: textOf(first) })
    expect(said(shop.post(ANN, 'refunded', { ...back, ...one, lines: [line('tea', 800, { quantity: 2 })] }))).toBe(
      'same_key_other_content',
    )
    expect(said(shop.post(ANN, 'refunded', { ...back, ...other }))).toBe('accepted')
    expect(shop.points(ANN)).toBe(16)
  })

  it('43. without a key a refund is known by its body, the order’s own basket.uuid notwithstanding', () => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A', uuid: 'order', lines: [line('tea', 800, { quantity: 4 })] })
    const back = { id: 'A', uuid: 'order', lines: [line('tea', 800)] }
    expect(said(shop.post(ANN, 'refunded', back))).toBe('accepted')
    expect(said(shop.post(ANN, 'refunded', back))).toBe('replayed')
    expect(said(shop.post(ANN, 'refunded', { ...back, lines: [line('tea', 800, { quantity: 3 })] }))).toBe('accepted')
  })

  it('of a transaction that is not this order’s is not found', () => {
    const shop = new TestShop()
    const { transactionId } = answer(shop.post(ANN, 'completed', { id: 'A' }))
    expect(said(shop.post(ANN, 'refunded', { id: 'A', transactionId: 'other' }))).toBe('transaction_not_found')
    expect(said(shop.post(ANN, 'refunded', { id: 'A', transactionId }))).toBe('accepted')
  })

  it('37. a void after billed brings the points back, once', () => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    shop.post(ANN, 'billed', { id: 'A', ...REDEEMING })
    expect(shop.points(ANN)).toBe(0)
    shop.post(ANN, 'voided', { id: 'A', ...REDEEMING })
    shop.post(ANN, 'voided', { id: 'A', ...REDEEMING })
    expect(shop.points(ANN)).toBe(100)
    expect(shop.ledger(ANN).lots()).toEqual([[100, 0, 0]])
  })

  it.each([
    ['owe', -100],
    ['forgive', 0],
  ] as const)('41. of points that were spent meanwhile: %s', (refund_shortfall, left) => {
    const shop = new TestShop(house({ settings: { refund_shortfall } }))
    shop.post(ANN, 'completed', { id: 'A', price: 10_000 })
    shop.post(ANN, 'billed', { id: 'B', ...REDEEMING })
    shop.post(ANN, 'refunded', { id: 'A', price: 10_000 })
    expect(shop.points(ANN)).toBe(left)
  })

  it('take back what a campaign granted with the last item, and not before', () => {
    const shop = new TestShop(house({ campaigns: { treat: { trigger: 'order', do: [{ grant: 'r5' }] } } }))
    const rewards = () => shop.ledger(ANN).balance('reward:r5', shop.now)
    shop.post(ANN, 'completed', { id: 'A', lines: [soup, tea] })
    expect(rewards()).toBe(1)
    shop.post(ANN, 'refunded', { id: 'A', lines: [tea] })
    expect(rewards()).toBe(1)
    shop.post(ANN, 'refunded', { id: 'A', lines: [soup] })
    expect(rewards()).toBe(0)
  })

  it('repeated after the whole came back get the answer that was given', () => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A' })
    const whole = shop.post(ANN, 'refunded', { id: 'A', refundId: 'r1' })
    expect(shop.post(ANN, 'refunded', { id: 'A', refundId: 'r2' })).toEqual({ kind: 'replayed', text: textOf(whole) })
  })
})
