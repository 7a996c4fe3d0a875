import { type Histogram, merge, percentile } from './histogram.ts'
import { type BenchResult, type HotResult, type Measured, median, type Round } from './result.ts'

/** A goal of the project, and what a run says about it. */
export interface Goal {
  readonly name: string
  readonly wanted: string
  readonly got: string
  readonly met: boolean
}

/** The numbers that a run comes down to. Ratios are taken within a round, so that what else the machine did counts for both sides; the median of them stands. */
export interface Summary {
  readonly limitPerSecond: number
  readonly ratioUniform: number
  readonly ratioZipf: number
  /** By CPU time of all sides together: what the ratio comes to where nothing else runs and nothing waits. */
  readonly ratioByCpu: number
  /** p99 by p50 at half the load. */
  readonly tail: number
  /** The same of the limit, at half of its own rate: what PostgreSQL and the machine make of it before we begin. */
  readonly tailOfLimit: number | undefined
  readonly rssMaxMb: number
  /** The last quarter of the run against the second one. */
  readonly rssGrowth: number
  readonly goals: readonly Goal[]
}

const RATIO_GOAL = 0.5
const TAIL_GOAL = 5
const RSS_GOAL_MB = 200
/** Garbage comes and goes by more than this; a leak does not stop at it. */
const FLAT = 1.1
/** The first quarter is warming up. */
const SAMPLES_MIN = 8

export function summarise(result: BenchResult): Summary {
  const ratioOf = (kind: 'uniform' | 'zipf') =>
    median(result.rounds.map((round) => round[kind].perSecond / round.limit.perSecond))
  const tail = tailOf(merge(result.rounds.map((round) => round.half.latency)))
  const limitAtHalf = limitAtHalfOf(result.rounds)
  const tailOfLimit = limitAtHalf && tailOf(limitAtHalf)
  const rssMaxMb = Math.max(0, ...result.rssMb)
  const rssGrowth = growthOf(result.rssMb)
  const ratioUniform = ratioOf('uniform')
  const flat = rssGrowth <= FLAT
  return {
    limitPerSecond: median(result.rounds.map(({ limit }) => limit.perSecond)),
    ratioUniform,
    ratioZipf: ratioOf('zipf'),
    ratioByCpu: median(result.rounds.map(cpuRatioOf)),
    tail,
    tailOfLimit,
    rssMaxMb,
    rssGrowth,
    goals: [
      {
        name: 'order calls a second, of what one function call does on the same PostgreSQL',
        wanted: `at least ${RATIO_GOAL.toFixed(2)}×`,
        got: `${ratioUniform.toFixed(2)}×`,
        met: ratioUniform >= RATIO_GOAL,
      },
      {
        name: 'p99 against p50 at half of that load',
        wanted: `at most ${TAIL_GOAL}×`,
        got: `${tail.toFixed(1)}×${tailOfLimit === undefined ? '' : `; the limit itself ${tailOfLimit.toFixed(1)}×`}`,
        met: tail <= TAIL_GOAL,
      },
      {
        name: 'memory of the server (RSS)',
        wanted: `at most ${RSS_GOAL_MB} MB, flat`,
        got: `${Math.round(rssMaxMb)} MB, ${flat ? 'flat' : 'growing'} (${rssGrowth.toFixed(2)}×)`,
        met: rssMaxMb <= RSS_GOAL_MB && flat,
      },
    ],
  }
}

const tailOf = (latency: Histogram): number => percentile(latency, 0.99) / percentile(latency, 0.5)

function limitAtHalfOf(rounds: readonly Round[]): Histogram | undefined {
  const found = rounds.flatMap(({ limitAtHalf }) => limitAtHalf ?? [])
  return found.length === 0 ? undefined : merge(found)
}

function cpuRatioOf({ limit, uniform: { cpuUs } }: Round): number {
  return (limit.databaseCpuUs + limit.clientCpuUs) / (cpuUs.server + cpuUs.database + cpuUs.client)
}

