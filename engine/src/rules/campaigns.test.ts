import { describe, expect, it } from 'vitest'
import { addTallies } from '../ledger/book.ts'
import { lotExpiresAt, rewardExpiresAt } from '../program.ts'
import { dueGrants, registrationGrants } from './campaigns.ts'
import type { RewardDocument } from './document.ts'
import { house, MEMBER, NOON } from './house-program.ts'
import { type OfferValue, offersFor } from './offers.ts'
import { withoutPast } from './tally-names.ts'

const at = (iso: string) => Date.parse(iso)

describe('registration', () => {
  const program = house({
    campaigns: { welcome: { trigger: 'registration', when: { opted_in: ['sms'] }, do: [{ grant: 'r5' }, { points: 20 }] } },
  })

  it('grants once', () => {
    const [granted, ...others] = registrationGrants(program, MEMBER, NOON)
    expect(others).toEqual([])
    expect(granted).toMatchObject({ points: 20, grants: [{ rewardKey: 'r5', campaign: 'welcome' }] })
    expect(registrationGrants(program, { ...MEMBER, tallies: granted?.tallies ?? {} }, NOON)).toEqual([])
  })

  it('keeps its conditions', () => {
    expect(registrationGrants(program, { ...MEMBER, optedIn: { sms: false, email: true } }, NOON)).toEqual([])
  })
})

describe('what falls due', () => {
  const birthday = house({
    campaigns: { b: { trigger: 'birthday', window: { before: '7 days', after: '7 days' }, do: [{ grant: 'r5' }] } },
  })
  const due = (iso: string, changes: object = {}) => dueGrants(birthday, { ...MEMBER, ...changes }, at(iso)).length

  it('a birthday, within its window, at the zone of the account', () => {
    const days = ['2026-03-13T03:59:00Z', '2026-03-13T04:00:00Z', '2026-03-28T03:59:00Z', '2026-03-28T04:00:00Z']
    expect(days.map((day) => due(day))).toEqual([0, 1, 1, 0])
    expect(due('2026-03-20T12:00:00Z', { birthday: undefined })).toBe(0)
  })

  it('across the new year, and on 29 February in a common year', () => {
    expect([
      due('2025-12-30T12:00:00Z', { birthday: '1990-01-02' }),
      due('2026-01-08T12:00:00Z', { birthday: '1990-01-02' }),
    ]).toEqual([1, 1])
    expect(due('2026-03-07T12:00:00Z', { birthday: '1992-02-29' })).toBe(1)
  })

  it('once a birthday, and again the next year', () => {
    const tallies = dueGrants(birthday, MEMBER, at('2026-03-14T12:00:00Z'))[0]?.tallies
    expect([due('2026-03-20T12:00:00Z', { tallies }), due('2027-03-20T12:00:00Z', { tallies })]).toEqual([0, 1])
  })

  it('a date, once', () => {
    const program = house({ campaigns: { d: { trigger: 'date', on: '2026-07-04', do: [{ points: 10 }] } } })
    const granted = dueGrants(program, MEMBER, at('2026-07-04T12:00:00Z'))
    expect(granted).toMatchObject([{ campaign: 'd', points: 10 }])
    expect(dueGrants(program, { ...MEMBER, tallies: granted[0]?.tallies ?? {} }, at('2026-07-04T18:00:00Z'))).toEqual([])
    expect(dueGrants(program, MEMBER, at('2026-07-05T12:00:00Z'))).toEqual([])
  })
})

describe('limits of what falls due', () => {
  const birthday = (limits?: { per_member: number }) =>
    house({ campaigns: { b: { trigger: 'birthday', limits, do: [{ points: 5 }] } } })
  const years = (program: ReturnType<typeof house>) => {
    let tallies = {}
    return [2026, 2027, 2028].map((year) => {
      const [granted] = dueGrants(program, { ...MEMBER, tallies }, at(`${year}-03-20T16:00:00Z`))
      tallies = addTallies(tallies, granted?.tallies ?? {}, 1)
      return granted?.points ?? 0
    })
  }

  it('so many times in all', () => {
    expect(years(birthday())).toEqual([5, 5, 5])
    expect(years(birthday({ per_member: 2 }))).toEqual([5, 5, 0])
  })

  it('not before the member joined, and from that instant on', () => {
    const day = house({ campaigns: { d: { trigger: 'date', on: '2026-03-20', do: [{ points: 5 }] } } })
    const noon = at('2026-03-20T16:00:00Z')
    const joined = (joinedAt: number) => dueGrants(day, { ...MEMBER, joinedAt }, noon).length
    expect([joined(noon), joined(noon + 1)]).toEqual([1, 0])
  })
})

