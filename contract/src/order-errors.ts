import { formatMoney } from './decimals.ts'
import { type ErrorRow, row } from './error-row.ts'

const orderNotPossible = () => 'This order cannot be changed that way. Please ask the staff for help.'

/** The order's own history forbids the call; nothing has changed. */
const conflict = <Facts extends object>(example: Facts, message: (facts: Facts) => string): ErrorRow<Facts> =>
  row(409, 2000, example, message, orderNotPossible)

/** Refusals about an order: which one is meant, and what has already happened to it. */
export const ORDER_ERRORS = {
  order_not_found: row(
    404,
    2000,
    { orderId: 'A-1001' },
    ({ orderId }) => `No order ${orderId} is known to this account in this environment.`,
    () => 'This order was not found.',
  ),
  transaction_not_found: row(
    404,
    2000,
    { transactionId: '5961839', orderId: 'A-1001' },
    ({ transactionId, orderId }) =>
      `Transaction ${transactionId} is not the one of order ${orderId}. Send the \`transaction.id\` that its \`billed\` returned, or leave the field out.`,
    () => 'This order was not found.',
  ),
  receipt_not_found: row(
    404,
    2000,
    {},
    () =>
      'No claimable guest order has this receipt code, or this id, date and total. All three must be those of the completed order.',
    () => 'No order matches this receipt. Please check the code, or the order number, date and total.',
  ),

  order_state_forbids: conflict(
    { orderId: 'A-1001', state: 'completed', status: 'voided', allowed: ['refunded'] as readonly string[] },
    ({ orderId, state, status, allowed }) =>
      `Order ${orderId} is ${state}, so it cannot be ${status} now. ${allowed.length === 0 ? 'No further status is possible.' : `Possible now: ${allowed.join(', ')}.`}`,
  ),
  order_voided: conflict(
    { orderId: 'A-1001', status: 'billed' },
    ({ orderId, status }) =>
      `Order ${orderId} was voided, so \`${status}\` comes too late. Start a new order with an id of its own.`,
  ),
  order_refunded: conflict(
    { orderId: 'A-1001', status: 'billed' },
    ({ orderId, status }) =>
      `Order ${orderId} was refunded completely, so \`${status}\` comes too late. Start a new order with an id of its own.`,
  ),
  order_other_member: conflict(
    { orderId: 'A-1001', member: '6523' },
    ({ orderId, member }) =>
      `Order ${orderId} belongs to another member than ${member} since it was placed. Send it under that member's id.`,
  ),
  order_other_store: conflict(
    { orderId: 'A-1001', store: '888888' },
    ({ orderId, store }) => `Order ${orderId} was placed at another store than ${store}. Send that store's code as \`vendor\`.`,
  ),
  order_ids_conflict: conflict(
    { orderId: 'A-1001', uuid: '0d7d1f6e' },
    ({ orderId, uuid }) =>
      `\`id\` ${orderId} and \`basket.uuid\` ${uuid} name two different orders. Send the pair that belongs together.`,
  ),
  superseded: conflict(
    { orderId: 'A-1001', status: 'placed' },
    ({ orderId, status }) =>
      `Another cart has been placed for order ${orderId} since; this \`${status}\` is a late duplicate of the one it replaced. The newer cart stands.`,
  ),
  same_key_other_content: conflict(
    { key: 'A-1001', status: 'billed' },
    ({ key, status }) =>
      `\`${status}\` was already accepted for ${key} with another cart. A repeat must carry the same units, prices, reward and discounts; another order needs another id.`,
  ),
  strict_sequence: conflict(
    { orderId: 'A-1001', status: 'completed', required: 'billed' },
    ({ orderId, status, required }) =>
      `This account asks for every status in turn: send \`${required}\` for order ${orderId} before \`${status}\`.`,
  ),
  receipt_already_claimed: row(
    409,
    2000,
    {},
    () => 'This guest order has already been claimed by another member. It can be claimed once.',
    () => 'This receipt has already been used.',
  ),
  claim_not_completed: row(
    409,
    2000,
    { state: 'billed' },
    ({ state }) =>
      `This guest order is ${state}. It can be claimed once it is completed; until then, send its next status under the member's id.`,
    () => 'This order is not finished yet. Please try again later.',
  ),

  refund_exceeds_order: row(
    400,
    2000,
    { orderId: 'A-1001', what: '2 × Hamburger', left: '1 × Hamburger' },
    ({ orderId, what, left }) =>
      `The refund of order ${orderId} lists ${what}, but only ${left} is left of what was sold. Each unit can come back once, at the price it was sold for.`,
    () => 'More would be refunded than was bought.',
  ),
  partial_refund_not_allowed: row(
    400,
    2000,
    { orderId: 'A-1001', required: 2190, actual: 500, digits: 2 },
    ({ orderId, required, actual, digits }) =>
      `This account refunds whole orders only: the basket makes ${formatMoney(actual, digits)} of ${formatMoney(required, digits)}. Send the whole basket of order ${orderId}.`,
    () => 'This order can only be refunded as a whole.',
  ),
}
