/** For properties: any program file that the reader would accept, over its whole vocabulary, and orders that meet its rules more often than not. */
import fc from 'fast-check'
import type { Line, MemberSnapshot, OrderContext } from '../model.ts'
import { compileProgram, type Program } from '../program.ts'
import type {
  ActionDocument,
  CampaignDocument,
  EarnDocument,
  NamesDocument,
  ProgramDocument,
  RewardDocument,
  SelectorDocument,
  SettingsDocument,
  TiersDocument,
  WhenDocument,
} from './document.ts'
import { CONTEXT, MEMBER, NOON } from './house-program.ts'
import type { RuleTools } from './rule-tools.ts'
import { TALLY } from './tallies.ts'

const DAY = 86_400_000
const CATEGORIES = ['coffee', 'food', 'dessert', 'Gift cards']
const some = <T>(values: readonly T[], maxLength = 2) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength })
const maybe = <T extends object, K extends Extract<keyof T, string>>(
  fields: { [P in keyof T]: fc.Arbitrary<T[P]> },
  requiredKeys: K[],
) => fc.record<T, K>(fields, { requiredKeys })
const money = (max: number) => fc.integer({ min: 1, max }).map((cents) => (cents / 100).toFixed(2))
const count = (max: number) => fc.integer({ min: 1, max })

const named: fc.Arbitrary<NamesDocument> = fc.oneof(
  fc.record({ categories: some(CATEGORIES.map((name) => name.toUpperCase())) }),
  fc.record({ products: some(['coffee-1', 'food-2', 'dessert-0']) }),
)
const group: fc.Arbitrary<SelectorDocument> = fc.oneof(
  named,
  fc.constant<SelectorDocument>({ all: true }),
  fc.tuple(named, named).map(([names, exclude]): SelectorDocument => ({ ...names, exclude })),
)
const clock = fc.constantFrom('00:00', '11:30', '12:00', '13:00', '22:00', '24:00')
const dates = fc.constantFrom('2025-12-31', '2026-02-28', '2026-03-01', '2026-03-02', '2026-11-01')
const period = fc.constantFrom('90 minutes', '1 hour', '1 day', '2 weeks', '3 months', '1 year')

const when: fc.Arbitrary<WhenDocument> = maybe(
  {
    stores: some(['999999', '888888']),
    sources: some(['instore', 'web'] as const),
    types: some(['regular', 'catering'] as const),
    renditions: some(['onsite', 'pickup', 'delivery'] as const),
    days: some(['sun', 'mon', 'sat'] as const),
    between: fc.oneof(fc.tuple(clock, clock), fc.array(fc.tuple(clock, clock), { minLength: 1, maxLength: 2 })),
    from: dates,
    until: dates,
    blackout: fc.array(fc.oneof(dates, fc.tuple(dates, dates)), { minLength: 1, maxLength: 2 }),
    recurs: fc.record({ rule: fc.constant('FREQ=WEEKLY'), from: dates }),
    min_subtotal: money(2_000),
    first_order: fc.constant(true as const),
    birthday_month: fc.constant(true as const),
    joined_before: fc.constantFrom('2025-06-15', '2025-06-16'),
    joined_after: fc.constantFrom('2025-06-14', '2025-06-15'),
    opted_in: some(['sms', 'email'] as const),
    registered: fc.constant(true as const),
    cel: fc.oneof(fc.string({ maxLength: 3 }), fc.record({ if: fc.string({ maxLength: 3 }), says: fc.constant('luck') })),
  },
  [],
)
/** Every condition now and then, but seldom many at once: else nothing would ever apply. */
const oneOrTwo = fc.tuple(fc.option(when, { nil: undefined, freq: 2 }), fc.nat(), fc.nat()).map(([full, a, b]) => {
  const keys = Object.keys(full ?? {})
  const kept = new Set([keys[a % (keys.length || 1)], keys[b % (keys.length || 1)]])
  return full && (Object.fromEntries(Object.entries(full).filter(([key]) => kept.has(key))) as WhenDocument)
})

const rewardKinds: fc.Arbitrary<Partial<RewardDocument>> = fc.oneof(
  fc.record({ amount: money(2_000) }),
  maybe({ percent: fc.constantFrom(5, '12.5', 33.33, 100), max: money(500) }, ['percent']),
  maybe({ amount: money(900), of: group }, ['amount', 'of']),
  maybe({ percent: fc.constantFrom(10, '50', 100), of: group, get: count(3) }, ['percent', 'of']),
  fc.record({ free: count(3), of: group }),
  fc.record({ price: money(400), of: group }),
  maybe({ buy: fc.record({ quantity: count(3), of: group }), free: count(2), of: group }, ['buy', 'free']),
  maybe({ buy: fc.record({ quantity: count(2), of: group }), percent: fc.constant(50), get: count(2), of: group }, [
    'buy',
    'percent',
  ]),
  maybe({ buy: fc.record({ quantity: count(2), of: group }), amount: money(300), of: group }, ['buy', 'amount']),
)
const rewardExtras = maybe(
  {
    offer: fc.constantFrom('rebate' as const, 'discount' as const, 'gift' as const),
    points: count(150),
    pick: fc.constantFrom('cheapest' as const, 'dearest' as const),
    count_modifiers: fc.boolean(),
    modifiers_qualify: fc.boolean(),
    limits: maybe({ per_order: count(3), per_member: count(3), per_day: count(2) }, []),
    expire: fc.oneof(fc.record({ after: period }), fc.record({ on: dates })),
  },
  [],
)
const reward: fc.Arbitrary<RewardDocument> = fc
  .tuple(rewardKinds, rewardExtras, oneOrTwo)
  .map(([kind, extras, conditions]) => ({ label: 'It', ...extras, ...kind, when: conditions }))

