import type { MemberCall } from '@regulars/contract'
import type { Preferences, Profile } from './member.ts'
import { normalisePhone } from './phone.ts'

/** What a call tells about a person, in our own words. */
export interface Offer {
  /** E.164; absent when none came, or none that can be a phone number. */
  readonly phone?: string
  readonly email?: string
  readonly password?: string
  readonly verifyEmail: boolean
  readonly profile: Profile
  readonly preferences: Preferences
}

/**
 * Whether a text is one bare address. What mail programs read as a name, a group or a list is none: `x<ann@example.com>` would be mailed to
 * Ann under as many spellings as somebody likes to invent.
 */
export function isBareEmail(email: string): boolean {
  return /^[^\s\p{Cc}@<>()[\]\\,;:"]+@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u.test(email)
}

/** @param country whose phone numbers may come without a country code. */
export function readOffer(call: MemberCall, country: string): Offer {
  return {
    phone: call.phone === undefined ? undefined : normalisePhone(call.phone, country),
    email: call.email,
    password: call.password,
    verifyEmail: call.verifyEmail,
    profile: {
      firstName: call.firstName,
      lastName: call.lastName,
      birthday: call.birthday,
      gender: call.gender,
      maritalStatus: call.maritalStatus,
      address: call.address && JSON.stringify(call.address),
    },
    preferences: { favoriteStoreCode: call.favoriteStore, smsOptIn: call.smsOptIn, emailOptIn: call.emailOptIn },
  }
}
