import { merge, percentile } from './histogram.ts'
import type { PeerLoadResult } from './peer-load.ts'
import { type BenchResult, median } from './result.ts'
import { align } from './summary.ts'

export type Side = 'vendure' | 'regulars'

/** Whole orders of one side. CPU is in milliseconds per order. */
export interface PeerMeasured extends PeerLoadResult {
  readonly perSecond: number
  readonly cpuMs: { readonly server: number; readonly database: number; readonly client: number }
}

/** Both take their turn. */
export type PeerRound = Readonly<Record<Side, PeerMeasured>>

/** What a run against a peer measured, as it is kept in `bench/results`. */
export interface PeersResult extends Pick<BenchResult, 'at' | 'commit' | 'machine'> {
  readonly versions: { readonly node: string; readonly postgres: string; readonly vendure: string }
  readonly options: { readonly seconds: number; readonly rounds: number; readonly clients: number; readonly members: number }
  readonly rounds: readonly PeerRound[]
  /** Of the server, once a second while it was under load, in MB. */
  readonly rssMb: Readonly<Record<Side, readonly number[]>>
  /** Orders of the whole run, warming up included, as each side's own tables have them. */
  readonly verified: {
    readonly vendure: { readonly settled: number }
    readonly regulars: { readonly orders: number; readonly movements: number }
  }
}

const GOAL = 20

export function summarisePeers({ rounds }: PeersResult) {
  const cpuOf = ({ cpuMs }: PeerMeasured) => cpuMs.server + cpuMs.database
  const ratio = median(rounds.map(({ regulars, vendure }) => regulars.perSecond / vendure.perSecond))
  return {
    ratio,
    /** Of the CPU of server and database: what the ratio comes to where nothing else runs. */
    ratioByCpu: median(rounds.map(({ regulars, vendure }) => cpuOf(vendure) / cpuOf(regulars))),
    met: ratio >= GOAL,
    goal: GOAL,
  }
}

/** What each side does for an order, and what it does not: nobody should take the ratio for more than it is. */
const WHAT_IT_IS = `What an order is, on each side:
  vendure   three GraphQL requests: two lines into a new cart; coupon, customer, address, shipping method and transition to payment in one document; a
            payment that settles at once. It keeps a session, a customer, prices, taxes, shipping, promotions, payments, order history and state.
            Set up in its favour: production mode, no logs, no plugin, no job queue and no worker, no stock counted, no tax and no shipping cost,
            sessions and cache in memory, least answers asked for, guests (no password), fewer requests than a storefront sends. No rule but the coupon.
  regulars  four signed HTTP calls: checkout, placed, billed, completed. It checks signatures, prices the reward, holds points, settles them, earns new
            ones, writes a double-entry ledger, and keeps answers for retries. It has no catalogue, cart, session, tax, shipping, stock or payment:
            the till sends lines and prices, and says that it was paid.
  A shop needs both kinds; Regulars does not replace a commerce platform. The ratio says how much of a machine an order takes on each side.`

/** The table that a run prints. */
export function formatPeers(result: PeersResult): string {
  const { machine, versions, options, verified } = result
  const { ratio, ratioByCpu, met, goal } = summarisePeers(result)
  const head = ['', 'orders/s', 'ratio', 'p50 ms', 'p99', 'CPU ms: server', 'database', 'client', 'memory MB', 'discounted']
  return [
    `${machine.cpu}, ${machine.cores} cores${machine.clientApart ? ', the client on one of its own' : ' shared by server, database and client'}; ${versions.postgres}, Node ${versions.node}, Vendure ${versions.vendure}`,
    `${options.rounds} rounds of ${options.seconds} s for each in turn, ${options.clients} clients, ${options.members} members, one server process each, one PostgreSQL; medians`,
    `verified: ${verified.vendure.settled} orders settled with the discount in Vendure's tables; ${verified.regulars.orders} orders in our ledger, which recomputes cleanly`,
    '',
    align([head, rowOf(result, 'vendure', 1), rowOf(result, 'regulars', ratio)]),
    '',
    `orders/s in each round, regulars by vendure: ${result.rounds.map((round) => `${round.regulars.perSecond.toFixed(1)}/${round.vendure.perSecond.toFixed(1)}`).join(', ')}; by CPU time of server and database: ${ratioByCpu.toFixed(1)}×`,
    `${met ? 'met    ' : 'NOT met'}  complete orders a second, of what Vendure does: ${ratio.toFixed(1)}× (goal: at least ${goal}×)`,
    '',
    WHAT_IT_IS,
  ].join('\n')
}

function rowOf({ rounds, rssMb }: PeersResult, side: Side, ratio: number): string[] {
  const measured = rounds.map((round) => round[side])
  const latency = merge(measured.map((one) => one.latency))
  const cpu = (who: keyof PeerMeasured['cpuMs']) => median(measured.map(({ cpuMs }) => cpuMs[who])).toFixed(1)
  const sum = (what: 'orders' | 'discounted') => measured.reduce((total, one) => total + one[what], 0)
  return [
    side,
    median(measured.map(({ perSecond }) => perSecond)).toFixed(1),
    ratio.toFixed(1),
    ...[0.5, 0.99].map((share) => percentile(latency, share).toFixed(0)),
    ...[cpu('server'), cpu('database'), cpu('client')],
    Math.max(0, ...rssMb[side]).toFixed(0),
    `${((sum('discounted') / sum('orders')) * 100).toFixed(1)} %`,
  ]
}
