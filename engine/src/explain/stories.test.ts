import { describe, expect, it } from 'vitest'
import { ANN, R5, TestShop } from '../order/test-shop.ts'
import type { CampaignDocument } from '../rules/document.ts'
import { house, line } from '../rules/house-program.ts'
import { explain, storyOf } from './index.ts'

const CAKE = line('cake', 1_000)
const TEA = line('tea', 500, { quantity: 2 })

/** What an order of Ann's is told as: its lines' points, its rules with what they put on each line, and what it missed. */
function told(shop: TestShop, id = 'a') {
  const order = shop.order(id)
  const story = order && storyOf(order)
  if (!story) return undefined
  const { lines, rules, missed, open } = explain(shop.program, story)
  return {
    points: Object.fromEntries(lines.map(({ label, points }) => [label, points])),
    returned: lines.map(({ returned }) => returned),
    rules: Object.fromEntries(rules.map(({ rule, on }) => [rule, on.map(({ off, points }) => off ?? points)])),
    missed: Object.fromEntries(missed.map(({ rule, reason, facts }) => [rule, [reason, facts]])),
    open: open.map(({ rule, label }) => [rule, label]),
  }
}

function sold(program: ReturnType<typeof house>, lines = [CAKE, TEA], points = 0): TestShop {
  const shop = new TestShop(program)
  shop.give(ANN, points)
  shop.post(ANN, 'completed', { id: 'a', lines })
  return shop
}
const bought = (...given: Parameters<typeof sold>) => told(sold(...given))
const campaign = (document: Omit<CampaignDocument, 'trigger'> & Partial<CampaignDocument>, program = {}) =>
  house({ program, campaigns: { c: { label: 'C', trigger: 'order', ...document } } })

describe('every point has a line', () => {
  it('by what was paid for it', () => {
    expect(bought(house())).toMatchObject({ points: { cake: 10, tea: 10 }, rules: { earn: [10, 10] } })
  })

  it('stamps by the piece, and none for what cost nothing', () => {
    const stamps = house({ program: { type: 'visits', units: 'stamps', threshold: 10, reward: 'r5', earn: { stamps: 1 } } })
    expect(bought(stamps)?.points).toEqual({ cake: 1, tea: 2 })
    const water = line('water', 0, { quantity: 3 })
    expect(bought(stamps, [CAKE, TEA, water])?.points).toEqual({ cake: 1, tea: 2, water: 0 })
  })

  it('what a group brings is on its lines, more than was paid for them or not', () => {
    const tea = { items: { categories: ['tea'] } }
    expect(bought(campaign({ ...tea, do: [{ points: 5_000 }] }))?.rules['campaign:c']).toEqual([5_000])
    expect(bought(campaign({ ...tea, do: [{ multiply: 3 }] }))?.points).toEqual({ cake: 10, tea: 30 })
  })

  it('a multiplier below one takes from what its lines brought', () => {
    const half = campaign({ items: { categories: ['tea'] }, do: [{ multiply: '0.5' }] })
    expect(bought(half)).toMatchObject({ points: { cake: 10, tea: 5 }, rules: { 'campaign:c': [-5] } })
  })

  it('two rules of one campaign are two reasons', () => {
    const both = campaign({ items: { categories: ['tea'] }, do: [{ multiply: 2 }, { points: 7 }] })
    const { rules } = explainOf(sold(both))
    expect(rules.filter(({ rule }) => rule === 'campaign:c').map(({ on }) => on)).toEqual([
      [{ line: 1, points: 10 }],
      [{ line: 1, points: 7 }],
    ])
  })

  it('a cap takes from every line that brought something, by how much', () => {
    const capped = house({ program: { earn: { points: 1, per: '1.00', caps: [{ points: 12, per: 'order' }] } } })
    expect(bought(capped)).toMatchObject({ points: { cake: 6, tea: 6 }, rules: { earn: [10, 10], cap: [-4, -4] } })
    const bonus = campaign(
      { items: { categories: ['tea'] }, do: [{ points: 20 }] },
      { earn: { points: 1, per: '1.00', caps: [{ points: 20, per: 'order' }] } },
    )
    // 10 of the cake and 30 of the tea are 20 too many.
    expect(bought(bonus)).toMatchObject({ points: { cake: 5, tea: 15 } })
  })

  it('points for an order of which nothing has weight are on its first line', () => {
    const free = [line('water', 0), line('ice', 0)]
    const visit = house({ program: { type: 'visits', threshold: 5, reward: 'r5', earn: {} } })
    expect(Object.values(bought(visit, free)?.points ?? {})).not.toContain(undefined)
    expect(bought(campaign({ do: [{ points: 3 }] }), free)?.points).toMatchObject({ water: 0, ice: 0 })
  })
})

function explainOf(shop: TestShop) {
  const order = shop.order('a')
  const story = order && storyOf(order)
  if (!story) throw new Error('it has a story')
  return explain(shop.program, story)
}

