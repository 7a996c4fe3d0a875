import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Line } from '../model.ts'
import type { CampaignDocument } from './document.ts'
import { earn } from './earn.ts'
import { CONTEXT, cart, earning, house, line, MEMBER, NOON, type Sale } from './house-program.ts'
import { TALLY } from './tallies.ts'

const MEAL = [line('pizza', 1075), line('salad', 450), line('cola', 200)]
const points = (program: ReturnType<typeof house>, sale: Parameters<typeof earning>[1]) => earning(program, sale).quantity

describe('earning on what was paid', () => {
  it.each<[string, Sale & { reward?: string }, number]>([
    ['1: on items, not on tax, tip or delivery', { lines: MEAL }, 17],
    ['2: rounded once, down', { lines: [line('a', 575), line('b', 475)] }, 10],
    ['2: nothing below one unit', { lines: [line('a', 99)] }, 0],
    ['3: after the discount of a reward', { lines: MEAL, reward: 'r5' }, 12],
    ['3: after the discount of the shop', { lines: MEAL, shop: 500 }, 12],
    ['4: without excluded items', { lines: [line('food', 2000), line('load', 2500, { category: 'GIFT cards ' })] }, 20],
    [
      'priced modifiers earn with their item',
      { lines: [line('burger', 700, { modifiers: [line('cheese', 150, { quantity: 2 })] })] },
      10,
    ],
    ['a guest earns nothing', { lines: MEAL, member: null }, 0],
  ])('scenario %s', (_, sale, expected) => {
    expect(points(house(), sale)).toBe(expected)
  })

  it('scenario 8: earns nothing where nothing is left to pay, bonuses included', () => {
    const program = house({
      rewards: { r7: { label: 'r', amount: '10.00', points: 1 } },
      campaigns: { any: { trigger: 'order', do: [{ points: 50 }] } },
    })
    expect(points(program, { lines: [line('a', 700)], reward: 'r7' })).toBe(0)
  })

  it('scenario 9: keeps each currency to its own decimals', () => {
    expect(
      points(house({ account: { currency: 'JPY' }, program: { earn: { per: '100' } }, rewards: yen }), {
        lines: [line('a', 1999)],
      }),
    ).toBe(19)
    expect(
      points(house({ account: { currency: 'KWD' }, program: { earn: {} } }), { lines: [line('a', 1999), line('b', 1)] }),
    ).toBe(2)
  })
  const yen = { r5: { label: 'r', amount: '500', points: 100 }, r10: { label: 'r', percent: 10, max: '300', points: 150 } }

  it('takes a rate of its own', () => {
    expect(points(house({ program: { earn: { points: 3, per: '2.50' } } }), { lines: [line('a', 1049)] })).toBe(12)
  })

  it('earns nothing below the minimum, and says what it is', () => {
    const program = house({ program: { earn: { minimum: '10.00' } } })
    const below = earning(program, { lines: [line('a', 999)] })
    expect([below.quantity, below.because[0]]).toMatchObject([0, { rule: 'minimum', numbers: { required: 1000, actual: 999 } }])
    expect(points(program, { lines: [line('a', 1000)] })).toBe(10)
  })
})

describe('multipliers and bonuses', () => {
  const double: Record<string, CampaignDocument> = { double: { trigger: 'order', do: [{ multiply: 2 }] } }

  it('scenario 5: rounds, then multiplies; with the setting, multiplies, then rounds', () => {
    expect(points(house({ campaigns: double }), { lines: [line('a', 1050)] })).toBe(20)
    const late = house({ campaigns: double, program: { earn: { rounding: 'multiply_then_round' } } })
    expect(points(late, { lines: [line('a', 1050)] })).toBe(21)
  })

  it('scenario 6: a bonus on items is on those items, and every point is explained', () => {
    const program = house({
      campaigns: { coffee: { trigger: 'order', items: { categories: ['COFFEE'] }, do: [{ multiply: 3 }] } },
    })
    const { quantity, because } = earning(program, { lines: [line('coffee', 450, { quantity: 2 }), line('sandwich', 825)] })
    expect(quantity).toBe(35)
    expect(because.map(({ rule, numbers }) => [rule, numbers?.quantity])).toEqual([
      ['earn', 17],
      ['campaign:coffee', 18],
    ])
  })

  it('multipliers add up and do not compound', () => {
    const campaigns: Record<string, CampaignDocument> = { ...double, triple: { trigger: 'order', do: [{ multiply: 3 }] } }
    expect(points(house({ campaigns }), { lines: [line('a', 1000)] })).toBe(40)
  })

  it('a fraction of a multiplier is exact', () => {
    expect(
      points(house({ campaigns: { m: { trigger: 'order', do: [{ multiply: '1.5' }] } } }), { lines: [line('a', 1100)] }),
    ).toBe(16)
  })

  it('pays once per order or for each paid item, and grants rewards', () => {
    const program = house({
      campaigns: {
        soup: {
          trigger: 'order',
          items: { products: ['soup'] },
          do: [{ points: 10 }, { points_each: 5 }, { grant: 'r5', quantity: 2 }],
        },
      },
    })
    const { quantity, grants } = earning(program, { lines: [line('soup', 300, { quantity: 3 })] })
    expect([quantity, grants]).toEqual([9 + 10 + 15, Array.from({ length: 2 }, () => ({ rewardKey: 'r5', campaign: 'soup' }))])
    expect(points(program, { lines: [line('tea', 300)] })).toBe(3)
  })

  it("goes by the order's own day at its store", () => {
    const program = house({ campaigns: { tuesday: { trigger: 'order', when: { days: ['tue'] }, do: [{ multiply: 2 }] } } })
    const at = Date.parse('2026-03-03T06:00:00Z')
    expect(points(program, { lines: [line('a', 1000)], context: { at } })).toBe(20)
    expect(points(program, { lines: [line('a', 1000)], context: { at, storeCode: '888888' } })).toBe(10)
  })

  it('stops at the limits of a campaign', () => {
    const program = house({ campaigns: { hi: { trigger: 'order', do: [{ points: 5 }], limits: { per_member: 2, per_day: 1 } } } })
    const { tallies } = earning(program, { lines: [line('a', 100)] })
    expect(tallies).toMatchObject({ [TALLY.fired('hi')]: 1, [TALLY.firedOn('hi', '2026-03-01')]: 1 })
    expect(points(program, { lines: [line('a', 100)], tallies })).toBe(1)
    expect(points(program, { lines: [line('a', 100)], tallies, context: { at: NOON + 86_400_000 } })).toBe(6)
    expect(points(program, { lines: [line('a', 100)], tallies: { [TALLY.fired('hi')]: 2 } })).toBe(1)
  })
})

