import { type ChildProcess, execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { migrate } from '../server/src/platform/migrate.ts'
import { spawnOn } from './processes.ts'

const ROOT = join(import.meta.dirname, '..')
const COMMAND = join(ROOT, 'server', 'bin', 'regulars.js')
/** What the command's first line gives to Node, and sets for it. */
const [, SETTING = '', VALUE = '', FLAGS = ''] = /^#!\S+ -S (\w+)=(\S+) node (.+)$/m.exec(readFileSync(COMMAND, 'utf8')) ?? []
const PROGRAM = join(import.meta.dirname, 'program.yaml')
/** What stands in the program file. */
export const BRAND = '70001'
export const STORE = '100001'
/** As the live environment runs: it has no test clock. */
const ENVIRONMENT = 'live'
/** Far above what any machine answers: it is the server that is measured, and not its rate limit. */
const RATE_LIMIT = 1_000_000
const START_MS = 60_000

/** A brand that can be served: where its data is, and who may call for it. */
export interface Brand {
  readonly databaseUrl: string
  readonly masterKey: string
  readonly apiKey: string
  readonly secret: string
}

/** Brings a database to where the bench begins: schema, program, credential, members. What an earlier run left in `folder` is used again. */
export async function prepareBrand({
  databaseUrl,
  folder,
  members,
  program = PROGRAM,
}: {
  databaseUrl: string
  folder: string
  members: number
  /** A file; its rewards are what `readRewardId` finds. */
  program?: string
}): Promise<Brand> {
  const file = join(folder, 'brand.json')
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Omit<Brand, 'databaseUrl'>) : undefined
  const masterKey = kept?.masterKey ?? randomBytes(32).toString('base64')
  const env = { DATABASE_URL: databaseUrl, REGULARS_MASTER_KEY: masterKey }
  await migrate(databaseUrl, ENVIRONMENT)
  await regulars(['apply', program, '--yes', '--environment', ENVIRONMENT, '--json'], env)
  const brand = kept ?? { masterKey, ...(await createCredential(env)) }
  writeFileSync(file, JSON.stringify(brand), { mode: 0o600 })
  await regulars(['seed', '--members', String(members), '--account', BRAND, '--environment', ENVIRONMENT, '--json'], env)
  return { ...brand, databaseUrl }
}

async function createCredential(env: Readonly<Record<string, string>>): Promise<{ apiKey: string; secret: string }> {
  const options = ['--account', BRAND, '--environment', ENVIRONMENT, '--rate-limit', String(RATE_LIMIT), '--json']
  const made = JSON.parse(await regulars(['credential', 'create', ...options], env)) as { apiKey: string; secret: string }
  return { apiKey: made.apiKey, secret: made.secret }
}

/** Every balance equals its recomputation, or it throws. */
export async function verifyBrand(databaseUrl: string): Promise<{ movements: number; orders: number }> {
  const { environments } = JSON.parse(
    await regulars(['verify', '--environment', ENVIRONMENT], { DATABASE_URL: databaseUrl }),
  ) as {
    environments: Record<string, { movements: number; orders: number }>
  }
  return environments[ENVIRONMENT] ?? { movements: 0, orders: 0 }
}

/** A process of `regulars serve`. */
export interface Server {
  readonly pid: number
  readonly host: string
  readonly port: number
  stop(): Promise<void>
}

export async function startServer({ brand, folder, cores, node, nodeOptions }: ServerOptions): Promise<Server> {
  const readyFile = join(folder, `ready-${randomBytes(4).toString('hex')}.json`)
  const args = ['serve', '--port', '0', '--host', '127.0.0.1', '--ready-file', readyFile]
  const child = spawnOn(cores, [node, ...FLAGS.split(' '), ...(nodeOptions ?? []), COMMAND, ...args], {
    env: { DATABASE_URL: brand.databaseUrl, REGULARS_MASTER_KEY: brand.masterKey, LOG_LEVEL: 'warn', [SETTING]: VALUE },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  process.once('exit', () => child.kill('SIGTERM'))
  for (const deadline = Date.now() + START_MS; !existsSync(readyFile); await sleep(25)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error('the server did not start')
  }
  const { hostname, port } = new URL((JSON.parse(readFileSync(readyFile, 'utf8')) as { url: string }).url)
  return { pid: child.pid ?? 0, host: hostname, port: Number(port), stop: () => end(child) }
}

interface ServerOptions {
  readonly brand: Brand
  readonly folder: string
  readonly cores?: string | undefined
  /** What runs it. */
  readonly node: string
  /** As `--cpu-prof`. */
  readonly nodeOptions?: readonly string[]
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

/** Runs a command of the product to its end; its progress goes where ours goes. */
async function regulars(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const running = promisify(execFile)(process.execPath, [COMMAND, ...args], {
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  })
  if (process.stderr.isTTY) running.child.stderr?.pipe(process.stderr)
  const { stdout } = await running
  return stdout
}
