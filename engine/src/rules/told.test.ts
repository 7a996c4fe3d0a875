import { describe, expect, it } from 'vitest'
import type { CampaignDocument, RewardDocument } from './document.ts'
import { cart, earning, house, line, NOON, quote, rewarding, type Sale } from './house-program.ts'
import { pickItems } from './pick-items.ts'
import { TALLY } from './tallies.ts'
import { unitsOf } from './units.ts'

/* What each rule says of itself: every sentence and every number that an explanation is made of. */

const FOOD = [line('soup', 1_200), line('tea', 400, { quantity: 2 })]
const told = (program: ReturnType<typeof house>, key: string, sale: Parameters<typeof quote>[2]) => {
  const quoted = quote(program, key, sale)
  if (!quoted.ok) throw new Error(quoted.refusal.reason)
  return quoted.value.because
}
const ofReward = (reward: Omit<RewardDocument, 'label'>, lines = FOOD) => told(rewarding(reward), 'it', { lines })

describe('of a discount', () => {
  it.each<[string, Omit<RewardDocument, 'label'>, object]>([
    [
      'an amount',
      { amount: '5.00' },
      {
        rule: 'reward:it',
        text: 'A fixed amount off what qualifies.',
        numbers: { amount: 500, qualifying: 2_000, discount: 500 },
      },
    ],
    [
      'a percentage',
      { percent: 10 },
      {
        rule: 'reward:it',
        text: 'A percentage of what qualifies, rounded half up.',
        numbers: { basisPoints: 1_000, qualifying: 2_000, uncapped: 200, discount: 200 },
      },
    ],
    [
      'a percentage that is cut',
      { percent: 10, max: '1.99' },
      {
        rule: 'reward:it',
        text: 'A percentage of what qualifies, rounded half up, cut to its maximum.',
        numbers: { basisPoints: 1_000, qualifying: 2_000, uncapped: 200, discount: 199 },
      },
    ],
    [
      'a percentage at its maximum exactly',
      { percent: 10, max: '2.00' },
      {
        rule: 'reward:it',
        text: 'A percentage of what qualifies, rounded half up.',
        numbers: { basisPoints: 1_000, qualifying: 2_000, uncapped: 200, discount: 200 },
      },
    ],
    [
      'items',
      { free: 3, of: { all: true }, pick: 'dearest' },
      {
        rule: 'reward:it',
        text: 'On soup, tea, the dearest first.',
        numbers: { items: 3, itemsTotal: 2_000, discount: 2_000 },
      },
    ],
    [
      'the cheapest item, one of two equals',
      { free: 1, of: { products: ['tea', 'soup'] } },
      { rule: 'reward:it', text: 'On tea, the cheapest first.', numbers: { items: 1, itemsTotal: 400, discount: 400 } },
    ],
  ])('%s', (_, reward, because) => {
    expect(ofReward(reward)).toEqual([because])
  })

  it('what is forfeited, and only where something is', () => {
    expect(ofReward({ amount: '20.01' })).toEqual([
      {
        rule: 'reward:it',
        text: 'A fixed amount off what qualifies.',
        numbers: { amount: 2_001, qualifying: 2_000, discount: 2_000 },
      },
      {
        rule: 'forfeited',
        text: 'Nothing was left to pay for the rest of the amount, which is forfeited.',
        numbers: { forfeited: 1 },
      },
    ])
    expect(ofReward({ amount: '20.00' })).toHaveLength(1)
  })

  it('that less was asked for, and only where it was less', () => {
    expect(told(house(), 'r5', { lines: FOOD, asked: 300 }).slice(1)).toEqual([
      {
        rule: 'asked',
        text: 'Less was asked for than the reward gives; it costs its points whole.',
        numbers: { asked: 300, offered: 500 },
      },
    ])
    expect(told(house(), 'r5', { lines: FOOD, asked: 500 })).toHaveLength(1)
  })

  it('points that pay', () => {
    const program = house({ program: { type: 'shop_with_points', value_per_point: '0.015' } })
    const sale = { lines: FOOD, asked: 100, member: { points: 200 } }
    expect(told(program, 'shop_with_points', sale)).toEqual([
      {
        rule: 'shop_with_points',
        text: '67 points pay 1.00 USD.',
        numbers: { balance: 200, worth: 300, payable: 2_000, discount: 100, points: 67 },
      },
    ])
    const quoted = quote(program, 'shop_with_points', sale)
    expect(quoted.ok && quoted.value).toMatchObject({ cost: { kind: 'points', points: 67 }, forfeited: 0 })
  })
})