const action: fc.Arbitrary<ActionDocument> = fc.oneof(
  fc.record({ multiply: fc.constantFrom(1, '1.25', 2, '3') }),
  fc.record({ points: count(60) }),
  fc.record({ points_each: count(5) }),
  maybe({ grant: fc.constantFrom('a', 'b'), quantity: count(2) }, ['grant']),
)
const cap = fc.record({
  points: count(80),
  per: fc.constantFrom('order' as const, 'day' as const, 'week' as const, 'member' as const),
})

const campaign: fc.Arbitrary<CampaignDocument> = fc
  .tuple(
    fc.constantFrom<CampaignDocument['trigger']>(
      'order',
      'order',
      'order',
      'visits',
      'points',
      'spend',
      'item',
      'registration',
      'birthday',
      'date',
      'inactivity',
    ),
    oneOrTwo,
    maybe(
      {
        label: fc.constant('C'),
        cap,
        limits: maybe({ per_member: count(3), per_day: count(2) }, []),
        budget: fc.oneof(fc.record({ times: count(3) }), fc.record({ points: count(50) })),
      },
      [],
    ),
    fc.record({ items: fc.option(group, { nil: undefined }), every: count(20), after: period, on: dates }),
    fc.array(action, { minLength: 1, maxLength: 2 }),
    maybe({ before: fc.constantFrom('0 days', '7 days'), after: fc.constantFrom('7 days', '1 month') }, []),
  )
  .map(([trigger, conditions, extras, { items, every, after, on }, list, window]) => ({
    trigger,
    when: conditions,
    ...extras,
    ...((trigger === 'order' || trigger === 'item') && { items: trigger === 'item' ? (items ?? { all: true }) : items }),
    ...(['visits', 'points', 'spend', 'item'].includes(trigger) && { every: trigger === 'spend' ? `${every}.50` : every }),
    ...(trigger === 'inactivity' && { after }),
    ...(trigger === 'date' && { on }),
    ...(trigger === 'birthday' && { window }),
    do: trigger === 'order' ? list : list.filter((one) => !('multiply' in one || 'points_each' in one)).concat([{ points: 1 }]),
  }))

const tiers: fc.Arbitrary<TiersDocument> = fc
  .tuple(
    fc.constantFrom('points' as const, 'spend' as const),
    fc.oneof(
      fc.record({ last: fc.constantFrom('1 month', '12 months', '1 year') }),
      fc.record({ calendar: fc.constantFrom('year' as const, 'quarter' as const, 'month' as const) }),
    ),
    fc.option(fc.constantFrom('10 days', '3 months'), { nil: undefined }),
    fc.array(fc.option(action, { nil: undefined }), { minLength: 2, maxLength: 2 }),
  )
  .map(([by, over, grace, [low, high]]) => {
    const enter = (action: ActionDocument | null | undefined) =>
      action && !('multiply' in action) && !('points_each' in action) ? { enter: [action] } : {}
    return {
      by,
      over,
      ...(grace && { grace }),
      levels: {
        silver: { label: 'Silver', from: '20', multiply: '1.25', ...enter(low) },
        gold: { label: 'Gold', from: '100', multiply: 2, ...enter(high) },
      },
    }
  })

const earn: fc.Arbitrary<EarnDocument> = maybe(
  {
    points: count(5),
    per: fc.constantFrom('1.00', '0.50', '10'),
    of: group,
    exclude: fc.constant({ categories: ['Gift cards'] }),
    rounding: fc.constantFrom('round_then_multiply' as const, 'multiply_then_round' as const),
    minimum: money(1_000),
    caps: fc.array(cap, { minLength: 1, maxLength: 2 }),
    min_interval: period,
    catering: fc.boolean(),
  },
  [],
)

const settings: fc.Arbitrary<SettingsDocument> = maybe(
  {
    partial_refunds: fc.constantFrom('keep' as const, 'readjudicate' as const),
    refund_shortfall: fc.constantFrom('owe' as const, 'floor' as const, 'forgive' as const),
    starters_redeem: fc.boolean(),
  },
  [],
)

