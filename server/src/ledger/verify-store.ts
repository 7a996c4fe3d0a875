import type { Lot, Order } from '@regulars/engine'
import type { Queryable, Tx } from '../platform/index.ts'
import type { EntryFacts } from './store.ts'

/** A member of an account, as the keys of their rows name them. A negative id is a guest order's pseudo-member. */
export interface MemberKey {
  readonly accountId: string
  readonly memberId: number
}

/**
 * The members of one account after one, up to another and with it; without an end, all that are left. An account by itself, because PostgreSQL judges a
 * range over (account, member) by the account alone: it would take a hundred members for everybody, and read all of them.
 */
export interface MemberRange {
  readonly accountId: string
  readonly after: string
  readonly to: string | undefined
}

/** Sorts before every member of an account; guests' pseudo-members are negative. */
export const NOBODY = '-9223372036854775808'
/** Sorts before every account and every key. */
export const NOTHING = ''

export interface WalletRow extends MemberKey {
  readonly seq: number
  readonly digest: string
}

export interface LotRow extends MemberKey, Omit<Lot, 'origin'> {
  /** As it was written. */
  readonly origin: string | null
}

export interface BalanceRow extends MemberKey {
  readonly asset: string
  readonly available: number
  readonly held: number
  readonly owed: number
}

export interface HoldRow extends MemberKey {
  readonly orderUid: string
  readonly lotId: string
  readonly asset: string
  readonly quantity: number
}

export interface MovementRow extends MemberKey {
  readonly seq: number
  readonly cause: string
  readonly orderUid: string | null
  readonly note: string | null
  readonly at: number
  readonly digest: string
  readonly entries: readonly EntryFacts[]
}

export interface OrderRow extends MemberKey {
  readonly orderUid: string
  readonly state: string
  readonly storeCode: string
  readonly programVersion: number
  readonly at: number
  readonly document: string
  /** The document read, once; undefined where it cannot be. */
  readonly order: Order | undefined
  /** The keys that lead here. */
  readonly keys: readonly string[]
}

/** A key that leads to no order. */
export interface StrayKey extends MemberKey {
  readonly key: string
  readonly orderUid: string
}

/** What is small about every member of a range: it is held while their movements and orders stream by. */
export interface CachedRows {
  readonly wallets: readonly WalletRow[]
  readonly lots: readonly LotRow[]
  readonly balances: readonly BalanceRow[]
  readonly holds: readonly HoldRow[]
}

/** Rows at a time of what can grow long for one member. */
const CHUNK = 2_000

/** From here to the end of the transaction every statement sees one instant, so that a busy member is not taken for a broken one. */
export async function freezeSnapshot(tx: Tx): Promise<void> {
  await tx.query('', 'set transaction isolation level repeatable read, read only', [])
  // Its ranges have an open end or none, and no plan is good for both.
  await tx.query('', 'set local plan_cache_mode = auto', [])
}

export async function countRows(db: Queryable, table: 'wallets' | 'order_keys'): Promise<number> {
  const [row] = await db.query<{ count: string }>('', `select count(*) as count from ${table}`, [])
  return Number(row?.count ?? 0)
}

const OWNED = ['wallets', 'balances', 'lots', 'holds', 'movements', 'entries', 'orders', 'order_keys']

/** The next account that anything belongs to; undefined after the last. */
export async function findNextAccount(db: Queryable, after: string): Promise<string | undefined> {
  const first = (table: string) => `(select account_id from ${table} where account_id > $1 order by account_id limit 1)`
  const [row] = await db.query<Raw>('', `${OWNED.map(first).join(' union all ')} order by account_id limit 1`, [after])
  return row && text(row.account_id)
}

/** The last of the next `limit` members of an account; undefined when fewer are left. */
export async function findRangeEnd(
  db: Queryable,
  { accountId, after }: { accountId: string; after: string },
  limit: number,
): Promise<string | undefined> {
  const [row] = await db.query<Raw>(
    '',
    'select member_id from wallets where account_id = $1 and member_id > $2 order by member_id offset $3 limit 1',
    [accountId, after, limit - 1],
  )
  return row && text(row.member_id)
}

/**
 * The keys among an account's next `limit` that lead to no order, and the last key that was looked at; undefined when there are no more. They go by
 * themselves, since no index finds the keys of a member. A value is asked for, not `exists`, of which PostgreSQL may make a table of all orders, for each page.
 */
