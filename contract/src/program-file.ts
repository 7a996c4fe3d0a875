import { Type } from 'typebox'
import { Campaign, Cap, Tiers } from './program-file-campaigns.ts'
import {
  choice,
  date,
  decimal,
  Group,
  key,
  keyed,
  listOf,
  money,
  Names,
  optional,
  period,
  strict,
  text,
  warn,
  whole,
  yesNo,
  zone,
} from './program-file-shapes.ts'
import { When } from './program-file-when.ts'

/**
 * The program file, published so that editors complete and check it. `title` is what a value must be, as an error names it;
 * `description` is what it does. What needs two places of the file (a reward that exists, an amount finer than the currency) is checked by the reader.
 */

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
          warn: optional(warn('So long before, an event warns of it.')),
        },
        {
          additionalProperties: false,
          minProperties: 1,
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
          after_shown: optional(
            period(
              'An issued reward lives this long once its member was shown it: in a list of rewards, a balance, or an order.',
            ),
          ),
          warn: optional(warn('So long before, an event warns of it.')),
        },
        {
          additionalProperties: false,
          minProperties: 1,
          title: 'after or on, after_shown, or both',
          description: 'When an issued reward expires, at whichever comes first; never when left out.',
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
    tiers: optional(Tiers),
    rewards: optional(keyed(Reward, 'reward', 'The rewards.')),
    campaigns: optional(keyed(Campaign, 'campaign', 'The campaigns.')),
    settings: optional(Settings),
  },
  { title: 'account, stores and program', description: 'A brand: its stores, its program, its rewards and campaigns.' },
)
