import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { developerMessage } from './errors.ts'
import { readOrderCall, readOrderStatus } from './order-call.ts'
import { type Line, lineTotal } from './order-lines.ts'

const HAMBURGER = { posItem: { label: 'Hamburger', cost: 12.95, categories: ['American'] }, quantity: 1 }
const CHECKOUT = {
  status: 'checkout',
  source: 'instore',
  vendor: '999999',
  brand: '33559',
  subtotal: 12.95,
  basket: { uuid: 'u-1', posEntries: [HAMBURGER] },
}
const BILLED = { ...CHECKOUT, id: 'A-1', status: 'billed', payments: [{ tender: 'cash', amount: 12.95 }] }

const read = (body: unknown, { strict = false, currency = 'USD' } = {}) => readOrderCall(body, { currency, strict })
const accepted = (body: unknown, options = {}) => {
  const outcome = read(body, options)
  if (!outcome.ok) throw new Error(developerMessage(outcome.refusal))
  return outcome.value
}
const refusal = (body: unknown, options = {}) => {
  const outcome = read(body, options)
  return outcome.ok
    ? { error: 'accepted', message: 'accepted' }
    : { ...outcome.refusal, message: developerMessage(outcome.refusal) }
}
const withItem = (item: object, quantity: unknown = 1) => ({
  ...CHECKOUT,
  basket: { posEntries: [{ posItem: { ...HAMBURGER.posItem, ...item }, quantity }] },
})

describe('an order call, as the reference has it', () => {
  it('is read in full, in our words and in minor units', () => {
    const call = accepted({
      ...BILLED,
      status: 'refunded',
      total: '19.36',
      tax: 1.41,
      tip: 2,
      delivery: 3,
      discount: 1.5,
      type: 'Catering',
      rendition: 'PickUp',
      currency: 'usd',
      placed: '2026-03-01T12:30:00Z',
      wanted: '2026-03-01T13:00:00.250-05:00',
      transaction: 5961839,
      refund_id: 'R-1',
      subtotal: 14.45,
      basket: {
        uuid: 'u-1',
        rewards: [{ provider: 'Loyalty', id: 2234402, level: 'order', discount: '1.50', product: 12 }],
        posEntries: [
          {
            posItem: {
              ...HAMBURGER.posItem,
              product: 101,
              modifiers: [{ label: 'Cheese', cost: 1.5, quantity: 1, modifiers: [{ label: 'Smoked', cost: 0, quantity: 2 }] }],
            },
            quantity: 1,
          },
        ],
      },
    })
    expect(call).toEqual({
      status: 'refunded',
      orderId: 'A-1',
      basketUuid: 'u-1',
      refundId: 'R-1',
      transactionId: '5961839',
      source: 'instore',
      storeCode: '999999',
      brand: '33559',
      type: 'catering',
      rendition: 'pickup',
      currency: 'USD',
      digits: 2,
      subtotal: 1445,
      total: 1936,
      tax: 141,
      tip: 200,
      delivery: 300,
      discount: 150,
      placedAt: Date.UTC(2026, 2, 1, 12, 30),
      wantedAt: Date.UTC(2026, 2, 1, 18, 0, 0, 250),
      payments: [{ tender: 'cash', amount: 1295 }],
      reward: { id: '2234402', provider: 'loyalty', level: 'order', discount: 150, product: '12' },
      lines: [
        {
          label: 'Hamburger',
          product: '101',
          categories: ['American'],
          cost: 1295,
          quantity: 1,
          modifiers: [
            {
              label: 'Cheese',
              categories: [],
              cost: 150,
              quantity: 1,
              modifiers: [{ label: 'Smoked', categories: [], cost: 0, quantity: 2, modifiers: [] }],
            },
          ],
        },
      ],
      warnings: [],
    })
  })
})

