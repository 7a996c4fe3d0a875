import { Type } from 'typebox'
import { choice, date, decimal, Group, key, keyed, optional, period, strict, text, whole } from './program-file-shapes.ts'
import { When } from './program-file-when.ts'

export const Cap = strict(
  {
    points: whole('At most so many, in the unit of the program.', 0),
    per: choice(
      ['order', 'day', 'week', 'member'],
      "Over which time. Days and weeks (from Monday) are the store's; member means for ever.",
    ),
  },
  { title: 'a cap such as { points: 50, per: day }', description: 'What goes beyond is withheld, with the reason.' },
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

export const Campaign = strict(
  {
    label: optional(text('a label', 'What explanations call it; its key when left out.')),
    trigger: choice(
      ['order', 'item', 'registration', 'birthday', 'inactivity', 'visits', 'points', 'spend', 'date'],
      'A completed order, every n-th of some items on receipts, joining, the birthday, staying away, every n-th visit, every n-th point earned, every amount spent, a day.',
    ),
    when: optional(When),
    items: optional(Group('Orders: the bonus is on these items, and needs one of them. Item: what counts.')),
    every: optional(
      decimal('a number such as 10', 'Visits, points and item: every so many; item: default 1. Spend: every such amount.'),
    ),
    on: optional(date('Date: the day.')),
    after: optional(period('Inactivity: how long a member has not been seen, in days or longer.')),
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
    budget: optional(
      Type.Object(
        {
          times: optional(whole('How often in all.')),
          points: optional(whole('How many points in all.')),
        },
        {
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          title: 'one of times, points',
          description:
            'The most for all members together. It holds however many orders come at once; what is refunded comes back to it.',
        },
      ),
    ),
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

const Level = strict(
  {
    label: text('a label', 'What members see.'),
    from: decimal('a number such as 500', 'What must come together in the window: points, or an amount spent.'),
    multiply: optional(
      decimal(
        'a multiplier such as 1.25',
        'What orders earn as a member of this tier, so many times; adds to other multipliers.',
      ),
    ),
    enter: optional(
      Type.Array(Action, {
        title: 'a list of actions such as [ { grant: five-off } ]',
        description: 'What reaching it brings: points or rewards. Again each time it is reached anew.',
        minItems: 1,
        maxItems: 20,
      }),
    ),
  },
  { title: 'a tier such as { label: Gold, from: 1000 }', description: 'A tier: who has come so far in the window stands in it.' },
)

export const Tiers = strict(
  {
    by: choice(
      ['points', 'spend'],
      'What counts: what orders earned, in the unit of the program, or what was spent on what earns.',
    ),
    over: Type.Object(
      {
        last: optional(period('A rolling window of months or years: the running month and so many before it.')),
        calendar: optional(
          choice(['year', 'quarter', 'month'], "Since the beginning of the year, quarter or month of the account's zone."),
        ),
      },
      {
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
        title: 'one of last, calendar',
        description: 'The window in which it counts.',
      },
    ),
    grace: optional(period('How long a tier is kept when it is no longer reached; default not at all.')),
    levels: keyed(Level, 'tier', 'The tiers, by what they take.'),
  },
  {
    title: 'tiers such as { by: points, over: { last: 12 months }, levels: { gold: { label: Gold, from: 1000 } } }',
    description: 'Tiers of members. Points that are spent stay counted; what is refunded does not.',
  },
)
