import type { Budget, ProgramDocument } from '@regulars/engine'
import type { Queryable, Tx } from '../platform/index.ts'

/** A program as it was applied. `rewardIds` gives each reward key, past ones too, its numeric id on the wire. */
export interface ProgramVersion {
  readonly accountId: string
  readonly version: number
  readonly source: string
  readonly document: ProgramDocument
  readonly rewardIds: Readonly<Record<string, number>>
}

interface VersionRow {
  account_id: string
  version: number
  source: string
  document: string
  reward_ids: string
}

export async function findCurrentVersion(db: Queryable, accountId: string): Promise<number | undefined> {
  const [row] = await db.query<{ program_version: number }>(
    'programs-current',
    'select program_version from accounts where account_id = $1',
    [accountId],
  )
  return row?.program_version
}

export async function findProgramVersion(db: Queryable, accountId: string, version: number): Promise<ProgramVersion | undefined> {
  const [row] = await db.query<VersionRow>(
    'programs-find-version',
    'select account_id, version, source, document, reward_ids from program_versions where account_id = $1 and version = $2',
    [accountId, version],
  )
  return row && toVersion(row)
}

const CURRENT = `select v.account_id, v.version, v.source, v.document, v.reward_ids
  from accounts a join program_versions v on v.account_id = a.account_id and v.version = a.program_version
  where a.account_id = $1`

/** The version in force. */
export async function findCurrentProgram(db: Queryable, accountId: string): Promise<ProgramVersion | undefined> {
  const [row] = await db.query<VersionRow>('programs-find-current', CURRENT, [accountId])
  return row && toVersion(row)
}

/** The version in force; its account's row stays locked, so that two appliers take turns. */
export async function lockCurrentProgram(tx: Tx, accountId: string): Promise<ProgramVersion | undefined> {
  const [row] = await tx.query<VersionRow>('programs-lock-current', `${CURRENT} for update of a`, [accountId])
  return row && toVersion(row)
}

/** Records a version and puts it in force in the same statement's transaction: every call that loads after it commits sees it. */
export async function insertProgramVersion(tx: Tx, version: ProgramVersion, now: number): Promise<void> {
  const { accountId, source, document, rewardIds } = version
  await tx.query(
    'programs-put-account',
    `insert into accounts (account_id, name, program_version) values ($1, $2, $3)
     on conflict (account_id) do update set name = excluded.name, program_version = excluded.program_version`,
    [accountId, document.account.name, version.version],
  )
  await tx.query(
    'programs-insert-version',
    'insert into program_versions (account_id, version, source, document, reward_ids, applied_at) values ($1, $2, $3, $4, $5, instant($6))',
    [accountId, version.version, source, JSON.stringify(document), JSON.stringify(rewardIds), now],
  )
}

/** The least that is worth a stripe of its own. */
const STRIPE_LEAST = { times: 32, points: 1_000 } as const

/** Sets what budgets come to in all; what is used of one stays used. */
export async function setBudgets(tx: Tx, accountId: string, budgets: readonly Budget[]): Promise<void> {
  for (const { name, of, total } of budgets)
    await tx.query('programs-set-budget', 'select set_budget($1, $2, $3, $4)', [accountId, name, total, STRIPE_LEAST[of]])
}

/** Whether any member of the account has, holds or owes anything of the old program's unit. */
export async function hasBalances(db: Queryable, accountId: string, asset: string): Promise<boolean> {
  const [row] = await db.query<{ exists: boolean }>(
    'programs-has-balances',
    'select exists (select from balances where account_id = $1 and asset = $2 and (available > 0 or held > 0 or owed > 0)) as exists',
    [accountId, asset],
  )
  return row?.exists === true
}

function toVersion(row: VersionRow): ProgramVersion {
  return {
    accountId: row.account_id,
    version: row.version,
    source: row.source,
    document: JSON.parse(row.document),
    rewardIds: JSON.parse(row.reward_ids),
  }
}
