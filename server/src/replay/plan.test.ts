import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dayOf, instantOf } from './days.ts'
import { DEFAULT_SEED, makePlan, type PlanInput } from './plan.ts'
import { expectedOf, recompute } from './recompute.ts'
import { sumUp } from './report.ts'

const EXAMPLE = new URL('../../../examples/taste-of-the-world/', import.meta.url).pathname
const INPUT: PlanInput = {
  ordersFile: `${EXAMPLE}order_lines.csv`,
  menuFile: `${EXAMPLE}menu.csv`,
  programFile: `${EXAMPLE}program.yaml`,
  seed: DEFAULT_SEED,
  now: Date.parse('2026-11-23T04:30:00Z'),
}
const PLAN = makePlan(INPUT)
const { numbers, calls, slots } = PLAN
const orders = numbers.orders ?? 0

describe('the plan of a replay', () => {
  it('is the same for the same input, and another for another seed', () => {
    expect(JSON.stringify(makePlan(INPUT).calls)).toBe(JSON.stringify(calls))
    expect(JSON.stringify(makePlan({ ...INPUT, seed: 7 }).calls)).not.toBe(JSON.stringify(calls))
  })

  it('plays all 5,343 orders, the last of them yesterday by the account, wall-clock times kept', () => {
    expect(orders).toBe(5_343)
    // 04:30Z is still the evening of the 22nd in New York.
    expect(PLAN.closingDay).toBe('2026-11-22')
    const walls = new Map(calls.flatMap((call) => (call.kind === 'order' ? [[call.order, call.placedWall]] : [])))
    expect(new Date(walls.get('5370') ?? 0).toISOString()).toBe('2026-11-21T22:15:48.000Z')
    expect(new Date(walls.get('1') ?? 0).toISOString()).toBe('2026-08-24T11:38:36.000Z')
  })

  const shares: [what: string, of: string, least: number, most: number][] = [
    ['member orders', 'orders', 0.68, 0.72],
    ['guest orders', 'orders', 0.28, 0.32],
    ['redemptions', 'member orders', 0.1, 0.3],
    ['voided when billed', 'orders', 0.015, 0.035],
    ['voided when placed', 'orders', 0.01, 0.025],
    ['voided before known', 'orders', 0.001, 0.01],
    ['whole refunds', 'orders', 0.02, 0.05],
    ['partial refunds', 'orders', 0.01, 0.04],
    ['repeated', 'orders', 0.04, 0.09],
    ['overtaken', 'orders', 0.002, 0.02],
    ['sent twice at once', 'orders', 0.03, 0.07],
    ['a day late', 'orders', 0.01, 0.03],
    ['carts changed', 'orders', 0.005, 0.02],
    ['skipped', 'orders', 0.1, 0.25],
    ['abandoned', 'orders', 0.005, 0.02],
    ['claimed', 'guest orders', 0.02, 0.06],
    ['joined at the end', 'guest orders', 0.003, 0.02],
    ['strays', 'orders', 0.0005, 0.005],
  ]
  it.each(shares)('%s are a plausible share of the %s', (what, of, least, most) => {
    const share = (numbers[what] ?? 0) / (numbers[of] ?? 0)
    console.info(`${what}: ${numbers[what]} of ${numbers[of]} ${of} (${(100 * share).toFixed(1)} %)`)
    expect(share).toBeGreaterThan(least)
    expect(share).toBeLessThan(most)
  })

  it('has 800 members, a few who come all the time and many who come once or twice', () => {
    expect(numbers.members).toBe(800)
    expect(new Set(PLAN.members.map(({ phones }) => phones[2])).size).toBe(800)
    expect(PLAN.members.every(({ phones }) => /^[2-9]\d{2}55501\d{2}$/.test(phones[2] ?? ''))).toBe(true)
    const visits = new Map<number, Set<string>>()
    for (const call of calls)
      if (call.kind === 'order' && call.member !== null)
        visits.set(call.member, (visits.get(call.member) ?? new Set()).add(call.order))
    const counts = [...visits.values()].map((set) => set.size).sort((a, b) => b - a)
    expect(counts[0]).toBeGreaterThan(25)
    expect(counts[0]).toBeLessThan(80)
    expect(counts[Math.floor(counts.length / 2)]).toBeLessThanOrEqual(4)
  })

  it('moves the clock forward only, never past midnight of the last day, and no call is older than the account allows', () => {
    const instants = slots.map((slot) => instantOf(slot.endsWall, PLAN.rules.zone))
    expect(instants).toEqual([...instants].sort((a, b) => a - b))
    expect(slots.every((slot) => dayOf(slot.endsWall) === slot.day && slot.day < PLAN.closingDay)).toBe(true)
    for (const call of calls) {
      const slot = slots[call.slot]
      if (!slot || call.kind !== 'order') continue
      expect(call.placedWall).toBeLessThanOrEqual(slot.endsWall)
      if (call.status !== 'refunded') expect(slot.endsWall - call.placedWall).toBeLessThan(48 * 3_600_000)
    }
  })

  it('keeps all calls of a member in one chain of each slot, and all of a guest order too', () => {
    for (const call of calls) {
      if (call.kind === 'order' && call.member === null) continue
      expect(call.chain).toBe(`member ${call.member}`)
    }
  })

  it('never lets a guest redeem, and nobody what they do not have', () => {
    expect(calls.some((call) => call.kind === 'order' && call.member === null && call.reward)).toBe(false)
    // The books throw when a reward is used that its member does not have.
    expect(() => expectedOf(PLAN)).not.toThrow()
  })

  it('makes points expire, and every balance is what was earned less what went', () => {
    const expected = recompute(INPUT)
    const { points, rewards } = sumUp(expected)
    console.info(points, rewards)
    expect(expected).toHaveLength(800)
    expect(Math.min(points.expired, points.spent, points.reversed)).toBeGreaterThan(1_000)
    expect(expected.some(({ balance }) => balance < 0)).toBe(true)
    for (const { balance, totals } of expected)
      expect(balance).toBe(totals.earned - totals.reversed - totals.spent - totals.expired)
  })

  it('plays a limited history up to yesterday too, with order ids and phones of its own', () => {
    const short = makePlan({ ...INPUT, limit: 100 })
    expect(short.numbers.orders).toBe(100)
    expect(short.slots.at(-1)?.day).toBe('2026-11-21')
    expect(sumUp(expectedOf(short)).points.balance).toBeGreaterThan(1_000)
    expect(short.namespace).not.toBe(PLAN.namespace)
    const known = new Set(PLAN.members.flatMap(({ phones }) => phones))
    expect(short.members.some(({ phones }) => phones.some((phone) => known.has(phone)))).toBe(false)
  })

  it('lets nothing expire when the clock cannot be moved', () => {
    const { points } = sumUp(recompute({ ...INPUT, clock: 'running' }))
    expect(points.expired).toBe(0)
  })

  it('names file and line of a row that makes no sense, and refuses rules it cannot recompute', () => {
    const folder = mkdtempSync(join(tmpdir(), 'replay-plan-'))
    const ordersFile = join(folder, 'orders.csv')
    writeFileSync(ordersFile, 'order_id,ordered_at,item_id\n1,2023-01-01T11:38:36,109\n2,2023-01-01T11:38:36,9\n')
    expect(() => makePlan({ ...INPUT, ordersFile })).toThrow(`${ordersFile}:3: item_id "9" is not in`)
    const programFile = join(folder, 'program.yaml')
    writeFileSync(programFile, readFileSync(INPUT.programFile, 'utf8').replace('partial_refunds: keep', 'partial_refunds: full'))
    expect(() => makePlan({ ...INPUT, programFile })).toThrow('settings.partial_refunds must be keep')
  })
})
