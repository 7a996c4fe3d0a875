import { describe, expect, it } from 'vitest'
import type { ErrorRow } from './error-row.ts'
import {
  customerMessage,
  developerMessage,
  ERRORS,
  type ErrorName,
  errorBody,
  httpStatus,
  type Refusal,
  refuse,
  refuseReward,
  retryAfterS,
} from './errors.ts'
import { OPERATIONS } from './operations.ts'
import { REWARD_ERRORS } from './reward-errors.ts'

const ROWS = Object.entries(ERRORS) as unknown as [ErrorName, ErrorRow<object>][]

describe('the table of errors', () => {
  it.each(ROWS)('%s has sentences that its example fills completely', (name, { status, code, example, message, details }) => {
    expect(name).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/)
    for (const sentence of [message(example), details(example)]) {
      expect(sentence).toMatch(/^[A-Z`].{5,}/)
      expect(sentence).not.toMatch(/undefined|NaN|\[object|null/)
    }
    expect(status).toBeGreaterThanOrEqual(400)
    // The wire's numbers, wire-contract §3.
    const codes: Record<number, number[]> = { 400: [400, 409, 2000, 2003, 4002, 4003], 401: [1001, 1002, 1003, 1004, 1011, 1012] }
    expect(codes[status] ?? [2000]).toContain(code)
  })

  it.each([
    ['signature_missing', 401, 1001, 'Header does not contain X-Class-Signature.'],
    ['key_missing', 401, 1002, 'Header does not contain X-Class-Key'],
    ['key_invalid', 401, 1003, 'Invalid user key.'],
    ['signature_incorrect', 401, 1004, 'Signature is incorrect for request.'],
    ['phone_invalid', 400, 2003, 'Invalid customer phone number'],
    ['store_unknown', 400, 4002, 'Invalid store id: 123'],
    ['store_missing', 400, 4002, 'Invalid store id: none given'],
    ['member_unknown', 400, 4003, 'Invalid user account id: 77'],
    ['email_phone_conflict', 400, 409, 'Email/phone already exists.'],
  ] as const)('%s keeps the text that clients compare', (name, status, code, text) => {
    const refusal = { error: name, facts: ERRORS[name].example } as Refusal
    expect(httpStatus(refusal)).toBe(status)
    expect(errorBody(refusal, { id: 'err_1' })).toMatchObject({ code, details: text, reason: name })
    expect(developerMessage(refusal).startsWith(text)).toBe(true)
  })

  it('gives every reward reason code 400 and a sentence for a customer', () => {
    for (const [name, { status, code, details, example }] of Object.entries(REWARD_ERRORS) as unknown as [
      string,
      ErrorRow<object>,
    ][]) {
      expect([name, status, code]).toEqual([name, 400, 400])
      expect(details(example)).not.toMatch(/`|_|GET|basket/)
    }
  })

  it('names the order status in the body of an order call only', () => {
    const { refusal } = refuse('order_not_found', { orderId: 'A' })
    expect(errorBody(refusal as Refusal, { id: 'err_1' })).not.toHaveProperty('status')
    expect(errorBody(refusal as Refusal, { id: 'err_1', orderStatus: 'refunded' })).toMatchObject({
      status: 'refunded',
      id: 'err_1',
    })
  })

  it('says how long to wait where waiting helps', () => {
    expect(retryAfterS(refuse('rate_limited', { retryAfterS: 3 }).refusal as Refusal)).toBe(3)
    expect(retryAfterS(refuse('internal', {}).refusal as Refusal)).toBeUndefined()
    for (const [name, { status, example }] of ROWS)
      expect([name, 'retryAfterS' in example]).toEqual([name, status === 429 || status === 503])
  })

  it('is documented: every row belongs to an operation, or to a part of the reference that comes later', () => {
    const documented = new Set(OPERATIONS.flatMap(({ refusals }) => refusals))
    const elsewhere = ['refresh_token_invalid', 'no_such_route']
    expect(ROWS.map(([name]) => name).filter((name) => !documented.has(name))).toEqual(elsewhere)
  })
})

describe('a reason that the rules gave', () => {
  it('says what would satisfy it', () => {
    const { refusal } = refuseReward('min_subtotal', { required: 2500, actual: 2000 }, 2)
    expect(customerMessage(refusal)).toBe('This reward requires 25.00 of qualifying items; this order has 20.00.')
    expect(customerMessage(refuseReward('items_missing', { required: 3, actual: 1, items: ['Coffee', 'Tea'] }, 2).refusal)).toBe(
      'This reward needs 3 items of Coffee or Tea; 2 more are missing.',
    )
    expect(customerMessage(refuseReward('not_at_store', { actual: '1', allowed: ['7', '8'] }, 2).refusal)).toContain(
      'at stores 7 or 8',
    )
  })

  it.each([
    ['no_such_reason', {}],
    ['internal', {}],
    ['toString', {}],
    ['min_subtotal', { required: 2500 }],
  ])('is a bug of ours when it is %s with %j', (reason, facts) => {
    expect(() => refuseReward(reason, facts, 2)).toThrow(/the rules gave the reason/)
  })
})
