import { randomUUID } from 'node:crypto'
import type { PricedLine, RefundAsk, RefundView } from '../api.ts'
import type { Desk } from './desk.ts'
import { toRefused } from './loyalty.ts'
import { latest, type OrderRecord } from './order-record.ts'
import { taxOf } from './pricing.ts'
import { Refused } from './refused.ts'

/**
 * Voids an order that is not completed: what it holds is free again. Twice is once.
 * @throws Refused
 */
export async function voidOrder(desk: Desk, id: string, notice: string): Promise<OrderRecord> {
  const order = latest(desk.orders, id)
  if (!order) throw new Refused('not_found', 'There is no such order.')
  if (order.state === 'voided') return order
  if (desk.paying.has(order.id)) throw new Refused('busy', 'A payment for this order runs. Cancel the payment first.')
  if (order.state !== 'placed')
    throw new Refused('state_forbids', `Order ${order.number} is ${order.state.replaceAll('_', ' ')}: refund it instead.`)
  try {
    await desk.reach.ask(() => desk.loyalty.void(order))
  } catch (fault) {
    throw toRefused(fault)
  }
  const voided: OrderRecord = { ...order, state: 'voided', updatedAt: desk.now(), notice }
  await desk.orders.put(voided)
  return voided
}

/** Refunds that run, by their id: two presses are one refund. */
const running = new Map<string, Promise<RefundView>>()

/**
 * Takes items back: the loyalty server takes back points (and gives back the reward with the last item), the customer gets the money.
 * @throws Refused
 */
export function refundOrder(desk: Desk, id: string, ask: RefundAsk): Promise<RefundView> {
  const same = running.get(ask.refund)
  if (same) return same
  const refund = takeBack(desk, id, ask).finally(() => running.delete(ask.refund))
  running.set(ask.refund, refund)
  return refund
}

async function takeBack(desk: Desk, id: string, ask: RefundAsk): Promise<RefundView> {
  const order = latest(desk.orders, id)
  if (!order) throw new Refused('not_found', 'There is no such order.')
  const known = order.refunds.find(({ refund }) => refund === ask.refund)
  if (known) return known
  if (order.state === 'queued' || order.state === 'settling')
    throw new Refused(
      'state_forbids',
      `Order ${order.number} still waits for the loyalty server. Refund it when it has been sent.`,
    )
  if (order.state !== 'completed' && order.state !== 'partly_refunded')
    throw new Refused(
      'state_forbids',
      `Order ${order.number} is ${order.state.replaceAll('_', ' ')}: there is nothing to refund.`,
    )
  const lines = linesOf(order, ask)
  const isRest = order.lines.every(
    ({ key, quantity, refunded }) => quantity - refunded === (lines.find((line) => line.key === key)?.quantity ?? 0),
  )
  const transaction = await desk.reach
    .ask(() => desk.loyalty.refund(order, ask.refund || randomUUID(), lines))
    .catch((fault: unknown) => {
      throw toRefused(fault)
    })
  const net = transaction.refund_amount === undefined ? share(order, lines) : desk.wire.minor(transaction.refund_amount)
  const refund: RefundView = {
    refund: ask.refund,
    at: desk.now(),
    lines: lines.map(({ key, label, quantity }) => ({ key, label, quantity })),
    // The last refund gives what is left, so that all of them are exactly what was paid.
    amount: isRest
      ? order.total - order.refunds.reduce((sum, { amount }) => sum + amount, 0)
      : net + taxOf(desk.menu.taxRate, net),
    pointsReversed: transaction.points_reversed ?? null,
    order: order.id,
  }
  await desk.orders.put(withRefund(order, refund, isRest, desk.now()))
  return refund
}

/** What is asked back, or all that is left. */
function linesOf(order: OrderRecord, { lines }: RefundAsk): PricedLine[] {
  const asked = lines ?? order.lines.map(({ key, quantity, refunded }) => ({ key, quantity: quantity - refunded }))
  const back = asked
    .filter(({ quantity }) => quantity !== 0)
    .map(({ key, quantity }) => {
      const line = order.lines.find((one) => one.key === key)
      if (!line) throw new Refused('invalid', `Order ${order.number} has no line ${key}.`)
      const left = line.quantity - line.refunded
      if (!Number.isInteger(quantity) || quantity < 1 || quantity > left)
        throw new Refused('invalid', `${line.label}: ${left} can be refunded; got ${quantity}.`)
      return { ...line, quantity, amount: quantity * line.unitPrice }
    })
  if (back.length === 0) throw new Refused('invalid', 'Choose at least one item to refund.')
  return back
}

/** Where the loyalty server does not say: the items' share of what was paid, rounded half up. */
function share(order: OrderRecord, lines: readonly PricedLine[]): number {
  const value = lines.reduce((sum, { amount }) => sum + amount, 0)
  return Math.floor((value * (order.subtotal - order.discount) + order.subtotal / 2) / order.subtotal)
}

function withRefund(order: OrderRecord, refund: RefundView, isRest: boolean, at: number): OrderRecord {
  const taken = new Map(refund.lines.map(({ key, quantity }) => [key, quantity]))
  return {
    ...order,
    state: isRest ? 'refunded' : 'partly_refunded',
    updatedAt: at,
    lines: order.lines.map((line) => ({ ...line, refunded: line.refunded + (taken.get(line.key) ?? 0) })),
    refunds: [...order.refunds, refund],
  }
}
