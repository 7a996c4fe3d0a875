import {
  OfflineRedemptionError,
  type Order,
  PaymentFailedError,
  PaymentKeptError,
  RegularsError,
  RewardError,
} from '@regulars/sdk'
import type { NotPaid, PayAsk, PaymentView, PayOutcome } from '../api.ts'
import type { Desk } from './desk.ts'
import { DeviceFault } from './device.ts'
import { isAway } from './loyalty.ts'
import { again, latest, nextNumber, type OrderRecord, viewOrder } from './order-record.ts'
import { hold } from './place-order.ts'
import { Refused } from './refused.ts'
import { settled } from './settle-order.ts'

/** Why there was no payment, in words for the person at the till. */
class Unpaid extends Error {
  readonly why: NotPaid
  readonly reason: string | null

  constructor(why: NotPaid, message: string, reason: string | null = null) {
    super(message)
    this.why = why
    this.reason = reason
  }
}

const NEEDS_CONNECTION =
  'The loyalty server cannot be reached, so the reward cannot be used now. Nothing was charged. Sell without the reward, or wait for the connection.'
const KEPT = 'Paid. The points follow as soon as the loyalty server answers again.'
const QUEUED = 'Sold while the loyalty server is away. The points follow when it is back.'

/**
 * Takes the payment of an order and tells the loyalty server. Whatever happens in between (a declined card, a lost device, a lost server, a crash), the
 * money and the reward end on the same side. Asking again while it runs waits for the same end.
 * @throws Refused when there is no such order, or it cannot be paid
 */
export function payOrder(desk: Desk, till: string, id: string, ask: PayAsk): Promise<PayOutcome> {
  const running = desk.paying.get(id)
  if (running) return running as Promise<PayOutcome>
  const payment = takePayment(desk, till, id, ask).finally(() => desk.paying.delete(id))
  desk.paying.set(id, payment)
  return payment
}

async function takePayment(desk: Desk, till: string, id: string, ask: PayAsk): Promise<PayOutcome> {
  const order = latest(desk.orders, id) ?? desk.open.get(id)
  if (!order) throw new Refused('not_found', 'There is no such order. Add its items again.')
  if (['completed', 'queued', 'settling'].includes(order.state)) return { kind: 'paid', order: viewOrder(order) }
  if (order.state !== 'open' && order.state !== 'placed')
    throw new Refused('state_forbids', `Order ${order.number} is ${order.state.replaceAll('_', ' ')} and cannot be paid.`)
  if (order.lines.length === 0) throw new Refused('invalid', 'There is nothing in this order. Add an item first.')
  if (order.member === null && order.reward) throw new Refused('invalid', 'A reward needs a member.')
  const paying: OrderRecord = {
    ...order,
    state: 'paying',
    till,
    number: order.number || nextNumber(desk.orders),
    updatedAt: desk.now(),
  }
  try {
    return { kind: 'paid', order: viewOrder(await charge(desk, paying, ask)) }
  } catch (fault) {
    const unpaid = toUnpaid(fault)
    // Should the card have been charged after all, the money goes back before anybody is told that nothing was taken.
    await desk.devices.reverse(paying.id)
    return {
      kind: 'not_paid',
      why: unpaid.why,
      message: unpaid.message,
      reason: unpaid.reason,
      next: await backToCart(desk, paying, unpaid),
    }
  }
}

async function charge(desk: Desk, order: OrderRecord, ask: PayAsk): Promise<OrderRecord> {
  if (ask.method === 'cash' && ask.tendered < order.total)
    throw new Unpaid('too_little_cash', 'This is less than the total. Nothing was taken.')
  await desk.orders.put(order)
  desk.tills.update(order.till, { phase: 'paying', order: order.id, lines: order.lines, totals: order, prompt: null })
  const session = await openSession(desk, order)
  await checkPrice(desk, session, order)
  let payment: PaymentView | null = null
  const take = async () => {
    payment = await takeMoney(desk, order, ask)
    await desk.orders.put({ ...order, payment })
    return { payments: [desk.wire.payment(payment)] }
  }
  try {
    const paid = await session.pay(take, {
      offline: true,
      tender: ask.method === 'card' ? 'credit' : 'cash',
      ...(!desk.reach.isOnline && { retries: 0 }),
    })
    const state = paid.kind === 'queued' ? 'queued' : 'completed'
    if (state === 'queued') desk.reach.lost()
    return await settled(desk, { ...order, payment, state, notice: state === 'queued' ? QUEUED : null }, session.transaction)
  } catch (fault) {
    if (!(fault instanceof PaymentKeptError)) throw fault
    if (isAway(fault.cause)) desk.reach.lost()
    return settled(desk, { ...order, payment, state: 'settling', notice: KEPT }, undefined)
  }
}

