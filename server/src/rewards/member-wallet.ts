import {
  type Book,
  grantDue,
  type MemberFacts,
  type MemberSnapshot,
  openWallet,
  type Program,
  settleUnits,
  snapshotOf,
} from '@regulars/engine'
import { type LoadedWallet, loadWallet, reservedOf } from '../ledger/index.ts'
import type { Membership } from '../members/index.ts'
import { newId, type Queryable, type RandomBytes } from '../platform/index.ts'

/** A member's wallet as it stands at an instant, opened under the program in force. What it moves (expired lots, a birthday's reward) is shown, and not written. */
export interface OpenedWallet {
  readonly loaded: LoadedWallet
  readonly book: Book
  readonly member: MemberSnapshot
}

export async function openMemberWallet(
  db: Queryable,
  { accountId, memberId, membership, program, now, random }: Opening,
): Promise<OpenedWallet> {
  const loaded = await loadWallet(db, accountId, memberId)
  const book = openWallet(program, loaded.wallet, now, () => newId(now, random))
  settleUnits(program, book)
  grantDue(program, book, { member: factsOf(membership), activeAt: loaded.wallet.activeAt, reserved: reservedOf(loaded) })
  const member = snapshotOf({ program, book, member: factsOf(membership) })
  if (!member) throw new Error('a member has a snapshot')
  return { loaded, book, member }
}

/** Whose wallet is opened, under which program, and when. */
export interface Opening {
  readonly accountId: string
  readonly memberId: number
  readonly membership: Membership
  readonly program: Program
  readonly now: number
  readonly random: RandomBytes
}

/** What rules may ask of a member. */
export function factsOf({ registered, joinedAt, birthday, smsOptIn, emailOptIn }: Membership): MemberFacts {
  return { registered, joinedAt, birthday, optedIn: { sms: smsOptIn === true, email: emailOptIn === true } }
}
