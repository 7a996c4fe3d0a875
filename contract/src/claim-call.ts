import { currencyDigits } from './currencies.ts'
import { type Outcome, ok } from './errors.ts'
import {
  bodyPlace,
  fieldValue,
  identifier,
  invalid,
  isRealDate,
  money,
  moneyLike,
  newFindings,
  note,
  objectAt,
  type Place,
  parseInstant,
  pathOf,
  required,
} from './fields.ts'

/** Which guest order a member claims: by the code on the receipt, or by what else the receipt shows. */
export type ClaimCall =
  | { code: string }
  | {
      orderId: string
      /** As sent: the day at the store (YYYY-MM-DD), or the instant the order was placed. */
      date: string
      /** Minor units of the account's currency. */
      total: number
    }

/** Reads `{ "receipt_code" }` or `{ "order": { "id", "date", "total" } }`. Never throws. @param currency the account's. */
export function readClaimCall(body: unknown, { currency }: { currency: string }): Outcome<ClaimCall> {
  const findings = newFindings()
  const claim = readClaim(bodyPlace(body, findings), currency)
  return findings.refusal === undefined ? ok(claim) : { ok: false, refusal: findings.refusal }
}

function readClaim(body: Place, currency: string): ClaimCall {
  const code = identifier(body, 'receipt_code')
  const order = objectAt(body, 'order')
  if (code !== undefined && order !== undefined) {
    const expected = 'alone: a claim is by code or by order, not by both'
    invalid(body.findings, 'receipt_code', expected, code)
  }
  // Printed codes are typed with the gaps that make them readable.
  if (code !== undefined) return { code: code.replace(/[\s-]/g, '').toUpperCase() }
  if (order !== undefined) return readOrder(order, currency)
  note(body.findings, 'field_missing', {
    path: 'receipt_code',
    expected: 'the code on the receipt, unless `order` gives { "id", "date", "total" }',
  })
  return { code: '' }
}

function readOrder(order: Place, currency: string): ClaimCall {
  const digits = currencyDigits(currency) ?? 2
  return {
    orderId: required(order, 'id', identifier(order, 'id'), 'the order number on the receipt', ''),
    date: required(order, 'date', readDate(order), DATE, ''),
    total: required(order, 'total', money(order, 'total', { code: currency, digits }), moneyLike(digits), 0),
  }
}

const DATE = "the order's day at the store, such as 2026-03-01, or the instant it was placed"

function readDate(order: Place): string | undefined {
  const value = fieldValue(order, 'date')
  if (value === undefined) return undefined
  if (typeof value === 'string' && (isRealDate(value) || parseInstant(value) !== undefined)) return value
  return invalid(order.findings, pathOf(order, 'date'), DATE, value)
}
