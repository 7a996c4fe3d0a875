import { addTallies, countTallies } from '../ledger/book.ts'
import { restoreShares, reverseEarned, withdrawGrants } from '../ledger/earnings.ts'
import type { Tallies, Unit } from '../model.ts'
import type { Reserved } from '../rules/campaign.ts'
import { sum } from '../rules/exact.ts'
import { quoteReward } from '../rules/quote.ts'
import { budgetsUsed } from '../rules/tally-names.ts'
import { unitsOf } from '../rules/units.ts'
import { matchUnits, paidPerUnit } from './cart.ts'
import { accept, type Desk, forbidden, nameOf, type OrderDecision } from './desk.ts'
import type { Earned, Of, OrderRefusal, Sale } from './order.ts'
import { contextOf, countRedemption, earningOf, graceUntil, snapshotOf } from './sale.ts'

type Refundable = Of<'billed'> | Of<'completed'>

/**
 * Takes back a part or the whole of a sale. What was earned goes back by the remaining total (scenario 38), so that many small refunds and one large one
 * end the same; the reward comes back only with the last item (scenario 39).
 */
export function decideRefund(desk: Desk): OrderDecision {
  const { call, found, fingerprint } = desk
  const order = found?.order
  if (!order) return refuse('order_not_found', { orderId: nameOf(call, undefined) })
  if (order.state === 'voided') return refuse('order_voided', { orderId: nameOf(call, order), status: call.status })
  if (!('transactionId' in order)) return forbidden(desk)
  if (call.transactionId !== undefined && call.transactionId !== order.transactionId) {
    return refuse('transaction_not_found', { transactionId: call.transactionId, orderId: nameOf(call, order) })
  }

  const slot = `refund:${keyOf(desk, order.basketUuid)}`
  const stored = found.answers[slot]
  if (stored) {
    const same = stored.fingerprint === fingerprint
    return same ? { kind: 'replayed', text: stored.text } : refuse('same_key_other_content', { key: slot, status: call.status })
  }
  if (order.state === 'refunded') {
    const whole = found.answers.refunded
    if (whole?.fingerprint === fingerprint) return { kind: 'replayed', text: whole.text }
    return refuse('order_refunded', { orderId: nameOf(call, order), status: call.status })
  }
  const units = unitsOf(order.sale.cart.lines)
  const returned = new Set(order.refunds.flatMap((refund) => refund.units))
  const matched = matchUnits(units, returned, call.lines)
  if (!matched.ok) {
    return refuse('refund_exceeds_order', {
      orderId: nameOf(call, order),
      what: `${matched.asked} × ${matched.label}`,
      left: `${matched.left} × ${matched.label}`,
    })
  }
  if (desk.setting.program.settings.partialRefunds === 'full' && matched.indexes.length < units.length) {
    const priceOf = (indexes: readonly number[]) => sum(indexes.map((index) => units[index]?.price ?? 0))
    const facts = { required: priceOf([...units.keys()]), actual: priceOf(matched.indexes), digits: order.sale.cart.digits }
    return refuse('partial_refund_not_allowed', { orderId: nameOf(call, order), ...facts })
  }
  return takeBack(desk, order, { units, returned, coming: matched.indexes, slot })
}

function takeBack(
  desk: Desk,
  order: Refundable,
  { units, returned, coming, slot }: { units: Unit[]; returned: Set<number>; coming: number[]; slot: string },
): OrderDecision {
  const { book, setting, fingerprint, call } = desk
  const { program, orderUid } = setting
  const gone = new Set([...returned, ...coming])
  const last = gone.size === units.length
  const paid = paidPerUnit(order.sale, units)
  const { sale, difference } = last ? { sale: order.sale, difference: 0 } : readjudicate(desk, order.sale, units, gone)

  const redemption = order.sale.redemption
  if (last && redemption) {
    const grace = graceUntil(program, redemption.asset, book.now)
    restoreShares(book, { orderUid, asset: redemption.asset, shares: order.captured, graceUntil: grace })
    countRedemption(setting, order.sale, -1)
  }
  const before = order.state === 'completed' ? order.earned : null
  const earned = before && earnedOnRest(desk, sale, before, gone, last)
  const reversed = (before?.quantity ?? 0) - (earned?.quantity ?? 0)
  reverseEarned(book, {
    asset: program.units,
    quantity: reversed,
    orderUid,
    shortfall: program.settings.refundShortfall === 'forgive' ? 'forgiven' : 'owed',
  })
  if (last) withdrawGrants(book, orderUid)

  const refund = { key: slot, fingerprint, units: coming }
  const kept = { ...order, sale, refunds: [...order.refunds, refund] }
  const next: Of<'billed'> | Of<'completed'> | Of<'refunded'> = last
    ? { ...kept, state: 'refunded', earned }
    : kept.state === 'completed'
      ? { ...kept, earned }
      : kept
  const amount = sum(coming.map((index) => paid[index] ?? 0)) - difference
  return accept(
    desk,
    next,
    {
      status: call.status,
      transactionId: order.transactionId,
      discount: redemption?.discount ?? 0,
      receiptCode: order.receiptCode,
      refund: { amount, reversed, ...(difference === 0 ? {} : { difference }) },
      because: earned?.because ?? [],
    },
    { slots: last ? [slot, 'refunded'] : [slot] },
  )
}

