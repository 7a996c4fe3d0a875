import type { Queryable } from '../platform/index.ts'
import type { Membership } from './member.ts'
import { findMembership } from './store.ts'

/** A member id as it may come on the wire: decimal, positive (guests' pseudo-members are not), within what the column holds. */
const MEMBER_ID = /^[1-9][0-9]{0,17}$/

/** The link of a member to this account; undefined when there is none, whatever the text is. */
export async function getMembership(db: Queryable, accountId: string, memberId: string): Promise<Membership | undefined> {
  return MEMBER_ID.test(memberId) ? findMembership(db, accountId, memberId) : undefined
}
