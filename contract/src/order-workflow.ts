/** What a partner may say about an order, in the order in which it usually happens. */
export const ORDER_STATUSES = ['checkout', 'placed', 'billed', 'completed', 'voided', 'refunded'] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

/** What an order can be. `none` is an order we have never heard of; `refunded` is wholly refunded. */
export const ORDER_STATES = ['none', ...ORDER_STATUSES] as const
export type OrderState = (typeof ORDER_STATES)[number]

/**
 * The whole workflow on one screen: from a state, by a status, to a state. A missing cell is a refusal: 409, or 404 for a refund of an
 * order never heard of. A partial refund leaves the order billed or completed; the cell says where the last one leads. Repeats of an accepted
 * call are answered from memory before this table is asked.
 */
export const TRANSITIONS = {
  // A void may overtake the call it cancels: it leaves a mark, so that the late one is refused.
  none: { checkout: 'checkout', placed: 'placed', billed: 'billed', completed: 'completed', voided: 'voided' },
  checkout: { checkout: 'checkout', placed: 'placed', billed: 'billed', completed: 'completed', voided: 'voided' },
  // A quote changes nothing, and another cart may be placed until the order is billed.
  placed: { checkout: 'placed', placed: 'placed', billed: 'billed', completed: 'completed', voided: 'voided' },
  billed: { completed: 'completed', voided: 'voided', refunded: 'refunded' },
  completed: { refunded: 'refunded' },
  voided: {},
  refunded: {},
} as const satisfies Record<OrderState, Partial<Record<OrderStatus, OrderState>>>

/** The state that a status leads to; undefined where the table has no cell. */
export function nextState(state: OrderState, status: OrderStatus): OrderState | undefined {
  const cells: Partial<Record<OrderStatus, OrderState>> = TRANSITIONS[state]
  return cells[status]
}

/** The statuses that a state allows, for messages and consoles. */
export function allowedFrom(state: OrderState): OrderStatus[] {
  return ORDER_STATUSES.filter((status) => nextState(state, status) !== undefined)
}

const FORWARD: readonly OrderStatus[] = ['placed', 'billed', 'completed']

/**
 * The steps to do, in turn and in one transaction, to bring an order from a state to a status: those that it skips, then its own.
 * Undefined where the table has no cell. More than one step is what `strict_sequence` forbids.
 */
export function stepsTo(state: OrderState, status: OrderStatus): OrderStatus[] | undefined {
  if (nextState(state, status) === undefined) return undefined
  const wanted = FORWARD.indexOf(status)
  if (wanted === -1) return [status]
  const done = state === 'none' ? -1 : FORWARD.indexOf(state)
  // Placing an order that is placed already is done again, with the new cart.
  return FORWARD.slice(Math.min(done + 1, wanted), wanted + 1)
}