/** An order ahead was placed by an earlier session, which the journal knows. */
async function openSession(desk: Desk, order: OrderRecord): Promise<Order> {
  const known = await desk.client.orders.unfinished()
  if (known.includes(order.id)) return desk.client.orders.resume(order.id)
  return desk.client.orders.start({
    member: order.member?.id ?? 'guest',
    store: desk.menu.store.code,
    source: order.source,
    id: order.id,
  })
}

/** The last word on price and reward, before money changes hands. With the server away, a sale without a reward goes on. */
async function checkPrice(desk: Desk, session: Order, order: OrderRecord): Promise<void> {
  const { posEntries, ...cart } = desk.wire.cart({ ...order, totals: order, at: order.createdAt })
  try {
    // A server that was just away is asked once: somebody waits.
    const options = desk.reach.isOnline ? {} : { retries: 0 }
    const reward = order.reward?.applied ? order.reward.id : undefined
    const quote = await desk.reach.ask(() => session.checkout({ posEntries, ...cart }, reward, options))
    if (!order.reward?.applied) return
    if (!quote.applied) throw new Unpaid('reward_refused', rewardGone(quote.message), quote.reason ?? null)
    if (desk.wire.minor(quote.discount) !== order.discount)
      throw new Unpaid(
        'price_changed',
        'What the reward takes off has changed since it was shown. Nothing was charged: look at the new total and pay again.',
      )
  } catch (fault) {
    if (!isAway(fault)) throw fault
    if (order.reward?.applied) throw new Unpaid('reward_needs_connection', NEEDS_CONNECTION, 'offline')
  }
}

async function takeMoney(desk: Desk, order: OrderRecord, ask: PayAsk): Promise<PaymentView> {
  if (ask.method === 'card') {
    const card = await desk.devices.charge(order.till, order.id, order.total)
    return { method: 'card', amount: order.total, tendered: null, change: null, card }
  }
  return { method: 'cash', amount: order.total, tendered: ask.tendered, change: ask.tendered - order.total, card: null }
}

function toUnpaid(fault: unknown): Unpaid {
  if (fault instanceof Unpaid) return fault
  const cause = fault instanceof PaymentFailedError ? fault.cause : fault
  if (cause instanceof DeviceFault) return new Unpaid(cause.why, cause.message)
  if (fault instanceof RewardError) return new Unpaid('reward_refused', rewardGone(fault.details), fault.reason ?? null)
  if (fault instanceof OfflineRedemptionError || isAway(fault))
    return new Unpaid('reward_needs_connection', NEEDS_CONNECTION, 'offline')
  if (fault instanceof RegularsError && !(fault instanceof PaymentFailedError))
    return new Unpaid(
      'loyalty_refused',
      `The loyalty server refused the sale: ${fault.details ?? fault.message} Nothing was charged.`,
      fault.reason ?? null,
    )
  throw cause
}

const rewardGone = (message: string | undefined) =>
  `${message ?? 'This reward does not apply to this order.'} Nothing was charged. Take the reward off, or choose another one.`

/** The cart stays on the till, under a new id: the old one is voided at the loyalty server. An order ahead is placed again, with its reward. */
async function backToCart(desk: Desk, failed: OrderRecord, unpaid: Unpaid): Promise<string> {
  const at = desk.now()
  const isRewardGone = unpaid.why === 'reward_refused'
  const refused = failed.reward && {
    ...failed.reward,
    applied: false,
    discount: 0,
    reason: unpaid.reason,
    message: unpaid.message,
  }
  const next = { ...again(failed, at), ...(isRewardGone && { ...desk.pricer.total(failed.lines, 0), reward: refused }) }
  await desk.orders.put({ ...failed, state: 'voided', updatedAt: at, notice: unpaid.message, replacedBy: next.id })
  if (failed.source === 'web') await desk.orders.put({ ...(await hold(desk, next)), notice: unpaid.message })
  else desk.open.set(next.id, next)
  desk.tills.update(failed.till, { phase: 'selling', order: next.id, totals: next, reward: next.reward })
  return next.id
}
