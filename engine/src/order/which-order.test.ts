import { describe, expect, it } from 'vitest'
import { house, line } from '../rules/house-program.ts'
import type { OrderQuestion } from './desk.ts'
import { locate } from './locate.ts'
import type { Found, Order, OrderStatus } from './order.ts'
import { ANN, answer, BOB, DAY, HOUR, photo, REDEEMING, said, TestShop } from './test-shop.ts'

/* Contract §7: which order a call means, by name; and under which program, at what time, it is decided. */

interface Known {
  readonly id?: string
  readonly uuid?: string
  readonly state?: Order['state']
  readonly ownerId?: number
}

function known({ id, uuid, state = 'placed', ownerId = ANN }: Known): Found {
  const keys = [...(id === undefined ? [] : [`id:${id}`]), ...(uuid === undefined ? [] : [`uuid:${uuid}`])]
  const order = { orderUid: `order-${id ?? ''}-${uuid ?? ''}`, orderId: id, basketUuid: uuid, state, keys } as unknown as Order
  return { ownerId, guest: ownerId < 0, ownerVersion: 1, order, answers: {} }
}

interface Asked {
  readonly status?: OrderStatus
  readonly id?: string
  readonly uuid?: string
  readonly guest?: boolean
}

function located({ status = 'placed', id, uuid, guest = false }: Asked, byId?: Found, byUuid?: Found) {
  const call = { status, orderId: id, basketUuid: uuid }
  const owner = guest ? { ownerId: -7, member: null } : { ownerId: ANN, member: {} }
  const outcome = locate({ call, byId, byUuid, ...owner } as unknown as OrderQuestion)
  if (!outcome.ok) return outcome.refusal
  const { found, keys } = outcome.value
  const { absorbed, ...names } = keys
  return { found: found?.order.orderUid, ...names, absorbed: absorbed.map(({ order }) => order.orderUid) }
}

