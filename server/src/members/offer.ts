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
