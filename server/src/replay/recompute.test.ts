import { describe, expect, it } from 'vitest'
import type { Time } from './books.ts'
import { parseWall } from './days.ts'
import type { Dish } from './history.ts'
import { expectedOf } from './recompute.ts'
import type { RewardRule, Rules } from './rules.ts'
import type { Call, Slot, Status } from './script.ts'

const reward = (key: string, more: Omit<RewardRule, 'key' | 'code'>): [string, RewardRule] => [
  key,
  { key, code: key.toUpperCase(), ...more },
]
const HOUSE: Rules = {
  accountId: '1',
  currency: 'USD',
  zone: 'America/New_York',
  storeCodes: ['1'],
  points: 1,
  perCents: 100,
  excluded: ['gift cards'],
  pointDays: 45,
  rewards: new Map([
    reward('r5', { points: 100, off: { kind: 'cents', cents: 500 } }),
    reward('r10', { points: 150, off: { kind: 'percent', basisPoints: 1_000, maxCents: 300 } }),
    reward('gift', { days: 30, off: { kind: 'dish', categories: ['side'] } }),
  ]),
  welcome: [],
  graceDays: 7,
}
const NEVER: Rules = { ...HOUSE, pointDays: undefined }
const TIME: Time = { clock: 'moved', now: 0, today: '2026-12-31' }

const dish = (dollars: number, product = String(dollars), category = 'food'): Dish => ({
  product,
  label: product,
  category,
  cents: Math.round(dollars * 100),
})

interface Step {
  on?: string
  order?: string
  status?: Status
  dishes?: Dish[]
  reward?: string
  kind?: 'create' | 'claim'
  guest?: boolean
}

/** Plays the steps of one member, each on its day (the day before's when absent), and closes the books on the last day. */
function play(rules: Rules, steps: Step[], closingDay: string) {
  const slots: Slot[] = []
  const placed = new Map<string, number>()
  let day = '2026-03-01'
  const calls = steps.map(({ on, order = 'a', status = 'completed', dishes = [], reward, kind, guest }): Call => {
    day = on ?? day
    const wall = parseWall(`${day}T12:00:00`) ?? 0
    slots.push({ day, endsWall: wall + 3_600_000 + slots.length * 1_000 })
    if (!placed.has(order)) placed.set(order, wall + slots.length * 1_000)
    const common = {
      slot: slots.length - 1,
      chain: 'x',
      expect: 200,
      alsoAllowed: [],
      onRepeat: [],
      copies: 1,
      acts: true,
    } as const
    if (kind === 'create') return { ...common, kind, member: 0 }
    if (kind === 'claim') return { ...common, kind, member: 0, order }
    return {
      ...common,
      kind: 'order',
      member: guest ? null : 0,
      order,
      status,
      store: '1',
      placedWall: placed.get(order) ?? wall,
      dishes,
      reward: reward === undefined ? undefined : { key: reward, cents: 0 },
      unitLines: false,
      withoutId: false,
    }
  })
  const [found] = expectedOf({ rules, time: TIME, slots, calls, closingDay })
  return { balance: found?.balance, held: found?.held.GIFT, ...found?.totals }
}

const earned = (points: number, order = 'before', on?: string): Step => ({ on, order, dishes: [dish(points, `worth ${points}`)] })

