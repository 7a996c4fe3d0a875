import type { TSchema } from 'typebox'
import { ADMIN_OPERATIONS } from './admin-operations.ts'
import { CERTIFICATION_OPERATIONS } from './certification-operations.ts'
import { CLOCK_OPERATIONS } from './clock-operations.ts'
import type { ErrorName, RewardReason } from './errors.ts'
import { BALANCE_EXAMPLES, CLAIM_EXAMPLES, MEMBER_EXAMPLES, ORDER_EXAMPLES, REWARDS_EXAMPLES } from './examples.ts'
import type { Operation } from './operation.ts'
import { REWARD_ERRORS } from './reward-errors.ts'
import {
  BalanceReply,
  ClaimBody,
  MemberBody,
  MemberReply,
  MemberWaitingReply,
  OrderBody,
  OrderReply,
  RewardsReply,
} from './schemas.ts'

const EVERY_CALL = [
  'signature_missing',
  'key_missing',
  'key_invalid',
  'signature_incorrect',
  'signature_malformed',
  'signature_expired',
  'signature_replayed',
  'content_digest_incorrect',
  'message_signature_required',
  'rate_limited',
  'internal',
  'unavailable',
  'overloaded',
  'shutting_down',
] as const satisfies ErrorName[]

const EVERY_BODY = [
  ...EVERY_CALL,
  'body_missing',
  'body_not_object',
  'body_too_deep',
  'body_too_large',
  'unsupported_media_type',
  'malformed_json',
  'duplicate_key',
  'forbidden_key',
  'forbidden_character',
  'invalid_utf8',
  'field_missing',
  'field_invalid',
  'text_too_long',
] as const satisfies ErrorName[]

const MEMBER_PARAM = { id: 'Member id.' }

export const createOrRetrieveMember: Operation = {
  operationId: 'createOrRetrieveMember',
  method: 'POST',
  url: '/loyalty/accounts',
  summary: 'Create or retrieve a member',
  description:
    'Finds the member by phone or, without one, by email, and links them to this account; or makes a new one. A known profile is never overwritten, only filled in. Safe to repeat, also at the same instant.',
  params: {},
  query: {},
  body: MemberBody,
  replies: {
    200: { description: 'A known member.', schema: MemberReply },
    201: { description: 'A new member.', schema: MemberReply },
    202: { description: 'A new member who gets an id when the link in the mail is opened.', schema: MemberWaitingReply },
  },
  refusals: [...EVERY_BODY, 'field_misplaced', 'phone_invalid', 'email_phone_conflict', 'store_unknown'],
  examples: MEMBER_EXAMPLES,
}

export const getBalance: Operation = {
  operationId: 'getBalance',
  method: 'GET',
  url: '/loyalty/accounts/:id/balance',
  summary: "A member's balance",
  description: 'What the member has: points, visits or stamps, and rewards. The word `guest` has no balance.',
  params: MEMBER_PARAM,
  query: {},
  replies: { 200: { description: 'The balance.', schema: BalanceReply } },
  refusals: [...EVERY_CALL, 'path_malformed', 'member_unknown'],
  examples: BALANCE_EXAMPLES,
}

export const listRewards: Operation = {
  operationId: 'listRewards',
  method: 'GET',
  url: '/loyalty/accounts/:id/rewards',
  summary: 'Rewards that a member can use at a store now',
  description:
    'Only what store, date and time of day allow at this moment. The value is a projection: checkout has the last word.',
  params: MEMBER_PARAM,
  query: { store: { description: 'Store code.', required: true, example: '999999' } },
  replies: { 200: { description: 'The rewards; none is an empty list.', schema: RewardsReply } },
  refusals: [...EVERY_CALL, 'path_malformed', 'member_unknown', 'store_missing', 'store_unknown', 'store_not_allowed'],
  examples: REWARDS_EXAMPLES,
}

export const postOrder: Operation = {
  operationId: 'postOrder',
  method: 'POST',
  url: '/loyalty/accounts/:id/orders',
  summary: 'Tell what happens to an order',
  description:
    '`checkout` quotes, `placed` holds the reward, `billed` takes it, `completed` awards points, `voided` and `refunded` undo. `billed` and `completed` also do the steps before them that were skipped. Every call is safe to repeat: the identical accepted call is answered byte for byte as before. A reward that does not apply is no error at `checkout` (200, discount 0, with message and reason) and 400 with code 400 at every later status.',
  params: { id: 'Member id, or the word `guest`.' },
  query: {
    explain: { description: 'Extension: `1` adds the explanation of every point and cent.', required: false, example: '1' },
  },
  body: OrderBody,
  replies: { 200: { description: 'Done, or done before.', schema: OrderReply } },
  refusals: [
    ...EVERY_BODY,
    'path_malformed',
    'member_unknown',
    'store_missing',
    'store_unknown',
    'store_not_allowed',
    'brand_mismatch',
    'currency_unknown',
    'currency_mismatch',
    'amount_negative',
    'amount_too_precise',
    'amount_too_large',
    'lines_empty',
    'too_many_lines',
    'too_many_units',
    'modifiers_too_deep',
    'quantity_conflict',
    'totals_mismatch',
    'id_missing_at_placed',
    'payments_missing',
    'quantity_missing',
    'discount_below_reward',
    'order_not_found',
    'transaction_not_found',
    'order_state_forbids',
    'order_voided',
    'order_refunded',
    'order_other_member',
    'order_other_store',
    'order_ids_conflict',
    'superseded',
    'same_key_other_content',
    'strict_sequence',
    'refund_exceeds_order',
    'partial_refund_not_allowed',
    ...(Object.keys(REWARD_ERRORS) as RewardReason[]),
  ],
  examples: ORDER_EXAMPLES,
}

export const claimOrder: Operation = {
  operationId: 'claimOrder',
  method: 'POST',
  url: '/loyalty/accounts/:id/claims',
  summary: 'Claim a completed guest order',
  description:
    'Extension. Gives a completed guest order to a member, once, by the code on its receipt or by order id, date and total. It earns by the rules of its own date.',
  params: MEMBER_PARAM,
  query: {},
  body: ClaimBody,
  replies: { 200: { description: 'The order, now the member’s.', schema: OrderReply } },
  refusals: [
    ...EVERY_BODY,
    'path_malformed',
    'member_unknown',
    'receipt_not_found',
    'receipt_already_claimed',
    'claim_not_completed',
  ],
  examples: CLAIM_EXAMPLES,
}

/** The partner API, in the order in which a partner meets it; then what an operator's tools may ask. */
export const OPERATIONS: readonly Operation[] = [
  ...[createOrRetrieveMember, getBalance, listRewards, postOrder, claimOrder],
  ...ADMIN_OPERATIONS,
  ...CERTIFICATION_OPERATIONS,
  ...CLOCK_OPERATIONS,
]

/** What a schema says without TypeBox's own marks: plain JSON Schema. */
export function plainSchema(schema: TSchema): object {
  return JSON.parse(JSON.stringify(schema)) as object
}
