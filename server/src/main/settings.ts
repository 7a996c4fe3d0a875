import { join, resolve } from 'node:path'
import type { Environment } from '../platform/database.ts'
import { createVault, readMasterKey, type Vault } from '../platform/vault.ts'

/** Everything that is read from the environment, in one place. */
export interface Settings {
  readonly databaseUrl?: string
  /** Where PgBouncer lends connections; without a user, since each environment's role logs in itself. */
  readonly poolerUrl?: string
  readonly masterKey?: string
  readonly adminToken?: string
  readonly smtpUrl?: string
  readonly mailFrom: string
  readonly publicUrl?: string
  readonly origins?: readonly string[]
  readonly logLevel?: string
  readonly poolSize?: number
  readonly metricsPort?: number
  readonly drainMs: number
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const text = (name: string) => (env[name] === '' ? undefined : env[name])
  const poolSize = text('REGULARS_POOL_SIZE')
  if (poolSize !== undefined && !/^[1-9]\d{0,2}$/.test(poolSize))
    throw new UsageError(`REGULARS_POOL_SIZE must be a whole number from 1 to 999; got ${poolSize}.`)
  const metricsPort = text('REGULARS_METRICS_PORT')
  if (metricsPort !== undefined && !(/^\d{1,5}$/.test(metricsPort) && Number(metricsPort) < 65_536))
    throw new UsageError(`REGULARS_METRICS_PORT must be a port, 0 to 65535; got ${metricsPort}.`)
  const drain = text('REGULARS_DRAIN_SECONDS') ?? '1'
  if (!/^\d{1,2}$/.test(drain)) throw new UsageError(`REGULARS_DRAIN_SECONDS must be a whole number from 0 to 99; got ${drain}.`)
  return {
    databaseUrl: text('DATABASE_URL'),
    poolerUrl: readPoolerUrl(text('REGULARS_POOLER_URL')),
    masterKey: text('REGULARS_MASTER_KEY'),
    adminToken: text('REGULARS_ADMIN_TOKEN'),
    smtpUrl: text('SMTP_URL'),
    mailFrom: text('MAIL_FROM') ?? 'Regulars <no-reply@localhost>',
    publicUrl: text('PUBLIC_URL')?.replace(/\/+$/, ''),
    origins: readOrigins(text('REGULARS_ORIGINS') ?? text('PUBLIC_URL')),
    logLevel: text('LOG_LEVEL'),
    poolSize: poolSize === undefined ? undefined : Number(poolSize),
    metricsPort: metricsPort === undefined ? undefined : Number(metricsPort),
    drainMs: Number(drain) * 1_000,
  }
}

function readPoolerUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  // The text itself may hold a password.
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '')
    throw new UsageError('REGULARS_POOLER_URL must be an address such as postgres://:password@pooler:6432/regulars.')
  if (url.username !== '')
    throw new UsageError(
      `REGULARS_POOLER_URL names the user ${url.username}; leave it out: the server logs in as regulars_test and as regulars_live.`,
    )
  return text
}

/** Without their paths, as they stand in what a client signs. */
function readOrigins(list: string | undefined): string[] | undefined {
  return list?.split(',').map((text) => {
    const origin = URL.canParse(text.trim()) ? new URL(text.trim()).origin : 'null'
    if (origin === 'null')
      throw new UsageError(`REGULARS_ORIGINS and PUBLIC_URL hold addresses such as https://loyalty.example.com; got ${text}.`)
    return origin
  })
}

/** Something the caller got wrong: said in one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Exit codes, as documented in docs/guide/running.md. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unavailable: 3 } as const

/** Where `dev` and `start` keep everything unless told otherwise. */
export const DATA_DIR = '.data'
export const keyFileOf = (dataDir: string): string => join(resolve(dataDir), 'master.key')

export async function openVaultFor(
  settings: Settings,
  { keyFile, create }: { keyFile?: string; create: boolean },
): Promise<Vault> {
  try {
    return createVault(await readMasterKey({ env: settings.masterKey, keyFile, create }))
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

export function readEnvironment(text: string): Environment {
  if (text === 'test' || text === 'live') return text
  throw new UsageError(`--environment must be test or live; got ${text}.`)
}

export function needDatabaseUrl(given: string | undefined, settings: Settings): string {
  const url = given ?? settings.databaseUrl
  if (url === undefined) throw new UsageError('No database named. Pass --database-url postgres://… or set DATABASE_URL.')
  return url
}
