import { describe, expect, it } from 'vitest'
import type { Line } from '../model.ts'
import { line } from '../rules/house-program.ts'
import { unitsOf } from '../rules/units.ts'
import { cartText, matchUnits, paidPerUnit, pricedUnits } from './cart.ts'
import type { Call, Sale } from './order.ts'

const CALL: Call = {
  status: 'placed',
  storeCode: '999999',
  source: 'instore',
  type: 'regular',
  currency: 'USD',
  digits: 2,
  subtotal: 1_500,
  discount: 500,
  reward: { id: 'P_2001', discount: 500 },
  lines: [line('soup', 1_000, { label: 'Soup' }), line('tea', 500, { modifiers: [line('milk', 50)] })],
}
const [soup, tea] = CALL.lines as [Line, Line]
const text = (changes: Partial<Call>, labels = false): string => cartText({ ...CALL, ...changes }, labels)

describe('two calls are about the same cart', () => {
  it.each([
    ['in another order', { lines: [tea, soup] }],
    ['with a line of nothing', { lines: [soup, tea, line('cake', 900, { quantity: 0 })] }],
    ['told otherwise', { lines: [{ ...soup, label: 'Broth' }, tea], source: 'web', type: 'catering', total: 7 }],
  ])('%s', (_, changes) => {
    expect(text(changes)).toBe(text({}))
  })

  it('however they are spread over lines', () => {
    expect(text({ lines: [soup, tea, soup] })).toBe(text({ lines: [{ ...soup, quantity: 2 }, tea] }))
    expect(text({ lines: [soup, tea, soup] })).not.toBe(text({}))
  })

  it.each([
    ['the store', { storeCode: '888888' }],
    ['the currency', { currency: 'EUR' }],
    ['the subtotal', { subtotal: 1_501 }],
    ['the discount', { discount: 501 }],
    ['the reward', { reward: { id: 'P_2002', discount: 500 } }],
    ['the discount of the reward', { reward: { id: 'P_2001', discount: 499 } }],
    ['no reward', { reward: undefined }],
    ['a product', { lines: [soup, { ...tea, product: 'mate' }] }],
    ['a price', { lines: [soup, { ...tea, cost: 501 }] }],
    ['a quantity', { lines: [soup, { ...tea, quantity: 2 }] }],
    ['a modifier', { lines: [soup, { ...tea, modifiers: [] }] }],
  ])('but not with another: %s', (_, changes) => {
    expect(text(changes)).not.toBe(text({}))
  })

  it('by the words on it only where a rule reads them, and then in any case', () => {
    const labelled = (label: string) => text({ lines: [{ ...soup, label }, tea] }, true)
    expect(labelled('Broth')).not.toBe(text({}, true))
    expect(labelled('SOUP')).toBe(text({}, true))
  })
})

describe('the shop’s own discount', () => {
  it.each([
    ['is what the reward’s leaves of the whole', 500, 200, 300, [200, 100]],
    ['is all of it where there is no reward', 300, undefined, 300, [200, 100]],
    ['is nothing where the reward’s is more', 200, 500, 0, [0, 0]],
    ['is never more than the cart', 9_000, undefined, 1_500, [1_000, 500]],
  ] as const)('%s', (_, discount, ofReward, total, shopShares) => {
    const reward = ofReward === undefined ? undefined : { id: 'P_2001', discount: ofReward }
    const priced = pricedUnits({ lines: [soup, { ...tea, modifiers: [] }], discount, reward })
    expect(priced.shopShares).toEqual(shopShares)
    expect(priced.nets).toEqual([1_000 - shopShares[0], 500 - shopShares[1]])
    expect(shopShares[0] + shopShares[1]).toBe(total)
  })

  it('and the reward’s share are off what a unit cost', () => {
    const sale = { shopShares: [200, 100], redemption: { shares: [50, 25] } } as unknown as Sale
    expect(paidPerUnit(sale, unitsOf([soup, { ...tea, modifiers: [] }]))).toEqual([750, 375])
    expect(paidPerUnit({ ...sale, redemption: null }, unitsOf([soup, tea]))).toEqual([800, 450])
  })
})

describe('what a refund names', () => {
  const loose = (label: string): Line => ({ ...line('x', 500, { label }), product: undefined })
  const sold = unitsOf([{ ...soup, quantity: 2 }, loose('Tea'), loose('Cake')])

  it.each([
    ['all of it', [], [{ ...soup, quantity: 2 }], [0, 1]],
    ['the next of what is left', [0], [soup], [1]],
    ['by product, whatever it is called', [], [{ ...soup, label: 'Broth' }], [0]],
    ['by its label where it has no product', [], [loose('TEA')], [3]],
    ['in canonical order', [], [loose('tea'), soup, loose('cake')], [0, 2, 3]],
    ['nothing', [], [], []],
  ])('%s', (_, returned, lines, indexes) => {
    expect(matchUnits(sold, new Set(returned), lines)).toEqual({ ok: true, indexes })
  })

  it.each([
    ['more than was sold', [], [{ ...soup, quantity: 3 }], { label: 'Soup', asked: 3, left: 2 }],
    ['more than is left', [1], [{ ...soup, quantity: 2 }], { label: 'Soup', asked: 2, left: 1 }],
    ['what was never sold', [], [soup, loose('pie')], { label: 'pie', asked: 1, left: 0 }],
    ['at another price', [], [{ ...soup, cost: 999 }], { label: 'Soup', asked: 1, left: 0 }],
  ])('is refused for %s, with what was asked and what is left', (_, returned, lines, told) => {
    expect(matchUnits(sold, new Set(returned), lines)).toEqual({ ok: false, ...told })
  })
})
