import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Line } from '../model.ts'
import type { RewardDocument, WhenDocument } from './document.ts'
import { cart, house, line, NOON, quote, rewarding, type Sale } from './house-program.ts'
import { redeemedTallies, TALLY } from './tallies.ts'

type Asked = Sale & { asked?: number; pay?: 'points' | 'reward' }
const off = (reward: Omit<RewardDocument, 'label'>, lines: Line[]) => {
  const quoted = quote(rewarding(reward), 'it', { lines })
  return quoted.ok ? quoted.value.discount : quoted.refusal
}
const priced = (program: ReturnType<typeof house>, key: string, sale: Asked) => {
  const quoted = quote(program, key, sale)
  if (!quoted.ok) throw new Error(quoted.refusal.reason)
  return quoted.value
}
const why = (program: ReturnType<typeof house>, key: string, sale: Asked) => {
  const quoted = quote(program, key, sale)
  return quoted.ok ? undefined : quoted.refusal
}

describe('money off', () => {
  it('scenario 3: splits a fixed amount over the items', () => {
    const { shares, cost } = priced(house(), 'r5', { lines: [line('a', 1075), line('b', 450), line('c', 200)] })
    expect([shares, cost]).toEqual([[312, 130, 58], { kind: 'points', points: 100 }])
  })

  it('scenario 8: takes no more than is left, and shows what is forfeited', () => {
    const quoted = priced(rewarding({ amount: '10.00' }), 'it', { lines: [line('a', 700)] })
    expect(quoted).toMatchObject({ discount: 700, forfeited: 300, cost: { kind: 'reward', rewardKey: 'it' } })
    expect(quoted.because.at(-1)).toMatchObject({ rule: 'forfeited', numbers: { forfeited: 300 } })
  })

  it('scenario 13: takes a percentage once, half up, up to its maximum', () => {
    expect(priced(house(), 'r10', { lines: [line('a', 3000), line('b', 1200)] })).toMatchObject({
      discount: 300,
      shares: [214, 86],
    })
    expect(off({ percent: 10 }, [line('a', 5), line('b', 10)])).toBe(2)
    expect(off({ percent: '12.5' }, [line('a', 100)])).toBe(13)
  })

  it.each([
    ['as three lines', [line('a', 333), line('b', 333), line('c', 333)], '5.00', [167, 167, 166]],
    ['within a line', [line('a', 333, { quantity: 3 })], '1.00', [34, 33, 33]],
  ])('scenario 14: allocates over units, %s', (_, lines, amount, shares) => {
    expect(priced(rewarding({ amount }), 'it', { lines }).shares).toEqual(shares)
  })

  it('scenario 15: 100 % off is exactly nothing left, on every line', () => {
    const costs = [560, 892, 4491, 21726, 240000]
    const { shares, discount } = priced(rewarding({ percent: 100 }), 'it', { lines: costs.map((cost, i) => line(`p${i}`, cost)) })
    expect([shares, discount]).toEqual([[...costs].reverse(), 267669])
  })

  it('scenario 39: comes off what the shop left to pay', () => {
    expect(priced(house(), 'r5', { lines: [line('a', 1200), line('b', 800)] }).shares).toEqual([300, 200])
    expect(priced(rewarding({ percent: 50 }), 'it', { lines: [line('a', 1000)], shop: 400 }).discount).toBe(300)
  })

  it('leaves alone what never earns, unless its group names it', () => {
    const lines = [line('food', 2000), line('load', 2500, { category: 'Gift cards' })]
    expect(priced(rewarding({ percent: 10 }), 'it', { lines }).shares).toEqual([0, 200])
    expect(priced(rewarding({ percent: 10, of: { categories: ['gift CARDS'] } }), 'it', { lines }).shares).toEqual([250, 0])
    expect(why(rewarding({ percent: 10 }), 'it', { lines: lines.slice(1) })?.reason).toBe('nothing_to_discount')
  })

  it('a tier may give less than it could, and costs its points whole', () => {
    const lines = [line('a', 1075), line('b', 450), line('c', 200)]
    expect(priced(house(), 'r5', { lines, asked: 300 })).toMatchObject({
      discount: 300,
      shares: [187, 78, 35],
      cost: { points: 100 },
    })
    expect(priced(house(), 'r5', { lines, asked: 600 }).discount).toBe(500)
    expect(priced(house(), 'r5', { lines, asked: 300, pay: 'reward' })).toMatchObject({ discount: 500, cost: { kind: 'reward' } })
  })
})