describe('which order is meant', () => {
  const A = known({ id: 'A' })
  const quoteA = known({ id: 'A', state: 'checkout' })
  const U = known({ uuid: 'u' })
  const quoteU = known({ uuid: 'u', state: 'checkout' })
  const both = known({ id: 'A', uuid: 'u' })
  const ofC = known({ id: 'C', uuid: 'u' })

  it.each<[string, Asked, Found | undefined, Found | undefined, object]>([
    ['a new one', { id: 'A', uuid: 'u' }, undefined, undefined, { found: undefined, basketUuid: 'u', fresh: ['id:A', 'uuid:u'] }],
    ['nobody’s, without a name', {}, undefined, undefined, { found: undefined, all: [], fresh: [] }],
    ['the one with the id', { id: 'A' }, A, undefined, { found: 'order-A-', all: ['id:A'], fresh: [] }],
    ['the one with the uuid', { uuid: 'u' }, undefined, U, { found: 'order--u', basketUuid: 'u', fresh: [] }],
    [
      'a uuid joins an order that has none',
      { id: 'A', uuid: 'u' },
      A,
      undefined,
      { found: 'order-A-', basketUuid: 'u', fresh: ['uuid:u'] },
    ],
    [
      'a second uuid says nothing of a placed order',
      { id: 'A', uuid: 'v' },
      both,
      undefined,
      { basketUuid: undefined, fresh: [] },
    ],
    [
      'a second uuid joins a quote',
      { id: 'A', uuid: 'v' },
      known({ id: 'A', uuid: 'u', state: 'checkout' }),
      undefined,
      { basketUuid: 'v', fresh: ['uuid:v'] },
    ],
    [
      'both names of one order',
      { id: 'A', uuid: 'u' },
      both,
      both,
      { found: 'order-A-u', basketUuid: 'u', fresh: [], absorbed: [] },
    ],
    [
      'a quote by id joins an order by uuid',
      { id: 'A', uuid: 'u' },
      quoteA,
      U,
      { found: 'order--u', absorbed: ['order-A-'], moved: ['id:A'] },
    ],
    [
      'a quote by uuid joins an order by id',
      { id: 'A', uuid: 'u' },
      A,
      quoteU,
      { found: 'order-A-', absorbed: ['order--u'], moved: ['uuid:u'] },
    ],
    ['of two quotes the one by id stays', { id: 'A', uuid: 'u' }, quoteA, quoteU, { found: 'order-A-', absorbed: ['order--u'] }],
    [
      'two placed orders never join',
      { id: 'A', uuid: 'u' },
      A,
      U,
      { error: 'order_ids_conflict', facts: { orderId: 'A', uuid: 'u' } },
    ],
    [
      'a uuid of another id’s placed order',
      { id: 'B', uuid: 'u' },
      undefined,
      ofC,
      { found: undefined, basketUuid: undefined, fresh: ['id:B'] },
    ],
    [
      '… also beside an order of its own',
      { id: 'A', uuid: 'u' },
      A,
      ofC,
      { found: 'order-A-', basketUuid: undefined, fresh: [] },
    ],
    [
      'a uuid of another id’s quote',
      { id: 'B', uuid: 'u' },
      undefined,
      known({ id: 'C', uuid: 'u', state: 'checkout' }),
      { found: 'order-C-u', basketUuid: 'u', fresh: ['id:B'] },
    ],
    [
      'a refund’s uuid names the refund',
      { status: 'refunded', id: 'A', uuid: 'r1' },
      both,
      undefined,
      { found: 'order-A-u', basketUuid: undefined, fresh: [] },
    ],
    [
      '… though another order has it',
      { status: 'refunded', id: 'A', uuid: 'u' },
      A,
      U,
      { found: 'order-A-', basketUuid: undefined, fresh: [] },
    ],
    [
      'a refund without an id finds its order by uuid',
      { status: 'refunded', uuid: 'u' },
      undefined,
      U,
      { found: 'order--u', basketUuid: undefined, fresh: [] },
    ],
  ])('%s', (_, asked, byId, byUuid, expected) => {
    expect(located(asked, byId, byUuid)).toMatchObject(expected)
  })

  it.each<[string, boolean, number, string[]]>([
    ['its own member’s', false, ANN, []],
    ['another member’s', false, BOB, ['id:A']],
    ['a guest’s, asked for by a member', false, -3, ['id:A']],
    ['a guest’s, asked for by a guest', true, -3, []],
    ['a member’s, asked for by a guest', true, BOB, ['id:A']],
  ])('names move with an order that is %s', (_, guest, ownerId, moved) => {
    expect(located({ id: 'A', guest }, known({ id: 'A', ownerId }))).toMatchObject({ found: 'order-A-', moved })
  })

  it('a quote that another takes over is nobody else’s any more', () => {
    const shop = new TestShop()
    shop.post(BOB, 'checkout', { id: 'A' })
    shop.post(ANN, 'checkout', { id: 'A' })
    expect([...shop.orders.values()].map(({ ownerId }) => ownerId)).toEqual([ANN])
    shop.post('guest', 'checkout', { id: 'B' })
    shop.post(ANN, 'placed', { id: 'B' })
    expect([...shop.orders.values()].map(({ ownerId }) => ownerId)).toEqual([ANN, ANN])
  })
})

describe('an order is decided', () => {
  it('under the program it was placed under; a quote under the one in force', () => {
    const shop = new TestShop()
    shop.post(ANN, 'checkout', { id: 'A' })
    shop.post(ANN, 'placed', { id: 'B' })
    shop.apply(house({ program: { type: 'points_banking', earn: { points: 3, per: '1.00' } } }))
    expect(answer(shop.post(ANN, 'completed', { id: 'A' })).earned).toBe(60)
    expect(answer(shop.post(ANN, 'completed', { id: 'B' })).earned).toBe(20)
    expect([shop.order('A')?.programVersion, shop.order('B')?.programVersion]).toEqual([2, 1])
    expect(answer(shop.post(ANN, 'refunded', { id: 'B' })).refund).toEqual({ amount: 2_000, reversed: 20 })
  })

  it.each([
    ['when it was placed', -HOUR, -HOUR],
    ['when it was placed, though just now', 0, 0],
    ['when it was placed, though as long ago as the account allows', -72 * HOUR, -72 * HOUR],
    ['when it came, if it says a time too long ago', -72 * HOUR - 1, 0],
    ['when it came, if it says a time to come', 1, 0],
  ])('50. at the time %s', (_, placed, at) => {
    const shop = new TestShop()
    shop.post(ANN, 'completed', { id: 'A', placedAt: shop.now + placed })
    expect(shop.order('A')?.at).toBe(shop.now + at)
  })

  it('with what falls due for the member on that day', () => {
    const shop = new TestShop(house({ campaigns: { cake: { trigger: 'birthday', do: [{ points: 25 }, { grant: 'r5' }] } } }))
    shop.now = Date.parse('2026-03-20T17:00:00Z')
    shop.post(ANN, 'completed', { id: 'A' })
    expect([shop.points(ANN), shop.ledger(ANN).balance('reward:r5', shop.now)]).toEqual([45, 1])
    shop.post('guest', 'completed', { id: 'B' })
    expect([...shop.orders.values()].filter(({ guest }) => guest).every(({ ownerId }) => shop.points(ownerId) === 0)).toBe(true)
  })
})

