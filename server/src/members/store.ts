import type { Queryable, Tx } from '../platform/index.ts'
import {
  type Identity,
  identityKeys,
  isRegistered,
  type Membership,
  type Person,
  type Preferences,
  type Profile,
} from './member.ts'

interface IdentityRow {
  member_id: string
  phone: string | null
  email: string | null
  email_verified_at: string | null
  password_hash: string | null
  first_name: string | null
  last_name: string | null
  birthday: string | null
  gender: string | null
  marital_status: string | null
  address: string | null
}

interface MembershipRow {
  member_id: string
  joined_at: string
  registered: boolean
  membership_birthday: string | null
  sms_opt_in: boolean | null
  email_opt_in: boolean | null
  favorite_store_code: string | null
}

/** Of someone who is no member of the account, the membership's columns are all null. */
type PersonRow = IdentityRow & { [Column in Exclude<keyof MembershipRow, 'member_id'>]: MembershipRow[Column] | null }

const IDENTITY_COLUMNS = `i.member_id, i.phone, i.email, ms(i.email_verified_at) as email_verified_at, i.password_hash, i.first_name, i.last_name,
  i.birthday::text as birthday, i.gender, i.marital_status, i.address`
const MEMBERSHIP_COLUMNS = `ms(m.joined_at) as joined_at, m.registered, m.birthday::text as membership_birthday, m.sms_opt_in, m.email_opt_in,
  m.favorite_store_code`

/** The people who own these phones and emails (`identityKeys`), each with their membership of this account. */
export async function findPeople(db: Queryable, accountId: string, keys: readonly string[]): Promise<Map<string, Person>> {
  const rows = await db.query<{ key: string } & PersonRow>(
    'members-find-people',
    `select k.key, ${IDENTITY_COLUMNS}, ${MEMBERSHIP_COLUMNS}
     from identity_keys k
     join identities i on i.member_id = k.member_id
     left join memberships m on m.account_id = $1 and m.member_id = i.member_id
     where k.key = any ($2::text[])`,
    [accountId, keys],
  )
  return new Map(rows.map((row) => [row.key, toPerson(row)]))
}

/** Locks the person for the rest of the transaction. */
export async function lockIdentity(tx: Tx, memberId: string): Promise<Identity | undefined> {
  const [row] = await tx.query<IdentityRow>(
    'members-lock-identity',
    `select ${IDENTITY_COLUMNS} from identities i where i.member_id = $1 for update`,
    [memberId],
  )
  return row && toIdentity(row)
}

/** Takes a phone or email for a member. True when all were free; otherwise none is taken. Waits for whoever is taking one right now. */
export async function takeKeys(tx: Tx, memberId: string, keys: readonly string[]): Promise<boolean> {
  const taken = await tx.query(
    'members-take-keys',
    `insert into identity_keys (key, member_id) select key, $2 from unnest($1::text[]) with ordinality as k (key, at) order by at
     on conflict do nothing returning key`,
    [keys, memberId],
  )
  if (taken.length === keys.length) return true
  await giveKeysBack(tx, memberId, keys)
  return false
}

export async function giveKeysBack(tx: Tx, memberId: string, keys: readonly string[]): Promise<void> {
  await tx.query('members-give-keys-back', 'delete from identity_keys where key = any ($1::text[]) and member_id = $2', [
    keys,
    memberId,
  ])
}

/** False, with nothing written, when the id is taken. */
export async function insertIdentity(tx: Tx, identity: Identity, now: number): Promise<boolean> {
  const rows = await tx.query(
    'members-insert-identity',
    `insert into identities (member_id, phone, email, email_verified_at, password_hash, first_name, last_name, birthday, gender, marital_status,
       address, created_at)
     values ($1, $2, $3, instant($4), $5, $6, $7, $8::text::date, $9, $10, $11, instant($12))
     on conflict do nothing returning member_id`,
    [...identityValues(identity), now],
  )
  return rows.length === 1
}

/** Fills in what is empty. What is there stays, because the statement itself cannot overwrite it. */
export async function fillIdentity(tx: Tx, offered: Identity): Promise<void> {
  await tx.query(
    'members-fill-identity',
    `update identities set phone = coalesce(phone, $2), email = coalesce(email, $3),
       email_verified_at = coalesce(email_verified_at, instant($4)), password_hash = coalesce(password_hash, $5),
       first_name = coalesce(first_name, $6), last_name = coalesce(last_name, $7), birthday = coalesce(birthday, $8::text::date),
       gender = coalesce(gender, $9), marital_status = coalesce(marital_status, $10), address = coalesce(address, $11)
     where member_id = $1`,
    identityValues(offered),
  )
}

