import type { Dish } from './history.ts'

/**
 * The script of a replay: every call that the tills make, in order, with the answer that is expected. It says what a till means to do; `wire.ts`
 * turns it into bytes.
 */
export type Call = Common &
  (
    | { readonly kind: 'create'; readonly member: number }
    | { readonly kind: 'rewards' | 'balance'; readonly member: number; readonly store: string }
    | ({ readonly kind: 'order' } & OrderCall)
    /** A member shows the receipt of an order that was made without them. */
    | { readonly kind: 'claim'; readonly member: number; readonly order: string }
  )

interface Common {
  /** Index of the slot in which it is sent; all calls of a slot are sent at one frozen instant. */
  readonly slot: number
  /** Calls of one chain are sent one after the other, in this order; chains of a slot run side by side. */
  readonly chain: string
  readonly expect: number
  /** Other good answers, at any time. */
  readonly alsoAllowed: readonly number[]
  /** Other good answers when the call may have been made before: in a repeated replay, or after a lost reply. */
  readonly onRepeat: readonly number[]
  /** 2: sent twice at once. */
  readonly copies: 1 | 2
  /** Whether it is what changes something; a repeat, a late call and a quote change nothing. */
  readonly acts: boolean
}

export type Status = 'checkout' | 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'

export interface OrderCall {
  /** Null: under `guest`. */
  readonly member: number | null
  readonly order: string
  readonly status: Status
  readonly store: string
  /** The wall-clock time at which the order was taken. */
  readonly placedWall: number
  readonly dishes: readonly Dish[]
  readonly reward?: { readonly key: string; readonly cents: number }
  /** One line for each unit, instead of one for each dish. */
  readonly unitLines: boolean
  /** A quote that carries only the basket's uuid. */
  readonly withoutId: boolean
  /** A refund of a part is known by this number of its own. */
  readonly refund?: { readonly key: string; readonly by: 'refund_id' | 'uuid' }
}

/** A stretch of the store's day; the clock stands at its last second while its calls are sent. */
export interface Slot {
  readonly day: string
  readonly endsWall: number
}

export interface PlannedMember {
  /** As a customer says it: one number in several spellings is one member. */
  readonly phones: readonly string[]
  readonly first: string
  readonly last: string
}
