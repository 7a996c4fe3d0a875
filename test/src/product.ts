import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { createTill, type Till } from './client.ts'
import { moveClock, regulars, startProcess, writeProgram } from './command.ts'
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
