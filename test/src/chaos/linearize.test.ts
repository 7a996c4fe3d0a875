import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Call, linearize } from './linearize.ts'
import { callsOf, type HistoryEvent } from './member-history.ts'
import { effectOf, type Happened, type MemberState, NOBODY, stateKey } from './member-model.ts'
import { createRandom, type Random } from './random.ts'

const order = (id: string, status: 'placed' | 'billed' | 'completed' | 'voided' | 'refunded', rest: Partial<Happened> = {}) =>
  ({ kind: 'order', order: id, status, cost: 0, earned: 0, accepted: true, ...rest }) as Happened
const earn = (id: string, earned: number) => order(id, 'completed', { earned })
const balance = (points: number): Happened => ({ kind: 'balance', points })
const rewards = (affordable: number): Happened => ({ kind: 'rewards', affordable })

/** `at` is [start, end]. */
const history = (...calls: (readonly [at: readonly [number, number], happened: Happened, optional?: boolean])[]) =>
  callsOf(calls.map(([[start, end], happened, optional]) => ({ start, end, happened, optional })))
const verdict = (calls: readonly Call<MemberState>[]) => linearize(calls, NOBODY, stateKey).ok

describe('a history that can have come about', () => {
  it.each([
    ['nothing at all', history()],
    ['one after the other', history([[0, 1], earn('a', 120)], [[2, 3], balance(120)], [[4, 5], rewards(1)])],
    [
      'a read that overlaps a sale sees it, or not',
      history([[0, 9], earn('a', 50)], [[1, 2], balance(0)], [[3, 4], balance(50)]),
    ],
    [
      'two orders for one reward: one has it',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 9], order('b', 'placed', { cost: 100 })],
        [[2, 9], order('c', 'placed', { cost: 100, accepted: false })],
        [[10, 11], rewards(0)],
        [[12, 13], balance(100)],
        [[14, 15], order('b', 'billed', { cost: 100 })],
        [[16, 17], balance(0)],
        [[18, 19], order('b', 'voided')],
        [[20, 21], balance(100)],
      ),
    ],
    [
      'the steps of one order, each overtaken by the next',
      history(
        [[0, 9], earn('a', 50)],
        [[0, 9], order('a', 'placed')],
        [[0, 9], order('a', 'billed')],
        [[1, 2], balance(50)],
        [[10, 11], balance(50)],
      ),
    ],
    [
      'an order that is voided while it is placed, and a copy of it that came too late',
      history(
        [[0, 9], order('a', 'voided')],
        [[0, 9], order('a', 'placed')],
        [[0, 9], order('a', 'placed', { accepted: false })],
      ),
    ],
    [
      'of two orders that are alike, the one that was answered later and was over sooner',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 8], order('b', 'placed', { cost: 100 })],
        [[2, 9], order('c', 'placed', { cost: 100 })],
        [[2, 4], order('c', 'voided')],
        [[5, 6], rewards(1)],
      ),
    ],
    [
      'of two orders that are alike, the one that may have been taken and is over',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 9], order('b', 'placed', { cost: 100 })],
        [[2, 9], order('c', 'placed', { cost: 100 }), true],
        [[3, 4], rewards(0)],
        [[5, 9], order('c', 'voided')],
        [[6, 7], rewards(1)],
      ),
    ],
    [
      'who owes points can still buy',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 3], order('b', 'billed', { cost: 100 })],
        [[4, 5], order('a', 'refunded')],
        [[6, 7], balance(-100)],
        [[8, 9], earn('c', 30)],
      ),
    ],
    [
      'a stray copy that was taken after all',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 20], order('b', 'placed', { cost: 100 }), true],
        [[5, 6], rewards(0)],
        [[7, 21], order('b', 'voided')],
        [[22, 23], rewards(1)],
      ),
    ],
    [
      'a stray copy that was taken in its time, which is long over',
      history(
        [[0, 1], earn('a', 200)],
        [[2, 4], order('c', 'placed', { cost: 100 }), true],
        [[5, 6], earn('b', 50)],
        [[7, 8], rewards(1)],
      ),
    ],
    [
      'a stray copy that was taken before a step in nobody’s way began',
      history(
        [[0, 1], order('c', 'placed', { cost: 100 }), true],
        [[0, 2], earn('a', 100)],
        [[2, 3], order('f', 'billed')],
        [[3, 4], rewards(0)],
      ),
    ],
    ['a refund', history([[0, 1], earn('a', 30)], [[2, 3], order('a', 'refunded')], [[4, 5], balance(0)])],
  ])('%s', (_, calls) => expect(verdict(calls)).toBe(true))
})

