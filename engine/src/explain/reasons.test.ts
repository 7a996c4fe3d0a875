import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { ANN, DAY, R5, REDEEMING, TestShop } from '../order/test-shop.ts'
import type { CampaignDocument, RewardDocument, WhenDocument } from '../rules/document.ts'
import { house, line, NOON, quote, rewarding, type Sale } from '../rules/house-program.ts'
import { LADDER } from '../rules/idle-rules.ts'
import { TALLY } from '../rules/tallies.ts'
import { explain, storyOf } from './index.ts'

type Told = { readonly reason: string; readonly facts: object } | undefined

const TOOLS = { cel: () => () => false }
const LINES = [line('tea', 800)]

/** The reward `it`, five off under a condition, asked for on one tea of 8.00. */
const asking = (when: WhenDocument, sale: Partial<Sale> = {}): Told => rewardOf({ amount: '5.00', when }, sale)
const rewardOf = (reward: Omit<RewardDocument, 'label'>, sale: Partial<Sale> = {}): Told =>
  refusalOf(quote(rewarding(reward, { tiers: LADDER, tools: TOOLS }), 'it', { lines: LINES, ...sale }))
const refusalOf = (quoted: ReturnType<typeof quote>): Told => (quoted.ok ? undefined : quoted.refusal)

/** What an order call is refused with. */
const calling = (shop: TestShop, ...[member, status, saying]: Parameters<TestShop['post']>): Told => {
  const decision = shop.post(member, status, saying)
  return decision.kind === 'refused' ? { reason: decision.refusal.error, facts: decision.refusal.facts } : undefined
}
const given = (points: number, program = house()): TestShop => {
  const shop = new TestShop(program)
  shop.give(ANN, points)
  return shop
}

/** What a completed order's explanation says of one rule. */
function explained(
  rule: string,
  program: ReturnType<typeof house>,
  { who = ANN as number | 'guest', lines = LINES, reserved = undefined as TestShop['reserved'] } = {},
): Told {
  const shop = new TestShop(program)
  shop.reserved = reserved
  shop.post(who, 'completed', { id: 'A', lines })
  const order = shop.order('A')
  const story = order && storyOf(order)
  const missed = story && explain(program, story).missed.find((one) => one.rule === rule)
  return missed && { reason: missed.reason, facts: missed.facts }
}
const campaign = (document: Partial<CampaignDocument>) =>
  house({ campaigns: { c: { label: 'C', trigger: 'order', do: [{ points: 1 }], ...document } } })

