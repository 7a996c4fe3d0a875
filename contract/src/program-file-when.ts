import { Type } from 'typebox'
import { choice, clockPair, date, listOf, money, optional, strict, text, tierKey } from './program-file-shapes.ts'

const celText = (description: string) =>
  text(`a CEL expression such as 'order.subtotal >= 2000'`, description, { maxLength: 1000 })

export const When = strict(
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
    recurs: optional(
      strict(
        {
          rule: text(
            'a recurrence rule such as "FREQ=MONTHLY;BYDAY=1TU"',
            'RFC 5545, by days or longer: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY.',
            { maxLength: 300 },
          ),
          from: date('The day from which it is counted.'),
        },
        {
          title: 'a recurrence such as { rule: "FREQ=MONTHLY;BYDAY=1TU", from: "2026-01-06" }',
          description: "Only on the days of this rule, by the store's clock: the first Tuesday of the month, every other Friday.",
        },
      ),
    ),
    min_subtotal: optional(money('The least that the qualifying items must come to, after discounts of the shop.')),
    first_order: optional(Type.Literal(true, { title: 'true', description: "Only on a member's first order." })),
    birthday_month: optional(Type.Literal(true, { title: 'true', description: 'Only in the month of the birthday.' })),
    joined_before: optional(date('Only for members who joined before this day.')),
    joined_after: optional(date('Only for members who joined after this day.')),
    opted_in: optional(listOf(choice(['sms', 'email'], 'A channel.'), 'Only for members who opted in to these.')),
    tiers: optional(listOf(tierKey('A tier of this file.'), 'Only for members of these tiers.')),
    cel: optional(
      Type.Union(
        [
          celText('An expression.'),
          strict({
            if: celText('The expression.'),
            says: text('a phrase', 'What is needed, to complete "This reward needs …".'),
          }),
        ],
        {
          title: `an expression such as 'sum(items.map(i, i.paid)) >= 2000', or { if: …, says: … }`,
          description:
            'For what the other conditions cannot say: a CEL expression over order, member and items; money is in minor units. It must be true.',
        },
      ),
    ),
    registered: optional(
      Type.Literal(true, { title: 'true', description: 'Only for registered members, not for those with a phone alone.' }),
    ),
  },
  { title: 'conditions such as { days: [tue] }', description: 'All of these must hold.' },
)
