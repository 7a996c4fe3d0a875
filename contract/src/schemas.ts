import { type TProperties, Type } from 'typebox'
import { GENDERS, MARITAL_STATUSES } from './member-call.ts'
import { ORDER_TYPES, RENDITIONS, SOURCES, TENDERS } from './order-call.ts'
import { ORDER_STATUSES } from './order-workflow.ts'

/**
 * The shapes of requests and answers, as the documents show them. Requests are read more liberally than this (`readOrderCall`,
 * `readMemberCall`): null for what is optional, numbers as text, any letter case. Answers are exactly this.
 */

const words = <const Values extends readonly string[]>(values: Values, description: string) =>
  Type.Enum([...values] as unknown as [...Values], { description })
const text = (description: string) => Type.String({ description, maxLength: 1_000 })
const amount = (description: string) => Type.Number({ description, minimum: 0 })
const optional = Type.Optional

/** An answer's object says everything that can be in it. */
const closed = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, { additionalProperties: false })

export const MemberBody = Type.Object({
  customer: Type.Object({
    phone: optional(text('National, or international with a plus sign. Normalised to E.164 with the country of the account.')),
    email: optional(Type.String({ format: 'email', maxLength: 254 })),
    name: optional(Type.Object({ first: optional(text('First name.')), last: optional(text('Last name.')) })),
    password: optional(Type.String({ format: 'password', description: 'With phone and email it makes a registered member.' })),
    dob: optional(Type.String({ format: 'date', description: 'Date of birth.' })),
    gender: optional(words(GENDERS, 'In any letter case.')),
    marital_status: optional(words(MARITAL_STATUSES, 'In any letter case.')),
    address: optional(
      Type.Object({
        street: optional(text('Street and number.')),
        city: optional(text('City.')),
        state: optional(text('State or region.')),
        zip: optional(text('Postal code.')),
        country: optional(text('Country.')),
      }),
    ),
    favorite_store_id: optional(text('A store code.')),
    sms_opt_in: optional(Type.Boolean({ description: 'Whether text messages are welcome.' })),
    email_opt_in: optional(Type.Boolean({ description: 'Whether mail is welcome.' })),
    verify_email: optional(
      Type.Boolean({ default: false, description: 'Mail a link first; a new member gets an id when it is opened.' }),
    ),
  }),
})

export const MemberReply = closed({
  id: Type.String({ description: 'Member id: a decimal string.' }),
  status: Type.Literal('Active'),
})

export const MemberWaitingReply = closed({ status: Type.Literal('WaitingEmailVerification') })

const Reference = closed({ type: Type.Literal('promo'), code: Type.String({ description: 'The promo code at the till.' }) })

export const BalanceReply = closed({
  quantity: Type.Number({
    description: 'Points, visits or stamps. Falls at `billed`, not before. Negative after a refund of what was spent.',
  }),
  units: words(['points', 'visits', 'stamps'], 'What the quantity counts.'),
  spend_threshold: optional(Type.Number({ description: 'At how many a reward is issued; programs with a threshold only.' })),
  label: Type.String({ description: "The threshold reward's label, `points banking` or `shop with points`." }),
  rewards: Type.Array(
    closed({
      currency: Type.String({ description: 'ISO 4217.' }),
      offer: words(['Rebate', 'Discount', 'Gift'], 'Money off, percent off, or a free item.'),
      label: Type.String(),
      value: Type.Number({ description: 'Money, percent, or number of free items.' }),
      next_expires_on: optional(
        Type.String({ format: 'date', description: 'The soonest of its kind; absent when it never expires.' }),
      ),
      points: optional(Type.Number({ description: 'Price in points; or, for shop with points, the balance.' })),
      value_per_point: optional(Type.Number()),
      reference: optional(Reference),
      quantity: Type.Number({ description: 'How many the member can use now; what an order holds is left out.' }),
    }),
  ),
  tier: optional(
    Type.Object(
      {
        key: optional(Type.String({ description: 'Absent below the lowest tier, as are `label` and `until`.' })),
        label: optional(Type.String()),
        until: optional(Type.String({ format: 'date', description: 'The last day on which it stands if nothing more comes.' })),
        next: optional(
          closed({
            key: Type.String(),
            label: Type.String(),
            missing: Type.Number({ description: 'Points, visits or stamps to earn, or money to spend.' }),
          }),
        ),
      },
      { additionalProperties: false, description: 'Extension: where the member stands, in programs with tiers.' },
    ),
  ),
})

export const RewardsReply = closed({
  rewards: Type.Array(
    closed({
      id: Type.String({ description: 'For `basket.rewards`. Starts with `P_` where points are spent.' }),
      currency: Type.String({ description: 'ISO 4217.' }),
      offer: words(['rebate', 'discount', 'gift'], 'Money off, percent off, or a free item.'),
      label: Type.String(),
      value: Type.Number({ description: 'A projection: checkout has the last word.' }),
      reference: optional(Reference),
      quantity: Type.Number(),
    }),
  ),
})

const product = optional(text('SKU.'))
const categories = optional(Type.Array(Type.String(), { description: 'One category may be sent as a text.' }))
const modifiers = optional(
  Type.Array(Type.Unsafe<unknown>({ $ref: '#/components/schemas/Modifier' }), { description: 'Nested up to 10 levels.' }),
)

export const Modifier = Type.Object({
  label: text('Name as on the receipt.'),
  cost: amount('Price of one.'),
  quantity: Type.Integer({ minimum: 0, description: 'For one unit of what it modifies.' }),
  product,
  categories,
  modifiers,
})