/** Each reason, a way to meet it, and the numbers it is given with. */
const REASONS: readonly (readonly [string, object, () => Told])[] = [
  [
    'reward_unknown',
    { reward: '7777' },
    () => calling(given(0), ANN, 'placed', { id: 'A', reward: { id: '7777', discount: 500 } }),
  ],
  [
    'reward_held',
    { reward: R5 },
    () => {
      const shop = given(100)
      shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
      return calling(shop, ANN, 'placed', { id: 'B', ...REDEEMING })
    },
  ],
  [
    'reward_used',
    { reward: '2001' },
    () => {
      const shop = given(0)
      shop.give(ANN, 1, 'reward:r5')
      const saying = { price: 2_000, reward: { id: '2001', discount: 500 } }
      shop.post(ANN, 'completed', { id: 'A', ...saying })
      return calling(shop, ANN, 'placed', { id: 'B', ...saying })
    },
  ],
  ['points_insufficient', { required: 100, actual: 99 }, () => calling(given(99), ANN, 'placed', { id: 'A', ...REDEEMING })],
  [
    'amount_exceeds_balance',
    { required: 735, actual: 500 },
    () => {
      const program = house({ program: { type: 'shop_with_points', value_per_point: '0.01' } })
      return refusalOf(quote(program, 'shop_with_points', { lines: LINES, member: { points: 500 }, asked: 735 }))
    },
  ],
  [
    'discount_mismatch',
    { required: 500, actual: 600 },
    () => calling(given(100), ANN, 'placed', { id: 'A', price: 2_000, reward: { id: R5, discount: 600 } }),
  ],
  [
    'hold_lapsed',
    { reward: R5 },
    () => {
      const shop = given(100)
      shop.post(ANN, 'placed', { id: 'A', ...REDEEMING })
      shop.now += 2 * DAY
      shop.post(ANN, 'billed', { id: 'B', ...REDEEMING })
      return calling(shop, ANN, 'billed', { id: 'A', ...REDEEMING })
    },
  ],
  ['reward_guest', {}, () => asking({}, { member: null })],
  [
    'starter_not_allowed',
    {},
    () =>
      refusalOf(quote(house({ settings: { starters_redeem: false } }), 'r5', { lines: LINES, member: { registered: false } })),
  ],
  ['min_subtotal', { required: 801, actual: 800 }, () => asking({ min_subtotal: '8.01' })],
  ['not_at_store', { actual: '999999', allowed: ['888888'] }, () => asking({ stores: ['888888'] })],
  ['not_in_source', { actual: 'instore', allowed: ['web', 'mobileapp'] }, () => asking({ sources: ['web', 'mobileapp'] })],
  ['order_type', { actual: 'regular', allowed: ['catering'] }, () => asking({ types: ['catering'] })],
  ['rendition', { actual: 'onsite', allowed: ['pickup'] }, () => asking({ renditions: ['pickup'] })],
  ['wrong_day', { actual: 'Sunday', allowed: ['Monday', 'Tuesday'] }, () => asking({ days: ['tue', 'mon'] })],
  ['wrong_time', { actual: '12:00', allowed: ['15:00 to 17:00'] }, () => asking({ between: ['15:00', '17:00'] })],
  ['not_started', { from: '2026-03-02' }, () => asking({ from: '2026-03-02' })],
  ['expired', { until: '2026-02-28' }, () => asking({ until: '2026-02-28' })],
  ['blackout', { on: '2026-03-01' }, () => asking({ blackout: ['2026-03-01'] })],
  ['first_order_only', {}, () => asking({ first_order: true }, { member: { tallies: { orders: 1 } } })],
  [
    'member_limit',
    { limit: 2 },
    () => rewardOf({ amount: '5.00', limits: { per_member: 2 } }, { member: { tallies: { [TALLY.redeemed('it')]: 2 } } }),
  ],
  [
    'day_limit',
    { limit: 1 },
    () =>
      rewardOf(
        { amount: '5.00', limits: { per_day: 1 } },
        { member: { tallies: { [TALLY.redeemedOn('it', '2026-03-01')]: 1 } }, context: { at: NOON } },
      ),
  ],
  [
    'items_missing',
    { required: 2, actual: 1, items: ['tea'] },
    () => rewardOf({ buy: { quantity: 2, of: { products: ['tea'] } }, free: 1, of: { products: ['cake'] } }),
  ],
  ['nothing_to_discount', {}, () => asking({}, { shop: 800 })],
  ['tier', { actual: 'Silver', allowed: ['Gold'] }, () => asking({ tiers: ['gold'] }, silver())],
  ['attribute', { needed: 'an opt-in to email' }, () => asking({ opted_in: ['email'] })],
  ['condition', { needed: 'three drinks' }, () => asking({ cel: { if: 'x', says: 'three drinks' } })],
  [
    'not_issued',
    { by: ['5 points', 'Welcome'] },
    () => {
      const welcome: CampaignDocument = { label: 'Welcome', trigger: 'registration', do: [{ grant: 'r5' }] }
      return explained('reward:r5', house({ program: { type: 'points', threshold: 5, reward: 'r5' }, campaigns: { welcome } }))
    },
  ],
  [
    'not_reached',
    { required: 5_000, actual: 800, of: 'spend' },
    () => explained('campaign:c', campaign({ trigger: 'spend', every: '50.00' })),
  ],
  [
    'nothing_paid',
    {},
    () => explained('campaign:c', campaign({ items: { products: ['cup'] } }), { lines: [...LINES, line('cup', 0)] }),
  ],
  [
    'earn_minimum',
    { required: 1_000, actual: 800 },
    () => {
      const c: CampaignDocument = { trigger: 'order', do: [{ points: 1 }] }
      return explained('campaign:c', house({ program: { earn: { minimum: '10.00' } }, campaigns: { c } }))
    },
  ],
  [
    'budget_used_up',
    { limit: 500, of: 'times' },
    () => explained('campaign:c', campaign({ budget: { times: 500 } }), { reserved: { 'times:c': 0 } }),
  ],
  ['guest_earns_nothing', {}, () => explained('campaign:c', campaign({}), { who: 'guest' })],
  ['tier_not_reached', { required: 500, actual: 8, by: 'points' }, () => explained('tier:silver', house({ tiers: LADDER }))],
]

function silver(): Partial<Sale> {
  return { member: { tallies: { [TALLY.tierMonth('2026-02')]: 600 } } }
}

it.each(REASONS)('%s is given, with its numbers', (reason, facts, reach) => {
  expect(reach()).toEqual({ reason, facts })
})

it('is every reason of the page, but the one that is told before any rule is asked', () => {
  const listed = [...readFileSync(pageOfReasons(), 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  // Two rewards in one call are refused by whoever reads it: the engine is asked for one at a time.
  expect([...REASONS.map(([name]) => name), 'multiple_rewards'].sort()).toEqual(listed.sort())
})

function pageOfReasons(folder = import.meta.dirname): string {
  const page = join(folder, 'docs', 'generated', 'reasons.md')
  return existsSync(page) ? page : pageOfReasons(dirname(folder))
}
