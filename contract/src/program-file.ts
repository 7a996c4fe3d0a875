import { type TObject, type TProperties, type TSchema, Type } from 'typebox'

/**
 * The program file, published so that editors complete and check it. `title` is what a value must be, as an error names it;
 * `description` is what it does. What needs two places of the file (a reward that exists, an amount finer than the currency) is checked by the reader.
 */

const strict = <P extends TProperties>(
  properties: P,
  options: { description?: string; title?: string; minProperties?: number } = {},
): TObject<P> => Type.Object(properties, { additionalProperties: false, ...options })

const optional = Type.Optional

const text = (title: string, description: string, options: { pattern?: string; maxLength?: number } = {}) =>
  Type.String({ title, description, minLength: 1, maxLength: 200, ...options })

const whole = (description: string, minimum = 1, maximum = 1_000_000_000) =>
  Type.Integer({ title: `a whole number from ${minimum} to ${maximum}`, description, minimum, maximum })

const yesNo = (description: string) => Type.Boolean({ title: 'true or false', description })

const choice = <const V extends readonly string[]>(values: V, description: string) =>
  Type.Enum([...values] as [...V], { title: `one of ${values.join(', ')}`, description })

const listOf = <S extends TSchema>(items: S, description: string) =>
  Type.Array(items, { title: 'a list with at least one entry', description, minItems: 1, maxItems: 1000, uniqueItems: true })

const decimal = (title: string, description: string) =>
  Type.Union([Type.String({ pattern: '^\\d{1,13}(\\.\\d{1,6})?$' }), Type.Number({ minimum: 0, maximum: 9_999_999_999_999 })], {
    title,
    description,
  })

const money = (description: string) => decimal('an amount such as "5.00"', `${description} In the account's currency.`)

const period = (description: string) =>
  text(
    'a period such as "24 hours", "30 days" or "12 months"',
    `${description} Minutes and hours are exact; longer ones last to the end of their last day.`,
    {
      pattern: '^\\d{1,4} (minute|hour|day|week|month|year)s?$',
    },
  )