describe('inactivity', () => {
  const program = house({ campaigns: { back: { trigger: 'inactivity', after: '2 months', do: [{ points: 9 }] } } })
  const due = (iso: string, activeAt: number | null, tallies = {}) =>
    dueGrants(program, { ...MEMBER, tallies }, at(iso), { activeAt })
  const seen = at('2026-01-31T12:00:00Z')

  it('is due on the day, once for each time a member stays away', () => {
    expect([due('2026-03-31T03:59:00Z', seen), due('2026-03-31T04:00:00Z', seen)].map((list) => list.length)).toEqual([0, 1])
    const tallies = due('2026-04-01T12:00:00Z', seen)[0]?.tallies
    expect(due('2026-05-01T12:00:00Z', seen, tallies)).toEqual([])
    expect(due('2026-07-01T12:00:00Z', at('2026-04-20T12:00:00Z'), tallies)).toHaveLength(1)
    // However long they stay away.
    const years = at('2029-01-01T12:00:00Z')
    expect(due('2029-01-01T12:00:00Z', seen, withoutPast(tallies ?? {}, years))).toEqual([])
  })

  it('counts from joining for a member who never came', () => {
    expect([due('2025-08-14T12:00:00Z', null), due('2025-08-15T12:00:00Z', null)].map((list) => list.length)).toEqual([0, 1])
    expect(due('2025-06-01T12:00:00Z', null)).toEqual([])
  })
})

describe('offers to a member without a profile', () => {
  const starter = { ...MEMBER, registered: false }
  const open = (starters_redeem: boolean | undefined, member: typeof MEMBER) => {
    const shop = { type: 'shop_with_points' as const, value_per_point: '0.01' }
    const offers = offersFor(house({ program: shop, settings: { starters_redeem } }), { storeCode: '999999', at: NOON }, member)
    return [...offers.values()].map(({ rewardKey, refusal }) => [rewardKey, refusal?.reason])
  }

  it('are the same, unless the account keeps them for the others', () => {
    const all = ['r5', 'r10', 'shop_with_points']
    expect(open(undefined, starter)).toEqual(all.map((key) => [key, undefined]))
    expect(open(false, starter)).toEqual(all.map((key) => [key, 'starter_not_allowed']))
    expect(open(false, MEMBER)).toEqual(all.map((key) => [key, undefined]))
  })
})

it.each<[string, Omit<RewardDocument, 'label'>, OfferValue]>([
  ['items at an amount off', { amount: '1.50', get: 2, of: { categories: ['x'] } }, { unit: 'minor', amount: 150 }],
  ['items at a percentage', { percent: 50, get: 2, of: { categories: ['x'] } }, { unit: 'basis_points', amount: 5_000 }],
  ['items at a hundred per cent', { percent: 100, get: 2, of: { categories: ['x'] } }, { unit: 'items', amount: 2 }],
  ['a price', { price: '1.00', of: { categories: ['x'] } }, { unit: 'items', amount: 1 }],
])('what is shown before there is a cart: %s', (_, reward, value) => {
  const program = house({ rewards: { it: { label: 'It', ...reward } } })
  const offer = offersFor(program, { storeCode: '999999', at: NOON }, MEMBER).get('it')
  expect(offer?.value).toEqual(value)
})

describe('offers at a store', () => {
  const program = house({
    rewards: {
      tuesday: { label: 'T', percent: 10, when: { days: ['tue'] } },
      west: { label: 'W', free: 2, of: { categories: ['x'] }, when: { stores: ['888888'] } },
      web: { label: 'C', amount: '1.00', when: { sources: ['web'], min_subtotal: '99.00' } },
    },
  })
  const open = (storeCode: string, instant = NOON) =>
    [...offersFor(program, { storeCode, at: instant }, MEMBER).values()]
      .filter((offer) => !offer.refusal)
      .map((offer) => offer.rewardKey)

  it('what store and time allow, whatever the channel and the cart', () => {
    expect(open('999999')).toEqual(['r5', 'r10', 'web'])
    expect(open('888888', at('2026-03-03T20:00:00Z'))).toEqual(['r5', 'r10', 'tuesday', 'west', 'web'])
  })

  it('with a projected value and the kind on the wire', () => {
    const offers = offersFor(program, { storeCode: '999999', at: NOON }, MEMBER)
    expect(['r5', 'r10', 'west'].map((key) => [offers.get(key)?.kind, offers.get(key)?.value])).toEqual([
      ['rebate', { unit: 'minor', amount: 500 }],
      ['discount', { unit: 'basis_points', amount: 1000 }],
      ['gift', { unit: 'items', amount: 2 }],
    ])
    const shop = house({ program: { type: 'shop_with_points', value_per_point: '0.015' } })
    expect(
      offersFor(shop, { storeCode: '999999', at: NOON }, { ...MEMBER, points: 67 }).get('shop_with_points')?.value.amount,
    ).toBe(100)
  })
})

describe('expiry', () => {
  it('scenario 49: a date lasts to the end of that day at the zone of the account', () => {
    const program = house({ account: { timezone: 'Pacific/Honolulu' }, program: { expire: { on: '2026-12-31' } } })
    expect(lotExpiresAt(program, NOON)).toBe(at('2027-01-01T10:00:00Z'))
  })

  it('a period runs from the earning, and a reward has its own', () => {
    const program = house({
      program: { expire: { after: '12 months' } },
      rewards: { d: { label: 'D', free: 1, of: { categories: ['x'] }, expire: { after: '30 days' } } },
    })
    expect(lotExpiresAt(program, NOON)).toBe(at('2027-03-02T05:00:00Z'))
    expect(rewardExpiresAt(program, 'd', NOON)).toBe(at('2026-04-01T04:00:00Z'))
    expect([rewardExpiresAt(program, 'r5', NOON), lotExpiresAt(house(), NOON)]).toEqual([undefined, undefined])
  })
})
