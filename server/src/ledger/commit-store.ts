import { DatabaseUnavailable, type Queryable, textArray } from '../platform/index.ts'
import { commitMember, StaleWallet } from './store.ts'

/** One member's decided rows (`orders`: each once), and the version of the wallet they were decided on. */
export interface Commit {
  readonly accountId: string
  readonly memberId: number
  readonly version: number
  readonly rows: Record<string, unknown>
}

/** Where `commit_members` finds what `commit_member` is given by these names. */
const TABLES: Readonly<Record<string, string>> = {
  wallet: 'wallets',
  new_keys: 'keys',
  orders: 'orders',
  movements: 'movements',
  entries: 'entries',
  lots_made: 'lots_made',
  lots_changed: 'lots_changed',
  balances: 'balances',
  holds_dropped: 'holds_dropped',
  holds: 'holds',
  rests_on: 'rests_on',
}

/** Decided without a load: written by `commit_members` alone, which looks whether what it rests on still is so. */
const isUnloaded = ({ rows }: Commit): boolean => rows.rests_on !== undefined

/** What touches another member's rows, or an account's, goes by itself. */
const isForBatches = ({ rows }: Commit): boolean => Object.keys(rows).every((name) => name in TABLES)

/**
 * Writes several members' decided rows in one round trip and one transaction, each if its own wallet still has its version and what it rests on still is so:
 * `StaleWallet` for those of which that is not true. Where the batch cannot be written whole for another reason, each is written by itself, so that a fault
 * stays with whom it belongs to; `StaleWallet` then too for what was decided without a load.
 * @throws DatabaseUnavailable, and then nobody knows whether they were written.
 */
export async function commitMembers(db: Queryable, commits: readonly Commit[]): Promise<readonly PromiseSettledResult<void>[]> {
  const together = commits.filter(isForBatches)
  if (together.length < 2 && !together.some(isUnloaded))
    return Promise.allSettled(commits.map((commit) => commitAlone(db, commit)))
  const [written, others] = await Promise.all([
    commitTogether(db, together),
    Promise.allSettled(commits.filter((commit) => !isForBatches(commit)).map((commit) => commitAlone(db, commit))),
  ])
  const [inBatch, alone] = [written.values(), others.values()]
  return commits.map((commit) => {
    const { value } = (isForBatches(commit) ? inBatch : alone).next()
    if (!value) throw new Error('every commit has a result')
    return value as PromiseSettledResult<void>
  })
}

async function commitAlone(db: Queryable, commit: Commit): Promise<void> {
  if (isUnloaded(commit)) throw new StaleWallet('what was decided without a load is written in a batch, or decided again')
  await commitMember(db, commit)
}

async function commitTogether(db: Queryable, commits: readonly Commit[]): Promise<readonly PromiseSettledResult<void>[]> {
  let won: Set<number>
  try {
    const { tables, texts } = tablesOf(commits)
    const [row] = await db.query<{ won: number[] }>(
      'ledger-commit-members',
      'select commit_members($1, $2, $3, $4, $5, $6, $7) as won',
      [
        commits.map(({ accountId }) => accountId),
        commits.map(({ memberId }) => memberId),
        commits.map(({ version }) => version),
        JSON.stringify(tables),
        ...ORDER_TEXTS.map((name) => textArray(texts.map((order) => order[name]))),
      ],
    )
    won = new Set(row?.won)
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error
    return Promise.allSettled(commits.map((commit) => commitAlone(db, commit)))
  }
  return commits.map((_, index) =>
    won.has(index + 1)
      ? { status: 'fulfilled', value: undefined }
      : { status: 'rejected', reason: new StaleWallet('the wallet has moved on') },
  )
}

/** What makes nearly all of an order's bytes goes beside the rows, as it is: within JSON it would be written twice and read twice. */
const ORDER_TEXTS = ['document', 'answers', 'request'] as const
type OrderTexts = Readonly<Record<(typeof ORDER_TEXTS)[number], string>>

/** The rows of all, table by table, each with the number of the commit it belongs to; and the texts of the orders, each row with the number of its own. */
function tablesOf(commits: readonly Commit[]): { tables: Record<string, object[]>; texts: readonly OrderTexts[] } {
  const tables: Record<string, object[]> = {}
  const texts: OrderTexts[] = []
  for (const [index, commit] of commits.entries()) {
    const { orders = [], ...rows } = commit.rows as { orders?: readonly OrderTexts[] }
    const fields = orders.map(({ document, answers, request, ...fields }) => {
      texts.push({ document, answers, request })
      return { ...fields, text: texts.length }
    })
    for (const [name, found] of Object.entries<unknown>({ ...rows, orders: fields })) {
      const table = TABLES[name] ?? name
      const into = tables[table] ?? []
      tables[table] = into
      for (const row of [found].flat())
        into.push(typeof row === 'string' ? { n: index + 1, order_uid: row } : { n: index + 1, ...(row as object) })
    }
  }
  return { tables, texts }
}
