import { decimalId, type RandomBytes, type Tx } from '../platform/index.ts'
import { type GrantOnJoin, type Identity, identityKeys, isRegistered, type Preferences } from './member.ts'
import {
  fillIdentity,
  fillPreferences,
  giveKeysBack,
  insertIdentity,
  insertMembership,
  lockIdentity,
  missingKeys,
  takeKeys,
  updateMemberships,
} from './store.ts'

/** The account that someone joins, with what it asks and gives. */
export interface Joining {
  readonly accountId: string
  readonly preferences: Preferences
  readonly now: number
  readonly grantOnJoin: GrantOnJoin
}

/**
 * Makes a person and links them to the account.
 * @returns their id; undefined, with nothing written, when the phone, the email or the drawn id was taken a moment ago: look again.
 */
export async function createPerson(
  tx: Tx,
  person: Omit<Identity, 'memberId'>,
  joining: Joining & { random: RandomBytes },
): Promise<string | undefined> {
  const identity = { ...person, memberId: decimalId(joining.random) }
  const keys = identityKeys(identity)
  if (!(await takeKeys(tx, identity.memberId, keys))) return undefined
  if (!(await insertIdentity(tx, identity, joining.now))) {
    await giveKeysBack(tx, identity.memberId, keys)
    return undefined
  }
  await link(tx, identity, joining)
  return identity.memberId
}

/**
 * Fills in what a known person has left empty, overwrites nothing, and links them to the account.
 * @returns false, with nothing written, when the phone or email to be filled in was taken a moment ago: look again.
 */
export async function completePerson(
  tx: Tx,
  memberId: string,
  offered: Omit<Identity, 'memberId'>,
  joining: Joining,
): Promise<boolean> {
  const known = await lockIdentity(tx, memberId)
  if (!known) return false
  const keys = missingKeys(known, offered)
  if (keys.length > 0 && !(await takeKeys(tx, memberId, keys))) return false
  const identity = { ...offered, ...known }
  await fillIdentity(tx, identity)
  await updateMemberships(tx, identity)
  await link(tx, identity, joining)
  return true
}

async function link(tx: Tx, identity: Identity, { accountId, preferences, now, grantOnJoin }: Joining): Promise<void> {
  const { memberId, birthday } = identity
  const membership = {
    ...preferences,
    memberId,
    joinedAt: now,
    registered: isRegistered(identity),
    ...(birthday !== undefined && { birthday }),
  }
  if (await insertMembership(tx, accountId, membership)) await grantOnJoin(tx, { accountId, memberId, now })
  else await fillPreferences(tx, accountId, memberId, preferences)
}
