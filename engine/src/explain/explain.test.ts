import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ANN, DAY, R5, TestShop } from '../order/test-shop.ts'
import { house, line } from '../rules/house-program.ts'
import { explain, storyOf } from './index.ts'

const PROGRAM = house({
  program: { earn: { points: 1, per: '1.00', exclude: { categories: ['Gift cards'] }, caps: [{ points: 60, per: 'order' }] } },
  rewards: {
    cake: { label: 'Free Cake', free: 1, of: { categories: ['Desserts'] } },
    big: { label: 'Big', amount: '9.00', points: 100, when: { min_subtotal: '50.00' } },
    web: { label: 'Web', amount: '1.00', points: 10, when: { sources: ['web'] } },
    two: { label: 'Two', amount: '2.00', points: 20 },
  },
  campaigns: {
    coffee: { label: 'Coffee week', trigger: 'order', items: { categories: ['Coffee'] }, do: [{ multiply: 3 }] },
    tuesday: { label: 'Double Tuesday', trigger: 'order', when: { days: ['tue'] }, do: [{ multiply: 2 }] },
    third: { label: 'Third visit', trigger: 'visits', every: 3, do: [{ points: 10 }] },
    tea: { label: 'Tea', trigger: 'order', items: { categories: ['Tea'] }, do: [{ points: 5 }] },
    half: { label: 'Half', trigger: 'order', items: { categories: ['Sale'] }, do: [{ multiply: '0.5' }] },
    welcome: { label: 'Welcome', trigger: 'registration', do: [{ grant: 'cake' }] },
  },
})

function told(shop: TestShop, id: string) {
  const order = shop.order(id)
  const story = order && storyOf(order)
  if (!story) throw new Error(`order ${id} has a story`)
  return explain(PROGRAM, story)
}

const COFFEE = line('coffee', 450, { quantity: 2, category: 'Coffee' })
const SANDWICH = line('sandwich', 825)

it('names each cent and each point by rule and line', () => {
  const shop = new TestShop(PROGRAM)
  shop.give(ANN, 150)
  shop.post(ANN, 'completed', { id: 'a', lines: [COFFEE, SANDWICH], reward: { id: R5, discount: 500 }, shop: 125 })
  const { lines, rules } = told(shop, 'a')
  expect(lines).toEqual([
    {
      label: 'sandwich',
      product: 'sandwich',
      quantity: 1,
      returned: 0,
      price: 825,
      shopDiscount: 60,
      rewardDiscount: 239,
      paid: 526,
      points: 5,
    },
    {
      label: 'coffee',
      product: 'coffee',
      quantity: 2,
      returned: 0,
      price: 900,
      shopDiscount: 65,
      rewardDiscount: 261,
      paid: 574,
      points: 16,
    },
  ])
  expect(rules.map(({ rule, on }) => [rule, on])).toEqual([
    [
      'reward:r5',
      [
        { line: 0, off: 239 },
        { line: 1, off: 261 },
      ],
    ],
    [
      'earn',
      [
        { line: 0, points: 5 },
        { line: 1, points: 6 },
      ],
    ],
    ['campaign:coffee', [{ line: 1, points: 10 }]],
  ])
})

it('says of each rule that did not apply why, and what would satisfy it', () => {
  const shop = new TestShop(PROGRAM)
  shop.give(ANN, 30)
  shop.post(ANN, 'completed', { id: 'a', lines: [SANDWICH] })
  const { missed, open } = told(shop, 'a')
  expect(open).toEqual([{ rule: 'reward:two', label: 'Two', discount: 200 }])
  expect(missed.map(({ rule, reason, facts }) => [rule, reason, facts])).toEqual([
    ['reward:r5', 'points_insufficient', { required: 100, actual: 30 }],
    ['reward:r10', 'points_insufficient', { required: 150, actual: 30 }],
    ['reward:cake', 'items_missing', { required: 1, actual: 0, items: ['Desserts'] }],
    ['reward:big', 'min_subtotal', { required: 5000, actual: 825 }],
    ['reward:web', 'not_in_source', { actual: 'instore', allowed: ['web'] }],
    ['campaign:coffee', 'items_missing', { required: 1, actual: 0, items: ['Coffee'] }],
    ['campaign:tuesday', 'wrong_day', { actual: 'Sunday', allowed: ['Tuesday'] }],
    ['campaign:third', 'not_reached', { required: 3, actual: 1, of: 'visits' }],
    ['campaign:tea', 'items_missing', { required: 1, actual: 0, items: ['Tea'] }],
    ['campaign:half', 'items_missing', { required: 1, actual: 0, items: ['Sale'] }],
  ])
})

