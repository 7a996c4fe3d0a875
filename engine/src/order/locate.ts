import type { OrderQuestion } from './desk.ts'
import { idKey, type Keys, uuidKey } from './keys.ts'
import type { Found, OrderRefusal } from './order.ts'

type Located =
  | { readonly ok: true; readonly value: { found: Found | undefined; keys: Keys } }
  | { readonly ok: false; readonly refusal: OrderRefusal }

/**
 * Which order is meant (wire contract §7): the one with this `id`; for a call without one, `basket.uuid`. A call with both joins the two while one
 * of them is still at `checkout` or has never been seen. A refund's `basket.uuid` names the refund, never the order.
 */
export function locate(question: OrderQuestion): Located {
  const { call } = question
  const { byId } = question
  const orderId = call.orderId
  const isRefund = call.status === 'refunded'
  const reused = question.byUuid !== undefined && isReused(question.byUuid, question)
  const byUuid = reused || (isRefund && orderId !== undefined) ? undefined : question.byUuid
  const basketUuid = reused || isRefund ? undefined : call.basketUuid

  if (byId && byUuid && byId.order.orderUid !== byUuid.order.orderUid) {
    const absorbed = byUuid.order.state === 'checkout' ? byUuid : byId.order.state === 'checkout' ? byId : undefined
    if (!absorbed) return { ok: false, refusal: { error: 'order_ids_conflict', facts: { orderId, uuid: basketUuid } } }
    return at(question, absorbed === byId ? byUuid : byId, { orderId, basketUuid, absorbed: [absorbed] })
  }
  if (byId) return at(question, byId, { orderId, basketUuid: byUuid || openToUuid(byId) ? basketUuid : undefined })
  return at(question, byUuid, { orderId, basketUuid })
}

const openToUuid = ({ order }: Found): boolean => order.state === 'checkout' || order.basketUuid === undefined

/** The uuid of an order that goes by another id since it was placed: a till that never draws a new one. The call's own id says which is meant. */
function isReused({ order }: Found, { call, byId }: OrderQuestion): boolean {
  if (call.orderId === undefined || order.orderId === undefined || order.state === 'checkout') return false
  return order.orderId !== call.orderId && order.orderUid !== byId?.order.orderUid
}

function at(
  { ownerId, member, byId, byUuid }: OrderQuestion,
  found: Found | undefined,
  named: { orderId?: string; basketUuid?: string; absorbed?: readonly Found[] },
): Located {
  const { orderId, basketUuid, absorbed = [] } = named
  const wanted = [
    ...(orderId === undefined ? [] : [{ key: idKey(orderId), holder: byId }]),
    ...(basketUuid === undefined ? [] : [{ key: uuidKey(basketUuid), holder: byUuid }]),
  ]
  const moves = found !== undefined && found.ownerId !== ownerId && !(found.guest && member === null)
  const kept = found?.order.keys ?? []
  const joined = absorbed.flatMap(({ order }) => order.keys)
  const fresh = wanted.filter(({ holder }) => holder === undefined).map(({ key }) => key)
  const moved = [...joined, ...(moves ? kept : [])]
  const all = [...new Set([...kept, ...joined, ...wanted.map(({ key }) => key)])]
  return { ok: true, value: { found, keys: { orderId, basketUuid, all, fresh, moved, absorbed } } }
}
