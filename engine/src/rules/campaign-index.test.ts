import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemberSnapshot } from '../model.ts'
import { compileProgram } from '../program.ts'
import type { CampaignDocument, NamesDocument, WhenDocument } from './document.ts'
import { earn } from './earn.ts'
import { CONTEXT, cart, earning, house, line, MEMBER, NOON, onDay } from './house-program.ts'
import { ASKED_IN_FULL, BUYER, basketOf, brandWith, IDLE, idleCampaigns, LADDER, ORDER } from './idle-rules.ts'
import type { RuleTools } from './rule-tools.ts'
import { TALLY } from './tallies.ts'

const HOUR = 3_600_000

describe('every n-th item on receipts', () => {
  const program = house({
    campaigns: {
      coffee: { trigger: 'item', items: { categories: ['coffee'] }, every: 5, do: [{ grant: 'r5' }] },
      pie: { trigger: 'item', items: { products: ['pie'] }, do: [{ points: 3 }] },
    },
  })
  const grants = (count: number, tallies = {}) => earning(program, { lines: [line('coffee', 100, { quantity: count })], tallies })

  it('counts across orders, once for each multiple', () => {
    expect(grants(4).grants).toEqual([])
    expect(grants(4).tallies[TALLY.items('coffee')]).toBe(4)
    expect(grants(1, { [TALLY.items('coffee')]: 4 }).grants).toEqual([{ rewardKey: 'r5', campaign: 'coffee' }])
    expect(grants(11).grants).toHaveLength(2)
  })

  it('each item, when no count is given; what costs nothing is no item', () => {
    expect(earning(program, { lines: [line('pie', 100, { quantity: 2 }), line('pie', 0)] }).quantity).toBe(2 + 6)
  })
})

describe('the index of campaigns', () => {
  const some = <T>(values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
  const when: fc.Arbitrary<WhenDocument> = fc.record(
    {
      stores: some(['999999', '888888']),
      sources: some(['instore', 'web'] as const),
      days: some(['sun', 'mon', 'sat'] as const),
      between: fc.constantFrom<[string, string]>(['22:00', '02:00'], ['11:00', '13:00']),
      from: fc.constantFrom('2026-02-28', '2026-03-01', '2026-03-02'),
      until: fc.constantFrom('2026-02-28', '2026-03-01', '2026-03-02'),
      types: some(['regular', 'catering'] as const),
      renditions: some(['onsite', 'delivery'] as const),
      blackout: fc.constantFrom<NonNullable<WhenDocument['blackout']>>(['2026-03-01'], [['2026-02-28', '2026-03-01']]),
      recurs: fc.constantFrom({ rule: '', from: '2026-02-28' }, { rule: '', from: '2026-03-01' }),
      first_order: fc.constant(true as const),
      registered: fc.constant(true as const),
      opted_in: some(['sms', 'email'] as const),
      birthday_month: fc.constant(true as const),
      joined_before: fc.constantFrom('2025-06-15', '2025-06-16'),
      joined_after: fc.constantFrom('2025-06-14', '2025-06-15'),
      tiers: some(['silver', 'gold']),
      min_subtotal: fc.constantFrom('5.00', '15.00'),
    },
    { requiredKeys: [] },
  )
  const items = fc.record(
    {
      products: some(['tea', 'PIE']),
      categories: some(['Hot ', 'cold']),
      labels: some(['Tea', 'cake']),
      exclude: fc.constant<NamesDocument>({ labels: ['cake'] }),
    },
    { requiredKeys: [] },
  )
  const campaign: fc.Arbitrary<CampaignDocument> = fc.record(
    { trigger: fc.constant('order' as const), when, items, do: fc.constant([{ points: 1 }]) },
    { requiredKeys: ['trigger', 'do'] },
  )
  const lines = fc.array(
    fc.record({ product: fc.constantFrom('tea', 'pie', 'cake'), category: fc.constantFrom('hot', 'COLD', 'other') }),
    { minLength: 1, maxLength: 4 },
  )

  it('leaves out nothing that applies: an order earns what it earns when every campaign is asked', () => {
    fc.assert(
      fc.property(
        fc.array(campaign, { maxLength: 8 }),
        lines,
        fc.constantFrom(-13, -11, -1, 0, 1, 10, 11, 12, 13, 14),
        fc.constantFrom('999999', '888888'),
        fc.constantFrom<Partial<MemberSnapshot>>(
          {},
          { registered: false, tallies: { orders: 1 }, birthday: undefined },
          { birthday: '1990-02-20', optedIn: { sms: false, email: true }, tallies: { [TALLY.tierMonth('2026-02')]: 500 } },
          { joinedAt: Date.parse('2025-06-15T03:00:00Z'), tallies: { [TALLY.tierMonth('2026-03')]: 1_000 } },
        ),
        (list, sold, hours, storeCode, changes) => {
          const campaigns = Object.fromEntries(list.map((one, index) => [`c${index}`, one]))
          const indexed = house({ campaigns, tiers: LADDER, tools: { recurs: onDay } })
          const plain = { ...indexed, campaignsFor: () => indexed.campaigns }
          const { units, nets } = cart({ lines: sold.map(({ product, category }) => line(product, 500, { category })) })
          const context = { ...CONTEXT, storeCode, at: NOON + hours * HOUR }
          const input = { units, paid: nets, context, member: { ...MEMBER, ...changes } }
          expect(earn(indexed, input)).toEqual(earn(plain, input))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('keeps the small hours with the day before, whether that day is named or ended', () => {
    const night = (when: WhenDocument): CampaignDocument => ({
      trigger: 'order',
      when: { ...when, between: ['22:00', '02:00'] },
      do: [{ points: 1 }],
    })
    const program = house({ campaigns: { named: night({ days: ['sun'] }), ended: night({ until: '2026-03-01' }) } })
    const found = (hours: number) =>
      program.campaignsFor([], { ...CONTEXT, at: NOON + hours * HOUR }, MEMBER).map(({ key }) => key)
    expect([found(11), found(13), found(15)]).toEqual([['named', 'ended'], ['named', 'ended'], []])
  })

  it.each(Object.keys(IDLE))('200 campaigns that do not apply by %s: none is asked', (kind) => {
    const asked: string[] = []
    const tools: RuleTools = {
      recurs: ({ from }) => ({
        includes: (date) => date.slice(8) === from.slice(8),
        next: () => undefined,
        previous: () => undefined,
      }),
      cel: (expression) => () => {
        asked.push(expression)
        return false
      },
    }
    const document = brandWith(idleCampaigns(200, [kind]), {})
    const program = compileProgram(document, { five: 1 }, tools)
    const { units, nets } = cart({ lines: basketOf(10) })
    const left = program.campaignsFor(units, ORDER, BUYER)
    // An expression may look at everything, so it is asked, once each.
    expect(left).toHaveLength(ASKED_IN_FULL.includes(kind) ? 200 : 0)
    expect(earn(program, { units, paid: nets, context: ORDER, member: BUYER }).because).toHaveLength(1)
    expect(asked).toHaveLength(ASKED_IN_FULL.includes(kind) ? 200 : 0)
  })

  it('looks at the cart once, however many campaigns its lines belong to', () => {
    const program = compileProgram(brandWith(idleCampaigns(200, ['products']), {}), { five: 1 })
    const { units } = cart({ lines: [...basketOf(3), line('IDLE-8', 300), line('idle-9', 300)] })
    expect(program.campaignsFor(units, ORDER, BUYER).map(({ key }) => key)).toEqual(['idle-8', 'idle-9'])
  })
})
