import { type Database, inTransaction, type Tx } from '../platform/index.ts'
import { MemberAudit } from './member-audit.ts'
import type { Problem } from './problem.ts'
import {
  compareBudgets,
  countWallets,
  FIRST,
  findRangeEnd,
  freezeSnapshot,
  loadCachedRows,
  type MemberKey,
  type MemberRange,
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
const PROBLEMS_SHOWN = 100

/**
 * Recomputes one environment from its append-only movements and compares everything that is kept beside them: wallets, lots, balances, holds, orders
 * and their keys. Reads only, a page of members at a time, each page as it stood at one instant, so it may run beside a busy server.
 * `onProgress` is told how many members are done, of about how many.
 */
export async function verifyLedger(
  db: Database,
  { onProgress }: { onProgress?: (done: number, total: number) => void } = {},
): Promise<VerifyReport> {
  const start = performance.now()
  const tally = { members: 0, movements: 0, entries: 0, orders: 0 }
  const problems: Problem[] = []
  let problemCount = 0
  const total = await countWallets(db)
  onProgress?.(0, total)

  for (let after: MemberKey | undefined = FIRST; after; ) {
    const page: Page = await verifyPage(db, after)
    tally.members += page.members
    tally.movements += page.movements
    tally.entries += page.entries
    tally.orders += page.orders
    problemCount += page.problems.length
    problems.push(...page.problems.slice(0, PROBLEMS_SHOWN - problems.length))
    onProgress?.(tally.members, Math.max(total, tally.members))
    after = page.end
  }
  const budgets = await verifyBudgets(db)
  problemCount += budgets.length
  problems.push(...budgets.slice(0, PROBLEMS_SHOWN - problems.length))
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

interface Page {
  readonly members: number
  readonly movements: number
  readonly entries: number
  readonly orders: number
  readonly problems: readonly Problem[]
  /** Where the next page begins; undefined when this was the last. */
  readonly end: MemberKey | undefined
}

/** What the stripes of a budget say was used of it is what the members' wallets say they used. */
function verifyBudgets(db: Database): Promise<Problem[]> {
  return inTransaction(db, async (tx) => {
    await freezeSnapshot(tx)
    const budgets = await compareBudgets(tx)
    return budgets.map(({ accountId, name, tallied, used }) => ({
      check: 'budget' as const,
      accountId,
      memberId: null,
      what: `budget ${name}, used`,
      expected: tallied,
      found: used,
    }))
  })
}

function verifyPage(db: Database, after: MemberKey): Promise<Page> {
  return inTransaction(db, async (tx) => {
    await freezeSnapshot(tx)
    const end = await findRangeEnd(tx, after, PAGE)
    return { ...(await verifyRange(tx, { after, to: end })), end }
  })
}

async function verifyRange(tx: Tx, range: MemberRange): Promise<Omit<Page, 'end'>> {
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
  for (const key of cached.strayKeys) auditOf(key).report('order_key', `key ${key.key}`, `order ${key.orderUid}`, undefined)
  for (const audit of audits.values()) audit.finish()
  return { members: cached.wallets.length, ...tally, problems }
}