/** Links a person to an account. False when they were linked already. */
export async function insertMembership(tx: Tx, accountId: string, membership: Membership): Promise<boolean> {
  const rows = await tx.query(
    'members-insert-membership',
    `insert into memberships (account_id, member_id, joined_at, registered, birthday, sms_opt_in, email_opt_in, favorite_store_code)
     values ($1, $2, instant($3), $4, $5::text::date, $6, $7, $8)
     on conflict do nothing returning member_id`,
    [
      accountId,
      membership.memberId,
      membership.joinedAt,
      membership.registered,
      membership.birthday ?? null,
      membership.smsOptIn ?? null,
      membership.emailOptIn ?? null,
      membership.favoriteStoreCode ?? null,
    ],
  )
  return rows.length === 1
}

/** Fills in what a brand does not know yet about its member's wishes. */
export async function fillPreferences(tx: Tx, accountId: string, memberId: string, offered: Preferences): Promise<void> {
  await tx.query(
    'members-fill-preferences',
    `update memberships set sms_opt_in = coalesce(sms_opt_in, $3), email_opt_in = coalesce(email_opt_in, $4),
       favorite_store_code = coalesce(favorite_store_code, $5)
     where account_id = $1 and member_id = $2`,
    [accountId, memberId, offered.smsOptIn ?? null, offered.emailOptIn ?? null, offered.favoriteStoreCode ?? null],
  )
}

/** Brings a person's memberships up to date with what every brand may ask about them. */
export async function updateMemberships(tx: Tx, identity: Identity): Promise<void> {
  await tx.query(
    'members-update-memberships',
    `update memberships set registered = $2, birthday = $3::text::date
     where member_id = $1 and account_id in (select account_id from accounts)
       and (registered, birthday) is distinct from ($2, $3::text::date)`,
    [identity.memberId, isRegistered(identity), identity.birthday ?? null],
  )
}

export async function findMembership(db: Queryable, accountId: string, memberId: string): Promise<Membership | undefined> {
  const [row] = await db.query<MembershipRow>(
    'members-find-membership',
    `select m.member_id, ${MEMBERSHIP_COLUMNS} from memberships m where m.account_id = $1 and m.member_id = $2`,
    [accountId, memberId],
  )
  return row && toMembership(row)
}

/** The keys that filling in would add to a person's. */
export function missingKeys(known: Identity, offered: { phone?: string; email?: string }): string[] {
  return identityKeys({
    ...(known.phone === undefined && { phone: offered.phone }),
    ...(known.email === undefined && { email: offered.email }),
  })
}

function identityValues(identity: Identity): unknown[] {
  return [
    identity.memberId,
    identity.phone ?? null,
    identity.email ?? null,
    identity.emailVerifiedAt ?? null,
    identity.passwordHash ?? null,
    ...profileValues(identity),
  ]
}

function profileValues(profile: Profile): unknown[] {
  const { firstName, lastName, birthday, gender, maritalStatus, address } = profile
  return [firstName ?? null, lastName ?? null, birthday ?? null, gender ?? null, maritalStatus ?? null, address ?? null]
}

function toPerson(row: PersonRow): Person {
  return {
    identity: toIdentity(row),
    ...(row.joined_at !== null && { membership: toMembership(row as IdentityRow & MembershipRow) }),
  }
}

function toIdentity(row: IdentityRow): Identity {
  return present({
    memberId: row.member_id,
    phone: row.phone,
    email: row.email,
    emailVerifiedAt: row.email_verified_at === null ? null : Number(row.email_verified_at),
    passwordHash: row.password_hash,
    firstName: row.first_name,
    lastName: row.last_name,
    birthday: row.birthday,
    gender: row.gender,
    maritalStatus: row.marital_status,
    address: row.address,
  })
}

function toMembership(row: MembershipRow): Membership {
  return present({
    memberId: row.member_id,
    joinedAt: Number(row.joined_at),
    registered: row.registered,
    birthday: row.membership_birthday,
    smsOptIn: row.sms_opt_in,
    emailOptIn: row.email_opt_in,
    favoriteStoreCode: row.favorite_store_code,
  })
}

type Present<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: Exclude<T[K], null>
}

/** SQL says null for what is absent; the rest of the code leaves it out. */
function present<T extends Record<string, unknown>>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as Present<T>
}