describe('items', () => {
  const american = { categories: ['American'] }
  const burger = (cost: number, extras = {}) => line(`b${cost}`, cost, { category: 'american', ...extras })
  const bogo = { buy: { quantity: 1, of: american }, free: 1 }

  it('scenario 16: the cheapest is free, and of two equals one, once', () => {
    expect(off(bogo, [burger(1000), burger(800)])).toBe(800)
    expect(off({ free: 1, of: american }, [burger(1000), burger(800), burger(800)])).toBe(800)
    expect(off({ free: 1, of: american, pick: 'dearest' }, [burger(1000), burger(800)])).toBe(1000)
  })

  it("scenario 17: the parent's price only, unless modifiers count", () => {
    const lines = [burger(1000), burger(600, { modifiers: [line('bacon', 200)] })]
    expect(off(bogo, lines)).toBe(600)
    expect(off({ ...bogo, count_modifiers: true }, lines)).toBe(800)
  })

  it('scenario 17: a sauce never becomes the free item unless modifiers may', () => {
    const lines = [burger(900, { modifiers: [line('sauce', 50, { category: 'American' })] })]
    expect(off({ free: 1, of: american }, lines)).toBe(900)
    expect(off({ free: 1, of: american, modifiers_qualify: true }, lines)).toBe(50)
    const sauces = { products: ['sauce'] }
    expect(off({ free: 1, of: sauces }, lines)).toMatchObject({
      reason: 'items_missing',
      facts: { required: 1, actual: 0, items: ['sauce'] },
    })
    expect(off({ free: 1, of: sauces, modifiers_qualify: true }, lines)).toBe(50)
  })

  it('scenario 18: repeats up to its limit, or until the units run out', () => {
    const buy2 = { buy: { quantity: 2, of: american }, free: 1 }
    const lines = [burger(300, { quantity: 10 })]
    expect(off({ ...buy2, limits: { per_order: 1 } }, lines)).toBe(300)
    expect(off({ ...buy2, limits: { per_order: 2 } }, lines)).toBe(600)
    expect(off(buy2, lines)).toBe(900)
  })

  it('scenario 19: is blind to the shape of lines', () => {
    const buy2 = { buy: { quantity: 2, of: american }, free: 1 }
    expect(off(buy2, [burger(2300, { quantity: 3 })])).toBe(2300)
    expect(off(buy2, [burger(2300), burger(2300), burger(2300)])).toBe(2300)
  })

  it('scenario 20: says what is missing', () => {
    const sub = { labels: ['6-inch turkey sub'] }
    const reward = { buy: { quantity: 3, of: sub }, free: 1, of: { categories: ['drinks'] } }
    const subs = (quantity: number) => line('t', 700, { label: '6-Inch Turkey Sub', category: 'subs', quantity })
    const missing = (required: number, actual: number, items: string[]) => ({
      reason: 'items_missing',
      facts: { required, actual, items },
    })
    expect(off(reward, [line('cola', 200)])).toEqual(missing(3, 0, ['6-inch turkey sub']))
    expect(off(reward, [subs(1), line('cola', 200)])).toEqual(missing(3, 1, ['6-inch turkey sub']))
    expect(off(reward, [subs(3)])).toEqual(missing(1, 0, ['drinks']))
    expect(off(reward, [subs(3), line('cola', 200, { category: 'Drinks' })])).toBe(200)
    expect(off(bogo, [burger(900)])).toEqual(missing(2, 1, ['American']))
  })

  it('scenario 20: leaves out what the group excludes', () => {
    const of = { categories: ['American'], exclude: { products: ['B800'] } }
    expect(off({ free: 1, of }, [burger(1000), burger(800)])).toBe(1000)
  })

  it('never discounts what is counted as bought', () => {
    const groups = { buy: { quantity: 1, of: { products: ['a'] } }, free: 1, of: { products: ['a', 'b'] } }
    expect(off(groups, [line('a', 500), line('b', 800)])).toBe(800)
    expect(off(groups, [line('a', 500, { quantity: 2 }), line('b', 800)])).toBe(500)
    expect(off({ ...groups, free: 2 }, [line('a', 500, { quantity: 2 }), line('b', 800)])).toBe(1300)
  })

  it('takes a percentage, an amount or a price on single items', () => {
    const lines = [burger(1000), burger(801)]
    expect(off({ ...bogo, free: undefined, percent: 50 }, lines)).toBe(401)
    expect(off({ ...bogo, free: undefined, amount: '2.00' }, lines)).toBe(200)
    expect(off({ ...bogo, free: undefined, price: '5.00' }, lines)).toBe(301)
    expect(off({ price: '5.00', of: american }, lines)).toBe(801)
    expect(off({ get: 1, percent: 50, max: '3.00', of: american }, lines)).toBe(300)
  })

  it('a gift that costs nothing already is no gift', () => {
    expect(off({ free: 1, of: american }, [burger(0)])).toMatchObject({ reason: 'nothing_to_discount' })
    expect(off({ free: 1, of: american }, [burger(0), burger(500)])).toBe(500)
  })
})

