import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProgramFile } from './programs.ts'

/*
 * The product as a black box: its command, started or run to its end. Nothing here needs a test runner.
 */

/** The ready file may take this long on a busy machine; a start takes about two seconds on a free one. */
const START_MS = 90_000
/** program-file.md: SIGTERM ends the product within ten seconds; the rest is for a busy machine. */
const STOP_MS = 20_000
const REPOSITORY = join(import.meta.dirname, '..', '..')
const COMMAND = join(REPOSITORY, 'node_modules', '.bin', 'regulars')

/** A process of the command that has written its ready file. */
export interface Started {
  readonly pid: number
  readonly ready: Readonly<Record<string, string>>
  stop(): Promise<number | null>
  kill(): Promise<void>
  output(): string
}

/** Starts a serving command (`dev`, `serve`) and waits for its ready file; rejects with what it printed when it ends before that. */
export async function startProcess(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
  name = args[0],
): Promise<Started> {
  const readyFile = join(folder, `ready-${name}.json`)
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
    pid: child.pid ?? 0,
    ready,
    output,
    stop: () => stop('SIGTERM'),
    kill: async () => {
      await stop('SIGKILL')
    },
  }
}

/** Starts `regulars serve` as a second server on a product's data, reaching the database at `databaseUrl`. */
export function startServe(
  product: { readonly folder: string; readonly dataDir: string },
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
  product: { readonly folder: string; readonly dataDir: string; readonly databaseUrl: string },
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

/** Runs a command and ends it with SIGKILL so long after it has printed this; gives what it had printed. */
export async function regularsKilledAt(text: string, afterMs: number, args: readonly string[]): Promise<string> {
  const child = spawn(COMMAND, args, { cwd: tmpdir(), env: cleanEnvironment({}), stdio: ['ignore', 'pipe', 'pipe'] })
  const output = captureOutput(child)
  child.stderr?.on('data', () => {
    if (output().includes(text)) setTimeout(() => child.kill('SIGKILL'), afterMs)
  })
  await exitOf(child)
  return output()
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

/** Writes a program as the JSON form of the program file. */
export async function writeProgram(folder: string, program: ProgramFile, name = 'brand.json'): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, JSON.stringify(program, undefined, 2))
  return file
}

/**
 * Freezes the test environment's clock, or lets it run (`null`), through the administration API. Does what a 503 says, for as long as a server takes to find
 * its database again: sends the same once more after Retry-After.
 */
export async function moveClock(url: string, adminToken: string, now: string | null): Promise<void> {
  const until = Date.now() + START_MS
  for (;;) {
    const reply = await fetch(`${url}/admin/v1/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ now }),
    })
    if (reply.ok) return
    if (reply.status !== 503 || Date.now() > until) throw new Error(`the clock was not moved: ${await reply.text()}`)
    await sleep(1_000 * Number(reply.headers.get('retry-after')))
  }
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
