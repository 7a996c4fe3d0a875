import { describe, expect, it } from 'vitest'
import type { WhenDocument } from './document.ts'
import { MEMBER } from './house-program.ts'
import { compileWhen, isInside, type Situation, unmet, windowsOf } from './when.ts'

const ZONE = 'America/New_York'
/** The clock on the wall in New York, in winter. */
const at = (local: string): number => Date.parse(`${local}-05:00`)
const SITUATION: Situation = { at: at('2026-03-04T12:00:00'), zone: ZONE, member: MEMBER }
const told = (when: WhenDocument, changes: Partial<Situation> = {}) =>
  unmet(compileWhen(when, { digits: 2, zone: ZONE }), { ...SITUATION, ...changes })

describe('the first and the last moment of', () => {
  it.each<[string, WhenDocument, string, string | undefined]>([
    ['a start', { from: '2026-03-04' }, '2026-03-03T23:59:59', 'not_started'],
    ['a start', { from: '2026-03-04' }, '2026-03-04T00:00:00', undefined],
    ['an end', { until: '2026-03-04' }, '2026-03-04T23:59:59', undefined],
    ['an end', { until: '2026-03-04' }, '2026-03-05T00:00:00', 'expired'],
    ['a blackout', { blackout: [['2026-03-04', '2026-03-05']] }, '2026-03-03T23:59:59', undefined],
    ['a blackout', { blackout: [['2026-03-04', '2026-03-05']] }, '2026-03-04T00:00:00', 'blackout'],
    ['a blackout', { blackout: [['2026-03-04', '2026-03-05']] }, '2026-03-05T23:59:59', 'blackout'],
    ['a blackout', { blackout: [['2026-03-04', '2026-03-05']] }, '2026-03-06T00:00:00', undefined],
    ['a blackout of one day', { blackout: ['2026-03-04'] }, '2026-03-05T00:00:00', undefined],
    ['hours', { between: ['09:30', '11:00'] }, '2026-03-04T09:29:59', 'wrong_time'],
    ['hours', { between: ['09:30', '11:00'] }, '2026-03-04T09:30:00', undefined],
    ['hours', { between: ['09:30', '11:00'] }, '2026-03-04T10:59:59', undefined],
    ['hours', { between: ['09:30', '11:00'] }, '2026-03-04T11:00:00', 'wrong_time'],
    ['a night', { between: ['22:00', '02:00'] }, '2026-03-04T21:59:59', 'wrong_time'],
    ['a night', { between: ['22:00', '02:00'] }, '2026-03-04T22:00:00', undefined],
    ['a night', { between: ['22:00', '02:00'] }, '2026-03-05T01:59:59', undefined],
    ['a night', { between: ['22:00', '02:00'] }, '2026-03-05T02:00:00', 'wrong_time'],
    ['a night of Wednesday', { between: ['22:00', '02:00'], days: ['wed'] }, '2026-03-05T01:59:59', undefined],
    ['a night of Wednesday', { between: ['22:00', '02:00'], days: ['wed'] }, '2026-03-04T01:59:59', 'wrong_day'],
    ['a night from its first day', { between: ['22:00', '02:00'], from: '2026-03-04' }, '2026-03-04T01:00:00', 'not_started'],
    ['a night to its last day', { between: ['22:00', '02:00'], until: '2026-03-04' }, '2026-03-05T01:00:00', undefined],
    ['a Saturday night, seen on Sunday', { between: ['22:00', '02:00'], days: ['sat'] }, '2026-03-08T01:00:00', undefined],
    ['to midnight', { between: ['22:00', '24:00'] }, '2026-03-04T23:59:59', undefined],
    ['to midnight', { between: ['22:00', '24:00'] }, '2026-03-05T00:00:00', 'wrong_time'],
  ])('%s: %o at %s', (_, when, local, reason) => {
    expect(told(when, { at: at(local) })?.reason).toBe(reason)
  })

  it.each<[WhenDocument, string, string | undefined]>([
    [{ joined_before: '2025-06-15' }, '2025-06-14T23:59:59', undefined],
    [{ joined_before: '2025-06-15' }, '2025-06-15T00:00:00', 'a membership from before 2025-06-15'],
    [{ joined_after: '2025-06-15' }, '2025-06-15T23:59:59', 'a membership from after 2025-06-15'],
    [{ joined_after: '2025-06-15' }, '2025-06-16T00:00:00', undefined],
  ])('a membership: %o, joined at %s in the zone of the store', (when, local, needed) => {
    const member = { ...MEMBER, joinedAt: Date.parse(`${local}-04:00`) }
    expect(told(when, { member })?.facts.needed).toBe(needed)
  })

  it.each([
    [1_499, { required: 1_500, actual: 1_499 }],
    [1_500, undefined],
    [undefined, undefined],
  ])('a minimum: %s', (subtotal, facts) => {
    expect(told({ min_subtotal: '15.00' }, { subtotal })?.facts).toEqual(facts)
  })
})