describe('what real clients send', () => {
  it.each([
    [
      'null for everything optional',
      {
        ...CHECKOUT,
        id: null,
        total: null,
        tax: null,
        type: null,
        rendition: null,
        currency: null,
        placed: null,
        payments: null,
        address: null,
      },
    ],
    ['null in the basket', { ...CHECKOUT, basket: { ...CHECKOUT.basket, uuid: null, rewards: null } }],
    ['null in an item', withItem({ product: null, categories: null, modifiers: null })],
    ['payments as one object', { ...CHECKOUT, payments: { tender: 'CREDIT', suffix: 4242, issuer: null } }],
    ['address as one object', { ...CHECKOUT, address: { street: '1 Main St', code: 10001, cross: null } }],
    ['address as a list', { ...CHECKOUT, address: [{ street: '1 Main St', code: '10001' }] }],
    ['ids as numbers', { ...CHECKOUT, id: 1001, vendor: 999999, brand: 33559 }],
    ['any letter case', { ...CHECKOUT, status: 'CheckOut', source: 'MobileApp' }],
    ['a quantity inside the item', { ...CHECKOUT, basket: { posEntries: [{ posItem: { ...HAMBURGER.posItem, quantity: 1 } }] } }],
    ['a quantity in both places', withItem({ quantity: '1' }, 1)],
    ['a category as a text', withItem({ categories: 'American' })],
    ['an empty list of rewards', { ...CHECKOUT, basket: { ...CHECKOUT.basket, rewards: [] } }],
    ['unknown fields', { ...CHECKOUT, table: 12, basket: { ...CHECKOUT.basket, course: [[['x']]] } }],
    ['blank texts for what is optional', { ...CHECKOUT, id: ' ', transaction: '', placed: '' }],
    ['floats as they come', { ...CHECKOUT, subtotal: 12.950000000000001 }],
    [
      'the discount with the reward alone',
      { ...CHECKOUT, total: 10.95, basket: { ...CHECKOUT.basket, rewards: [{ id: '1', discount: 2 }] } },
    ],
    ['decimals as text', { ...CHECKOUT, subtotal: '12.95', tip: '0' }],
  ])('%s is accepted without a warning', (_, body) => {
    expect(accepted(body).warnings).toEqual([])
  })

  it.each([1, '1', 1.0, '1.0', ' 1 '])('reads %j as the quantity one', (quantity) => {
    expect(accepted(withItem({}, quantity)).lines[0]?.quantity).toBe(1)
  })

  it('takes what was taken off again for nothing', () => {
    const call = accepted({ ...CHECKOUT, basket: { posEntries: [HAMBURGER, { ...HAMBURGER, quantity: 0 }] } })
    expect(call.lines).toHaveLength(1)
    expect(refusal(withItem({}, 0))).toMatchObject({ error: 'lines_empty' })
  })

  it('reads money with the decimals of the currency', () => {
    expect(accepted({ ...withItem({ cost: 1999 }), subtotal: 1999 }, { currency: 'JPY' })).toMatchObject({
      subtotal: 1999,
      digits: 0,
      currency: 'JPY',
    })
    expect(accepted({ ...withItem({ cost: '1.234' }), subtotal: 1.234, currency: 'KWD' })).toMatchObject({
      subtotal: 1234,
      digits: 3,
    })
  })
})

