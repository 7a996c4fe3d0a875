import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { createCredential, ensureAdminToken, findCredential, setClock } from '../accounts/index.ts'
import {
  createLogger,
  type Database,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
  startMailbox,
  type Vault,
} from '../platform/index.ts'
import { applyProgram, type Beside, readProgramFile } from '../programs/index.ts'
import { readMenuNames } from '../replay/index.ts'
import { startRuntime } from './runtime.ts'
import { keyFileOf, openVaultFor, readSettings, UsageError } from './settings.ts'

/** What a program that started `dev` needs to know, as the ready file has it. */
export interface Ready {
  readonly url: string
  readonly environment: 'test'
  readonly accountId: string
  readonly apiKey: string
  readonly secret: string
  readonly adminToken: string
  readonly databaseUrl: string
  readonly mailbox: string
}

export interface DevOptions {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly program: string
  readonly readyFile?: string
  readonly clock?: string
}

export interface Dev {
  readonly ready: Ready
  close(): Promise<void>
}

/** The brand that is served when no program is named. */
export const DEMO_PROGRAM = new URL('../../../examples/taste-of-the-world/program.yaml', import.meta.url)

const random = (size: number) => randomBytes(size)

/**
 * Everything on one machine, from one command: a PostgreSQL of its own (unless DATABASE_URL names one), the schema, the program, a test credential, a
 * mailbox, and the server. What it makes once it keeps in the data folder, so that the next start has the same credential.
 */
export async function startDev({ port, host, dataDir, program, readyFile, clock }: DevOptions): Promise<Dev> {
  const settings = readSettings()
  const home = resolve(dataDir)
  const file = await readProgram(program)
  const instant = clock === undefined ? undefined : readInstant(clock)
  await mkdir(home, { recursive: true })
  const vault = await openVaultFor(settings, { keyFile: keyFileOf(home), create: true })
  // A person reads this terminal: only what needs attention.
  const log = createLogger({ level: settings.logLevel ?? 'warn' })
  const postgres = settings.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: home }) : undefined
  postgres?.supervise((text) => log.warn(text))
  const databaseUrl = postgres?.socketUrl ?? settings.databaseUrl ?? ''
  const closers: (() => Promise<void>)[] = postgres ? [() => postgres.stop()] : []
  try {
    await migrate(databaseUrl, 'test')
    const db = openDatabase({ url: databaseUrl, environment: 'test', poolSize: 2 })
    const accountId = file.document.account.id
    const kept = await prepare(db, vault, { home, file, instant }).finally(() => db.close())

    const mailbox = await startMailbox()
    closers.unshift(() => mailbox.stop())
    const runtime = await startRuntime({
      databaseUrl,
      environments: ['test'],
      host,
      port,
      vault,
      log,
      smtp: { url: settings.smtpUrl ?? mailbox.url, from: settings.mailFrom },
      publicUrl: settings.publicUrl,
      origins: settings.origins,
      mailbox: () => mailbox.list(),
      poolSize: settings.poolSize,
    })
    closers.unshift(() => runtime.close())
    await runtime.opened
    const ready: Ready = {
      url: runtime.url,
      environment: 'test',
      accountId,
      ...kept,
      databaseUrl: postgres?.url ?? databaseUrl,
      mailbox: `${runtime.url}/dev/mailbox`,
    }
    if (readyFile !== undefined) await writeWhole(readyFile, `${JSON.stringify(ready, null, 2)}\n`)
    return { ready, close: () => closeAll(closers) }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/** Database last: everything before it may still have something to write. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closers) await close()
}

async function prepare(
  db: Database,
  vault: Vault,
  { home, file, instant }: { home: string; file: Awaited<ReturnType<typeof readProgram>>; instant?: number },
): Promise<{ apiKey: string; secret: string; adminToken: string }> {
  const applied = await applyProgram(db, { document: file.document, source: file.source, now: Date.now(), agree: () => true })
  if (applied.kind === 'refused') throw new UsageError(`${file.name} cannot be applied: ${applied.message}`)
  if (instant !== undefined) await setClock(db, instant)
  return keepCredential(db, vault, join(home, 'dev.json'), file.document.account.id)
}

/** The credential of an earlier start, where it still works; secrets are shown once, so the folder remembers them (mode 0600). */
async function keepCredential(
  db: Database,
  vault: Vault,
  file: string,
  accountId: string,
): Promise<{ apiKey: string; secret: string; adminToken: string }> {
  type Kept = Record<string, { apiKey: string; secret: string }> & { admin?: never }
  const text = await readFile(file, 'utf8').catch(() => '{}')
  const { adminToken: known, credentials = {} } = JSON.parse(text) as { adminToken?: string; credentials?: Kept }
  const adminToken = await ensureAdminToken(db, { token: known ?? randomBytes(32).toString('base64url'), random })
  const mine = credentials[accountId]
  const kept = mine && (await findCredential(db, mine.apiKey))
  let credential = kept && kept.disabledAt === undefined ? mine : undefined
  if (!credential) {
    const made = await createCredential(db, vault, { environment: 'test', accountId, name: 'dev', now: Date.now(), random })
    if (!made.ok) throw new Error(made.message)
    credential = { apiKey: made.value.credential.apiKey, secret: made.value.secret }
  }
  await writeWhole(
    file,
    `${JSON.stringify({ adminToken, credentials: { ...credentials, [accountId]: credential } }, null, 2)}\n`,
    0o600,
  )
  return { ...credential, adminToken: adminToken ?? '' }
}

/** Never half there for whoever waits for it. */
async function writeWhole(file: string, text: string, mode = 0o600): Promise<void> {
  const draft = `${file}.${process.pid}.draft`
  await writeFile(draft, text, { mode })
  await rename(draft, file)
}

/** A checked program file. @throws UsageError with every problem, each on a line with file, line and path. */
export async function readProgram(
  name: string,
): Promise<{ name: string; source: string; document: Extract<ReturnType<typeof readProgramFile>, { ok: true }>['document'] }> {
  const source = await readFile(name, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `The program file ${name} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}.`,
    )
  })
  const read = readProgramFile(source, name, { today: new Date().toISOString().slice(0, 10), menu: menuBeside(name) })
  if (read.ok) {
    for (const { line, column, path, message } of read.warnings)
      process.stderr.write(`${name}:${line}:${column}  warning: ${path}: ${message}\n`)
    return { name, source, document: read.document }
  }
  const lines = read.problems.map(({ line, column, path, message }) => `${name}:${line}:${column}  ${path}: ${message}`)
  throw new UsageError(
    `${lines.join('\n')}\n${lines.length} ${lines.length === 1 ? 'problem' : 'problems'}. Nothing was changed.`,
  )
}

export function readInstant(text: string): number {
  const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant)) throw new UsageError(`An instant looks like 2026-03-01T12:00:00Z; got ${text}.`)
  return instant
}

/** The menu that lies beside a program file, as in the demo brand. */
function menuBeside(program: string): Beside['menu'] {
  const file = join(dirname(program), 'menu.csv')
  if (!existsSync(file)) return undefined
  try {
    return { name: file, ...readMenuNames(file) }
  } catch (error) {
    // Somebody's own menu in another form keeps nobody from applying a program.
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}; the program was not compared with this menu\n`,
    )
    return undefined
  }
}
