import type { Expected } from './recompute.ts'

/** What a replay found. `ok` when nothing was answered unexpectedly and every member has what they must have. */
export interface ReplayReport {
  readonly ok: boolean
  readonly seed: number
  readonly seconds: number
  readonly orders: number
  readonly calls: number
  /** Attempts that were lost or refused with 503 or 429, and made again. */
  readonly retries: number
  readonly answers: Readonly<Record<string, number>>
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number }
  /** The server had seen this replay before, wholly or in part. */
  readonly repeated: boolean
  /** Calls of a repeated replay that could not be made: the order is done, so the server no longer tells the receipt or the reward that they name. */
  readonly notSent: number
  readonly unexpectedCount: number
  /** The first of them. */
  readonly unexpected: readonly Unexpected[]
  /** Recomputed; the comparison of the balances is what ties them to the server. */
  readonly points: {
    readonly earned: number
    readonly reversed: number
    readonly spent: number
    readonly expired: number
    readonly balance: number
  }
  readonly rewards: { readonly issued: number; readonly redeemed: number }
  readonly membersCompared: number
  readonly differences: readonly Difference[]
}

export interface Unexpected {
  readonly call: string
  readonly expected: string
  readonly got: string
}

/** What one member must have, and has. */
export interface Difference {
  readonly member: string
  /** `points`, or the code of an issued reward. */
  readonly what: string
  readonly expected: number
  readonly actual: number | undefined
}

/** What the server says that a member has. */
export interface Actual {
  readonly memberId: string
  readonly balance: number | undefined
  readonly held: Readonly<Record<string, number>>
}

/** Every number in which a server and the recomputation differ; a member whom the server does not know differs in all. */
export function compareBalances(expected: readonly Expected[], actual: ReadonlyMap<number, Actual>): Difference[] {
  return expected.flatMap(({ member, balance, held }) => {
    const found = actual.get(member)
    const name = found ? `${found.memberId} (planned as ${member})` : `planned as ${member}`
    const numbers = [
      { what: 'points', expected: balance, actual: found?.balance },
      ...Object.entries(held).map(([code, quantity]) => ({
        what: code,
        expected: quantity,
        actual: found && (found.held[code] ?? 0),
      })),
    ]
    return numbers.filter((number) => number.expected !== number.actual).map((number) => ({ member: name, ...number }))
  })
}

/** All members together. */
export function sumUp(expected: readonly Expected[]): Pick<ReplayReport, 'points' | 'rewards'> {
  const sum = (of: (one: Expected) => number) => expected.reduce((total, one) => total + of(one), 0)
  return {
    points: {
      earned: sum(({ totals }) => totals.earned),
      reversed: sum(({ totals }) => totals.reversed),
      spent: sum(({ totals }) => totals.spent),
      expired: sum(({ totals }) => totals.expired),
      balance: sum(({ balance }) => balance),
    },
    rewards: { issued: sum(({ totals }) => totals.rewardsIssued), redeemed: sum(({ totals }) => totals.rewardsRedeemed) },
  }
}

export function percentiles(samples: readonly number[]): ReplayReport['latencyMs'] {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** How many lines of a kind are printed before the rest is only counted. */
const LISTED_MAX = 20

/** The report for people. */
export function formatReport(report: ReplayReport): string {
  const { points, rewards, latencyMs } = report
  const rate = report.seconds > 0 ? Math.round(report.calls / report.seconds) : report.calls
  return [
    `${number(report.orders)} orders, ${number(report.calls)} calls in ${report.seconds.toFixed(1)} s (${number(rate)}/s), seed ${report.seed}${report.repeated ? ', repeated on a server that knew it' : ''}`,
    `answers     ${Object.entries(report.answers)
      .map(([status, times]) => `${status}: ${number(times)}`)
      .join('   ')}`,
    `latency     p50 ${latencyMs.p50} ms   p95 ${latencyMs.p95} ms   p99 ${latencyMs.p99} ms`,
    ...(report.retries > 0 ? [`retries     ${number(report.retries)}`] : []),
    ...(report.notSent > 0 ? [`not sent    ${number(report.notSent)} calls of orders that were done before`] : []),
    `points      ${number(points.earned)} earned   ${number(points.reversed)} taken back   ${number(points.spent)} spent   ${number(points.expired)} expired   ${number(points.balance)} left`,
    `rewards     ${number(rewards.issued)} issued   ${number(rewards.redeemed)} redeemed`,
    `unexpected  ${number(report.unexpectedCount)}`,
    ...listed(
      report.unexpected,
      report.unexpectedCount,
      ({ call, expected, got }) => `  ${call}: expected ${expected}, got ${got}`,
    ),
    `members     ${number(report.membersCompared)} compared, ${report.differences.length === 0 ? 'every balance equal' : `${number(report.differences.length)} differences`}`,
    ...listed(
      report.differences,
      report.differences.length,
      ({ member, what, expected, actual }) =>
        `  member ${member}, ${what}: expected ${expected}, the server says ${actual ?? 'nothing'}`,
    ),
    report.ok ? 'OK' : 'FAILED',
  ].join('\n')
}

function listed<T>(items: readonly T[], count: number, line: (item: T) => string): string[] {
  const shown = items.slice(0, LISTED_MAX).map(line)
  return count > shown.length ? [...shown, `  … and ${number(count - shown.length)} more`] : shown
}

const number = (value: number): string => value.toLocaleString('en-US')
