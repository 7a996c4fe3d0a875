import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Progress, startProgress } from '../server/src/platform/progress.ts'
import { backendOf, type Driver, describe, leaveBackend, readRewardId, startDriver } from './bench.ts'
import type { PeerLoad } from './peer-load.ts'
import { formatPeers, type PeerMeasured, type PeerRound, type PeersResult, type Side, summarisePeers } from './peer-summary.ts'
import { countSettled, installPeers, startVendure, type Vendure, vendureVersion } from './peer-vendure.ts'
import { type Cores, coresApart, familyOf, usageOf } from './processes.ts'
import { BRAND, type Brand, prepareBrand, type Server, STORE, startServer, verifyBrand } from './product.ts'
import { inWorkplace, type Workplace } from './workplace.ts'

const USAGE = `npm run bench:peers -- [options]

Installs Vendure in bench/peers, unless it is there, and lets it and Regulars take turns at whole orders on one PostgreSQL.

  --seconds <n>   of each side in a round (25)
  --rounds <n>    both sides, one after the other (3)
  --clients <n>   that place one order after the other (8)
  --members <n>   seeded members of ours (10000)
  --out <file>    write the raw result there
  --json          print the raw result instead of the table`

const PROGRAM = join(import.meta.dirname, 'peers', 'program.yaml')
const SIDES = ['vendure', 'regulars'] as const
/** Until V8 has compiled what runs often; a slow side is not waited for longer than this. */
const WARM_UP: Readonly<Record<Side, { orders: number; seconds: number }>> = {
  vendure: { orders: 400, seconds: 25 },
  regulars: { orders: 2_000, seconds: 25 },
}
const RSS_EVERY_MS = 1_000

interface Options {
  readonly seconds: number
  readonly rounds: number
  readonly clients: number
  readonly members: number
}

/** Both, ready to be asked. */
interface Pair {
  readonly driver: Driver
  readonly vendure: Vendure
  readonly regulars: Server
  /** A connection of ours, by which the processes of PostgreSQL are found. */
  readonly backend: number
  readonly rssMb: Record<Side, number[]>
  /** Orders placed so far, warming up included. */
  readonly placed: Record<Side, number>
  loadOf(side: Side): Pick<PeerLoad, 'shop' | 'host' | 'port'>
}

