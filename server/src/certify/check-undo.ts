import { anyReward, lastOf } from './check-orders.ts'
import type { Exchange } from './partner.ts'
import { type Order, type Session, type Status, shown, wholeMenu } from './session.ts'
import type { Survey } from './survey.ts'

/** Orders that are taken back, told twice, or told too late. */

export async function voidPlain(session: Session): Promise<void> {
  const member = await session.newMember()
  const before = await session.purse(member, 'before the order')
  for (const last of ['placed', 'billed'] as const) {
    const order = session.newOrder(member, wholeMenu(session, 1))
    await session.accepted(order, 'placed')
    if (last === 'billed') await session.accepted(order, 'billed')
    await session.accepted(order, 'voided', `voided after ${last}`)
    await session.expectSame(member, before, 'points and rewards are as before')
  }
}

export async function voidReward(session: Session, survey: Survey): Promise<void> {
  const { member, reward, cart, discount } = await anyReward(session, survey)
  const before = await session.purse(member, 'before the order')
  for (const last of ['placed', 'billed'] as const) {
    const order = session.newOrder(member, cart, { id: reward.id, discount })
    await session.accepted(order, 'placed')
    if (last === 'billed') await session.accepted(order, 'billed')
    await session.accepted(order, 'voided', `voided after ${last}`)
    await session.expectSame(member, before, 'points and rewards are back')
  }
}

export async function refundPlain(session: Session): Promise<void> {
  const member = await session.newMember()
  await refundBack(session, session.newOrder(member, wholeMenu(session, 1)))
}

export async function refundReward(session: Session, survey: Survey): Promise<void> {
  const { member, reward, cart, discount } = await anyReward(session, survey)
  await refundBack(session, session.newOrder(member, cart, { id: reward.id, discount }))
}

async function refundBack(session: Session, order: Order): Promise<void> {
  const before = await session.purse(order.member, 'before the order')
  const completed = await complete(session, order)
  await session.accepted(completed, 'refunded')
  await session.expectSame(order.member, before, 'points and rewards are as before the order')
}

/** Up to completed; gives the order with its transaction. */
async function complete(session: Session, order: Order): Promise<Order> {
  await session.accepted(order, 'placed')
  const { id } = await session.accepted(order, 'billed')
  await session.accepted(order, 'completed')
  return { ...order, ...(id !== undefined && { transaction: id }) }
}

export async function repeatSameAnswer(session: Session): Promise<void> {
  const member = await session.newMember()
  const order = session.newOrder(member, wholeMenu(session, 1))
  const twice = async (order: Order, status: Status) => {
    await session.accepted(order, status)
    const first = lastOf(session)
    const again = await session.order(`${status} again`, order, status)
    session.expect(again, `status ${first.status}`, again.status === first.status, shown(again))
    session.expect(again, `the same bytes: ${first.answer}`, again.answer === first.answer, again.answer)
    return first
  }
  await twice(order, 'placed')
  const billed = transactionId(await twice(order, 'billed'))
  await twice(order, 'completed')
  await twice({ ...order, ...(billed !== undefined && { transaction: billed }) }, 'refunded')
  const other = session.newOrder(member, wholeMenu(session, 1))
  await session.accepted(other, 'placed')
  await twice(other, 'voided')
}

const transactionId = ({ answer }: Exchange): string | undefined => /"id"\s*:\s*"([^"]+)"/.exec(answer)?.[1]

export async function repeatNoEffect(session: Session): Promise<void> {
  const member = await session.newMember()
  const order = session.newOrder(member, wholeMenu(session, 1))
  const completed = await complete(session, order)
  const after = await session.purse(member, 'after the order')
  for (const status of ['billed', 'completed', 'completed'] as const) await session.order(`${status} again`, order, status)
  await session.expectSame(member, after, 'a repeated order earns once')
  await session.accepted(completed, 'refunded')
  const refunded = await session.purse(member, 'after the refund')
  await session.order('refunded again', completed, 'refunded')
  await session.expectSame(member, refunded, 'a repeated refund takes back once')
}

export async function lateRefused(session: Session): Promise<void> {
  const member = await session.newMember()
  const order = session.newOrder(member, wholeMenu(session, 1))
  await session.accepted(order, 'placed')
  await session.accepted(order, 'voided')
  const billed = await session.order('billed after voided', order, 'billed')
  conflicts(session, billed)
  // The same cart under the same id: a till that kept the call in a queue.
  const late = session.newOrder(member, wholeMenu(session, 1))
  await session.accepted(late, 'voided', 'voided, before placed has arrived')
  const placed = await session.order('placed after voided', late, 'placed')
  conflicts(session, placed)
}

export async function backwardRefused(session: Session): Promise<void> {
  const member = await session.newMember()
  const order = session.newOrder(member, wholeMenu(session, 1))
  await session.accepted(order, 'placed')
  await session.accepted(order, 'billed')
  const quote = await session.order('checkout after billed', order, 'checkout')
  conflicts(session, quote)
  await session.accepted(order, 'completed')
  const voided = await session.order('voided after completed', order, 'voided')
  conflicts(session, voided)
}

export async function otherContentRefused(session: Session): Promise<void> {
  const member = await session.newMember()
  const order = session.newOrder(member, wholeMenu(session, 1))
  await session.accepted(order, 'placed')
  await session.accepted(order, 'billed')
  const before = await session.purse(member, 'after billed')
  const larger = await session.order('billed with a larger cart', { ...order, cart: wholeMenu(session, 2) }, 'billed')
  conflicts(session, larger)
  await session.expectSame(member, before, 'nothing has changed')
}

/** What the order's state does not allow. */
function conflicts(session: Session, exchange: Exchange): void {
  session.expect(exchange, 'status 409', exchange.status === 409, shown(exchange))
}
