import type { Desk } from './desk.ts'
import { isAway, toRefused } from './loyalty.ts'
import { nextNumber, type OrderRecord } from './order-record.ts'
import { Refused } from './refused.ts'

/** An order ahead may be wanted at most this far ahead: as long as the loyalty server keeps a reward for it. */
const AHEAD_MAX_MS = 30 * 24 * 3600 * 1000

/**
 * Takes an order ahead: its reward is kept for it, and it is paid when it is fetched.
 * @throws Refused
 */
export async function placeOrder(desk: Desk, visitor: string, id: string, name: string): Promise<OrderRecord> {
  const begun = desk.orders.get(id)
  if (begun?.visitor === visitor) return begun
  const order = desk.open.get(id)
  if (begun || !order) throw new Refused('not_found', 'This cart is not known. Load the page again.')
  if (order.lines.length === 0) throw new Refused('invalid', 'There is nothing in this order. Add an item first.')
  if (order.wanted !== null && order.wanted > desk.now() + AHEAD_MAX_MS)
    throw new Refused('invalid', 'Orders can be taken at most 30 days ahead. Choose an earlier time.')
  const member = order.member && { ...order.member, name: order.member.name ?? (name || null) }
  const placed = { ...order, visitor, member, number: nextNumber(desk.orders), notice: name === '' ? null : `For ${name}` }
  // Written before it is held: what the loyalty server keeps is known here, whatever happens.
  await desk.orders.put({ ...placed, state: 'placed' })
  try {
    const held = await hold(desk, placed, true)
    await desk.orders.put(held)
    desk.open.delete(id)
    return held
  } catch (fault) {
    await desk.orders.put({ ...placed, state: 'voided', notice: 'It was not taken: the reward did not apply.' })
    throw toRefused(fault)
  }
}

/** The order with its reward held. Without a reward there is nothing to hold, and the loyalty server may be away; it hears of it when it is paid. */
export async function hold(desk: Desk, order: OrderRecord, isStrict = false): Promise<OrderRecord> {
  const placed: OrderRecord = { ...order, state: 'placed', updatedAt: desk.now() }
  const session = desk.client.orders.start({
    member: order.member?.id ?? 'guest',
    ...{ store: desk.menu.store.code, source: order.source, id: order.id },
  })
  const { posEntries, ...cart } = desk.wire.cart({ ...order, totals: order, at: order.createdAt })
  try {
    await desk.reach.ask(async () => {
      const quote = await session.checkout({ posEntries, ...cart }, order.reward?.applied ? order.reward.id : undefined)
      if (order.reward?.applied && !quote.applied)
        throw new Refused('reward_refused', quote.message ?? 'The reward does not apply.', quote.reason ?? null)
      await session.place()
    })
    return placed
  } catch (fault) {
    if (isStrict && (!isAway(fault) || order.reward?.applied)) throw fault
    if (!order.reward?.applied) return placed
    return { ...placed, ...desk.pricer.total(order.lines, 0), reward: { ...order.reward, applied: false, discount: 0 } }
  }
}
