import type { ErrorName } from './errors.ts'

/**
 * Complete calls with what they answer. Told in the order of `EXAMPLE_STORY` they are one story that runs against a server with account
 * 33559, store 999999 and a points-banking program of one point per 1.00 whose first reward is 5.00 off for 100 points.
 * `{{name}}` stands for what an earlier answer gave, `{{credential}}` for the API key that signs; the documents show `SAMPLES` in its place.
 */
export interface Example {
  readonly name: string
  readonly summary: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  readonly status: number
  /** The answer, where it is no refusal. Ids and numbers depend on what has happened before. */
  readonly reply?: object
  /** The refusal, where it is one. */
  readonly refusal?: ErrorName
  /** What later examples need of the answer: a name, and where it stands (`rewards.0.id`). */
  readonly captures?: Readonly<Record<string, string>>
}

/** What the placeholders look like in the documents. */
export const SAMPLES: Readonly<Record<string, string>> = {
  credential: 'test_3kF9sQ2vXb7LmT8wYc5RzN4d',
  member: '6523',
  reward: 'P_1000001',
  transaction: '5961839',
  rewardTransaction: '5961840',
  receipt: '7KQ2M9XW4T',
}

const AT_STORE = { source: 'instore', vendor: '999999', brand: '33559', type: 'regular', rendition: 'onsite', currency: 'USD' }
const HAMBURGER = { label: 'Hamburger', product: '101', cost: 12.95, categories: ['American'] }
const DINNER = {
  uuid: '6f1c1c0e-0d0b-4d8e-9a75-0a5a0e1f7a10',
  posEntries: [
    { posItem: HAMBURGER, quantity: 7 },
    { posItem: { ...HAMBURGER, modifiers: [{ label: 'Extra cheese', product: '901', cost: 1.5, quantity: 1 }] }, quantity: 1 },
  ],
}
const LUNCH = { uuid: '0e5bb3dc-5a3e-4c61-8f0b-0a4ff6a9f001', posEntries: [{ posItem: HAMBURGER, quantity: 2 }] }
const REWARDED = { ...LUNCH, rewards: [{ id: '{{reward}}', provider: 'loyalty', level: 'order', discount: 5 }] }
const paid = (amount: number) => ({ payments: [{ tender: 'credit', issuer: 'visa', suffix: '4242', amount }] })

const dinner = { id: 'T4-1001', ...AT_STORE, subtotal: 105.1, tax: 9.33, total: 114.43, basket: DINNER }
const lunch = { id: 'T4-1002', ...AT_STORE, subtotal: 25.9, tax: 1.86, discount: 5, total: 22.76, basket: REWARDED }
const snack = { ...AT_STORE, subtotal: 12.95, total: 12.95, basket: { posEntries: [{ posItem: HAMBURGER, quantity: 1 }] } }
const MEMBER = { id: '{{member}}' }
const GUEST = { id: 'guest' }

export const MEMBER_EXAMPLES: readonly Example[] = [
  {
    name: 'newMember',
    summary: 'A new member by phone',
    body: { customer: { phone: '4155550123', name: { first: 'Ann', last: 'Lee' }, favorite_store_id: '999999' } },
    status: 201,
    reply: { id: '6523', status: 'Active' },
    captures: { member: 'id' },
  },
  {
    name: 'knownMember',
    summary: 'The same phone, written differently',
    body: { customer: { phone: '(415) 555-0123' } },
    status: 200,
    reply: { id: '6523', status: 'Active' },
  },
  {
    name: 'verifiedMember',
    summary: 'A new member who has to confirm the email first',
    body: { customer: { phone: '4155550199', email: 'ben@example.com', password: 'correct horse', verify_email: true } },
    status: 202,
    reply: { status: 'WaitingEmailVerification' },
  },
  {
    name: 'notAPhone',
    summary: 'No number of possible length',
    body: { customer: { phone: '123' } },
    status: 400,
    refusal: 'phone_invalid',
  },
  {
    name: 'noWrapper',
    summary: 'The wrapper was forgotten',
    body: { phone: '4155550123' },
    status: 400,
    refusal: 'field_misplaced',
  },
]