describe('of a refusal', () => {
  const why = (program: ReturnType<typeof house>, key: string, sale: Parameters<typeof quote>[2]) => {
    const quoted = quote(program, key, sale)
    return quoted.ok ? undefined : quoted.refusal
  }
  const ofIt = (reward: Omit<RewardDocument, 'label'>, sale: Partial<Sale> = {}) =>
    why(rewarding(reward), 'it', { lines: FOOD, ...sale })

  it('a reward that is not there, by its key', () => {
    expect(why(house(), 'r6', { lines: FOOD })).toEqual({ reason: 'reward_unknown', facts: { reward: 'r6' } })
    expect(why(house(), 'shop_with_points', { lines: FOOD })?.facts).toEqual({ reward: 'shop_with_points' })
  })

  it('a group that the basket has nothing of', () => {
    const facts = { required: 1, actual: 0, items: ['cake'] }
    for (const kind of [{ amount: '1.00' }, { percent: 10 }, { free: 1 }])
      expect(ofIt({ ...kind, of: { products: ['cake'] } })).toEqual({ reason: 'items_missing', facts })
  })

  it('too few points to pay a cent', () => {
    const program = house({ program: { type: 'shop_with_points', value_per_point: '0.004' } })
    expect(why(program, 'shop_with_points', { lines: FOOD, member: { points: 2 } })).toEqual({
      reason: 'points_insufficient',
      facts: { required: 3, actual: 2 },
    })
    expect(why(program, 'shop_with_points', { lines: FOOD, member: { points: 5 }, asked: 2 })).toBeUndefined()
  })

  it.each<[string, Omit<RewardDocument, 'label'>, number]>([
    ['what must be bought', { buy: { quantity: 1, of: { products: ['soup'] } }, free: 1, of: { products: ['tea'] } }, 1_200],
    ['the basket, for items without a purchase', { free: 1, of: { products: ['tea'] } }, 2_000],
    ['the group, where its sum is discounted', { percent: 10, of: { products: ['tea'] } }, 800],
    ['the basket, where all of it is', { amount: '1.00' }, 2_000],
  ])('a minimum counts %s', (_, reward, actual) => {
    expect(ofIt({ ...reward, when: { min_subtotal: '99.00' } })?.facts).toEqual({ required: 9_900, actual })
  })

  it('limits are none where they are not named, whatever the counts say', () => {
    const tallies = { [TALLY.redeemed('it')]: 9, [TALLY.redeemedOn('it', '2026-03-01')]: 9 }
    expect(ofIt({ amount: '1.00' }, { member: { tallies } })).toBeUndefined()
    expect(ofIt({ amount: '1.00', limits: { per_day: 10 } }, { member: { tallies }, context: { at: NOON } })).toBeUndefined()
    expect(ofIt({ amount: '1.00', limits: { per_member: 10 } }, { member: { tallies } })).toBeUndefined()
  })

  it('only points banking sells rewards for points', () => {
    const points = { rewards: { it: { label: 'It', amount: '1.00', points: 5 } } }
    const cost = (type: 'points' | 'points_banking') => {
      const quoted = quote(house({ ...points, program: { type } }), 'it', { lines: FOOD })
      return quoted.ok && quoted.value.cost.kind
    }
    expect([cost('points'), cost('points_banking')]).toEqual(['reward', 'points'])
  })
})