const date = (description: string) => text('a date such as "2026-12-31"', description, { pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

const zone = (description: string) => text('a time zone such as "America/New_York"', description)

const KEY = '^[a-z0-9]+(-[a-z0-9]+)*$'
const key = (description: string) => text('the key of a reward, such as five-off', description, { pattern: KEY, maxLength: 60 })

const clockTime = () => Type.String({ title: 'a time such as "15:00"', pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$' })
const clockPair = () => Type.Tuple([clockTime(), clockTime()], { title: 'two times such as ["15:00", "17:00"]' })

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

const Names = (description: string) =>
  strict(names, { description, title: 'a group such as { categories: [Coffee] }', minProperties: 1 })

const Group = (description: string) =>
  strict(
    {
      all: optional(Type.Literal(true, { title: 'true', description: 'Everything, less what is excluded.' })),
      ...names,
      exclude: optional(Names('What the group leaves out.')),
    },
    { description, title: 'a group such as { categories: [Coffee] }', minProperties: 1 },
  )

const Cap = strict(
  {
    points: whole('At most so many, in the unit of the program.', 0),
    per: choice(
      ['order', 'day', 'week', 'member'],
      "Over which time. Days and weeks (from Monday) are the store's; member means for ever.",
    ),
  },
  { title: 'a cap such as { points: 50, per: day }', description: 'What goes beyond is withheld, with the reason.' },
)

const When = strict(
  {
    stores: optional(listOf(text('a store code', 'A store code of this file.'), 'Only at these stores.')),
    sources: optional(
      listOf(choice(['web', 'mobileweb', 'mobileapp', 'instore'], 'An order source.'), 'Only for orders from these sources.'),
    ),
    types: optional(listOf(choice(['regular', 'catering'], 'An order type.'), 'Only for orders of these types.')),
    renditions: optional(
      listOf(choice(['onsite', 'pickup', 'delivery'], 'A rendition.'), 'Only for orders handed over in these ways.'),
    ),
    days: optional(
      listOf(
        choice(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 'A weekday.'),
        "Only on these weekdays, by the store's clock.",
      ),
    ),
    between: optional(
      Type.Union([clockPair(), Type.Array(clockPair(), { minItems: 1, maxItems: 24 })], {
        title: 'two times such as ["15:00", "17:00"], or a list of such pairs',
        description:
          "Only in these hours of the store's clock, the end excluded. From 22:00 to 02:00 runs over midnight and belongs to the day it began.",
      }),
    ),
    from: optional(date('The first day.')),
    until: optional(date('The last day.')),
    blackout: optional(
      listOf(
        Type.Union([date('A day.'), Type.Tuple([date('The first day.'), date('The last day.')])], {
          title: 'a date, or the first and last of a range',
        }),
        'Not on these days.',
      ),
    ),
    min_subtotal: optional(money('The least that the qualifying items must come to, after discounts of the shop.')),
    first_order: optional(Type.Literal(true, { title: 'true', description: "Only on a member's first order." })),
    birthday_month: optional(Type.Literal(true, { title: 'true', description: 'Only in the month of the birthday.' })),
    joined_before: optional(date('Only for members who joined before this day.')),
    joined_after: optional(date('Only for members who joined after this day.')),
    opted_in: optional(listOf(choice(['sms', 'email'], 'A channel.'), 'Only for members who opted in to these.')),
    registered: optional(
      Type.Literal(true, { title: 'true', description: 'Only for registered members, not for those with a phone alone.' }),
    ),
  },
  { title: 'conditions such as { days: [tue] }', description: 'All of these must hold.' },
)

const Account = strict(
  {
    id: text('the account id as text, such as "33559"', 'The account id; what `brand` carries in an order.', {
      pattern: '^\\d{1,18}$',
    }),
    name: text('a name', 'The name of the brand.'),
    currency: text('a currency code such as USD', 'ISO 4217. All amounts of the file are in it.', { pattern: '^[A-Z]{3}$' }),
    country: text('a country code such as US', 'ISO 3166. Phone numbers without a country code are of this country.', {
      pattern: '^[A-Z]{2}$',
    }),
    timezone: zone('The zone of the account: date-only expiry goes by it.'),
  },
  { description: 'The brand.' },
)

const Store = strict(
  {
    code: text('the store code as text, such as "999999"', 'What `vendor` carries in an order.', { maxLength: 64 }),
    name: text('a name', 'The name of the store.'),
    timezone: optional(zone("The store's zone: days, hours and caps go by it. The account's when left out.")),
    street: optional(text('text', 'Street and number.')),
    city: optional(text('text', 'City.')),
    state: optional(text('text', 'State or region.')),
    zip: optional(text('text in quotes, such as "10001"', 'Postal code.')),
    country: optional(text('a country code such as US', 'ISO 3166.', { pattern: '^[A-Z]{2}$' })),
    latitude: optional(
      Type.Number({ title: 'a number from -90 to 90', description: 'Degrees north.', minimum: -90, maximum: 90 }),
    ),
    longitude: optional(
      Type.Number({ title: 'a number from -180 to 180', description: 'Degrees east.', minimum: -180, maximum: 180 }),
    ),
    phone: optional(text('text in quotes, such as "2125550100"', 'Phone number.')),
    hours: optional(text('text such as "Mo-Su 11:00-23:00"', 'Opening hours, to show.')),
  },
  { description: 'A store.' },
)

const Earn = strict(
  {
    points: optional(whole('Points for each `per` spent; default 1.')),
    visits: optional(whole('Visits for each order that counts; default 1.')),
    stamps: optional(whole('Stamps for each qualifying item; default 1.')),
    per: optional(money('How much must be spent for each `points`; default one currency unit.')),
    of: optional(Group('What earns; everything when left out.')),
    exclude: optional(
      Names('What never earns, counts for no minimum, and is discounted by no reward that does not name it: gift cards.'),
    ),
    rounding: optional(
      choice(
        ['round_then_multiply', 'multiply_then_round'],
        'Rounded down once, before multipliers (the default) or after them.',
      ),
    ),
    minimum: optional(money('An order with less net qualifying spend earns nothing.')),
    caps: optional(listOf(Cap, 'The most that can be earned. All of them hold.')),
    min_interval: optional(period('At most one visit per member and store in this time; default none.')),
    catering: optional(yesNo('Catering orders count as visits; default false.')),
  },
  { description: 'How orders earn, on what is paid for items and their modifiers, without tax, tip and delivery.' },
)

const Program = strict(
  {
    type: choice(['points', 'visits', 'points_banking', 'shop_with_points'], 'How what was earned becomes a reward.'),
    units: optional(choice(['points', 'visits', 'stamps'], 'What is earned; stamps belong to the type visits.')),
    earn: optional(Earn),
    expire: optional(
      Type.Object(
        {
          after: optional(period('Each earning lives this long.')),
          inactive: optional(period('All points expire after this time without activity.')),
          on: optional(date('All points expire at the end of this day.')),
        },
        {
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          title: 'one of after, inactive, on',
          description: 'When what was earned expires; never when left out.',
        },
      ),
    ),
    threshold: optional(whole('Points and visits: how many turn into one `reward`.')),
    reward: optional(key('Points and visits: what the threshold turns into.')),
    value_per_point: optional(decimal('an amount such as "0.01"', 'Shop with points: what a point is worth, in the currency.')),
  },
  { description: 'What is earned and what it turns into.' },
)

const Reward = strict(
  {
    label: text('a label', 'What members see.'),
    offer: optional(
      choice(['rebate', 'discount', 'gift'], 'Money off, percent off, or an item. Follows from the rest when left out.'),
    ),
    code: optional(text('a promotion code', 'What the till knows the reward by.', { maxLength: 64 })),
    points: optional(whole('Points banking: what this tier costs.')),
    amount: optional(money('A fixed amount off: off the sum of the group, or beside `get` or `buy` off each item.')),
    percent: optional(decimal('a percentage such as 10', 'A percentage off, taken once on the sum and rounded half up.')),
    price: optional(money('Items of the group cost this instead.')),
    max: optional(money('The most that a percentage gives.')),
    free: optional(whole('How many items of the group are free.', 1, 1000)),
    get: optional(whole('How many items of the group `percent`, `amount` or `price` applies to.', 1, 1000)),
    of: optional(Group('What the reward applies to; when left out, what must be bought, else everything that earns.')),
    buy: optional(
      strict(
        { quantity: whole('How many.', 1, 1000), of: Group('Of what.') },
        {
          title: '{ quantity: 1, of: { categories: [Coffee] } }',
          description: 'What must be bought beside it; those items are not discounted.',
        },
      ),
    ),
    pick: optional(choice(['cheapest', 'dearest'], 'Which items first; default cheapest.')),
    count_modifiers: optional(yesNo("An item's modifiers are free with it; default false, the item's own price only.")),
    modifiers_qualify: optional(yesNo('A modifier may itself be the item; default false.')),
    limits: optional(
      strict(
        {
          per_order: optional(whole('How often it applies within one order; default once, and with `buy` as often as it can.')),
          per_member: optional(whole('How often a member may redeem it.')),
          per_day: optional(whole("How often a member may redeem it on one day of the store's.")),
        },
        { description: 'How often.' },
      ),
    ),
    expire: optional(
      Type.Object(
        {
          after: optional(period('An issued reward lives this long.')),
          on: optional(date('Issued rewards expire at the end of this day.')),
        },
        {
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          title: 'one of after, on',
          description: 'When an issued reward expires; never when left out.',
        },
      ),
    ),
    when: optional(When),
  },
  {
    title: 'a reward such as { label: $5 Off, amount: "5.00" }',
    description: 'A reward. One of amount, percent, price, free says what it does.',
  },
)

const Action = strict(
  {
    multiply: optional(
      decimal(
        'a multiplier such as 2 or 1.5',
        'So many times the points; several multipliers add up and do not compound. At least 1.',
      ),
    ),
    points: optional(whole('A bonus once, in the unit of the program.')),
    points_each: optional(whole('A bonus for each item that was paid for.')),
    grant: optional(key('A reward to issue.')),
    quantity: optional(whole('How many rewards to issue; default 1.', 1, 100)),
  },
  {
    title: 'an action such as { multiply: 2 }, { points: 100 } or { grant: five-off }',
    description: 'One of multiply, points, points_each, grant.',
    minProperties: 1,
  },
)

const Campaign = strict(
  {
    label: optional(text('a label', 'What explanations call it; its key when left out.')),
    trigger: choice(
      ['order', 'registration', 'birthday', 'visits', 'points', 'spend', 'date'],
      'A completed order, joining, the birthday, every n-th visit, every n-th point earned, every amount spent, a day.',
    ),
    when: optional(When),
    items: optional(Group('Orders: the bonus is on these items, and needs one of them.')),
    every: optional(decimal('a number such as 10', 'Visits and points: every so many. Spend: every such amount.')),
    on: optional(date('Date: the day.')),
    window: optional(
      strict(
        { before: optional(period('So long before.')), after: optional(period('So long after.')) },
        { description: 'Birthday: when it may be granted.' },
      ),
    ),
    do: Type.Array(Action, {
      title: 'a list of actions such as [ { multiply: 2 } ]',
      description: 'What it brings.',
      minItems: 1,
      maxItems: 20,
    }),
    cap: optional(Cap),
    limits: optional(
      strict(
        {
          per_member: optional(whole('How often for a member.')),
          per_day: optional(whole("How often for a member on one day of the store's.")),
        },
        { description: 'How often.' },
      ),
    ),
  },
  {
    title: 'a campaign such as { trigger: order, do: [ { multiply: 2 } ] }',
    description: 'Something that is granted beside the ordinary earning.',
  },
)

const Settings = strict(
  {
    hold: optional(period('How long a placed order holds its reward; default 24 hours.')),
    partial_refunds: optional(
      choice(
        ['keep', 'readjudicate', 'full'],
        'keep (default): a share of the discount stays with its line; readjudicate: the rules run again on what is left; full: every refund is the whole order.',
      ),
    ),
    refund_shortfall: optional(
      choice(
        ['owe', 'floor', 'forgive'],
        'Points to take back that are spent: owe (default): the balance goes negative; floor: it stays at 0 and the rest is paid from later earning; forgive.',
      ),
    ),
    return_grace: optional(
      strict(
        { rewards: optional(period('Default 7 days.')), points: optional(period('Default 0 days: they lapse.')) },
        { description: 'How long what comes back expired is good again.' },
      ),
    ),
    strict_sequence: optional(yesNo('Order statuses may not be skipped; default false.')),
    starters_redeem: optional(yesNo('Members with a phone alone may redeem; default true.')),
    late_orders: optional(period("How far back an order's own time may lie; default 72 hours.")),
  },
  { description: 'How the account handles holds, refunds and late orders.' },
)

const keyed = <S extends TSchema>(schema: S, what: string, description: string) =>
  Type.Record(Type.String({ pattern: KEY }), schema, {
    title: `${what} by key, such as five-off`,
    description: `${description} Keys are lower-case words joined by hyphens; a key is the identity of its ${what} through all versions.`,
    additionalProperties: false,
    maxProperties: 1000,
  })

/** JSON Schema of the program file. Titles complete "must be …" in errors. */
export const PROGRAM_FILE_SCHEMA = strict(
  {
    account: Account,
    stores: Type.Array(Store, {
      title: 'a list with at least one store',
      description: 'The stores.',
      minItems: 1,
      maxItems: 10_000,
    }),
    program: Program,
    rewards: optional(keyed(Reward, 'reward', 'The rewards.')),
    campaigns: optional(keyed(Campaign, 'campaign', 'The campaigns.')),
    settings: optional(Settings),
  },
  { title: 'account, stores and program', description: 'A brand: its stores, its program, its rewards and campaigns.' },
)
