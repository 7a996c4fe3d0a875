import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addTallies } from '../ledger/book.ts'
import type { Tallies } from '../model.ts'
import { shiftDate } from '../zoned-time.ts'
import type { TiersDocument } from './document.ts'
import { earning, house, line, quote, rewarding } from './house-program.ts'
import { offersFor } from './offers.ts'
import { TALLY } from './tallies.ts'
import { compileTiers, standingOn, tierOn, tierSum } from './tiers.ts'

const LADDER: TiersDocument = {
  by: 'points',
  over: { last: '12 months' },
  levels: {
    gold: { label: 'Gold', from: 1000, multiply: '1.5', enter: [{ grant: 'r5', quantity: 2 }, { points: 50 }] },
    silver: { label: 'Silver', from: 500, multiply: '1.25', enter: [{ grant: 'r5' }] },
  },
}
const months = (sums: Record<string, number>): Tallies =>
  Object.fromEntries(Object.entries(sums).map(([month, sum]) => [TALLY.tierMonth(month), sum]))
const standing = (tiers: TiersDocument, sums: Record<string, number>, date: string) =>
  tierOn(compileTiers(tiers, 2), months(sums), date)?.key

describe('where a member stands', () => {
  it.each<[string, TiersDocument['over'], string | undefined, Record<string, number>, string, string | undefined]>([
    ['nothing yet', { last: '12 months' }, undefined, {}, '2026-03-15', undefined],
    ['one short of the lowest', { last: '12 months' }, undefined, { '2026-03': 499 }, '2026-03-15', undefined],
    ['exactly there', { last: '12 months' }, undefined, { '2026-03': 500 }, '2026-03-15', 'silver'],
    ['summed over months', { last: '12 months' }, undefined, { '2025-11': 600, '2026-03': 400 }, '2026-03-15', 'gold'],
    ['the month a year ago still counts', { last: '12 months' }, undefined, { '2025-03': 500 }, '2026-03-31', 'silver'],
    ['and ends with it', { last: '12 months' }, undefined, { '2025-03': 500 }, '2026-04-01', undefined],
    ['years are twelve months', { last: '1 year' }, undefined, { '2025-03': 500 }, '2026-03-31', 'silver'],
    ['a month to come does not count', { last: '12 months' }, undefined, { '2026-04': 500 }, '2026-03-31', undefined],
    ['a calendar year', { calendar: 'year' }, undefined, { '2026-01': 500 }, '2026-12-31', 'silver'],
    ['begins anew', { calendar: 'year' }, undefined, { '2026-12': 500 }, '2027-01-01', undefined],
    ['a quarter', { calendar: 'quarter' }, undefined, { '2026-04': 500 }, '2026-06-30', 'silver'],
    ['ends', { calendar: 'quarter' }, undefined, { '2026-04': 500 }, '2026-07-01', undefined],
    ['a month', { calendar: 'month' }, undefined, { '2026-03': 500 }, '2026-04-01', undefined],
    ['grace keeps it', { calendar: 'year' }, '3 months', { '2026-12': 1000 }, '2027-03-31', 'gold'],
    ['and ends', { calendar: 'year' }, '3 months', { '2026-12': 1000 }, '2027-04-01', undefined],
    ['in days as well', { calendar: 'year' }, '10 days', { '2026-12': 1000 }, '2027-01-10', 'gold'],
    [
      'of the best that was reached in it',
      { calendar: 'year' },
      '12 months',
      { '2026-06': 1000, '2027-02': 500 },
      '2027-03-01',
      'gold',
    ],
  ])('%s', (_, over, grace, sums, date, expected) => {
    expect(standing({ ...LADDER, over, grace }, sums, date)).toBe(expected)
  })

  it('agrees with the plainest way to say it, for any months', () => {
    const tiers = compileTiers({ ...LADDER, grace: '2 months' }, 2)
    const sums = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 30, maxLength: 30 })
    const name = (index: number) => `${2024 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`
    fc.assert(
      fc.property(sums, fc.integer({ min: 15, max: 29 }), (amounts, now) => {
        const tallies = months(Object.fromEntries(amounts.map((amount, index) => [name(index), amount])))
        const reached = (end: number) => amounts.slice(end - 12, end + 1).reduce((total, amount) => total + amount, 0)
        const best = Math.max(reached(now), reached(now - 1), reached(now - 2))
        expect(tierOn(tiers, tallies, `${name(now)}-15`)?.key).toBe(best >= 1000 ? 'gold' : best >= 500 ? 'silver' : undefined)
        expect(tierSum(tiers, tallies, `${name(now)}-15`)).toBe(reached(now))
      }),
    )
  })
})

