import { describe, expect, it } from 'vitest'
import { house, line } from '../rules/house-program.ts'
import type { OrderDecision } from './desk.ts'
import type { OrderStatus } from './order.ts'
import { ANN, answer, BOB, DAY, photo, REDEEMING, said, TestShop, textOf } from './test-shop.ts'

const STATUSES: readonly OrderStatus[] = ['checkout', 'placed', 'billed', 'completed', 'voided', 'refunded']

describe('which order is meant', () => {
  it('id and basket.uuid are joined by a call that carries both', () => {
    const shop = new TestShop()
    shop.post(ANN, 'checkout', { uuid: 'u' })
    shop.post(ANN, 'placed', { id: 'A', uuid: 'u' })
    expect(shop.orders.size).toBe(1)
    expect(shop.post(ANN, 'placed', { uuid: 'u' }).kind).toBe('replayed')
    shop.post(ANN, 'billed', { id: 'A' })
    expect(shop.keys.get('uuid:u')).toEqual(shop.keys.get('id:A'))
  })

  it('two orders become one while one of them is at checkout, and stay two afterwards', () => {
    const shop = new TestShop()
    shop.post(ANN, 'checkout', { id: 'A' })
    shop.post(ANN, 'placed', { uuid: 'u' })
    expect(said(shop.post(ANN, 'placed', { id: 'A', uuid: 'u', price: 2_500 }))).toBe('accepted')
    expect([shop.orders.size, shop.keys.get('uuid:u')]).toEqual([1, shop.keys.get('id:A')])
    shop.post(ANN, 'placed', { uuid: 'v' })
    expect(said(shop.post(ANN, 'placed', { id: 'A', uuid: 'v' }))).toBe('order_ids_conflict')
  })

  it('a basket.uuid that a placed order of another id has says nothing: the id decides, now and when the call is repeated', () => {
    const shop = new TestShop()
    shop.post(ANN, 'placed', { id: 'A', uuid: 'u' })
    const before = shop.order('A')
    shop.post(ANN, 'checkout', { id: 'B', uuid: 'u', price: 900 })
    const placed = shop.post(ANN, 'placed', { id: 'B', uuid: 'u', price: 900 })
    expect(said(placed)).toBe('accepted')
    expect(shop.post(ANN, 'placed', { id: 'B', uuid: 'u', price: 900 })).toEqual({ kind: 'replayed', text: textOf(placed) })
    expect(shop.order('A')).toEqual(before)
    expect(shop.post(ANN, 'placed', { uuid: 'u' }).kind).toBe('replayed')
  })

  it('without either, a call is answered and nothing is stored', () => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    const before = photo(shop, ANN)
    expect(shop.post(ANN, 'checkout', REDEEMING).kind).toBe('answered')
    expect(shop.post(ANN, 'placed', REDEEMING)).toMatchObject({ kind: 'answered', answer: { discount: 500 } })
    expect(photo(shop, ANN)).toEqual(before)
  })

  it('from placed on, another member or store is refused; a quote may be anybody’s', () => {
    const shop = new TestShop()
    shop.post(ANN, 'checkout', { id: 'A', uuid: 'u1' })
    expect(shop.post(BOB, 'checkout', { id: 'A', uuid: 'u1', store: '888888' }).kind).toBe('accepted')
    shop.post(BOB, 'placed', { id: 'A', store: '888888' })
    for (const status of STATUSES) {
      expect(said(shop.post(ANN, status, { id: 'A', store: '888888' }))).toBe('order_other_member')
      expect(said(shop.post('guest', status, { id: 'A', store: '888888' }))).toBe('order_other_member')
      expect(said(shop.post(BOB, status, { id: 'A' }))).toBe('order_other_store')
    }
  })

  it('every name that a quote was ever given moves with it', () => {
    const shop = new TestShop()
    shop.post('guest', 'checkout', { id: 'A', uuid: 'u1' })
    shop.post('guest', 'checkout', { id: 'A', uuid: 'u2' })
    shop.post(ANN, 'checkout', { id: 'A', uuid: 'u2' })
    expect(said(shop.post(ANN, 'placed', { id: 'A', uuid: 'u1' }))).toBe('accepted')
    expect(new Set([...shop.keys.values()].map(({ ownerId }) => ownerId))).toEqual(new Set([ANN]))
  })
})

