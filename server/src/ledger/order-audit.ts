import type { Order } from '@regulars/engine'
import type { Check } from './problem.ts'
import type { HoldRow, OrderRow } from './verify-store.ts'

/** What movements and holds say of an order. `held` and `redeemed` are net, by lot. */
export interface OrderFacts {
  readonly causes: string[]
  readonly held: Map<string, number>
  readonly redeemed: Map<string, number>
  readonly holds: HoldRow[]
  /** Points, visits or stamps issued for it, less what was taken back. */
  earned: number
  seen: boolean
}

export const newOrderFacts = (): OrderFacts => ({
  causes: [],
  held: new Map(),
  redeemed: new Map(),
  holds: [],
  earned: 0,
  seen: false,
})

type Compare = (check: Check, what: string, expected: unknown, found: unknown) => void

/** Holds an order's row against its own document, the keys that lead to it, and what its movements did. */
export function checkOrderRow(row: OrderRow, facts: OrderFacts, equal: Compare): void {
  const { order } = row
  if (!order) {
    equal('order_document', 'document', 'JSON', row.document.slice(0, 40))
    return
  }
  for (const field of ['orderUid', 'state', 'storeCode', 'programVersion', 'at'] as const)
    equal('order_document', field, order[field], row[field])
  for (const key of order.keys ?? []) equal('order_key', `key ${key}`, true, row.keys.includes(key))
  checkRedemption(order, facts, equal)
  const earned = order.state === 'completed' || order.state === 'refunded' ? order.earned : null
  equal('order', 'earned', earned?.quantity ?? 0, facts.earned)
}

/** Placed: held, or lapsed and let go. Billed or completed: taken once. Everything else: neither. */
function checkRedemption(order: Order, facts: OrderFacts, equal: Compare): void {
  const { holds, causes } = facts
  const redemption = 'sale' in order ? order.sale.redemption : null
  const held = sum(holds.map((hold) => hold.quantity))
  const mayHold = order.state === 'placed' && redemption !== null
  const lapsed = causes.findLast((cause) => cause === 'hold' || cause === 'release' || cause === 'lapse') === 'lapse'
  if (mayHold && !(held === 0 && lapsed)) {
    equal('hold', 'held by a placed order', redemption.quantity, held)
    for (const { asset } of holds) equal('hold', 'asset', redemption.asset, asset)
  }
  if (!mayHold) equal('hold', `held in state ${order.state}`, 0, held)

  const taken = order.state === 'billed' || order.state === 'completed' ? order.captured : []
  const net = causes.filter((cause) => cause === 'capture').length - causes.filter((cause) => cause === 'restore').length
  equal('order', 'captures less restores', taken.length > 0 ? 1 : 0, net)
  if (order.state === 'billed' || order.state === 'completed') {
    equal('order', 'captured', redemption?.quantity ?? 0, sum(taken.map((share) => share.quantity)))
  }
  for (const lotId of new Set([...facts.redeemed.keys(), ...taken.map((share) => share.lotId)])) {
    const expected = sum(taken.filter((share) => share.lotId === lotId).map((share) => share.quantity))
    equal('order', `redeemed from lot ${lotId}`, expected, facts.redeemed.get(lotId) ?? 0)
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
