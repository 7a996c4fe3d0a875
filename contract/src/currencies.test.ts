import { expect, it } from 'vitest'
import { CURRENCY_CODES, currencyDigits } from './currencies.ts'

/** ICU gives these the decimals that are left in the purse (COP 0); ISO 4217 keeps the ones in the books (COP 2), and so do the tills. */
const PAID_IN_WHOLE_UNITS = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SLL SOS SYP YER'.split(' ')

/** Units of account between states, with which nobody pays. */
const NOT_MONEY = ['XDR', 'XSU']

it('agrees with the runtime about every currency that both know', () => {
  const disagreeing = CURRENCY_CODES.filter((code) => {
    const known = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions().maximumFractionDigits
    return known !== currencyDigits(code) && !PAID_IN_WHOLE_UNITS.includes(code)
  })
  expect(disagreeing).toEqual([])
})

it('knows every currency that the runtime knows', () => {
  const unknown = Intl.supportedValuesOf('currency').filter((code) => currencyDigits(code) === undefined)
  expect(unknown.filter((code) => !NOT_MONEY.includes(code))).toEqual([])
})

it.each([
  ['USD', 2],
  ['usd', 2],
  ['JPY', 0],
  ['KWD', 3],
  ['CLF', 4],
  ['XXX', undefined],
  ['DOLLAR', undefined],
  ['constructor', undefined],
  ['', undefined],
])('%s has %s decimals', (code, digits) => {
  expect(currencyDigits(code)).toBe(digits)
})
