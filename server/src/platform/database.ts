import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Whose data it is. The two never mix: each has a schema and a role of its own, and a connection can see only one. */
export type Environment = 'test' | 'live'
export const ENVIRONMENTS: readonly Environment[] = ['test', 'live']

/** The schema of an environment, and the role that may use it. */
export const schemaOf = (environment: Environment): string => `regulars_${environment}`

/**
 * Something a statement can be sent to. `name` makes it a prepared statement, planned once per connection (63 characters at most, one text per name);
 * an empty name sends it unprepared, for what runs seldom. One call is one round trip.
 *
 * Rows come as `pg` reads them (`bigint` and `numeric` as text), but for `date`, which stays text, and `timestamptz`, which is epoch milliseconds.
 * @throws DatabaseUnavailable, or PostgreSQL's own error, whose `sqlState` says what was wrong with the statement.
 */
export interface Queryable {
  query<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>
}

declare const inside: unique symbol
/** A transaction that is open. What must not run outside one takes a `Tx`; a `Tx` serves wherever a `Queryable` is asked for, never the reverse. */
export interface Tx extends Queryable {
  readonly [inside]: true
}

/** Not exported: a connection that anybody could take would keep what they set on it. */
const SOURCE = Symbol('source')

interface Source {
  readonly pool: pg.Pool
  /** How often plans have gone stale: part of the names and texts of prepared statements, so that every connection plans anew. */
  generation: number
  /** How long a statement is waited for; without end where it is undefined. */
  readonly answerMs: number | undefined
  /** Whether statements may be prepared by name: not through a pooler that would hand the connection, and what is prepared on it, to somebody else. */
  named: boolean
}

/** One environment of one database, through a pool of connections. */
export interface Database extends Queryable {
  readonly environment: Environment
  readonly [SOURCE]: Source
  /** Connections that are open and that are idle, and callers that wait for one. */
  connections(): { open: number; idle: number; waiting: number }
  close(): Promise<void>
}

/** The database cannot be asked now; it may be again soon. Answered with 503, and tried again by the caller. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

/** More connections only add latency: two cores are busy with eight to sixteen (docs/ARCHITECTURE.md, "The database"). */
const POOL_SIZE = 12
/** A caller that waited this long for a connection is better served by a 503. */
const CONNECT_TIMEOUT_MS = 5_000
/** No statement of ours takes a second; one that does is stuck. */
const STATEMENT_TIMEOUT_MS = 15_000
const LOCK_TIMEOUT_MS = 5_000
/** When PostgreSQL itself does not answer, not even that it gave up: the machine or the network is gone. */
const ANSWER_TIMEOUT_MS = 20_000
const KEEP_ALIVE_MS = 10_000
const IDLE_TIMEOUT_MS = 60_000
/**
 * 0A000 is how a prepared statement ends whose result has changed its shape: a newer server has migrated the schema while this one runs. Nothing has
 * run then, and the connection would say so for ever.
 */
const STALE_PLAN = '0A000'
/** Serialisation failures, deadlocks and stale plans are tried again this often. */
const RETRIED = new Set(['40001', '40P01', STALE_PLAN])
const ATTEMPTS = 4
/** Those that collided once must not meet again at the same moment. */
const RETRY_DELAY_MS = 15

interface DatabaseOptions {
  url: string
  environment: Environment
  poolSize?: number
  applicationName?: string
  /** How long a statement is waited for. */
  answerMs?: number
}

/** Opens an environment as its own role. Nothing is connected yet: a database that is down now may be up when it is asked. */
export function openDatabase(options: DatabaseOptions): Database {
  const { environment } = options
  return poolOf({ ...withinBounds(options), settings: { ...sessionSettings(environment), role: schemaOf(environment) } })
}

/**
 * Opens an environment through a pooler that lends a connection for one transaction: what a session is given as it opens would be lost, so the
 * environment's role logs in itself and brings the settings along. Statements go unprepared until `probeNames` has been asked.
 */
export function openPooled(options: DatabaseOptions): Database {
  const asRole = new URL(options.url)
  asRole.username = schemaOf(options.environment)
  return poolOf({ ...withinBounds(options), url: asRole.href, settings: {}, named: false })
}

/** What serves calls has so many connections, and does not wait for an answer for ever. */
function withinBounds({ poolSize = POOL_SIZE, answerMs = ANSWER_TIMEOUT_MS, ...options }: DatabaseOptions) {
  return { ...options, config: { max: poolSize }, answerMs }
}

