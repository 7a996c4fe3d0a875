import {
  changesOf,
  convertPoints,
  countTallies,
  issueLot,
  lotExpiresAt,
  type Program,
  registrationGrants,
  rewardAsset,
  rewardExpiresAt,
} from '@regulars/engine'
import { commitMember, ledgerRows } from '../ledger/index.ts'
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
  for (const { campaign, points, grants, tallies } of registrationGrants(program, member, now)) {
    const common = { orderUid: null, cause: 'grant', at: now, note: campaign } as const
    issueLot(book, { ...common, asset: program.units, quantity: points, expiresAt: lotExpiresAt(program, now) ?? null })
    for (const { rewardKey } of grants) {
      issueLot(book, {
        ...common,
        asset: rewardAsset(rewardKey),
        quantity: 1,
        expiresAt: rewardExpiresAt(program, rewardKey, now) ?? null,
      })
    }
    countTallies(book, tallies, 1)
  }
  if (program.threshold !== undefined && program.thresholdReward !== undefined) {
    convertPoints(book, {
      asset: program.units,
      threshold: program.threshold,
      rewardAsset: rewardAsset(program.thresholdReward),
      rewardExpiresAt: rewardExpiresAt(program, program.thresholdReward, now) ?? null,
      orderUid: null,
      at: now,
    })
  }
  await commitMember(tx, { ...owner, version: loaded.wallet.version, rows: ledgerRows(loaded, changesOf(book), now) })
}
