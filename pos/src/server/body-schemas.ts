/** The shapes of what screens send; a wrong one is answered by Fastify with the path of the field. */
const text = (maxLength: number, minLength = 0) => ({ type: 'string', minLength, maxLength }) as const
const count = (maximum: number, minimum = 1) => ({ type: 'integer', minimum, maximum }) as const
const object = <Properties extends Readonly<Record<string, unknown>>>(properties: Properties, optional: readonly string[] = []) =>
  ({
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  }) as const
const uuid = { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' } as const
const orNull = <Schema extends { readonly type: string }>(schema: Schema) => ({ ...schema, type: [schema.type, 'null'] }) as const

const modifier = object({ option: text(60, 1), quantity: count(20) })
const line = object({
  key: text(60, 1),
  item: text(60, 1),
  quantity: count(999),
  modifiers: { type: 'array', maxItems: 40, items: modifier },
})
const cart = object(
  {
    order: uuid,
    seq: count(1_000_000_000, 0),
    lines: { type: 'array', maxItems: 200, items: line },
    member: orNull(text(60)),
    reward: orNull(text(120)),
    rendition: { enum: ['onsite', 'pickup'] },
    wanted: { type: ['integer', 'null'], minimum: 0 },
  },
  ['rendition', 'wanted'],
)

export const BODIES = {
  pair: object({ code: text(60) }),
  member: object({ phone: text(40), name: text(80) }, ['name']),
  cart,
  prompt: object({ reward: text(120, 1) }),
  answer: object({ reward: text(120, 1), answer: { enum: ['use', 'keep'] } }),
  pay: {
    oneOf: [object({ method: { const: 'cash' }, tendered: count(100_000_000, 0) }), object({ method: { const: 'card' } })],
  },
  refund: object(
    {
      refund: uuid,
      lines: { type: 'array', minItems: 1, maxItems: 200, items: object({ key: text(60, 1), quantity: count(999) }) },
    },
    ['lines'],
  ),
  device: object({ press: { enum: ['approve', 'decline', 'time_out', 'disconnect', 'connect'] } }),
  place: object({ cart, name: text(80) }),
} as const

/** A till's name as it stands in addresses. */
export const TILL = { type: 'object', properties: { till: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,40}$' } } } as const
export const ORDER = { type: 'object', properties: { id: uuid } } as const