/** What every session of an environment runs with, beside its role. */
export function sessionSettings(environment: Environment): Readonly<Record<string, string | number>> {
  return {
    search_path: schemaOf(environment),
    // Every named statement finds its rows by key, so that one plan is as good as another; planning the load of an order call costs more than running it.
    plan_cache_mode: 'force_generic_plan',
    // A plan is kept for as long as its connection: one that was made while a table was young and small must not read it whole when it has grown.
    enable_seqscan: 'off',
    // What has no other way is priced beyond all measure by that, before PostgreSQL 18, and would be compiled at every run.
    jit: 'off',
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  }
}

/**
 * Finds out whether the pooler keeps prepared statements apart, and prepares by name from now on if it does. Such a pooler gives them names of its own,
 * so one statement that looks its own name up tells. Where the name arrives as it was sent, another client's statement of that name could run instead.
 */
export async function probeNames(db: Database): Promise<boolean> {
  const source = db[SOURCE]
  const name = `probe-${randomUUID()}`
  const client = await connect(source.pool)
  let broken = true
  try {
    await send(source, client, { text: 'begin' })
    const text = `select name from pg_prepared_statements where statement like '%${name}%'`
    const [row] = rowsOf<{ name: string }>(await send(source, client, { name, text }))
    source.named = row !== undefined && row.name !== name
    if (row?.name === name) await send(source, client, { text: `deallocate "${name}"` })
    await send(source, client, { text: 'commit' })
    broken = false
    return source.named
  } finally {
    client.release(broken)
  }
}

/** Opens the database as the user of the URL, who owns the schemas: for migrations and for making test databases. No statement times out. */
export function openOwner(
  url: string,
  environment: Environment,
  { schema = schemaOf(environment) }: { schema?: string } = {},
): Database {
  return poolOf({ url, environment, settings: { search_path: schema }, config: { max: 2 } })
}

/** Runs work in one transaction, which is rolled back when the work throws (and that error thrown on) and run again when it lost a race. */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(db, work)
    } catch (error) {
      if (!RETRIED.has(sqlState(error) ?? '') || attempt === ATTEMPTS) throw error
      await sleep(randomInt(RETRY_DELAY_MS * attempt) + 1)
    }
  }
}

async function attemptTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  const source = db[SOURCE]
  const { generation } = source
  const client = await connect(source.pool)
  let open = true
  const query = (name: string, text: string, values: readonly unknown[]) => {
    // The connection may serve somebody else by now.
    if (!open) throw new Error(`the transaction has ended: ${name || text}`)
    return send(source, client, statementOf(source, name, text, values)).then(rowsOf)
  }
  let broken = false
  try {
    await send(source, client, { text: 'begin isolation level read committed' })
    const result = await work({ query } as Tx)
    open = false
    // PostgreSQL answers the commit of a failed transaction with a cheerful "ROLLBACK".
    const { command } = await send(source, client, { text: 'commit' })
    if (command !== 'COMMIT') throw new Error('nothing was committed: a statement failed, and the work went on as if it had not')
    return result
  } catch (error) {
    open = false
    if (sqlState(error) === STALE_PLAN) planAnew(source, generation)
    if (error instanceof DatabaseUnavailable) broken = true
    else await send(source, client, { text: 'rollback' }).catch(() => (broken = true))
    throw error
  } finally {
    client.release(broken)
  }
}

function poolOf(given: {
  url: string
  environment: Environment
  settings: Record<string, string | number>
  config: pg.PoolConfig
  applicationName?: string | undefined
  answerMs?: number | undefined
  named?: boolean
}): Database {
  const { url, environment, settings, config, applicationName = 'regulars', answerMs, named = true } = given
  const { connectionString, options } = splitOptions(url)
  const pool = new pg.Pool({
    ...config,
    connectionString,
    // Ours come last, and the last one counts.
    options: [options, ...Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)].join(' '),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: applicationName,
    types: { getTypeParser },
  })
  // A connection that ends while no statement is under way reports it here, whether it is idle or between two statements of a transaction; without
  // listeners it would end the process. Whoever uses it next is told.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const source: Source = { pool, generation: 0, answerMs, named }
  return {
    environment,
    [SOURCE]: source,
    /** A statement alone is a transaction of its own: where it lost a deadlock, as against a migration that locks table after table, nothing has run. */
    async query<Row>(name: string, text: string, values: readonly unknown[]) {
      for (let attempt = 1; ; attempt++) {
        const { generation } = source
        try {
          return await ask<Row>(source, statementOf(source, name, text, values))
        } catch (error) {
          const state = sqlState(error) ?? ''
          const isStale = state === STALE_PLAN
          if (!RETRIED.has(state) || attempt === ATTEMPTS || (isStale && name === '')) throw error
          if (isStale) planAnew(source, generation)
          else await sleep(randomInt(RETRY_DELAY_MS * attempt) + 1)
        }
      }
    },
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  }
}

