import type { LotShare } from '../ledger/wallet.ts'
import type { Because, Line, MemberSnapshot, Tallies } from '../model.ts'

export type OrderStatus = 'checkout' | 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'

/** One order call, after tolerance: money in minor units, times as instants. */
export interface Call {
  readonly status: OrderStatus
  readonly orderId?: string
  readonly basketUuid?: string
  readonly refundId?: string
  readonly transactionId?: string
  readonly storeCode: string
  readonly source: string
  readonly type: string
  readonly rendition?: string
  readonly currency: string
  readonly digits: number
  readonly subtotal: number
  readonly total?: number
  /** The whole discount: the shop's own and the reward's. */
  readonly discount: number
  readonly placedAt?: number
  readonly wantedAt?: number
  readonly reward?: { readonly id: string; readonly discount?: number }
  readonly lines: readonly Line[]
}

/** What was bought, as it was last accepted. */
export type Cart = { readonly fingerprint: string } & Pick<
  Call,
  'source' | 'type' | 'rendition' | 'currency' | 'digits' | 'subtotal' | 'total' | 'discount' | 'reward' | 'lines'
>

/** The reward of a sale as it was priced when it was held; from then on nothing about it changes. */
export interface Redemption {
  readonly rewardKey: string
  readonly asset: string
  readonly quantity: number
  readonly discount: number
  /** The discount's share of each unit, in canonical order. */
  readonly shares: readonly number[]
  readonly forfeited: number
}

/** What the rules knew of a member when they decided: kept with the order, so that what did not apply can be explained as exactly as what did. */
export interface Knew {
  /** The instant of the decision. */
  readonly at: number
  readonly member: MemberSnapshot
  /** How many pieces of each issued reward could be used. */
  readonly rewards: Readonly<Record<string, number>>
}

/** What an order was when it was placed: its cart, priced. `shopShares` is the shop's own discount, unit by unit. */
export interface Sale {
  readonly cart: Cart
  readonly shopShares: readonly number[]
  readonly redemption: Redemption | null
  readonly because: readonly Because[]
  /** Null for a guest. */
  readonly knew?: Knew | null
}

/** What a completed order brought, less what refunds have taken back since. */
export interface Earned {
  readonly quantity: number
  readonly tallies: Tallies
  readonly because: readonly Because[]
  readonly knew?: Knew
}

/** A refund that was accepted: what came back, and the content its key stands for. */
export interface Refund {
  readonly key: string
  readonly fingerprint: string
  /** Which units came back, as indexes in canonical order. */
  readonly units: readonly number[]
}

interface Common {
  readonly orderUid: string
  readonly orderId?: string
  readonly basketUuid?: string
  /** Every key that leads here, also those of ids it had before: where the order goes, they go. */
  readonly keys: readonly string[]
  readonly storeCode: string
  readonly programVersion: number
  /** The order's own time (scenario 50). */
  readonly at: number
  /** Carts that were placed and then replaced: a late duplicate of one is refused (scenario 34). */
  readonly superseded: readonly string[]
  /** A guest's order carries the code by which it can be claimed; `claimed` stands once it was. */
  readonly receiptCode?: string
  readonly claimed?: boolean
}

interface Sold {
  readonly sale: Sale
  readonly transactionId: string
  readonly captured: readonly LotShare[]
  readonly refunds: readonly Refund[]
}

/** What an order is. Each state carries the facts that are true in it. */
export type Order = Common &
  (
    | { readonly state: 'checkout'; readonly cart: Cart }
    | { readonly state: 'placed'; readonly sale: Sale }
    | ({ readonly state: 'billed' } & Sold)
    | ({ readonly state: 'completed'; readonly earned: Earned | null } & Sold)
    /** No cart when the order was never seen before it was voided: then this is the mark that stops late calls. */
    | { readonly state: 'voided' }
    | ({ readonly state: 'refunded'; readonly earned: Earned | null } & Sold)
  )

export type Of<S extends Order['state']> = Extract<Order, { state: S }>

/** The answers that were given to accepted calls, by `status` or `refund:<key>`: which cart they were for, and their text. */
export type Answers = Readonly<Record<string, { readonly fingerprint: string; readonly text: string }>>

/** An order that one of the call's keys names, as it was loaded. */
export interface Found {
  readonly ownerId: number
  /** Belongs to a guest's pseudo-member. */
  readonly guest: boolean
  /** The version of its owner's wallet. */
  readonly ownerVersion: number
  readonly order: Order
  readonly answers: Answers
}

/** What an accepted call is answered, in minor units. */
export interface Answer {
  readonly status: OrderStatus
  readonly transactionId?: string
  readonly discount: number
  readonly receiptCode?: string
  /** Why the reward of a `checkout` does not apply. */
  readonly refusal?: OrderRefusal
  readonly earned?: number
  readonly forfeited?: number
  readonly refund?: { readonly amount: number; readonly reversed: number; readonly difference?: number }
  readonly because?: readonly Because[]
  /** What a quote was decided on; accepted orders carry their own. */
  readonly story?: Story
}

/** What an explanation is made of: an order as it was decided. Stored with the order, so it tells the same for ever. */
export interface Story {
  readonly cart: Cart
  readonly storeCode: string
  readonly at: number
  readonly programVersion: number
  /** Absent for a quote that is not priced any more, or whose reward was refused. */
  readonly sale?: Sale
  /** Absent before the order is completed, null for a guest. */
  readonly earned?: Earned | null
  /** Why the reward that was asked for does not apply. */
  readonly refusal?: OrderRefusal
  /** Units that came back, as indexes in canonical order. */
  readonly returned: readonly number[]
}

/** Why an order call is refused: a name of the contract's error table, with its facts. Money facts are minor units. */
export interface OrderRefusal {
  readonly error: string
  readonly facts: Readonly<Record<string, unknown>>
}

export const ORDER_UNIT_LIMIT = 10_000
