import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import { createTill, type Till } from './client.ts'
import type { ProgramFile } from './programs.ts'

/** The product as an operator runs it: a process started by its command, known by its ready file and nothing else. */
export interface Product {
  readonly url: string
  readonly environment: string
  readonly accountId: string
  readonly apiKey: string
  readonly secret: string
  readonly adminToken: string
  readonly databaseUrl: string
  readonly mailbox: string
  /** Holds the data folder, the program file and the ready file. */
  readonly folder: string
  readonly dataDir: string
  /** A client that signs with the ready file's credential. */
  readonly till: Till
  /** Freezes the test environment's clock at an instant; `null` lets it run. */
  moveClock(now: string | null): Promise<void>
  /** Asks it to end as an operator would, and gives the exit code. */
  stop(): Promise<number | null>
  /** Ends it with SIGKILL, which no process can prepare for. */
  kill(): Promise<void>
  /** Everything it has printed so far. */
  output(): string
}

interface StartOptions {
  /** The instant at which the test clock starts. */
  readonly clock?: string
  /** A folder of an earlier run, to go on with its data. */
  readonly folder?: string
}

/** The ready file may take this long on a busy machine; a start takes about two seconds on a free one. */
const START_MS = 90_000
/** program-file.md: SIGTERM ends the product within ten seconds; the rest is for a busy machine. */
const STOP_MS = 20_000
const REPOSITORY = join(import.meta.dirname, '..', '..')
const COMMAND = join(REPOSITORY, 'node_modules', '.bin', 'regulars')

/**
 * One product for all tests of the block this is called in. When they are through, its ledger must verify, it must end with
 * exit code 0, and its data is removed.
 */
export function useProduct(program: ProgramFile, options: StartOptions = {}): () => Product {
  let product: Product | undefined
  beforeAll(async () => {
    product = await startProduct(program, options)
  })
  afterAll(async () => {
    if (!product) return
    try {
      await expectCleanLedger(product)
      expect(await product.stop(), product.output()).toBe(0)
    } finally {
      await product.kill()
      await rm(product.folder, { recursive: true, force: true })
    }
  })
  return () => {
    if (!product) throw new Error('the product has not been started')
    return product
  }
}

/** Starts `regulars dev` on a program file and waits until it accepts requests. The caller ends it and removes its folder. */
export async function startProduct(program: ProgramFile, options: StartOptions = {}): Promise<Product> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'regulars-')))
  const dataDir = join(folder, 'data')
  const programFile = await writeProgram(folder, program)
  const clock = options.clock === undefined ? [] : ['--clock', options.clock]
  const args = ['dev', '--port', '0', '--data-dir', dataDir, '--program', programFile, ...clock]
  const started = await startProcess(args, folder).catch(async (fault: unknown) => {
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
    throw fault
  })
  const ready = started.ready as unknown as Omit<Product, 'till' | 'folder' | 'dataDir'>
  const till = createTill({ url: ready.url, apiKey: ready.apiKey, secret: ready.secret, accountId: ready.accountId })
  return {
    ...ready,
    folder,
    dataDir,
    till,
    moveClock: (now) => moveClock(ready.url, ready.adminToken, now),
    stop: async () => {
      till.close()
      return started.stop()
    },
    kill: async () => {
      till.close()
      await started.kill()
    },
    output: started.output,
  }
}

/** A process of the command that has written its ready file. */
export interface Started {
  readonly ready: Readonly<Record<string, string>>
  stop(): Promise<number | null>
  kill(): Promise<void>
  output(): string
  /** Of the process, for a signal of one's own. */
  readonly pid: number
}

/** Starts a serving command (`dev`, `serve`) and waits for its ready file; rejects with what it printed when it ends before that. */
async function startProcess(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const readyFile = join(folder, `ready-${args[0]}.json`)
  await rm(readyFile, { force: true })
  const child = spawn(COMMAND, [...args, '--ready-file', readyFile], { cwd: folder, env: cleanEnvironment(env) })
  const output = captureOutput(child)
  const exited = exitOf(child)
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return Promise.race([exited, sleep(STOP_MS, undefined, { ref: false }).then(() => failStop(child, signal, output()))])
  }
  const ready = await pollReadyFile(readyFile, child, output)
  return {
    ready,
    output,
    pid: child.pid ?? 0,
    stop: () => stop('SIGTERM'),
    kill: async () => {
      await stop('SIGKILL')
    },
  }
}