describe('what is wrong', () => {
  it.each([
    [
      { ...CHECKOUT, status: undefined },
      '`status` is missing. It must be checkout, placed, billed, completed, voided or refunded.',
    ],
    [
      { ...CHECKOUT, status: 'paid' },
      '`status` must be checkout, placed, billed, completed, voided or refunded; got the text "paid".',
    ],
    [{ ...CHECKOUT, status: 3 }, '`status` must be checkout, placed, billed, completed, voided or refunded; got the number 3.'],
    [{ ...CHECKOUT, source: null }, '`source` is missing. It must be web, mobileweb, mobileapp or instore.'],
    [{ ...CHECKOUT, brand: null }, '`brand` is missing. It must be the account id, such as "33559".'],
    [{ ...CHECKOUT, subtotal: undefined }, '`subtotal` is missing. It must be a decimal such as 12.95.'],
    [{ ...CHECKOUT, subtotal: 'a lot' }, '`subtotal` must be a decimal such as 12.95; got the text "a lot".'],
    [{ ...CHECKOUT, subtotal: [1] }, '`subtotal` must be a decimal such as 12.95; got a list.'],
    [
      { ...CHECKOUT, subtotal: -1 },
      '`subtotal` must not be negative; got the number -1. Discounts go into `discount`, returns into a `refunded` call.',
    ],
    [{ ...CHECKOUT, tax: 1.005 }, '`tax` must have at most 2 decimals, as USD has; got the number 1.005.'],
    [{ ...CHECKOUT, total: 1e30 }, '`total` must be at most 10000000000.00; got the number 1e+30.'],
    [
      { ...CHECKOUT, placed: '2026-02-30T12:00:00Z' },
      '`placed` must be an instant such as 2026-03-01T12:30:00Z; got the text "2026-02-30T12:00:00Z".',
    ],
    [{ ...CHECKOUT, id: 2 ** 53 }, '`id` must be a text, or a whole number below 2^53; got the number 9007199254740992.'],
    [{ ...CHECKOUT, id: 'x'.repeat(201) }, '`id` is 201 characters long; at most 200 are allowed.'],
    [{ ...CHECKOUT, type: 'party' }, '`type` must be regular or catering; got the text "party".'],
    [
      { ...CHECKOUT, payments: [{ tender: 'shells' }] },
      '`payments[0].tender` must be cash, check, credit, debit, prepaid, transfer or value; got the text "shells".',
    ],
    [{ ...CHECKOUT, address: 'here' }, '`address` must be an object or a list of objects; got the text "here".'],
    [{ ...CHECKOUT, basket: null }, '`basket` is missing. It must be an object with `posEntries`.'],
    [{ ...CHECKOUT, basket: [] }, '`basket` must be an object; got a list.'],
    [{ ...CHECKOUT, basket: {} }, '`basket.posEntries` is missing. It must be a list of [{ "posItem": { … }, "quantity": 1 }].'],
    [{ ...CHECKOUT, basket: { posEntries: [1] } }, '`basket.posEntries[0]` must be an object; got the number 1.'],
    [
      { ...CHECKOUT, basket: { posEntries: [HAMBURGER, {}] } },
      '`basket.posEntries[1].posItem` is missing. It must be an object with `label` and `cost`.',
    ],
    [withItem({ label: null }), '`basket.posEntries[0].posItem.label` is missing. It must be a text.'],
    [withItem({ cost: undefined }), '`basket.posEntries[0].posItem.cost` is missing. It must be a decimal such as 12.95.'],
    [
      withItem({ categories: [{}] }),
      '`basket.posEntries[0].posItem.categories` must be a text or a list of texts; got an object.',
    ],
    [withItem({}, null), '`basket.posEntries[0].quantity` is missing. It must be a whole number, beside posItem or inside it.'],
    [withItem({}, 1.5), '`basket.posEntries[0].quantity` must be a whole number from 0 to 10000; got the number 1.5.'],
    [withItem({}, -1), '`basket.posEntries[0].quantity` must be a whole number from 0 to 10000; got the number -1.'],
    [
      withItem({ quantity: 2 }),
      '`basket.posEntries[0].quantity` is 1, but the quantity inside its posItem is 2. Send it in one place only.',
    ],
    [
      withItem({ modifiers: [{ label: 'x' }] }),
      '`basket.posEntries[0].posItem.modifiers[0].cost` is missing. It must be a decimal such as 12.95.',
    ],
    [
      { ...BILLED, id: undefined },
      '`id` is missing. It must be your order id, which every call from billed on carries (this one is billed).',
    ],
    [[], 'The body must be one JSON object; got a list.'],
    ['billed', 'The body must be one JSON object; got the text "billed".'],
  ])('%j is refused: %s', (body, message) => {
    expect(refusal(body).message).toBe(message)
  })

  it.each([
    [{ ...CHECKOUT, vendor: null }, 'store_missing'],
    [{ ...CHECKOUT, currency: 'DOLLAR' }, 'currency_unknown'],
    [{ ...CHECKOUT, currency: 5 }, 'currency_unknown'],
    [{ ...CHECKOUT, basket: { posEntries: [] } }, 'lines_empty'],
    [{ ...CHECKOUT, basket: { ...CHECKOUT.basket, rewards: [{ id: '1' }, { id: '2' }] } }, 'multiple_rewards'],
    [{ ...CHECKOUT, basket: { ...CHECKOUT.basket, rewards: [{ discount: 1 }] } }, 'field_missing'],
    [{ ...CHECKOUT, basket: { posEntries: Array.from({ length: 1_001 }, () => HAMBURGER) } }, 'too_many_lines'],
    [{ ...CHECKOUT, basket: { posEntries: [HAMBURGER, { ...HAMBURGER, quantity: 10_000 }] } }, 'too_many_units'],
    [withItem({ label: 'x'.repeat(1_000_000) }), 'text_too_long'],
    [withItem({ cost: '9999999999.00' }, 2), 'amount_too_large'],
  ])('%# is refused by its own name', (body, error) => {
    expect(refusal(body).error).toBe(error)
  })

  it('is refused beyond ten levels of modifiers, however deep they go', () => {
    const nested = (depth: number): object => ({
      label: 'm',
      cost: 0,
      quantity: 1,
      modifiers: depth > 1 ? [nested(depth - 1)] : [],
    })
    expect(accepted(withItem({ modifiers: [nested(10)] })).lines).toHaveLength(1)
    expect(refusal(withItem({ modifiers: [nested(11)] })).error).toBe('modifiers_too_deep')
    expect(refusal(withItem({ modifiers: [nested(5_000)] })).error).toBe('modifiers_too_deep')
  })

  it('is no member of a prototype', () => {
    const inherited = Object.create(CHECKOUT) as object
    expect(refusal(inherited).error).toBe('field_missing')
  })
})

