import { describe, expect, it } from 'vitest'
import type { CampaignDocument } from './document.ts'
import { CONTEXT, cart, earning, house, line, MEMBER, NOON, quote, rewarding } from './house-program.ts'
import type { ConditionFacts, Recurrence, RuleTools } from './rule-tools.ts'
import { type Situation, unmet } from './when.ts'

/** The first and the last of March, as a reader of recurrences would give them. */
const DATES = ['2026-03-01', '2026-03-31']
const recurs = (): Recurrence => ({
  includes: (date) => DATES.includes(date),
  next: (date) => DATES.find((one) => one > date),
  previous: (date) => DATES.findLast((one) => one < date),
})
const when = { recurs: { rule: 'FREQ=MONTHLY', from: '2026-03-01' } }
const SALE = { lines: [line('tea', 300, { quantity: 2 }), line('pie', 500)] }

describe('a recurring date', () => {
  const program = rewarding({ percent: 10, when }, { tools: { recurs } })
  const reason = (iso: string, changes: object = {}) => {
    const quoted = quote(program, 'it', { ...SALE, context: { arrivedAt: Date.parse(iso), ...changes } })
    return quoted.ok ? undefined : quoted.refusal
  }

  it("is a day of the store's clock", () => {
    expect([reason('2026-03-01T05:00:00Z'), reason('2026-03-02T04:59:00Z')]).toEqual([undefined, undefined])
    expect(reason('2026-03-02T07:00:00Z', { storeCode: '888888' })).toBe(undefined)
  })

  it('names the next one, or the last when there is none to come', () => {
    expect(reason('2026-03-10T12:00:00Z')).toEqual({
      reason: 'wrong_day',
      facts: { actual: '2026-03-10', allowed: ['2026-03-31'] },
    })
    expect(reason('2026-04-02T12:00:00Z')).toEqual({ reason: 'expired', facts: { until: '2026-03-31' } })
  })

  it('that runs over midnight belongs to the day it began', () => {
    const night: CampaignDocument = { trigger: 'order', when: { ...when, between: ['22:00', '02:00'] }, do: [{ points: 5 }] }
    const program = house({ campaigns: { night }, tools: { recurs } })
    const points = (iso: string) => earning(program, { ...SALE, context: { at: Date.parse(iso) } }).quantity
    expect(['2026-03-02T03:00:00Z', '2026-03-02T06:59:00Z', '2026-03-01T06:00:00Z'].map(points)).toEqual([16, 16, 11])
  })

  it('cannot be compiled without what reads it', () => {
    expect(() => rewarding({ percent: 10, when })).toThrow(/recurs/)
  })
})

describe('an expression', () => {
  let seen: ConditionFacts | undefined
  const tools = (holds: boolean): RuleTools => ({
    cel: () => (facts) => {
      seen = facts
      return holds
    },
  })
  const cel = { if: 'an expression', says: 'three drinks' }

  it('sees the order, the member and each piece of the cart', () => {
    const program = rewarding({ percent: 10, when: { cel, min_subtotal: '1.00' } }, { tools: tools(true) })
    expect(quote(program, 'it', { ...SALE, shop: 110, member: { tallies: { orders: 3, visits: 2 } } })).toMatchObject({
      ok: true,
    })
    expect(seen).toEqual({
      order: {
        store: '999999',
        source: 'instore',
        type: 'regular',
        rendition: 'onsite',
        subtotal: 990,
        date: '2026-03-01',
        weekday: 'sun',
        minute: 720,
      },
      member: {
        registered: true,
        joined: '2025-06-15',
        birthday: '1990-03-20',
        sms: true,
        email: false,
        points: 2000,
        orders: 3,
        visits: 2,
        tier: '',
      },
      items: [
        { product: 'pie', label: 'pie', categories: ['pie'], price: 500, paid: 450 },
        { product: 'tea', label: 'tea', categories: ['tea'], price: 300, paid: 270 },
        { product: 'tea', label: 'tea', categories: ['tea'], price: 300, paid: 270 },
      ],
    })
  })

  it('that does not hold says what is needed, in the words of the file', () => {
    expect(quote(rewarding({ percent: 10, when: { cel } }, { tools: tools(false) }), 'it', SALE)).toMatchObject({
      refusal: { reason: 'condition', facts: { needed: 'three drinks' } },
    })
    expect(quote(rewarding({ percent: 10, when: { cel: 'x' } }, { tools: tools(false) }), 'it', SALE)).toMatchObject({
      refusal: { reason: 'condition', facts: { needed: '' } },
    })
  })

  it('is asked of an order on which nothing is known of the rest, and of campaigns', () => {
    const campaigns = { c: { trigger: 'order', when: { cel }, do: [{ points: 5 }] } } satisfies Record<string, CampaignDocument>
    const points = (holds: boolean) =>
      earning(house({ campaigns, tools: tools(holds) }), { ...SALE, context: { at: NOON } }).quantity
    expect([points(true), points(false)]).toEqual([16, 11])
    expect(seen?.items.length).toBe(3)
  })

  it('cannot be compiled without what reads it', () => {
    expect(() => rewarding({ percent: 10, when: { cel } })).toThrow(/cel/)
  })
})

