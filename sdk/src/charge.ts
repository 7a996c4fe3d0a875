import type { CallOptions } from './call.ts'
import { type RewardError, UsageError } from './errors.ts'
import type { Payment, Transaction } from './shapes.ts'

/** What a charge is for. */
export interface ChargeContext {
  /** Give it to the payment provider, as reference or idempotency key: it finds the payment again. */
  readonly orderId: string
  /** What the customer has to pay; may be 0. */
  readonly due: number
}

/** What became of it. `tip` is one given at the terminal, on top of `due`. */
export type ChargeResult = { readonly payments: readonly Payment[]; readonly tip?: number } | { readonly declined: string }

/** Takes the money. To throw is to be declined. */
export type Charge = (due: number, context: ChargeContext) => Promise<ChargeResult>

/** A paid order. */
export interface Paid {
  /** `queued`: the server was away; the sale is in the journal, and its points follow. */
  readonly kind: 'completed' | 'billed' | 'queued'
  /** The server's answer; none while it is queued. */
  readonly transaction?: Transaction
  /** The reward was refused after its discount had been given and the money taken; the order was billed without it. */
  readonly rewardRefused?: RewardError
}

export interface PayOptions extends CallOptions {
  /** How it is going to be paid, where that is known before: it is said when the order is placed. */
  readonly tender?: Payment['tender']
  /** False stops at billed, for an order that is handed over later; `complete()` ends it then. */
  readonly complete?: boolean
  /** Sell on when the server cannot be reached: the sale is queued and earns later. A reward cannot be used then. */
  readonly offline?: boolean
}

export interface ResumeOptions {
  /** Asks the payment provider about an order that died while it was charged: its payments, or undefined where no money was taken. */
  readonly findPayment?: (charge: ChargeContext) => Promise<readonly Payment[] | undefined>
}

/**
 * Runs a charge. An answer that says neither paid nor declined is taken for neither: a forgotten `await` would sell for nothing, and a void would lose money
 * that was taken.
 */
export async function readCharge(
  charge: Charge,
  context: ChargeContext,
  decline: (cause: unknown, words: string) => Promise<never>,
): Promise<{ payments: readonly Payment[]; tip?: number }> {
  let result: unknown
  try {
    result = await charge(context.due, context)
  } catch (error) {
    return decline(error, error instanceof Error ? error.message : String(error))
  }
  if (isObject(result) && Array.isArray(result.payments))
    return result as unknown as { payments: readonly Payment[]; tip?: number }
  if (result === false || result === null) return decline(undefined, 'It was declined.')
  if (isObject(result) && result.declined !== undefined && result.declined !== false)
    return decline(undefined, String(result.declined))
  throw new UsageError(
    `The function given to pay() answered ${result === undefined ? 'nothing' : 'something else'}, so it is not known whether order ${context.orderId} is paid. It must answer { payments: [{ tender, amount }] }, or { declined: 'why' }. Settle this order with orders.resume(id, { findPayment }).`,
    { reason: 'payment_unclear', orderId: context.orderId },
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