export async function findStrayKeys(
  db: Queryable,
  { accountId, after }: { accountId: string; after: string },
  limit: number,
): Promise<{ seen: number; last: string; strays: readonly StrayKey[] } | undefined> {
  const [row] = await db.query<Raw>(
    '',
    `with page as materialized (
       select account_id, key, member_id, order_uid from order_keys where account_id = $1 and key > $2 order by key limit $3
     )
     select count(*) as seen, max(key) as last, json_agg(json_build_object(
       'key', key, 'accountId', account_id, 'memberId', member_id, 'orderUid', order_uid
     )) filter (where (
       select true from orders o where o.account_id = p.account_id and o.member_id = p.member_id and o.order_uid = p.order_uid
     ) is null) as strays from page p`,
    [accountId, after, limit],
  )
  if (!row || row.last === null) return undefined
  return { seen: number(row.seen), last: text(row.last), strays: (row.strays ?? []) as StrayKey[] }
}

export async function loadCachedRows(tx: Tx, range: MemberRange): Promise<CachedRows> {
  const rows = (columns: string, table: string) =>
    tx.query<Raw>('', `select ${MEMBER}, ${columns} from ${table} where ${WITHIN}`, bounds(range))
  const lot = `lot_id as "lotId", asset, available, held, expired, ms(issued_at) as "issuedAt", ms(expires_at) as "expiresAt", after_shown as "afterShown", order_uid as "orderUid", origin`
  return {
    wallets: (await rows('seq, digest', 'wallets')).map((row) => ({
      ...memberOf(row),
      seq: number(row.seq),
      digest: text(row.digest),
    })),
    lots: (await rows(lot, 'lots')).map(toLot),
    balances: (await rows('asset, available, held, owed', 'balances')).map((row) => ({
      ...memberOf(row),
      asset: text(row.asset),
      available: number(row.available),
      held: number(row.held),
      owed: number(row.owed),
    })),
    holds: (await rows('order_uid as "orderUid", lot_id as "lotId", asset, quantity', 'holds')).map((row) => ({
      ...memberOf(row),
      orderUid: text(row.orderUid),
      lotId: text(row.lotId),
      asset: text(row.asset),
      quantity: number(row.quantity),
    })),
  }
}

/** Every movement of a range's members, each with its entries, member by member in their own sequence. */
export async function* streamMovements(tx: Tx, range: MemberRange): AsyncGenerator<MovementRow> {
  const entry = `'asset', asset, 'account', ledger_account, 'lotId', lot_id, 'quantity', quantity, 'expiresAt', ms(expires_at), 'afterShown', after_shown`
  const columns = `seq, cause, order_uid as "orderUid", note, ms(at) as at, digest, (
    select json_agg(json_build_object(${entry}) order by line)
    from entries e where e.account_id = t.account_id and e.member_id = t.member_id and e.seq = t.seq
  ) as entries`
  for await (const row of streamRows(tx, range, { columns, table: 'movements', key: 'seq', least: '-1' })) {
    yield {
      ...memberOf(row),
      seq: number(row.seq),
      cause: text(row.cause),
      orderUid: row.orderUid as string | null,
      note: row.note as string | null,
      at: number(row.at),
      digest: text(row.digest),
      entries: (row.entries ?? []) as EntryFacts[],
    }
  }
}

/** Every order of a range's members, with the keys that lead to it among those its document names. */
export async function* streamOrders(tx: Tx, range: MemberRange): AsyncGenerator<OrderRow> {
  const columns = `order_uid as "orderUid", state, store_code as "storeCode", program_version as "programVersion", ms(at) as at, document`
  const chunks = streamChunks(tx, range, {
    columns,
    table: 'orders',
    key: 'order_uid',
    least: '00000000-0000-0000-0000-000000000000',
  })
  for await (const chunk of chunks) {
    const orders = chunk.map((row) => ({
      ...memberOf(row),
      orderUid: text(row.orderUid),
      state: text(row.state),
      storeCode: text(row.storeCode),
      programVersion: number(row.programVersion),
      at: number(row.at),
      document: text(row.document),
      order: readDocument(text(row.document)),
    }))
    const keys = await findKeysOf(tx, orders)
    for (const order of orders) yield { ...order, keys: keys.get(`${order.accountId}/${order.memberId}/${order.orderUid}`) ?? [] }
  }
}