describe('what an order gives and takes', () => {
  const offers = house({
    rewards: { r5: { label: '$5 Off', amount: '5.00', expire: { after_shown: '2 hours' } } },
    campaigns: { treat: { trigger: 'order', do: [{ grant: 'r5' }] } },
    program: { type: 'points_banking', earn: { points: 1, per: '1.00' }, expire: { after: '30 days' } },
  })

  it('an offer has no end until it is used or shown; then it has', () => {
    const shop = new TestShop(offers)
    shop.post(ANN, 'completed', { id: 'A' })
    expect(shop.ledger(ANN).expiries('reward:r5')).toEqual([null])
    expect(said(shop.post(ANN, 'placed', { id: 'B', reward: { id: '2001', discount: 500 } }))).toBe('accepted')
    expect(shop.ledger(ANN).expiries('reward:r5')).toEqual([shop.now + 2 * HOUR])
  })

  it('points that end after a period carry its end', () => {
    const shop = new TestShop(offers)
    shop.post(ANN, 'completed', { id: 'A' })
    const [end] = shop.ledger(ANN).expiries()
    expect(end).toBeGreaterThan(shop.now + 29 * DAY)
    expect(end).toBeLessThan(shop.now + 32 * DAY)
  })

  it('where points are money, as much of them as is asked for', () => {
    const shop = new TestShop(house({ program: { type: 'shop_with_points', value_per_point: '0.01' } }))
    shop.give(ANN, 1_000)
    expect(answer(shop.post(ANN, 'placed', { id: 'A', reward: { id: 'P_33559', discount: 300 } })).discount).toBe(300)
    shop.post(ANN, 'billed', { id: 'A', reward: { id: 'P_33559', discount: 300 } })
    expect(shop.points(ANN)).toBe(700)
    expect(answer(shop.post(ANN, 'checkout', { id: 'B', reward: { id: 'P_33559' } })).discount).toBe(700)
  })

  it('a void leaves the reward to the next order at once, and a quote of a placed order leaves everything as it is', () => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    expect(said(shop.post(ANN, 'placed', { id: 'B', ...REDEEMING }))).toBe('reward_held')
    const before = photo(shop, ANN)
    expect(shop.post(ANN, 'checkout', { id: 'A', lines: [line('tea', 800)] }).kind).toBe('answered')
    expect(photo(shop, ANN)).toEqual(before)
    shop.post(ANN, 'voided', { id: 'A' })
    expect(said(shop.post(ANN, 'placed', { id: 'B', ...REDEEMING }))).toBe('accepted')
  })

  it('a lapsed hold is named by its reward when somebody else has it', () => {
    const shop = new TestShop(house({ settings: { hold: '10 minutes' } }))
    shop.give(ANN, 100)
    shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
    shop.now += HOUR
    shop.post(ANN, 'billed', { id: 'B', ...REDEEMING })
    expect(shop.post(ANN, 'billed', { id: 'A', ...REDEEMING })).toMatchObject({
      refusal: { error: 'hold_lapsed', facts: { reward: 'P_2001' } },
    })
  })
})
