import { bringIn, changesOf, type Program, registrationGrants } from '@regulars/engine'
import { commitMember, ledgerRows, reservedOf } from '../ledger/index.ts'
import { getMembership } from '../members/index.ts'
import type { Queryable, RandomBytes } from '../platform/index.ts'
import { openMemberWallet } from './member-wallet.ts'

/** Makes a new member's wallet with what registration campaigns give, in the transaction that makes the membership. */
export async function grantOnJoin(
  tx: Queryable,
  {
    accountId,
    memberId,
    program,
    now,
    random,
  }: { accountId: string; memberId: string; program: Program; now: number; random: RandomBytes },
): Promise<void> {
  const membership = await getMembership(tx, accountId, memberId)
  if (!membership) throw new Error(`member ${memberId} has just joined account ${accountId}, and is not there`)
  const owner = { accountId, memberId: Number(memberId) }
  const { loaded, book, member } = await openMemberWallet(tx, { ...owner, membership, program, now, random })
  bringIn(program, book, registrationGrants(program, member, now, reservedOf(loaded)), now)
  await commitMember(tx, { ...owner, version: loaded.wallet.version, rows: ledgerRows(loaded, changesOf(book), now) })
}
