import { changesOf } from '../ledger/book.ts'
import type { Wallet } from '../ledger/wallet.ts'
import type { Program } from '../program.ts'
import type { Reserved } from '../rules/campaign.ts'
import { type OrderDecision, openWallet } from './desk.ts'
import type { Found } from './order.ts'
import { complete, type MemberFacts, settleUnits } from './sale.ts'

export interface ClaimQuestion {
  readonly ownerId: number
  readonly member: MemberFacts
  readonly wallet: Wallet
  /** The guest order that the receipt names, if there is one. */
  readonly found: Found | undefined
  /** The program in force. */
  readonly program: Program
  /** The program that the order was placed under. */
  readonly programOf: (version: number) => Program
  /** What is left of the budgets of campaigns. */
  readonly reserved?: Reserved
  readonly now: number
  readonly newId: () => string
}

/** A completed guest order becomes a member's, once, and earns by the rules of its own date. The same member asking again gets the same answer. */
export function decideClaim(question: ClaimQuestion): OrderDecision {
  const { ownerId, member, wallet, found, programOf, reserved, now, newId } = question
  if (!found || (!found.guest && !found.order.claimed))
    return { kind: 'refused', refusal: { error: 'receipt_not_found', facts: {} } }
  const { order } = found
  if (order.claimed) {
    const stored = found.answers.claim
    if (found.ownerId === ownerId && stored) return { kind: 'replayed', text: stored.text }
    return { kind: 'refused', refusal: { error: 'receipt_already_claimed', facts: {} } }
  }
  if (order.state !== 'completed')
    return { kind: 'refused', refusal: { error: 'claim_not_completed', facts: { state: order.state } } }

  const program = programOf(order.programVersion)
  const book = openWallet(program, wallet, now, newId)
  const setting = { program, book, member, orderUid: order.orderUid, storeCode: order.storeCode, at: order.at, reserved }
  const earned = complete(setting, order.sale, new Set(order.refunds.flatMap((refund) => refund.units)))
  settleUnits(question.program, book)
  return {
    kind: 'accepted',
    answer: {
      status: 'completed',
      transactionId: order.transactionId,
      discount: 0,
      earned: earned?.quantity ?? 0,
      because: earned?.because ?? [],
    },
    write: {
      ownerId,
      ownerVersion: wallet.version,
      order: { ...order, earned, claimed: true },
      keys: { orderId: order.orderId, basketUuid: order.basketUuid, all: order.keys, fresh: [], moved: order.keys, absorbed: [] },
      takenFrom: [found],
      remember: [{ slot: 'claim', fingerprint: order.sale.cart.fingerprint }],
      answers: found.answers,
      changes: changesOf(book),
    },
  }
}
