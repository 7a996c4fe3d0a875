import { type Order, RegularsError, type Transaction } from '@regulars/sdk'
import type { Desk } from './desk.ts'
import { isAway } from './loyalty.ts'
import type { OrderRecord } from './order-record.ts'
import { settled } from './settle-order.ts'

/**
 * After a crash: what was being paid is settled as the payment device remembers it (charged: billed and completed; not charged: voided), before the
 * first screen is served. What the loyalty server cannot hear of now waits for it.
 */
export async function recover(desk: Desk): Promise<void> {
  for (const order of [...desk.orders.all()].filter(({ state }) => state === 'paying')) {
    desk.log(`Order ${order.number} was being paid when this server ended: settling it`)
    const isCharged = order.payment !== null || desk.devices.stateOf(order.id) === 'approved'
    if (isCharged) await desk.orders.put({ ...order, payment: order.payment ?? cardPayment(order), state: 'settling' })
    await settleOne(desk, order.id)
  }
}

/** Sends everything that waits, oldest first; stops at the first that cannot be sent now. */
export async function drainWaiting(desk: Desk): Promise<void> {
  if (draining.has(desk)) return
  draining.add(desk)
  await drain(desk).finally(() => draining.delete(desk))
}

/** One at a time: an outage that flickers must not send the same order from two sides. */
const draining = new WeakSet<Desk>()

async function drain(desk: Desk): Promise<void> {
  const waiting = [...desk.orders.all()]
    .filter(({ state }) => state === 'settling' || state === 'queued')
    .sort((a, b) => a.createdAt - b.createdAt)
  try {
    for (const [done, { id }] of waiting.entries()) {
      desk.reach.setDraining({ done, total: waiting.length })
      if (!(await settleOne(desk, id))) return
    }
    // Voids that did not arrive: what they hold is to be free again.
    await desk.client.outbox.drain()
    for (const id of await desk.client.orders.unfinished()) {
      if (desk.orders.get(id)?.state === 'voided') await desk.client.orders.resume(id)
    }
  } catch (fault) {
    if (!isAway(fault))
      desk.log(`What waits for the loyalty server could not be sent: ${fault instanceof Error ? fault.message : fault}`)
  } finally {
    desk.reach.setDraining(null)
  }
}

/** False when the loyalty server is away. */
async function settleOne(desk: Desk, id: string): Promise<boolean> {
  const order = desk.orders.get(id)
  if (!order) return true
  const findPayment = async () => (order.payment ? [desk.wire.payment(order.payment)] : undefined)
  try {
    const session = await desk.reach.ask(() => desk.client.orders.resume(id, { findPayment }))
    if (session.state === 'completed')
      await settled(desk, { ...order, state: 'completed', notice: null }, await answerOf(desk, session, order))
    else await giveUp(desk, order, 'Nothing was charged.')
    return true
  } catch (fault) {
    const cause = fault instanceof RegularsError && fault.cause ? fault.cause : fault
    if (isAway(cause)) {
      if (order.state === 'paying')
        await giveUp(desk, order, 'Nothing was charged. Its reward is free again when the loyalty server answers.')
      return false
    }
    if (fault instanceof RegularsError && fault.reason === 'order_unknown')
      await giveUp(desk, order, 'It had not begun. Nothing was charged.')
    else
      await desk.orders.put({
        ...order,
        notice: `The loyalty server refuses it: ${fault instanceof Error ? fault.message : fault} Call the office.`,
      })
    return true
  }
}

/** The outbox may have sent it in between: then the answer is asked for once more. */
async function answerOf(desk: Desk, { transaction }: Order, order: OrderRecord): Promise<Transaction | undefined> {
  return transaction ?? (await desk.reach.ask(() => desk.loyalty.completed(order)))
}

async function giveUp(desk: Desk, order: OrderRecord, notice: string): Promise<void> {
  await desk.devices.reverse(order.id)
  await desk.orders.put({
    ...order,
    payment: null,
    state: 'voided',
    updatedAt: desk.now(),
    notice: `The till stopped during the payment. ${notice}`,
  })
}

/** The device remembers that it charged, though nobody here was there to note it. */
const cardPayment = ({ total }: OrderRecord): NonNullable<OrderRecord['payment']> => ({
  ...{ method: 'card', amount: total, tendered: null, change: null },
  card: { issuer: 'Visa', suffix: '4242' },
})
