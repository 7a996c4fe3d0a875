import type { ConditionFacts } from '@regulars/engine'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readCondition } from './cel.ts'

const WORDS = ['', '09:30', '23:00', 'web', 'gold', 'Gold', 'tue', 'Ünïcode', '2026-03-03', '"quoted"']
const NUMBERS = [0, 1, -1, 99, 1_000, 2_500, Number.MAX_SAFE_INTEGER]

const word = fc.constantFrom(...WORDS)
const number = fc.constantFrom(...NUMBERS)
const facts: fc.Arbitrary<ConditionFacts> = fc.record({
  order: fc.record({
    store: word,
    source: word,
    type: word,
    rendition: word,
    subtotal: number,
    date: word,
    weekday: word,
    minute: number,
  }),
  member: fc.record({
    registered: fc.boolean(),
    joined: word,
    birthday: word,
    sms: fc.boolean(),
    email: fc.boolean(),
    points: number,
    orders: number,
    visits: number,
    tier: word,
  }),
  items: fc.array(
    fc.record({ product: word, label: word, categories: fc.array(word, { maxLength: 2 }), price: number, paid: number }),
    {
      maxLength: 3,
    },
  ),
})

const text = fc.oneof(
  word.map((value) => JSON.stringify(value)),
  fc.constantFrom('order.source', 'order.weekday', 'member.tier'),
)
const amount = fc.oneof(number.map(String), fc.constantFrom('order.subtotal', 'member.points', 'member.orders', '-5'))
const itemText = fc.oneof(text, fc.constantFrom('i.product', 'i.label'))
const itemAmount = fc.oneof(amount, fc.constantFrom('i.price', 'i.paid'))
const items = fc.constantFrom('items', 'items.filter(i, i.price > 50)')
/** What only the library knows, and some of it fails when it is evaluated. */
const strange = fc.constantFrom(
  'order.subtotal / 0 > 1',
  'items[2].price > 0',
  'size(items) > 1',
  'order.source < "m"',
  'order.subtotal + 1 > 0',
)

const { condition } = fc.letrec<{ condition: string; leaf: string; inItem: string }>((tie) => ({
  leaf: fc.oneof(
    comparison(text, amount),
    fc.constantFrom('member.sms', 'member.registered', 'true', 'false'),
    fc.tuple(items, fc.constantFrom('exists', 'all'), tie('inItem')).map(([list, loop, body]) => `${list}.${loop}(i, ${body})`),
    fc
      .tuple(items, tie('inItem'), fc.constantFrom('price', 'paid'), amount)
      .map(([list, body, field, least]) => `sum(${list}.filter(i, ${body}).map(i, i.${field})) >= ${least}`),
    fc.tuple(items, fc.constantFrom('==', '<')).map(([list, operator]) => `${list}.size() ${operator} 2`),
    fc
      .tuple(amount, word, word)
      .map(([minute, from, to]) => `daypart(${minute}, ${JSON.stringify(from)}, ${JSON.stringify(to)})`),
    text.map((date) => `dow(${date}) == "tue"`),
    strange,
  ),
  inItem: fc.oneof(
    comparison(itemText, itemAmount),
    itemText.map((value) => `${value} in i.categories`),
  ),
  condition: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'cel' },
    tie('leaf'),
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||', '==', '!='), tie('condition'))
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    tie('condition').map((of) => `!(${of})`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([when, yes, no]) => `((${when}) ? (${yes}) : (${no}))`),
  ),
}))

function comparison(texts: fc.Arbitrary<string>, amounts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const between = (sides: fc.Arbitrary<string>, operators: readonly string[]) =>
    fc.tuple(sides, fc.constantFrom(...operators), sides).map((parts) => parts.join(' '))
  return fc.oneof(
    between(texts, ['==', '!=']),
    between(amounts, ['==', '!=', '<', '<=', '>', '>=']),
    fc.tuple(texts, fc.array(texts, { minLength: 1, maxLength: 3 })).map(([value, list]) => `${value} in [${list.join(', ')}]`),
    fc
      .tuple(texts, fc.constantFrom('contains', 'startsWith', 'endsWith'), texts)
      .map(([value, search, part]) => `${value}.${search}(${part})`),
  )
}

/** What is longer has more parts than a condition may have. */
const isShort = (expression: string) => expression.length < 300

/** Says the same as the expression, and leaves all of it to the library: a sum is never compiled. */
const byLibrary = (expression: string) => readCondition(`(${expression}) || 1 + 1 == 3`)

it('says of any facts what the library says, whether or not all of it is compiled', () => {
  const seen = { holds: 0, fails: 0 }
  fc.assert(
    fc.property(condition.filter(isShort), fc.array(facts, { minLength: 1, maxLength: 4 }), (expression, situations) => {
      const [compiled, interpreted] = [readCondition(expression), byLibrary(expression)]
      for (const situation of situations) {
        const holds = interpreted(situation)
        expect(compiled(situation), expression).toBe(holds)
        seen[holds ? 'holds' : 'fails'] += 1
      }
    }),
    { numRuns: 1_500 },
  )
  expect(Math.min(seen.holds, seen.fails)).toBeGreaterThan(500)
})
