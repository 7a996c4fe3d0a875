import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Database, openOwner } from '../server/src/platform/database.ts'
import { type Histogram, merge, Stopwatch } from './histogram.ts'
import { type Cores, hasProgram } from './processes.ts'
import { inFolder } from './workplace.ts'

/** The limit that the server is held against: how often a second the same PostgreSQL does the least that an operation can be, asked as directly as it can be. */
export interface Limit {
  /** pgbench where it is there, else our own driver, which takes some of the two cores itself. */
  readonly by: 'pgbench' | 'pg'
  run(seconds: number): Promise<LimitResult>
  /** Calls begin at this rate. How long each took, without what it waited for a connection: the tail that PostgreSQL and the machine have by themselves. */
  paced(seconds: number, perSecond: number): Promise<Histogram>
}

export interface LimitResult {
  readonly perSecond: number
  /** Of a call, on average. */
  readonly latencyMs: number
}

/** More only adds latency (docs/ARCHITECTURE.md, "The database"). */
const CLIENTS = 16
const SCHEMA = 'bench_limit'
const MEMBERS = 10_000
/** An order of ten lines, as text. */
const DOCUMENT_BYTES = 1_500

/**
 * One call of one function: read the order's row, update it, two ledger rows, the member's balance, an outbox row. No rule, no wallet to load, no lot, no
 * hold, no digest, no check of a version: a hand-written least.
 */
const SETUP = `
  drop schema if exists ${SCHEMA} cascade;
  create schema ${SCHEMA};
  create table ${SCHEMA}.orders (account_id text, member_id bigint, order_id bigint, state text, document text, primary key (account_id, member_id, order_id));
  create table ${SCHEMA}.balances (account_id text, member_id bigint, quantity bigint, primary key (account_id, member_id));
  create table ${SCHEMA}.entries (account_id text, member_id bigint, entry_id uuid, ledger_account text, quantity bigint, primary key (account_id, member_id, entry_id));
  create table ${SCHEMA}.outbox (account_id text, member_id bigint, message_id uuid, payload text, primary key (account_id, member_id, message_id));
  insert into ${SCHEMA}.orders select '1', g, 1, 'placed', (select string_agg(md5(g::text || n), '') from generate_series(1, ${Math.ceil(DOCUMENT_BYTES / 32)}) n) from generate_series(1, ${MEMBERS}) g;
  insert into ${SCHEMA}.balances select '1', g, 0 from generate_series(1, ${MEMBERS}) g;
  create function ${SCHEMA}.operation(p_account text, p_member bigint, p_quantity bigint) returns text language plpgsql as $$
  declare
    v_document text;
  begin
    select document into v_document from ${SCHEMA}.orders where account_id = p_account and member_id = p_member and order_id = 1 for update;
    update ${SCHEMA}.orders set state = 'completed', document = v_document where account_id = p_account and member_id = p_member and order_id = 1;
    insert into ${SCHEMA}.entries values
      (p_account, p_member, gen_random_uuid(), 'available', p_quantity), (p_account, p_member, gen_random_uuid(), 'issued', -p_quantity);
    update ${SCHEMA}.balances set quantity = quantity + p_quantity where account_id = p_account and member_id = p_member;
    insert into ${SCHEMA}.outbox values (p_account, p_member, gen_random_uuid(), 'order.completed');
    return v_document;
  end $$;
  analyze ${SCHEMA}.orders; analyze ${SCHEMA}.balances;
`
/** What pgbench's logs are called by. */
const LOG = 'log'
const SCRIPT = `\\set member random(1, ${MEMBERS})\nselect ${SCHEMA}.operation('1', :member, 10);\n`

/** Makes the tables anew, in a schema of their own. */
export async function prepareLimit(databaseUrl: string, cores: Cores | undefined): Promise<Limit> {
  const owner = openOwner(databaseUrl, 'live')
  try {
    await owner.query('', SETUP, [])
  } finally {
    await owner.close()
  }
  const by = (await hasProgram('pgbench')) ? 'pgbench' : 'pg'
  return by === 'pgbench'
    ? {
        by,
        run: (seconds) => runPgbench(databaseUrl, seconds, cores),
        paced: (seconds, perSecond) => pacePgbench(databaseUrl, seconds, perSecond, cores),
      }
    : {
        by,
        run: (seconds) => runOurOwn(databaseUrl, seconds),
        paced: async (seconds, perSecond) => (await driveOurOwn(databaseUrl, seconds, perSecond)).latency,
      }
}

