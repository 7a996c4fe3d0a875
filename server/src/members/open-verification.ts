import { type Database, inTransaction, type RandomBytes, type Tx, type Vault } from '../platform/index.ts'
import { completePerson, createPerson, type Joining } from './join.ts'
import { emailKey, type GrantOnJoin, identityKeys, type Person } from './member.ts'
import { hashToken, type Registration } from './registration.ts'
import { lockRegistration, updateOpened } from './registration-store.ts'
import { findPeople } from './store.ts'

/** What opening a link did. `taken`: meanwhile the email or the phone has come to belong to a member that this link does not prove. */
export type Verification =
  | {
      readonly outcome: 'verified' | 'already_verified'
      readonly memberId: string
      readonly accountId: string
      readonly brand: string
    }
  | { readonly outcome: 'taken' | 'expired'; readonly brand: string }
  | { readonly outcome: 'unknown' }

/** As in creating a member: a round starts over only when another call took the phone or the email. */
const ROUNDS_MAX = 10

/**
 * Opens the link of a verification mail: the person exists from now on, with their email verified and their password in force. A phone that
 * has become a member meanwhile is that person, and gets what it lacks. Opening a link twice, or two links of one person, is harmless.
 * @param opening `token` as in the link; `now` on the environment's clock, epoch ms.
 */
export async function openVerification(opening: {
  db: Database
  vault: Vault
  token: string
  now: number
  random: RandomBytes
  grantOnJoin: GrantOnJoin
}): Promise<Verification> {
  const { db, vault, token, now } = opening
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const verification = await inTransaction(db, async (tx): Promise<Verification | undefined> => {
      const found = await lockRegistration(tx, vault, hashToken(token))
      if (!found) return { outcome: 'unknown' }
      const { registration, accountName: brand } = found
      const { accountId, memberId: knownId } = registration
      if (registration.openedAt !== undefined && knownId !== undefined)
        return { outcome: 'already_verified', memberId: knownId, accountId, brand }
      if (now >= registration.expiresAt) return { outcome: 'expired', brand }

      const owner = await whoOwns(tx, registration)
      if (owner === 'taken') return { outcome: 'taken', brand }
      const memberId = await register(tx, registration, owner, opening)
      if (memberId === undefined) return undefined
      await updateOpened(tx, registration.registrationId, { memberId, now })
      return { outcome: 'verified', memberId, accountId, brand }
    })
    if (verification) return verification
  }
  throw new Error(`somebody else took the phone or email ${ROUNDS_MAX} times in a row`)
}

/**
 * The known person whom a link registers; undefined: a new one. The owner of the email comes first: whoever opens the link has just shown
 * that this is them, also when it is their second link and tells of another phone.
 */
async function whoOwns(tx: Tx, { accountId, details, memberId }: Registration): Promise<Person | undefined | 'taken'> {
  const people = await findPeople(tx, accountId, identityKeys(details))
  const byEmail = people.get(`email:${emailKey(details.email)}`)
  const byPhone = details.phone === undefined ? undefined : people.get(`phone:${details.phone}`)
  const owner = byEmail ?? byPhone
  if (!owner) return memberId === undefined ? undefined : 'taken'

  const isTwo = byEmail && byPhone && byEmail.identity.memberId !== byPhone.identity.memberId
  const isAnother = memberId !== undefined && owner.identity.memberId !== memberId
  const hasAnotherEmail = owner.identity.email !== undefined && emailKey(owner.identity.email) !== emailKey(details.email)
  return isTwo || isAnother || hasAnotherEmail ? 'taken' : owner
}

async function register(
  tx: Tx,
  { accountId, details }: Registration,
  owner: Person | undefined,
  { now, random, grantOnJoin }: { now: number; random: RandomBytes; grantOnJoin: GrantOnJoin },
): Promise<string | undefined> {
  const { email, phone, passwordHash, profile, preferences } = details
  const offered = { ...profile, email, phone, passwordHash, emailVerifiedAt: now }
  const joining: Joining = { accountId, preferences, now, grantOnJoin }
  if (!owner) return createPerson(tx, offered, { ...joining, random })
  const { memberId } = owner.identity
  return (await completePerson(tx, memberId, offered, joining)) ? memberId : undefined
}
