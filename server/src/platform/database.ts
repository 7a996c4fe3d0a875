import pg from 'pg'

/** Whose data it is. The two never mix: each has a schema and a role of its own, and a connection can see only one. */
export type Environment = 'test' | 'live'
export const ENVIRONMENTS: readonly Environment[] = ['test', 'live']

/** The schema of an environment, and the role that may use it. */
export const schemaOf = (environment: Environment): string => `regulars_${environment}`

/** Something a statement can be sent to. `name` makes it a prepared statement, planned once per connection; one call is one round trip. */
export interface Queryable {
  query<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>
}

declare const inside: unique symbol
/** A transaction that is open. What must not run outside one takes a `Tx`; a `Tx` serves wherever a `Queryable` is asked for, never the reverse. */
export interface Tx extends Queryable {
  readonly [inside]: true
}

/** One environment of one database, through a pool of connections. */
export interface Database extends Queryable {
  readonly environment: Environment
  connect(): Promise<pg.PoolClient>
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
/** Long enough that a dead peer is noticed before a till gives up. */
const KEEP_ALIVE_MS = 10_000
/** Serialisation failures and deadlocks are tried again this often. */
const ATTEMPTS = 4

/** Opens an environment as its own role. Nothing is connected yet: a database that is down now may be up when it is asked. */
export function openDatabase({ url, environment, poolSize = POOL_SIZE }: { url: string; environment: Environment; poolSize?: number }): Database {
  const schema = schemaOf(environment)
  const settings = {
    search_path: schema,
    role: schema,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
  }
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`)
  return poolOf({ connectionString: url, options: options.join(' '), max: poolSize }, environment)
}

/** Opens the database as the user of the URL, who owns the schemas: for migrations and for making test databases. */
export function openOwner(url: string, environment: Environment, { schema = schemaOf(environment) }: { schema?: string } = {}): Database {
  return poolOf({ connectionString: url, options: `-c search_path=${schema}`, max: 2 }, environment)
}

function poolOf(config: pg.PoolConfig, environment: Environment): Database {
  const pool = new pg.Pool({
    ...config,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: 'regulars',
  })
  // An idle connection that the server closes is reported here; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    environment,
    async query<Row>(name: string, text: string, values: readonly unknown[]) {
      try {
        return (await pool.query({ name, text, values: [...values] })).rows as Row[]
      } catch (error) {
        throw faultOf(error)
      }
    },
    async connect() {
      try {
        return await pool.connect()
      } catch (error) {
        throw faultOf(error)
      }
    },
    close: () => pool.end(),
  }
}

/** Runs work in one transaction, which is rolled back when the work throws and run again when it lost a race. */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(db, work)
    } catch (error) {
      const code = sqlState(error)
      if ((code !== '40001' && code !== '40P01') || attempt === ATTEMPTS) throw error
    }
  }
}

async function attemptTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await db.connect()
  const run = async <Row>(config: pg.QueryConfig): Promise<Row[]> => {
    try {
      return (await client.query(config)).rows as Row[]
    } catch (error) {
      throw faultOf(error)
    }
  }
  const tx = { query: (name: string, text: string, values: readonly unknown[]) => run({ name, text, values: [...values] }) } as Tx
  let broken = false
  try {
    await run({ text: 'begin' })
    const result = await work(tx)
    await run({ text: 'commit' })
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** PostgreSQL's word for what went wrong with a statement, or undefined where it was not a statement that failed. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/**
 * Connection exceptions, shutdowns, too many connections, and a standby that takes no writes; 42501 and 3F000 cannot come from a statement of
 * ours, only from a database that was replaced by an empty one.
 */
const UNAVAILABLE_STATES = /^(08|57P|53|25006|58)/
const UNAVAILABLE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

function faultOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const state = sqlState(error)
  const code = 'code' in error ? String(error.code) : ''
  const lost = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|pool after calling end/i
  if ((state !== undefined && UNAVAILABLE_STATES.test(state)) || UNAVAILABLE_CODES.has(code) || (state === undefined && lost.test(error.message))) {
    return new DatabaseUnavailable(`the database cannot be asked: ${error.message}`, { cause: error })
  }
  return error
}
