import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect } from 'vitest'
import { type PosEntry, Regulars, type RegularsOptions } from './index.ts'

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
const COMMAND = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'regulars')

export const STORE = '999999'
/** 12.95, with a modifier. */
export const BURGER: PosEntry = {
  quantity: 1,
  posItem: { label: 'Hamburger', product: '101', cost: 11.95, modifiers: [{ label: 'Cheese', cost: 0.5, quantity: 2 }] },
}

/** 1 point for each dollar; $5 off for 100 points. */
const PROGRAM = {
  account: { id: '33559', name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: STORE, name: 'Demo Store', timezone: 'America/New_York' }],
  program: { type: 'points_banking', units: 'points', earn: { points: 1, per: '1.00' } },
  rewards: { 'five-off': { label: '$5 Off', offer: 'rebate', amount: '5.00', points: 100, code: '5OFF' } },
  settings: { hold: '24 hours' },
}

/** One server for the tests of the block; at its end the ledger must verify. */
export function useServer(): () => TestServer {
  let server: (TestServer & { end(): Promise<void> }) | undefined
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    if (!server) return
    try {
      const verified = await promisify(execFile)(COMMAND, ['verify', '--database-url', server.databaseUrl], {
        env: cleanEnvironment(),
      }).catch((error: Error) => error)
      expect(verified).not.toBeInstanceOf(Error)
    } finally {
      await server.end()
    }
  })
  return () => {
    if (!server) throw new Error('the server has not been started')
    return server
  }
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
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, NO_COLOR: '1' }
}

const first = 2_020_000_000 + Math.floor(Math.random() * 1_000_000) * 100
let phones = 0

/** A number that no other test uses. */
export function nextPhone(): string {
  phones += 1
  return String(first + phones)
}

/** A new member's id, with this many points. */
export async function memberWith(client: Regulars, points = 0): Promise<string> {
  const member = await client.members.createOrRetrieve({ phone: nextPhone() })
  if (member.kind !== 'member') throw new Error('no member')
  if (points > 0) {
    const order = client.orders.start({ member: member.id, store: STORE, source: 'instore' })
    await order.checkout({ posEntries: [{ quantity: points, posItem: { label: 'Water', cost: 1 } }] })
    await order.pay(async (due) => ({ payments: [{ tender: 'cash', amount: due }] }))
  }
  return member.id
}

export async function pointsOf(client: Regulars, member: string): Promise<number> {
  return (await client.balance.retrieve(member)).quantity
}

/** The id of the member's $5 off. */
export async function fiveOff(client: Regulars, member: string): Promise<string> {
  const [reward] = await client.rewards.list(member, { store: STORE })
  if (reward === undefined) throw new Error('no reward')
  return reward.id
}
