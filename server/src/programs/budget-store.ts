import type { Budget } from '@regulars/engine'
import type { Queryable, Tx } from '../platform/index.ts'

/** How many rows one budget is spread over; as many as `campaign_budgets` admits. */
const STRIPES = 32
/** The least that is worth a stripe of its own: crumbs would be of no use to an order. */
const STRIPE_LEAST = { times: 32, points: 1_000 } as const

/** Sets what budgets come to in all; what is used of one stays used. To be called with the account's row locked. */
export async function setBudgets(tx: Tx, accountId: string, budgets: readonly Budget[]): Promise<void> {
  for (const { name, of, total } of budgets) {
    await tx.query(
      'programs-open-budget',
      `insert into campaign_budgets (account_id, name, stripe, size, used)
       select $1, $2, s, 0, 0 from generate_series(0, $3 - 1) as s on conflict do nothing`,
      [accountId, name, STRIPES],
    )
    const rows = await tx.query<{ used: string }>(
      'programs-lock-budget',
      'select used from campaign_budgets where account_id = $1 and name = $2 order by stripe for update',
      [accountId, name],
    )
    const sizes = stripeSizes(
      total,
      rows.map(({ used }) => Number(used)),
      STRIPE_LEAST[of],
    )
    await tx.query(
      'programs-size-budget',
      `update campaign_budgets b set size = s.size from unnest($3::bigint[]) with ordinality as s (size, place)
       where b.account_id = $1 and b.name = $2 and b.stripe = s.place - 1`,
      [accountId, name, sizes],
    )
  }
}

/**
 * What each stripe may come to: what it used, and of what is left of the whole an even share, over as many stripes as have `least` each. A budget that
 * was cut below its use has nothing left anywhere.
 */
export function stripeSizes(total: number, used: readonly number[], least: number): number[] {
  const room = Math.max(0, total - used.reduce((sum, one) => sum + one, 0))
  const shares = Math.min(used.length, Math.max(1, Math.floor(room / least)))
  return used.map((one, stripe) => one + (stripe >= shares ? 0 : Math.floor(room / shares) + (stripe < room % shares ? 1 : 0)))
}

/** How much is used of each budget of an account, by name; those of campaigns that are no more included. */
export async function findBudgetsUsed(db: Queryable, accountId: string): Promise<Record<string, number>> {
  const rows = await db.query<{ name: string; used: string }>(
    'programs-budgets-used',
    'select name, sum(used) as used from campaign_budgets where account_id = $1 group by name order by name',
    [accountId],
  )
  return Object.fromEntries(rows.map(({ name, used }) => [name, Number(used)]))
}
