import { describe, expect, it } from 'vitest'
import type { CampaignDocument } from './document.ts'
import { earning, house, line, NOON, quote, rewarding } from './house-program.ts'
import type { ConditionFacts, Recurrence, RuleTools } from './rule-tools.ts'

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
