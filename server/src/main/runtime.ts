import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readClock } from '../accounts/index.ts'
import { type App, createApp } from '../app/index.ts'
import { expireLots } from '../ledger/index.ts'
import { sendDueMails } from '../members/index.ts'
import {
  createMailer,
  type Database,
  type Environment,
  type Logger,
  type Mailer,
  MigrationRefused,
  migrate,
  openDatabase,
  type ReceivedMail,
  type Vault,
} from '../platform/index.ts'
import { createProgramShelf } from '../programs/index.ts'
import { grantDueCampaigns, warnOfExpiry } from '../rewards/index.ts'

export interface RuntimeOptions {
  /** Where the server itself reaches PostgreSQL. */
  readonly databaseUrl: string
  readonly environments: readonly Environment[]
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly vault: Vault
  readonly log: Logger
  /** Without one, mail waits in the outbox. */
  readonly smtp?: { readonly url: string; readonly from: string }
  /** Where links in mail lead; the listening address when absent. */
  readonly publicUrl?: string
  readonly mailbox?: () => readonly ReceivedMail[]
  readonly poolSize?: number
}

/** A server that runs: its address, its databases, and its orderly end. */
export interface Runtime {
  readonly url: string
  readonly databases: Partial<Record<Environment, Database>>
  /** Resolves once the schema is current and requests are served. */
  readonly opened: Promise<void>
  close(): Promise<void>
}

/** While the database is away at start, it is asked again this often. */
const MIGRATE_RETRY_MS = 1_000
const MAIL_EVERY_MS = 500
const EXPIRE_EVERY_MS = 60_000
const GRANT_EVERY_MS = 60_000

/**
 * Listens at once and serves as soon as the schema is current: a database that is down at start is waited for, with 503 in the meantime. The
 * background work (mail, expiry, campaigns that fall due) runs in this process; several processes share it without harm.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { databaseUrl, environments, log, vault, poolSize } = options
  const databases = Object.fromEntries(
    environments.map((environment) => [environment, openDatabase({ url: databaseUrl, environment, poolSize })]),
  )
  let url = ''
  const app = await createApp({ databases, vault, log, publicUrl: () => options.publicUrl ?? url, mailbox: options.mailbox })
  await app.http.listen({ host: options.host, port: options.port })
  const { port } = app.http.server.address() as AddressInfo
  url = `http://${options.host === '0.0.0.0' || options.host === '::' ? '127.0.0.1' : options.host}:${port}`

  const ending = new AbortController()
  const opened = open(app, options, ending.signal)
  const mailer = options.smtp && createMailer(options.smtp)
  const workers = [
    opened.then(() =>
      mailer ? repeat(MAIL_EVERY_MS, () => sendMails(databases, mailer, vault), log, ending.signal) : undefined,
    ),
    opened.then(() => repeat(EXPIRE_EVERY_MS, () => expire(databases), log, ending.signal)),
    opened.then(() => repeat(GRANT_EVERY_MS, dueWork(databases), log, ending.signal)),
  ].map((worker) => worker.catch(() => undefined))
  return {
    url,
    databases,
    opened,
    async close() {
      ending.abort()
      await app.close()
      await Promise.all(workers)
      mailer?.close()
      await Promise.all(Object.values(databases).map((db) => db.close()))
    },
  }
}

async function open(app: App, { databaseUrl, environments, log }: RuntimeOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      for (const environment of environments) {
        const { applied } = await migrate(databaseUrl, environment)
        if (applied.length > 0) log.info({ environment, applied }, 'the schema was brought up to date')
      }
      return app.open()
    } catch (error) {
      if (error instanceof MigrationRefused) throw error
      log.warn({ err: error }, 'the database is away: trying again')
      await sleep(MIGRATE_RETRY_MS, undefined, { signal, ref: false })
    }
  }
}

/** One round after the other, never two at once; a round that fails is told and the next one tries again. */
async function repeat(everyMs: number, round: () => Promise<unknown>, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await round().catch((error: unknown) => log.warn({ err: error }, 'background work failed'))
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

const sendMails = (databases: Runtime['databases'], mailer: Mailer, vault: Vault) =>
  Promise.all(Object.values(databases).map((db) => sendDueMails(db, mailer, vault, Date.now())))

const expire = (databases: Runtime['databases']) =>
  Promise.all(
    Object.values(databases).map(async (db) =>
      expireLots(db, { now: (await readClock(db)) ?? Date.now(), random: (size) => randomBytes(size) }),
    ),
  )

/** Programs of one environment are no programs of another, so each has a shelf of its own. */
function dueWork(databases: Runtime['databases']): () => Promise<unknown> {
  const branches = Object.values(databases).map((db) => ({ db, shelf: createProgramShelf() }))
  return () =>
    Promise.all(
      branches.map(async ({ db, shelf }) => {
        const work = { shelf, now: (await readClock(db)) ?? Date.now(), random: (size: number) => randomBytes(size) }
        await grantDueCampaigns(db, work)
        await warnOfExpiry(db, work)
      }),
    )
}
