import { type Database, inTransaction, type Tx } from '../platform/index.ts'
import { MemberAudit } from './member-audit.ts'
import type { Problem } from './problem.ts'
import {
  compareBudgets,
  countRows,
  findNextAccount,
  findRangeEnd,
  findStrayKeys,
  freezeSnapshot,
  loadCachedRows,
  type MemberKey,
  type MemberRange,
  NOBODY,
  NOTHING,
  type StrayKey,
  streamMovements,
  streamOrders,
} from './verify-store.ts'

export interface VerifyReport {
  readonly ok: boolean
  readonly members: number
  readonly movements: number
  readonly entries: number
  readonly orders: number
  /** The first of them. */
  readonly problems: readonly Problem[]
  readonly problemCount: number
  readonly durationMs: number
}

/** Members a transaction; their open lots, and what their orders moved, are in memory together. */
const PAGE = 100
/** Keys of orders a statement. */
const KEYS = 5_000
const PROBLEMS_SHOWN = 100

/**
 * Recomputes one environment from its append-only movements and compares everything that is kept beside them: wallets, lots, balances, holds, orders
 * and their keys. Reads only, a page of members at a time, each page as it stood at one instant, so it may run beside a busy server.
 * `onProgress` is told how many rows are done, of about how many: a row is a member, with all that is theirs, or a key of an order.
 */
export async function verifyLedger(
  db: Database,
  { onProgress }: { onProgress?: (done: number, total: number) => void } = {},
): Promise<VerifyReport> {
  const start = performance.now()
  const tally = { members: 0, movements: 0, entries: 0, orders: 0 }
  const problems: Problem[] = []
  let problemCount = 0
  let done = 0
  const total = (await countRows(db, 'wallets')) + (await countRows(db, 'order_keys'))
  onProgress?.(0, total)

  for await (const part of verifyParts(db)) {
    tally.members += part.members
    tally.movements += part.movements
    tally.entries += part.entries
    tally.orders += part.orders
    problemCount += part.problems.length
    problems.push(...part.problems.slice(0, PROBLEMS_SHOWN - problems.length))
    done += part.members + part.keys
    onProgress?.(done, Math.max(total, done))
  }
  return { ok: problemCount === 0, ...tally, problems, problemCount, durationMs: Math.round(performance.now() - start) }
}

/** The report as lines to read: the verdict, then each problem with what should be and what is. */
export function formatVerifyReport(report: VerifyReport): string {
  const { ok, members, movements, entries, orders, problems, problemCount, durationMs } = report
  const scope = `${members} members, ${movements} movements, ${entries} entries, ${orders} orders in ${(durationMs / 1000).toFixed(1)} s`
  if (ok) return `clean: ${scope}`
  const lines = problems.map(
    ({ check, accountId, memberId, what, expected, found }) =>
      `  ${check}: account ${accountId}, ${memberId === null ? '' : `member ${memberId}, `}${what}: expected ${show(expected)}, found ${show(found)}`,
  )
  const more = problemCount > problems.length ? [`  … and ${problemCount - problems.length} more`] : []
  return [`${problemCount} ${problemCount === 1 ? 'problem' : 'problems'}: ${scope}`, ...lines, ...more].join('\n')
}

const show = (value: unknown): string =>
  value === undefined || value === null ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)

/** What was looked at in one go, and what does not hold of it. */
interface Part {
  readonly members: number
  readonly movements: number
  readonly entries: number
  readonly orders: number
  readonly keys: number
  readonly problems: readonly Problem[]
}
const NO_ROWS = { members: 0, movements: 0, entries: 0, orders: 0, keys: 0 }

async function* verifyParts(db: Database): AsyncGenerator<Part> {
  for (let account = await findNextAccount(db, NOTHING); account !== undefined; account = await findNextAccount(db, account)) {
    yield* verifyMembers(db, account)
    yield* verifyKeys(db, account)
  }
  yield await verifyBudgets(db)
}

async function* verifyMembers(db: Database, accountId: string): AsyncGenerator<Part> {
  for (let after: string | undefined = NOBODY; after !== undefined; ) {
    const page: { part: Part; end: string | undefined } = await verifyPage(db, { accountId, after })
    yield page.part
    after = page.end
  }
}

function verifyPage(db: Database, from: { accountId: string; after: string }): Promise<{ part: Part; end: string | undefined }> {
  return inTransaction(db, async (tx) => {
    await freezeSnapshot(tx)
    const end = await findRangeEnd(tx, from, PAGE)
    return { part: await verifyRange(tx, { ...from, to: end }), end }
  })
}

async function* verifyKeys(db: Database, accountId: string): AsyncGenerator<Part> {
  for (let after: string | undefined = NOTHING; after !== undefined; ) {
    const page = await findStrayKeys(db, { accountId, after }, KEYS)
    yield { ...NO_ROWS, keys: page?.seen ?? 0, problems: (page?.strays ?? []).map(strayKey) }
    after = page?.last
  }
}

const strayKey = ({ accountId, memberId, key, orderUid }: StrayKey): Problem => ({
  check: 'order_key',
  accountId,
  memberId,
  what: `key ${key}`,
  expected: `order ${orderUid}`,
  found: undefined,
})

/** What the stripes of a budget say was used of it is what the members' wallets say they used. */
function verifyBudgets(db: Database): Promise<Part> {
  return inTransaction(db, async (tx) => {
    await freezeSnapshot(tx)
    const budgets = await compareBudgets(tx)
    const problems = budgets.map(({ accountId, name, tallied, used }) => ({
      check: 'budget' as const,
      accountId,
      memberId: null,
      what: `budget ${name}, used`,
      expected: tallied,
      found: used,
    }))
    return { ...NO_ROWS, problems }
  })
}

async function verifyRange(tx: Tx, range: MemberRange): Promise<Part> {
  const tally = { movements: 0, entries: 0, orders: 0 }
  const problems: Problem[] = []
  const audits = new Map<string, MemberAudit>()
  const auditOf = ({ accountId, memberId }: MemberKey): MemberAudit => {
    const name = `${accountId}/${memberId}`
    const audit = audits.get(name) ?? new MemberAudit({ accountId, memberId }, problems)
    audits.set(name, audit)
    return audit
  }

  const cached = await loadCachedRows(tx, range)
  for await (const movement of streamMovements(tx, range)) {
    tally.movements += 1
    tally.entries += movement.entries.length
    auditOf(movement).replay(movement)
  }
  for (const wallet of cached.wallets) auditOf(wallet).checkWallet(wallet)
  for (const lot of cached.lots) auditOf(lot).checkLot(lot)
  for (const balance of cached.balances) auditOf(balance).checkBalance(balance)
  for (const hold of cached.holds) auditOf(hold).addHold(hold)
  for await (const order of streamOrders(tx, range)) {
    tally.orders += 1
    auditOf(order).checkOrder(order)
  }
  for (const audit of audits.values()) audit.finish()
  return { ...NO_ROWS, ...tally, members: cached.wallets.length, problems }
}