const kinds: fc.Arbitrary<ProgramDocument['program']> = fc.oneof(
  earn.map((rule) => ({ type: 'points_banking' as const, earn: rule, expire: { after: '45 days' } })),
  earn.map((rule) => ({ type: 'points' as const, earn: rule, threshold: 30, reward: 'a', expire: { inactive: '6 months' } })),
  earn.map(({ points: visits, ...rule }) => ({
    type: 'visits' as const,
    units: 'visits' as const,
    earn: { ...rule, visits },
    threshold: 3,
    reward: 'a',
  })),
  earn.map(({ points: stamps, ...rule }) => ({
    type: 'visits' as const,
    units: 'stamps' as const,
    earn: { ...rule, stamps },
    threshold: 4,
    reward: 'b',
  })),
  earn.map((rule) => ({ type: 'shop_with_points' as const, earn: rule, value_per_point: '0.015', expire: { on: '2026-12-31' } })),
)

/** Any program with two rewards, `a` and `b`, some campaigns, and tiers now and then. */
export function anyProgram(only: (campaign: CampaignDocument) => boolean = () => true): fc.Arbitrary<Program> {
  const withTiers = fc.option(tiers, { nil: undefined })
  const campaigns = fc.array(campaign.filter(only), { maxLength: 5 })
  return fc
    .tuple(
      kinds,
      reward,
      reward,
      campaigns,
      withTiers,
      settings,
      fc.constantFrom('America/New_York', 'Pacific/Apia', 'UTC'),
      fc.boolean(),
    )
    .map(([program, a, b, list, ladder, chosen, timezone, byTier]): ProgramDocument => {
      const gated = ladder && byTier ? { ...b, when: { ...b.when, tiers: ['gold'] } } : b
      return {
        account: { id: '1', name: 'Any', currency: 'USD', country: 'US', timezone },
        stores: [
          { code: '999999', name: 'Here', timezone: 'America/New_York' },
          { code: '888888', name: 'There' },
        ],
        program,
        rewards: { a, b: gated },
        campaigns: Object.fromEntries(list.map((one, index) => [`c${index}`, one])),
        ...(ladder && { tiers: ladder }),
        settings: chosen,
      }
    })
    .map((document) =>
      Object.assign(compileProgram(document, { a: 2_001, b: 2_002 }, TOOLS), {
        [fc.toStringMethod]: () => JSON.stringify(document),
      }),
    )
}

/** Both answer by what they are given, and always the same. */
const TOOLS: RuleTools = {
  recurs: ({ from }) => {
    const includes = (date: string) => date >= from && Date.parse(date) % (7 * DAY) === Date.parse(from) % (7 * DAY)
    return { includes, next: () => undefined, previous: (date) => (date > from ? from : undefined) }
  },
  cel: (expression) => (facts) => (expression.length + facts.items.length + facts.order.minute) % 3 !== 0,
}

export const anyLine: fc.Arbitrary<Line> = fc
  .record({
    category: fc.constantFrom(...CATEGORIES),
    number: fc.nat({ max: 2 }),
    cost: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000 })),
    quantity: fc.integer({ min: 1, max: 4 }),
    extra: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
  })
  .map(({ category, number, cost, quantity, extra }) => ({
    label: `${category} ${number}`,
    product: `${category}-${number}`,
    categories: [category],
    cost,
    quantity,
    modifiers:
      extra === undefined
        ? []
        : [{ label: 'Sauce', product: 'food-2', categories: ['food'], cost: extra, quantity: 2, modifiers: [] }],
  }))

export const anyCart = fc.array(anyLine, { minLength: 1, maxLength: 6 })

export const anyContext: fc.Arbitrary<OrderContext> = fc
  .record({
    storeCode: fc.constantFrom('999999', '888888', 'unknown'),
    source: fc.constantFrom('instore', 'web'),
    type: fc.constantFrom('regular', 'regular', 'catering'),
    rendition: fc.constantFrom('onsite', 'delivery', undefined),
    at: fc.oneof(fc.constant(NOON), fc.integer({ min: NOON - 400 * DAY, max: NOON + 400 * DAY })),
    late: fc.constantFrom(0, 0, 3_600_000),
  })
  .map(({ late, ...context }) => ({ ...CONTEXT, ...context, arrivedAt: context.at + late }))

export const anyMember: fc.Arbitrary<MemberSnapshot> = fc
  .record({
    registered: fc.boolean(),
    joinedAt: fc.constantFrom(MEMBER.joinedAt, NOON - 500 * DAY, NOON),
    birthday: fc.constantFrom(undefined, '1990-03-20', '1992-02-29', '2000-12-31'),
    sms: fc.boolean(),
    email: fc.boolean(),
    points: fc.nat({ max: 3_000 }),
    orders: fc.nat({ max: 2 }),
    earned: fc.nat({ max: 120 }),
  })
  .map(({ sms, email, orders, earned, ...member }) => ({
    ...member,
    optedIn: { sms, email },
    tallies: {
      ...(orders > 0 && { [TALLY.orders]: orders, [TALLY.visits]: orders, [TALLY.fired('c0')]: orders }),
      ...(earned > 0 && { [TALLY.earned]: earned, [TALLY.earnedOn('2026-03-01')]: earned, [TALLY.tierMonth('2026-02')]: earned }),
    },
  }))