describe('scenario 22: shop with points', () => {
  const shop = (value: string) =>
    house({ program: { type: 'shop_with_points', value_per_point: value }, rewards: { r5: { label: 'r', amount: 1 } } })
  const lines = [line('a', 500)]

  it.each([
    ['cut to what is left to pay', '0.01', { asked: 735 }, { discount: 500, cost: { points: 500 } }],
    ['all that is offered', '0.01', {}, { discount: 500, cost: { points: 500 } }],
    ['less than offered', '0.01', { asked: 120 }, { discount: 120, cost: { points: 120 } }],
    ['rounded up in points', '0.015', { asked: 100 }, { discount: 100, cost: { points: 67 } }],
    ['all the balance, rounded down in money', '0.015', { member: { points: 67 } }, { discount: 100, cost: { points: 67 } }],
    ['exactly the balance', '0.01', { asked: 300, member: { points: 300 } }, { discount: 300, cost: { points: 300 } }],
  ])('%s', (_, value, sale, expected) => {
    expect(priced(shop(value), 'shop_with_points', { lines, ...sale })).toMatchObject(expected)
  })

  it('more than the balance is refused, compared before it is cut', () => {
    const facts = { required: 501, actual: 400 }
    expect(why(shop('0.01'), 'shop_with_points', { lines, asked: 501, member: { points: 400 } })).toEqual({
      reason: 'amount_exceeds_balance',
      facts,
    })
    expect(why(shop('0.01'), 'shop_with_points', { lines, member: { points: 0 } })).toMatchObject({
      reason: 'points_insufficient',
    })
    expect(why(shop('0.01'), 'shop_with_points', { lines: [line('a', 0)] })?.reason).toBe('nothing_to_discount')
    expect(why(house(), 'shop_with_points', { lines })?.reason).toBe('reward_unknown')
  })
})

