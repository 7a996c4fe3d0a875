import type { ConditionFacts } from '@regulars/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCondition } from './cel.ts'

const FACTS: ConditionFacts = {
  order: {
    store: '999999',
    source: 'web',
    type: 'regular',
    rendition: 'pickup',
    subtotal: 2400,
    date: '2026-03-03',
    weekday: 'tue',
    minute: 930,
  },
  member: {
    registered: true,
    joined: '2025-06-15',
    birthday: '1990-03-20',
    sms: true,
    email: false,
    points: 120,
    orders: 3,
    visits: 2,
    tier: 'gold',
  },
  items: [
    { product: 'cola', label: 'Cola', categories: ['Drinks'], price: 300, paid: 250 },
    { product: 'soup', label: 'Soup', categories: ['Hot', 'Soups'], price: 900, paid: 900 },
  ],
}

it.each([
  ['order.subtotal >= 2000 && order.subtotal < 2500', true],
  ['order.source == "web" || order.store == "1"', true],
  ['member.tier in ["gold", "silver"] && member.points > 100', true],
  ['sum(items.map(i, i.paid)) >= 1200', false],
  ['sum(items.filter(i, "Drinks" in i.categories).map(i, i.price)) == 300', true],
  ['items.exists(i, i.label.startsWith("Co")) && items.all(i, i.price > 0)', true],
  ['size(items) == 2', true],
  ['dow(order.date) == "tue" && dow(member.joined) == "sun"', true],
  ['daypart(order.minute, "15:00", "17:00")', true],
  ['daypart(order.minute, "22:00", "15:30")', false],
  ['daypart(order.minute, "3pm", "5pm")', false],
  ['member.birthday.contains("-03-")', true],
  ['order.subtotal / (member.visits - 2) > 1', false],
  ['items[7].price > 0', false],
])('%s is %s', (expression, expected) => {
  expect(readCondition(expression)(FACTS)).toBe(expected)
})

describe('is refused, with what would be right:', () => {
  it.each([
    ['order.subtotl > 1', /No such key: subtotl/],
    ['basket.size > 1', /Unknown variable: basket/],
    ['order.subtotal', /must say true or false; this gives int/],
    ['order.subtotal >', /Unexpected|expected/i],
    ['order.store > 1', /no such overload/i],
    ['order.store.matches("(a+)+$")', /`matches` is no function here; functions are size, sum/],
    ['items.exists(i, items.exists(j, j.price > i.price))', /`exists` inside another loop/],
    ['items.exists(i, size(items) > 1)', /`items` inside a loop/],
    ['items.exists(i, i.categories.exists(c, c == "a"))', /`exists` inside another loop/],
    ['cel.bind(x, 1, x == 1)', /`bind` is no function here/],
    ['order.constructor == 1', /No such key: constructor/],
    [Array.from({ length: 100 }, () => 'order.subtotal > 1').join(' && '), /node|limit/i],
    [`${'('.repeat(60)}true${')'.repeat(60)}`, /depth|limit/i],
  ])('%s', (expression, message) => {
    expect(() => readCondition(expression)).toThrow(message)
  })
})

it('whatever the text, it is refused or answers true or false', () => {
  const piece = fc.constantFrom(
    'order',
    'items',
    '.',
    'subtotal',
    'map',
    '(',
    ')',
    'i',
    ',',
    '>',
    '1',
    '"a"',
    '&&',
    ' ',
    '[',
    ']',
    '?',
    ':',
    'sum',
    '+',
    '!',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((list) => list.join('')),
  )
  fc.assert(
    fc.property(text, (expression) => {
      let holds: ReturnType<typeof readCondition>
      try {
        holds = readCondition(expression)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        return
      }
      expect([true, false]).toContain(holds(FACTS))
    }),
    { numRuns: 1000 },
  )
})

it('costs what the order has items, not more', () => {
  const items = Array.from({ length: 2_000 }, () => FACTS.items[0] as ConditionFacts['items'][number])
  const holds = readCondition(
    'sum(items.map(i, i.paid)) + sum(items.map(i, i.price)) > 0 && items.all(i, size(i.categories) > 0)',
  )
  const started = performance.now()
  expect(holds({ ...FACTS, items })).toBe(true)
  expect(performance.now() - started).toBeLessThan(500)
})
