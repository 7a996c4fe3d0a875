import { createHash } from 'node:crypto'
import { tagged } from '../accounts/index.ts'
import type { Environment, RandomBytes } from '../platform/index.ts'
import type { Preferences, Profile } from './member.ts'

/** How long the link in a verification mail can be opened (wire-contract §4). */
export const LINK_LIVES_MS = 24 * 60 * 60 * 1000
/** An address is sent at most one verification mail for an account in this time, however often it is asked for (wire-contract §4). */
export const MAIL_EVERY_MS = 10 * 60 * 1000

const TOKEN_BYTES = 32

/** Someone who must open the link in their mail first. What they told is never changed afterwards: the link does what its mail was about. */
export interface Registration {
  readonly registrationId: string
  readonly accountId: string
  readonly details: RegistrationDetails
  /** Set from the start when a known member registers, and for all once the link was opened. */
  readonly memberId?: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly openedAt?: number
}

export interface RegistrationDetails {
  readonly email: string
  readonly phone?: string
  readonly passwordHash?: string
  readonly profile: Profile
  readonly preferences: Preferences
}

/** The one-time token of a link. Its text names the environment, and so the database that knows it. */
export function newToken(environment: Environment, random: RandomBytes): string {
  return tagged(environment, Buffer.from(random(TOKEN_BYTES)).toString('base64url'))
}

/** What is kept of a token. A plain hash is enough for 256 random bits. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** What the details of a registration are sealed for. */
export function registrationContext(registrationId: string): string {
  return `registrations/${registrationId}`
}