describe('scenario 23: restrictions', () => {
  const lines = [line('a', 2000), line('load', 2500, { category: 'Gift cards' })]
  const at = (iso: string) => ({ context: { arrivedAt: Date.parse(iso) } })

  it.each<[string, WhenDocument, Partial<Asked>, object]>([
    ['min_subtotal', { min_subtotal: '25.00' }, {}, { required: 2500, actual: 2000 }],
    ['not_at_store', { stores: ['888888'] }, {}, { actual: '999999', allowed: ['888888'] }],
    ['not_in_source', { sources: ['web'] }, {}, { actual: 'instore', allowed: ['web'] }],
    ['order_type', { types: ['catering'] }, {}, { actual: 'regular', allowed: ['catering'] }],
    ['rendition', { renditions: ['delivery'] }, {}, { actual: 'onsite', allowed: ['delivery'] }],
    ['rendition', { renditions: ['delivery'] }, { context: { rendition: undefined } }, { actual: 'unstated' }],
    ['wrong_day', { days: ['tue', 'mon'] }, {}, { actual: 'Sunday', allowed: ['Monday', 'Tuesday'] }],
    ['wrong_time', { between: ['15:00', '17:00'] }, {}, { actual: '12:00', allowed: ['15:00 to 17:00'] }],
    ['not_started', { from: '2026-03-02' }, {}, { from: '2026-03-02' }],
    ['expired', { until: '2026-02-28' }, {}, { until: '2026-02-28' }],
    ['blackout', { blackout: [['2026-02-27', '2026-03-01']] }, {}, { on: '2026-03-01' }],
    ['first_order_only', { first_order: true }, { member: { tallies: { orders: 1 } } }, {}],
    ['attribute', { birthday_month: true }, { member: { birthday: '1990-04-01' } }, { needed: 'a birthday this month' }],
    ['attribute', { birthday_month: true }, { member: { birthday: undefined } }, {}],
    ['attribute', { joined_before: '2025-06-15' }, {}, { needed: 'a membership from before 2025-06-15' }],
    ['attribute', { joined_after: '2025-06-15' }, {}, {}],
    ['attribute', { opted_in: ['sms', 'email'] }, {}, { needed: 'an opt-in to email' }],
    ['attribute', { registered: true }, { member: { registered: false } }, {}],
  ])('%s', (reason, when, sale, facts) => {
    expect(why(rewarding({ amount: '5.00', when }), 'it', { lines, ...sale })).toMatchObject({ reason, facts })
  })

  it.each<[string, WhenDocument, Partial<Asked>]>([
    ['the minimum itself', { min_subtotal: '20.00' }, {}],
    [
      'everything at once',
      { stores: ['999999'], sources: ['instore'], types: ['regular'], renditions: ['onsite'], days: ['sun'] },
      {},
    ],
    ['both ends of the dates', { from: '2026-03-01', until: '2026-03-01' }, at('2026-03-02T04:59:59Z')],
    ['the first minute', { between: ['15:00', '17:00'] }, at('2026-03-01T20:00:00Z')],
    [
      'one of several windows',
      {
        between: [
          ['06:00', '07:00'],
          ['12:00', '13:00'],
        ],
      },
      {},
    ],
    ["Saturday's night runs into Sunday", { days: ['sat'], between: ['22:00', '02:00'] }, at('2026-03-01T06:30:00Z')],
    ['the first order', { first_order: true }, {}],
    ['the birthday month', { birthday_month: true }, {}],
    ['joined in between', { joined_before: '2025-06-16', joined_after: '2025-06-14' }, {}],
    ['opted in', { opted_in: ['sms'], registered: true }, {}],
  ])('none by %s', (_, when, sale) => {
    expect(why(rewarding({ amount: '5.00', when }), 'it', { lines, ...sale })).toBeUndefined()
  })

  it('an overnight window does not lend its night to the next day', () => {
    const program = rewarding({ amount: '5.00', when: { days: ['sun'], between: ['22:00', '02:00'] } })
    expect(why(program, 'it', { lines, ...at('2026-03-01T06:30:00Z') })?.reason).toBe('wrong_day')
  })

  it('limits go by what was redeemed, on the days of the store', () => {
    const program = rewarding({ amount: '5.00', limits: { per_member: 3, per_day: 1 } })
    const tallies = redeemedTallies('it', { storeCode: '999999', at: NOON }, program)
    expect(tallies).toEqual({ [TALLY.redeemed('it')]: 1, [TALLY.redeemedOn('it', '2026-03-01')]: 1 })
    expect(why(program, 'it', { lines, member: { tallies } })).toEqual({ reason: 'day_limit', facts: { limit: 1 } })
    expect(why(program, 'it', { lines, member: { tallies }, context: { at: NOON + 86_400_000 } })).toBeUndefined()
    expect(why(program, 'it', { lines, member: { tallies: { [TALLY.redeemed('it')]: 3 } } })).toEqual({
      reason: 'member_limit',
      facts: { limit: 3 },
    })
  })

  it('guests redeem nothing, and starters only where they may', () => {
    expect(why(house(), 'r5', { lines, member: null })?.reason).toBe('reward_guest')
    expect(why(house(), 'r5', { lines, member: { registered: false } })).toBeUndefined()
    const barred = house({ settings: { starters_redeem: false } })
    expect(why(barred, 'r5', { lines, member: { registered: false } })?.reason).toBe('starter_not_allowed')
    expect(why(house(), 'r6', { lines })?.reason).toBe('reward_unknown')
  })
})

