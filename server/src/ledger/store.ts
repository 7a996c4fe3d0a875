import { hash } from 'node:crypto'
import {
  type BookChanges,
  budgetsUsed,
  EMPTY_WALLET,
  type Exchange,
  type Hold,
  type Lot,
  type LotShare,
  type Reserved,
  type Tallies,
  type Wallet,
} from '@regulars/engine'
import { type Queryable, sqlState } from '../platform/index.ts'

/** A wallet as it was loaded, with the digest of its last movement. */
export interface LoadedWallet {
  readonly wallet: Wallet
  readonly digest: string
  /** Of each budget of the account's campaigns one stripe that has room. */
  readonly budgets: Readonly<Record<string, BudgetStripe>>
}

interface BudgetStripe {
  readonly stripe: number
  readonly left: number
}

/** What a decision on this wallet may use of budgets, beyond what it has used since it was opened. */
export function reservedOf({ budgets, wallet }: LoadedWallet, tallies: Tallies = wallet.tallies): Reserved {
  const used = budgetsUsed(wallet.tallies, tallies)
  return Object.fromEntries(Object.entries(budgets).map(([name, { left }]) => [name, left - (used[name] ?? 0)]))
}

/** The wallet has moved on since it was loaded: decide again. */
export class StaleWallet extends Error {
  override readonly name = 'StaleWallet'
}

/** What a wallet's chain of digests starts from. */
export const GENESIS = ''

/** Stripes with more than this left are taken by chance; towards the end, the one with the most. */
const SPREAD = 1_000

/** A lot as JSON: what `toLot` reads. */
export const LOT_COLUMNS = `lot_id as "lotId", asset, available, held, expired, ms(issued_at) as "issuedAt", ms(expires_at) as "expiresAt", after_shown as "afterShown", order_uid as "orderUid", origin`

/**
 * A select list that brings a member's whole wallet as JSON: `wallet`, open `lots`, `holds`, `owed`, `budgets`, `exchanges`. `account` and `memberId` are
 * expressions; where they are null, nothing is read.
 */
export function walletColumns({ account, memberId }: { account: string; memberId: string }): string {
  const member = `account_id = ${account} and member_id = ${memberId}`
  return `
    (select row_to_json(w) from (select version, seq, digest, tallies, ms(active_at) as "activeAt" from wallets where ${member}) w) as wallet,
    (select json_agg(l) from (select ${LOT_COLUMNS} from lots where ${member} and (available > 0 or held > 0)) l) as lots,
    (select json_agg(h) from (
      select order_uid as "orderUid", lot_id as "lotId", asset, quantity, ms(lapses_at) as "lapsesAt" from holds where ${member}
    ) h) as holds,
    (select json_object_agg(asset, owed) from balances where ${member} and owed > 0) as owed,
    (select json_object_agg(name, json_build_object('stripe', stripe, 'left', size - used)) from (
      select distinct on (name) name, stripe, size, used from campaign_budgets where account_id = ${account} and used < size
      order by name, least(size - used, ${SPREAD}) desc, random()
    ) b) as budgets,
    (select json_agg(x order by x.version) from (
      select version, from_asset as "from", to_asset as "to", take, give, ms(at) as at, inactive, zone from exchanges where account_id = ${account}
    ) x) as exchanges`
}

export interface WalletRow {
  readonly wallet: { version: number; seq: number; digest: string; tallies: string; activeAt: number | null } | null
  readonly lots: readonly LotRow[] | null
  readonly holds: readonly Hold[] | null
  readonly owed: Readonly<Record<string, number>> | null
  readonly budgets: Readonly<Record<string, BudgetStripe>> | null
  readonly exchanges: readonly Exchange[] | null
}

export type LotRow = Omit<Lot, 'origin'> & { readonly origin: string | null }

export function toLot(row: LotRow): Lot {
  return { ...row, origin: row.origin === null ? null : (JSON.parse(row.origin) as LotShare[]) }
}

export function toWallet({ wallet, lots, holds, owed, budgets, exchanges: all }: WalletRow): LoadedWallet {
  const exchanges = all ?? []
  if (!wallet) return { wallet: { ...EMPTY_WALLET, exchanges }, digest: GENESIS, budgets: budgets ?? {} }
  return {
    budgets: budgets ?? {},
    digest: wallet.digest,
    wallet: {
      version: wallet.version,
      seq: wallet.seq,
      lots: (lots ?? []).map(toLot),
      holds: holds ?? [],
      owed: owed ?? {},
      tallies: JSON.parse(wallet.tallies),
      activeAt: wallet.activeAt,
      exchanges,
    },
  }
}

/** The digest of a movement, chained to the one before: nothing about a past movement can be altered or left out unseen. */
export function digestOf(
  before: string,
  movement: { seq: number; cause: string; orderUid: string | null; note: string | null; at: number },
  entries: readonly EntryFacts[],
): string {
  const { seq, cause, orderUid, note, at } = movement
  const legs = entries.map(({ asset, account, lotId, quantity, expiresAt, afterShown }) => [
    ...[asset, account, lotId, quantity, expiresAt],
    // Left out where there is none, so that what was written before there were such offers has the digest it had.
    ...(afterShown ? [afterShown] : []),
  ])
  return hash('sha256', JSON.stringify([before, seq, cause, orderUid, note, at, legs]), 'base64url')
}

export interface EntryFacts {
  readonly asset: string
  readonly account: string
  readonly lotId: string | null
  readonly quantity: number
  readonly expiresAt: number | null
  readonly afterShown?: string | null
}

type LedgerRows = Record<string, unknown> & { readonly wallet: object }

