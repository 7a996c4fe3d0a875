import { UsageError } from './errors.ts'
import { sum, worthOf } from './money.ts'
import type { AppliedReward, Cart, OrderDraft, Payment, PosEntry, Transaction } from './shapes.ts'

/** What is on the till now: a cart, perhaps a reward, and what the server last said about the two. */
export interface Draft {
  readonly cart: Cart
  readonly reward: AppliedReward | undefined
  quote: Transaction | undefined
}

/** What every call says of an order. */
export interface Head {
  readonly id: string
  readonly source: OrderDraft['source']
  readonly vendor: string
}

/** The order as it is asked about, and, once it is quoted, as it is placed. The shop's own discount is the cart's; the reward's comes on top. */
export function orderOf(head: Head, { cart, reward, quote }: Draft): OrderDraft & { readonly total: number } {
  const { posEntries, subtotal = worthOf(posEntries), ...rest } = cart
  const applied = reward && quote ? (quote.discount > 0 ? { ...reward, discount: quote.discount } : undefined) : reward
  const discount = sum({ discount: cart.discount, reward: quote && applied?.discount })
  return {
    ...rest,
    ...head,
    subtotal,
    ...(discount > 0 && { discount }),
    total: totalOf({ ...rest, subtotal, discount }),
    basket: { posEntries, ...(applied && { rewards: [applied] }) },
  }
}

/** What the customer pays. */
function totalOf({
  subtotal,
  tax,
  tip,
  delivery,
  discount,
}: Pick<OrderDraft, 'subtotal' | 'tax' | 'tip' | 'delivery' | 'discount'>): number {
  return Math.max(0, sum({ subtotal, tax, tip, delivery }, { discount }))
}

/** The order with what was paid. A tip that was given at the terminal raises the total. */
export function paidOrder(order: OrderDraft, payments: readonly Payment[], tip?: number): OrderDraft {
  const tipped = tip === undefined ? order : { ...order, tip: sum({ tip: order.tip, more: tip }) }
  return { ...tipped, payments, total: totalOf(tipped) }
}

/** The part of an order that comes back: its lines alone, without what was true of the whole. */
export function refundOf(
  order: OrderDraft,
  refundId: string,
  transaction: string | undefined,
  lines?: readonly PosEntry[],
): OrderDraft {
  const named = { ...order, refund_id: refundId, ...(transaction !== undefined && { transaction }) }
  if (lines === undefined) return named
  const { discount: _, tax: _tax, tip: _tip, delivery: _delivery, total: _total, payments: _payments, ...rest } = named
  return { ...rest, subtotal: worthOf(lines), basket: { posEntries: lines } }
}

/** Keeps the discount that was given at the till, but asks for no reward. */
export function withoutReward(order: OrderDraft): OrderDraft {
  const { rewards: _, ...basket } = order.basket
  return { ...order, basket }
}

/** What was asked for beside the cart. */
export function rewardOf(reward: string | AppliedReward | undefined): AppliedReward | undefined {
  const asked = typeof reward === 'string' ? { id: reward } : reward
  if (asked === undefined || (typeof asked.id === 'string' && asked.id !== '')) return asked
  throw new UsageError('The reward has no id. Take one from rewards.list, or leave it out.', { reason: 'argument' })
}

/** As the wire wants it: to the second, in UTC. */
export function wireTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
