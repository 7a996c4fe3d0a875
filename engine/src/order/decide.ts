import { restoreShares } from '../ledger/earnings.ts'
import { releaseHold } from '../ledger/holds.ts'
import { cartOf } from './cart.ts'
import {
  accept,
  answerOf,
  type Desk,
  forbidden,
  nameOf,
  type OrderDecision,
  type OrderQuestion,
  openDesk,
  openWallet,
  type Sold,
} from './desk.ts'
import { locate } from './locate.ts'
import type { Answer, Call, Found, Of, OrderStatus, Sale } from './order.ts'
import { decideRefund } from './refund.ts'
import { bill, complete, countRedemption, graceUntil, place, refused, type Setting } from './sale.ts'

const FORWARD = ['placed', 'billed', 'completed'] as const
type Forward = (typeof FORWARD)[number]
const rank = (status: string): number => (FORWARD as readonly string[]).indexOf(status)

/** Decides one order call by the rules of the wire contract, §7, in their order: who and where, repeats and late calls, then the step itself. */
export function decideOrder(question: OrderQuestion): OrderDecision {
  const located = locate(question)
  if (!located.ok) return { kind: 'refused', refusal: located.refusal }
  const { found, keys } = located.value
  const { call } = question

  const settled = found !== undefined && found.order.state !== 'checkout'
  if (settled) {
    const foreign = refuseForeign(question, found)
    if (foreign) return foreign
  }
  const desk = openDesk(question, found, keys)
  if (call.status === 'checkout') return decideCheckout(desk)

  const stored = found?.answers[call.status]
  if (stored && stored.fingerprint === desk.fingerprint && call.status !== 'refunded')
    return { kind: 'replayed', text: stored.text }
  if (call.status === 'refunded') return decideRefund(desk)
  const ended = refuseEnded(desk)
  if (ended) return ended
  return call.status === 'voided' ? decideVoid(desk) : decideForward(desk, call.status)
}

/** From `placed` on an order belongs to its member and store. A guest's order goes to the member under whose id its next status is sent. */
function refuseForeign({ call, ownerId, member }: OrderQuestion, found: Found): OrderDecision | null {
  const orderId = nameOf(call, found.order)
  const claims = found.guest && member !== null && rank(call.status) > rank(found.order.state) && rank(found.order.state) >= 0
  if (found.ownerId !== ownerId && !(found.guest && member === null) && !claims) {
    return {
      kind: 'refused',
      refusal: { error: 'order_other_member', facts: { orderId, member: member ? String(ownerId) : 'guest' } },
    }
  }
  if (found.order.storeCode !== call.storeCode) {
    return { kind: 'refused', refusal: { error: 'order_other_store', facts: { orderId, store: call.storeCode } } }
  }
  return null
}

function refuseEnded({ call, found }: Desk): OrderDecision | null {
  if (found?.order.state !== 'voided' && found?.order.state !== 'refunded') return null
  const error = found.order.state === 'voided' ? 'order_voided' : 'order_refunded'
  return { kind: 'refused', refusal: { error, facts: { orderId: nameOf(call, found.order), status: call.status } } }
}

/** A quote: computed afresh, holding nothing, stored only so that its keys can be joined; from `billed` on it comes too late. */
function decideCheckout(desk: Desk): OrderDecision {
  const { question, call, found, book, setting, fingerprint, keys } = desk
  const ended = refuseEnded(desk)
  if (ended) return ended
  if (found && rank(found.order.state) >= rank('billed')) return forbidden(desk)

  releaseHold(book, setting.orderUid, null)
  const priced = place(setting, call, fingerprint, { lapsesAt: book.now + 1, quoting: true })
  const { storeCode, at } = setting
  const story = {
    cart: cartOf(call, fingerprint),
    storeCode,
    at,
    programVersion: commonOf(desk).programVersion,
    returned: [],
    ...(priced.ok ? { sale: priced.value } : { refusal: priced.refusal }),
  }
  const answer: Answer = priced.ok
    ? {
        status: 'checkout',
        discount: priced.value.redemption?.discount ?? 0,
        forfeited: priced.value.redemption?.forfeited,
        because: priced.value.because,
        story,
      }
    : { status: 'checkout', discount: 0, refusal: priced.refusal, story }
  if (found?.order.state === 'placed' || keys.all.length === 0) return { kind: 'answered', answer }

  const order: Of<'checkout'> = { ...commonOf(desk), state: 'checkout', cart: cartOf(call, fingerprint) }
  return accept({ ...desk, book: openWallet(setting.program, question.wallet, question.now, question.newId) }, order, answer, {
    quiet: true,
  })
}