export const BALANCE_EXAMPLES: readonly Example[] = [
  {
    name: 'balance',
    summary: 'Points banking',
    params: MEMBER,
    status: 200,
    reply: {
      quantity: 105,
      units: 'points',
      label: 'points banking',
      rewards: [
        {
          currency: 'USD',
          offer: 'Rebate',
          label: '$5 Off',
          value: 5,
          points: 100,
          reference: { type: 'promo', code: '5OFF' },
          quantity: 1,
        },
      ],
    },
  },
  { name: 'noBalanceForGuests', summary: 'A guest has none', params: GUEST, status: 400, refusal: 'member_unknown' },
]

export const REWARDS_EXAMPLES: readonly Example[] = [
  {
    name: 'rewards',
    summary: 'What can be used at the store now',
    params: MEMBER,
    query: { store: '999999' },
    status: 200,
    reply: {
      rewards: [
        {
          id: 'P_1000001',
          currency: 'USD',
          offer: 'rebate',
          label: '$5 Off',
          value: 5,
          reference: { type: 'promo', code: '5OFF' },
          quantity: 1,
        },
      ],
    },
    captures: { reward: 'rewards.0.id' },
  },
  { name: 'noStore', summary: 'Which store?', params: MEMBER, status: 400, refusal: 'store_missing' },
  {
    name: 'unknownStore',
    summary: 'A store of nobody',
    params: MEMBER,
    query: { store: 'nowhere' },
    status: 400,
    refusal: 'store_unknown',
  },
]

const done = (status: string, more: object = {}) => ({ transaction: { ...more, status } })

