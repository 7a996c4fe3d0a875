import type { Queryable } from '../platform/index.ts'

/** What a person tells about themselves. Absent is not known. */
export interface Profile {
  readonly firstName?: string
  readonly lastName?: string
  /** `YYYY-MM-DD`. */
  readonly birthday?: string
  readonly gender?: string
  readonly maritalStatus?: string
  /** JSON text. Taken whole: half of one address and half of another is none. */
  readonly address?: string
}

/** What a brand may do for a member, and where they like to go. Absent is never asked. */
export interface Preferences {
  readonly smsOptIn?: boolean
  readonly emailOptIn?: boolean
  readonly favoriteStoreCode?: string
}

/** Who a person is, once per environment, whatever brands they are a member of. */
export interface Identity extends Profile {
  readonly memberId: string
  /** E.164. */
  readonly phone?: string
  /** As it was first given; compared by `emailKey`. */
  readonly email?: string
  readonly emailVerifiedAt?: number
  readonly passwordHash?: string
}

/** A person's link to a brand, with what its rules may ask. */
export interface Membership extends Preferences {
  readonly memberId: string
  readonly joinedAt: number
  /** Has phone, email and password; otherwise a starter. */
  readonly registered: boolean
  readonly birthday?: string
}

/** A person and, if there is one, their membership of the account that asks. */
export interface Person {
  readonly identity: Identity
  readonly membership?: Membership
}

/** Writes what joining brings, in the transaction that makes the membership. Called exactly once for each. */
export type GrantOnJoin = (tx: Queryable, joined: { accountId: string; memberId: string; now: number }) => Promise<void>

export function emailKey(email: string): string {
  return email.trim().toLowerCase()
}

/** The values of which one person only can have each, as keys of the lookup table. Sorted, so that two calls take them in the same order. */
export function identityKeys({ phone, email }: { phone?: string; email?: string }): string[] {
  return [...(email === undefined ? [] : [`email:${emailKey(email)}`]), ...(phone === undefined ? [] : [`phone:${phone}`])]
}

export function isRegistered({ phone, email, passwordHash }: Omit<Identity, 'memberId'>): boolean {
  return phone !== undefined && email !== undefined && passwordHash !== undefined
}
