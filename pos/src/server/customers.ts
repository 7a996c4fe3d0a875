import type { MemberView } from '../api.ts'
import type { Book } from './book.ts'

/** What the shop itself knows of a member; the loyalty server tells no names. By the digits of the phone, so that a member is found while it is away. */
export interface Customer {
  /** The phone's digits. */
  readonly id: string
  readonly member: string
  readonly name: string | null
}

/** `(415) 555-0123`, `+1 415 555 0123` and `4155550123` are one key here, as they are one member there. */
export const phoneKey = (phone: string): string => phone.replaceAll(/\D/g, '').replace(/^1(?=\d{10}$)/, '')

export const maskPhone = (key: string): string => `(•••) •••-${key.slice(-4)}`

export function customerOf(customers: Book<Customer>, member: string): Customer | undefined {
  for (const customer of customers.all()) if (customer.member === member) return customer
  return undefined
}

/** A member of whom only the shop's own knowledge is at hand. */
export const viewAlone = ({ id, member, name }: Customer): MemberView => ({
  ...{ id: member, name, phone: maskPhone(id), isNew: false },
  ...{ balance: null, rewards: [] },
})