export const ORDER_EXAMPLES: readonly Example[] = [
  {
    name: 'checkout',
    summary: 'A quote: changes nothing',
    params: MEMBER,
    body: { status: 'checkout', ...dinner },
    status: 200,
    reply: done('checkout', { discount: 0 }),
  },
  {
    name: 'placed',
    summary: 'The order is placed',
    params: MEMBER,
    body: { status: 'placed', ...dinner, ...paid(114.43) },
    status: 200,
    reply: done('placed', { discount: 0 }),
  },
  {
    name: 'billed',
    summary: 'Payment was taken',
    params: MEMBER,
    body: { status: 'billed', ...dinner, ...paid(114.43) },
    status: 200,
    reply: done('billed', { id: '5961839', discount: 0 }),
    captures: { transaction: 'transaction.id' },
  },
  {
    name: 'completed',
    summary: 'Points are awarded',
    params: MEMBER,
    body: { status: 'completed', ...dinner, ...paid(114.43) },
    status: 200,
    reply: done('completed', { id: '5961839', discount: 0, points_earned: 105 }),
  },
  {
    name: 'checkoutWithReward',
    summary: 'What the reward gives on this cart',
    params: MEMBER,
    body: { status: 'checkout', ...lunch },
    status: 200,
    reply: done('checkout', { discount: 5 }),
  },
  {
    name: 'checkoutUnknownReward',
    summary: 'A reward that does not apply is no error at checkout',
    params: MEMBER,
    body: { status: 'checkout', ...lunch, basket: { ...LUNCH, rewards: [{ id: 'P_no-such', discount: 5 }] } },
    status: 200,
    reply: done('checkout', { discount: 0, message: 'This reward is not available.', reason: 'reward_unknown' }),
  },
  {
    name: 'placedUnknownReward',
    summary: 'Later it is one',
    params: MEMBER,
    body: { status: 'placed', ...lunch, ...paid(22.76), basket: { ...LUNCH, rewards: [{ id: 'P_no-such', discount: 5 }] } },
    status: 400,
    refusal: 'reward_unknown',
  },
  {
    name: 'placedOtherDiscount',
    summary: 'The discount is not the computed one',
    params: MEMBER,
    body: {
      status: 'placed',
      ...lunch,
      discount: 7,
      total: 20.76,
      ...paid(20.76),
      basket: { ...LUNCH, rewards: [{ id: '{{reward}}', discount: 7 }] },
    },
    status: 400,
    refusal: 'discount_mismatch',
  },
  {
    name: 'billedWithReward',
    summary: 'Straight to billed: the skipped step is done in the same call',
    params: MEMBER,
    body: { status: 'billed', ...lunch, ...paid(22.76) },
    status: 200,
    reply: done('billed', { id: '5961840', discount: 5 }),
    captures: { rewardTransaction: 'transaction.id' },
  },
  {
    name: 'voided',
    summary: 'Cancelled before completion: the points of the reward come back',
    params: MEMBER,
    body: { status: 'voided', ...lunch },
    status: 200,
    reply: done('voided', { id: '5961840', discount: 0 }),
  },
  {
    name: 'tooLate',
    summary: 'Nothing follows a void',
    params: MEMBER,
    body: { status: 'completed', ...lunch, ...paid(22.76) },
    status: 409,
    refusal: 'order_voided',
  },
  {
    name: 'partialRefund',
    summary: 'Two of the hamburgers come back',
    params: MEMBER,
    body: {
      status: 'refunded',
      ...dinner,
      subtotal: 25.9,
      tax: 0,
      total: 25.9,
      transaction: '{{transaction}}',
      refund_id: 'R-1',
      basket: { posEntries: LUNCH.posEntries },
    },
    status: 200,
    reply: done('refunded', { id: '5961839', discount: 0, refund_amount: 25.9, points_reversed: 26 }),
  },
  {
    name: 'refundTooMuch',
    summary: 'More than was sold',
    params: MEMBER,
    body: {
      status: 'refunded',
      ...dinner,
      subtotal: 129.5,
      tax: 0,
      total: 129.5,
      refund_id: 'R-2',
      basket: { posEntries: [{ posItem: HAMBURGER, quantity: 10 }] },
    },
    status: 400,
    refusal: 'refund_exceeds_order',
  },
  {
    name: 'refundUnknown',
    summary: 'An order never heard of',
    params: MEMBER,
    body: { status: 'refunded', ...snack, id: 'T4-9999' },
    status: 404,
    refusal: 'order_not_found',
  },
  {
    name: 'guest',
    summary: 'A guest, in one call; the receipt code claims it later',
    params: GUEST,
    body: { status: 'completed', ...snack, id: 'T4-1003', ...paid(12.95) },
    status: 200,
    reply: done('completed', { id: '5961841', discount: 0, receipt_code: '7KQ2M9XW4T' }),
    captures: { receipt: 'transaction.receipt_code' },
  },
  {
    name: 'guestWithReward',
    summary: 'Guests redeem nothing',
    params: GUEST,
    body: { status: 'placed', ...lunch, id: 'T4-1004', ...paid(22.76), basket: { ...REWARDED, uuid: 'd0a8f5c2-guest' } },
    status: 400,
    refusal: 'reward_guest',
  },
  {
    name: 'missingField',
    summary: 'A field is missing',
    params: MEMBER,
    body: { status: 'checkout', ...snack, subtotal: null },
    status: 400,
    refusal: 'field_missing',
  },
  {
    name: 'otherBrand',
    summary: "Another account's brand",
    params: MEMBER,
    body: { status: 'checkout', ...snack, brand: '44444' },
    status: 403,
    refusal: 'brand_mismatch',
  },
  {
    name: 'noSuchStore',
    summary: 'A store of nobody',
    params: MEMBER,
    body: { status: 'checkout', ...snack, vendor: '1' },
    status: 400,
    refusal: 'store_unknown',
  },
]

export const CLAIM_EXAMPLES: readonly Example[] = [
  {
    name: 'claim',
    summary: 'By the code on the receipt',
    params: MEMBER,
    body: { receipt_code: '{{receipt}}' },
    status: 200,
    reply: done('completed', { id: '5961841', discount: 0, points_earned: 12 }),
  },
  {
    name: 'claimUnknown',
    summary: 'No such order',
    params: MEMBER,
    body: { order: { id: 'T4-9999', date: '2026-03-01', total: 12.95 } },
    status: 404,
    refusal: 'receipt_not_found',
  },
]

/** The examples whose turn matters, before all others: what one leaves behind is what the next one needs. */
export const EXAMPLE_STORY: readonly string[] = [
  'newMember',
  'knownMember',
  'checkout',
  'placed',
  'billed',
  'completed',
  'balance',
  'rewards',
]
