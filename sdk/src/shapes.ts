import type { BalanceReply, MemberBody, OrderBody, OrderReply, RewardsReply } from './wire.ts'

/** What a till knows of a person: phone, email, or both. Wire names are kept as they are. */
export type Customer = MemberBody['customer']
/** What a member has: points, visits or stamps, and rewards. */
export type Balance = BalanceReply
/** A reward that a member can use at a store now. */
export type Reward = RewardsReply['rewards'][number]
/** The server's answer to an order call. */
export type Transaction = OrderReply['transaction']
/** What happens to an order. */
export type OrderStatus = OrderBody['status']
/** How (a part of) an order was paid. */
export type Payment = NonNullable<OrderBody['payments']>[number]
/** A line of a cart. */
export type PosEntry = OrderBody['basket']['posEntries'][number]
/** A reward as an order carries it. */
export type AppliedReward = NonNullable<OrderBody['basket']['rewards']>[number]

/** An order as a single call says it: the client adds `status` (by the method) and `brand` (its account), and `subtotal` where it is absent. */
export type OrderDraft = Omit<OrderBody, 'status' | 'brand' | 'subtotal'> & { readonly subtotal?: number }

/** What stands on the receipt. Amounts are decimals, as on the wire. */
export type Cart = Omit<
  OrderDraft,
  'id' | 'source' | 'vendor' | 'basket' | 'payments' | 'transaction' | 'refund_id' | 'total'
> & {
  readonly posEntries: readonly PosEntry[]
}

/** The word that stands in place of a member id for somebody who is none. */
export const GUEST = 'guest'
