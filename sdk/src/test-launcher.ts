import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Regulars, type RegularsOptions } from './index.ts'
import { STORE } from './test-cart.ts'

/** The real server, as an operator starts it: a process that is known by its ready file. */
export interface TestServer {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  readonly accountId: string
  readonly databaseUrl: string
  readonly adminToken: string
  /** What this server's credential needs; `change` is put in place. */
  options(change?: Partial<RegularsOptions>): RegularsOptions
  client(change?: Partial<RegularsOptions>): Regulars
}

const START_MS = 90_000
export const COMMAND = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'regulars')

/** 1 point for each dollar; $5 off for 100 points. */
const PROGRAM = {
  account: { id: '33559', name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: STORE, name: 'Demo Store', timezone: 'America/New_York' }],
  program: { type: 'points_banking', units: 'points', earn: { points: 1, per: '1.00' } },
  rewards: { 'five-off': { label: '$5 Off', offer: 'rebate', amount: '5.00', points: 100, code: '5OFF' } },
  settings: { hold: '24 hours' },
}

/** The caller ends it. */
export async function startServer(): Promise<TestServer & { end(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'regulars-sdk-'))
  const [program, readyFile] = [join(folder, 'brand.json'), join(folder, 'ready.json')]
  await writeFile(program, JSON.stringify(PROGRAM))
  const args = ['dev', '--port', '0', '--data-dir', join(folder, 'data'), '--program', program, '--ready-file', readyFile]
  const child = spawn(COMMAND, args, { cwd: folder, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const end = async () => {
    await ended(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const ready = await pollReady(readyFile, child, () => output)
    const options = (change: Partial<RegularsOptions> = {}): RegularsOptions => ({
      apiKey: ready.apiKey,
      secret: ready.secret,
      accountId: ready.accountId,
      baseUrl: ready.url,
      ...change,
    })
    return { ...ready, options, client: (change) => new Regulars(options(change)), end }
  } catch (error) {
    await end()
    throw error
  }
}

type Ready = Pick<TestServer, 'url' | 'apiKey' | 'secret' | 'accountId' | 'databaseUrl' | 'adminToken'>

async function pollReady(file: string, child: ChildProcess, output: () => string): Promise<Ready> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`the server ended before it was ready:\n${output()}`)
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text.trimEnd().endsWith('}')) return JSON.parse(text) as Ready
  }
  throw new Error(`the server was not ready after ${START_MS} ms:\n${output()}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await exit
  clearTimeout(late)
}

/** Nothing of the environment of whoever runs the tests may steer the server. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, NO_COLOR: '1' }
}
