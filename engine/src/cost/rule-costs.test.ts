import { expect, it } from 'vitest'
import type { CampaignDocument, RewardDocument } from '../rules/document.ts'
import { house } from '../rules/house-program.ts'
import { type RuleCost, ruleCosts, type Sample } from './rule-costs.ts'

/** An average order of 40.00; a coffee costs 4.00, anything else 12.00. */
const SAMPLE: Sample = { averageOrder: 4_000, itemPrice: (group) => (group?.names.includes('coffee') ? 400 : 1_200) }
const COFFEE = { categories: ['coffee'] }

const numbers = (costs: readonly RuleCost[]) => costs.map(({ rule, gives, worth, spend }) => [rule, gives, worth, spend])
const costOf = (changes: Parameters<typeof house>[0], rule: string) =>
  numbers(ruleCosts(house(changes), SAMPLE).filter((cost) => cost.rule === rule)).map((cost) => cost.slice(1))

it('a reward for points gives back its worth of what it took to earn them', () => {
  // Five dollars for 100 points, at a point a dollar: 5 %. Ten percent of 40.00 is cut to 3.00, for 150.00.
  expect(numbers(ruleCosts(house(), SAMPLE))).toEqual([
    ['reward:r5', '$5 Off', 500, 10_000],
    ['reward:r10', '10% Off', 300, 15_000],
  ])
})

it.each<[string, Omit<RewardDocument, 'label'>, number]>([
  ['an amount, no more than the order', { amount: '50.00' }, 4_000],
  ['a percentage of the order', { percent: 5 }, 200],
  ['a percentage of a group', { percent: 50, of: COFFEE }, 200],
  ['free items', { free: 2, of: COFFEE }, 800],
  ['items at a percentage, up to a maximum', { percent: 50, get: 2, of: COFFEE, max: '3.00' }, 300],
  ['items at an amount off, no more than they cost', { amount: '9.00', get: 2, of: COFFEE }, 800],
  ['a price for one, where no number is given', { price: '1.00', of: COFFEE }, 300],
  ['a price above the usual one', { price: '5.00', of: COFFEE }, 0],
])('the worth of %s', (_, reward, worth) => {
  expect(costOf({ rewards: { it: { label: 'It', points: 10, ...reward } } }, 'reward:it')).toEqual([['It', worth, 1_000]])
})

it('thresholds: of points, of visits, of stamps', () => {
  const threshold = (program: Parameters<typeof house>[0] & object) => costOf(program, 'reward:r5')
  expect(threshold({ program: { type: 'points', threshold: 50, reward: 'r5', earn: { points: 2, per: '1.00' } } })).toEqual([
    ['$5 Off', 500, 2_500],
  ])
  expect(threshold({ program: { type: 'visits', threshold: 5, reward: 'r5', earn: {} } })).toEqual([['$5 Off', 500, 20_000]])
  const stamps = { type: 'visits', units: 'stamps', threshold: 10, reward: 'r5', earn: { stamps: 1, of: COFFEE } } as const
  expect(threshold({ program: stamps })).toEqual([['$5 Off', 500, 4_000]])
})

it('a reward that points do not buy costs nothing by itself', () => {
  expect(costOf({ rewards: { it: { label: 'It', amount: '5.00' } } }, 'reward:it')).toEqual([])
  expect(costOf({ program: { type: 'points', threshold: 50, reward: 'r5' } }, 'reward:r10')).toEqual([])
})

it.each<[string, CampaignDocument, string, number, number | undefined]>([
  ['twice the points', { trigger: 'order', do: [{ multiply: 2 }] }, '40 points more', 200, 4_000],
  ['on a group', { trigger: 'order', items: COFFEE, do: [{ multiply: '3.5' }] }, '10 points more', 50, 400],
  ['a bonus on an order', { trigger: 'order', do: [{ points: 10 }] }, '10 points', 50, 4_000],
  ['a bonus on items', { trigger: 'order', do: [{ points_each: 4 }] }, '4 points', 20, 1_200],
  ['every tenth visit', { trigger: 'visits', every: 10, do: [{ points: 100 }] }, '100 points', 500, 40_000],
  ['so much spent', { trigger: 'spend', every: '50.00', do: [{ grant: 'r5' }] }, '1 × $5 Off', 500, 5_000],
  ['so many points', { trigger: 'points', every: 30, do: [{ grant: 'r5' }] }, '1 × $5 Off', 500, 3_000],
  [
    'every fifth item',
    { trigger: 'item', every: 5, items: COFFEE, do: [{ grant: 'r5', quantity: 2 }] },
    '2 × $5 Off',
    1_000,
    2_000,
  ],
  ['joining', { trigger: 'registration', do: [{ grant: 'r10' }] }, '1 × 10% Off', 300, undefined],
  ['a birthday', { trigger: 'birthday', do: [{ points: 60 }] }, '60 points', 300, undefined],
])('a campaign: %s', (_, campaign, gives, worth, spend) => {
  expect(costOf({ campaigns: { c: campaign } }, 'campaign:c')).toEqual([[gives, worth, spend]])
})