describe('a history that cannot', () => {
  it.each([
    ['points that nobody gave', history([[0, 1], balance(1)])],
    ['a sale that was answered and is gone', history([[0, 1], earn('a', 50)], [[2, 3], balance(0)])],
    ['a sale that counted twice', history([[0, 1], earn('a', 50)], [[2, 3], balance(100)])],
    ['a read that goes back', history([[0, 9], earn('a', 50)], [[1, 2], balance(50)], [[3, 4], balance(0)])],
    [
      'one reward for two orders',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 9], order('b', 'placed', { cost: 100 })],
        [[2, 9], order('c', 'placed', { cost: 100 })],
      ),
    ],
    [
      'a refusal of what was free',
      history([[0, 1], earn('a', 100)], [[2, 3], order('b', 'placed', { cost: 100, accepted: false })]),
    ],
    [
      'two rewards for three orders, among sales that are alike',
      history(
        [[0, 1], earn('a', 190)],
        [[2, 9], earn('b', 5)],
        [[2, 9], earn('c', 5)],
        [[2, 9], order('d', 'placed', { cost: 100 })],
        [[2, 9], order('e', 'placed', { cost: 100 })],
        [[2, 9], order('f', 'placed', { cost: 100 })],
      ),
    ],
    [
      'a refusal of an order that was not over',
      history([[0, 1], earn('a', 5)], [[2, 3], order('a', 'billed', { accepted: false })]),
    ],
    [
      'a stray copy that was taken after its time',
      history(
        [[0, 2], balance(0)],
        [[0, 1], order('c', 'placed', { cost: 100 }), true],
        [[2, 3], earn('a', 100)],
        [[4, 5], rewards(0)],
      ),
    ],
    [
      'a void that kept the hold',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 3], order('b', 'placed', { cost: 100 })],
        [[4, 5], order('b', 'voided')],
        [[6, 7], rewards(0)],
      ),
    ],
    [
      'a void that kept the points',
      history(
        [[0, 1], earn('a', 100)],
        [[2, 3], order('b', 'billed', { cost: 100 })],
        [[4, 5], order('b', 'voided')],
        [[6, 7], balance(0)],
      ),
    ],
  ])('%s', (_, calls) => expect(verdict(calls)).toBe(false))
})

/** Calls that are alike, steps of one order at once, refusals, copies that may have been taken, and reads in between. */
const SMALL = fc.oneof(
  fc.constantFrom(earn('a', 100), earn('b', 50), earn('d', 50), order('d', 'refunded'), order('f', 'completed', { earned: 100 })),
  fc.constantFrom(balance(0), balance(50), balance(100), balance(150), rewards(1), rewards(0)),
  fc.constantFrom(
    ...['c', 'e'].flatMap((id) => [
      order(id, 'placed', { cost: 100 }),
      order(id, 'placed', { cost: 100, accepted: false }),
      order(id, 'voided'),
    ]),
    ...(['placed', 'billed', 'voided'] as const).map((status) => order('f', status)),
    order('f', 'placed', { accepted: false }),
  ),
)

it('agrees with trying every order', () => {
  const times = fc.tuple(fc.nat(16), fc.integer({ min: 1, max: 16 })).map(([start, length]) => [start, start + length] as const)
  const one = fc.tuple(times, SMALL, fc.boolean())
  const told = { yes: 0, no: 0 }
  fc.assert(
    fc.property(fc.array(one, { maxLength: 6 }), (list) => {
      // Each call of an order once, as the tills record them: what stands for copies is one call.
      const known = new Set<string>()
      const events = list.flatMap(([at, happened, mayBe]) => {
        const name = JSON.stringify(happened)
        if (happened.kind === 'order' && known.has(name)) return []
        known.add(name)
        const isStray = mayBe && happened.kind === 'order' && happened.status === 'placed' && happened.accepted
        return [[at, happened, isStray] as const]
      })
      const calls = history(...events)
      const expected = subsets(calls).some((some) => permutations(some).some(isTold))
      told[expected ? 'yes' : 'no'] += 1
      expect(verdict(calls)).toBe(expected)
    }),
    { numRuns: 1_500 },
  )
  expect(Math.min(told.yes, told.no)).toBeGreaterThan(150)
})

