import { describe, expect, it } from 'vitest'
import type { Cart, Knew } from '../order/order.ts'
import { ANN, DAY, R5, TestShop } from '../order/test-shop.ts'
import type { TiersDocument } from '../rules/document.ts'
import { house, line, MEMBER, NOON } from '../rules/house-program.ts'
import { explain, storyOf, whatIf } from './index.ts'

/* A basket that nobody has bought, priced with every reward; and what a customer is told of what did not apply. */

const PROGRAM = house({
  rewards: {
    gift: { label: 'Gift', amount: '1.00' },
    big: { label: 'Big', amount: '9.00', points: 10, when: { min_subtotal: '50.00' } },
  },
  campaigns: {
    extra: { label: 'Extra', trigger: 'order', do: [{ points: 5 }], budget: { points: 5 } },
    birthday: { label: 'Birthday', trigger: 'birthday', do: [{ grant: 'gift' }] },
  },
})
const CART: Cart = {
  fingerprint: 'f',
  source: 'instore',
  type: 'regular',
  currency: 'USD',
  digits: 2,
  subtotal: 2_000,
  discount: 0,
  lines: [line('soup', 1_200), line('tea', 800)],
}
const knowing = (points: number, rewards: Knew['rewards'] = {}): Knew => ({ at: NOON, member: { ...MEMBER, points }, rewards })
const asked = (program = PROGRAM, change: Partial<Parameters<typeof whatIf>[1]> = {}) =>
  whatIf(program, { cart: CART, storeCode: '999999', at: NOON, knew: knowing(120), ...change })
const asking = (id: string, discount?: number): Partial<Parameters<typeof whatIf>[1]> => ({
  cart: { ...CART, reward: { id, discount } },
})

describe('what if this basket were bought', () => {
  it('tells each reward in each way it can be had: what it takes off, costs and leaves to earn, or why not', () => {
    expect(asked(PROGRAM, { knew: knowing(120, { r5: 1 }) }).rewards).toEqual([
      {
        rewardId: 'P_2001',
        rewardKey: 'r5',
        label: '$5 Off',
        pay: 'points',
        outcome: { ok: true, discount: 500, forfeited: 0, cost: { kind: 'points', points: 100 }, earned: 20 },
      },
      {
        rewardId: '2001',
        rewardKey: 'r5',
        label: '$5 Off',
        pay: 'reward',
        outcome: { ok: true, discount: 500, forfeited: 0, cost: { kind: 'reward', rewardKey: 'r5' }, earned: 20 },
      },
      {
        rewardId: 'P_2002',
        rewardKey: 'r10',
        label: '10% Off',
        pay: 'points',
        outcome: { ok: false, refusal: { reason: 'points_insufficient', facts: { required: 150, actual: 120 } } },
      },
      {
        rewardId: '2002',
        rewardKey: 'r10',
        label: '10% Off',
        pay: 'reward',
        outcome: { ok: false, refusal: { reason: 'not_issued', facts: { by: [] } } },
      },
      {
        rewardId: '2003',
        rewardKey: 'gift',
        label: 'Gift',
        pay: 'reward',
        outcome: { ok: false, refusal: { reason: 'not_issued', facts: { by: ['Birthday'] } } },
      },
      {
        rewardId: 'P_2004',
        rewardKey: 'big',
        label: 'Big',
        pay: 'points',
        outcome: { ok: false, refusal: { reason: 'min_subtotal', facts: { required: 5_000, actual: 2_000 } } },
      },
      {
        rewardId: '2004',
        rewardKey: 'big',
        label: 'Big',
        pay: 'reward',
        outcome: { ok: false, refusal: { reason: 'min_subtotal', facts: { required: 5_000, actual: 2_000 } } },
      },
    ])
  })

  it('earns on what the reward that it asks for leaves', () => {
    const { discount, earning, refusal, explanation } = asked(PROGRAM, asking(R5))
    expect([discount, earning?.quantity, refusal]).toEqual([500, 20, undefined])
    expect(explanation.lines.map(({ paid, points }) => [paid, points])).toEqual([
      [900, 12],
      [600, 8],
    ])
    expect(asked().earning?.quantity).toBe(25)
    expect(asked().discount).toBe(0)
  })

  it.each([
    ['R_999', { error: 'reward_unknown', facts: { reward: 'R_999' } }],
    ['P_2002', { error: 'points_insufficient', facts: { required: 150, actual: 120 } }],
    ['2001', { error: 'not_issued', facts: { by: [] } }],
  ])('%s is not had, and the basket goes on without', (id, refusal) => {
    const told = asked(PROGRAM, asking(id))
    expect([told.refusal, told.discount, told.earning?.quantity]).toEqual([refusal, 0, 25])
    expect(told.explanation.missed[0]).toMatchObject({ reason: refusal.error, facts: refusal.facts })
  })

  it('knows what is left of a budget', () => {
    expect(asked(PROGRAM, { reserved: { 'points:extra': 0 } }).earning?.quantity).toBe(20)
    expect(asked(PROGRAM, { reserved: { 'points:extra': 5 } }).earning?.quantity).toBe(25)
  })

  it('of a guest: what rewards would take off, and nothing earned', () => {
    const { earning, rewards, explanation } = asked(PROGRAM, { knew: null })
    expect(earning).toBeNull()
    expect(rewards.find(({ rewardId }) => rewardId === 'P_2001')?.outcome).toMatchObject({
      ok: false,
      refusal: { reason: 'reward_guest' },
    })
    expect(explanation.lines.every(({ points }) => points === undefined)).toBe(true)
  })

  it('where points are money: as much as is asked for, or as there is', () => {
    const shopping = house({ program: { type: 'shop_with_points', value_per_point: '0.01' } })
    expect(asked(shopping, asking('P_33559', 70)).discount).toBe(70)
    expect(asked(shopping, asking('P_33559')).discount).toBe(120)
    expect(asked(shopping).rewards.at(-1)).toMatchObject({
      rewardId: 'P_33559',
      label: 'Shop with points',
      outcome: { ok: true, discount: 120, cost: { kind: 'points', points: 120 } },
    })
    expect(asked(PROGRAM).rewards.some(({ label }) => label === 'Shop with points')).toBe(false)
  })
})

