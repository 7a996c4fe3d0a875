import {
  allowedFrom,
  customerMessage,
  ERRORS,
  isRewardReason,
  moneyNumber,
  type OrderState,
  type Refusal,
  refuseReward,
} from '@regulars/contract'
import type { Answer, OrderRefusal } from '@regulars/engine'
import type { ExplanationView } from './view-explanation.ts'

/** The text that an accepted order call is answered with, and that a repeat of it gets again byte for byte (wire contract §7, *Response*). */
export function answerText(answer: Answer, digits: number): string {
  const money = (minor: number) => moneyNumber(minor, digits)
  const { transactionId, discount, status, refusal, receiptCode, earned, forfeited, refund } = answer
  const transaction = {
    id: transactionId,
    discount: money(discount),
    status,
    ...(refusal && refusalFacts(toRefusal(refusal, digits))),
    receipt_code: receiptCode,
    ...(forfeited ? { forfeited: money(forfeited) } : {}),
    points_earned: earned,
    ...(refund && {
      refund_amount: money(refund.amount),
      points_reversed: refund.reversed,
      ...(refund.difference !== undefined && { discount_difference: money(refund.difference) }),
    }),
  }
  return JSON.stringify({ transaction })
}

/** The same answer with the explanation beside it, for a caller who asks. */
export function explainText(text: string, explanation: ExplanationView): string {
  const { transaction } = JSON.parse(text) as { transaction: object }
  return JSON.stringify({ transaction: { ...transaction, explanation } })
}

const refusalFacts = (refusal: Refusal) => ({ message: customerMessage(refusal), reason: refusal.error })

/**
 * The engine's refusal as a row of the contract's table.
 * @throws when the engine gave a name that is not in the table: a bug of ours.
 */
export function toRefusal({ error, facts }: OrderRefusal, digits: number): Refusal {
  if (isRewardReason(error)) return refuseReward(error, facts, digits).refusal
  if (!Object.hasOwn(ERRORS, error)) throw new Error(`the engine gave '${error}', which is not in the table of errors`)
  const allowed = error === 'order_state_forbids' ? { allowed: allowedFrom(facts.state as OrderState) } : {}
  return { error, facts: { ...facts, ...allowed } } as unknown as Refusal
}
