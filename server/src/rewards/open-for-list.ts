import { changesOf, rewardAsset, showOffers } from '@regulars/engine'
import { commitMember, ledgerRows, lockWallet, StaleWallet } from '../ledger/index.ts'
import { type Database, inTransaction } from '../platform/index.ts'
import { type OpenedWallet, type Opening, openMemberWallet } from './member-wallet.ts'

/** The wallet's row is locked, so that only one that does not exist yet can be lost. */
const ATTEMPTS = 5

/**
 * Opens a member's wallet to be listed. Offers among `listed` that lapse once shown and were never shown begin to lapse now, which is written before
 * anything is answered; a list without such offers writes nothing.
 * @param listed the keys of the rewards that the answer will name.
 */
export async function openForList(
  db: Database,
  opening: Opening,
  listed: (opened: OpenedWallet) => readonly string[],
): Promise<OpenedWallet> {
  const shows = (opened: OpenedWallet) =>
    listed(opened).filter((key) => showOffers(opened.book, rewardAsset(key), opening.program.timezone)).length > 0
  const opened = await openMemberWallet(db, opening)
  if (!shows(opened)) return opened
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(db, async (tx) => {
        const { accountId, memberId } = opening
        await lockWallet(tx, accountId, memberId)
        const locked = await openMemberWallet(tx, opening)
        if (!shows(locked)) return locked
        const { loaded, book } = locked
        const { version } = loaded.wallet
        await commitMember(tx, { accountId, memberId, version, rows: ledgerRows(loaded, changesOf(book), null) })
        return locked
      })
    } catch (error) {
      if (!(error instanceof StaleWallet) || attempt === ATTEMPTS) throw error
    }
  }
}
