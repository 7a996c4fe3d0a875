import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readClaimCall } from './claim-call.ts'
import { developerMessage } from './errors.ts'
import { readMemberCall } from './member-call.ts'

const read = (customer: unknown) => readMemberCall({ customer })
const messageOf = (outcome: ReturnType<typeof readMemberCall> | ReturnType<typeof readClaimCall>) =>
  outcome.ok ? 'accepted' : developerMessage(outcome.refusal)

describe('a call to create or retrieve a member', () => {
  it('is read in full', () => {
    const outcome = read({
      phone: '(415) 555-0123',
      email: ' Ann@Example.com ',
      name: { first: 'Ann', last: ' Lee ' },
      password: ' correct horse ',
      dob: '1990-02-28',
      gender: 'F',
      marital_status: 'Domestic Partner',
      address: { street: '1 Main St', city: 'New York', state: 'NY', zip: 10001, country: null },
      favorite_store_id: 999999,
      sms_opt_in: true,
      email_opt_in: false,
      verify_email: true,
      shoe_size: 42,
    })
    expect(outcome).toEqual({
      ok: true,
      value: {
        phone: '(415) 555-0123',
        email: 'Ann@Example.com',
        firstName: 'Ann',
        lastName: 'Lee',
        password: ' correct horse ',
        birthday: '1990-02-28',
        gender: 'f',
        maritalStatus: 'domestic partner',
        address: { street: '1 Main St', city: 'New York', state: 'NY', zip: '10001' },
        favoriteStore: '999999',
        smsOptIn: true,
        emailOptIn: false,
        verifyEmail: true,
      },
    })
  })

  it('takes null and blank for absent', () => {
    const blank = {
      phone: 4155550123,
      email: '',
      name: { first: '', last: null },
      dob: null,
      gender: null,
      address: {},
      sms_opt_in: null,
    }
    expect(read(blank)).toEqual({ ok: true, value: { phone: '4155550123', verifyEmail: false } })
  })

  it.each([
    [
      { phone: '4155550123' },
      '`phone` stands at the top level, but belongs to `customer.phone`: wrap the member\'s fields as { "customer": { … } }.',
    ],
    [{}, '`customer` is missing. It must be an object with the phone: { "customer": { "phone": "4155550123" } }.'],
    [
      { customer: null, email: 'a@b.co' },
      '`email` stands at the top level, but belongs to `customer.email`: wrap the member\'s fields as { "customer": { … } }.',
    ],
    [{ customer: '4155550123' }, '`customer` must be an object; got the text "4155550123".'],
    [null, 'The body must be one JSON object; got null.'],
    [{ customer: { phone: {} } }, '`customer.phone` must be a text, or a whole number below 2^53; got an object.'],
    [{ customer: { dob: '1990-02-30' } }, '`customer.dob` must be a real date such as 1990-05-31; got the text "1990-02-30".'],
    [{ customer: { dob: '31/05/1990' } }, '`customer.dob` must be a real date such as 1990-05-31; got the text "31/05/1990".'],
    [{ customer: { dob: '0000-01-01' } }, '`customer.dob` must be a real date such as 1990-05-31; got the text "0000-01-01".'],
    [{ customer: { dob: '1066-10-14' } }, '`customer.dob` must be a date from 1900-01-01 on; got the text "1066-10-14".'],
    [{ customer: { gender: 'x' } }, '`customer.gender` must be m or f; got the text "x".'],
    [{ customer: { sms_opt_in: 'yes' } }, '`customer.sms_opt_in` must be true or false; got the text "yes".'],
    [{ customer: { email: 'ann' } }, '`customer.email` must be an email address such as ann@example.com; got the text "ann".'],
    [{ customer: { name: 'Ann' } }, '`customer.name` must be an object; got the text "Ann".'],
    [{ customer: { password: 12345678 } }, '`customer.password` must be a text; got something else.'],
  ])('%j is refused: %s', (body, message) => {
    expect(messageOf(readMemberCall(body))).toBe(message)
  })

  it.each(['a@b', '@b.co', 'a@', 'a b@c.co', 'a@b@c.co', 'a@b..co', 'a@.co', `${'a'.repeat(250)}@b.co`, `a@${'.'.repeat(200)}`])(
    'takes %s for no email address',
    (email) => {
      expect(read({ email }).ok).toBe(false)
    },
  )

  it('answers for any JSON, and repeats no password', () => {
    const field = fc.constantFrom('phone', 'email', 'name', 'dob', 'address', 'gender', 'verify_email')
    fc.assert(fc.property(fc.jsonValue(), (body) => void readMemberCall(body)))
    fc.assert(fc.property(fc.dictionary(field, fc.jsonValue()), (customer) => void read(customer)))
    fc.assert(
      fc.property(fc.jsonValue(), (password) => !messageOf(read({ password })).includes(`got ${JSON.stringify(password)}`)),
    )
  })
})

describe('a claim', () => {
  const claim = (body: unknown) => readClaimCall(body, { currency: 'USD' })

  it.each([
    [{ receipt_code: ' 7kq2m-9xw4t ' }, { code: '7KQ2M9XW4T' }],
    [{ order: { id: 1003, date: '2026-03-01', total: '12.95' } }, { orderId: '1003', date: '2026-03-01', total: 1295 }],
    [
      { receipt_code: null, order: { id: 'A', date: '2026-03-01T12:30:00Z', total: 12.95 } },
      { orderId: 'A', date: '2026-03-01T12:30:00Z', total: 1295 },
    ],
  ])('reads %j', (body, value) => {
    expect(claim(body)).toEqual({ ok: true, value })
  })

  it.each([
    [{}, '`receipt_code` is missing. It must be the code on the receipt, unless `order` gives { "id", "date", "total" }.'],
    [{ order: {} }, '`order.id` is missing. It must be the order number on the receipt.'],
    [
      { order: { id: 'A', date: '2026-02-30', total: 1 } },
      '`order.date` must be the order\'s day at the store, such as 2026-03-01, or the instant it was placed; got the text "2026-02-30".',
    ],
    [{ order: { id: 'A', date: '2026-03-01' } }, '`order.total` is missing. It must be a decimal such as 12.95.'],
    [
      { receipt_code: 'X', order: { id: 'A' } },
      '`receipt_code` must be alone: a claim is by code or by order, not by both; got the text "X".',
    ],
  ])('%j is refused: %s', (body, message) => {
    expect(messageOf(claim(body))).toBe(message)
  })

  it('is answered for any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => void claim(body)))
  })
})