describe('warnings', () => {
  it.each([
    [{ ...BILLED, payments: undefined }, 'payments_missing', 'payments'],
    [{ ...BILLED, status: 'placed', id: undefined }, 'id_missing_at_placed', 'id'],
    [{ ...CHECKOUT, subtotal: 12.97 }, 'totals_mismatch', 'subtotal'],
    [{ ...CHECKOUT, tax: 1, total: 12.95 }, 'totals_mismatch', 'total'],
    [
      withItem({ modifiers: [{ label: 'x', cost: 0 }] }),
      'quantity_missing',
      'basket.posEntries[0].posItem.modifiers[0].quantity',
    ],
    [
      { ...CHECKOUT, discount: 1, total: 10.95, basket: { ...CHECKOUT.basket, rewards: [{ id: '1', discount: 2 }] } },
      'discount_below_reward',
      'discount',
    ],
  ])('%# is accepted with a warning, and refused in strict mode', (body, name, path) => {
    expect(accepted(body).warnings).toMatchObject([{ name, path }])
    expect(refusal(body, { strict: true })).toMatchObject({ error: name, facts: { path } })
  })

  it('leaves one minor unit per line for how clients round', () => {
    const lines = (n: number) => ({ posEntries: Array.from({ length: n }, () => HAMBURGER) })
    expect(accepted({ ...CHECKOUT, subtotal: 38.82, basket: lines(3) }).warnings).toEqual([])
    expect(accepted({ ...CHECKOUT, subtotal: 38.88, basket: lines(3) }, { strict: true }).warnings).toEqual([])
    expect(accepted({ ...CHECKOUT, subtotal: 38.89, basket: lines(3) }).warnings).toMatchObject([
      { message: '`subtotal` is 38.89, but the lines make 38.85 (more than 0.03 apart: one minor unit per line is allowed).' },
    ])
  })

  it('asks a void and a refund for no payments', () => {
    for (const status of ['checkout', 'voided', 'refunded'])
      expect(accepted({ ...BILLED, status, payments: null }, { strict: true }).warnings).toEqual([])
  })
})

describe('the worth of a line', () => {
  it('is quantity × (cost + Σ modifier quantity × modifier cost), all the way down', () => {
    const line = (cost: number, quantity: number, modifiers: Line[] = []): Line => ({
      label: '',
      categories: [],
      cost,
      quantity,
      modifiers,
    })
    expect(lineTotal(line(1000, 3, [line(100, 2, [line(25, 4)]), line(5, 1)]))).toBe(3 * (1000 + 2 * (100 + 4 * 25) + 5))
  })
})

describe('any JSON at all', () => {
  const keys =
    'status id source vendor brand subtotal total basket posEntries posItem label cost quantity modifiers rewards payments categories'.split(
      ' ',
    )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue(),
      fc.constantFrom('billed', 'instore', '12.95', 1, -1, Number.POSITIVE_INFINITY, null),
      tie('object'),
      fc.array(tie('any'), { maxLength: 3 }),
    ),
    object: fc.dictionary(fc.constantFrom(...keys), tie('any')),
  }))

  it('is answered, never thrown at', () => {
    fc.assert(
      fc.property(value.any, fc.boolean(), (body, strict) => {
        const outcome = read(body, { strict })
        if (!outcome.ok) expect(developerMessage(outcome.refusal)).not.toMatch(/undefined|NaN/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('in place of any one field is answered with that field, or accepted', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('subtotal', 'total', 'id', 'payments', 'basket', 'placed', 'brand', 'type'),
        fc.jsonValue(),
        (field, sent) => {
          const outcome = refusal({ ...CHECKOUT, [field]: sent })
          if (outcome.error !== 'accepted')
            expect((outcome as { facts: { path: string } }).facts.path.startsWith(field)).toBe(true)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('has its status read for the error answer, where it has one', () => {
    expect(readOrderStatus({ status: 'Billed' })).toBe('billed')
    for (const body of [null, [], {}, { status: 'paid' }, { status: {} }, 'billed']) expect(readOrderStatus(body)).toBeUndefined()
  })
})