/** A burst as the servers see it: decided in an order that nobody sees, rewards that are scarce, steps that overtake each other, and reads in between. */
function burst(
  random: Random,
  { sales, strays }: { readonly sales: number; readonly strays: number },
): { readonly events: Omit<HistoryEvent, 'member'>[]; readonly points: number } {
  const first = earn('before', 250)
  const events: Omit<HistoryEvent, 'member'>[] = [{ start: 0, end: 1, happened: first }]
  let stray = 0
  let state = effectOf(first)(NOBODY) ?? NOBODY
  const asked = random.shuffled([
    ...Array.from({ length: sales }, (_, n) => earn(`sale-${n}`, random.pick([10, 15]))),
    ...Array.from({ length: 10 }, (_, n) => order(`reward-${n}`, 'placed', { cost: 100 })),
    ...['a', 'b', 'c'].flatMap((id) => [order(id, 'placed'), order(id, 'billed'), earn(id, 10)]),
  ])
  for (const [n, happened] of asked.entries()) {
    const time = () => ({
      start: 2 + random.next(),
      end: 10 + 5 * Math.floor(n / 16) + random.next() + (random.chance(0.1) ? 50 : 0),
    })
    const after = effectOf(happened)(state)
    if (!after && happened.kind !== 'order') throw new Error('only orders are refused')
    state = after ?? state
    const answered = after || happened.kind !== 'order' ? happened : { ...happened, accepted: false }
    events.push({ ...time(), happened: answered })
    // Who was refused at the second try may have been accepted at the first, until the order was voided.
    if (!after && stray++ < strays) events.push({ start: 2, end: 200, happened, optional: true })
    if (n % 12 === 11) events.push({ ...time(), happened: balance(state.points) })
  }
  return { events, points: state.points }
}

it('ends for a burst of sixty', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const { events, points } = burst(createRandom(seed), { sales: 36, strays: 1 })
    const last = { start: 300, end: 301, happened: balance(points) }
    const told = linearize(callsOf([...events, last]), NOBODY, stateKey)
    expect(told.ok && told.attempts, `seed ${seed}`).toBeLessThan(100_000)
  }
})

it('says of a burst that cannot be told that it cannot, and not that it does not know', () => {
  const { events, points } = burst(createRandom(3), { sales: 14, strays: 1 })
  const lie = linearize(callsOf([...events, { start: 300, end: 301, happened: balance(points + 1) }]), NOBODY, stateKey)
  expect(lie.ok ? '' : lie.stuck).toMatch(/^after .* none of these fits: balance$/)
})

it('takes thousands of calls in its stride', () => {
  const sale = (n: number) => [[[4 * n, 4 * n + 5], earn(`o${n}`, 1)] as const, [[4 * n + 1, 4 * n + 2], balance(n)] as const]
  const day = [...Array.from({ length: 4_000 }, (_, n) => (n % 3 === 0 ? sale(n) : [])).flat()]
  const counted = day.map(
    ([at, happened], i) => [at, happened.kind === 'balance' ? balance(Math.ceil(i / 2) - 1) : happened] as const,
  )
  expect(counted.length).toBeGreaterThan(2_500)
  expect(verdict(history(...counted))).toBe(true)
  expect(verdict(history(...counted, [[50_000, 50_001], balance(1)]))).toBe(false)
})

/** With each of those that need not have taken place, and without it. */
function subsets(calls: readonly Call<MemberState>[]): Call<MemberState>[][] {
  return calls.reduce<Call<MemberState>[][]>(
    (all, call) => [...all.map((some) => [...some, call]), ...(call.optional ? all : [])],
    [[]],
  )
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length === 0) return [[]]
  return list.flatMap((one, i) => permutations(list.toSpliced(i, 1)).map((rest) => [one, ...rest]))
}

function isTold(calls: readonly Call<MemberState>[]): boolean {
  const inTime = calls.every((call, i) => calls.slice(i + 1).every((later) => later.end >= call.start))
  let state: MemberState | undefined = NOBODY
  for (const call of calls) state = state && call.apply(state)
  return inTime && state !== undefined
}
