import type { OrderQuestion } from './desk.ts'
import { idKey, type Keys, keysOf, uuidKey } from './keys.ts'
import type { Found, OrderRefusal } from './order.ts'

type Located = { readonly ok: true; readonly value: { found: Found | undefined; keys: Keys } } | { readonly ok: false; readonly refusal: OrderRefusal }

/**
 * Which order is meant (wire contract §7): the one with this `id`; for a call without one, `basket.uuid`. A call with both joins the two while one
 * of them is still at `checkout` or has never been seen. A refund's `basket.uuid` names the refund, never the order.
 */
export function locate(question: OrderQuestion): Located {
  const { call } = question
  const byId = question.byId
  const byUuid = call.status === 'refunded' && call.orderId !== undefined ? undefined : question.byUuid
  const orderId = call.orderId
  const basketUuid = call.status === 'refunded' ? undefined : call.basketUuid

  if (byId && byUuid && byId.order.orderUid !== byUuid.order.orderUid) {
    const absorbed = byUuid.order.state === 'checkout' ? byUuid : byId.order.state === 'checkout' ? byId : undefined
    if (!absorbed) return { ok: false, refusal: { error: 'order_ids_conflict', facts: { orderId, uuid: basketUuid } } }
    return at(question, absorbed === byId ? byUuid : byId, { orderId, basketUuid, absorbed: [absorbed] })
  }
  if (byId) return at(question, byId, { orderId, basketUuid: byUuid || openToUuid(byId) ? basketUuid : undefined })
  if (byUuid && (orderId === undefined || openToId(byUuid))) return at(question, byUuid, { orderId, basketUuid })
  return at(question, undefined, { orderId, basketUuid: byUuid ? undefined : basketUuid })
}

const openToUuid = ({ order }: Found): boolean => order.state === 'checkout' || order.basketUuid === undefined
const openToId = ({ order }: Found): boolean => order.state === 'checkout' || order.orderId === undefined

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
  const kept = found ? keysOf(found.order) : []
  const joined = absorbed.flatMap(({ order }) => keysOf(order))
  const fresh = wanted.filter(({ holder }) => holder === undefined).map(({ key }) => key)
  const moved = [...joined, ...(moves ? kept : [])]
  const all = [...new Set([...kept, ...joined, ...wanted.map(({ key }) => key)])]
  return { ok: true, value: { found, keys: { orderId, basketUuid, all, fresh, moved, absorbed } } }
}
