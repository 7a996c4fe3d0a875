import { describe, expect, it } from 'vitest'
import type { Line, MemberSnapshot, OrderContext } from '../model.ts'
import type { CampaignDocument, WhenDocument } from './document.ts'
import { CONTEXT, cart, house, line, MEMBER, NOON, onDay } from './house-program.ts'
import { LADDER } from './idle-rules.ts'
import { TALLY } from './tallies.ts'

/** The orders of the house are on Sunday, 2026-03-01, at noon in New York. */
const HOUR = 3_600_000
const MIDNIGHT = NOON - 12 * HOUR

interface Seen {
  readonly order?: Partial<OrderContext>
  readonly member?: Partial<MemberSnapshot>
  readonly lines?: Line[]
}

/** Whether the index lets a campaign through to be asked in full. */
function finds(campaign: Partial<CampaignDocument>, { order, member, lines = [line('tea', 1_000)] }: Seen = {}): boolean {
  const document: CampaignDocument = { trigger: 'order', do: [{ points: 1 }], ...campaign }
  const program = house({ campaigns: { it: document }, tiers: LADDER, tools: { recurs: onDay } })
  const { units } = cart({ lines })
  return program.campaignsFor(units, { ...CONTEXT, ...order }, { ...MEMBER, ...member }).length === 1
}

const EDGES: readonly (readonly [string, WhenDocument, Seen, Seen])[] = [
  ['a store', { stores: ['999999'] }, {}, { order: { storeCode: '888888' } }],
  ['one of two stores', { stores: ['999999', '888888'] }, { order: { storeCode: '888888' } }, { order: { storeCode: '7' } }],
  ['a source', { sources: ['web', 'instore'] }, {}, { order: { source: 'mobileapp' } }],
  ['a type', { types: ['regular'] }, {}, { order: { type: 'catering' } }],
  ['a rendition', { renditions: ['onsite'] }, {}, { order: { rendition: 'delivery' } }],
  ['a rendition that is not told', { renditions: ['onsite'] }, {}, { order: { rendition: undefined } }],
  ['a weekday', { days: ['sun'] }, {}, { order: { at: NOON + 24 * HOUR } }],
  ['its first day', { from: '2026-03-01' }, {}, { order: { at: MIDNIGHT - 1 } }],
  ['its last day', { until: '2026-03-01' }, {}, { order: { at: MIDNIGHT + 24 * HOUR } }],
  ['no blackout, on its last day', { blackout: ['2026-02-28'] }, {}, { order: { at: MIDNIGHT - 1 } }],
  ['no blackout, on its first day', { blackout: [['2026-03-02', '2026-03-03']] }, {}, { order: { at: MIDNIGHT + 24 * HOUR } }],
  ['no blackout of two', { blackout: ['2026-02-01', ['2026-02-27', '2026-02-28']] }, {}, { order: { at: MIDNIGHT - 1 } }],
  ['a daypart from its minute on', { between: ['12:00', '14:00'] }, {}, { order: { at: NOON - 60_000 } }],
  ['a daypart until its end', { between: ['11:00', '12:00'] }, { order: { at: NOON - 60_000 } }, {}],
  [
    'one of two dayparts',
    {
      between: [
        ['08:00', '09:00'],
        ['12:00', '13:00'],
      ],
    } as WhenDocument,
    {},
    { order: { at: NOON - HOUR } },
  ],
  ['a recurring day', { recurs: { rule: '', from: '2026-03-01' } }, {}, { order: { at: NOON + 24 * HOUR } }],
  ['the first order', { first_order: true }, {}, { member: { tallies: { [TALLY.orders]: 1 } } }],
  ['a member with a profile', { registered: true }, {}, { member: { registered: false } }],
  ['who opted in to both', { opted_in: ['sms', 'email'] }, { member: { optedIn: { sms: true, email: true } } }, {}],
  ['a month of birth', { birthday_month: true }, {}, { member: { birthday: '1990-04-01' } }],
  ['a month of birth that is known', { birthday_month: true }, {}, { member: { birthday: undefined } }],
  ['who joined before', { joined_before: '2025-06-16' }, {}, { member: { joinedAt: Date.parse('2025-06-16T12:00:00Z') } }],
  ['who joined after', { joined_after: '2025-06-14' }, {}, { member: { joinedAt: Date.parse('2025-06-14T12:00:00Z') } }],
  ['a tier', { tiers: ['gold'] }, { member: inTier(1_000) }, { member: inTier(999) }],
  ['any of two tiers', { tiers: ['silver', 'gold'] }, { member: inTier(500) }, { member: inTier(499) }],
  ['a subtotal', { min_subtotal: '10.00' }, {}, { lines: [line('tea', 999)] }],
  ['a subtotal of all lines', { min_subtotal: '15.00' }, { lines: [line('tea', 1_000), line('pie', 500)] }, {}],
]

function inTier(points: number): Partial<MemberSnapshot> {
  return { tallies: { [TALLY.tierMonth('2026-02')]: points } }
}

describe('a campaign is let through where its condition may hold, and not where it cannot', () => {
  it.each(EDGES)('%s', (_, when, met, unmet) => {
    expect([finds({ when }, met), finds({ when }, unmet)]).toEqual([true, false])
    // Beside a condition that holds, it is still told.
    const both = { ...when, sources: when.sources ?? ['instore' as const] }
    expect([finds({ when: both }, met), finds({ when: both }, unmet)]).toEqual([true, false])
  })

  it('a night that begins on Saturday goes on into Sunday', () => {
    const night = { between: ['22:00', '02:00'] } as const
    const early = { order: { at: MIDNIGHT + HOUR } }
    const noon = {}
    for (const when of [
      { days: ['sat' as const] },
      { recurs: { rule: '', from: '2026-02-28' } },
      { until: '2026-02-28' },
    ] satisfies WhenDocument[]) {
      const nightly = { when: { ...when, between: [...night.between] as [string, string] } }
      expect([finds(nightly, early), finds(nightly, noon), finds({ when }, early)]).toEqual([true, false, false])
    }
    // A blackout of the Saturday alone does not rule the small hours of Sunday out before the rule is asked.
    const spared = { when: { between: ['22:00', '02:00'] as [string, string], blackout: ['2026-03-01'] } }
    expect(finds(spared, early)).toBe(true)
    // From midnight to midnight is a whole day, which also ends on the next.
    expect(finds({ when: { days: ['sat'], between: ['10:00', '10:00'] } }, { order: { at: MIDNIGHT + 9 * HOUR } })).toBe(true)
  })
})

it('is filed under what it needs: a product, a category or a name, in any spelling', () => {
  const lines = [line('tea', 500, { category: 'Hot', label: 'Green tea' })]
  expect(finds({ items: { products: ['TEA', 'pie'] } }, { lines })).toBe(true)
  expect(finds({ items: { categories: ['hot '] } }, { lines })).toBe(true)
  expect(finds({ items: { labels: ['green TEA'] } }, { lines })).toBe(true)
  expect(finds({ items: { labels: ['tea'] } }, { lines })).toBe(false)
  expect(finds({ items: { products: ['undefined'] } }, { lines: [{ ...line('tea', 500), product: undefined }] })).toBe(false)
})

it('what no order triggers is in no drawer', () => {
  const grants = { do: [{ grant: 'r5' }] }
  expect(finds({ trigger: 'birthday', ...grants })).toBe(false)
  expect(finds({ trigger: 'registration', ...grants })).toBe(false)
  expect(house().campaignsFor([], CONTEXT, MEMBER)).toEqual([])
})