/** `placed`, `billed` and `completed`: the step itself and every step it skips, in one go. */
function decideForward(desk: Desk, status: Forward): OrderDecision {
  const { call, found, fingerprint, setting } = desk
  const sold = found && 'sale' in found.order ? found.order : undefined
  const standing = sold?.sale.cart.fingerprint === fingerprint ? sold : undefined
  if (sold && !standing) {
    if (sold.superseded.includes(fingerprint)) return refusedCall(desk, 'superseded')
    if (sold.state !== 'placed')
      return { kind: 'refused', ...refused('same_key_other_content', { key: nameOf(call, sold), status }) }
  }
  if (standing && rank(status) <= rank(standing.state))
    return { kind: 'answered', answer: answerOf(status, standing, standing.sale) }

  const steps = FORWARD.slice(Math.min(rank(sold?.state ?? 'none') + 1, rank(status)), rank(status) + 1)
  if (setting.program.settings.strictSequence && steps.length > 1) {
    return { kind: 'refused', ...refused('strict_sequence', { orderId: nameOf(call, sold), status, required: steps[0] }) }
  }
  return walk(desk, status, sold, standing?.sale)
}

/** Places (unless this very cart stands already), bills and completes, as far as the status goes. */
function walk(desk: Desk, status: Forward, sold: Sold | undefined, standing: Sale | undefined): OrderDecision {
  const { setting, question } = desk
  const placed = standing ? { ok: true as const, value: standing } : placeAnew(desk, sold)
  if (!placed.ok) return { kind: 'refused', refusal: placed.refusal }
  const sale = placed.value
  const replaced = sold && !standing ? [sold.sale.cart.fingerprint] : []
  const common = { ...commonOf(desk), superseded: [...(sold?.superseded ?? []), ...replaced] }
  if (status === 'placed') return finish(desk, status, { ...common, state: 'placed', sale })

  let billed: Of<'billed'>
  if (sold?.state === 'billed') billed = { ...sold, ...common }
  else {
    const captured = bill(setting, sale)
    if (!captured.ok) return { kind: 'refused', refusal: captured.refusal }
    const transactionId = question.newTransactionId()
    billed = { ...common, state: 'billed', sale, transactionId, captured: captured.value, refunds: [] }
  }
  if (status === 'billed') return finish(desk, status, billed)

  const returned = new Set(billed.refunds.flatMap((refund) => refund.units))
  return finish(desk, status, { ...billed, state: 'completed', earned: complete(setting, sale, returned) })
}

/** Prices and holds the call's cart, in place of what the order held before. */
function placeAnew({ book, setting, call, fingerprint, question }: Desk, sold: Sold | undefined): ReturnType<typeof place> {
  releaseHold(book, setting.orderUid, graceUntil(setting.program, sold?.sale.redemption?.asset ?? '', book.now))
  return place(setting, call, fingerprint, { lapsesAt: lapsesAt(call, setting, question.now), quoting: false })
}

function finish(desk: Desk, status: OrderStatus, order: Sold): OrderDecision {
  return accept(desk, order, answerOf(status, order, order.sale))
}

/** The hold is dropped, or what was taken comes back. An order never heard of leaves a mark, so that what overtook it is refused. */
function decideVoid(desk: Desk): OrderDecision {
  const { found, setting, book } = desk
  const order = found?.order
  if (order?.state === 'completed') return forbidden(desk)
  const redemption = order && 'sale' in order ? order.sale.redemption : null
  const grace = redemption ? graceUntil(setting.program, redemption.asset, book.now) : null
  if (order?.state === 'placed') releaseHold(book, order.orderUid, grace)
  if (order?.state === 'billed' && redemption) {
    restoreShares(book, { orderUid: order.orderUid, asset: redemption.asset, shares: order.captured, graceUntil: grace })
    countRedemption(setting, order.sale, -1)
  }
  const transactionId = order?.state === 'billed' ? order.transactionId : undefined
  return accept(desk, { ...commonOf(desk), state: 'voided' }, { status: 'voided', discount: 0, transactionId })
}

function refusedCall({ call, found }: Desk, error: string): OrderDecision {
  return { kind: 'refused', ...refused(error, { orderId: nameOf(call, found?.order), status: call.status }) }
}

/** What every state of the order shares, as this call leaves it. */
function commonOf({ question, call, found, setting, keys }: Desk): Omit<Of<'voided'>, 'state'> {
  const order = found?.order
  const settled = order && order.state !== 'checkout' ? order : undefined
  const wantsReceipt = question.member === null && call.status !== 'checkout'
  return {
    orderUid: setting.orderUid,
    orderId: keys.orderId ?? order?.orderId,
    basketUuid: keys.basketUuid ?? order?.basketUuid,
    keys: keys.all,
    storeCode: call.storeCode,
    programVersion: settled?.programVersion ?? question.programVersion,
    at: setting.at,
    superseded: settled?.superseded ?? [],
    receiptCode: wantsReceipt ? (order?.receiptCode ?? question.newReceiptCode()) : undefined,
  }
}

/** At most this long ahead, whatever `wanted` says: a reward must not be out of reach for longer. */
const HOLD_AHEAD_MS = 30 * 24 * 3_600_000

function lapsesAt({ wantedAt }: Call, { program }: Setting, now: number): number {
  return Math.min(Math.max(wantedAt ?? now, now) + program.settings.holdMs, now + HOLD_AHEAD_MS)
}
