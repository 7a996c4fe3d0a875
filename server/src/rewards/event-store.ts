import { type Database, inTransaction, type Queryable } from '../platform/index.ts'

/** What an account's systems should hear of. `key`: what it tells, so that it is told once. */
export interface NewEvent {
  readonly memberId: number
  readonly key: string
  readonly type: string
  readonly document: object
}

/** An event as it is read; `number` is its place in the account's list. */
export interface StoredEvent {
  readonly number: number
  readonly type: string
  readonly member: string
  readonly at: string
  readonly [fact: string]: unknown
}

/** How far an account was looked through for warnings. */
export interface EventRun {
  readonly lookedOn: string | null
  readonly programVersion: number | null
  readonly lookedAt: number | null
}

export async function findEventRun(db: Queryable, accountId: string): Promise<EventRun | undefined> {
  const [row] = await db.query<{ looked_on: string | null; program_version: number | null; looked_at: string | null }>(
    'events-find-run',
    'select looked_on, program_version, ms(looked_at) as looked_at from event_runs where account_id = $1',
    [accountId],
  )
  return (
    row && {
      lookedOn: row.looked_on,
      programVersion: row.program_version,
      lookedAt: row.looked_at === null ? null : Number(row.looked_at),
    }
  )
}

export async function updateEventRun(
  db: Queryable,
  accountId: string,
  { lookedOn, programVersion, lookedAt }: EventRun,
): Promise<void> {
  await db.query(
    'events-update-run',
    `insert into event_runs (account_id, looked_on, program_version, looked_at) values ($1, $2, $3, instant($4))
     on conflict (account_id) do update
     set looked_on = excluded.looked_on, program_version = excluded.program_version, looked_at = excluded.looked_at`,
    [accountId, lookedOn, programVersion, lookedAt],
  )
}

/** Adds those that were never told, in one transaction; returns how many that were. Whoever else adds some waits, so that numbers follow commits. */
export function insertEvents(db: Database, accountId: string, events: readonly NewEvent[], now: number): Promise<number> {
  if (events.length === 0) return Promise.resolve(0)
  return inTransaction(db, async (tx) => {
    await tx.query('events-open-run', 'insert into event_runs (account_id) values ($1) on conflict do nothing', [accountId])
    await tx.query('events-lock-run', 'select from event_runs where account_id = $1 for update', [accountId])
    const rows = events.map(({ memberId, key, type, document }) => ({
      member_id: memberId,
      event_key: key,
      type,
      document: JSON.stringify(document),
    }))
    const told = await tx.query(
      'events-insert',
      `insert into events (account_id, member_id, event_key, number, type, at, document)
       select $1, n.member_id, n.event_key, r.last_number + row_number() over (order by n.place), n.type, instant($3), n.document
       from rows from (jsonb_to_recordset($2) as (member_id bigint, event_key text, type text, document text))
         with ordinality as n (member_id, event_key, type, document, place)
       join event_runs r on r.account_id = $1
       where not exists (select from events e where e.account_id = $1 and e.member_id = n.member_id and e.event_key = n.event_key)
       returning number`,
      [accountId, JSON.stringify(rows), now],
    )
    if (told.length > 0)
      await tx.query('events-count', 'update event_runs set last_number = last_number + $2 where account_id = $1', [
        accountId,
        told.length,
      ])
    return told.length
  })
}

/** The events of an account after one, in order. */
export async function listEvents(
  db: Queryable,
  { accountId, after, limit }: { accountId: string; after: number; limit: number },
): Promise<StoredEvent[]> {
  const rows = await db.query<{ number: string; type: string; member_id: string; at: string; document: string }>(
    'events-list',
    'select number, type, member_id, ms(at) as at, document from events where account_id = $1 and number > $2 order by number limit $3',
    [accountId, after, limit],
  )
  return rows.map(({ number, type, member_id: member, at, document }) => ({
    number: Number(number),
    type,
    member,
    at: new Date(Number(at)).toISOString(),
    ...(JSON.parse(document) as object),
  }))
}

/** What expires for members between two instants, and how much of it they can still use; a page after `cursor`. */
export interface Expiring {
  readonly memberId: number
  readonly quantity: number
  readonly at: number
}

export async function listExpiring(db: Queryable, { accountId, asset, after, until, cursor, limit }: Page): Promise<Expiring[]> {
  const rows = await db.query<{ member_id: string; at: string; quantity: string }>(
    'events-list-expiring',
    `select member_id, ms(expires_at) as at, sum(available) as quantity from lots
     where account_id = $1 and asset = $2 and available > 0 and expires_at > instant($3) and expires_at <= instant($4)
       and (expires_at, member_id) > (instant($5), $6)
     group by expires_at, member_id order by expires_at, member_id limit $7`,
    [accountId, asset, after, until, cursor.at, cursor.memberId, limit],
  )
  return rows.map(toExpiring)
}

/** Where a page ended. */
export interface Cursor {
  readonly at: number
  readonly memberId: number
}

/** What is looked for: an asset, between two instants, from where the page before ended. */
interface Page {
  readonly accountId: string
  readonly asset: string
  readonly after: number
  readonly until: number
  readonly cursor: Cursor
  readonly limit: number
}

/** Members with something of an asset who were last seen between two instants, which is `at`. */
export async function listIdle(db: Queryable, { accountId, asset, after, until, cursor, limit }: Page): Promise<Expiring[]> {
  const rows = await db.query<{ member_id: string; at: string; quantity: string }>(
    'events-list-idle',
    `select w.member_id, ms(w.active_at) as at, b.available as quantity
     from wallets w join balances b on b.account_id = w.account_id and b.member_id = w.member_id and b.asset = $2 and b.available > 0
     where w.account_id = $1 and w.active_at > instant($3) and w.active_at <= instant($4) and (w.active_at, w.member_id) > (instant($5), $6)
     order by w.active_at, w.member_id limit $7`,
    [accountId, asset, after, until, cursor.at, cursor.memberId, limit],
  )
  return rows.map(toExpiring)
}

const toExpiring = (row: { member_id: string; at: string; quantity: string }): Expiring => ({
  memberId: Number(row.member_id),
  at: Number(row.at),
  quantity: Number(row.quantity),
})
