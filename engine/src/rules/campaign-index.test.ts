import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CampaignDocument, NamesDocument, WhenDocument } from './document.ts'
import { earn } from './earn.ts'
import { CONTEXT, cart, earning, house, line, MEMBER, NOON } from './house-program.ts'
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
        (list, sold, hours, storeCode) => {
          const indexed = house({ campaigns: Object.fromEntries(list.map((one, index) => [`c${index}`, one])) })
          const plain = { ...indexed, campaignsFor: () => indexed.campaigns }
          const { units, nets } = cart({ lines: sold.map(({ product, category }) => line(product, 500, { category })) })
          const input = { units, paid: nets, context: { ...CONTEXT, storeCode, at: NOON + hours * HOUR }, member: MEMBER }
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
    const found = (hours: number) => program.campaignsFor([], { ...CONTEXT, at: NOON + hours * HOUR }).map(({ key }) => key)
    expect([found(11), found(13), found(15)]).toEqual([['named', 'ended'], ['named', 'ended'], []])
  })

  it('leaves out what cannot apply, however many there are', () => {
    const campaigns = Object.fromEntries(
      Array.from({ length: 200 }, (_, index): [string, CampaignDocument] => [
        `c${index}`,
        index % 4 === 0
          ? { trigger: 'order', items: { products: [`p${index}`] }, do: [{ multiply: 2 }] }
          : index % 4 === 1
            ? { trigger: 'order', when: { stores: ['888888'] }, do: [{ multiply: 2 }] }
            : index % 4 === 2
              ? { trigger: 'order', when: { days: ['tue'] }, do: [{ multiply: 2 }] }
              : { trigger: 'order', when: { until: '2025-12-31' }, do: [{ multiply: 2 }] },
      ]),
    )
    const program = house({ campaigns })
    const { units } = cart({ lines: [line('tea', 300)] })
    expect(program.campaignsFor(units, CONTEXT)).toEqual([])
    expect(program.campaignsFor(cart({ lines: [line('P8', 300)] }).units, CONTEXT).map(({ key }) => key)).toEqual(['c8'])
  })
})
