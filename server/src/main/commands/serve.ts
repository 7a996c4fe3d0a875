import { randomBytes } from 'node:crypto'
import { ensureAdminToken } from '../../accounts/index.ts'
import { createLogger, ENVIRONMENTS } from '../../platform/index.ts'
import { startRuntime } from '../runtime.ts'
import { needDatabaseUrl, openVaultFor, readSettings } from '../settings.ts'
import { writeReadyFile } from './ready-file.ts'
import { firstSignal, runUntilSignal } from './signals.ts'

interface ServeOptions {
  readonly port: number
  readonly host: string
  readonly databaseUrl?: string
  readonly keyFile?: string
  readonly readyFile?: string
  readonly worker: boolean
  readonly metricsPort?: number
  readonly json?: boolean
}

export async function serve(options: ServeOptions): Promise<void> {
  const { port, host, databaseUrl, keyFile, readyFile, worker, json } = options
  const signal = firstSignal()
  const settings = readSettings()
  const log = createLogger({ level: settings.logLevel })
  const vault = await openVaultFor(settings, { keyFile, create: false })
  if (worker && settings.smtpUrl === undefined)
    log.warn('SMTP_URL is not set: mail waits in the outbox until a server with it runs')
  const runtime = await startRuntime({
    databaseUrl: needDatabaseUrl(databaseUrl, settings),
    poolerUrl: settings.poolerUrl,
    environments: ENVIRONMENTS,
    host,
    port,
    vault,
    log,
    smtp: settings.smtpUrl === undefined ? undefined : { url: settings.smtpUrl, from: settings.mailFrom },
    publicUrl: settings.publicUrl,
    origins: settings.origins,
    poolSize: settings.poolSize,
    worker,
    metricsPort: options.metricsPort ?? settings.metricsPort,
    noticeMs: settings.drainMs,
  })
  log.info({ url: runtime.url }, 'listening')
  const opened = runtime.opened.then(async () => {
    const token = settings.adminToken
    if (token !== undefined) {
      for (const db of Object.values(runtime.databases))
        await ensureAdminToken(db, { token, random: (size) => randomBytes(size) })
    }
    log.info({ url: runtime.url }, 'serving')
    if (json) process.stdout.write(`${JSON.stringify({ url: runtime.url })}\n`)
    if (readyFile === undefined) return
    await writeReadyFile(readyFile, { url: runtime.url, metricsUrl: runtime.metricsUrl })
  })
  await runUntilSignal(signal, { opened, close: () => runtime.close() }, (text) => log.info(text))
}
