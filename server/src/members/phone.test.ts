import { expect, it } from 'vitest'
import { normalisePhone } from './phone.ts'

it.each([
  ['(415) 555-1234', '+14155551234'],
  ['4155551234', '+14155551234'],
  ['1-415-555-1234', '+14155551234'],
  ['+1 415 555 1234', '+14155551234'],
  ['415.555.1234', '+14155551234'],
  [' 4155551234\n', '+14155551234'],
  ['２１２５５５０１００', '+12125550100'],
  ['+44 20 7946 0958', '+442079460958'],
  ['011 44 20 7946 0958', '+442079460958'],
])('reads %j at a US brand as %s', (text, expected) => {
  expect(normalisePhone(text, 'US')).toBe(expected)
})

it('accepts a national number of possible length, assigned or not (wire-contract §4)', () => {
  expect(normalisePhone('9999999999', 'US')).toBe('+19999999999')
  expect(normalisePhone('5555555555', 'US')).toBe('+15555555555')
  expect(normalisePhone('0000000000', 'US')).toBe('+10000000000')
})

it.each([
  '',
  'none',
  '555-1234',
  '415555123',
  '41555512345',
  '+1 555 1234',
  '911',
  '+999 1234567',
  '1-800-FLOWERS',
  'call 4155551234 now',
  '4155551234 x12',
  '\0',
])('says that %j is no phone number', (text) => {
  expect(normalisePhone(text, 'US')).toBeUndefined()
})

it('reads a national number by the country of the account', () => {
  expect(normalisePhone('020 7946 0958', 'GB')).toBe('+442079460958')
  expect(normalisePhone('030 123456', 'DE')).toBe('+4930123456')
})

it('still reads international numbers where the country has no numbering plan', () => {
  expect(normalisePhone('+14155551234', 'AQ')).toBe('+14155551234')
  expect(normalisePhone('4155551234', 'AQ')).toBeUndefined()
})