it('says when', () => {
  const by = (campaign: CampaignDocument) =>
    ruleCosts(house({ campaigns: { c: campaign } }), SAMPLE).find(({ rule }) => rule === 'campaign:c')?.by
  const grants = { do: [{ grant: 'r5' }] }
  expect(by({ trigger: 'order', items: COFFEE, ...grants })).toBe('each order with coffee')
  expect(by({ trigger: 'order', ...grants })).toBe('each order it applies to')
  expect(by({ trigger: 'item', items: COFFEE, ...grants })).toBe('each item of coffee')
  expect(by({ trigger: 'item', items: COFFEE, every: 3, ...grants })).toBe('every 3 items of coffee')
  expect(by({ trigger: 'order', items: { categories: ['coffee', 'tea'] }, ...grants })).toBe('each order with coffee, tea')
  expect(by({ trigger: 'visits', every: 10, ...grants })).toBe('every 10 visits')
  expect(by({ trigger: 'points', every: 30, ...grants })).toBe('every 30 points')
  expect(by({ trigger: 'spend', every: '50.00', ...grants })).toBe('each time so much is spent')
  expect(by({ trigger: 'registration', ...grants })).toBe('once a member')
  expect(by({ trigger: 'birthday', ...grants })).toBe('once a year and member')
  expect(by({ trigger: 'date', ...grants })).toBe('once a member')
  expect(by({ trigger: 'inactivity', after: '30 days', ...grants })).toBe('each time a member stays away')
})

it('points that are money, and tiers', () => {
  const shop = { type: 'shop_with_points', value_per_point: '0.01', earn: { points: 3, per: '1.00' } } as const
  expect(costOf({ program: shop }, 'earn')).toEqual([['120 points', 120, 4_000]])
  const levels = { gold: { label: 'Gold', from: 500, multiply: '1.5', enter: [{ grant: 'r5' }] } }
  const tiers = { over: { last: '12 months' }, levels }
  expect(costOf({ tiers: { ...tiers, by: 'points' } }, 'tier:gold')).toEqual([
    ['20 points more', 100, 4_000],
    ['1 × $5 Off', 500, 50_000],
  ])
  expect(costOf({ tiers: { ...tiers, by: 'spend' } }, 'tier:gold')[1]).toEqual(['1 × $5 Off', 500, 50_000])
})

it('says what points, rewards and tiers are for', () => {
  const said = (changes: Parameters<typeof house>[0], rule: string) =>
    ruleCosts(house(changes), SAMPLE).flatMap((cost) => (cost.rule === rule ? [[cost.label, cost.by]] : []))
  const shop = { type: 'shop_with_points', value_per_point: '0.01' } as const
  expect(said({ program: shop }, 'earn')).toEqual([['Earning', 'each order']])
  expect(said({}, 'reward:r5')).toEqual([['$5 Off', 'for 100 points']])
  const levels = {
    plain: { label: 'Plain', from: 100 },
    gold: { label: 'Gold', from: 500, multiply: '1.5', enter: [{ grant: 'r5' }] },
  }
  const tiers = { over: { last: '12 months' }, levels }
  const gold = (reaching: string) => [
    ['Gold', 'each order in it'],
    ['Gold', reaching],
  ]
  expect(said({ tiers: { ...tiers, by: 'points' } }, 'tier:gold')).toEqual(gold('for reaching 500 points'))
  expect(said({ tiers: { ...tiers, by: 'spend' } }, 'tier:gold')).toEqual(gold('for reaching 500 spent'))
  // A tier that changes nothing costs nothing.
  expect(said({ tiers: { ...tiers, by: 'points' } }, 'tier:plain')).toEqual([])
})

it('the best of two uses is what a point is worth, and a point pays for itself at least', () => {
  const shop = { type: 'shop_with_points', value_per_point: '0.01', earn: { points: 1, per: '1.00' } } as const
  expect(costOf({ program: shop }, 'earn')).toEqual([['40 points', 40, 4_000]])
  const rewards = { poor: { label: 'Poor', amount: '1.00', points: 100 }, rich: { label: 'Rich', amount: '9.00', points: 100 } }
  const bonus: Record<string, CampaignDocument> = { c: { trigger: 'order', do: [{ points: 100 }] } }
  expect(costOf({ rewards, campaigns: bonus }, 'campaign:c')).toEqual([['100 points', 900, 4_000]])
})

it('stamps and visits are earned by the piece and by the visit', () => {
  const double: Record<string, CampaignDocument> = { c: { trigger: 'order', do: [{ multiply: 2 }] } }
  const stamps = { type: 'visits', units: 'stamps', threshold: 10, reward: 'r5', earn: { stamps: 2, of: COFFEE } } as const
  expect(costOf({ program: stamps, campaigns: double }, 'campaign:c')[0]?.[0]).toBe('20 stamps more')
  const visits = { type: 'visits', threshold: 5, reward: 'r5', earn: { visits: 3 } } as const
  expect(costOf({ program: visits, campaigns: double }, 'campaign:c')[0]?.[0]).toBe('3 visits more')
})