it('tells the same later, whatever the member has by then', () => {
  const shop = new TestShop(PROGRAM)
  shop.post(ANN, 'completed', { id: 'a', lines: [SANDWICH] })
  const before = told(shop, 'a')
  shop.now += 3 * DAY
  shop.give(ANN, 900)
  shop.post(ANN, 'completed', { id: 'b', lines: [COFFEE] })
  expect(told(shop, 'a')).toEqual(before)
})

it('a reward that only a campaign gives says where it comes from', () => {
  const shop = new TestShop(PROGRAM)
  shop.post(ANN, 'placed', { id: 'a', lines: [line('cake', 500, { category: 'Desserts' })] })
  expect(told(shop, 'a').missed).toContainEqual({
    rule: 'reward:cake',
    label: 'Free Cake',
    reason: 'not_issued',
    facts: { by: ['Welcome'] },
  })
})

it('a guest is told what claiming would bring to life', () => {
  const shop = new TestShop(PROGRAM)
  shop.post('guest', 'completed', { id: 'g', lines: [COFFEE] })
  const { missed, lines } = told(shop, 'g')
  expect(lines[0]?.points).toBeUndefined()
  expect(missed).toContainEqual({ rule: 'campaign:coffee', label: 'Coffee week', reason: 'guest_earns_nothing', facts: {} })
})

it('a quote explains the reward that was refused', () => {
  const shop = new TestShop(PROGRAM)
  const decision = shop.post(ANN, 'checkout', { lines: [SANDWICH], reward: { id: R5 } })
  const story = decision.kind === 'answered' ? decision.answer.story : undefined
  expect(story && explain(PROGRAM, story).missed).toEqual([
    { rule: 'reward:r5', label: '$5 Off', reason: 'points_insufficient', facts: { required: 100, actual: 0 } },
  ])
})

it('the parts of every cart sum to its discount and its points, also after returns', () => {
  const category = fc.constantFrom('Coffee', 'Tea', 'Sale', 'Desserts', 'Gift cards', 'Other')
  const item = fc.record({ cost: fc.integer({ min: 0, max: 4000 }), quantity: fc.integer({ min: 1, max: 4 }), category })
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), fc.nat(500), (items, shopDiscount) => {
      const shop = new TestShop(PROGRAM)
      shop.give(ANN, 100)
      const lines = items.map(({ cost, quantity, category }, index) => line(`p${index}`, cost, { quantity, category }))
      const quote = shop.post(ANN, 'checkout', { lines, reward: { id: R5 }, shop: shopDiscount })
      const discount = quote.kind === 'answered' ? quote.answer.discount : 0
      shop.post(ANN, 'completed', { id: 'a', lines, shop: shopDiscount, ...(discount > 0 && { reward: { id: R5, discount } }) })
      const order = shop.order('a')
      if (order?.state !== 'completed') throw new Error('the order is completed')
      const explained = told(shop, 'a')
      const total = (of: (line: (typeof explained.lines)[number]) => number) =>
        explained.lines.reduce((sum, one) => sum + of(one), 0)
      expect(total((one) => one.rewardDiscount)).toBe(discount)
      expect(total((one) => one.points ?? 0)).toBe(order.earned?.quantity)
      expect(total((one) => one.price - one.shopDiscount - one.rewardDiscount - one.paid)).toBe(0)
      const [first] = lines
      if (lines.length > 1 && first) {
        shop.post(ANN, 'refunded', { id: 'a', refundId: 'r', lines: [first] })
        const rest = told(shop, 'a')
        expect(rest.lines.reduce((sum, one) => sum + one.returned, 0)).toBe(first.quantity)
      }
    }),
    { numRuns: 150 },
  )
})
