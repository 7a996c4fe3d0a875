import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Progress, startProgress } from '../server/src/platform/progress.ts'
import { backendOf, type Driver, describe, leaveBackend, readRewardId, startDriver } from './bench.ts'
import type { PeerLoad } from './peer-load.ts'
import { MEDUSA } from './peer-medusa.ts'
import { installPeer, type Peer, type PeerServer, startPeer, versionOf } from './peer-process.ts'
import {
  formatPeers,
  PEER_NAMES,
  PEER_TITLES,
  type PeerMeasured,
  type PeerName,
  type PeerRound,
  type PeersResult,
  type Side,
  summarisePeers,
} from './peer-summary.ts'
import { VENDURE } from './peer-vendure.ts'
import { coresApart, familyOf, usageOf } from './processes.ts'
import { BRAND, type Brand, prepareBrand, type Server, STORE, startServer, verifyBrand } from './product.ts'
import { inWorkplace, type Workplace } from './workplace.ts'

const USAGE = `npm run bench:peers -- [options]

Installs Vendure and Medusa in bench/peers, unless they are there, and lets them and Regulars take turns at whole orders on one PostgreSQL.

  --peer <name>   only this one: vendure or medusa; may be repeated (both)
  --seconds <n>   of each side in a round (25)
  --rounds <n>    all sides, one after the other (3)
  --clients <n>   that place one order after the other (8)
  --members <n>   seeded members of ours (10000)
  --out <file>    write the raw result there
  --json          print the raw result instead of the table`

const PROGRAM = join(import.meta.dirname, 'peers', 'program.yaml')
const PEERS: Readonly<Record<PeerName, Peer>> = { vendure: VENDURE, medusa: MEDUSA }
/**
 * Until V8 has compiled what runs often; a slow side is not waited for longer than this. The first two dozen orders of Medusa cost it about a third more
 * than those that follow, and it takes half a minute or more for them.
 */
const WARM_UP: Readonly<Record<Side, { orders: number; seconds: number }>> = {
  vendure: { orders: 400, seconds: 25 },
  medusa: { orders: 100, seconds: 90 },
  regulars: { orders: 2_000, seconds: 25 },
}
const RSS_EVERY_MS = 1_000

interface Options {
  readonly seconds: number
  readonly rounds: number
  readonly clients: number
  readonly members: number
}

/** A side, ready to be asked. */
interface Contender {
  readonly side: Side
  readonly pid: number
  readonly load: Pick<PeerLoad, 'shop' | 'host' | 'port'>
  readonly rssMb: number[]
  /** Orders so far, warming up included. */
  placed: number
}

/** Who asks them all. */
interface Asker {
  readonly driver: Driver
  /** A connection of ours, by which the processes of PostgreSQL are found. */
  readonly backend: number
  /** No two loads of a run have the same one, or their orders would have the same names. */
  seed: number
}

const { values } = parseArgs({
  options: {
    peer: { type: 'string', multiple: true, default: [...PEER_NAMES] },
    seconds: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '8' },
    members: { type: 'string', default: '10000' },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function count(name: 'seconds' | 'rounds' | 'clients' | 'members'): number {
  const text = values[name]
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new Error(`--${name} must be a whole number above 0; got ${text}.`)
  return Number(text)
}

function peersAsked(): Peer[] {
  const unknown = values.peer.filter((name) => !PEER_NAMES.some((known) => known === name))
  if (unknown.length > 0) throw new Error(`--peer must be ${PEER_NAMES.join(' or ')}; got ${unknown.join(', ')}.`)
  return PEER_NAMES.filter((name) => values.peer.includes(name)).map((name) => PEERS[name])
}

if (values.help) console.log(USAGE)
else await main()

async function main(): Promise<void> {
  const options = { seconds: count('seconds'), rounds: count('rounds'), clients: count('clients'), members: count('members') }
  const peers = peersAsked()
  for (const peer of peers) await installPeer(peer)
  await inWorkplace({}, async (place) => {
    const progress = startProgress({ label: 'bench:peers', total: options.rounds * (peers.length + 1) })
    const result = await runPeers(place, peers, options, progress)
    const told = summarisePeers(result).ratios.map(({ peer, ratio }) => `${ratio.toFixed(1)} for one of ${PEER_TITLES[peer]}`)
    progress.done(`orders of Regulars: ${told.join(', ')}`)
    if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(result)}\n`)
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${formatPeers(result)}\n`)
  })
}