describe('36. guests', () => {
  const receiptOf = (decision: OrderDecision): string => answer(decision).receiptCode ?? ''

  it('run the workflow, get a receipt, and touch no member; a reward on it is refused', () => {
    const shop = new TestShop()
    const codes = (['placed', 'billed', 'completed'] as const).map((status) => receiptOf(shop.post('guest', status, { id: 'A' })))
    expect(new Set(codes).size).toBe(1)
    expect(codes[0]).not.toBe('')
    expect(answer(shop.post('guest', 'checkout', { id: 'B', ...REDEEMING }))).toMatchObject({
      discount: 0,
      refusal: { error: 'reward_guest' },
    })
    expect(said(shop.post('guest', 'placed', { id: 'B', ...REDEEMING }))).toBe('reward_guest')
    expect([...shop.orders.values()].every(({ ownerId }) => shop.ledger(ownerId).movements.length === 0)).toBe(true)
  })

  it.each([
    ['placed', 'placed', 'order_other_member'],
    ['placed', 'billed', 'accepted'],
    ['placed', 'completed', 'accepted'],
    ['placed', 'voided', 'order_other_member'],
    ['billed', 'completed', 'accepted'],
    ['billed', 'refunded', 'order_other_member'],
    ['completed', 'completed', 'order_other_member'],
    ['voided', 'completed', 'order_other_member'],
  ] as const)('%s, then %s under a member’s id: %s', (state, status, outcome) => {
    const shop = new TestShop()
    shop.post('guest', state, { id: 'A' })
    expect(said(shop.post(ANN, status, { id: 'A' }))).toBe(outcome)
    if (outcome !== 'accepted') return
    if (status !== 'completed') expect(said(shop.post(ANN, 'completed', { id: 'A' }))).toBe('accepted')
    expect(shop.points(ANN)).toBe(20)
    expect(said(shop.post('guest', status, { id: 'A' }))).toBe('order_other_member')
  })

  it('a completed one is claimed once, by its receipt, and earns what it left after refunds', () => {
    const shop = new TestShop()
    const lines = [line('soup', 1_200), line('tea', 800)]
    const code = receiptOf(shop.post('guest', 'completed', { id: 'A', lines }))
    shop.post('guest', 'refunded', { id: 'A', lines: [line('tea', 800)] })
    const claimed = shop.claim(ANN, code)
    expect(answer(claimed)).toMatchObject({ status: 'completed', earned: 12 })
    expect(shop.claim(ANN, code)).toEqual({ kind: 'replayed', text: textOf(claimed) })
    expect(said(shop.claim(BOB, code))).toBe('receipt_already_claimed')
    expect([shop.points(ANN), shop.points(BOB)]).toEqual([12, 0])
    expect(answer(shop.post(ANN, 'refunded', { id: 'A', lines: [line('soup', 1_200)] })).refund).toEqual({
      amount: 1_200,
      reversed: 12,
    })
    expect(shop.points(ANN)).toBe(0)
  })

  it.each(['placed', 'billed', 'voided'] as const)('a %s one cannot be claimed by its receipt', (status) => {
    const shop = new TestShop()
    const code = receiptOf(shop.post('guest', 'placed', { id: 'A' }))
    if (status !== 'placed') shop.post('guest', status, { id: 'A' })
    expect(shop.claim(ANN, code)).toMatchObject({ refusal: { error: 'claim_not_completed', facts: { state: status } } })
  })

  it('a receipt nobody gave out, and one of an order that a member took over, is not found', () => {
    const shop = new TestShop()
    expect(said(shop.claim(ANN, 'NOPE'))).toBe('receipt_not_found')
    const code = receiptOf(shop.post('guest', 'placed', { id: 'A' }))
    shop.post(ANN, 'completed', { id: 'A' })
    expect(said(shop.claim(BOB, code))).toBe('receipt_not_found')
  })

  it('earns by the rules of its own date', () => {
    const shop = new TestShop(
      house({ program: { type: 'points_banking', earn: { points: 1, per: '1.00' }, expire: { after: '30 days' } } }),
    )
    const code = receiptOf(shop.post('guest', 'completed', { id: 'A' }))
    shop.now += 29 * DAY
    expect(answer(shop.claim(ANN, code)).earned).toBe(20)
    expect(shop.points(ANN)).toBe(20)
    shop.now += 3 * DAY
    expect(shop.points(ANN)).toBe(0)
  })
})
