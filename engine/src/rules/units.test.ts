import fc from 'fast-check'
import { expect, it } from 'vitest'
import { allocate } from './allocate.ts'
import { line } from './house-program.ts'
import { formatMinor, toMinor } from './money.ts'
import { unitsOf } from './units.ts'

it('units come dearest first, then by product, modifiers and label', () => {
  const sauce = line('sauce', 0)
  const units = unitsOf([
    line('b', 500),
    line('a', 500, { label: 'y' }),
    line('a', 500, { label: 'x', quantity: 2 }),
    line('a', 500, { label: 'w', modifiers: [sauce] }),
    line('c', 400, { modifiers: [line('cheese', 100, { quantity: 2 })] }),
    line('none', 900, { quantity: 0 }),
  ])
  expect(units.map(({ product, label, price }) => `${product}/${label}/${price}`)).toEqual([
    'c/c/600',
    'a/w/500',
    'a/x/500',
    'a/x/500',
    'a/y/500',
    'b/b/500',
  ])
  expect(units[0]).toMatchObject({ ownPrice: 400, price: 600 })
})

it('what makes units interchangeable is product, price and modifiers, however they are grouped', () => {
  const [cheese, bacon] = [line('cheese', 100), line('bacon', 200)]
  const key = (...modifiers: (typeof cheese)[]) => unitsOf([line('a', 500, { modifiers })])[0]?.key
  expect(key(cheese, bacon)).toBe(key(bacon, cheese))
  expect(key(cheese, cheese)).toBe(key({ ...cheese, quantity: 2 }))
  expect(key(cheese, { ...bacon, quantity: 0 })).toBe(key(cheese))
  expect(key({ ...cheese, label: 'Käse' })).toBe(key(cheese))
  expect(
    new Set([key(), key(cheese), key(bacon), key(cheese, cheese), key(line('cheese', 100, { modifiers: [bacon] }))]).size,
  ).toBe(5)
})

it('scenario 14: shares are exact, whatever the amounts', () => {
  const weights = fc.array(fc.integer({ min: 0, max: 1_000_000_000_000 }), { maxLength: 30 })
  fc.assert(
    fc.property(weights, fc.integer({ min: 0, max: 10_000 }), (list, part) => {
      const total = list.reduce((a, b) => a + b, 0)
      const amount = Math.floor((total / 10_000) * part)
      const shares = allocate(amount, list)
      expect(shares.reduce((a, b) => a + b, 0)).toBe(amount)
      shares.forEach((share, index) => {
        const weight = list[index] ?? 0
        expect(share).toBeLessThanOrEqual(weight)
        // Never more than one minor unit away from the exact share.
        const exact = total === 0 ? 0n : (BigInt(amount) * BigInt(weight)) / BigInt(total)
        expect(BigInt(share) - exact === 0n || BigInt(share) - exact === 1n).toBe(true)
      })
    }),
  )
})

it('allocating more than there is, is a bug', () => {
  expect(() => allocate(11, [5, 5])).toThrow('can be allocated')
})

it('amounts are exact in each currency', () => {
  expect([toMinor('12.25', 2), toMinor(12.5, 2), toMinor('1.500', 2), toMinor('1999', 0), toMinor('1.234', 3)]).toEqual([
    1225, 1250, 150, 1999, 1234,
  ])
  for (const wrong of ['1.234', '-1', '1e3', '', '1,50', '.5', ' ']) expect(toMinor(wrong, 2)).toBeUndefined()
  expect([formatMinor(1225, 2), formatMinor(5, 2), formatMinor(-5, 3), formatMinor(1999, 0)]).toEqual([
    '12.25',
    '0.05',
    '-0.005',
    '1999',
  ])
})
