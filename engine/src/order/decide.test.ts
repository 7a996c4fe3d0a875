import { describe, expect, it } from 'vitest'
import { house, line, NOON } from '../rules/house-program.ts'
import type { Order, OrderStatus } from './order.ts'
import { ANN, answer, DAY, HOUR, photo, REDEEMING, type Saying, said, TestShop, textOf } from './test-shop.ts'

const STATUSES: readonly OrderStatus[] = ['checkout', 'placed', 'billed', 'completed', 'voided', 'refunded']

describe('the workflow', () => {
  // A missing cell is a refusal. The same table as the contract's, which the engine may not import.
  const table: Record<Order['state'] | 'none', Partial<Record<OrderStatus, Order['state']>>> = {
    none: { checkout: 'checkout', placed: 'placed', billed: 'billed', completed: 'completed', voided: 'voided' },
    checkout: { checkout: 'checkout', placed: 'placed', billed: 'billed', completed: 'completed', voided: 'voided' },
    placed: { checkout: 'placed', placed: 'placed', billed: 'billed', completed: 'completed', voided: 'voided' },
    billed: { completed: 'completed', voided: 'voided', refunded: 'refunded' },
    completed: { refunded: 'refunded' },
    voided: {},
    refunded: {},
  }
  const ways: Record<keyof typeof table, OrderStatus[]> = {
    none: [],
    checkout: ['checkout'],
    placed: ['placed'],
    billed: ['billed'],
    completed: ['completed'],
    voided: ['voided'],
    refunded: ['completed', 'refunded'],
  }
  const cells = Object.keys(table).flatMap((state) => STATUSES.map((status) => [state as keyof typeof table, status] as const))

  it.each(cells)('%s, %s', (state, status) => {
    const shop = new TestShop()
    for (const way of ways[state]) expect(said(shop.post(ANN, way, { id: 'A' }))).toBe('accepted')
    const next = table[state][status]
    const before = photo(shop, ANN)
    // Where the table has no cell, with another cart, so that no memory answers; another cart may also be placed anew.
    const price = next === undefined || status === 'placed' ? 3_000 : 2_000
    const outcome = shop.post(ANN, status, { id: 'A', price })
    expect(outcome.kind === 'refused').toBe(next === undefined)
    expect(shop.order('A')?.state ?? 'none').toBe(next ?? state)
    if (next === undefined) expect(photo(shop, ANN)).toEqual(before)
  })

  it.each([
    ['none', 'refunded', 'order_not_found'],
    ['checkout', 'refunded', 'order_state_forbids'],
    ['placed', 'refunded', 'order_state_forbids'],
    ['billed', 'checkout', 'order_state_forbids'],
    ['completed', 'voided', 'order_state_forbids'],
    ['completed', 'billed', 'same_key_other_content'],
    ['voided', 'placed', 'order_voided'],
    ['voided', 'checkout', 'order_voided'],
    ['voided', 'refunded', 'order_voided'],
    ['refunded', 'completed', 'order_refunded'],
    ['refunded', 'refunded', 'order_refunded'],
  ] as const)('%s, %s is refused as %s', (state, status, error) => {
    const shop = new TestShop()
    for (const way of ways[state]) shop.post(ANN, way, { id: 'A' })
    expect(said(shop.post(ANN, status, { id: 'A', price: 3_000 }))).toBe(error)
  })

  it('33. skipping does the work of every step, once', () => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    expect(answer(shop.post(ANN, 'completed', { id: 'A', ...REDEEMING }))).toMatchObject({ discount: 500, earned: 15 })
    expect(shop.ledger(ANN).movements.map(({ cause }) => cause)).toEqual(['grant', 'hold', 'capture', 'earn'])
    expect(shop.points(ANN)).toBe(15)
  })

  it('33. strict_sequence refuses skipping, and names the step that is due', () => {
    const shop = new TestShop(house({ settings: { strict_sequence: true } }))
    expect(shop.post(ANN, 'completed', { id: 'A' })).toMatchObject({
      refusal: { error: 'strict_sequence', facts: { required: 'placed' } },
    })
    shop.post(ANN, 'placed', { id: 'A' })
    expect(shop.post(ANN, 'completed', { id: 'A' })).toMatchObject({
      refusal: { error: 'strict_sequence', facts: { required: 'billed' } },
    })
    expect(said(shop.post(ANN, 'billed', { id: 'A' }))).toBe('accepted')
    expect(said(shop.post(ANN, 'completed', { id: 'A' }))).toBe('accepted')
  })
})

