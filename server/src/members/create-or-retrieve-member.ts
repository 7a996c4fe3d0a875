import { type MemberCall, type Outcome, ok, refuse } from '@regulars/contract'
import { type Database, type Environment, inTransaction, type RandomBytes, type Vault } from '../platform/index.ts'
import { completePerson, createPerson, type Joining } from './join.ts'
import { emailKey, type GrantOnJoin, type Identity, identityKeys, type Person } from './member.ts'
import { isBareEmail, type Offer, readOffer } from './offer.ts'
import { hashPassword } from './password.ts'
import { startRegistration } from './start-registration.ts'
import { findPeople } from './store.ts'

export interface MemberInput {
  readonly db: Database
  readonly vault: Vault
  readonly environment: Environment
  readonly call: MemberCall
  readonly account: { readonly accountId: string; readonly name: string; readonly country: string }
  readonly storeCodes: ReadonlySet<string>
  /** Where links in mail lead, without a slash at the end. */
  readonly publicUrl: string
  /** The environment's clock, epoch ms. */
  readonly now: number
  readonly random: RandomBytes
  readonly grantOnJoin: GrantOnJoin
}

/** `waiting`: there is no member until the link in the mail is opened. `warnings`: what was accepted and not done, for the request's log. */
export type MemberAnswer =
  | { readonly kind: 'known' | 'created'; readonly memberId: string; readonly warnings: readonly MemberWarning[] }
  | { readonly kind: 'waiting'; readonly warnings: readonly MemberWarning[] }

/** `password_needs_verification`: the password for a known member was not stored, because nothing proves that they sent it. */
export type MemberWarning = 'password_needs_verification'

export type MemberRefusal = 'phone_invalid' | 'email_phone_conflict' | 'store_unknown' | 'field_invalid'

/** Each round starts over because another call took the phone or the email; the next one finds that member. Three in a row do not happen by chance. */
const ROUNDS_MAX = 10

/**
 * Wire-contract §4: finds the person of this phone (or, without one, of this email) and links them to the account, or makes them. Calls at
 * the same instant for one person make one member. A known person's empty fields are filled in; nothing of theirs is overwritten.
 */
export async function createOrRetrieveMember(input: MemberInput): Promise<Outcome<MemberAnswer, MemberRefusal>> {
  const offer = readOffer(input.call, input.account.country)
  if (offer.email !== undefined && !isBareEmail(offer.email)) return refuse('field_invalid', NO_BARE_EMAIL)
  const { favoriteStoreCode } = offer.preferences
  if (favoriteStoreCode !== undefined && !input.storeCodes.has(favoriteStoreCode))
    return refuse('store_unknown', { store: favoriteStoreCode })

  for (let round = 0; round < ROUNDS_MAX; round++) {
    const people = await findPeople(input.db, input.account.accountId, identityKeys(offer))
    const meant = whoIsMeant(people, offer)
    if (!meant.ok) return meant
    const answer = meant.value ? await retrieve(input, offer, meant.value) : await admit(input, offer)
    if (answer) return ok(answer)
  }
  throw new Error(`somebody else took the phone or email ${ROUNDS_MAX} times in a row`)
}

const NO_BARE_EMAIL = { path: 'customer.email', expected: 'one bare email address such as ann@example.com', got: 'another text' }

/** The known person that a call is about; undefined: a new one. */
function whoIsMeant(
  people: Map<string, Person>,
  offer: Offer,
): Outcome<Person | undefined, 'phone_invalid' | 'email_phone_conflict'> {
  const byPhone = offer.phone === undefined ? undefined : people.get(`phone:${offer.phone}`)
  const byEmail = offer.email === undefined ? undefined : people.get(`email:${emailKey(offer.email)}`)
  if (byPhone && byEmail && byPhone.identity.memberId !== byEmail.identity.memberId) return refuse('email_phone_conflict', {})
  if (byPhone) return ok(byPhone)
  // The email's owner has another phone: neither is this that person, nor can a new one have the email.
  if (byEmail && offer.phone !== undefined && byEmail.identity.phone !== undefined) return refuse('email_phone_conflict', {})
  if (byEmail) return ok(byEmail)
  return offer.phone === undefined ? refuse('phone_invalid', { path: 'customer.phone' }) : ok(undefined)
}

async function retrieve(input: MemberInput, offer: Offer, { identity, membership }: Person): Promise<MemberAnswer | undefined> {
  const { memberId } = identity
  const registers = registersByMail(identity, offer)
  // An email that has to be verified first is filled in when its link is opened.
  const offered = { ...offer.profile, phone: offer.phone, email: offer.verifyEmail ? undefined : offer.email }
  if (!membership || hasNews(identity, offered) || hasNews(membership, offer.preferences)) {
    const done = await inTransaction(input.db, (tx) => completePerson(tx, memberId, offered, joining(input, offer)))
    if (!done) return undefined
  }
  if (registers) {
    const details = {
      email: registers.email,
      phone: identity.phone ?? offer.phone,
      profile: offer.profile,
      preferences: offer.preferences,
    }
    await startRegistration(input.db, input.vault, { ...input, details, password: offer.password, memberId })
  }
  const unproved = offer.password !== undefined && identity.passwordHash === undefined && !registers
  return { kind: 'known', memberId, warnings: unproved ? ['password_needs_verification'] : [] }
}

/**
 * Whether a known person's credentials start a registration by mail, and which address proves them. Knowing a phone number must not be
 * enough to take over the member who owns it, so a password for a known member is stored by the link only, and the link goes to the
 * address the member has, or, where they have none, to the one that will be theirs (docs/decisions: credentials of a known member).
 */
function registersByMail(known: Identity, { verifyEmail, email, password }: Offer): { email: string } | undefined {
  if (!verifyEmail || email === undefined) return undefined
  if (known.email !== undefined && emailKey(known.email) !== emailKey(email)) return undefined
  const isDone = known.emailVerifiedAt !== undefined && (password === undefined || known.passwordHash !== undefined)
  return isDone ? undefined : { email: known.email ?? email }
}

/** A new person: at once, or by the link in the mail where that was asked for. */
async function admit(input: MemberInput, offer: Offer): Promise<MemberAnswer | undefined> {
  const { email, phone, profile, preferences, password } = offer
  if (offer.verifyEmail && email !== undefined) {
    await startRegistration(input.db, input.vault, { ...input, details: { email, phone, profile, preferences }, password })
    return { kind: 'waiting', warnings: [] }
  }
  // Hashing takes long, and a transaction that waits for it would hold its locks as long.
  const passwordHash = password === undefined ? undefined : await hashPassword(password, input.random)
  const memberId = await inTransaction(input.db, (tx) =>
    createPerson(tx, { ...profile, phone, email, passwordHash }, { ...joining(input, offer), random: input.random }),
  )
  return memberId === undefined ? undefined : { kind: 'created', memberId, warnings: [] }
}

function joining({ account, now, grantOnJoin }: MemberInput, { preferences }: Offer): Joining {
  return { accountId: account.accountId, preferences, now, grantOnJoin }
}

function hasNews<T extends object>(known: Partial<T>, offered: T): boolean {
  return (Object.keys(offered) as (keyof T)[]).some((field) => offered[field] !== undefined && known[field] === undefined)
}