describe('what a completed order says of campaigns and tiers that brought nothing', () => {
  const told = (
    program: ReturnType<typeof house>,
    orders: readonly { price?: number; lines?: ReturnType<typeof line>[] }[],
    days = 0,
  ) => {
    const shop = new TestShop(program)
    orders.forEach((saying, n) => {
      shop.now += n === 0 ? 0 : days * DAY
      shop.post(ANN, 'completed', { id: `o${n}`, ...saying })
    })
    const order = shop.order(`o${orders.length - 1}`)
    const story = order && storyOf(order)
    return story ? explain(program, story).missed.filter(({ rule }) => !rule.startsWith('reward:')) : []
  }
  const bonus = { label: 'C', do: [{ points: 1 }] }
  const soup = { price: 2_000 }

  it.each<[string, Parameters<typeof house>[0], readonly { price?: number; lines?: ReturnType<typeof line>[] }[], object]>([
    [
      'once a member',
      { campaigns: { c: { ...bonus, trigger: 'order', limits: { per_member: 1 } } } },
      [soup, soup],
      { reason: 'member_limit', facts: { limit: 1 } },
    ],
    [
      'once a day',
      { campaigns: { c: { ...bonus, trigger: 'order', limits: { per_day: 1 } } } },
      [soup, soup],
      { reason: 'day_limit', facts: { limit: 1 } },
    ],
    [
      'every third soup',
      { campaigns: { c: { ...bonus, trigger: 'item', items: { products: ['soup'] }, every: 3 } } },
      [soup],
      { reason: 'not_reached', facts: { required: 3, actual: 1, of: 'items' } },
    ],
    [
      'every third soup, after two',
      { campaigns: { c: { ...bonus, trigger: 'item', items: { products: ['soup'] }, every: 3 } } },
      [soup, soup],
      { reason: 'not_reached', facts: { required: 3, actual: 2, of: 'items' } },
    ],
    [
      'each 50 points',
      { campaigns: { c: { ...bonus, trigger: 'points', every: 50 } } },
      [soup, soup],
      { reason: 'not_reached', facts: { required: 50, actual: 40, of: 'points' } },
    ],
    [
      'each 50 points, after 60',
      { campaigns: { c: { ...bonus, trigger: 'points', every: 50 } } },
      [soup, soup, soup, soup],
      { reason: 'not_reached', facts: { required: 100, of: 'points' } },
    ],
    [
      'each 50.00 spent',
      { campaigns: { c: { ...bonus, trigger: 'spend', every: '50.00' } } },
      [soup, soup],
      { reason: 'not_reached', facts: { required: 5_000, actual: 4_000, of: 'spend' } },
    ],
    [
      'a minimum within its own group',
      { campaigns: { c: { ...bonus, trigger: 'order', items: { products: ['tea'] }, when: { min_subtotal: '10.00' } } } },
      [{ lines: [line('soup', 2_000), line('tea', 800)] }],
      { reason: 'min_subtotal', facts: { required: 1_000, actual: 800 } },
    ],
    [
      'a minimum of the whole order',
      {
        campaigns: {
          c: { ...bonus, trigger: 'visits', every: 1, items: { products: ['tea'] }, when: { min_subtotal: '30.00' } },
        },
      },
      [{ lines: [line('soup', 2_000), line('tea', 800)] }],
      { reason: 'min_subtotal', facts: { required: 3_000, actual: 2_800 } },
    ],
  ])('%s', (_, changes, orders, expected) => {
    expect(told(house(changes), orders)).toMatchObject([{ rule: 'campaign:c', label: 'C', ...expected }])
  })

  it('says nothing of one that did bring something, nor of one that is not about orders', () => {
    const campaigns = { c: { ...bonus, trigger: 'order' as const }, b: { ...bonus, trigger: 'birthday' as const } }
    expect(told(house({ campaigns }), [soup])).toEqual([])
  })

  it('names the tiers above, with what is missing, and none that is reached', () => {
    const tiers: TiersDocument = {
      by: 'points',
      over: { last: '12 months' },
      levels: { silver: { label: 'Silver', from: 20 }, gold: { label: 'Gold', from: 50 }, top: { label: 'Top', from: 90 } },
    }
    expect(told(house({ tiers }), [soup])).toEqual([
      { rule: 'tier:gold', label: 'Gold', reason: 'tier_not_reached', facts: { required: 50, actual: 20, by: 'points' } },
      { rule: 'tier:top', label: 'Top', reason: 'tier_not_reached', facts: { required: 90, actual: 20, by: 'points' } },
    ])
    expect(told(house({ tiers }), [soup, { price: 3_000 }])).toMatchObject([{ rule: 'tier:top', facts: { actual: 50 } }])
  })

  it('a reward names every way to come by it', () => {
    const program = house({
      program: { type: 'points', earn: { points: 1, per: '1.00' }, threshold: 100, reward: 'gift' },
      rewards: { gift: { label: 'Gift', amount: '1.00' }, other: { label: 'Other', amount: '1.00' } },
      campaigns: {
        week: { label: 'Week', trigger: 'order', do: [{ points: 1 }, { grant: 'other' }] },
        cake: { label: 'Cake', trigger: 'birthday', do: [{ grant: 'gift' }, { points: 5 }] },
      },
      tiers: {
        by: 'points',
        over: { last: '12 months' },
        levels: { gold: { label: 'Gold', from: 50, enter: [{ grant: 'gift' }] }, top: { label: 'Top', from: 90 } },
      },
    })
    const { rewards } = asked(program)
    expect(rewards.find(({ rewardKey }) => rewardKey === 'gift')?.outcome).toMatchObject({
      refusal: { reason: 'not_issued', facts: { by: ['100 points', 'Cake', 'Gold'] } },
    })
    expect(rewards.find(({ rewardKey }) => rewardKey === 'other')?.outcome).toMatchObject({
      refusal: { facts: { by: ['Week'] } },
    })
  })
})