describe('of items', () => {
  const program = (reward: Omit<RewardDocument, 'label'>) => rewarding(reward)
  const shares = (reward: Omit<RewardDocument, 'label'>, lines: Sale['lines']) => {
    const quoted = quote(program(reward), 'it', { lines })
    return quoted.ok ? quoted.value.shares : quoted.refusal
  }

  it('a unit and its modifier both picked come off once, the unit first', () => {
    const burger = line('burger', 500, { modifiers: [line('burger', 300), line('sauce', 100)] })
    const both = { free: 2, of: { products: ['burger'] }, modifiers_qualify: true, count_modifiers: true }
    expect(shares(both, [burger])).toEqual([900])
    expect(shares({ ...both, free: 1 }, [burger, line('tea', 50)])).toEqual([300, 0])
    expect(shares({ get: 2, amount: '4.00', of: { products: ['burger'] }, modifiers_qualify: true }, [burger])).toEqual([700])
  })

  it('turns stop at the limit, and a limit without a purchase multiplies', () => {
    const tea = [line('tea', 100, { quantity: 9 })]
    const total = (reward: Omit<RewardDocument, 'label'>) => {
      const found = shares(reward, tea)
      return Array.isArray(found) ? found.reduce((sum, share) => sum + share, 0) : found
    }
    const TEA = { products: ['tea'] }
    expect(total({ free: 2, of: TEA, limits: { per_order: 3 } })).toBe(600)
    expect(total({ buy: { quantity: 2, of: TEA }, free: 1, of: TEA })).toBe(300)
    expect(total({ buy: { quantity: 2, of: TEA }, free: 2, of: TEA })).toBe(400)
    expect(total({ buy: { quantity: 2, of: TEA }, free: 2, of: TEA, limits: { per_order: 1 } })).toBe(200)
    expect(total({ buy: { quantity: 9, of: TEA }, free: 1, of: TEA })).toEqual({
      reason: 'items_missing',
      facts: { required: 10, actual: 9, items: ['tea'] },
    })
  })

  it('what is given away beside the purchase needs none of it', () => {
    const lines = [line('soup', 900, { quantity: 3 }), line('tea', 100, { quantity: 4 })]
    const found = shares({ buy: { quantity: 1, of: { products: ['soup'] } }, free: 1, of: { products: ['tea'] } }, lines)
    expect(found).toEqual([0, 0, 0, 100, 100, 100, 0])
  })

  it('what costs nothing is neither given nor missing', () => {
    const reward = program({ buy: { quantity: 1, of: { products: ['soup'] } }, free: 1, of: { products: ['cup'] } }).rewards.get(
      'it',
    )
    const { units, nets } = cart({ lines: [line('soup', 900), line('cup', 0)] })
    expect(reward && pickItems(reward, 1, units, nets)).toEqual({ ok: true, pieces: [] })
  })

  it('nested modifiers are found as often as they are there', () => {
    const combo = line('combo', 900, { modifiers: [line('side', 0, { quantity: 2, modifiers: [line('dip', 60)] })] })
    const reward = { free: 5, of: { products: ['dip'] }, modifiers_qualify: true }
    expect(shares(reward, [combo])).toEqual([120])
    expect(unitsOf([combo])[0]?.price).toBe(1_020)
  })
})