async function runPeers(
  { folder, databaseUrl }: Workplace,
  peers: readonly Peer[],
  options: Options,
  progress: Progress,
): Promise<PeersResult> {
  const cores = await coresApart()
  progress.note('preparing Regulars')
  const brand = await prepareBrand({ databaseUrl, folder, members: options.members, program: PROGRAM })
  const seeded = await verifyBrand(databaseUrl)
  const theirs: PeerServer[] = []
  for (const peer of peers) {
    progress.note(`preparing ${PEER_TITLES[peer.name]}`)
    theirs.push(await startPeer(peer, databaseUrl, cores))
  }
  const regulars = await startServer({ brand, folder, cores: cores?.server, node: process.execPath })
  const asker = { driver: await startDriver(cores), backend: await backendOf(brand.databaseUrl), seed: 1 }
  const ours = await ourSide(brand, regulars, options.members)
  const contenders = [...theirs.map(peerSide), ours]
  try {
    for (const contender of contenders) {
      progress.note(`warming up ${contender.side}`)
      await measure(asker, contender, { ...options, ...WARM_UP[contender.side] })
      contender.rssMb.length = 0
    }
    const rounds: PeerRound[] = []
    for (let number = 1; number <= options.rounds; number++) {
      const measured = new Map<Side, PeerMeasured>()
      for (const contender of contenders) {
        progress.note(`round ${number}: ${contender.side}`)
        measured.set(contender.side, await measure(asker, contender, options))
        progress.advance()
      }
      rounds.push(Object.fromEntries(measured))
    }
    progress.note('verifying')
    const described = { ...options, servers: 1, node: process.execPath }
    const { at, commit, machine, versions } = await describe({ brand, limitBy: 'pg', cores }, described)
    const { node, postgres } = versions
    return {
      ...{ at, commit, machine, options, rounds },
      versions: { node, postgres, ...Object.fromEntries(peers.map((peer) => [peer.name, versionOf(peer)])) },
      rssMb: Object.fromEntries(contenders.map(({ side, rssMb }) => [side, rssMb])),
      verified: await verify(contenders, theirs, { brand, seeded: seeded.orders }),
    }
  } finally {
    await asker.driver.close()
    await Promise.all([regulars, ...theirs].map((server) => server.stop()))
    leaveBackend(asker.backend)
  }
}

function peerSide({ name, pid, shop, port }: PeerServer): Contender {
  return { side: name, pid, load: { shop, host: '127.0.0.1', port }, rssMb: [], placed: 0 }
}

async function ourSide(brand: Brand, server: Server, members: number): Promise<Contender> {
  const { apiKey, secret } = brand
  const shop = { apiKey, secret, brand: BRAND, store: STORE, members, rewardId: await readRewardId(brand, server) }
  const { pid, host, port } = server
  return { side: 'regulars', pid, load: { shop: { kind: 'regulars', ...shop }, host, port }, rssMb: [], placed: 0 }
}

async function measure(
  asker: Asker,
  contender: Contender,
  { seconds, clients, orders }: Pick<PeerLoad, 'seconds' | 'clients' | 'orders'>,
): Promise<PeerMeasured> {
  const { pid, rssMb, load } = contender
  const used = () => ({
    server: usageOf([pid]).cpuSeconds,
    database: usageOf(familyOf(asker.backend)).cpuSeconds,
    client: usageOf([asker.driver.pid]).cpuSeconds,
  })
  const before = used()
  const watching = setInterval(() => rssMb.push(usageOf([pid]).rssBytes / 2 ** 20), RSS_EVERY_MS)
  const { seed } = asker
  const result = await asker.driver
    .runPeer({
      ...load,
      ...{ seconds, clients, seed, run: `${Date.now().toString(36)}-${seed}` },
      ...(orders !== undefined && { orders }),
    })
    .finally(() => clearInterval(watching))
  const after = used()
  asker.seed += result.orders
  contender.placed += result.orders
  const perOrder = (who: keyof typeof after) => ((after[who] - before[who]) / result.orders) * 1e3
  return {
    ...result,
    perSecond: result.orders / result.seconds,
    cpuMs: { server: perOrder('server'), database: perOrder('database'), client: perOrder('client') },
  }
}

/** No side is believed: each one's own tables must have every order that was counted. */
async function verify(
  contenders: readonly Contender[],
  theirs: readonly PeerServer[],
  { brand, seeded }: { brand: Brand; seeded: number },
): Promise<PeersResult['verified']> {
  const { orders, movements } = await verifyBrand(brand.databaseUrl)
  const settled = new Map<Side, number>()
  for (const server of theirs) settled.set(server.name, await server.countSettled())
  const found = new Map([...settled, ['regulars' as const, orders - seeded]])
  const missing = contenders
    .filter(({ side, placed }) => found.get(side) !== placed)
    .map(({ side, placed }) => `the tables of ${side} have ${found.get(side)} of ${placed} orders with a discount, all the way`)
  if (missing.length > 0) throw new Error(missing.join('; '))
  return {
    ...Object.fromEntries([...settled].map(([name, count]) => [name, { settled: count }])),
    regulars: { orders: orders - seeded, movements },
  }
}