describe('a condition that does not hold says what would', () => {
  const channel = { source: 'web', type: 'catering' }
  it.each<[WhenDocument, Partial<Situation>, object]>([
    [{ stores: ['1', '2'] }, { storeCode: '3' }, { reason: 'not_at_store', facts: { actual: '3', allowed: ['1', '2'] } }],
    [{ sources: ['instore'] }, { channel }, { reason: 'not_in_source', facts: { actual: 'web', allowed: ['instore'] } }],
    [{ types: ['regular'] }, { channel }, { reason: 'order_type', facts: { actual: 'catering', allowed: ['regular'] } }],
    [{ renditions: ['pickup'] }, { channel }, { reason: 'rendition', facts: { actual: 'unstated', allowed: ['pickup'] } }],
    [{ days: ['sat', 'mon'] }, {}, { reason: 'wrong_day', facts: { actual: 'Wednesday', allowed: ['Monday', 'Saturday'] } }],
    [
      {
        between: [
          ['09:05', '10:00'],
          ['22:00', '02:00'],
        ],
      },
      {},
      { reason: 'wrong_time', facts: { actual: '12:00', allowed: ['09:05 to 10:00', '22:00 to 02:00'] } },
    ],
    [{ from: '2026-04-01' }, {}, { reason: 'not_started', facts: { from: '2026-04-01' } }],
    [{ until: '2026-02-01' }, {}, { reason: 'expired', facts: { until: '2026-02-01' } }],
    [{ blackout: ['2026-03-04'] }, {}, { reason: 'blackout', facts: { on: '2026-03-04' } }],
    [{ first_order: true }, { tallies: { orders: 1 } }, { reason: 'first_order_only', facts: {} }],
    [
      { registered: true },
      { member: { ...MEMBER, registered: false } },
      { reason: 'attribute', facts: { needed: 'a completed registration' } },
    ],
    [{ opted_in: ['sms', 'email'] }, {}, { reason: 'attribute', facts: { needed: 'an opt-in to email' } }],
    [
      { opted_in: ['sms'] },
      { member: { ...MEMBER, optedIn: { sms: false, email: true } } },
      { reason: 'attribute', facts: { needed: 'an opt-in to text messages' } },
    ],
    [
      { birthday_month: true },
      { at: at('2026-04-01T00:00:00') },
      { reason: 'attribute', facts: { needed: 'a birthday this month' } },
    ],
    [
      { birthday_month: true },
      { member: { ...MEMBER, birthday: undefined } },
      { reason: 'attribute', facts: { needed: 'a birthday this month' } },
    ],
  ])('%o', (when, changes, refusal) => {
    expect(told(when, changes)).toEqual(refusal)
  })

  it.each<[string, WhenDocument, Partial<Situation>]>([
    ['no condition', {}, {}],
    ['a store where none is known', { stores: ['1'] }, {}],
    ['a channel where none is known', { sources: ['instore'], types: ['regular'], renditions: ['pickup'] }, {}],
    ['a member where none is known', { registered: true, first_order: true, birthday_month: true }, { member: undefined }],
    ['its own store', { stores: ['1', '2'] }, { storeCode: '2' }],
    ['its own channel', { sources: ['web'], types: ['catering'] }, { channel }],
    ['a month that is the birthday’s until its last moment', { birthday_month: true }, { at: at('2026-03-07T23:59:59') }],
    ['no order so far', { first_order: true }, { tallies: {} }],
  ])('%s is no obstacle', (_, when, changes) => {
    expect(told(when, changes)).toBeUndefined()
  })

  it('the first that does not hold is told: place, then time, then member, then minimum', () => {
    const all: WhenDocument = { stores: ['1'], until: '2026-02-01', first_order: true, min_subtotal: '15.00' }
    const reasons = [
      told(all, { storeCode: '2', tallies: { orders: 1 }, subtotal: 1 }),
      told(all, { storeCode: '1', tallies: { orders: 1 }, subtotal: 1 }),
      told({ ...all, until: undefined }, { tallies: { orders: 1 }, subtotal: 1 }),
      told({ ...all, until: undefined }, { tallies: {}, subtotal: 1 }),
    ].map((refusal) => refusal?.reason)
    expect(reasons).toEqual(['not_at_store', 'expired', 'first_order_only', 'min_subtotal'])
  })
})

it('hours may be written as one pair or several', () => {
  expect(windowsOf(['09:00', '10:00'])).toEqual([['09:00', '10:00']])
  expect(windowsOf([['09:00', '10:00']])).toEqual([['09:00', '10:00']])
})

it('a window from a minute to the same one is the whole day', () => {
  expect([0, 599, 600, 1_439].map((minute) => isInside(minute, { from: 600, to: 600 }))).toEqual([true, true, true, true])
})
