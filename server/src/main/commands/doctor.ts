import { sign } from '@regulars/contract'
import pc from 'picocolors'
import {
  checkPooled,
  createMailer,
  ENVIRONMENTS,
  openDatabase,
  openOwner,
  openPooled,
  pendingMigrations,
  type Queryable,
} from '../../platform/index.ts'
import { EXIT, readSettings, type Settings } from '../settings.ts'
import { print } from './output.ts'

interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'failed'
  readonly found: string
  /** What to do about it. */
  readonly mend?: string
}

/** Further apart than this, an order's own time and the server's disagree about what day it is soon enough to matter. */
const SKEW_MAX_MS = 2_000

export async function doctor(options: { databaseUrl?: string; json?: boolean }): Promise<void> {
  const settings = readSettings()
  const url = options.databaseUrl ?? settings.databaseUrl
  const findings = [
    checkNode(),
    await checkSigning(),
    ...(await checkDatabase(url)),
    ...(await checkPooler(settings)),
    await checkMail(settings),
  ]
  const ok = findings.every(({ state }) => state !== 'failed')
  print({ ok, findings }, { json: options.json, text: () => findings.map(describe).join('\n') })
  if (!ok) process.exitCode = EXIT.failed
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  const found = `Node ${process.versions.node}`
  if (!ok) return { check: 'node', state: 'failed', found, mend: 'Install Node 20.19 or newer; 24 is the supported version.' }
  return major === 20
    ? {
        check: 'node',
        state: 'warning',
        found,
        mend: 'It works, but Node 20 has had no security fixes since April 2026: use 24 in production.',
      }
    : { check: 'node', state: 'ok', found }
}

/** The checked vector of the wire contract, so that "our signing is broken" can be ruled out. */
async function checkSigning(): Promise<Finding> {
  const expected = 'GAOyiw6UXXZlsVqfVrNTW20kmgNZoxJPXoQ1f1zPzuI='
  const body = new TextEncoder().encode('{"spendgo_id":"296076","first_name":"John","last_name":"Doe"}')
  const made = await sign({ secret: 'Afq3p8iYTgWTxUw1d8cx6q7wmQl20REw48yT6Mk3kw9=', uri: '/api/v1/member/update', body })
  return made === expected
    ? { check: 'signing', state: 'ok', found: 'the checked vector gives the known signature' }
    : {
        check: 'signing',
        state: 'failed',
        found: `the checked vector gives ${made}`,
        mend: 'This build is damaged: reinstall it with npm ci.',
      }
}

async function checkDatabase(url: string | undefined): Promise<Finding[]> {
  if (url === undefined)
    return [{ check: 'database', state: 'ok', found: 'DATABASE_URL is not set: dev and start bring their own PostgreSQL' }]
  const owner = openOwner(url, 'test', { schema: 'public' })
  try {
    const [row] = await owner.query<{ version: string }>('', `select current_setting('server_version') as version`, [])
    const { now } = await askClock(owner)
    const skewMs = Math.abs(now - Date.now())
    const skew: Finding =
      skewMs <= SKEW_MAX_MS
        ? { check: 'clock', state: 'ok', found: `this machine and the database agree within ${skewMs} ms` }
        : {
            check: 'clock',
            state: 'failed',
            found: `this machine and the database are ${Math.round(skewMs / 1000)} s apart`,
            mend: 'Set both by NTP.',
          }
    return [{ check: 'database', state: 'ok', found: `PostgreSQL ${row?.version}` }, skew, ...(await checkSchemas(url))]
  } catch (error) {
    return [
      {
        check: 'database',
        state: 'failed',
        found: error instanceof Error ? error.message : String(error),
        mend: 'Is PostgreSQL running, and are host, port, user, password and database of DATABASE_URL right?',
      },
    ]
  } finally {
    await owner.close()
  }
}

async function askClock(owner: Queryable): Promise<{ now: number }> {
  const [row] = await owner.query<{ now: string }>('', 'select (extract(epoch from clock_timestamp()) * 1000)::bigint as now', [])
  return { now: Number(row?.now) }
}

async function checkSchemas(url: string): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const environment of ENVIRONMENTS) {
    const db = openDatabase({ url, environment, poolSize: 1 })
    try {
      const pending = await pendingMigrations(db)
      const check = `schema ${environment}`
      findings.push(
        pending.length === 0
          ? { check, state: 'ok', found: 'current' }
          : { check, state: 'failed', found: `${pending.length} migrations are pending`, mend: 'Run regulars migrate.' },
      )
    } catch {
      findings.push({
        check: `schema ${environment}`,
        state: 'warning',
        found: 'not there yet',
        mend: 'regulars serve makes it at start; regulars migrate makes it now.',
      })
    } finally {
      await db.close()
    }
  }
  return findings
}

async function checkPooler({ poolerUrl }: Settings): Promise<Finding[]> {
  if (poolerUrl === undefined) return []
  const findings: Finding[] = []
  for (const environment of ENVIRONMENTS) {
    const db = openPooled({ url: poolerUrl, environment, poolSize: 1 })
    const check = `pooler ${environment}`
    try {
      const { named } = await checkPooled(db)
      findings.push(
        named
          ? { check, state: 'ok', found: 'keeps prepared statements' }
          : {
              check,
              state: 'warning',
              found: 'keeps no prepared statements: every statement is planned anew',
              mend: 'PgBouncer 1.21 or newer does, with max_prepared_statements.',
            },
      )
    } catch (error) {
      findings.push({
        check,
        state: 'failed',
        found: error instanceof Error ? error.message : String(error),
        mend: 'docs/operations/pgbouncer.md says how it is set up.',
      })
    } finally {
      await db.close()
    }
  }
  return findings
}

async function checkMail({ smtpUrl, mailFrom }: Settings): Promise<Finding> {
  if (smtpUrl === undefined)
    return {
      check: 'smtp',
      state: 'warning',
      found: 'SMTP_URL is not set',
      mend: 'dev has a mailbox of its own; in production set SMTP_URL, or verification mails wait in the outbox.',
    }
  const mailer = createMailer({ url: smtpUrl, from: mailFrom })
  try {
    await mailer.check()
    return { check: 'smtp', state: 'ok', found: 'the mail server takes our mail' }
  } catch (error) {
    return {
      check: 'smtp',
      state: 'failed',
      found: error instanceof Error ? error.message : String(error),
      mend: 'Are host, port, user and password of SMTP_URL right, and may this machine reach it?',
    }
  } finally {
    mailer.close()
  }
}

function describe({ check, state, found, mend }: Finding): string {
  const mark = { ok: pc.green('ok     '), warning: pc.yellow('warning'), failed: pc.red('FAILED ') }[state]
  return `${mark}  ${check.padEnd(12)} ${found}${mend === undefined ? '' : `\n${' '.repeat(22)}→ ${mend}`}`
}
