import { countTallies } from '../ledger/book.ts'
import { issueLot } from '../ledger/earnings.ts'
import type { Book } from '../ledger/lots.ts'
import { rewardAsset } from '../ledger/wallet.ts'
import { lotExpiresAt, type Program, rewardExpiresAt } from '../program.ts'
import type { Reserved } from '../rules/campaign.ts'
import { dueGrants, type Granted } from '../rules/campaigns.ts'
import { convertThreshold, type MemberFacts, snapshotOf } from './sale.ts'

/**
 * Brings in what falls due for a member by `at` (now, or an earlier instant that was missed), unless it came before. Every decision on a wallet starts
 * with it, so that a birthday counts from its first moment and nothing depends on when the worker runs. Returns whether anything came.
 */
export function grantDue(
  program: Program,
  book: Book,
  {
    member,
    activeAt,
    reserved,
    at = book.now,
  }: { member: MemberFacts; activeAt: number | null; reserved?: Reserved; at?: number },
): boolean {
  if (program.due.length === 0) return false
  const snapshot = snapshotOf({ program, book, member })
  const granted = snapshot ? dueGrants(program, snapshot, at, { activeAt, reserved }) : []
  bringIn(program, book, granted, at)
  return granted.length > 0
}

/** Issues what campaigns grant outside an order, counts that they did, and turns points that reach the threshold into rewards. */
export function bringIn(program: Program, book: Book, granted: readonly Granted[], at: number): void {
  if (granted.length === 0) return
  for (const { campaign, points, grants, tallies } of granted) {
    const common = { orderUid: null, cause: 'grant', at, note: campaign } as const
    issueLot(book, { ...common, asset: program.units, quantity: points, expiresAt: lotExpiresAt(program, at) ?? null })
    for (const { rewardKey } of grants) {
      const expiresAt = rewardExpiresAt(program, rewardKey, at) ?? null
      const { afterShown } = program.rewards.get(rewardKey) ?? {}
      issueLot(book, { ...common, asset: rewardAsset(rewardKey), quantity: 1, expiresAt, afterShown })
    }
    countTallies(book, tallies, 1)
  }
  convertThreshold(program, book, { orderUid: null, at })
}