describe('which line brought which point', () => {
  const points = (program: ReturnType<typeof house>, lines: ReturnType<typeof line>[]) => {
    const shop = new TestShop(program)
    shop.post(ANN, 'completed', { id: 'a', lines })
    const order = shop.order('a')
    const story = order && storyOf(order)
    return story ? explain(program, story).lines.map(({ label, points }) => [label, points]) : []
  }
  const soup = line('soup', 1_200)
  const tea = line('tea', 800)

  it.each<[string, Parameters<typeof house>[0], ReturnType<typeof line>[], [string, number][]]>([
    [
      'by what was paid for it',
      {},
      [soup, tea],
      [
        ['soup', 12],
        ['tea', 8],
      ],
    ],
    [
      'a bonus too',
      { campaigns: { c: { trigger: 'order', do: [{ points: 5 }] } } },
      [soup, tea],
      [
        ['soup', 15],
        ['tea', 10],
      ],
    ],
    [
      'a bonus on items is theirs',
      { campaigns: { c: { trigger: 'order', items: { products: ['tea'] }, do: [{ points: 5 }] } } },
      [soup, tea],
      [
        ['soup', 12],
        ['tea', 13],
      ],
    ],
    [
      'more than its weight',
      { campaigns: { c: { trigger: 'order', do: [{ points: 5_000 }] } } },
      [line('soup', 3), line('tea', 1)],
      [
        ['soup', 3_750],
        ['tea', 1_250],
      ],
    ],
    [
      'a cap takes from all that brought something',
      { program: { earn: { points: 1, per: '1.00', caps: [{ points: 10, per: 'order' }] } } },
      [soup, tea],
      [
        ['soup', 6],
        ['tea', 4],
      ],
    ],
    [
      'what is excluded brings none',
      { program: { earn: { points: 1, per: '1.00', exclude: { products: ['tea'] } } } },
      [soup, tea],
      [
        ['soup', 12],
        ['tea', 0],
      ],
    ],
    [
      'stamps, by the piece',
      {
        program: {
          type: 'visits',
          units: 'stamps',
          threshold: 10,
          reward: 'r5',
          earn: { stamps: 1, of: { products: ['soup', 'tea'] } },
        },
      },
      [soup, line('tea', 800, { quantity: 2 })],
      [
        ['soup', 1],
        ['tea', 2],
      ],
    ],
  ])('%s', (_, changes, lines, expected) => {
    expect(Object.fromEntries(points(house(changes), lines))).toEqual(Object.fromEntries(expected))
  })
})