/** The rows of `commit_member` that a book's changes make. `activeAt`: when the member last did something themselves. */
export function ledgerRows(loaded: LoadedWallet, changes: BookChanges, activeAt: number | null): LedgerRows {
  let { digest } = loaded
  let { seq } = loaded.wallet
  const movements: unknown[] = []
  const entries: unknown[] = []
  for (const movement of changes.movements) {
    seq += 1
    const { cause, orderUid, note, at } = movement
    digest = digestOf(digest, { seq, cause, orderUid, note, at }, movement.entries)
    movements.push({ seq, cause, order_uid: orderUid, note, at, digest })
    movement.entries.forEach(({ asset, account, lotId, quantity, expiresAt, afterShown }, index) => {
      const leg = { asset, ledger_account: account, lot_id: lotId, quantity, expires_at: expiresAt, after_shown: afterShown }
      entries.push({ seq, line: index + 1, ...leg })
    })
  }
  return {
    ...budgetRows(loaded, changes.tallies),
    wallet: { seq, digest, tallies: JSON.stringify(changes.tallies), active_at: activeAt ?? loaded.wallet.activeAt },
    ...(movements.length > 0 && {
      movements,
      entries,
      lots_made: changes.lotsMade.map((lot) => ({ ...lotRow(lot), expired: lot.expired })),
      lots_changed: changes.lotsChanged.map((lot) => ({ ...lotRow(lot), expired_by: lot.expiredBy })),
      balances: changes.balances,
    }),
    ...(changes.holdsDropped.length > 0 && { holds_dropped: changes.holdsDropped }),
    ...(changes.holds.length > 0 && {
      holds: changes.holds.map(({ orderUid, lotId, asset, quantity, lapsesAt }) => ({
        order_uid: orderUid,
        lot_id: lotId,
        asset,
        quantity,
        lapses_at: lapsesAt,
      })),
    }),
  }
}

/** What comes back goes to the stripe at hand, or to the first where none has room: only the sum counts. */
function budgetRows({ budgets, wallet }: LoadedWallet, tallies: Tallies): { budgets?: unknown[] } {
  const used = Object.entries(budgetsUsed(wallet.tallies, tallies))
  if (used.length === 0) return {}
  return { budgets: used.map(([name, amount]) => ({ name, stripe: budgets[name]?.stripe ?? 0, used: amount })) }
}

function lotRow({
  lotId,
  asset,
  available,
  held,
  issuedAt,
  expiresAt,
  afterShown,
  orderUid,
  origin,
}: Lot): Record<string, unknown> {
  return {
    lot_id: lotId,
    asset,
    available,
    held,
    issued_at: issuedAt,
    expires_at: expiresAt,
    after_shown: afterShown,
    order_uid: orderUid,
    origin: origin && JSON.stringify(origin),
  }
}

/**
 * Writes one member's decided rows in one round trip, if the wallet still stands at the version they were decided on.
 * @throws StaleWallet when it does not; nothing has changed then.
 */
export async function commitMember(
  db: Queryable,
  { accountId, memberId, version, rows }: { accountId: string; memberId: number; version: number; rows: Record<string, unknown> },
): Promise<void> {
  try {
    const values = [accountId, memberId, version, JSON.stringify(rows)]
    if (rows.budgets) await db.query('ledger-commit-with-budgets', 'select commit_member_with_budgets($1, $2, $3, $4)', values)
    else await db.query('ledger-commit-member', 'select commit_member($1, $2, $3, $4)', values)
  } catch (error) {
    // A deadlock between two moves of one order is a lost race too.
    if (sqlState(error) === 'RG001' || sqlState(error) === '40P01' || sqlState(error) === '40001')
      throw new StaleWallet('the wallet has moved on', { cause: error })
    throw error
  }
}

/** Loads a member's wallet on its own. */
export async function loadWallet(db: Queryable, accountId: string, memberId: number): Promise<LoadedWallet> {
  const [row] = await db.query<WalletRow>('ledger-load-wallet', `select ${walletColumns({ account: '$1', memberId: '$2' })}`, [
    accountId,
    memberId,
  ])
  return row ? toWallet(row) : { wallet: EMPTY_WALLET, digest: GENESIS, budgets: {} }
}

/** Keeps every other writer of this member waiting until the transaction ends. For when deciding on versions lost too often. */
export async function lockWallet(db: Queryable, accountId: string, memberId: number): Promise<void> {
  await db.query('ledger-lock-wallet', 'select from wallets where account_id = $1 and member_id = $2 for update', [
    accountId,
    memberId,
  ])
}

/** Members who have something to expire by an instant, a page at a time. */
export async function listDueMembers(
  db: Queryable,
  by: number,
  limit: number,
): Promise<{ accountId: string; memberId: number }[]> {
  const rows = await db.query<{ account_id: string; member_id: string }>(
    'ledger-list-due',
    `select distinct account_id, member_id from (
       select account_id, member_id from lots where available > 0 and expires_at <= instant($1) order by expires_at limit $2
     ) due`,
    [by, limit],
  )
  return rows.map((row) => ({ accountId: row.account_id, memberId: Number(row.member_id) }))
}

/** For how many seconds the lot that is due for longest has been past its end, by the environment's clock; 0 when none is. */
export async function readExpiryLagS(db: Queryable): Promise<number> {
  const [row] = await db.query<{ seconds: string }>(
    'ledger-read-expiry-lag',
    `select greatest(0, extract(epoch from coalesce((select clock_at from environment), now()) - min(expires_at))) as seconds
     from lots where available > 0 and expires_at is not null`,
    [],
  )
  return Number(row?.seconds ?? 0)
}
