import { changesOf, openBook } from '@regulars/engine'
import type { Database, RandomBytes } from '../platform/index.ts'
import { newId } from '../platform/index.ts'
import { commitMember, ledgerRows, listDueMembers, loadWallet, StaleWallet } from './store.ts'

/** Members a round; a round that is full is followed by another at once. */
const BATCH = 200

/**
 * Writes down what has expired. Nothing depends on when this runs: what has expired does not count from its instant on, and the movement carries
 * that instant. Returns how many members were swept.
 */
export async function expireLots(db: Database, { now, random }: { now: number; random: RandomBytes }): Promise<number> {
  let swept = 0
  for (;;) {
    const due = await listDueMembers(db, now, BATCH)
    for (const { accountId, memberId } of due) {
      const loaded = await loadWallet(db, accountId, memberId)
      const changes = changesOf(openBook(loaded.wallet, now, () => newId(now, random)))
      if (changes.movements.length === 0) continue
      try {
        await commitMember(db, { accountId, memberId, version: loaded.wallet.version, rows: ledgerRows(loaded, changes, null) })
        swept += 1
      } catch (error) {
        // The member is busy: whoever wrote has swept them, or the next round will.
        if (!(error instanceof StaleWallet)) throw error
      }
    }
    if (due.length === 0) return swept
  }
}