const { values } = parseArgs({
  options: {
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

if (values.help) console.log(USAGE)
else await main()

async function main(): Promise<void> {
  const options = { seconds: count('seconds'), rounds: count('rounds'), clients: count('clients'), members: count('members') }
  await installPeers()
  await inWorkplace({}, async (place) => {
    const progress = startProgress({ label: 'bench:peers', total: options.rounds * SIDES.length })
    const result = await runPeers(place, options, progress)
    progress.done(`${summarisePeers(result).ratio.toFixed(1)} orders of Regulars for one of Vendure`)
    if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(result)}\n`)
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${formatPeers(result)}\n`)
  })
}

async function runPeers({ folder, databaseUrl }: Workplace, options: Options, progress: Progress): Promise<PeersResult> {
  const cores = await coresApart()
  progress.note('preparing Regulars')
  const brand = await prepareBrand({ databaseUrl, folder, members: options.members, program: PROGRAM })
  const seeded = await verifyBrand(databaseUrl)
  progress.note('preparing Vendure')
  const vendure = await startVendure(databaseUrl, cores)
  const pair = await openPair(brand, vendure, { folder, cores, members: options.members })
  try {
    for (const side of SIDES) {
      progress.note(`warming up ${side}`)
      await measure(pair, side, { ...options, ...WARM_UP[side] })
      pair.rssMb[side].length = 0
    }
    const rounds: PeerRound[] = []
    for (let number = 1; number <= options.rounds; number++) {
      const step = async (side: Side) => {
        progress.note(`round ${number}: ${side}`)
        const measured = await measure(pair, side, options)
        progress.advance()
        return measured
      }
      rounds.push({ vendure: await step('vendure'), regulars: await step('regulars') })
    }
    progress.note('verifying')
    const verified = await verify(pair, brand, seeded.orders)
    const described = { ...options, servers: 1, node: process.execPath }
    const { at, commit, machine, versions } = await describe({ brand, limitBy: 'pg', cores }, described)
    const { node, postgres } = versions
    const { rssMb } = pair
    return { at, commit, machine, versions: { node, postgres, vendure: vendureVersion() }, options, rounds, rssMb, verified }
  } finally {
    await pair.driver.close()
    await Promise.all([pair.regulars.stop(), vendure.stop()])
    leaveBackend(pair.backend)
  }
}

async function openPair(
  brand: Brand,
  vendure: Vendure,
  { folder, cores, members }: { folder: string; cores: Cores | undefined; members: number },
): Promise<Pair> {
  const regulars = await startServer({ ...{ brand, folder, cores: cores?.server, node: process.execPath } })
  const driver = await startDriver(cores)
  const backend = await backendOf(brand.databaseUrl)
  const { apiKey, secret } = brand
  const ours = { apiKey, secret, brand: BRAND, store: STORE, members, rewardId: await readRewardId(brand, regulars) }
  return {
    ...{ driver, vendure, regulars, backend },
    rssMb: { vendure: [], regulars: [] },
    placed: { vendure: 0, regulars: 0 },
    loadOf: (side) =>
      side === 'vendure'
        ? { shop: vendure.shop, host: '127.0.0.1', port: vendure.port }
        : { shop: { kind: 'regulars', ...ours }, host: regulars.host, port: regulars.port },
  }
}

async function measure(
  pair: Pair,
  side: Side,
  { seconds, clients, orders }: Pick<PeerLoad, 'seconds' | 'clients' | 'orders'>,
): Promise<PeerMeasured> {
  const pid = pair[side].pid
  const used = () => ({
    server: usageOf([pid]).cpuSeconds,
    database: usageOf(familyOf(pair.backend)).cpuSeconds,
    client: usageOf([pair.driver.pid]).cpuSeconds,
  })
  const before = used()
  const watching = setInterval(() => pair.rssMb[side].push(usageOf([pid]).rssBytes / 2 ** 20), RSS_EVERY_MS)
  // No two loads of a run have the same seed, or their orders would have the same names.
  const seed = 1 + Object.values(pair.placed).reduce((sum, placed) => sum + placed, 0)
  const result = await pair.driver
    .runPeer({
      ...pair.loadOf(side),
      ...{ seconds, clients, seed, run: `${Date.now().toString(36)}-${seed}` },
      ...(orders !== undefined && { orders }),
    })
    .finally(() => clearInterval(watching))
  const after = used()
  pair.placed[side] += result.orders
  const perOrder = (who: keyof typeof after) => ((after[who] - before[who]) / result.orders) * 1e3
  return {
    ...result,
    perSecond: result.orders / result.seconds,
    cpuMs: { server: perOrder('server'), database: perOrder('database'), client: perOrder('client') },
  }
}

/** Neither side is believed: each one's own tables must have every order that was counted. */
async function verify(pair: Pair, brand: Brand, seeded: number): Promise<PeersResult['verified']> {
  const settled = await countSettled(pair.vendure.databaseUrl)
  const { orders, movements } = await verifyBrand(brand.databaseUrl)
  const verified = { vendure: { settled }, regulars: { orders: orders - seeded, movements } }
  const missing = [
    ...(settled === pair.placed.vendure
      ? []
      : [`Vendure has settled ${settled} of ${pair.placed.vendure} orders with a discount`]),
    ...(orders - seeded === pair.placed.regulars
      ? []
      : [`Regulars has ${orders - seeded} of ${pair.placed.regulars} orders in its ledger`]),
  ]
  if (missing.length > 0) throw new Error(missing.join('; '))
  return verified
}
