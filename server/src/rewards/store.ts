import type { Queryable } from '../platform/index.ts'

/** How far a round of due campaigns has come: which days it covers, and after which member it goes on; `cursor` is null when it is done. */
export interface DueRun {
  readonly accountId: string
  readonly programVersion: number
  readonly firstDay: string
  readonly lastDay: string
  readonly cursor: number | null
}

/** An account with the program in force and its last round, if there was one. */
export interface DueAccount {
  readonly accountId: string
  readonly programVersion: number
  readonly run: DueRun | undefined
}

interface AccountRow {
  account_id: string
  program_version: number
  run_version: number | null
  first_day: string
  last_day: string
  cursor: string | null
}

export async function listAccounts(db: Queryable): Promise<DueAccount[]> {
  const rows = await db.query<AccountRow>(
    'rewards-list-accounts',
    `select a.account_id, a.program_version, r.program_version as run_version, r.first_day, r.last_day, r.cursor
     from accounts a left join due_runs r on r.account_id = a.account_id`,
    [],
  )
  return rows.map(({ account_id: accountId, program_version: programVersion, run_version, first_day, last_day, cursor }) => ({
    accountId,
    programVersion,
    run:
      run_version === null
        ? undefined
        : {
            accountId,
            programVersion: run_version,
            firstDay: first_day,
            lastDay: last_day,
            cursor: cursor === null ? null : Number(cursor),
          },
  }))
}

/** A server that died holds a round no longer than this. Seconds. */
const LEASE_S = 60

/** Takes the round for this server, unless another works on it. */
export async function leaseRun(
  db: Queryable,
  { accountId, programVersion, firstDay, lastDay, cursor }: DueRun,
): Promise<boolean> {
  const rows = await db.query(
    'rewards-lease-run',
    `insert into due_runs as r (account_id, program_version, first_day, last_day, cursor, leased_until)
     values ($1, $2, $3, $4, $5, now() + make_interval(secs => ${LEASE_S}))
     on conflict (account_id) do update
     set program_version = excluded.program_version, first_day = excluded.first_day, last_day = excluded.last_day, cursor = excluded.cursor,
         leased_until = excluded.leased_until
     where r.leased_until is null or r.leased_until < now()
     returning account_id`,
    [accountId, programVersion, firstDay, lastDay, cursor],
  )
  return rows.length > 0
}

/** Notes how far the round has come; at its end the lease is given back. */
export async function updateRun(db: Queryable, accountId: string, cursor: number | null): Promise<void> {
  await db.query(
    'rewards-update-run',
    `update due_runs
     set cursor = $2, leased_until = case when $2::bigint is null then null else now() + make_interval(secs => ${LEASE_S}) end
     where account_id = $1`,
    [accountId, cursor],
  )
}

export async function releaseRun(db: Queryable, accountId: string): Promise<void> {
  await db.query('rewards-release-run', 'update due_runs set leased_until = null where account_id = $1', [accountId])
}

/** Whom a round has to look at closer. Instants are epoch milliseconds. */
export interface DueQuestion {
  readonly accountId: string
  readonly after: number
  readonly limit: number
  readonly everybody: boolean
  /** Birthdays as month times 100 plus day. */
  readonly monthDays: readonly number[]
  /** Members not seen since the one, but after the other. */
  readonly seenBefore: number | null
  readonly seenAfter: number | null
  /** Members not seen since, who have something of this asset that expires by inactivity. */
  readonly expiresBefore: number | null
  readonly asset: string
}

/** The next members of an account in the order of their ids, with whether anything may be due for them. Looks at `limit` rows, whoever they are. */
export async function listDueMembers(db: Queryable, question: DueQuestion): Promise<{ memberId: number; due: boolean }[]> {
  const { accountId, after, limit, everybody, monthDays, seenBefore, seenAfter, expiresBefore, asset } = question
  const rows = await db.query<{ member_id: string; due: boolean }>(
    'rewards-list-due-members',
    `select m.member_id,
       $4
       or coalesce((extract(month from m.birthday) * 100 + extract(day from m.birthday))::integer = any ($5::integer[]), false)
       or coalesce(greatest(w.active_at, m.joined_at) < instant($6) and greatest(w.active_at, m.joined_at) >= instant($7), false)
       or coalesce(w.active_at < instant($8) and exists (
            select from balances b
            where b.account_id = $1 and b.member_id = m.member_id and b.asset = $9 and b.available > 0
          ), false) as due
     from (
       select member_id, joined_at, birthday from memberships where account_id = $1 and member_id > $2 order by member_id limit $3
     ) m
     left join wallets w on w.account_id = $1 and w.member_id = m.member_id
     order by m.member_id`,
    [accountId, after, limit, everybody, monthDays, seenBefore, seenAfter, expiresBefore, asset],
  )
  return rows.map((row) => ({ memberId: Number(row.member_id), due: row.due }))
}