function readDocument(document: string): Order | undefined {
  try {
    return JSON.parse(document) as Order
  } catch {
    return undefined
  }
}

/** Asked by their primary key, since nothing else indexes them. */
async function findKeysOf(tx: Tx, orders: readonly Pick<OrderRow, 'accountId' | 'order'>[]): Promise<Map<string, string[]>> {
  const named = orders.flatMap(({ accountId, order }) => (order?.keys ?? []).map((key) => ({ accountId, key })))
  const rows = await tx.query<Raw>(
    '',
    `select ${MEMBER}, key, order_uid as "orderUid" from order_keys
     join unnest($1::text[], $2::text[]) as named (account, name) on account_id = named.account and key = named.name`,
    [named.map(({ accountId }) => accountId), named.map(({ key }) => key)],
  )
  const found = new Map<string, string[]>()
  for (const row of rows) {
    const { accountId, memberId } = memberOf(row)
    const order = `${accountId}/${memberId}/${row.orderUid}`
    found.set(order, [...(found.get(order) ?? []), text(row.key)])
  }
  return found
}

/** Budgets whose stripes come to something else than what the tallies of the account's wallets add up to; 0 where one of the two is missing. */
export async function compareBudgets(tx: Tx): Promise<{ accountId: string; name: string; tallied: number; used: number }[]> {
  const rows = await tx.query<Raw>(
    '',
    `select account_id as "accountId", name, coalesce(t.tallied, 0) as tallied, coalesce(b.used, 0) as used
     from (select account_id, name, sum(used) as used from campaign_budgets group by account_id, name) b
     full join (
       select account_id, substr(key, length('budget:') + 1) as name, sum(value::bigint) as tallied
       from wallets, json_each_text(tallies::json) where tallies like '%"budget:%' and key like 'budget:%' group by 1, 2
     ) t using (account_id, name)
     where coalesce(t.tallied, 0) <> coalesce(b.used, 0) order by account_id, name`,
    [],
  )
  return rows.map((row) => ({
    accountId: text(row.accountId),
    name: text(row.name),
    tallied: number(row.tallied),
    used: number(row.used),
  }))
}

type Raw = Readonly<Record<string, unknown>>
interface Source {
  readonly columns: string
  readonly table: string
  /** The last column of the primary key, and what sorts before (or as) its least value. */
  readonly key: string
  readonly least: string
}

const MEMBER = `account_id as "accountId", member_id as "memberId"`
/** Unprepared statements are planned for these very bounds, so an open end costs nothing. */
const WITHIN = 'account_id = $1 and member_id > $2 and ($3::bigint is null or member_id <= $3)'
const bounds = ({ accountId, after, to }: MemberRange): unknown[] => [accountId, after, to ?? null]

async function* streamRows(tx: Tx, range: MemberRange, source: Source): AsyncGenerator<Raw> {
  for await (const chunk of streamChunks(tx, range, source)) yield* chunk
}

async function* streamChunks(tx: Tx, range: MemberRange, { columns, table, key, least }: Source): AsyncGenerator<Raw[]> {
  const type = key === 'seq' ? 'bigint' : 'uuid'
  let last: readonly unknown[] = [range.after, least]
  for (;;) {
    const rows = await tx.query<Raw>(
      '',
      `select ${MEMBER}, ${columns}, ${key} as last_key from ${table} t
       where ${WITHIN} and (member_id, ${key}) > ($4, $5::${type}) order by member_id, ${key} limit ${CHUNK}`,
      [...bounds(range), ...last],
    )
    yield rows
    const end = rows.at(-1)
    if (!end || rows.length < CHUNK) return
    last = [end.memberId, end.last_key]
  }
}

function toLot(row: Raw): LotRow {
  return {
    ...memberOf(row),
    lotId: text(row.lotId),
    asset: text(row.asset),
    available: number(row.available),
    held: number(row.held),
    expired: number(row.expired),
    issuedAt: number(row.issuedAt),
    expiresAt: row.expiresAt === null ? null : number(row.expiresAt),
    afterShown: row.afterShown as string | null,
    orderUid: row.orderUid as string | null,
    origin: row.origin as string | null,
  }
}

const memberOf = (row: Raw): MemberKey => ({ accountId: text(row.accountId), memberId: number(row.memberId) })
const number = (value: unknown): number => Number(value)
const text = (value: unknown): string => String(value)
