import { describe, expect, it } from 'vitest'
import { availableOf, balanceOf } from '../ledger/lots.ts'
import { EMPTY_WALLET } from '../ledger/wallet.ts'
import { house, line, MEMBER, NOON } from '../rules/house-program.ts'
import { openWallet } from './desk.ts'
import { grantDue } from './grant.ts'
import type { OrderStatus } from './order.ts'
import { readRewardId, rewardIdOf, SHOP_WITH_POINTS } from './sale.ts'
import { ANN, answer, BOB, DAY, REDEEMING, type Saying, TestShop } from './test-shop.ts'

const INSTANCE = { price: 2_000, reward: { id: '2001', discount: 500 } }
const TEA = line('tea', 800, { label: 'Tea' })

describe('a refusal says what it is about', () => {
  type Step = readonly [status: OrderStatus, saying: Saying, who?: number | 'guest']
  it.each<[string, readonly Step[], object]>([
    [
      'order_other_member',
      [
        ['placed', { id: 'A' }],
        ['billed', { id: 'A' }, BOB],
      ],
      { orderId: 'A', member: String(BOB) },
    ],
    [
      'order_other_member',
      [
        ['placed', { id: 'A' }],
        ['billed', { id: 'A' }, 'guest'],
      ],
      { orderId: 'A', member: 'guest' },
    ],
    [
      'order_other_store',
      [
        ['placed', { id: 'A' }],
        ['billed', { id: 'A', store: '888888' }],
      ],
      { orderId: 'A', store: '888888' },
    ],
    [
      'order_voided',
      [
        ['voided', { id: 'A' }],
        ['placed', { id: 'A' }],
      ],
      { orderId: 'A', status: 'placed' },
    ],
    [
      'order_voided',
      [
        ['voided', { uuid: 'u' }],
        ['billed', { uuid: 'u' }],
      ],
      { orderId: 'u', status: 'billed' },
    ],
    [
      'order_voided',
      [
        ['voided', { id: 'A' }],
        ['refunded', { id: 'A' }],
      ],
      { orderId: 'A', status: 'refunded' },
    ],
    [
      'order_refunded',
      [
        ['completed', { id: 'A' }],
        ['refunded', { id: 'A' }],
        ['billed', { id: 'A', price: 900 }],
      ],
      { orderId: 'A', status: 'billed' },
    ],
    [
      'order_refunded',
      [
        ['completed', { id: 'A' }],
        ['refunded', { id: 'A' }],
        ['refunded', { id: 'A', price: 900 }],
      ],
      { orderId: 'A', status: 'refunded' },
    ],
    [
      'same_key_other_content',
      [
        ['billed', { id: 'A' }],
        ['completed', { id: 'A', price: 900 }],
      ],
      { key: 'A', status: 'completed' },
    ],
    [
      'superseded',
      [
        ['placed', { id: 'A' }],
        ['placed', { id: 'A', price: 900 }],
        ['billed', { id: 'A' }],
      ],
      { orderId: 'A', status: 'billed' },
    ],
    [
      'order_state_forbids',
      [
        ['completed', { id: 'A' }],
        ['voided', { id: 'A' }],
      ],
      { orderId: 'A', state: 'completed', status: 'voided' },
    ],
    ['order_not_found', [['refunded', { id: 'A' }]], { orderId: 'A' }],
    [
      'transaction_not_found',
      [
        ['completed', { id: 'A' }],
        ['refunded', { id: 'A', transactionId: 'other' }],
      ],
      { transactionId: 'other', orderId: 'A' },
    ],
    [
      'refund_exceeds_order',
      [
        ['completed', { id: 'A', lines: [TEA] }],
        ['refunded', { id: 'A', lines: [{ ...TEA, quantity: 3 }] }],
      ],
      { orderId: 'A', what: '3 × Tea', left: '1 × Tea' },
    ],
    [
      'order_ids_conflict',
      [
        ['placed', { id: 'A' }],
        ['placed', { uuid: 'u' }],
        ['placed', { id: 'A', uuid: 'u' }],
      ],
      { orderId: 'A', uuid: 'u' },
    ],
    ['reward_unknown', [['placed', { id: 'A', reward: { id: 'P_9', discount: 1 } }]], { reward: 'P_9' }],
    ['reward_unknown', [['placed', { id: 'A', ...INSTANCE }]], { reward: '2001' }],
    ['reward_guest', [['placed', { id: 'A', ...REDEEMING }, 'guest']], {}],
    ['points_insufficient', [['placed', { id: 'A', ...REDEEMING }]], { required: 100, actual: 0 }],
  ])('%s', (error, steps, facts) => {
    const shop = new TestShop()
    const decisions = steps.map(([status, saying, who = ANN]) => shop.post(who, status, saying))
    expect(decisions.at(-1)).toMatchObject({ kind: 'refused', refusal: { error } })
    expect(decisions.at(-1)).toHaveProperty('refusal.facts', facts)
    expect(decisions.slice(0, -1).map(({ kind }) => kind)).not.toContain('refused')
  })

  it('a part of an order that comes back whole or not at all, with both amounts', () => {
    const shop = new TestShop(house({ settings: { partial_refunds: 'full' } }))
    shop.post(ANN, 'completed', { id: 'A', lines: [TEA, line('soup', 1_200)] })
    expect(shop.post(ANN, 'refunded', { id: 'A', lines: [TEA] })).toEqual({
      kind: 'refused',
      refusal: { error: 'partial_refund_not_allowed', facts: { orderId: 'A', required: 2_000, actual: 800, digits: 2 } },
    })
  })

  it('an issued reward: held elsewhere, used, or taken while its hold had lapsed', () => {
    const shop = new TestShop()
    shop.give(ANN, 1, 'reward:r5')
    shop.post(ANN, 'placed', { id: 'A', ...INSTANCE })
    const refusalOf = (status: OrderStatus, id: string) => shop.post(ANN, status, { id, ...INSTANCE })
    expect(refusalOf('placed', 'B')).toMatchObject({ refusal: { error: 'reward_held', facts: { reward: '2001' } } })
    shop.now += 2 * DAY
    shop.post(ANN, 'billed', { id: 'B', ...INSTANCE })
    expect(refusalOf('billed', 'A')).toMatchObject({ refusal: { error: 'hold_lapsed', facts: { reward: '2001' } } })
    expect(refusalOf('placed', 'C')).toMatchObject({ refusal: { error: 'reward_used', facts: { reward: '2001' } } })
  })
})

