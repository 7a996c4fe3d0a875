import type { Queryable, Tx, Vault } from '../platform/index.ts'

export interface OutgoingMail {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A mail that this worker alone may send until its lease ends. `attempts` counts this one. */
export interface LeasedMail {
  readonly bucket: number
  readonly mailId: string
  readonly mail: OutgoingMail
  readonly attempts: number
}

/** SKIP LOCKED is used inside one bucket only, so that the table can be distributed by it. */
const BUCKETS = 32

/**
 * Puts a mail into the outbox, in the transaction that gives the reason for it. Due at once by any clock: a test clock that stands in
 * another year must not delay it.
 */
export async function insertMail(tx: Tx, vault: Vault, mailId: string, mail: OutgoingMail): Promise<void> {
  await tx.query(
    'members-insert-mail',
    `insert into mails (bucket, mail_id, sealed_mail, due_at) values ($1, $2, $3, '-infinity')`,
    [bucketOf(mailId), mailId, vault.seal(JSON.stringify(mail), mailContext(mailId))],
  )
}

/** The buckets that have mail to send. */
export async function listDueBuckets(db: Queryable, now: number): Promise<number[]> {
  const rows = await db.query<{ bucket: number }>(
    'members-list-due-buckets',
    'select distinct bucket from mails where due_at <= instant($1) and (leased_until is null or leased_until <= instant($1)) order by bucket',
    [now],
  )
  return rows.map(({ bucket }) => bucket)
}

/** Leases the mail of a bucket that is due for longest, skipping what other workers are taking at this moment. */
export async function claimMail(
  tx: Tx,
  vault: Vault,
  bucket: number,
  lease: { now: number; until: number },
): Promise<LeasedMail | undefined> {
  const [row] = await tx.query<{ mail_id: string; sealed_mail: string; attempts: number }>(
    'members-claim-mail',
    `update mails set leased_until = instant($3), attempts = attempts + 1
     where bucket = $1 and mail_id = (
       select mail_id from mails
       where bucket = $1 and due_at <= instant($2) and (leased_until is null or leased_until <= instant($2))
       order by due_at, mail_id limit 1 for update skip locked)
     returning mail_id, sealed_mail, attempts`,
    [bucket, lease.now, lease.until],
  )
  if (!row) return undefined
  const mail = JSON.parse(vault.open(row.sealed_mail, mailContext(row.mail_id))) as OutgoingMail
  return { bucket, mailId: row.mail_id, mail, attempts: row.attempts }
}

export async function deleteMail(db: Queryable, { bucket, mailId }: LeasedMail): Promise<void> {
  await db.query('members-delete-mail', 'delete from mails where bucket = $1 and mail_id = $2', [bucket, mailId])
}

/** Gives a mail back after a failure. `dueAt` undefined: it is not tried again, and stays to be looked at. */
export async function updateFailedMail(
  db: Queryable,
  { bucket, mailId }: LeasedMail,
  failure: { error: string; dueAt?: number },
): Promise<void> {
  await db.query(
    'members-update-failed-mail',
    `update mails set leased_until = null, last_error = $3, due_at = coalesce(instant($4), 'infinity') where bucket = $1 and mail_id = $2`,
    [bucket, mailId, failure.error, failure.dueAt ?? null],
  )
}

/** What is in the outbox. `oldestAt`: when the oldest of those that will be tried again was put there, by its id; epoch ms. */
export async function readMailBacklog(db: Queryable): Promise<{ waiting: number; failed: number; oldestAt?: number }> {
  const [row] = await db.query<{ waiting: string; failed: string; oldest: string | null }>(
    'members-read-mail-backlog',
    `select count(*) filter (where due_at < 'infinity') as waiting, count(*) filter (where due_at = 'infinity') as failed,
       min(left(mail_id::text, 13)) filter (where due_at < 'infinity') as oldest
     from mails`,
    [],
  )
  const oldest = row?.oldest?.replace('-', '')
  return {
    waiting: Number(row?.waiting),
    failed: Number(row?.failed),
    ...(oldest !== undefined && { oldestAt: Number.parseInt(oldest, 16) }),
  }
}

function mailContext(mailId: string): string {
  return `mails/${mailId}`
}

/** From the random end of the id; its start is the time. */
function bucketOf(mailId: string): number {
  return Number.parseInt(mailId.slice(-2), 16) % BUCKETS
}
