import { JournalError, UsageError } from './errors.ts'
import type { OrderDraft, Payment } from './shapes.ts'

/**
 * Where an order is, as this side knows it. `placing`, `charging`, `voiding` and `refunding` stand in the journal while something happens whose end is not
 * known; a process that dies leaves them behind.
 */
export type OrderState =
  | 'open'
  | 'placing'
  | 'placed'
  | 'charging'
  | 'paid'
  | 'billed'
  | 'completed'
  | 'voiding'
  | 'voided'
  | 'refunding'
  | 'refunded'

/** What the journal keeps of an order. */
export interface OrderRecord {
  readonly version: 1
  readonly state: OrderState
  readonly member: string
  /** What every call says of it, but its basket while there is none. */
  readonly order: Omit<OrderDraft, 'basket'> & { readonly basket?: OrderDraft['basket'] }
  /** Dying inside `pay` voids it; inside `place` it is placed again. */
  readonly paying?: boolean
  /** `pay` was told to stop at billed. */
  readonly stopAtBilled?: boolean
  readonly due?: number
  readonly payments?: readonly Payment[]
  readonly transactionId?: string
  /** The refund that is under way, and the state it started from. */
  readonly refund?: { readonly order: OrderDraft; readonly from: 'billed' | 'completed'; readonly whole: boolean }
  readonly settledAt?: number
}

/** Keys of orders that ask for attention, and of those that are done. */
export const OPEN = 'order/'
export const DONE = 'done/'

/** The calls of a session, and the states from which each may be made. A missing cell is an error before anything is sent. */
const ALLOWED = {
  checkout: ['open', 'placed'],
  place: ['open', 'placing', 'placed'],
  pay: ['open', 'placed'],
  complete: ['billed'],
  void: ['open', 'placing', 'placed', 'paid', 'billed', 'voiding'],
  refund: ['billed', 'completed'],
} as const satisfies Record<string, readonly OrderState[]>

export type SessionCall = keyof typeof ALLOWED

/** What to do in place of a call that a state does not allow. */
const ADVICE: Readonly<Record<OrderState, string>> = {
  open: 'checkout comes first, then place or pay; nothing is paid yet.',
  placing: 'whether it was placed is not known: call place() again, or void().',
  placed: 'call pay(), or void().',
  charging: 'whether it was paid is not known: call orders.resume(id, { findPayment }).',
  paid: 'the money is taken and must not be taken again: call orders.resume(id) to have it recorded.',
  billed: 'call complete(), or refund().',
  completed: 'it is paid for and done; refund() takes it back.',
  voiding: 'it is being voided: call void() again.',
  voided: 'its id is used up: start another order, or call again().',
  refunding: 'a refund is not settled: call orders.resume(id).',
  refunded: 'it is wholly refunded; nothing is left to do.',
}

/** Throws unless a state allows a call. */
export function demand(call: SessionCall, state: OrderState, orderId: string): void {
  const states: readonly OrderState[] = ALLOWED[call]
  if (states.includes(state)) return
  throw new UsageError(`${call}() is not possible while order ${orderId} is ${state}: ${ADVICE[state]} Nothing was sent.`, {
    reason: 'order_state',
    orderId,
  })
}

/** A record as the journal gave it. */
export function readRecord(text: string, orderId: string): OrderRecord {
  try {
    const record = JSON.parse(text) as OrderRecord
    if (record.version === 1 && Object.hasOwn(ADVICE, record.state) && record.order.id !== undefined) return record
  } catch {}
  throw new JournalError(
    `The journal's entry of order ${orderId} cannot be read: it is damaged, or of a newer version of the SDK. Look at it by hand; the till's own records say whether it was paid.`,
    {
      reason: 'journal',
      orderId,
    },
  )
}
