import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMoney, MAX_MINOR_UNITS, moneyNumber, parseMoney } from './decimals.ts'

describe('parseMoney', () => {
  it.each([
    [17.33, 2, 1733],
    [17.330000000000002, 2, 1733],
    [17.329999999999998, 2, 1733],
    [0.1 + 0.2, 2, 30],
    [0.1 + 0.2 - 0.3, 2, 0],
    [0.3 - 0.1 - 0.2, 2, 0],
    [1.0, 0, 1],
    [1999, 0, 1999],
    [1.234, 3, 1234],
    [1e3, 2, 100_000],
    [1e-9, 2, 0],
    [-0, 2, 0],
    ['12.95', 2, 1295],
    [' 12.95 ', 2, 1295],
    ['+5', 2, 500],
    ['5.', 2, 500],
    ['.5', 2, 50],
    ['007.50', 2, 750],
    ['1.00000001', 2, 100],
    ['1.00999999', 2, 101],
    ['0.99999999', 2, 100],
    ['10000000000.00', 2, MAX_MINOR_UNITS],
    ['1.005', 2, 'too_precise'],
    [1.005, 2, 'too_precise'],
    ['1.00000002', 2, 'too_precise'],
    ['0.5', 0, 'too_precise'],
    [1e-5, 2, 'too_precise'],
    [-0.01, 2, 'negative'],
    ['-5', 2, 'negative'],
    ['-0.001', 2, 'negative'],
    [-1e300, 2, 'negative'],
    ['-0.00', 2, 0],
    ['10000000000.01', 2, 'too_large'],
    [1e21, 2, 'too_large'],
    [Number.MAX_VALUE, 2, 'too_large'],
    ['9'.repeat(1_000_000), 2, 'too_large'],
    [`${'9'.repeat(1_000_000)}x`, 2, 'not_a_number'],
    ['1e3', 2, 'not_a_number'],
    ['1e999999999', 2, 'not_a_number'],
    ['', 2, 'not_a_number'],
    ['.', 2, 'not_a_number'],
    ['-', 2, 'not_a_number'],
    ['1,000.00', 2, 'not_a_number'],
    ['$5', 2, 'not_a_number'],
    ['0x10', 2, 'not_a_number'],
    ['1 2', 2, 'not_a_number'],
    [Number.NaN, 2, 'not_a_number'],
    [Number.POSITIVE_INFINITY, 2, 'not_a_number'],
    [null, 2, 'not_a_number'],
    [true, 2, 'not_a_number'],
    [[5], 2, 'not_a_number'],
    [{}, 2, 'not_a_number'],
  ])('reads %j with %i decimals', (value, digits, expected) => {
    expect(parseMoney(value, digits)).toBe(expected)
  })

  it('reads every cent up to a million back from its text, its number and its JSON', () => {
    for (let minor = 0; minor <= 1_000_000; minor++) {
      const number = moneyNumber(minor, 2)
      if (parseMoney(number, 2) !== minor || parseMoney(number.toFixed(2), 2) !== minor)
        throw new Error(`${minor} does not come back`)
    }
  })

  it('reads any amount of any currency back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_MINOR_UNITS }), fc.constantFrom(0, 2, 3, 4), (minor, digits) => {
        expect(parseMoney(formatMoney(minor, digits), digits)).toBe(minor)
        expect(parseMoney(JSON.parse(JSON.stringify(moneyNumber(minor, digits))), digits)).toBe(minor)
      }),
    )
  })

  it('takes what clients get when they add floats', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 50 }), (cents) => {
        const added = cents.reduce((sum, cent) => sum + cent / 100, 0)
        expect(parseMoney(added, 2)).toBe(cents.reduce((sum, cent) => sum + cent, 0))
      }),
    )
  })

  it('reads a number as its digits, whether or not they have to be looked at', () => {
    const near = fc.tuple(
      fc.nat(2_000_000),
      fc.constantFrom(0, 1e-7, 4e-7, 9e-7, 1e-6, 1.1e-6, 2e-6, 0.5),
      fc.constantFrom(1, -1),
    )
    const amount = fc.oneof(
      near.chain(([minor, off, sign]) =>
        fc.constantFrom(0, 2, 3).map((digits) => ({ value: (minor + sign * off) / 10 ** digits, digits })),
      ),
      fc.record({ value: fc.double({ min: -1, max: 20_000, noNaN: true }), digits: fc.constantFrom(0, 2, 3) }),
    )
    fc.assert(
      fc.property(amount, ({ value, digits }) => {
        // With an exponent a text is no number here.
        fc.pre(!String(value).includes('e'))
        expect(parseMoney(value, digits)).toBe(parseMoney(String(value), digits))
      }),
      { numRuns: 2_000 },
    )
    expect(Object.is(parseMoney(-0, 2), 0)).toBe(true)
  })

  it('answers a whole amount or a problem for anything at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.string()), fc.constantFrom(0, 2, 3), (value, digits) => {
        const read = parseMoney(value, digits)
        expect(typeof read === 'string' || (Number.isSafeInteger(read) && read >= 0 && read <= MAX_MINOR_UNITS)).toBe(true)
      }),
    )
  })
})

it.each([
  [500, 2, '5.00'],
  [5, 2, '0.05'],
  [0, 0, '0'],
  [1999, 0, '1999'],
  [1234, 3, '1.234'],
  [-5, 2, '-0.05'],
])('writes %i with %i decimals as %s', (minor, digits, text) => {
  expect(formatMoney(minor, digits)).toBe(text)
})
