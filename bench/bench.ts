import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openOwner } from '../server/src/platform/database.ts'
import type { Progress } from '../server/src/platform/progress.ts'
import { type Limit, prepareLimit } from './limit.ts'
import type { Load, LoadResult } from './load.ts'
import { signedHead } from './orders.ts'
import type { PeerLoad, PeerLoadResult } from './peer-load.ts'
import { type Cores, coresApart, familyOf, spawnOn, usageOf } from './processes.ts'
import { BRAND, type Brand, end, type Server, STORE, startServer, verifyBrand } from './product.ts'
import type { BenchResult, HotResult, Measured, Round } from './result.ts'
import { openWire } from './wire.ts'

export interface BenchOptions {
  readonly seconds: number
  readonly rounds: number
  readonly clients: number
  readonly members: number
  readonly servers: number
  /** What runs the server. */
  readonly node: string
  /** For a profile: goes before the server's own file. */
  readonly nodeOptions?: readonly string[]
}

/** Everything that runs while it is measured. */
interface Bench {
  readonly brand: Brand
  readonly servers: readonly Server[]
  readonly cores: Cores | undefined
  drive(load: Partial<Load>): Promise<
    Measured & {
      readonly samples: readonly string[]
      readonly orders: number
      readonly seconds: number
      readonly repeats: number
    }
  >
  limit(seconds: number): Promise<Round['limit']>
  limitPaced: Limit['paced']
  readonly limitBy: Limit['by']
  readonly rssMb: number[]
  close(): Promise<void>
}

/** So many calls until V8 has compiled what runs often; before that a call costs three times as much. */
const WARM_UP_ORDERS = 5_000
const WARM_UP_MAX_S = 60
/** So many orders at once wait for a connection at most when they begin by the clock. */
const CONNECTIONS_BY_CLOCK = 64
const RSS_EVERY_MS = 1_000
/** What fails one call fails the run: a rate of refusals is no rate of orders. */
const ERRORS_SHOWN = 5

/** Of a round. */
export const STEPS = 5

export async function runBench(brand: Brand, folder: string, options: BenchOptions, progress: Progress): Promise<BenchResult> {
  const bench = await openBench(brand, folder, options)
  const { seconds } = options
  try {
    progress.note('warming up')
    await warmUp(bench, options)
    const rounds: Round[] = []
    for (let number = 1; number <= options.rounds; number++) {
      const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
        progress.note(`round ${number}: ${name}`)
        const done = await work()
        progress.advance()
        return done
      }
      const limit = await step('the limit', () => bench.limit(seconds))
      const uniform = await step('uniform', () => bench.drive({}))
      const zipf = await step('zipf', () => bench.drive({ spread: 'zipf' }))
      const half = await step('half load', () =>
        bench.drive({ ordersPerSecond: uniform.perSecond / 8, clients: CONNECTIONS_BY_CLOCK }),
      )
      const limitAtHalf = await step('the limit at half of its rate', () => bench.limitPaced(seconds, limit.perSecond / 2))
      rounds.push({ limit, uniform, zipf, half, limitAtHalf })
    }
    progress.note('verifying')
    const described = await describe(bench, options)
    return { ...described, rounds, rssMb: bench.rssMb, verified: await verifyBrand(brand.databaseUrl) }
  } finally {
    await bench.close()
  }
}

/** How many come at once. Time must grow as they do, and no faster. */
const CROWDS = [250, 500, 1_000]
/** After this long without anybody waiting, a server takes what comes for a burst of its own. */
const CALM_MS = 1_500
/** A member for each crowd, so that none has more lots than another when it begins. */
const HOT_MEMBERS = 50

