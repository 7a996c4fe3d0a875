import type { Queryable } from '../platform/index.ts'

/** An exchange that has not been brought to everybody yet; `after` is the last member that was looked at. */
export interface ExchangeRun {
  readonly accountId: string
  readonly version: number
  readonly programVersion: number
  readonly from: string
  readonly after: number
}

export async function listExchangeRuns(db: Queryable): Promise<ExchangeRun[]> {
  const rows = await db.query<{
    account_id: string
    version: number
    program_version: number
    from_asset: string
    cursor: string
  }>(
    'rewards-list-exchange-runs',
    `select e.account_id, e.version, a.program_version, e.from_asset, e.cursor
     from exchanges e join accounts a on a.account_id = e.account_id where e.cursor is not null order by e.account_id, e.version`,
    [],
  )
  return rows.map((row) => ({
    accountId: row.account_id,
    version: row.version,
    programVersion: row.program_version,
    from: row.from_asset,
    after: Number(row.cursor),
  }))
}

/** The next members who have or owe something of the old unit, in the order of their ids. */
export async function listOwners(
  db: Queryable,
  { accountId, from, after }: Pick<ExchangeRun, 'accountId' | 'from' | 'after'>,
  limit: number,
): Promise<number[]> {
  const rows = await db.query<{ member_id: string }>(
    'rewards-list-owners',
    `select member_id from balances
     where account_id = $1 and asset = $2 and member_id > $3 and (available > 0 or owed > 0) order by member_id limit $4`,
    [accountId, from, after, limit],
  )
  return rows.map((row) => Number(row.member_id))
}

/** Notes how far the round has come; null is its end, and another server that still goes through it changes nothing of that. */
export async function updateExchangeRun(
  db: Queryable,
  { accountId, version }: Pick<ExchangeRun, 'accountId' | 'version'>,
  cursor: number | null,
): Promise<void> {
  await db.query(
    'rewards-update-exchange-run',
    'update exchanges set cursor = $3 where account_id = $1 and version = $2 and cursor is not null',
    [accountId, version, cursor],
  )
}