describe('what a tier brings', () => {
  const program = house({ tiers: LADDER })
  const sale = (dollars: number, tallies: Tallies = {}) => earning(program, { lines: [line('a', dollars * 100)], tallies })

  it('orders earn more, and the explanation says by which tier', () => {
    const { quantity, because } = sale(10, months({ '2026-02': 500 }))
    expect(quantity).toBe(12)
    expect(because).toContainEqual({
      rule: 'tier:silver',
      text: 'Silver: 1.25 times the points.',
      numbers: { measure: 1000, quantity: 2 },
    })
    expect(sale(10, months({ '2026-02': 1000 })).quantity).toBe(15)
    expect(sale(10).quantity).toBe(10)
  })

  it('the order that reaches a tier earns as before it, and brings what entering brings; two at once bring both', () => {
    const silver = sale(500)
    expect([silver.quantity, silver.grants]).toEqual([500, [{ rewardKey: 'r5', campaign: 'tier:silver' }]])
    const both = sale(1000)
    expect([both.quantity, both.grants.map(({ campaign }) => campaign)]).toEqual([
      1050,
      ['tier:silver', 'tier:gold', 'tier:gold'],
    ])
    // Points for entering are no step towards the next tier.
    expect(both.tallies[TALLY.tierMonth('2026-03')]).toBe(1000)
    expect(sale(1, addTallies({}, silver.tallies, 1)).grants).toEqual([])
  })

  it('by spend: what is not paid does not count, and neither does what never earns', () => {
    const spend = house({
      tiers: {
        by: 'spend',
        over: { calendar: 'year' },
        levels: { vip: { label: 'VIP', from: '20.00', enter: [{ points: 5 }] } },
      },
    })
    const lines = [line('food', 2000), line('load', 5000, { category: 'Gift cards' })]
    expect(earning(spend, { lines }).quantity).toBe(25)
    expect(earning(spend, { lines, shop: 100 }).grants).toEqual([])
    expect(earning(spend, { lines }).tallies[TALLY.tierMonth('2026-03')]).toBe(2000)
  })

  it("a month is the account's, whatever the store's clock shows", () => {
    const context = { storeCode: '888888', at: Date.parse('2026-04-01T05:30:00Z') }
    expect(earning(program, { lines: [line('a', 1000)], context }).tallies).toMatchObject({ [TALLY.tierMonth('2026-04')]: 10 })
  })

  it('refunding the order takes its part out of its month', () => {
    const { tallies } = sale(500)
    const after = addTallies(addTallies(months({ '2026-03': 300 }), tallies, 1), tallies, -1)
    expect(after).toEqual(months({ '2026-03': 300 }))
  })
})