describe('the recomputation, by hand-worked histories', () => {
  it('earns on the sum, rounded down once (scenarios 1 and 2)', () => {
    expect(play(HOUSE, [{ dishes: [dish(10.75), dish(4.5), dish(2)] }], '2026-03-02').balance).toBe(17)
    expect(play(HOUSE, [{ dishes: [dish(5.75), dish(4.75)] }], '2026-03-02').balance).toBe(10)
  })

  it('earns on what was paid, and nothing on what is excluded (scenarios 3 and 4)', () => {
    const first = { dishes: [dish(10.75), dish(4.5), dish(2)], reward: 'r5' }
    expect(play(HOUSE, [earned(100), first], '2026-03-02')).toMatchObject({
      balance: 12,
      spent: 100,
      earned: 112,
      rewardsRedeemed: 1,
    })
    expect(play(HOUSE, [{ dishes: [dish(20), dish(25, 'card', 'Gift cards')] }], '2026-03-02').balance).toBe(20)
  })

  it('lets points be used through the end of their last day (scenario 49)', () => {
    expect(play(HOUSE, [earned(50)], '2026-04-15')).toMatchObject({ balance: 50, expired: 0 })
    expect(play(HOUSE, [earned(50)], '2026-04-16')).toMatchObject({ balance: 0, expired: 50 })
  })

  it('spends what expires soonest (scenario 44)', () => {
    const steps = [
      earned(100, 'x', '2026-03-01'),
      earned(50, 'y', '2026-03-11'),
      { on: '2026-03-12', order: 'z', dishes: [dish(5)], reward: 'r5' },
    ]
    expect(play(HOUSE, steps, '2026-04-16')).toMatchObject({ balance: 50, spent: 100, expired: 0 })
    expect(play(HOUSE, steps, '2026-04-26')).toMatchObject({ balance: 0, expired: 50 })
  })

  it('returns points of a void to their lots, where they expire as before (scenarios 37 and 45)', () => {
    const steps: Step[] = [earned(120), { on: '2026-03-20', status: 'billed', dishes: [dish(9)], reward: 'r5' }]
    expect(play(HOUSE, steps, '2026-03-21')).toMatchObject({ balance: 20, spent: 100, rewardsRedeemed: 1 })
    expect(play(HOUSE, [...steps, { status: 'voided' }], '2026-03-21')).toMatchObject({
      balance: 120,
      spent: 0,
      rewardsRedeemed: 0,
    })
    expect(play(HOUSE, [...steps, { status: 'voided' }], '2026-04-16')).toMatchObject({ balance: 0, expired: 120 })
    expect(play(HOUSE, [...steps, { on: '2026-05-01', status: 'voided' }], '2026-05-01')).toMatchObject({
      balance: 0,
      spent: 0,
      expired: 120,
    })
  })

  it('takes earned points back by what is left of the order (scenario 38)', () => {
    const perTen: Rules = { ...NEVER, perCents: 1_000 }
    const parts = [5, 5, 5, 5, 1.9].map((dollars, index) => dish(dollars, `part ${index}`))
    const after = (count: number) =>
      play(
        perTen,
        [{ dishes: parts }, ...parts.slice(0, count).map((part): Step => ({ status: 'refunded', dishes: [part] }))],
        '2026-03-02',
      ).balance
    expect([0, 1, 2, 3, 4, 5].map(after)).toEqual([2, 1, 1, 0, 0, 0])
  })

  it('gives the reward back with the last dish only (scenario 39)', () => {
    const sold: Step[] = [earned(100), { dishes: [dish(12), dish(8)], reward: 'r5' }]
    const half: Step[] = [...sold, { status: 'refunded', dishes: [dish(8)] }]
    expect(play(HOUSE, sold, '2026-03-02').balance).toBe(15)
    expect(play(HOUSE, half, '2026-03-02')).toMatchObject({ balance: 9, reversed: 6, spent: 100 })
    expect(play(HOUSE, [...half, { status: 'refunded', dishes: [dish(12)] }], '2026-03-02')).toMatchObject({
      balance: 100,
      reversed: 15,
      spent: 0,
    })
  })

  it('owes what is spent already, and fills the debt first (scenario 41)', () => {
    const spent: Step[] = [earned(120, 'x'), { order: 'y', dishes: [dish(5)], reward: 'r5' }]
    const back: Step[] = [...spent, { order: 'x', status: 'refunded', dishes: [dish(120, 'worth 120')] }]
    expect(play(HOUSE, back, '2026-03-02')).toMatchObject({ balance: -100, reversed: 120 })
    expect(play(HOUSE, [...back, earned(130, 'z')], '2026-03-02').balance).toBe(30)
  })

  it('takes back from the own lot first, then from the soonest', () => {
    const steps: Step[] = [earned(40, 'x', '2026-03-01'), earned(60, 'y', '2026-03-02'), earned(30, 'z', '2026-03-03')]
    const back: Step[] = [...steps, { order: 'y', status: 'refunded', dishes: [dish(60, 'worth 60')] }]
    expect(play(HOUSE, back, '2026-04-16')).toMatchObject({ balance: 30, expired: 40 })
    const drained: Step[] = [
      ...steps,
      { order: 'r', dishes: [dish(5)], reward: 'r5' },
      { order: 'x', status: 'refunded', dishes: [dish(40, 'worth 40')] },
    ]
    expect(play(HOUSE, drained, '2026-03-04')).toMatchObject({ balance: -10, spent: 100 })
  })

  it('counts what expired of the own lot as taken back already', () => {
    const steps: Step[] = [earned(130, 'x'), { order: 'y', dishes: [dish(5)], reward: 'r5' }, earned(50, 'z', '2026-04-10')]
    const late: Step = { on: '2026-05-01', order: 'x', status: 'refunded', dishes: [dish(130, 'worth 130')] }
    expect(play(HOUSE, steps, '2026-05-01')).toMatchObject({ balance: 50, expired: 30 })
    expect(play(HOUSE, [...steps, late], '2026-05-01')).toMatchObject({ balance: -50, expired: 0, reversed: 130 })
  })

  it('gives a new member a gift that lasts 30 days, and back again after a refund', () => {
    const welcome: Rules = { ...HOUSE, welcome: ['gift'] }
    const join: Step = { kind: 'create' }
    const used: Step = { on: '2026-03-05', dishes: [dish(12), dish(7, 'a', 'Side'), dish(6, 'b', 'side')], reward: 'gift' }
    const back: Step = { on: '2026-04-20', status: 'refunded', dishes: used.dishes }
    expect(play(welcome, [join], '2026-03-31').held).toBe(1)
    expect(play(welcome, [join], '2026-04-01').held).toBe(0)
    expect(play(welcome, [join, used], '2026-03-06')).toMatchObject({
      held: 0,
      balance: 19,
      rewardsIssued: 1,
      rewardsRedeemed: 1,
    })
    expect(play(welcome, [join, used, back], '2026-04-27')).toMatchObject({ held: 1, rewardsRedeemed: 0 })
    expect(play(welcome, [join, used, back], '2026-04-28').held).toBe(0)
  })

  it('earns for a claimed guest order by the date of the order', () => {
    const steps: Step[] = [
      { guest: true, dishes: [dish(33)] },
      { on: '2026-03-03', kind: 'claim' },
    ]
    expect(play(HOUSE, steps, '2026-03-04').balance).toBe(33)
    expect(play(HOUSE, steps, '2026-04-15').balance).toBe(33)
    expect(play(HOUSE, steps, '2026-04-16').balance).toBe(0)
  })

  it('keeps to the last cart that was placed', () => {
    const steps: Step[] = [
      earned(100),
      { status: 'placed', dishes: [dish(8)], reward: 'r5' },
      { status: 'placed', dishes: [dish(8), dish(20)], reward: 'r5' },
      { status: 'completed', dishes: [dish(8), dish(20)], reward: 'r5' },
    ]
    expect(play(HOUSE, steps, '2026-03-02')).toMatchObject({ balance: 23, spent: 100 })
  })
})