describe('of what is earned', () => {
  const lines = [line('soup', 1_200), line('tea', 400, { quantity: 2 })]
  const because = (campaign: CampaignDocument, tallies = {}) =>
    earning(house({ campaigns: { c: { label: 'C', ...campaign } } }), { lines, tallies }).because.slice(1)
  const rule = 'campaign:c'

  it.each<[string, CampaignDocument, object]>([
    [
      'a multiplier',
      { trigger: 'order', do: [{ multiply: '2.50' }] },
      { text: 'C: 2.5 times the points on 20.00 USD.', numbers: { measure: 2_000, quantity: 30 } },
    ],
    ['a bonus', { trigger: 'order', do: [{ points: 7 }] }, { text: 'C: a bonus on the order.', numbers: { quantity: 7 } }],
    [
      'a bonus for each item',
      { trigger: 'order', items: { products: ['tea'] }, do: [{ points_each: 3 }] },
      { text: 'C: 3 for each of 2 items.', numbers: { units: 2, quantity: 6 } },
    ],
    [
      'a reward',
      { trigger: 'order', do: [{ grant: 'r5', quantity: 2 }] },
      { text: 'C: grants r5.', numbers: { rewards: 2, quantity: 0 } },
    ],
    [
      'a visit',
      { trigger: 'visits', every: 1, do: [{ points: 4 }] },
      { text: 'C: reached.', numbers: { visits: 1, quantity: 4 } },
    ],
    [
      'spend',
      { trigger: 'spend', every: '9.00', do: [{ points: 4 }] },
      { text: 'C: reached.', numbers: { reached: 2_000, quantity: 8 } },
    ],
    [
      'points',
      { trigger: 'points', every: 20, do: [{ points: 4 }] },
      { text: 'C: reached.', numbers: { reached: 20, quantity: 4 } },
    ],
    [
      'items',
      { trigger: 'item', items: { products: ['tea'] }, do: [{ points: 4 }] },
      { text: 'C: reached.', numbers: { reached: 2, quantity: 8 } },
    ],
  ])('%s', (_, campaign, expected) => {
    expect(because(campaign)).toEqual([{ rule, ...expected }])
  })

  it('in visits and stamps, without money', () => {
    const program = (units: 'visits' | 'stamps') =>
      house({
        program: { type: 'visits', units, earn: {} },
        campaigns: { c: { label: 'C', trigger: 'order', do: [{ multiply: 3 }] } },
      })
    expect(earning(program('visits'), { lines }).because).toEqual([
      { rule: 'earn', text: 'The visit counts.', numbers: { measure: 1, quantity: 1 } },
      { rule, text: 'C: 3 times the visits.', numbers: { measure: 1, quantity: 2 } },
    ])
    expect(earning(program('stamps'), { lines }).because[0]).toEqual({
      rule: 'earn',
      text: '1 for each of 3 qualifying items.',
      numbers: { measure: 3, quantity: 3 },
    })
    expect(earning(program('visits'), { lines, context: { type: 'catering' } }).because[0]?.text).toBe(
      'The order does not count as a visit.',
    )
  })

  it('the rate, a guest, and an order below the minimum', () => {
    expect(earning(house(), { lines }).because).toEqual([
      { rule: 'earn', text: '1 for each 1.00 of 20.00 USD, rounded down.', numbers: { measure: 2_000, quantity: 20 } },
    ])
    expect(earning(house(), { lines, member: null })).toEqual({
      quantity: 0,
      grants: [],
      tallies: {},
      because: [{ rule: 'guest', text: 'A guest earns nothing until the order is claimed.', numbers: undefined }],
    })
    expect(earning(house({ program: { earn: { minimum: '20.01' } } }), { lines })).toEqual({
      quantity: 0,
      grants: [],
      tallies: { orders: 1 },
      because: [
        { rule: 'minimum', text: 'The order is below the minimum that earns.', numbers: { required: 2_001, actual: 2_000 } },
      ],
    })
    expect(earning(house({ program: { earn: { minimum: '20.00' } } }), { lines }).quantity).toBe(20)
  })

  it('what a cap withholds, and how the counts move', () => {
    const cap = { points: 12, per: 'day' } as const
    const name = TALLY.broughtOn('c', '2026-03-01')
    const program = house({ campaigns: { c: { label: 'C', trigger: 'order', do: [{ multiply: 2 }], cap } } })
    const first = earning(program, { lines, tallies: { [name]: 5 } })
    expect(first.because.at(-1)).toEqual({
      rule,
      text: 'Withheld: at most 12 per day.',
      numbers: { cap: 12, withheld: 13 },
    })
    expect(first.tallies).toEqual({ orders: 1, visits: 1, [name]: 7 })
    expect(because({ trigger: 'order', do: [{ multiply: 2 }], cap: { points: 20, per: 'order' } })).toHaveLength(1)
    const perOrder: CampaignDocument = { trigger: 'order', do: [{ multiply: 2 }], cap: { points: 5, per: 'order' } }
    expect(earning(house({ campaigns: { c: perOrder } }), { lines }).tallies).toEqual({ orders: 1, visits: 1 })
  })

  it('the counts that limits go by move only where there are limits', () => {
    const moved = (limits: CampaignDocument['limits']) =>
      earning(house({ campaigns: { c: { trigger: 'order', do: [{ points: 1 }], limits } } }), { lines }).tallies
    const common = { orders: 1, visits: 1 }
    expect(moved(undefined)).toEqual(common)
    expect(moved({ per_member: 3 })).toEqual({ ...common, [TALLY.fired('c')]: 1 })
    expect(moved({ per_day: 3 })).toEqual({ ...common, [TALLY.firedOn('c', '2026-03-01')]: 1 })
  })

  it('of the caps of the program the tightest is named last', () => {
    const caps = [
      { points: 15, per: 'day' as const },
      { points: 9, per: 'order' as const },
    ]
    const earned = earning(house({ program: { earn: { caps } } }), { lines })
    expect([earned.quantity, earned.because.slice(1)]).toEqual([
      9,
      [
        { rule: 'cap', text: 'Withheld: at most 15 per day.', numbers: { cap: 15, withheld: 5 } },
        { rule: 'cap', text: 'Withheld: at most 9 per order.', numbers: { cap: 9, withheld: 6 } },
      ],
    ])
  })
})
