import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import {
  type Database,
  type Environment,
  inTransaction,
  openOwner,
  type Queryable,
  schemaOf,
  sqlState,
  type Tx,
} from './database.ts'

interface Migration {
  readonly id: number
  readonly name: string
  readonly text: string
  readonly checksum: string
}

/** The schema cannot be brought up to date, and why; nothing has changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

const FOLDER = new URL('../../migrations/', import.meta.url)
/** Written only by insert, by grant: what is in the ledger stays. */
const APPEND_ONLY = ['movements', 'entries', 'events']
/** Racing servers meet in the system catalogue, where there is no `on conflict`: duplicate object, duplicate key, concurrent update. */
const LOST_RACE = new Set(['42710', '42P06', '42P07', '23505', 'XX000', '40001', '40P01'])
const ATTEMPTS = 10

/**
 * Brings an environment's schema up to date, forward only, each migration in a transaction of its own. Safe when several servers start at once: they
 * wait for each other on a table's lock, and whoever comes second finds the work done. `onProgress` hears of each migration once it is committed.
 * @throws MigrationRefused when the database is newer than this code, an applied file was changed, or the user of the URL lacks a right.
 */
export async function migrate(
  url: string,
  environment: Environment,
  { onProgress = () => {} }: { onProgress?: (name: string) => void } = {},
): Promise<{ applied: string[] }> {
  const owner = openOwner(url, environment)
  try {
    await ensureVersion(owner)
    await ensureSchema(owner, environment)
    return { applied: await applyPending(owner, environment, onProgress) }
  } finally {
    await owner.close()
  }
}

/** The migrations that this code knows and the database lacks: what stands between this server and being ready. */
export async function pendingMigrations(db: Queryable): Promise<string[]> {
  const applied = await db.query<{ id: number }>('migrations-applied', 'select id from migrations', []).catch((error) => {
    // Not migrated at all: the table is missing, or the role that it is asked as.
    if (['42P01', '22023', '42501'].includes(sqlState(error) ?? '')) return []
    throw error
  })
  const ids = new Set(applied.map(({ id }) => id))
  return (await readMigrations()).filter(({ id }) => !ids.has(id)).map(({ name }) => name)
}

async function applyPending(owner: Database, environment: Environment, onProgress: (name: string) => void): Promise<string[]> {
  const known = await readMigrations()
  const applied: string[] = []
  for (;;) {
    const name = await inTransaction(owner, (tx) => applyNext(tx, known, environment))
    if (name === undefined) return applied
    applied.push(name)
    onProgress(name)
  }
}

/** The table's lock is the queue: it is held until commit, so two servers never run one migration. */
async function applyNext(tx: Tx, known: readonly Migration[], environment: Environment): Promise<string | undefined> {
  await sql(tx, 'lock table migrations in share row exclusive mode')
  const done = await tx.query<{ id: number; name: string; checksum: string }>(
    '',
    'select id, name, checksum from migrations order by id',
    [],
  )
  for (const row of done) {
    const mine = known.find(({ id }) => id === row.id)
    if (!mine) {
      throw new MigrationRefused(
        `schema ${schemaOf(environment)} has migration ${row.name}, and the newest this version of Regulars knows is ${known.at(-1)?.name}: it was migrated by a newer one. Start that version.`,
      )
    }
    if (mine.checksum !== row.checksum) {
      throw new MigrationRefused(
        `migration ${row.name} was changed after it was applied to ${schemaOf(environment)} (${row.checksum.slice(0, 8)} there, ${mine.checksum.slice(0, 8)} here). Restore the file and add a new migration.`,
      )
    }
  }
  const next = known.find(({ id }) => !done.some((row) => row.id === id))
  if (!next) return undefined
  await sql(tx, next.text)
  await tx.query('', 'insert into migrations (id, name, checksum) values ($1, $2, $3)', [next.id, next.name, next.checksum])
  await grant(tx, environment)
  return next.name
}

/** What the server's role may do: everything with rows, nothing with tables, and to the ledger only add. */
async function grant(tx: Tx, environment: Environment): Promise<void> {
  const role = schemaOf(environment)
  await sql(tx, `grant usage on schema ${role} to ${role}`)
  await sql(tx, `grant select, insert, update, delete on all tables in schema ${role} to ${role}`)
  const there = await tx.query<{ name: string }>(
    '',
    'select name from unnest($1::text[]) name where to_regclass($2 || name) is not null',
    [APPEND_ONLY, `${role}.`],
  )
  for (const { name } of there) await sql(tx, `revoke update, delete on ${role}.${name} from ${role}`)
  await sql(tx, `revoke insert, update, delete on ${role}.migrations from ${role}`)
}

async function ensureSchema(owner: Database, environment: Environment): Promise<void> {
  const role = schemaOf(environment)
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(owner, async (tx) => {
        // Who makes a role may give it to themselves, but from 16 on does not have it: SET is what a connection needs.
        const right = (await isFrom16(tx)) ? 'SET' : 'MEMBER'
        const [found] = await tx.query<{ role: boolean; schema: boolean; member: boolean }>(
          '',
          `select exists (select from pg_roles where rolname = $1) as role, exists (select from pg_namespace where nspname = $1) as schema,
             coalesce((select pg_has_role(current_user, oid, $2) from pg_roles where rolname = $1), false) as member`,
          [role, right],
        )
        if (!found?.role) await sql(tx, `create role ${role} nologin`)
        if (!found?.member) await sql(tx, `grant ${role} to current_user`)
        if (!found?.schema) await sql(tx, `create schema ${role}`)
        await sql(
          tx,
          'create table if not exists migrations (id integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())',
        )
      })
    } catch (error) {
      const state = sqlState(error) ?? ''
      if (state === '42501') {
        throw new MigrationRefused(
          `the user of DATABASE_URL may not prepare the database. Let an administrator run: CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO <that user>; CREATE SCHEMA ${role} AUTHORIZATION <that user>;`,
          { cause: error },
        )
      }
      if (!LOST_RACE.has(state) || attempt === ATTEMPTS) throw error
    }
  }
}

async function isFrom16(tx: Tx): Promise<boolean> {
  const [row] = await tx.query<{ version: string }>('', `select current_setting('server_version_num') as version`, [])
  return Number(row?.version) >= 160_000
}

async function ensureVersion(owner: Queryable): Promise<void> {
  const [row] = await owner.query<{ version: string }>('', `select current_setting('server_version_num') as version`, [])
  if (Number(row?.version) < 150_000) throw new MigrationRefused(`PostgreSQL 15 or newer is needed; this one is ${row?.version}.`)
}

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => /^\d{4}-.*\.sql$/.test(file)).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, FOLDER), 'utf8')
      return { id: Number(file.slice(0, 4)), name: file, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

const sql = (tx: Tx, text: string): Promise<unknown[]> => tx.query('', text, [])
