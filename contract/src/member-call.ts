import { type Outcome, ok } from './errors.ts'
import {
  bodyPlace,
  choice,
  day,
  fieldValue,
  flag,
  identifier,
  invalid,
  newFindings,
  note,
  objectAt,
  type Place,
  pathOf,
  text,
} from './fields.ts'

export const GENDERS = ['m', 'f'] as const
export const MARITAL_STATUSES = ['single', 'married', 'divorced', 'domestic partner'] as const

/** What a call to create or retrieve a member says. Absent is not known; an empty text is absent. */
export interface MemberCall {
  /** As sent: normalising needs the account's country. */
  phone?: string
  email?: string
  password?: string
  firstName?: string
  lastName?: string
  /** YYYY-MM-DD. */
  birthday?: string
  gender?: (typeof GENDERS)[number]
  maritalStatus?: (typeof MARITAL_STATUSES)[number]
  address?: MemberAddress
  /** A store code. */
  favoriteStore?: string
  smsOptIn?: boolean
  emailOptIn?: boolean
  verifyEmail: boolean
}

export interface MemberAddress {
  street?: string
  city?: string
  state?: string
  zip?: string
  country?: string
}

/** SMTP allows no longer address. */
export const MAX_EMAIL_LENGTH = 254

/** Reads the body of wire-contract §4. Whether the phone is one, and whose it is, is not decided here. Never throws. */
export function readMemberCall(body: unknown): Outcome<MemberCall> {
  const findings = newFindings()
  const call = readCustomer(customerIn(bodyPlace(body, findings)))
  return findings.refusal === undefined ? ok(call) : { ok: false, refusal: findings.refusal }
}

/** Fields that show that somebody forgot the wrapper. */
const CUSTOMER_FIELDS = ['phone', 'email', 'name', 'password', 'dob', 'verify_email'] as const

function customerIn(body: Place): Place {
  const customer = objectAt(body, 'customer')
  if (customer !== undefined) return customer
  const stray = CUSTOMER_FIELDS.find((name) => fieldValue(body, name) !== undefined)
  if (stray !== undefined) note(body.findings, 'field_misplaced', { path: stray, where: `customer.${stray}` })
  note(body.findings, 'field_missing', {
    path: 'customer',
    expected: 'an object with the phone: { "customer": { "phone": "4155550123" } }',
  })
  return { fields: {}, path: 'customer', findings: body.findings }
}

function readCustomer(customer: Place): MemberCall {
  const name = objectAt(customer, 'name')
  const address = objectAt(customer, 'address')
  return {
    phone: identifier(customer, 'phone'),
    email: readEmail(customer),
    password: readPassword(customer),
    firstName: name && filled(text(name, 'first')),
    lastName: name && filled(text(name, 'last')),
    birthday: readBirthday(customer),
    gender: choice(customer, 'gender', GENDERS),
    maritalStatus: choice(customer, 'marital_status', MARITAL_STATUSES),
    address: address && readAddress(address),
    favoriteStore: identifier(customer, 'favorite_store_id'),
    smsOptIn: flag(customer, 'sms_opt_in'),
    emailOptIn: flag(customer, 'email_opt_in'),
    verifyEmail: flag(customer, 'verify_email') ?? false,
  }
}

function readEmail(customer: Place): string | undefined {
  const email = filled(text(customer, 'email', MAX_EMAIL_LENGTH))
  if (email === undefined || /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(email)) return email
  return invalid(customer.findings, pathOf(customer, 'email'), 'an email address such as ann@example.com', email)
}

/** A password is never shown, not even a wrong one. */
function readPassword(customer: Place): string | undefined {
  const value = fieldValue(customer, 'password')
  if (value === undefined || typeof value === 'string') return filled(text(customer, 'password'), false)
  note(customer.findings, 'field_invalid', { path: pathOf(customer, 'password'), expected: 'a text', got: 'something else' })
  return undefined
}

function readBirthday(customer: Place): string | undefined {
  const birthday = day(customer, 'dob')
  if (birthday === undefined || birthday >= '1900') return birthday
  return invalid(customer.findings, pathOf(customer, 'dob'), 'a date from 1900-01-01 on', birthday)
}

function readAddress(address: Place): MemberAddress | undefined {
  const read: MemberAddress = {
    street: filled(identifier(address, 'street')),
    city: filled(identifier(address, 'city')),
    state: filled(identifier(address, 'state')),
    zip: filled(identifier(address, 'zip')),
    country: filled(identifier(address, 'country')),
  }
  return Object.values(read).some((value) => value !== undefined) ? read : undefined
}

/** A text without the blanks around it; one of blanks only is absent. */
function filled(value: string | undefined, trims = true): string | undefined {
  const kept = trims ? value?.trim() : value
  return kept === '' ? undefined : kept
}
