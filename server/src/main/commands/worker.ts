import { createLogger, ENVIRONMENTS } from '../../platform/index.ts'
import { startWorkerRuntime } from '../runtime.ts'
import { needDatabaseUrl, openVaultFor, readSettings } from '../settings.ts'
import { writeReadyFile } from './ready-file.ts'
import { firstSignal, runUntilSignal } from './signals.ts'

interface WorkerOptions {
  readonly host: string
  readonly databaseUrl?: string
  readonly keyFile?: string
  readonly readyFile?: string
  readonly metricsPort?: number
}

/** Mail, expiry and due campaigns, without a server: for installations whose servers run with `--no-worker`. */
export async function worker(options: WorkerOptions): Promise<void> {
  const signal = firstSignal()
  const settings = readSettings()
  const log = createLogger({ level: settings.logLevel })
  const vault = await openVaultFor(settings, { keyFile: options.keyFile, create: false })
  if (settings.smtpUrl === undefined) log.warn('SMTP_URL is not set: mail waits in the outbox until a worker with it runs')
  const runtime = await startWorkerRuntime({
    databaseUrl: needDatabaseUrl(options.databaseUrl, settings),
    poolerUrl: settings.poolerUrl,
    environments: ENVIRONMENTS,
    host: options.host,
    vault,
    log,
    smtp: settings.smtpUrl === undefined ? undefined : { url: settings.smtpUrl, from: settings.mailFrom },
    poolSize: settings.poolSize ?? WORKER_POOL_SIZE,
    metricsPort: options.metricsPort ?? settings.metricsPort,
  })
  const opened = runtime.opened.then(async () => {
    log.info('working')
    if (options.readyFile !== undefined) await writeReadyFile(options.readyFile, { metricsUrl: runtime.metricsUrl })
  })
  // The rounds wait with timers that keep no process alive; a worker without monitoring has nothing else that does.
  const alive = setInterval(() => undefined, 60_000)
  await runUntilSignal(signal, { opened, close: () => runtime.close() }, (text) => log.info(text)).finally(() =>
    clearInterval(alive),
  )
}

/** A round of each kind at a time is all there is. */
const WORKER_POOL_SIZE = 4
