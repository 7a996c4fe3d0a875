import type { CallOptions } from './call.ts'
import { UsageError } from './errors.ts'
import { memberPath } from './lookups.ts'
import { worthOf } from './money.ts'
import type { OrderDraft, OrderStatus, Transaction } from './shapes.ts'
import type { Transport } from './transport.ts'

/** Whose order it is, and the order. */
export interface OrderCall {
  /** A member's id, or `'guest'`. */
  readonly member: string
  readonly order: OrderDraft
}

/** Says one status of one order. */
export type PostOrder = (status: OrderStatus, call: OrderCall, options?: CallOptions) => Promise<Transaction>

const ID_REQUIRED: readonly OrderStatus[] = ['billed', 'completed', 'voided', 'refunded']

/** The order calls of the contract over a transport. */
export function orderCalls(transport: Transport, accountId: string): PostOrder {
  return async (status, { member, order }, options) => {
    if (order?.id === undefined && ID_REQUIRED.includes(status)) {
      throw new UsageError(`A ${status} order needs its id: order: { id, … }. Give the one it was placed with.`, {
        reason: 'argument',
      })
    }
    const body = { ...order, subtotal: order.subtotal ?? worthOf(order.basket?.posEntries), status, brand: accountId }
    const call = {
      method: 'POST',
      path: `${memberPath(member)}/orders`,
      body,
      repeatable: isRepeatable(status, order),
      answers: 'transaction',
      ...(order.id !== undefined && { orderId: order.id }),
    } as const
    const answer = await transport.send(call, options)
    return answer.body.transaction as Transaction
  }
}

/**
 * An accepted order call is answered again as it was. A refund is the exception: a part of an order may well come back twice, so only one that
 * carries a name of its own can be told from its repeat by every server.
 */
function isRepeatable(status: OrderStatus, order: OrderDraft): boolean {
  return status !== 'refunded' || order.refund_id !== undefined
}