describe('a reward of a tier', () => {
  const program = rewarding({ percent: 10, when: { tiers: ['gold'] } }, { tiers: LADDER })
  const sale = { lines: [line('a', 1000)] }

  it('is for those who stand in it, and says what it takes', () => {
    expect(quote(program, 'it', { ...sale, member: { tallies: months({ '2026-02': 1000 }) } })).toMatchObject({ ok: true })
    expect(quote(program, 'it', { ...sale, member: { tallies: months({ '2026-02': 500 }) } })).toMatchObject({
      refusal: { reason: 'tier', facts: { actual: 'Silver', allowed: ['Gold'] } },
    })
    expect(quote(program, 'it', sale)).toMatchObject({ refusal: { reason: 'tier', facts: { actual: '', allowed: ['Gold'] } } })
  })

  it('is not offered to others', () => {
    const offer = (tallies: Tallies) =>
      offersFor(
        program,
        { storeCode: '999999', at: Date.parse('2026-03-01T17:00:00Z') },
        {
          registered: true,
          joinedAt: 0,
          optedIn: { sms: false, email: false },
          points: 0,
          tallies,
        },
      ).get('it')?.refusal?.reason
    expect([offer({}), offer(months({ '2026-03': 1000 }))]).toEqual(['tier', undefined])
  })
})

describe('what a member is told of it', () => {
  const told = (tiers: TiersDocument, sums: Record<string, number>, date: string) => {
    const { tier, until, next } = standingOn(compileTiers(tiers, 2), months(sums), date)
    return [tier?.key, until, next?.tier.key, next?.missing]
  }
  const yearly = (grace?: string): TiersDocument => ({ ...LADDER, over: { calendar: 'year' }, grace })

  it.each<[string, TiersDocument, Record<string, number>, unknown[]]>([
    ['nothing yet', LADDER, {}, [undefined, undefined, 'silver', 500]],
    ['part of the way', LADDER, { '2026-03': 120 }, [undefined, undefined, 'silver', 380]],
    ['in the lower tier', LADDER, { '2025-11': 600 }, ['silver', '2026-11-30', 'gold', 400]],
    ['in the highest', LADDER, { '2025-11': 600, '2026-03': 400 }, ['gold', '2026-11-30', undefined, undefined]],
    ['a year ends', yearly(), { '2026-03': 500 }, ['silver', '2026-12-31', 'gold', 500]],
    ['grace by days', yearly('10 days'), { '2026-03': 500 }, ['silver', '2027-01-10', 'gold', 500]],
    ['in its grace', yearly('3 months'), { '2025-12': 1000, '2026-03': 30 }, ['gold', '2026-03-31', undefined, undefined]],
  ])('%s', (_, tiers, sums, expected) => {
    expect(told(tiers, sums, '2026-03-15')).toEqual(expected)
  })

  it('the last day is right to the day', () => {
    const month = fc
      .integer({ min: 0, max: 23 })
      .map((n) => `${2025 + Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}`)
    const sums = fc.dictionary(month, fc.integer({ min: 1, max: 900 }), { maxKeys: 8 })
    const over = fc.constantFrom<TiersDocument['over']>({ last: '3 months' }, { calendar: 'quarter' }, { calendar: 'year' })
    const grace = fc.constantFrom(undefined, '10 days', '2 months')
    fc.assert(
      fc.property(sums, over, grace, fc.integer({ min: 0, max: 700 }), (sums, over, grace, days) => {
        const date = shiftDate('2025-01-10', days, 'days')
        const tiers = compileTiers({ ...LADDER, over, grace }, 2)
        const { tier, until } = standingOn(tiers, months(sums), date)
        if (!tier) return
        // What comes in a month that is still to come counts from then on, so that only what is there by `date` is looked at.
        const past = months(Object.fromEntries(Object.entries(sums).filter(([one]) => one <= date.slice(0, 7))))
        const last = standingOn(tiers, past, date).until ?? ''
        expect(until).toBeDefined()
        for (let day = date; day <= last; day = shiftDate(day, 1, 'days'))
          expect(tierOn(tiers, past, day)?.from ?? 0).toBeGreaterThanOrEqual(tier.from)
        expect(tierOn(tiers, past, shiftDate(last, 1, 'days'))?.from ?? 0).toBeLessThan(tier.from)
      }),
      { numRuns: 300 },
    )
  })
})