export async function runHot(brand: Brand, folder: string, options: BenchOptions, progress: Progress): Promise<HotResult> {
  const bench = await openBench(brand, folder, options)
  try {
    progress.note('warming up')
    await warmUp(bench, options)
    const runs: HotResult['runs'][number][] = []
    for (const [index, calls] of CROWDS.entries()) {
      const crowd = { clients: calls, orders: calls, seconds: 600, statuses: ['completed'] as const, patient: true }
      const loads = {
        member: { ...crowd, onlyMember: HOT_MEMBERS + index, rewardShare: 0 },
        reward: { ...crowd, rewardShare: 1, guestShare: 0, statuses: ['checkout'] as const },
        store: { ...crowd, rewardShare: 0 },
      }
      for (const [what, load] of Object.entries(loads)) {
        progress.note(`${calls} calls on one ${what}`)
        // One crowd straight after the other is no crowd but more than a server can do, and is turned away in part (docs/operations/overload.md).
        await sleep(CALM_MS)
        const { seconds, calls: made, repeats } = await bench.drive(load)
        runs.push({ what: what as keyof typeof loads, calls: made, seconds, repeats })
        progress.advance()
      }
    }
    progress.note('verifying')
    await verifyBrand(brand.databaseUrl)
    const { at, commit, machine, versions } = await describe(bench, options)
    return { at, commit, machine, versions, runs }
  } finally {
    await bench.close()
  }
}

export const HOT_STEPS = CROWDS.length * 3

const warmUp = (bench: Bench, { seconds }: BenchOptions) =>
  bench.drive({ orders: Math.min(WARM_UP_ORDERS, seconds * 100), seconds: WARM_UP_MAX_S })

async function openBench(brand: Brand, folder: string, options: BenchOptions): Promise<Bench> {
  const cores = await coresApart()
  const limit = await prepareLimit(brand.databaseUrl, cores)
  const servers = await Promise.all(
    Array.from({ length: options.servers }, () =>
      startServer({ brand, folder, cores: cores?.server, node: options.node, nodeOptions: options.nodeOptions }),
    ),
  )
  const driver = await startDriver(cores)
  const backend = await backendOf(brand.databaseUrl)
  const rssMb: number[] = []
  const rewardId = await readRewardId(brand, servers[0])
  let loads = 0

  const used = () => ({
    server: usageOf(servers.map(({ pid }) => pid)).cpuSeconds,
    database: usageOf(familyOf(backend)).cpuSeconds,
    client: usageOf([driver.pid]).cpuSeconds,
  })
  const watch = () =>
    setInterval(() => rssMb.push(usageOf(servers.map(({ pid }) => pid)).rssBytes / 2 ** 20 / servers.length), RSS_EVERY_MS)

  return {
    ...{ brand, servers, cores, rssMb },
    ...{ limitBy: limit.by, limitPaced: limit.paced },
    async drive(load) {
      loads += 1
      const { clients, seconds, members } = options
      const before = used()
      const watching = watch()
      const result = await driver
        .run({
          servers: servers.map(({ host, port }) => ({ host, port })),
          ...{ apiKey: brand.apiKey, secret: brand.secret, brand: BRAND, store: STORE },
          ...{ clients, seconds, members, rewardId, spread: 'uniform', seed: loads, run: `${Date.now().toString(36)}-${loads}` },
          ...load,
        })
        .finally(() => clearInterval(watching))
      const after = used()
      if (result.errors > 0)
        throw new Error(
          `${result.errors} of ${result.calls} calls failed, as these:\n${result.samples.slice(0, ERRORS_SHOWN).join('\n')}`,
        )
      const perCall = (side: keyof typeof after) => ((after[side] - before[side]) / result.calls) * 1e6
      return {
        ...result,
        perSecond: result.calls / result.seconds,
        rewardedShare: result.rewarded / result.orders,
        cpuUs: { server: perCall('server'), database: perCall('database'), client: perCall('client') },
      }
    },
    async limit(seconds) {
      // pgbench is a child of this process, so what it has taken is told once it has ended.
      const taken = () => ({ ...used(), client: usageOf([process.pid]).cpuSeconds })
      const before = taken()
      const { perSecond, latencyMs } = await limit.run(seconds)
      const after = taken()
      const perCall = (side: keyof typeof after) => ((after[side] - before[side]) / (perSecond * seconds)) * 1e6
      return { perSecond, latencyMs, databaseCpuUs: perCall('database'), clientCpuUs: perCall('client') }
    },
    async close() {
      await driver.close()
      await Promise.all(servers.map((server) => server.stop()))
      leaveBackend(backend)
    },
  }
}