describe('what expressions on one cart see', () => {
  const facts: ConditionFacts[] = []
  const cel = (): ((seen: ConditionFacts) => boolean) => (seen) => facts.push(seen) > 0
  const program = house({
    campaigns: { c: { trigger: 'order', when: { cel: 'anything' }, do: [{ points: 1 }] } },
    tools: { cel },
  })
  const DAY = 86_400_000
  const { source, type, rendition } = CONTEXT
  const situation: Situation = {
    ...{ at: NOON, zone: 'America/New_York', storeCode: '999999', channel: { source, type, rendition } },
    ...{ member: MEMBER, tallies: { orders: 1 }, subtotal: 1_100, cart: cart(SALE) },
  }
  const seen = (change: Partial<Situation>): ConditionFacts => {
    facts.length = 0
    const [campaign] = program.campaigns
    for (const each of [situation, { ...situation, ...change }]) if (campaign) unmet(campaign.when, each)
    return facts[1] as ConditionFacts
  }

  it('is the same, and read once, as long as nothing differs', () => {
    expect(seen({})).toBe(facts[0])
    expect(facts[0]).toMatchObject({
      order: { store: '999999', source: 'instore', type: 'regular', rendition: 'onsite', subtotal: 1_100, weekday: 'sun' },
      member: { registered: true, joined: '2025-06-15', birthday: '1990-03-20', sms: true, email: false, orders: 1, visits: 0 },
    })
  })

  it('is what each was asked with: instant, clock, member, counts, subtotal', () => {
    expect(seen({ at: NOON + DAY }).order.date).toBe('2026-03-02')
    expect(seen({ zone: 'UTC' }).order.minute).toBe(17 * 60)
    expect(seen({ member: { ...MEMBER, points: 7 } }).member.points).toBe(7)
    expect(seen({ tallies: { orders: 4 } }).member.orders).toBe(4)
    const narrower = seen({ subtotal: 600 })
    expect(narrower.order).toMatchObject({ subtotal: 600, store: '999999', minute: 12 * 60 })
    expect(narrower.items).toBe(facts[0]?.items)
  })

  it('is empty where there is nobody and nothing is told', () => {
    const nobody = seen({ member: undefined, tallies: undefined, channel: undefined, storeCode: undefined, subtotal: undefined })
    expect(nobody.order).toMatchObject({ store: '', source: '', type: '', rendition: '', subtotal: 0 })
    const none = {
      registered: false,
      joined: '',
      birthday: '',
      sms: false,
      email: false,
      points: 0,
      orders: 0,
      visits: 0,
      tier: '',
    }
    expect(nobody.member).toEqual(none)
  })

  it('is not asked where there is no cart', () => {
    seen({ cart: undefined })
    expect(facts).toHaveLength(1)
  })
})
