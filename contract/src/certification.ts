/**
 * What a partner has to get right, and a server to do, before the two are let loose on customers. One list for both directions: `regulars certify`
 * runs it as a client against a server, and the server ticks it off while it watches a partner's traffic.
 */

/** One line of the checklist. */
export interface Check {
  readonly group: CheckGroup
  /** What is looked at. */
  readonly title: string
  /** What a server must do, as `regulars certify` asks it. */
  readonly server: string
  /** What a partner must send, for the server to tick it; absent: only a client can try this. */
  readonly partner?: string
}

export const CHECK_GROUPS = {
  signing: 'Signing',
  lookup: 'Member lookup',
  reading: 'Rewards and balance',
  order: 'Order without a reward',
  valid: 'Order with a valid reward',
  invalid: 'Order with an invalid reward',
  shop: 'Shop with points',
  undo: 'Void and refund',
  repeats: 'Repeats and late calls',
} as const
export type CheckGroup = keyof typeof CHECK_GROUPS

const check = (group: CheckGroup, title: string, server: string, partner?: string): Check => ({
  group,
  title,
  server,
  ...(partner !== undefined && { partner }),
})

/** The checklist, in the order in which an integration is built. Names are forever: results are kept under them. */
export const CHECKS = {
  wrong_signature: check('signing', 'A wrong signature is refused', '401 with code 1004'),
  missing_headers: check(
    'signing',
    'A call without signature or key, or with an unknown key, is refused',
    '401 with code 1001, 1002 and 1003',
  ),

  member_created: check(
    'lookup',
    'An unknown phone makes a member',
    '201 with an id and status Active',
    'POST /loyalty/accounts answered 201',
  ),
  member_known: check(
    'lookup',
    'A known phone finds the member again',
    '200 with the same id',
    'POST /loyalty/accounts answered 200',
  ),
  phone_spellings: check('lookup', 'A phone is one phone, however it is spelt', '200 with the same id for every spelling'),
  phone_invalid: check('lookup', 'An impossible phone is refused', '400 with code 2003', 'the answer 400 with code 2003 was met'),
  member_unknown: check('lookup', 'A member id that is none is refused', '400 with code 4003'),

  rewards_list: check(
    'reading',
    'The list of rewards',
    '200 with a list in the documented shape; an unknown store is 400 with code 4002',
    'GET …/rewards for a store of the account answered 200',
  ),
  balance: check('reading', 'The points balance', '200 in the documented shape', 'GET …/balance answered 200'),

  order_plain: check(
    'order',
    'An order without a reward, from checkout to completed',
    'discount 0; transaction id from billed on; points after completed and not before',
    'one order without a reward: checkout, placed, billed and completed, each answered 200, in this order',
  ),
  order_guest: check(
    'order',
    'An order of a guest',
    'the whole workflow is answered 200 with discount 0; a guest has no balance: 400 with code 4003',
    'an order of the member `guest` up to completed',
  ),

  reward_money_off: check(
    'valid',
    'A reward with money off',
    'checkout gives the discount; it is taken at billed; the order completes',
    'one order with such a reward: checkout with a discount, placed, billed and completed, each answered 200',
  ),
  reward_percent_off: check(
    'valid',
    'A reward with a percentage off',
    'checkout gives the discount; it is taken at billed; the order completes',
    'one order with such a reward: checkout with a discount, placed, billed and completed, each answered 200',
  ),
  reward_free_item: check(
    'valid',
    'A reward with a free item',
    'checkout gives the discount; it is taken at billed; the order completes',
    'one order with such a reward: checkout with a discount, placed, billed and completed, each answered 200',
  ),

  reward_unknown: check(
    'invalid',
    "A reward that is not the member's",
    'checkout: 200 with discount 0 and a message for the customer; placed: 400 with code 400; nothing changed',
    'an unknown reward was met: checkout with discount 0, or a later call answered 400',
  ),
  reward_no_items: check(
    'invalid',
    'A free item with no qualifying items',
    'checkout: 200 with discount 0 and a message for the customer; placed: 400 with code 400; nothing changed',
    'an order without the items of its reward: checkout with discount 0, or a later call answered 400',
  ),
  reward_too_few_items: check(
    'invalid',
    'Buy some, get one free, with too few items',
    'checkout: 200 with discount 0 and a message for the customer; placed: 400 with code 400; nothing changed',
    'an order with some but not all items that its reward needs: checkout with discount 0, or a later call answered 400',
  ),
  reward_wrong_discount: check(
    'invalid',
    "A reward's discount that is not the computed one",
    'placed: 400 with code 400; nothing changed',
  ),
  reward_held: check(
    'invalid',
    'A reward that another order holds',
    'the list of rewards leaves it out; a second order gets discount 0 at checkout and 400 at placed',
  ),

  points_whole: check(
    'shop',
    'Paying with the whole balance',
    'the discount asked is given, and the balance is used up at billed',
    'one order up to completed whose reward took all that the points were worth',
  ),
  points_part: check(
    'shop',
    'Paying with a part of the balance',
    'the discount asked is given, and the rest of the balance stays',
    'one order up to completed whose reward took less than the points were worth',
  ),
  points_more: check(
    'shop',
    'Asking for more than the balance',
    'checkout: 200 with discount 0 and a message for the customer; placed: 400 with code 400; nothing changed',
    'an order that asked for more than the points are worth: checkout with discount 0, or a later call answered 400',
  ),

  void_plain: check(
    'undo',
    'Void before completion, without a reward',
    '200; the balance is as before the order',
    'an order without a reward, placed or billed, then voided, then a look at balance or rewards',
  ),
  void_reward: check(
    'undo',
    'Void before completion, with a reward',
    '200, after placed and after billed; points and rewards are as before the order',
    'an order with a reward, placed or billed, then voided, then a look at balance or rewards',
  ),
  refund_plain: check(
    'undo',
    'Refund after completion, without a reward',
    '200; the points earned are gone again',
    'an order without a reward, completed, then refunded, then a look at balance or rewards',
  ),
  refund_reward: check(
    'undo',
    'Refund after completion, with a reward',
    '200; the points earned are gone again, and what was redeemed is back',
    'an order with a reward, completed, then refunded, then a look at balance or rewards',
  ),

  repeat_same_answer: check(
    'repeats',
    'A repeated call is answered as before',
    'placed, billed, completed, voided and refunded sent again: the same answer, byte for byte',
    'an accepted order call was sent again and answered 200',
  ),
  repeat_no_effect: check('repeats', 'A repeated call changes nothing', 'points and rewards are as after the first one'),
  late_refused: check('repeats', 'A call that comes after the void is refused', 'placed and billed after voided: 409'),
  backward_refused: check(
    'repeats',
    'A call that goes backward is refused',
    'checkout after billed, and voided after completed: 409',
  ),
  other_content_refused: check(
    'repeats',
    'A known order id with another cart is refused',
    'billed again with another subtotal: 409; nothing changed',
  ),
} as const satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS

/** The checklist's names, in its order. */
export const CHECK_NAMES = Object.keys(CHECKS) as readonly CheckName[]

/** One line of the checklist, by its name. */
export function checkOf(name: CheckName): Check {
  return CHECKS[name]
}