/** What the sale would have earned on what is left, never more than it did; the running counts follow. */
function earnedOnRest(desk: Desk, sale: Sale, before: Earned, gone: ReadonlySet<number>, last: boolean): Earned {
  const { book, setting } = desk
  const without = addTallies(book.tallies, before.tallies, -1)
  const earning = last
    ? { quantity: 0, tallies: {}, because: [] }
    : earningOf({ ...setting, reserved: withOwn(setting.reserved, before.tallies) }, sale, gone, without)
  const tallies: Tallies = earning?.tallies ?? {}
  countTallies(book, before.tallies, -1)
  countTallies(book, tallies, 1)
  const quantity = Math.min(before.quantity, earning?.quantity ?? 0)
  return { quantity, tallies, because: earning?.because ?? [], knew: before.knew }
}

/** What the sale had of a budget is its own, whatever is left beside it. */
function withOwn(reserved: Reserved | undefined, tallies: Tallies): Reserved | undefined {
  if (!reserved) return undefined
  const own = budgetsUsed({}, tallies)
  return Object.fromEntries(
    [...Object.keys(reserved), ...Object.keys(own)].map((name) => [name, (reserved[name] ?? 0) + (own[name] ?? 0)]),
  )
}

/**
 * With `partial_refunds: readjudicate` the reward is priced again on what stays; what it no longer gives there comes off what is paid back, and is
 * named (scenario 40). Otherwise a share stays with its unit.
 */
function readjudicate(
  desk: Desk,
  sale: Sale,
  units: readonly Unit[],
  gone: ReadonlySet<number>,
): { sale: Sale; difference: number } {
  const { program, at, storeCode } = desk.setting
  const { redemption, shopShares, cart } = sale
  const member = snapshotOf(desk.setting)
  if (program.settings.partialRefunds !== 'readjudicate' || !redemption || !member) return { sale, difference: 0 }

  const rest = units.flatMap((unit, index) => (gone.has(index) ? [] : [{ unit, index }]))
  const had = sum(rest.map(({ index }) => redemption.shares[index] ?? 0))
  const quote = quoteReward(program, redemption.rewardKey, {
    units: rest.map(({ unit }) => unit),
    nets: rest.map(({ unit, index }) => unit.price - (shopShares[index] ?? 0)),
    context: contextOf(cart, storeCode, at, at),
    member,
    pay: redemption.asset === program.units ? 'points' : 'reward',
    asked: cart.reward?.id.startsWith('P_') ? cart.reward.discount : undefined,
  })
  const shares = quote.ok ? quote.value.shares : rest.map(() => 0)
  const has = sum(shares)
  if (has >= had) return { sale, difference: 0 }
  const next = redemption.shares.map((share, index) => {
    const place = rest.findIndex((one) => one.index === index)
    return place === -1 ? share : (shares[place] ?? 0)
  })
  return { sale: { ...sale, redemption: { ...redemption, shares: next } }, difference: had - has }
}

/** What a refund is known by: its own id, a basket of its own, else its very body, so that an identical body is a repeat. */
function keyOf({ call, question }: Desk, orderUuid: string | undefined): string {
  if (call.refundId !== undefined) return `id:${call.refundId}`
  if (call.basketUuid !== undefined && call.basketUuid !== orderUuid) return `uuid:${call.basketUuid}`
  return `body:${question.bodyDigest()}`
}

function refuse(error: string, facts: OrderRefusal['facts']): OrderDecision {
  return { kind: 'refused', refusal: { error, facts } }
}
