import { describe, expect, it } from 'vitest'
import { compileProgram, lotExpiresAt, offerOf, pointsFor, rewardExpiresAt, worthOf, zoneOf } from './program.ts'
import type { ProgramDocument, RewardDocument } from './rules/document.ts'
import { house, NOON } from './rules/house-program.ts'

const HOUR = 3_600_000
const OF_NAME = { labels: ['Latte'] }
const OF_KIND = { categories: ['Coffee'] }
const grants = { do: [{ grant: 'r5' }] }

describe('a reward', () => {
  it.each<[string, Omit<RewardDocument, 'label'>, string]>([
    ['money off', { amount: '5.00' }, 'rebate'],
    ['a percentage off', { percent: 10 }, 'discount'],
    ['a free item', { free: 1 }, 'gift'],
    ['items at a percentage', { get: 1, percent: 50 }, 'gift'],
    ['a price', { price: '1.00' }, 'gift'],
    ['what the file says instead', { price: '1.00', offer: 'discount' }, 'discount'],
  ])('%s is shown as', (_, reward, offer) => {
    expect(house({ rewards: { it: { label: 'It', ...reward } } }).rewards.get('it')?.offer).toBe(offer)
    if (reward.offer === undefined) expect(offerOf({ label: 'It', ...reward })).toBe(offer)
  })

  it('expires on a date, after a period, or only once it was shown', () => {
    const it = (expire: RewardDocument['expire']) => {
      const program = house({ rewards: { it: { label: 'It', amount: '1.00', expire } } })
      const at = rewardExpiresAt(program, 'it', NOON)
      return [at && new Date(at).toISOString(), program.rewards.get('it')?.afterShown]
    }
    // Midnight in New York: summer time has begun by then.
    expect(it({ on: '2026-03-31' })).toEqual(['2026-04-01T04:00:00.000Z', undefined])
    expect(it({ after: '3 days' })).toEqual(['2026-03-05T05:00:00.000Z', undefined])
    expect(it({ after_shown: '2 hours' })).toEqual([undefined, '2 hours'])
    expect(it(undefined)).toEqual([undefined, undefined])
    expect(rewardExpiresAt(house(), 'of an older version', NOON)).toBeUndefined()
  })

  it('warns by one period, by several, or not at all', () => {
    const warn = (warn?: string | string[]) =>
      house({ rewards: { it: { label: 'It', amount: '1.00', expire: { after: '30 days', warn } } } }).rewards.get('it')?.warn
    expect(warn('7 days')).toEqual([{ count: 7, unit: 'days' }])
    expect(warn(['7 days', '12 hours'])).toEqual([
      { count: 7, unit: 'days' },
      { count: 12, unit: 'hours' },
    ])
    expect(warn()).toEqual([])
  })

  it('needs a wire id and something that it takes off', () => {
    const reward = (reward: Omit<RewardDocument, 'label'>, ids: Record<string, number>) => () =>
      compileProgram({ ...DOCUMENT, rewards: { it: { label: 'It', ...reward } } }, ids)
    expect(reward({ amount: '1.00' }, {})).toThrow('reward it has a wire id')
    expect(reward({}, { it: 1 })).toThrow('reward it says what it takes off')
  })
})

const DOCUMENT: ProgramDocument = {
  account: { id: '1', name: 'One', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '1', name: 'First' }],
  program: { type: 'points_banking' },
}

describe('points', () => {
  it('expire after a period or on a date; by inactivity they have no date of their own', () => {
    const expiring = (expire: ProgramDocument['program']['expire']) => {
      const program = house({ program: { expire } })
      const at = lotExpiresAt(program, NOON)
      return at && new Date(at).toISOString()
    }
    expect(expiring({ after: '1 days' })).toBe('2026-03-03T05:00:00.000Z')
    expect(expiring({ on: '2026-12-31' })).toBe('2027-01-01T05:00:00.000Z')
    expect(expiring({ inactive: '12 months' })).toBeUndefined()
    expect(expiring(undefined)).toBeUndefined()
  })

  it('are worth something where they pay, rounded down, and cost rounded up', () => {
    const shop = house({ program: { type: 'shop_with_points', value_per_point: '0.013' } })
    expect([worthOf(shop, 100), worthOf(shop, 99), pointsFor(shop, 130), pointsFor(shop, 129)]).toEqual([130, 128, 100, 100])
    expect(worthOf(house(), 100)).toBe(0)
    expect(() => pointsFor(house(), 1)).toThrow('points pay only where a point has a value')
  })
})

it('a store goes by its own clock, an unknown one by the account’s', () => {
  const program = house()
  expect([zoneOf(program, '888888'), zoneOf(program, '7')]).toEqual(['America/Los_Angeles', 'America/New_York'])
  const [first] = compileProgram(DOCUMENT, {}).stores.values()
  expect(first).toEqual({ code: '1', name: 'First', timezone: 'America/New_York' })
  // And it has campaigns all the same.
  const tuesdays = house({ campaigns: { c: { trigger: 'order', when: { days: ['tue'] }, do: [{ multiply: 2 }] } } })
  expect(tuesdays.campaigns).toHaveLength(1)
})

it('the campaigns that fall due by themselves are those of no order', () => {
  const { due } = house({
    campaigns: {
      order: { trigger: 'order', ...grants },
      registration: { trigger: 'registration', ...grants },
      birthday: { trigger: 'birthday', ...grants },
      date: { trigger: 'date', ...grants },
      away: { trigger: 'inactivity', after: '30 days', ...grants },
    },
  })
  expect(due.map(({ key }) => key)).toEqual(['birthday', 'date', 'away'])
})

it.each<[string, Parameters<typeof house>[0], boolean]>([
  ['nothing', {}, false],
  ['what earns', { program: { earn: { of: OF_NAME } } }, true],
  ['what does not earn', { program: { earn: { exclude: OF_NAME } } }, true],
  ['a reward’s items', { rewards: { it: { label: 'It', free: 1, of: OF_NAME } } }, true],
  ['what must be bought', { rewards: { it: { label: 'It', free: 1, buy: { quantity: 1, of: OF_NAME } } } }, true],
  ['what is left out of a group', { rewards: { it: { label: 'It', free: 1, of: { ...OF_KIND, exclude: OF_NAME } } } }, true],
  ['a campaign’s items', { campaigns: { c: { trigger: 'order', items: OF_NAME, ...grants } } }, true],
  [
    'kinds alone',
    {
      program: { earn: { of: OF_KIND, exclude: { categories: ['Tea'] } } },
      rewards: { it: { label: 'It', free: 1, of: OF_KIND, buy: { quantity: 1, of: OF_KIND } } },
      campaigns: { c: { trigger: 'order', items: OF_KIND, ...grants } },
    },
    false,
  ],
])('whether labels decide anything: %s', (_, changes, matches) => {
  expect(house(changes).matchesByLabel).toBe(matches)
})

it('what a file leaves out', () => {
  const { settings } = house()
  expect(settings).toMatchObject({ holdMs: 24 * HOUR, lateOrdersMs: 72 * HOUR, strictSequence: false, startersRedeem: true })
})