describe('caps', () => {
  it('scenario 7: withholds what goes over the day of the store, and says so', () => {
    const program = house({ program: { earn: { caps: [{ points: 50, per: 'day' }] } } })
    const earned = earning(program, { lines: [line('a', 2300)], tallies: { [TALLY.earnedOn('2026-03-01')]: 40 } })
    expect(earned.quantity).toBe(10)
    expect(earned.because.at(-1)).toMatchObject({ rule: 'cap', numbers: { cap: 50, withheld: 13 } })
    expect(earned.tallies[TALLY.earnedOn('2026-03-01')]).toBe(10)
    // 23:30 of the day before in Los Angeles.
    const west = { at: Date.parse('2026-03-01T07:30:00Z'), storeCode: '888888' }
    expect(points(program, { lines: [line('a', 2300)], tallies: { [TALLY.earnedOn('2026-03-01')]: 40 }, context: west })).toBe(23)
  })

  it('says nothing of a cap that is just reached', () => {
    const program = house({ program: { earn: { caps: [{ points: 23, per: 'order' }] } } })
    expect(earning(program, { lines: [line('a', 2300)] }).because.map((reason) => reason.rule)).toEqual(['earn'])
  })

  it.each([
    ['order', {}, 20],
    ['week', { [TALLY.earnedInWeek('2026-02-23')]: 5 }, 15],
    ['member', { [TALLY.earned]: 19 }, 1],
    ['member', { [TALLY.earned]: 25 }, 0],
  ] as const)('per %s', (per, tallies, expected) => {
    expect(points(house({ program: { earn: { caps: [{ points: 20, per }] } } }), { lines: [line('a', 10000)], tallies })).toBe(
      expected,
    )
  })

  it.each([
    ['order', {}, 30],
    ['day', { [TALLY.broughtOn('b', '2026-03-01')]: 15 }, 15],
    ['week', { [TALLY.broughtInWeek('b', '2026-02-23')]: 20 }, 10],
    ['member', { [TALLY.brought('b')]: 30 }, 0],
  ] as const)("a campaign's own, per %s", (per, tallies, bonus) => {
    const program = house({ campaigns: { b: { trigger: 'order', do: [{ multiply: 2 }], cap: { points: 30, per } } } })
    expect(points(program, { lines: [line('a', 10000)], tallies })).toBe(100 + bonus)
  })
})