export interface Driver {
  readonly pid: number
  run(load: Load): Promise<LoadResult>
  runPeer(load: PeerLoad): Promise<PeerLoadResult>
  close(): Promise<void>
}

export async function startDriver(cores: Cores | undefined): Promise<Driver> {
  const file = join(import.meta.dirname, 'driver.ts')
  const child = spawnOn(cores?.client, [process.execPath, '--import', 'tsx', file], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const answer = () =>
    new Promise<{ result?: unknown; error?: string }>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the process that makes the load has ended')))
      child.once('message', (message) => {
        child.removeAllListeners('exit')
        resolve(message as { result?: unknown; error?: string })
      })
    })
  const ask = async <Result>(load: Load | PeerLoad): Promise<Result> => {
    child.send(load)
    const { result, error } = await answer()
    if (!result) throw new Error(`the load could not be made: ${error}`)
    return result as Result
  }
  await answer()
  return {
    pid: child.pid ?? 0,
    run: (load) => ask<LoadResult>(load),
    runPeer: (load) => ask<PeerLoadResult>(load),
    close: () => end(child),
  }
}

const backendClosers = new Map<number, () => void>()
export const leaveBackend = (pid: number): void => backendClosers.get(pid)?.()

/** A connection that stays open, so that its parent can be found as long as the bench runs. */
export async function backendOf(databaseUrl: string): Promise<number> {
  const owner = openOwner(databaseUrl, 'live')
  const [row] = await owner.query<{ pid: number }>('', 'select pg_backend_pid() as pid', [])
  const pid = row?.pid ?? 0
  const keepAwake = setInterval(() => void owner.query('', 'select 1', []).catch(() => undefined), 20_000)
  backendClosers.set(pid, () => {
    clearInterval(keepAwake)
    void owner.close()
  })
  return pid
}

/** The wire id of the tier, as the list of rewards has it for whoever can pay it: the first of the seeded members who can. */
export async function readRewardId({ apiKey, secret }: Brand, server: Server | undefined): Promise<string> {
  if (!server) throw new Error('a bench has a server')
  const wire = await openWire(server)
  try {
    for (let member = 1; member <= 100; member++) {
      const path = `/loyalty/accounts/${member}/rewards?store=${STORE}`
      const head = signedHead({ apiKey, secret: Buffer.from(secret, 'base64') }, path, '').replace(/^POST/, 'GET')
      const { body } = await wire.post(head, '')
      const found = (JSON.parse(body) as { rewards?: { id: string }[] }).rewards?.[0]
      if (found) return found.id
    }
  } finally {
    wire.close()
  }
  throw new Error('no seeded member can pay the reward')
}

export async function describe(
  { brand, limitBy, cores }: Pick<Bench, 'brand' | 'limitBy' | 'cores'>,
  options: BenchOptions,
): Promise<Omit<BenchResult, 'rounds' | 'rssMb' | 'verified'>> {
  const owner = openOwner(brand.databaseUrl, 'live')
  const [row] = await owner.query<{ version: string }>(
    '',
    `select 'PostgreSQL ' || current_setting('server_version') as version`,
    [],
  )
  await owner.close()
  await sleep(0)
  const { seconds, rounds, clients, members, servers } = options
  return {
    at: new Date().toISOString(),
    commit: commitOf(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${release()}`,
      clientApart: cores !== undefined,
    },
    versions: {
      node: execFileSync(options.node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim(),
      postgres: row?.version ?? '',
      limit: limitBy,
    },
    options: { seconds, rounds, clients, members, servers },
  }
}

function commitOf(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
