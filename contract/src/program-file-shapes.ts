import { type TObject, type TProperties, type TSchema, Type } from 'typebox'

/** The small shapes that the schema of the program file is made of. `title` completes "must be …" in errors; `description` is what editors show. */

export const strict = <P extends TProperties>(
  properties: P,
  options: { description?: string; title?: string; minProperties?: number } = {},
): TObject<P> => Type.Object(properties, { additionalProperties: false, ...options })

export const optional = Type.Optional

export const text = (title: string, description: string, options: { pattern?: string; maxLength?: number } = {}) =>
  Type.String({ title, description, minLength: 1, maxLength: 200, ...options })

export const whole = (description: string, minimum = 1, maximum = 1_000_000_000) =>
  Type.Integer({ title: `a whole number from ${minimum} to ${maximum}`, description, minimum, maximum })

export const yesNo = (description: string) => Type.Boolean({ title: 'true or false', description })

export const choice = <const V extends readonly string[]>(values: V, description: string) =>
  Type.Enum([...values] as [...V], { title: `one of ${values.join(', ')}`, description })

export const listOf = <S extends TSchema>(items: S, description: string) =>
  Type.Array(items, { title: 'a list with at least one entry', description, minItems: 1, maxItems: 1000, uniqueItems: true })

export const decimal = (title: string, description: string) =>
  Type.Union([Type.String({ pattern: '^\\d{1,13}(\\.\\d{1,6})?$' }), Type.Number({ minimum: 0, maximum: 9_999_999_999_999 })], {
    title,
    description,
  })

export const money = (description: string) => decimal('an amount such as "5.00"', `${description} In the account's currency.`)

export const period = (description: string) =>
  text(
    'a period such as "24 hours", "30 days" or "12 months"',
    `${description} Minutes and hours are exact; longer ones last to the end of their last day.`,
    {
      pattern: '^\\d{1,4} (minute|hour|day|week|month|year)s?$',
    },
  )

export const warn = (description: string) =>
  Type.Union([period(description), Type.Array(period(description), { minItems: 1, maxItems: 10 })], {
    title: 'a period such as "14 days", or a list of periods',
    description,
  })

export const date = (description: string) =>
  text('a date such as "2026-12-31"', description, { pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

export const zone = (description: string) => text('a time zone such as "America/New_York"', description)

const KEY = '^[a-z0-9]+(-[a-z0-9]+)*$'
export const tierKey = (description: string) =>
  text('the key of a tier, such as gold', description, { pattern: KEY, maxLength: 60 })
export const key = (description: string) =>
  text('the key of a reward, such as five-off', description, { pattern: KEY, maxLength: 60 })

const clockTime = () => Type.String({ title: 'a time such as "15:00"', pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$' })
export const clockPair = () => Type.Tuple([clockTime(), clockTime()], { title: 'two times such as ["15:00", "17:00"]' })

const names = {
  products: optional(listOf(text('a product id', 'A product id.'), 'Product ids, in any letter case.')),
  categories: optional(listOf(text('a category', 'A category.'), 'Categories, in any letter case.')),
  labels: optional(
    listOf(
      text('a label', 'A label.'),
      'Labels, in any letter case. A rule that looks at labels makes a reworded label another cart.',
    ),
  ),
}

export const Names = (description: string) =>
  strict(names, { description, title: 'a group such as { categories: [Coffee] }', minProperties: 1 })

export const Group = (description: string) =>
  strict(
    {
      all: optional(Type.Literal(true, { title: 'true', description: 'Everything, less what is excluded.' })),
      ...names,
      exclude: optional(Names('What the group leaves out.')),
    },
    { description, title: 'a group such as { categories: [Coffee] }', minProperties: 1 },
  )

export const keyed = <S extends TSchema>(schema: S, what: string, description: string) =>
  Type.Record(Type.String({ pattern: KEY }), schema, {
    title: `${what} by key, such as five-off`,
    description: `${description} Keys are lower-case words joined by hyphens; a key is the identity of its ${what} through all versions.`,
    additionalProperties: false,
    maxProperties: 1000,
  })