describe('properties', () => {
  const rewards: Omit<RewardDocument, 'label'>[] = [
    { amount: '5.00' },
    { percent: '33.33' },
    { percent: 100 },
    { percent: 10, max: '3.00', of: { categories: ['coffee'] } },
    { free: 2, of: { categories: ['coffee'] }, count_modifiers: true },
    { buy: { quantity: 2, of: { all: true } }, free: 1, modifiers_qualify: true, count_modifiers: true },
    { buy: { quantity: 1, of: { categories: ['food'] } }, get: 2, percent: 50, of: { categories: ['coffee', 'food'] } },
    { price: '1.00', of: { all: true } },
  ]
  const anyLine = fc
    .record({
      category: fc.constantFrom('coffee', 'food', 'Gift cards'),
      cost: fc.integer({ min: 0, max: 3000 }),
      quantity: fc.integer({ min: 1, max: 4 }),
      extra: fc.integer({ min: 0, max: 300 }),
    })
    .map(({ category, cost, quantity, extra }) =>
      line(category, cost, { quantity, modifiers: [line('coffee', extra, { quantity: 2 })] }),
    )
  const anyCart = fc.array(anyLine, { minLength: 1, maxLength: 10 })
  const anyReward = fc.constantFrom(...rewards.map((reward) => rewarding(reward)))
  const anyShop = fc.integer({ min: 0, max: 100 })

  it('shares sum to the discount, and none exceeds what is left on its unit', () => {
    fc.assert(
      fc.property(anyReward, anyCart, anyShop, (program, lines, percent) => {
        const total = lines.reduce(
          (sum, { cost, quantity, modifiers }) => sum + quantity * (cost + 2 * (modifiers[0]?.cost ?? 0)),
          0,
        )
        const sale = { lines, shop: Math.floor((total * percent) / 100) }
        const quoted = quote(program, 'it', sale)
        if (!quoted.ok) return
        const { shares, discount } = quoted.value
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(discount)
        const left = cart(sale).nets
        shares.forEach((share, index) => {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(left[index] ?? 0)
        })
      }),
      { numRuns: 400 },
    )
  })

  it('the order and the splitting of lines change nothing; labels change no money', () => {
    fc.assert(
      fc.property(anyReward, anyCart, (program, lines) => {
        const quoted = quote(program, 'it', { lines })
        const split = [...lines].reverse().flatMap((one) => Array.from({ length: one.quantity }, () => ({ ...one, quantity: 1 })))
        expect(quote(program, 'it', { lines: split })).toEqual(quoted)
        const relabelled = quote(program, 'it', { lines: lines.map((one, index) => ({ ...one, label: `renamed ${index}` })) })
        expect(relabelled.ok && relabelled.value.discount).toBe(quoted.ok && quoted.value.discount)
      }),
      { numRuns: 300 },
    )
  })

  it('100 % off leaves exactly nothing, whatever the lines', () => {
    const free = rewarding({ percent: 100, of: { all: true } })
    fc.assert(
      fc.property(anyCart, (lines) => {
        const quoted = quote(free, 'it', { lines })
        if (quoted.ok) expect(quoted.value.shares).toEqual(cart({ lines }).nets)
      }),
    )
  })

  it('shop with points never costs more than the balance, and no cheaper number of points pays the discount', () => {
    const values = fc.constantFrom('0.01', '0.015', '0.003', '0.25', '1.5', '7')
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 50_000 }), (value, points, cost) => {
        const program = house({ program: { type: 'shop_with_points', value_per_point: value } })
        const quoted = quote(program, 'shop_with_points', { lines: [line('a', cost)], member: { points } })
        if (!quoted.ok || quoted.value.cost.kind !== 'points') return
        const paid = quoted.value.cost.points
        const worth = Number(value) * 100
        expect(paid).toBeLessThanOrEqual(points)
        expect(paid * worth).toBeGreaterThan(quoted.value.discount - 1e-6)
        expect((paid - 1) * worth).toBeLessThan(quoted.value.discount)
      }),
    )
  })
})
