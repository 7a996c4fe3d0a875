import type { Found } from './order.ts'

/** Which keys name the order from now on, and what becomes of orders that this call joins into one. */
export interface Keys {
  readonly orderId?: string
  readonly basketUuid?: string
  /** Every key the order has; empty when the call names none. */
  readonly all: readonly string[]
  /** Not known so far. */
  readonly fresh: readonly string[]
  /** Known, but of an order that moves here or is joined into this one. */
  readonly moved: readonly string[]
  /** Orders at `checkout` whose place this one takes: dropped where they stand. */
  readonly absorbed: readonly Found[]
}

export const idKey = (orderId: string): string => `id:${orderId}`
export const uuidKey = (basketUuid: string): string => `uuid:${basketUuid}`
export const receiptKey = (code: string): string => `receipt:${code}`
