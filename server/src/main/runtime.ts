import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp, watchDatabases } from '../app/index.ts'
import {
  checkPooled,
  createMailer,
  createMetrics,
  type Environment,
  type Logger,
  type Metrics,
  MigrationRefused,
  migrate,
  openDatabase,
  openPooled,
  PoolerRefused,
  pendingMigrations,
  type ReceivedMail,
  type Vault,
} from '../platform/index.ts'
import { startMetricsServer } from './metrics-server.ts'
import { type Databases, runWorkers } from './workers.ts'

interface ProcessOptions {
  /** Where the server itself reaches PostgreSQL. */
  readonly databaseUrl: string
  /** Where a pooler lends connections for everything but migrating; directly when absent. */
  readonly poolerUrl?: string
  readonly environments: readonly Environment[]
  readonly host: string
  readonly vault: Vault
  readonly log: Logger
  /** Without one, mail waits in the outbox. */
  readonly smtp?: { readonly url: string; readonly from: string }
  readonly poolSize?: number
  /** Of the listener for monitoring, which there is none of without it; 0 takes a free one. */
  readonly metricsPort?: number
}

export interface RuntimeOptions extends ProcessOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** Where links in mail lead; the listening address when absent. */
  readonly publicUrl?: string
  /** Scheme and host that clients call and sign, where a proxy stands in front; what the Host header says when absent. */
  readonly origins?: readonly string[]
  readonly mailbox?: () => readonly ReceivedMail[]
  /** Whether the background work runs here too; it does unless a process of its own does it. */
  readonly worker?: boolean
  /** How long it goes on as before when it is told to end, so that balancers learn of it. */
  readonly noticeMs?: number
}

/** A process that runs: its databases, and its orderly end. */
export interface WorkerRuntime {
  readonly databases: Databases
  /** Resolves once the schema is current and the work goes on. */
  readonly opened: Promise<void>
  readonly metricsUrl?: string
  close(): Promise<void>
}

export interface Runtime extends WorkerRuntime {
  readonly url: string
}

/** While the database is away at start, it is asked again this often. */
const MIGRATE_RETRY_MS = 1_000

/**
 * Listens at once and serves as soon as the schema is current: a database that is down at start is waited for, with 503 in the meantime. The
 * background work (mail, expiry, campaigns that fall due) runs in this process too, unless it is left to others; several processes share it without harm.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { log, vault } = options
  const databases = openDatabases(options)
  const metrics = metricsFor(options)
  let url = ''
  const app = await createApp({
    databases,
    vault,
    log,
    publicUrl: () => options.publicUrl ?? url,
    origins: options.origins,
    mailbox: options.mailbox,
    metrics,
    noticeMs: options.noticeMs,
  })
  await app.http.listen({ host: options.host, port: options.port })
  const { port } = app.http.server.address() as AddressInfo
  url = `http://${options.host === '0.0.0.0' || options.host === '::' ? '127.0.0.1' : options.host}:${port}`

  const background = startBackground(options, databases, metrics, () => app.open())
  const monitoring = await monitor(options, metrics, () => app.problems())
  return {
    url,
    databases,
    opened: background.opened,
    metricsUrl: monitoring?.url,
    async close() {
      background.end()
      await app.close()
      await background.ended
      await monitoring?.close()
      await closeAll(databases)
    },
  }
}

/** The background work alone, for an installation that keeps it apart from its servers. */
export async function startWorkerRuntime(options: ProcessOptions): Promise<WorkerRuntime> {
  const databases = openDatabases(options)
  const metrics = metricsFor(options)
  if (metrics) watchDatabases(metrics, databases)
  const background = startBackground(options, databases, metrics, () => undefined)
  const monitoring = await monitor(options, metrics, async () => {
    const pending = await Promise.all(Object.values(databases).map(pendingMigrations)).catch(() => [
      'the database cannot be reached',
    ])
    return pending.flat()
  })
  return {
    databases,
    opened: background.opened,
    metricsUrl: monitoring?.url,
    async close() {
      background.end()
      await background.ended
      await monitoring?.close()
      await closeAll(databases)
    },
  }
}

function openDatabases({ databaseUrl, poolerUrl, environments, poolSize }: ProcessOptions): Databases {
  const open = (environment: Environment) =>
    poolerUrl === undefined
      ? openDatabase({ url: databaseUrl, environment, poolSize })
      : openPooled({ url: poolerUrl, environment, poolSize })
  return Object.fromEntries(environments.map((environment) => [environment, open(environment)]))
}

async function closeAll(databases: Databases): Promise<void> {
  await Promise.all(Object.values(databases).map((db) => db.close()))
}

const metricsFor = ({ metricsPort }: ProcessOptions) =>
  metricsPort === undefined ? undefined : createMetrics({ ofProcess: true })

async function monitor({ host, metricsPort }: ProcessOptions, metrics: Metrics | undefined, problems: () => Promise<string[]>) {
  return metrics && startMetricsServer({ host, port: metricsPort ?? 0, metrics, problems })
}

/** Brings the schema up to date, then works until it is told to end. */
function startBackground(
  options: ProcessOptions & { worker?: boolean },
  databases: Databases,
  metrics: Metrics | undefined,
  open: () => void,
): { opened: Promise<void>; ended: Promise<void>; end(): void } {
  const { vault, log, smtp } = options
  const ending = new AbortController()
  const mailer = smtp && createMailer(smtp)
  const opened = prepareSchema(options, databases, ending.signal).then(open)
  const ended = opened
    .then(() =>
      options.worker === false ? undefined : runWorkers({ databases, vault, mailer, log, metrics, signal: ending.signal }),
    )
    .catch(() => undefined)
    .finally(() => mailer?.close())
  return { opened, ended, end: () => ending.abort() }
}

async function prepareSchema(options: ProcessOptions, databases: Databases, signal: AbortSignal): Promise<void> {
  const { databaseUrl, poolerUrl, environments, log } = options
  for (;;) {
    try {
      for (const environment of environments) {
        const { applied } = await migrate(databaseUrl, environment)
        if (applied.length > 0) log.info({ environment, applied }, 'the schema was brought up to date')
      }
      if (poolerUrl !== undefined) await checkPooler(databases, log)
      return
    } catch (error) {
      if (error instanceof MigrationRefused || error instanceof PoolerRefused) throw error
      log.warn({ err: error }, 'the database is away: trying again')
      await sleep(MIGRATE_RETRY_MS, undefined, { signal, ref: false })
    }
  }
}

async function checkPooler(databases: Databases, log: Logger): Promise<void> {
  for (const db of Object.values(databases)) {
    const { named } = await checkPooled(db)
    if (named) log.info({ environment: db.environment }, 'the pooler keeps prepared statements')
    else
      log.warn(
        { environment: db.environment },
        'the pooler keeps no prepared statements: every statement is planned anew. PgBouncer does from 1.21 on, with max_prepared_statements',
      )
  }
}