describe('stamps and visits', () => {
  const stamps = house({
    program: {
      type: 'visits',
      units: 'stamps',
      threshold: 10,
      reward: 'r5',
      earn: { stamps: 1, of: { categories: ['coffee'] } },
    },
  })
  const visits = (earn: object = {}) => house({ program: { type: 'visits', threshold: 10, reward: 'r5', earn } })

  it('scenario 11: a stamp for each qualifying unit that was paid for', () => {
    expect(points(stamps, { lines: [line('coffee', 300, { quantity: 3 }), line('coffee', 350), line('cake', 500)] })).toBe(4)
    expect(points(stamps, { lines: [line('coffee', 0, { quantity: 3 }), line('coffee', 350)] })).toBe(1)
  })

  it('scenario 12: a visit for each order with a qualifying item', () => {
    expect(points(visits(), { lines: [line('a', 300, { quantity: 5 })] })).toBe(1)
    expect(points(visits({ of: { categories: ['coffee'] } }), { lines: [line('a', 300)] })).toBe(0)
    expect(points(visits({ exclude: { categories: ['a'] } }), { lines: [line('a', 300)] })).toBe(0)
  })

  it('scenario 12: catering counts only if the program says so', () => {
    expect(points(visits(), { lines: [line('a', 300)], context: { type: 'catering' } })).toBe(0)
    expect(points(visits({ catering: true }), { lines: [line('a', 300)], context: { type: 'catering' } })).toBe(1)
  })

  it('scenario 12: at most one per member, store and interval, also for one that arrives late', () => {
    const program = visits({ min_interval: '4 hours' })
    const { tallies } = earning(program, { lines: [line('a', 300)] })
    expect(tallies).toMatchObject({ visits: 1, [TALLY.visit('999999', NOON)]: 1 })
    const again = (hours: number, storeCode = '999999') =>
      points(program, { lines: [line('a', 300)], tallies, context: { at: NOON + hours * 3_600_000, storeCode } })
    expect([again(3.9), again(4), again(-3.9), again(-4), again(1, '888888')]).toEqual([0, 1, 0, 1, 1])
  })

  it('once a day means once a date', () => {
    const program = visits({ min_interval: '1 day' })
    const tallies = { [TALLY.visit('999999', NOON)]: 1 }
    const at = (iso: string) => points(program, { lines: [line('a', 300)], tallies, context: { at: Date.parse(iso) } })
    expect([at('2026-03-02T04:59:00Z'), at('2026-03-02T05:00:00Z')]).toEqual([0, 1])
  })
})

describe('milestones', () => {
  it('every n-th visit pays, also in a points program', () => {
    const program = house({ campaigns: { tenth: { trigger: 'visits', every: 10, do: [{ points: 100 }, { grant: 'r5' }] } } })
    const tenth = earning(program, { lines: [line('a', 500)], tallies: { visits: 9 } })
    expect([tenth.quantity, tenth.grants, tenth.tallies.visits]).toEqual([105, [{ rewardKey: 'r5', campaign: 'tenth' }], 1])
    expect(points(program, { lines: [line('a', 500)], tallies: { visits: 10 } })).toBe(5)
  })

  it('spend and points reached pay once for each multiple', () => {
    const spend = house({ campaigns: { s: { trigger: 'spend', every: '50.00', do: [{ grant: 'r5' }] } } })
    const reached = earning(spend, { lines: [line('a', 10100)], tallies: { spent: 4900 } })
    expect([reached.grants.length, reached.tallies.spent]).toEqual([3, 10100])
    const earned = house({ campaigns: { p: { trigger: 'points', every: 100, do: [{ points: 7 }] } } })
    const bonus = earning(earned, { lines: [line('a', 1000)], tallies: { earned: 90 } })
    expect([bonus.quantity, bonus.tallies.earned]).toEqual([17, 17])
  })
})

describe('properties', () => {
  const amounts = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom('coffee', 'food')),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  const toLines = (list: [number, number, string][]): Line[] =>
    list.map(([cost, quantity, category]) => line(category, cost, { quantity }))
  const programs = fc.constantFrom(
    house(),
    house({
      campaigns: {
        c: { trigger: 'order', items: { categories: ['coffee'] }, do: [{ multiply: '2.5' }], cap: { points: 90, per: 'day' } },
      },
    }),
    house({
      program: { earn: { rounding: 'multiply_then_round', points: 3, per: '0.70', caps: [{ points: 500, per: 'order' }] } },
    }),
  )

  it('more spend never earns less, and an unrelated item never lowers the points', () => {
    fc.assert(
      fc.property(programs, amounts, fc.integer({ min: 0, max: 50_000 }), (program, list, more) => {
        const lines = toLines(list)
        expect(points(program, { lines: [...lines, line('tea', more)] })).toBeGreaterThanOrEqual(points(program, { lines }))
      }),
    )
  })

  it('the order and the splitting of lines change nothing', () => {
    fc.assert(
      fc.property(programs, amounts, (program, list) => {
        const whole = toLines(list)
        const split = [...whole].reverse().flatMap((one) => Array.from({ length: one.quantity }, () => ({ ...one, quantity: 1 })))
        expect(earning(program, { lines: split })).toEqual(earning(program, { lines: whole }))
      }),
    )
  })

  it('what is explained adds up to what is earned', () => {
    fc.assert(
      fc.property(programs, amounts, (program, list) => {
        const { quantity, because } = earning(program, { lines: toLines(list) })
        const explained = because.reduce((total, { numbers }) => total + (numbers?.quantity ?? 0) - (numbers?.withheld ?? 0), 0)
        expect(explained).toBe(quantity)
      }),
    )
  })

  it('is exact beyond what a double can hold', () => {
    const program = house({ program: { earn: { points: 999_999, per: '7.00' } } })
    const { units } = cart({ lines: [line('a', 900_000_000_001)] })
    const huge = earn(program, { units, paid: [900_000_000_001], context: CONTEXT, member: MEMBER })
    expect(BigInt(huge.quantity)).toBe((900_000_000_001n * 999_999n) / 700n)
  })
})
