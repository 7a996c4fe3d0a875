import { merge, percentile } from './histogram.ts'
import type { PeerLoadResult } from './peer-load.ts'
import { type BenchResult, median } from './result.ts'
import { align } from './summary.ts'

/** Servers of others, in the order in which they take their turns. */
export const PEER_NAMES = ['vendure', 'medusa'] as const
export type PeerName = (typeof PEER_NAMES)[number]
export type Side = PeerName | 'regulars'

export const PEER_TITLES: Readonly<Record<PeerName, string>> = { vendure: 'Vendure', medusa: 'Medusa' }

/** Whole orders of one side. CPU is in milliseconds per order. */
export interface PeerMeasured extends PeerLoadResult {
  readonly perSecond: number
  readonly cpuMs: { readonly server: number; readonly database: number; readonly client: number }
}

/** All that take part take their turn. */
export type PeerRound = { readonly [side in Side]?: PeerMeasured }

/** What a run against peers measured, as it is kept in `bench/results`. */
export interface PeersResult extends Pick<BenchResult, 'at' | 'commit' | 'machine'> {
  /** Of a peer: whoever has one here took part. */
  readonly versions: { readonly node: string; readonly postgres: string } & { readonly [name in PeerName]?: string }
  readonly options: { readonly seconds: number; readonly rounds: number; readonly clients: number; readonly members: number }
  readonly rounds: readonly PeerRound[]
  /** Of the server, once a second while it was under load, in MB. */
  readonly rssMb: { readonly [side in Side]?: readonly number[] }
  /** Orders of the whole run, warming up included, as each side's own tables have them. */
  readonly verified: { readonly regulars: { readonly orders: number; readonly movements: number } } & {
    readonly [name in PeerName]?: { readonly settled: number }
  }
}

/** Of what Vendure does. Medusa is told beside it, and has no goal of its own. */
const GOAL = 20

/** What Regulars does for one order of a peer. */
export interface Ratio {
  readonly peer: PeerName
  readonly ratio: number
  /** Of the CPU of server and database: what the ratio comes to where nothing else runs. */
  readonly ratioByCpu: number
}

export function summarisePeers({ rounds, versions }: PeersResult) {
  const ratios = PEER_NAMES.filter((peer) => versions[peer] !== undefined).map((peer) => ratioOf(peer, rounds))
  const vendure = ratios.find(({ peer }) => peer === 'vendure')
  return {
    ratios,
    /** Only a run with Vendure can tell. */
    goal: vendure && { wanted: GOAL, ratio: vendure.ratio, met: vendure.ratio >= GOAL },
  }
}

function ratioOf(peer: PeerName, rounds: readonly PeerRound[]): Ratio {
  const cpuOf = ({ cpuMs }: PeerMeasured) => cpuMs.server + cpuMs.database
  const pairs = rounds.flatMap(({ regulars, [peer]: theirs }) => (regulars && theirs ? [{ regulars, theirs }] : []))
  return {
    peer,
    ratio: median(pairs.map(({ regulars, theirs }) => regulars.perSecond / theirs.perSecond)),
    ratioByCpu: median(pairs.map(({ regulars, theirs }) => cpuOf(theirs) / cpuOf(regulars))),
  }
}

/** What each side does for an order, and what it does not: nobody should take a ratio for more than it is. */
const WHAT_IT_IS: Readonly<Record<Side, string>> = {
  vendure: `\
  vendure   three GraphQL requests: two lines into a new cart; coupon, customer, address, shipping method and transition to payment in one document; a
            payment that settles at once. It keeps a session, a customer, prices, taxes, shipping, promotions, payments, order history and state.
            Set up in its favour: production mode, no logs, no plugin, no job queue and no worker, no stock counted, no tax and no shipping cost,
            sessions and cache in memory, least answers asked for, guests (no password), fewer requests than a storefront sends. No rule but the coupon.`,
  medusa: `\
  medusa    five REST requests: a new cart with two lines, coupon, e-mail and address; shipping method; payment collection; payment session of the
            built-in provider, which authorises at once; complete. It keeps a cart, a customer, prices, shipping, promotions, payments, an
            order with its summary, and a record of the workflow that made it. The goods are not fulfilled, and nothing is captured.
            Set up in its favour: production mode, no logs, no admin interface, no search, no worker, no Redis (events, workflows, locks and sessions in
            memory), its cache for queries on and in memory, no stock counted, no tax and no shipping cost, least answers asked for, guests, fewer
            requests than a storefront sends. No rule but the coupon.`,
  regulars: `\
  regulars  four signed HTTP calls: checkout, placed, billed, completed. It checks signatures, prices the reward, holds points, settles them, earns new
            ones, writes a double-entry ledger, and keeps answers for retries. It has no catalogue, cart, session, tax, shipping, stock or payment:
            the till sends lines and prices, and says that it was paid.`,
}