async function ask<Row>(source: Source, statement: pg.QueryConfig): Promise<Row[]> {
  const client = await connect(source.pool)
  let broken = false
  try {
    return rowsOf<Row>(await send(source, client, statement))
  } catch (error) {
    // `pool.query` would throw the connection away whenever a statement fails, and a wallet that has moved on is no reason to reconnect.
    broken = error instanceof DatabaseUnavailable
    throw error
  } finally {
    client.release(broken)
  }
}

function statementOf({ generation, named }: Source, name: string, text: string, values: readonly unknown[]): pg.QueryConfig {
  if (name === '' || !named) return { name: '', text, values: [...values] }
  if (generation === 0) return { name, text, values: [...values] }
  // A pooler knows a statement by its text, and would answer a new name with the old plan.
  return { name: `${name}.${generation}`, text: `${text}\n/* ${generation} */`, values: [...values] }
}

/** Of those who notice at once, the first one is enough. */
function planAnew(source: Source, seen: number): void {
  if (source.generation === seen) source.generation += 1
}

/** `pg` lets what stands in the URL win over what it is given, and the role must not be up to the URL. */
function splitOptions(url: string): { connectionString: string; options: string } {
  const parsed = new URL(url)
  const options = parsed.searchParams.get('options') ?? ''
  parsed.searchParams.delete('options')
  parsed.searchParams.delete('application_name')
  return { connectionString: parsed.href, options }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw faultOf(error)
  }
}

async function send({ answerMs }: Source, client: pg.PoolClient, statement: pg.QueryConfig): Promise<pg.QueryResult> {
  try {
    return await answerTo(client, statement, answerMs)
  } catch (error) {
    // From here it leads back to whoever sent the statement, and not to a socket.
    if (error instanceof Error) Error.captureStackTrace(error)
    throw faultOf(error)
  }
}

/**
 * By a callback that `pg` has no reason to replace, as it does for a promise and for a timeout of its own: each statement, with all its values, would stay
 * until the next full collection (docs/decisions/0054). After a timeout the connection may still be busy with it, and is of no use to anybody.
 */
function answerTo(client: pg.PoolClient, statement: pg.QueryConfig, answerMs: number | undefined): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new DatabaseUnavailable(`the database has not answered within ${answerMs} ms`))
    const timer = answerMs === undefined ? undefined : setTimeout(giveUp, answerMs)
    client.query(statement, (error, result) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(result)
    })
  })
}

/** Several statements in one unprepared text bring several results: the last one counts. */
function rowsOf<Row>(result: pg.QueryResult | pg.QueryResult[]): Row[] {
  return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
}

/** `pg` would make a `date` an instant of this machine's time zone, and a birthday another day. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (oid === pg.types.builtins.DATE) return (text: string) => text
  if (oid === pg.types.builtins.TIMESTAMPTZ) {
    const parse = pg.types.getTypeParser(oid, 'text')
    return (text: string) => Number(parse(text))
  }
  return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')
}) as typeof pg.types.getTypeParser

/** PostgreSQL's word for what went wrong with a statement, or undefined where it was not a statement that failed. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

/**
 * Connection exceptions, shutdowns, out of connections, memory or disk, a standby that takes no writes, and rows that somebody else holds for too long:
 * all of them pass. A statement that times out (57014) is not among them: it is ours to mend, and asking again would only add to the load.
 */
const UNAVAILABLE_STATES = /^(08|57P|53|58|25006|25P03|55P03)/
const UNAVAILABLE_CODES =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL)$/
/** `pg` gives these no code. */
const UNAVAILABLE_MESSAGES =
  /connection terminated|connection ended|timeout exceeded when trying to connect|connection error|not queryable|client was closed|pool after calling end/i

function faultOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const state = sqlState(error)
  const code = 'code' in error ? String(error.code) : ''
  const unavailable =
    state === undefined
      ? UNAVAILABLE_CODES.test(code) || UNAVAILABLE_MESSAGES.test(error.message)
      : UNAVAILABLE_STATES.test(state)
  if (!unavailable) return error
  return new DatabaseUnavailable(`the database cannot be asked: ${error.message || code}`, { cause: error })
}
