import { Type } from 'typebox'
import type { ErrorName } from './errors.ts'
import type { Example } from './examples.ts'
import type { Operation } from './operation.ts'
import { Explanation, OrderBody } from './schemas.ts'

/** What an operator's tools may ask, with the administration token of an environment. */

const EVERY_CALL = [
  'access_token_invalid',
  'field_missing',
  'field_invalid',
  'internal',
  'unavailable',
  'shutting_down',
] as const satisfies ErrorName[]

const optional = Type.Optional
const BASKET = {
  source: 'instore',
  vendor: '999999',
  subtotal: 25.9,
  basket: {
    posEntries: [{ posItem: { label: 'Hamburger', product: '101', cost: 12.95, categories: ['American'] }, quantity: 2 }],
  },
}

const SIMULATE_EXAMPLES: readonly Example[] = [
  {
    name: 'simulateInForce',
    summary: 'A basket of a member with 120 points, under the program in force',
    body: { account: '33559', basket: BASKET, member: { points: 120 } },
    status: 200,
  },
  {
    name: 'simulateGuest',
    summary: 'The same for a guest',
    body: { account: '33559', basket: BASKET, member: null },
    status: 200,
  },
  { name: 'simulateNothing', summary: 'Without a basket', body: { account: '33559' }, status: 400, refusal: 'field_missing' },
]

const simulateBasket: Operation = {
  operationId: 'simulateBasket',
  method: 'POST',
  url: '/admin/v1/simulate',
  summary: 'What one basket would come to',
  description:
    'Decides a basket under a program that is sent, or under the one in force, for a member who is only described: every reward, the points, and why. Nothing is stored. Budgets of campaigns count as far as they are used.',
  params: {},
  query: {},
  admin: true,
  body: Type.Object({
    account: optional(Type.String({ description: 'The account; may be left out where a program is sent.' })),
    program: optional(Type.String({ description: 'The text of a program file, instead of the one in force.' })),
    basket: Type.Partial(OrderBody, { description: 'The body of an order call; `status` and `brand` may be left out.' }),
    member: optional(
      Type.Union(
        [
          Type.Object({
            registered: optional(Type.Boolean({ default: true })),
            joined_at: optional(Type.String({ format: 'date-time' })),
            birthday: optional(Type.String({ format: 'date' })),
            opted_in: optional(Type.Object({ sms: optional(Type.Boolean()), email: optional(Type.Boolean()) })),
            points: optional(Type.Integer({ minimum: 0 })),
            tallies: optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }))),
            rewards: optional(
              Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { description: 'By the key of the reward.' }),
            ),
          }),
          Type.Null(),
        ],
        { description: 'Who asks: as somebody who has just joined where left out, a guest where null.' },
      ),
    ),
    at: optional(Type.String({ format: 'date-time', description: 'When; now where left out.' })),
  }),
  replies: {
    200: {
      description: 'What it comes to.',
      schema: Type.Object({
        program_version: Type.Union([Type.Integer(), Type.Null()], { description: 'Null for a program that was sent.' }),
        currency: Type.String(),
        discount: Type.Number(),
        reason: optional(Type.String({ description: 'Why the reward that the basket asks for does not apply.' })),
        message: optional(Type.String()),
        points_earned: Type.Union([Type.Integer(), Type.Null()], { description: 'Null for a guest.' }),
        rewards_granted: Type.Array(Type.String()),
        rewards: Type.Array(Type.Object({}), {
          description: 'Every reward: its discount, cost and points, or why it does not apply.',
        }),
        explanation: Explanation,
      }),
    },
  },
  refusals: [...EVERY_CALL, 'malformed_json', 'store_unknown', 'currency_mismatch'],
  examples: SIMULATE_EXAMPLES,
}

const listEvents: Operation = {
  operationId: 'listEvents',
  method: 'GET',
  url: '/admin/v1/events',
  summary: "What an account's systems should hear of",
  description:
    'Warnings that points or rewards are about to expire, each told once, in an order that never changes: whoever goes on after the last number it saw misses none.',
  params: {},
  query: {
    account: { description: 'The account.', required: true, example: '33559' },
    after: { description: 'The number of the last event that was read; 0 where left out.', required: false, example: '0' },
    limit: { description: 'At most so many, up to 1000; 100 where left out.', required: false, example: '100' },
  },
  admin: true,
  replies: {
    200: {
      description: 'The events after that number; none is an empty list.',
      schema: Type.Object({
        events: Type.Array(
          Type.Object({
            number: Type.Integer(),
            type: Type.String({ description: '`balance_expiring` or `reward_expiring`.' }),
            member: Type.String(),
            at: Type.String({ format: 'date-time', description: 'When it was written.' }),
            units: optional(Type.String({ description: 'Of a balance: points, visits or stamps.' })),
            reward: optional(Type.String({ description: 'The key of a reward.' })),
            quantity: Type.Integer(),
            expires_at: Type.String({ format: 'date-time', description: 'The first instant at which it does not count.' }),
            last_day: Type.String({ format: 'date', description: "In the account's zone." }),
            warning: Type.String({ description: 'The period of the program file that it was warned by, such as `14 days`.' }),
          }),
        ),
        next: Type.Integer({ description: 'What to pass as `after` to go on.' }),
      }),
    },
  },
  refusals: EVERY_CALL,
  examples: [
    {
      name: 'events',
      summary: 'From the beginning',
      query: { account: '33559', after: '0' },
      status: 200,
      reply: { events: [], next: 0 },
    },
    { name: 'eventsOfNobody', summary: 'Without an account', status: 400, refusal: 'field_missing' },
  ],
}

export const ADMIN_OPERATIONS: readonly Operation[] = [simulateBasket, listEvents]
