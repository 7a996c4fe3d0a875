/** What the bench and the tests of the index share: rules that do not apply to one order, in every way of not applying. */
import type { Line, MemberSnapshot, OrderContext } from '../model.ts'
import type { CampaignDocument, ProgramDocument, RewardDocument, TiersDocument } from './document.ts'

type Idle = Pick<CampaignDocument, 'when' | 'items'>

/** Each kind of condition that a campaign can have, as one that `ORDER` and `BUYER` do not meet. `n` numbers rules of a kind, so that none is another's copy. */
export const IDLE: Readonly<Record<string, (n: number) => Idle>> = {
  products: (n) => ({ items: { products: [`idle-${n}`] } }),
  categories: (n) => ({ items: { categories: [`Idle ${n}`] } }),
  labels: (n) => ({ items: { labels: [`Idle ${n}`] } }),
  stores: () => ({ when: { stores: ['888888'] } }),
  sources: () => ({ when: { sources: ['web', 'mobileapp'] } }),
  types: () => ({ when: { types: ['catering'] } }),
  renditions: () => ({ when: { renditions: ['delivery'] } }),
  'dates past': (n) => ({ when: { until: `2025-12-${day(n)}` } }),
  'dates to come': (n) => ({ when: { from: `2026-04-${day(n)}` } }),
  blackout: () => ({ when: { blackout: [['2026-02-27', '2026-03-03']] } }),
  weekdays: () => ({ when: { days: ['tue', 'fri'] } }),
  hours: () => ({ when: { between: ['15:00', '17:00'] } }),
  recurring: (n) => ({ when: { recurs: { rule: 'FREQ=MONTHLY', from: `2025-01-${day((n % 27) + 1)}` } } }),
  'first order': () => ({ when: { first_order: true } }),
  registered: () => ({ when: { registered: true } }),
  'opted in': () => ({ when: { opted_in: ['email'] } }),
  birthday: () => ({ when: { birthday_month: true } }),
  'joined before': (n) => ({ when: { joined_before: `2025-01-${day(n)}` } }),
  'joined after': (n) => ({ when: { joined_after: `2026-01-${day(n)}` } }),
  tier: () => ({ when: { tiers: ['gold', 'silver'] } }),
  subtotal: (n) => ({ when: { min_subtotal: String(9_000 + n) } }),
  expression: (n) => ({ when: { cel: { if: EXPRESSIONS[n % EXPRESSIONS.length]?.(n) ?? '', says: 'something rare' } } }),
  calculation: (n) => ({ when: { cel: { if: `sum(items.map(i, i.paid)) > ${9_000_000 + n}`, says: 'a large order' } } }),
}

/** What such conditions say in earnest: of the order, the member, the time and the items. */
const EXPRESSIONS: readonly ((n: number) => string)[] = [
  (n) => `order.subtotal > ${9_000_000 + n} && member.orders > 99`,
  (n) => `member.tier == "gold" && member.points >= ${n}`,
  (n) => `order.weekday in ["tue", "fri"] && order.minute >= ${n}`,
  (n) => `items.exists(i, i.product == "idle-${n}" && i.price > 0)`,
]

/** The kinds that are asked rule by rule: nothing that costs less says before whether they hold. */
export const ASKED_IN_FULL: readonly string[] = ['expression', 'calculation']

/** A Sunday in winter, noon in New York. */
const NOON = Date.parse('2026-03-01T17:00:00Z')

export const ORDER: OrderContext = {
  storeCode: '999999',
  source: 'instore',
  type: 'regular',
  rendition: 'onsite',
  at: NOON,
  arrivedAt: NOON,
}

export const BUYER: MemberSnapshot = {
  registered: false,
  joinedAt: Date.parse('2025-06-15T12:00:00Z'),
  birthday: '1990-07-20',
  optedIn: { sms: true, email: false },
  points: 2_000,
  tallies: { orders: 3, visits: 3 },
}

/** Two tiers, by the points of a year. */
export const LADDER: TiersDocument = {
  by: 'points',
  over: { last: '12 months' },
  levels: { silver: { label: 'Silver', from: 500 }, gold: { label: 'Gold', from: 1_000 } },
}

/** A brand with these rules, whose other parts are the same whatever the rules are. */
export function brandWith(campaigns: Record<string, CampaignDocument>, rewards: Record<string, RewardDocument>): ProgramDocument {
  return {
    account: { id: '1', name: 'Bench', currency: 'USD', country: 'US', timezone: 'America/New_York' },
    stores: [
      { code: '999999', name: 'Here' },
      { code: '888888', name: 'There', timezone: 'America/Los_Angeles' },
    ],
    program: { type: 'points_banking', earn: { points: 1, per: '1.00', exclude: { categories: ['Gift cards'] } } },
    tiers: LADDER,
    campaigns,
    rewards: { five: { label: 'Five off', amount: '5.00', points: 100 }, ...rewards },
  }
}

/** So many campaigns that `ORDER` does not meet, by each kind in turn. */
export function idleCampaigns(count: number, kinds: readonly string[]): Record<string, CampaignDocument> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n): [string, CampaignDocument] => [
      `idle-${n}`,
      { ...IDLE[kinds[n % kinds.length] ?? '']?.(n), trigger: 'order', do: [{ multiply: 2 }] },
    ]),
  )
}

/** A basket of so many lines of different products: of ten categories, a third with a modifier. */
export function basketOf(lines: number): Line[] {
  return Array.from({ length: lines }, (_, n) => ({
    label: `Product ${n}`,
    product: `product-${n}`,
    categories: [`Category ${n % 10}`],
    cost: 300 + ((n * 137) % 1_500),
    quantity: 1 + (n % 3 === 0 ? 1 : 0),
    modifiers: n % 3 === 1 ? [{ label: 'Extra', product: 'extra', categories: [], cost: 50, quantity: 1, modifiers: [] }] : [],
  }))
}

function day(n: number): string {
  return String((n % 28) + 1).padStart(2, '0')
}