function growthOf(samples: readonly number[]): number {
  if (samples.length < SAMPLES_MIN) return 1
  const quarter = Math.floor(samples.length / 4)
  return median(samples.slice(-quarter)) / median(samples.slice(quarter, 2 * quarter))
}

/** The table that a run prints. */
export function formatResult(result: BenchResult): string {
  const { machine, versions, options, verified } = result
  const summary = summarise(result)
  const rows = [
    ['', 'calls/s', 'of limit', 'p50 ms', 'p95', 'p99', 'CPU µs: server', 'database', 'client'],
    limitRow(result, summary),
    loadRow('uniform', result.rounds, ({ uniform }) => uniform, summary.ratioUniform),
    loadRow('zipf', result.rounds, ({ zipf }) => zipf, summary.ratioZipf),
    loadRow('half load', result.rounds, ({ half }) => half, undefined),
    ...limitAtHalfRows(result),
  ]
  const calls = result.rounds.reduce((sum, { uniform, zipf, half }) => sum + uniform.calls + zipf.calls + half.calls, 0)
  return [
    `${machine.cpu}, ${machine.cores} cores${machine.clientApart ? ', the client on one of its own' : ' shared by server, database and client'}; ${versions.postgres}, Node ${versions.node}, ${versions.limit}`,
    `${options.rounds} rounds of ${options.seconds} s, ${options.clients} clients, ${options.members} members, ${options.servers} server process${options.servers === 1 ? '' : 'es'}; ${calls} calls; verified clean: ${verified.orders} orders, ${verified.movements} movements`,
    '',
    align(rows),
    '',
    `by CPU time alone a call is ${summary.ratioByCpu.toFixed(2)}× of the limit`,
    ...summary.goals.map(({ name, wanted, got, met }) => `${met ? 'met    ' : 'NOT met'}  ${name}: ${got} (goal: ${wanted})`),
  ].join('\n')
}

function limitRow({ rounds, versions }: BenchResult, { limitPerSecond }: Summary): string[] {
  const cpu = (side: 'databaseCpuUs' | 'clientCpuUs') => whole(median(rounds.map(({ limit }) => limit[side])))
  return [`fn (${versions.limit})`, whole(limitPerSecond), '1.00', '', '', '', '', cpu('databaseCpuUs'), cpu('clientCpuUs')]
}

function limitAtHalfRows({ rounds, options }: BenchResult): string[][] {
  const latency = limitAtHalfOf(rounds)
  if (!latency) return []
  const perSecond = latency.total / (rounds.length * options.seconds)
  return [['fn, half load', whole(perSecond), '', ...percentilesOf(latency), '', '', '']]
}

const percentilesOf = (latency: Histogram): string[] => [0.5, 0.95, 0.99].map((share) => percentile(latency, share).toFixed(1))

function loadRow(name: string, rounds: readonly Round[], kind: (round: Round) => Measured, ratio: number | undefined): string[] {
  const loads = rounds.map(kind)
  const latency = merge(loads.map((load) => load.latency))
  const cpu = (side: keyof Measured['cpuUs']) => whole(median(loads.map(({ cpuUs }) => cpuUs[side])))
  return [
    name,
    whole(median(loads.map(({ perSecond }) => perSecond))),
    ratio === undefined ? '' : ratio.toFixed(2),
    ...percentilesOf(latency),
    ...[cpu('server'), cpu('database'), cpu('client')],
  ]
}

const whole = (value: number): string => String(Math.round(value))

export function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** How long a crowd took, and what one call of it cost: the same for every size of crowd, where time grows as the crowd does. */
export function formatHot({ runs }: HotResult): string {
  const rows = runs.map(({ what, calls, seconds, repeats }) => [
    `one ${what}`,
    whole(calls),
    `${seconds.toFixed(2)} s`,
    `${((seconds / calls) * 1_000).toFixed(2)} ms`,
    whole(repeats),
  ])
  return align([['all at once on', 'calls', 'time', 'a call', 'sent again after 503'], ...rows])
}