describe('an issued reward', () => {
  it('is taken once, counted once, and both come back with a void', () => {
    const shop = new TestShop()
    shop.give(ANN, 1, 'reward:r5')
    shop.post(ANN, 'billed', { id: 'A', ...INSTANCE })
    expect(Object.values(shop.ledger(ANN).wallet().tallies)).toContain(1)
    shop.post(ANN, 'voided', { id: 'A', ...INSTANCE })
    expect([shop.ledger(ANN).balance('reward:r5', shop.now), shop.ledger(ANN).wallet().tallies]).toEqual([1, {}])
  })

  it('leaves what the rules knew with the order: points, and pieces of each reward that could be used', () => {
    const shop = new TestShop()
    shop.give(ANN, 70)
    shop.give(ANN, 2, 'reward:r5')
    shop.post(ANN, 'placed', { id: 'A', ...INSTANCE })
    expect(shop.order('A')).toMatchObject({ sale: { knew: { at: NOON, member: { points: 70 }, rewards: { r5: 2 } } } })
    shop.post(ANN, 'placed', { id: 'B', ...INSTANCE })
    shop.post(ANN, 'placed', { id: 'C' })
    expect(shop.order('C')).toHaveProperty('sale.knew.rewards', {})
    shop.post('guest', 'placed', { id: 'D' })
    expect(shop.order('D')).toHaveProperty('sale.knew', null)
  })
})

describe('the id of a reward on the wire', () => {
  const banking = house()
  const shopping = house({
    program: { type: 'shop_with_points', value_per_point: '0.01' },
  })

  it.each([
    ['P_2001', { rewardKey: 'r5', pay: 'points' }],
    ['2001', { rewardKey: 'r5', pay: 'reward' }],
    ['2002', { rewardKey: 'r10', pay: 'reward' }],
    ['2999', undefined],
    ['P_33559', undefined],
    ['02001', undefined],
    ['2001x', undefined],
    ['xP_2001', undefined],
    ['', undefined],
  ] as const)('%s', (id, ref) => {
    expect(readRewardId(banking, id)).toEqual(ref)
    if (ref) expect(rewardIdOf(banking, ref)).toBe(id)
  })

  it('is the account’s where points are money, and there alone', () => {
    const ref = { rewardKey: SHOP_WITH_POINTS, pay: 'points' } as const
    expect(readRewardId(shopping, 'P_33559')).toEqual(ref)
    expect(rewardIdOf(shopping, ref)).toBe('P_33559')
    expect(readRewardId(shopping, 'P_2001')).toBeUndefined()
  })

  it('of a reward without a price in points is its number only', () => {
    const program = house({ rewards: { gift: { label: 'Gift', amount: '1.00' } } })
    const id = program.rewards.get('gift')?.rewardId
    expect([readRewardId(program, `P_${id}`), readRewardId(program, `${id}`)]).toEqual([
      undefined,
      { rewardKey: 'gift', pay: 'reward' },
    ])
  })
})