describe('repeats and late calls', () => {
  const shopWithPoints = (quantity = 100): TestShop => {
    const shop = new TestShop()
    shop.give(ANN, quantity)
    return shop
  }

  it('rule 1, 27: a checkout is a free quote, computed afresh, that ignores the order’s own hold', () => {
    const shop = shopWithPoints()
    for (let i = 0; i < 5; i++) expect(answer(shop.post(ANN, 'checkout', { id: 'A', ...REDEEMING })).discount).toBe(500)
    expect([shop.orders.size, shop.ledger(ANN).movements.length]).toEqual([1, 1])
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    expect(answer(shop.post(ANN, 'checkout', { id: 'A', ...REDEEMING })).discount).toBe(500)
    expect(answer(shop.post(ANN, 'checkout', { id: 'B', ...REDEEMING }))).toMatchObject({
      discount: 0,
      refusal: { error: 'reward_held' },
    })
  })

  it.each(['placed', 'billed', 'completed', 'voided'] as const)(
    'rule 2, 31: an identical %s gets the stored answer, byte for byte',
    (status) => {
      const shop = shopWithPoints()
      const first = shop.post(ANN, status, { id: 'A', ...REDEEMING })
      const before = photo(shop, ANN)
      shop.now += 3 * DAY
      const repeat = shop.post(ANN, status, { id: 'A', ...REDEEMING })
      expect(repeat).toEqual({ kind: 'replayed', text: textOf(first) })
      expect(photo(shop, ANN)).toEqual(before)
    },
  )

  it('rule 2: a refusal is not stored, so a corrected call succeeds', () => {
    const shop = shopWithPoints(99)
    expect(said(shop.post(ANN, 'placed', { id: 'A', ...REDEEMING }))).toBe('points_insufficient')
    shop.give(ANN, 1)
    expect(said(shop.post(ANN, 'placed', { id: 'A', ...REDEEMING }))).toBe('accepted')
  })

  it('rule 2: an identical call is answered from memory after the order was voided, too', () => {
    const shop = shopWithPoints()
    const placed = shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    shop.post(ANN, 'voided', { id: 'A', ...REDEEMING })
    expect(textOf(shop.post(ANN, 'placed', { id: 'A', ...REDEEMING }))).toBe(textOf(placed))
    expect(shop.order('A')?.state).toBe('voided')
  })

  it.each(['placed', 'billed', 'completed'] as const)(
    'rule 3, 34: a void beats a late %s, also of an order not yet known',
    (late) => {
      const shop = shopWithPoints()
      expect(said(shop.post(ANN, 'voided', { id: 'A', ...REDEEMING }))).toBe('accepted')
      expect(said(shop.post(ANN, late, { id: 'A', ...REDEEMING }))).toBe('order_voided')
      expect(shop.ledger(ANN).movements).toHaveLength(1)
    },
  )

  it('rule 4, 33: a status that a skip has done, with the same cart, answers as done', () => {
    const shop = shopWithPoints()
    const done = answer(shop.post(ANN, 'completed', { id: 'A', ...REDEEMING }))
    const before = photo(shop, ANN)
    expect(answer(shop.post(ANN, 'placed', { id: 'A', ...REDEEMING }))).toMatchObject({
      status: 'placed',
      discount: 500,
      transactionId: undefined,
    })
    expect(answer(shop.post(ANN, 'billed', { id: 'A', ...REDEEMING }))).toMatchObject({
      status: 'billed',
      discount: 500,
      transactionId: done.transactionId,
    })
    expect(photo(shop, ANN)).toEqual(before)
  })

  it('rule 5, 34: another cart before billed is held anew; a late duplicate of the old one is superseded', () => {
    const shop = shopWithPoints()
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    expect(said(shop.post(ANN, 'placed', { id: 'A', price: 1_500 }))).toBe('accepted')
    expect(shop.ledger(ANN).wallet().holds).toEqual([])
    for (const status of ['placed', 'billed', 'completed'] as const)
      expect(said(shop.post(ANN, status, { id: 'A', ...REDEEMING }))).toBe('superseded')
    expect(said(shop.post(ANN, 'billed', { id: 'A', price: 1_500 }))).toBe('accepted')
    expect(said(shop.post(ANN, 'placed', { id: 'A', ...REDEEMING }))).toBe('superseded')
  })

  it('rule 5: a billed with another cart is validated and held anew in that same call', () => {
    const shop = shopWithPoints()
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    expect(said(shop.post(ANN, 'billed', { id: 'A', ...REDEEMING, price: 2_500 }))).toBe('accepted')
    expect(shop.order('A')).toMatchObject({ state: 'billed', sale: { cart: { subtotal: 2_500 } } })
    expect(shop.points(ANN)).toBe(0)
  })

  it('rule 6, 32: another cart once it is billed changes nothing', () => {
    const shop = shopWithPoints()
    shop.post(ANN, 'billed', { id: 'A', ...REDEEMING })
    const before = photo(shop, ANN)
    for (const status of ['placed', 'billed', 'completed'] as const) {
      expect(said(shop.post(ANN, status, { id: 'A', ...REDEEMING, price: 2_500 }))).toBe('same_key_other_content')
    }
    expect(photo(shop, ANN)).toEqual(before)
  })

  it('29. a cosmetic change is the same cart, unless a rule goes by labels', () => {
    const reworded = { id: 'A', lines: [line('soup', 2_000, { label: 'Soup of the day' })] }
    const plain = new TestShop()
    plain.post(ANN, 'placed', { id: 'A' })
    expect(plain.post(ANN, 'placed', reworded).kind).toBe('replayed')
    const byLabel = new TestShop(
      house({ program: { type: 'points_banking', earn: { points: 1, per: '1.00', of: { labels: ['soup'] } } } }),
    )
    byLabel.post(ANN, 'placed', { id: 'A' })
    expect(byLabel.post(ANN, 'placed', reworded).kind).toBe('accepted')
  })

  it('19. the same units, split over other lines, are the same cart', () => {
    const shop = new TestShop()
    shop.post(ANN, 'billed', { id: 'A', lines: [line('soup', 500, { quantity: 3 })] })
    expect(shop.post(ANN, 'billed', { id: 'A', lines: [line('soup', 500, { quantity: 2 }), line('soup', 500)] }).kind).toBe(
      'replayed',
    )
  })
})