/** Starts `regulars serve` as a second server on a product's data, reaching the database at `databaseUrl`. */
export function startServe(
  product: Pick<Product, 'folder' | 'dataDir'>,
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Started> {
  const keyFile = join(product.dataDir, 'master.key')
  const command = ['serve', '--port', '0', '--host', '127.0.0.1', '--key-file', keyFile, ...args]
  return startProcess(command, product.folder, { ...env, DATABASE_URL: databaseUrl })
}

/** Starts `regulars worker` on a product's data. */
export function startWorker(
  product: Pick<Product, 'folder' | 'dataDir' | 'databaseUrl'>,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const keyFile = join(product.dataDir, 'master.key')
  return startProcess(['worker', '--key-file', keyFile, ...args], product.folder, { ...env, DATABASE_URL: product.databaseUrl })
}

/** What a command that runs to its end has left behind. */
interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the product to its end: `regulars(['verify', '--database-url', url])`. */
export async function regulars(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const child = spawn(COMMAND, args, { cwd: tmpdir(), env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk: Buffer) => {
    texts.stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    texts.stderr += chunk.toString()
  })
  const code = await exitOf(child)
  return { code, ...texts }
}

/** Every invariant of the ledger holds: `regulars verify` prints JSON and exits 0. */
export async function expectCleanLedger(product: Pick<Product, 'databaseUrl'>): Promise<void> {
  const verified = await regulars(['verify', '--database-url', product.databaseUrl])
  expect(verified.code, verified.stdout + verified.stderr).toBe(0)
  expect(() => JSON.parse(verified.stdout), verified.stdout).not.toThrow()
}

/** Applies a changed program file to the running product, without being asked. */
export async function applyProgram(product: Product, program: ProgramFile): Promise<void> {
  const file = await writeProgram(product.folder, program)
  const applied = await regulars(['apply', file, '--yes', '--database-url', product.databaseUrl])
  expect(applied.code, applied.stdout + applied.stderr).toBe(0)
}

/** A further credential of the product's account, or of another: `credential create` with these options. */
export async function createCredential(
  product: Product,
  options: readonly string[],
): Promise<{ apiKey: string; secret: string }> {
  const keyFile = join(product.dataDir, 'master.key')
  const created = await regulars([
    ...['credential', 'create', '--database-url', product.databaseUrl, '--key-file', keyFile, '--json'],
    ...options,
  ])
  expect(created.code, created.stdout + created.stderr).toBe(0)
  return JSON.parse(created.stdout) as { apiKey: string; secret: string }
}

/** Writes a program as the JSON form of the program file. */
export async function writeProgram(folder: string, program: ProgramFile, name = 'brand.json'): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, JSON.stringify(program, undefined, 2))
  return file
}

async function moveClock(url: string, adminToken: string, now: string | null): Promise<void> {
  const reply = await fetch(`${url}/admin/v1/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
    body: JSON.stringify({ now }),
  })
  expect(reply.ok, await reply.text()).toBe(true)
}

async function pollReadyFile(file: string, child: ChildProcess, output: () => string): Promise<Record<string, string>> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the product ended before it was ready:\n${output()}`)
    const ready = await readJson(file)
    if (ready) return ready
    await sleep(25)
  }
  child.kill('SIGKILL')
  throw new Error(`the product was not ready after ${START_MS} ms:\n${output()}`)
}

/** A file that is absent or half written is not there yet. */
async function readJson(file: string): Promise<Record<string, string> | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
  } catch {
    return undefined
  }
}

function captureOutput(child: ChildProcess): () => string {
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => output
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code))
  })
}

function failStop(child: ChildProcess, signal: string, output: string): never {
  child.kill('SIGKILL')
  throw new Error(`the product did not end within ${STOP_MS} ms of ${signal}:\n${output}`)
}

/** Nothing of the environment of whoever runs the tests may steer the product. */
function cleanEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, NO_COLOR: '1', ...extra }
}
