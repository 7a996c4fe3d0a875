import { type Database, inTransaction, type Queryable } from '../platform/index.ts'

/** Whoever may post orders for the account: the desk asks for it with every call. */
export interface SeedCredential {
  readonly credentialId: string
  readonly version: number
}

export async function findSeedCredential(db: Queryable, accountId: string): Promise<SeedCredential | undefined> {
  const [row] = await db.query<SeedCredential>(
    '',
    `select credential_id as "credentialId", version from credentials where account_id = $1 and disabled_at is null order by created_at limit 1`,
    [accountId],
  )
  return row
}

/** How many members an account has among the numbers that seeding gives, and the last of them. */
export async function findSeeded(db: Queryable, accountId: string, most: number): Promise<{ count: number; last: number }> {
  const [row] = await db.query<{ count: string; last: string }>(
    '',
    'select count(*) as count, coalesce(max(member_id), 0) as last from memberships where account_id = $1 and member_id between 1 and $2',
    [accountId, most],
  )
  return { count: Number(row?.count ?? 0), last: Number(row?.last ?? 0) }
}

const PHONE = `'+1555' || lpad((g - 1)::text, 7, '0')`

export async function joinMember(
  db: Database,
  { accountId, memberId, joinedAt }: { accountId: string; memberId: number; joinedAt: number },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await insertPeople(tx, memberId, memberId, joinedAt)
    await tx.query(
      '',
      'insert into memberships (account_id, member_id, joined_at, registered) values ($1, $2::bigint, instant($3), $2::bigint % 3 = 0)',
      [accountId, memberId, joinedAt],
    )
  })
}

/** People are the environment's, so another account's seeding may have made them. */
async function insertPeople(db: Queryable, from: number, to: number, at: number): Promise<void> {
  await db.query(
    '',
    `insert into identities (member_id, phone, first_name, created_at)
     select g, ${PHONE}, 'Member ' || g, instant($3) from generate_series($1::bigint, $2::bigint) g on conflict do nothing`,
    [from, to, at],
  )
  await db.query(
    '',
    `insert into identity_keys (key, member_id)
     select 'phone:' || ${PHONE}, g from generate_series($1::bigint, $2::bigint) g on conflict do nothing`,
    [from, to],
  )
}

/** The partner's id of a seeded order: as long for every member, and all of an order that names the member. */
export const orderIdOf = (memberId: number, number: number): string => `seed-${String(memberId).padStart(9, '0')}-${number}`
const MODEL_ORDERS = `'seed-' || lpad(t.member_id::text, 9, '0') || '-'`
const COPY_ORDERS = `'seed-' || lpad(g::text, 9, '0') || '-'`
const renamed = (column: string) => `replace(t.${column}, ${MODEL_ORDERS}, ${COPY_ORDERS})`

/** What of a member is copied as it stands, and in `orders` and their keys with the member's number in it. */
const COPIED: Readonly<Record<string, readonly string[]>> = {
  memberships: ['joined_at', 'registered', 'birthday', 'sms_opt_in', 'email_opt_in', 'favorite_store_code'],
  wallets: ['version', 'seq', 'digest', 'tallies', 'active_at'],
  balances: ['asset', 'available', 'held', 'owed'],
  lots: ['lot_id', 'asset', 'available', 'held', 'expired', 'issued_at', 'expires_at', 'order_uid', 'origin'],
  movements: ['seq', 'cause', 'order_uid', 'note', 'at', 'digest'],
  entries: ['seq', 'line', 'asset', 'ledger_account', 'lot_id', 'quantity', 'expires_at'],
  orders: [...['order_uid', 'state', 'store_code', 'program_version', 'at'], ...['document', 'answers', 'request', 'updated_at']],
  order_keys: ['key', 'order_uid'],
}
const RENAMED = new Set(['document', 'answers', 'request', 'key'])

/** Gives the members of a range the history of the models, by turns, in one transaction. */
export async function copyMembers(
  db: Database,
  { accountId, from, to, models }: { accountId: string; from: number; to: number; models: number },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await insertPeople(tx, from, to, Date.now())
    for (const [table, columns] of Object.entries(COPIED)) {
      const values = columns.map((column) => (RENAMED.has(column) ? renamed(column) : `t.${column}`))
      await tx.query(
        `seed-copy-${table}`,
        `insert into ${table} (account_id, member_id, ${columns.join(', ')})
         select t.account_id, g, ${values.join(', ')}
         from generate_series($2::bigint, $3::bigint) g
         join ${table} t on t.account_id = $1 and t.member_id = (g - 1) % $4 + 1
         order by g`,
        [accountId, from, to, models],
      )
    }
  })
}

/** Plans rest on what the tables held when they were last looked at. */
export async function analyseTables(db: Database): Promise<void> {
  for (const table of ['identities', 'identity_keys', ...Object.keys(COPIED)]) await db.query('', `analyze ${table}`, [])
}