describe('holds', () => {
  it('28. a discount that is not the computed one is refused, naming it', () => {
    const shop = new TestShop()
    shop.give(ANN, 150)
    const ten = (price: number, discount: number): Saying => ({ id: 'A', price, reward: { id: 'P_2002', discount } })
    expect(answer(shop.post(ANN, 'checkout', ten(2_000, 0))).discount).toBe(200)
    const before = photo(shop, ANN)
    expect(shop.post(ANN, 'placed', ten(1_200, 200))).toMatchObject({
      refusal: { error: 'discount_mismatch', facts: { required: 120, actual: 200 } },
    })
    expect(photo(shop, ANN)).toEqual(before)
    expect(said(shop.post(ANN, 'placed', ten(1_200, 120)))).toBe('accepted')
  })

  it.each([
    ['somebody took it: refused, and nothing changes', true, 'hold_lapsed'],
    ['nobody took it: honoured', false, 'accepted'],
  ] as const)('26. a lapsed hold; %s', (_, taken, outcome) => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    shop.now += DAY
    if (taken) expect(said(shop.post(ANN, 'placed', { id: 'B', ...REDEEMING }))).toBe('accepted')
    const before = photo(shop, ANN)
    expect(said(shop.post(ANN, 'billed', { id: 'A', ...REDEEMING }))).toBe(outcome)
    if (taken) expect(photo(shop, ANN)).toEqual(before)
  })

  it.each([
    ['24 hours after it was placed', undefined, 24 * HOUR],
    ['24 hours after wanted', NOON + 10 * HOUR, 34 * HOUR],
    ['at most 30 days ahead', NOON + 90 * DAY, 30 * DAY],
  ] as const)('lapse %s', (_, wantedAt, after) => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING, wantedAt })
    expect(shop.ledger(ANN).wallet().holds).toMatchObject([{ lapsesAt: NOON + after }])
  })

  it('25. what is missing although nothing is held is points_insufficient, and says how much there is', () => {
    const shop = new TestShop()
    shop.give(ANN, 150)
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    expect(said(shop.post(ANN, 'placed', { id: 'B', ...REDEEMING }))).toBe('reward_held')
    shop.post(ANN, 'billed', { id: 'A', ...REDEEMING })
    expect(shop.post(ANN, 'placed', { id: 'B', ...REDEEMING })).toMatchObject({
      refusal: { error: 'points_insufficient', facts: { required: 100, actual: 50 } },
    })
  })

  it('a lapsed hold that a debt would eat frees nothing, and says so', () => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A', price: 10_000 })
    shop.post(ANN, 'placed', { id: 'B', ...REDEEMING })
    shop.post(ANN, 'refunded', { id: 'A', price: 10_000 })
    shop.now += 2 * DAY
    expect(shop.post(ANN, 'placed', { id: 'C', ...REDEEMING })).toMatchObject({
      refusal: { error: 'points_insufficient', facts: { actual: 0 } },
    })
  })
})

it.each([
  ['sent, in the past', NOON - HOUR, NOON - HOUR],
  ['sent, in the future', NOON + HOUR, NOON],
  ['older than the account allows', NOON - 73 * HOUR, NOON],
  ['not sent', undefined, NOON],
] as const)('50. an order’s own time; %s', (_, placedAt, at) => {
  const shop = new TestShop()
  shop.post(ANN, 'completed', { id: 'A', placedAt })
  expect(shop.order('A')?.at).toBe(at)
})