/** The table that a run prints. */
export function formatPeers(result: PeersResult): string {
  const { machine, versions, options, verified, rounds } = result
  const { ratios, goal } = summarisePeers(result)
  const peers = ratios.map(({ peer }) => peer)
  const sides: readonly Side[] = [...peers, 'regulars']
  const head = [
    '',
    'orders/s',
    'ours for one',
    'p50 ms',
    'p99',
    'CPU ms: server',
    'database',
    'client',
    'memory MB',
    'discounted',
  ]
  const settled = peers.map(
    (peer) => `${verified[peer]?.settled} orders settled with the discount in ${PEER_TITLES[peer]}'s tables; `,
  )
  const perSecond = (round: PeerRound) => sides.map((side) => (round[side]?.perSecond ?? 0).toFixed(1)).join('/')
  return [
    `${machine.cpu}, ${machine.cores} cores${machine.clientApart ? ', the client on one of its own' : ' shared by server, database and client'}; ${versions.postgres}, Node ${versions.node}, ${peers.map((peer) => `${PEER_TITLES[peer]} ${versions[peer]}`).join(', ')}`,
    `${options.rounds} rounds of ${options.seconds} s for each in turn, ${options.clients} clients, ${options.members} members, one server process each, one PostgreSQL; medians`,
    `verified: ${settled.join('')}${verified.regulars.orders} orders in our ledger, which recomputes cleanly`,
    '',
    align([head, ...ratios.map(({ peer, ratio }) => rowOf(result, peer, ratio)), rowOf(result, 'regulars', 1)]),
    '',
    `orders/s in each round, ${sides.join('/')}: ${rounds.map(perSecond).join(', ')}`,
    `by CPU time of server and database, orders of ours for one: ${ratios.map(({ peer, ratioByCpu }) => `${peer} ${ratioByCpu.toFixed(1)}×`).join(', ')}`,
    ...(goal ? [`${goal.met ? 'met    ' : 'NOT met'}  ${lineOf('vendure', goal.ratio)} (goal: at least ${goal.wanted}×)`] : []),
    ...ratios.filter(({ peer }) => peer !== 'vendure').map(({ peer, ratio }) => `no goal  ${lineOf(peer, ratio)}`),
    '',
    'What an order is, on each side:',
    ...sides.map((side) => WHAT_IT_IS[side]),
    '  A shop needs both kinds; Regulars does not replace a commerce platform. A ratio says how much of a machine an order takes on each side.',
  ].join('\n')
}

const lineOf = (peer: PeerName, ratio: number) =>
  `complete orders a second, of what ${PEER_TITLES[peer]} does: ${ratio.toFixed(1)}×`

function rowOf({ rounds, rssMb }: PeersResult, side: Side, ratio: number): string[] {
  const measured = rounds.flatMap(({ [side]: one }) => (one ? [one] : []))
  const latency = merge(measured.map((one) => one.latency))
  const cpu = (who: keyof PeerMeasured['cpuMs']) => median(measured.map(({ cpuMs }) => cpuMs[who])).toFixed(1)
  const sum = (what: 'orders' | 'discounted') => measured.reduce((total, one) => total + one[what], 0)
  return [
    side,
    median(measured.map(({ perSecond }) => perSecond)).toFixed(1),
    ratio.toFixed(1),
    ...[0.5, 0.99].map((share) => percentile(latency, share).toFixed(0)),
    ...[cpu('server'), cpu('database'), cpu('client')],
    Math.max(0, ...(rssMb[side] ?? [])).toFixed(0),
    `${((sum('discounted') / sum('orders')) * 100).toFixed(1)} %`,
  ]
}