const PosEntry = Type.Object({
  posItem: Type.Object({
    label: text('Name as on the receipt.'),
    cost: amount('Price of one, without modifiers.'),
    product,
    categories,
    modifiers,
  }),
  quantity: Type.Integer({ minimum: 0 }),
})

export const OrderBody = Type.Object({
  id: optional(text('Your order id; required from `billed` on.')),
  status: words(ORDER_STATUSES, 'What happens to the order.'),
  source: words(SOURCES, 'Where it was ordered.'),
  vendor: text('Store code.'),
  brand: text('Account id; must be the one of the credential.'),
  subtotal: amount('Before tax, tip, delivery and discount.'),
  total: optional(amount('What is paid.')),
  tax: optional(amount('Tax.')),
  tip: optional(amount('Tip.')),
  delivery: optional(amount('Delivery fee.')),
  discount: optional(amount("The whole discount, the reward's included.")),
  type: optional(words(ORDER_TYPES, '`regular` when absent.')),
  rendition: optional(words(RENDITIONS, 'How the order is handed over.')),
  currency: optional(Type.String({ description: "ISO 4217; the account's when absent." })),
  placed: optional(Type.String({ format: 'date-time', description: 'When it was ordered.' })),
  wanted: optional(Type.String({ format: 'date-time', description: 'When it is to be ready.' })),
  transaction: optional(text('On `refunded`: the `transaction.id` that `billed` returned.')),
  refund_id: optional(text('Extension. Names a partial refund, so that a repeat of it is known as one.')),
  address: optional(
    Type.Object({
      street: optional(text('Street and number.')),
      cross: optional(text('Cross street.')),
      city: optional(text('City.')),
      code: optional(text('Postal code.')),
      region: optional(text('State or region.')),
      country: optional(text('Country.')),
    }),
  ),
  payments: optional(
    Type.Array(
      Type.Object({
        tender: optional(words(TENDERS, 'In any letter case.')),
        issuer: optional(text('Card issuer.')),
        suffix: optional(text('Last digits of the card.')),
        amount: optional(amount('Paid this way.')),
      }),
      { description: 'Expected in every call after checkout.' },
    ),
  ),
  basket: Type.Object({
    uuid: optional(text('Names a cart that has no order id yet.')),
    rewards: optional(
      Type.Array(
        Type.Object({
          id: text('From the list of rewards.'),
          provider: optional(text('In any letter case.')),
          level: optional(text('What the reward is applied to.')),
          discount: optional(amount('What checkout answered; required after it.')),
          product,
        }),
        { maxItems: 1 },
      ),
    ),
    posEntries: Type.Array(PosEntry, { minItems: 1, maxItems: 1_000 }),
  }),
})

export const Explanation = Type.Object(
  {
    lines: Type.Array(Type.Object({}), { description: 'Each line: price, discounts, what was paid, and its points.' }),
    rules: Type.Array(Type.Object({}), {
      description: 'Each rule that applied, on which lines, with which numbers (minor units and points).',
    }),
    not_applied: Type.Array(Type.Object({}), { description: 'Each rule that did not: its reason, and what would satisfy it.' }),
    could_apply: Type.Array(Type.Object({}), { description: 'Rewards that would have applied and were not asked for.' }),
  },
  { description: 'Extension, with `?explain=1`.' },
)

export const OrderReply = closed({
  transaction: closed({
    id: optional(Type.String({ description: 'From `billed` on.' })),
    discount: Type.Number({ description: "The reward's discount." }),
    status: words(ORDER_STATUSES, 'The status that was sent.'),
    message: optional(Type.String({ description: 'Fit to show the customer: why the reward does not apply at checkout.' })),
    reason: optional(Type.String({ description: 'Extension: the same, for machines.' })),
    receipt_code: optional(Type.String({ description: "Extension: a guest's code, to claim the order with." })),
    forfeited: optional(Type.Number({ description: 'Extension: what a fixed amount had left when nothing remained to pay.' })),
    points_earned: optional(Type.Number({ description: 'Extension: what the completed order brought.' })),
    refund_amount: optional(Type.Number({ description: 'Extension: what the customer gets back for the items of this refund.' })),
    points_reversed: optional(Type.Number({ description: 'Extension: earned points that the refund took back.' })),
    discount_difference: optional(Type.Number({ description: 'Extension: what the reward gives less on the items that stay.' })),
    explanation: optional(Explanation),
  }),
})

export const ClaimBody = Type.Union([
  Type.Object({ receipt_code: text("The ten characters of a guest's receipt.") }, { title: 'By code' }),
  Type.Object(
    {
      order: Type.Object({
        id: text('Order number.'),
        date: text('The day at the store (YYYY-MM-DD).'),
        total: amount('What was paid.'),
      }),
    },
    { title: 'By order' },
  ),
])

export const ErrorReply = closed({
  id: Type.String({ description: 'Of this request; also in the `X-Request-Id` header and in the log of the server.' }),
  code: Type.Integer({ description: 'Number of the kind of error.' }),
  status: optional(words(ORDER_STATUSES, 'The status that a failed order call sent.')),
  message: Type.String({ description: 'For the developer: what is wrong, where, and what would be right.' }),
  details: Type.String({ description: 'Fit to show a customer.' }),
  reason: Type.String({ description: 'Extension: a stable word for machines.' }),
})
