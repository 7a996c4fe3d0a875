import type { Program } from '@regulars/engine'
import { drawIndex, type PastOrder } from '../replay/index.ts'
import { type Played, playHistory } from './play-history.ts'
import type { MemberTotals, RuleTotals, Totals } from './tally.ts'

/** A number under both programs. */
export interface Compared {
  readonly current: number
  readonly new: number
  readonly difference: number
}

/** What a new program would have changed in a history. Money is minor units of `currency`. */
export interface SimulationReport {
  readonly currency: string
  readonly digits: number
  readonly seed: number
  readonly seconds: number
  readonly totals: Readonly<Record<keyof Totals, Compared>>
  readonly rules: readonly ({ readonly rule: string; readonly label: string } & Readonly<Record<keyof RuleTotals, Compared>>)[]
  /** Orders whose discount or points are not the same. */
  readonly orders_affected: number
  readonly members: {
    readonly seen: number
    /** Who saves, earns or ends up with anything else. */
    readonly affected: number
    /** Who saves more, and who saves less. Points of two programs are not worth the same, so they do not count here. */
    readonly saving_more: number
    readonly saving_less: number
  }
  readonly largest_changes: readonly ({ readonly member: number } & Readonly<Record<keyof MemberTotals, Compared>>)[]
}

const LARGEST = 10

/** Plays a history under both programs and says what differs. */
export function comparePrograms({
  current,
  next,
  orders,
  seed,
}: {
  current: Program
  next: Program
  orders: readonly PastOrder[]
  seed: number
}): SimulationReport {
  const startedAt = performance.now()
  const before = playHistory({ program: current, orders, seed, storeOf: storesOf(current, current, seed) })
  const after = playHistory({ program: next, orders, seed, storeOf: storesOf(current, next, seed) })
  const members = compareMembers(before, after)
  const affected = members.filter(isAffected)
  return {
    currency: current.currency,
    digits: current.digits,
    seed,
    seconds: (performance.now() - startedAt) / 1_000,
    totals: compareEach(before.tally.totals, after.tally.totals),
    rules: compareRules(before, after, labelsOf(current, next)),
    orders_affected: ordersAffected(before, after),
    members: {
      seen: members.length,
      affected: affected.length,
      saving_more: affected.filter(({ reward_cost }) => reward_cost.difference > 0).length,
      saving_less: affected.filter(({ reward_cost }) => reward_cost.difference < 0).length,
    },
    largest_changes: affected.sort(byChange).slice(0, LARGEST),
  }
}

/** Orders stay at their stores under both programs; a store that the new one lacks is its first. */
function storesOf(current: Program, program: Program, seed: number): (orderNumber: string) => string {
  const codes = [...current.stores.keys()]
  const [first = ''] = program.stores.keys()
  return (orderNumber) => {
    const code = codes[drawIndex(seed, `store:${orderNumber}`, codes.length)] ?? ''
    return program.stores.has(code) ? code : first
  }
}

type MemberChange = SimulationReport['largest_changes'][number]

function compareMembers(before: Played, after: Played): MemberChange[] {
  const none: MemberTotals = { orders: 0, reward_cost: 0, points_issued: 0, points_outstanding: 0 }
  const numbers = [...new Set([...before.tally.members.keys(), ...after.tally.members.keys()])].sort((a, b) => a - b)
  return numbers.map((member) => ({
    member,
    ...compareEach(before.tally.members.get(member) ?? none, after.tally.members.get(member) ?? none),
  }))
}

const isAffected = (change: MemberChange): boolean =>
  [change.reward_cost, change.points_issued, change.points_outstanding].some(({ difference }) => difference !== 0)

const byChange = (a: MemberChange, b: MemberChange): number =>
  Math.abs(b.reward_cost.difference) - Math.abs(a.reward_cost.difference) ||
  Math.abs(b.points_issued.difference) - Math.abs(a.points_issued.difference) ||
  a.member - b.member

function compareRules(before: Played, after: Played, labels: ReadonlyMap<string, string>): SimulationReport['rules'] {
  const none: RuleTotals = { times: 0, discount: 0, points: 0, granted: 0 }
  const names = [...new Set([...before.tally.rules.keys(), ...after.tally.rules.keys()])].sort()
  return names.map((rule) => ({
    rule,
    label: labels.get(rule) ?? rule,
    ...compareEach(before.tally.rules.get(rule) ?? none, after.tally.rules.get(rule) ?? none),
  }))
}

function ordersAffected(before: Played, after: Played): number {
  return [...before.orders].filter(([number, one]) => {
    const other = after.orders.get(number)
    return other?.discount !== one.discount || other.points !== one.points
  }).length
}

function labelsOf(...programs: Program[]): Map<string, string> {
  return new Map(
    programs.flatMap(({ rewards, campaigns, tiers }) => [
      ...[...rewards.values()].map(({ key, label }) => [`reward:${key}`, label] as const),
      ...campaigns.map(({ key, label }) => [`campaign:${key}`, label] as const),
      ...(tiers?.levels ?? []).map(({ key, label }) => [`tier:${key}`, label] as const),
    ]),
  )
}

function compareEach<K extends string>(before: Record<K, number>, after: Record<K, number>): Record<K, Compared> {
  const pairs = (Object.keys(before) as K[]).map((key): [K, Compared] => [
    key,
    { current: before[key], new: after[key], difference: after[key] - before[key] },
  ])
  return Object.fromEntries(pairs) as Record<K, Compared>
}