describe('an order is told as far as it came', () => {
  it('quoted, placed, completed, partly refunded', () => {
    const shop = new TestShop(house())
    const asking = { id: 'a', lines: [CAKE, TEA], reward: { id: R5, discount: 500 } }
    shop.give(ANN, 150)
    shop.post(ANN, 'placed', asking)
    expect(told(shop)).toMatchObject({ points: { cake: undefined }, returned: [0, 0], rules: { 'reward:r5': [250, 250] } })
    shop.post(ANN, 'completed', asking)
    expect(told(shop)).toMatchObject({ returned: [0, 0], points: { cake: 7, tea: 8 } })
    shop.post(ANN, 'refunded', { id: 'a', refundId: 'r', lines: [line('tea', 500)] })
    expect(told(shop)?.returned).toEqual([0, 1])
  })

  it('nothing of one that was voided', () => {
    const shop = new TestShop(house())
    shop.post(ANN, 'placed', { id: 'a', lines: [CAKE] })
    shop.post(ANN, 'voided', { id: 'a', lines: [CAKE] })
    expect(told(shop)).toBeUndefined()
  })
})

describe('what was used is not among what could have been', () => {
  it('a reward for points', () => {
    const shop = new TestShop(house())
    shop.give(ANN, 400)
    shop.post(ANN, 'completed', { id: 'a', lines: [CAKE, TEA], reward: { id: R5, discount: 500 } })
    expect(told(shop)?.open).toEqual([['reward:r10', '10% Off']])
    expect(told(shop)?.missed).not.toHaveProperty('reward:r5')
  })

  it('a reward that was issued, and is used as such though the points would do', () => {
    const program = house({ rewards: { gift: { label: 'Gift', amount: '2.00' } } })
    const shop = new TestShop(program)
    shop.give(ANN, 1, 'reward:gift')
    shop.post(ANN, 'completed', { id: 'a', lines: [CAKE] })
    expect(told(shop)).toMatchObject({ open: [['reward:gift', 'Gift']] })
    expect(bought(program)).toMatchObject({ missed: { 'reward:gift': ['not_issued', { by: [] }] } })
  })

  it('points that are money', () => {
    const shop = new TestShop(house({ program: { type: 'shop_with_points', value_per_point: '0.01' } }))
    shop.post(ANN, 'completed', { id: 'a', lines: [CAKE] })
    const { missed } = told(shop) ?? {}
    expect(missed).toHaveProperty('shop_with_points')
    shop.give(ANN, 300)
    shop.post(ANN, 'completed', { id: 'b', lines: [CAKE] })
    expect(told(shop, 'b')?.open).toContainEqual(['shop_with_points', 'Shop with points'])
  })
})

describe('why a campaign brought nothing', () => {
  const why = (document: Parameters<typeof campaign>[0], times = 1, program = {}) => {
    const shop = new TestShop(campaign(document, program))
    for (let n = 1; n <= times; n++) shop.post(ANN, 'completed', { id: `o${n}`, lines: [CAKE, TEA] })
    return told(shop, `o${times}`)?.missed['campaign:c']
  }
  const points = { do: [{ points: 5 }] }

  it('its limits', () => {
    expect(why({ ...points, limits: { per_member: 1 } }, 2)).toEqual(['member_limit', { limit: 1 }])
    expect(why({ ...points, limits: { per_day: 2 } }, 3)).toEqual(['day_limit', { limit: 2 }])
    expect(why({ ...points, limits: { per_member: 2, per_day: 2 } }, 2)).toBeUndefined()
    expect(why(points, 3)).toBeUndefined()
  })

  it('its condition, on what its group came to', () => {
    const tea = { items: { categories: ['tea'] }, when: { min_subtotal: '15.00' } }
    expect(why({ ...tea, ...points })).toEqual(['min_subtotal', { required: 1_500, actual: 1_000 }])
    expect(why({ ...tea, ...points, trigger: 'item', every: 1 })).toEqual(['min_subtotal', { required: 1_500, actual: 1_000 }])
    expect(why({ ...points, trigger: 'visits', every: 1, when: { min_subtotal: '25.00' } })).toEqual([
      'min_subtotal',
      { required: 2_500, actual: 2_000 },
    ])
    expect(why({ ...points, when: { sources: ['web'] } })).toEqual(['not_in_source', { actual: 'instore', allowed: ['web'] }])
  })

  it('its count', () => {
    expect(why({ ...points, trigger: 'visits', every: 3 }, 2)).toEqual(['not_reached', { required: 3, actual: 2, of: 'visits' }])
    expect(why({ ...points, trigger: 'visits', every: 3 }, 3)).toBeUndefined()
    expect(why({ ...points, trigger: 'spend', every: '50.00' }, 2)).toEqual([
      'not_reached',
      { required: 5_000, actual: 4_000, of: 'spend' },
    ])
    expect(why({ ...points, trigger: 'item', items: { categories: ['tea'] }, every: 5 }, 2)).toEqual([
      'not_reached',
      { required: 5, actual: 4, of: 'items' },
    ])
  })

  it('an order too small to earn', () => {
    const minimum = (amount: string) => ({ earn: { points: 1, per: '1.00', minimum: amount } })
    expect(why(points, 1, minimum('20.01'))).toEqual(['earn_minimum', { required: 2_001, actual: 2_000 }])
    expect(why(points, 1, minimum('20.00'))).toBeUndefined()
  })
})

it('the tiers above the one that the member has, and none that this order reached', () => {
  const tiers = {
    by: 'points' as const,
    over: { last: '12 months' },
    levels: {
      base: { label: 'Base', from: 0 },
      silver: { label: 'Silver', from: 20 },
      gold: { label: 'Gold', from: 50 },
    },
  }
  const missed = bought(house({ tiers }))?.missed
  expect(missed).toMatchObject({ 'tier:gold': ['tier_not_reached', { required: 50, actual: 20, by: 'points' }] })
  expect(missed).not.toHaveProperty('tier:silver')
  expect(missed).not.toHaveProperty('tier:base')
})