describe('what comes without an order', () => {
  const birthday = house({
    campaigns: { cake: { label: 'Cake', trigger: 'birthday', do: [{ points: 25 }, { grant: 'r5' }] } },
    program: { type: 'points_banking', earn: { points: 1, per: '1.00' }, expire: { after: '30 days' } },
  })
  const onBirthday = Date.parse('2026-03-20T17:00:00Z')
  const open = (now: number) => {
    let ids = 0
    return openWallet(birthday, EMPTY_WALLET, now, () => `lot-${++ids}`)
  }

  it('comes on its day, once, with its name', () => {
    const book = open(onBirthday)
    expect(grantDue(birthday, book, { member: MEMBER, activeAt: null })).toBe(true)
    expect([availableOf(book, 'points'), availableOf(book, 'reward:r5')]).toEqual([25, 1])
    expect(book.movements).toMatchObject([
      { cause: 'grant', orderUid: null, note: 'cake', at: onBirthday },
      { cause: 'grant', orderUid: null, note: 'cake', at: onBirthday },
    ])
    expect([...book.lots.values()][0]?.expiresAt).toBeGreaterThan(onBirthday + 29 * DAY)
    expect(grantDue(birthday, book, { member: MEMBER, activeAt: null })).toBe(false)
    expect(availableOf(book, 'points')).toBe(25)
  })

  it('does not come on another day', () => {
    const book = open(NOON)
    expect(grantDue(birthday, book, { member: MEMBER, activeAt: null })).toBe(false)
    expect(book.movements).toEqual([])
  })
})

describe('points that end where a member does nothing', () => {
  const program = house({
    program: { type: 'points_banking', earn: { points: 1, per: '1.00' }, expire: { inactive: '30 days' } },
  })
  const lot = {
    lotId: 'l',
    asset: 'points',
    available: 50,
    held: 0,
    expired: 0,
    issuedAt: NOON,
    expiresAt: null,
    orderUid: null,
    origin: null,
  }

  it.each([
    ['29 days later', NOON, 29, 50],
    ['32 days later', NOON, 32, 0],
    ['who never did anything', null, 400, 50],
  ] as const)('%s', (_, activeAt, days, left) => {
    const book = openWallet(program, { ...EMPTY_WALLET, lots: [lot], activeAt }, NOON + days * DAY, () => '')
    expect(balanceOf(book, 'points')).toBe(left)
  })

  it('carry no date of their own', () => {
    const shop = new TestShop(program)
    shop.post(ANN, 'completed', { id: 'A' })
    expect(shop.ledger(ANN).expiries()).toEqual([null])
  })
})

describe('an answer says what a till must know', () => {
  it('of each step, with one transaction from billed on', () => {
    const shop = new TestShop()
    shop.give(ANN, 100)
    const placed = answer(shop.post(ANN, 'placed', { id: 'A', ...REDEEMING }))
    expect(placed).toMatchObject({ status: 'placed', discount: 500, forfeited: 0 })
    expect([placed.transactionId, placed.earned, placed.receiptCode]).toEqual([undefined, undefined, undefined])
    const billed = answer(shop.post(ANN, 'billed', { id: 'A', ...REDEEMING }))
    expect(billed).toMatchObject({ status: 'billed', discount: 500 })
    const completed = answer(shop.post(ANN, 'completed', { id: 'A', ...REDEEMING }))
    expect(completed).toMatchObject({ status: 'completed', earned: 15, transactionId: billed.transactionId })
    expect(completed.because).toHaveLength(2)
    expect(answer(shop.post(ANN, 'refunded', { id: 'A', ...REDEEMING }))).toMatchObject({
      status: 'refunded',
      transactionId: billed.transactionId,
      discount: 500,
      because: [],
    })
  })

  it('of a quote: the cart, when and where it was decided, and the refusal where there is one', () => {
    const shop = new TestShop()
    const story = { storeCode: '999999', at: NOON, programVersion: 1, returned: [], cart: { subtotal: 2_000, currency: 'USD' } }
    const refused = answer(shop.post(ANN, 'checkout', { id: 'A', ...REDEEMING }))
    expect(refused).toMatchObject({
      status: 'checkout',
      discount: 0,
      story: { ...story, refusal: { error: 'points_insufficient' } },
    })
    shop.give(ANN, 100)
    const quoted = answer(shop.post(ANN, 'checkout', { id: 'A', ...REDEEMING }))
    expect(quoted).toMatchObject({ status: 'checkout', discount: 500, forfeited: 0, story })
    expect(quoted.story?.sale?.redemption?.discount).toBe(500)
  })

  it('of a void: which transaction is undone', () => {
    const shop = new TestShop()
    const { transactionId } = answer(shop.post(ANN, 'billed', { id: 'A' }))
    expect(answer(shop.post(ANN, 'voided', { id: 'A' }))).toEqual({ status: 'voided', discount: 0, transactionId })
  })
})