async function runPgbench(databaseUrl: string, seconds: number, cores: Cores | undefined): Promise<LimitResult> {
  return inFolder(async (folder) => {
    const stdout = await callPgbench(folder, databaseUrl, seconds, cores)
    return { perSecond: numberAfter(stdout, /tps = ([\d.]+)/), latencyMs: numberAfter(stdout, /latency average = ([\d.]+)/) }
  })
}

async function pacePgbench(
  databaseUrl: string,
  seconds: number,
  perSecond: number,
  cores: Cores | undefined,
): Promise<Histogram> {
  return inFolder(async (folder) => {
    const paced = ['--rate', String(Math.max(1, Math.round(perSecond))), '--log', '--log-prefix', join(folder, LOG)]
    await callPgbench(folder, databaseUrl, seconds, cores, paced)
    const stopwatch = new Stopwatch()
    for (const name of (await readdir(folder)).filter((file) => file.startsWith(LOG))) {
      for (const line of (await readFile(join(folder, name), 'utf8')).trim().split('\n')) stopwatch.add(ownMsOf(line))
    }
    return stopwatch.read()
  })
}

/** Of a line of pgbench's log: client, transaction, microseconds since it was due, script, the instant in two parts, and how many of the microseconds it began too late. */
function ownMsOf(line: string): number {
  const fields = line.split(' ').map(Number)
  const [, , sinceDue = Number.NaN, , , , late = Number.NaN] = fields
  if (Number.isNaN(sinceDue - late)) throw new Error(`pgbench logged something else: ${line}`)
  return (sinceDue - late) / 1_000
}

async function callPgbench(
  folder: string,
  databaseUrl: string,
  seconds: number,
  cores: Cores | undefined,
  more: readonly string[] = [],
): Promise<string> {
  const script = join(folder, 'operation.sql')
  await writeFile(script, SCRIPT)
  const pin = cores ? ['taskset', '-c', cores.client] : []
  const [program = '', ...args] = [
    ...[...pin, 'pgbench', '-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '1', ...more],
    ...['-T', String(Math.max(1, Math.round(seconds))), '-f', script, databaseUrl],
  ]
  return (await promisify(execFile)(program, args)).stdout
}

function numberAfter(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`pgbench said something else:\n${text}`)
  return Number(found)
}

async function runOurOwn(databaseUrl: string, seconds: number): Promise<LimitResult> {
  const { latency, elapsedMs } = await driveOurOwn(databaseUrl, seconds)
  return { perSecond: (latency.total / elapsedMs) * 1_000, latencyMs: (elapsedMs * CLIENTS) / latency.total }
}

/** Without a rate as fast as each client gets its answers. */
async function driveOurOwn(
  databaseUrl: string,
  seconds: number,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<{ readonly latency: Histogram; readonly elapsedMs: number }> {
  // A pool of the owner's has two connections.
  const pools = Array.from({ length: CLIENTS / 2 }, () => openOwner(databaseUrl, 'live'))
  const start = performance.now()
  const end = start + seconds * 1_000
  let begun = 0
  const client = async (db: Database) => {
    const stopwatch = new Stopwatch()
    for (;;) {
      const due = start + (begun++ / perSecond) * 1_000
      if (Math.max(due, performance.now()) >= end) return stopwatch.read()
      if (due > performance.now()) await sleep(due - performance.now())
      const from = performance.now()
      const member = 1 + Math.floor(Math.random() * MEMBERS)
      await db.query('bench-operation', `select ${SCHEMA}.operation('1', $1, 10)`, [member])
      stopwatch.add(performance.now() - from)
    }
  }
  const latency = merge(await Promise.all(pools.flatMap((db) => [client(db), client(db)])))
  const elapsedMs = performance.now() - start
  await Promise.all(pools.map((db) => db.close()))
  return { latency, elapsedMs }
}
