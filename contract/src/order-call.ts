import { currencyDigits } from './currencies.ts'
import { oneOf } from './error-row.ts'
import { type Outcome, ok } from './errors.ts'
import {
  bodyPlace,
  type Currency,
  choice,
  elementAt,
  type Findings,
  fieldValue,
  identifier,
  instant,
  listAt,
  MAX_TEXT_LENGTH,
  money,
  moneyLike,
  newFindings,
  note,
  objectAt,
  oneOrMany,
  type Place,
  pathOf,
  required,
  shown,
  text,
  type Warning,
  warn,
} from './fields.ts'
import { type Line, readLines, totalOf } from './order-lines.ts'
import { ORDER_STATUSES, type OrderStatus } from './order-workflow.ts'

export const SOURCES = ['web', 'mobileweb', 'mobileapp', 'instore'] as const
export const ORDER_TYPES = ['regular', 'catering'] as const
export const RENDITIONS = ['onsite', 'pickup', 'delivery'] as const
export const TENDERS = ['cash', 'check', 'credit', 'debit', 'prepaid', 'transfer', 'value'] as const

/** An order call, read: what a client meant, in our words. All money is minor units of `currency`, instants are epoch milliseconds. */
export interface OrderCall {
  status: OrderStatus
  orderId?: string
  basketUuid?: string
  refundId?: string
  transactionId?: string
  source: (typeof SOURCES)[number]
  storeCode: string
  brand: string
  type: (typeof ORDER_TYPES)[number]
  rendition?: (typeof RENDITIONS)[number]
  currency: string
  /** Decimals of the currency. */
  digits: number
  subtotal: number
  total?: number
  tax?: number
  tip?: number
  delivery?: number
  /** The whole discount, the reward's included; 0 when absent. */
  discount: number
  placedAt?: number
  wantedAt?: number
  payments: Payment[]
  reward?: RewardAsked
  lines: Line[]
  warnings: Warning[]
}

export interface Payment {
  tender?: (typeof TENDERS)[number]
  issuer?: string
  suffix?: string
  amount?: number
}

export interface RewardAsked {
  id: string
  provider?: string
  level?: string
  discount?: number
  product?: string
}

/**
 * Reads the body of an order call as liberally as wire-contract §7 asks: null for what is optional, one object for a list, numbers as
 * text, any letter case, unknown fields. What is wrong is a refusal that names its place in the body and what would be right. Never throws.
 * @param currency the account's, for calls that name none. @param strict refuse what would be a warning.
 */
export function readOrderCall(body: unknown, { currency, strict }: { currency: string; strict: boolean }): Outcome<OrderCall> {
  const findings = newFindings(strict)
  const place = bodyPlace(body, findings)
  const call = readCall(place, currency)
  if (findings.refusal === undefined) checkWhatBelongsTogether(call, place)
  return findings.refusal === undefined ? ok(call) : { ok: false, refusal: findings.refusal }
}

/** The status that was sent, for the error body of a call whose rest cannot be read. */
export function readOrderStatus(body: unknown): OrderStatus | undefined {
  return choice(bodyPlace(body, newFindings()), 'status', ORDER_STATUSES)
}

const A_STATUS = oneOf(ORDER_STATUSES)
const A_SOURCE = oneOf(SOURCES)

function readCall(body: Place, accountCurrency: string): OrderCall {
  const { findings } = body
  const status = required(body, 'status', choice(body, 'status', ORDER_STATUSES), A_STATUS, 'checkout')
  const currency = readCurrency(body, accountCurrency)
  const optionalMoney = (name: string) => money(body, name, currency)

  const orderId = readOrderId(body, status)
  const source = required(body, 'source', choice(body, 'source', SOURCES), A_SOURCE, 'instore')
  const storeCode = readStoreCode(body)
  const brand = required(body, 'brand', identifier(body, 'brand'), 'the account id, such as "33559"', '')
  const subtotal = required(body, 'subtotal', optionalMoney('subtotal'), moneyLike(currency.digits), 0)
  const discount = optionalMoney('discount')
  checkAddress(body)

  const basket = required(body, 'basket', objectAt(body, 'basket'), 'an object with `posEntries`', {
    fields: {},
    path: 'basket',
    findings,
  })
  const reward = readReward(basket, currency)
  const lines = readLines(basket, currency)
  return {
    status,
    orderId,
    basketUuid: identifier(basket, 'uuid'),
    refundId: identifier(body, 'refund_id'),
    transactionId: identifier(body, 'transaction'),
    source,
    storeCode,
    brand,
    type: choice(body, 'type', ORDER_TYPES) ?? 'regular',
    rendition: choice(body, 'rendition', RENDITIONS),
    currency: currency.code,
    digits: currency.digits,
    subtotal,
    total: optionalMoney('total'),
    tax: optionalMoney('tax'),
    tip: optionalMoney('tip'),
    delivery: optionalMoney('delivery'),
    discount: discount ?? 0,
    placedAt: instant(body, 'placed'),
    wantedAt: instant(body, 'wanted'),
    payments: oneOrMany(body, 'payments').map((payment) => readPayment(payment, currency)),
    reward,
    lines,
    warnings: findings.warnings,
  }
}

/** The order's id may be absent as long as nothing has to be found again. */
const ID_REQUIRED: readonly OrderStatus[] = ['billed', 'completed', 'voided', 'refunded']
const PAYMENTS_EXPECTED: readonly OrderStatus[] = ['placed', 'billed', 'completed']

function readOrderId(body: Place, status: OrderStatus): string | undefined {
  const orderId = identifier(body, 'id')
  if (orderId === undefined && ID_REQUIRED.includes(status)) {
    note(body.findings, 'field_missing', {
      path: 'id',
      expected: `your order id, which every call from billed on carries (this one is ${status})`,
    })
  }
  return orderId
}

/** No store code is a wrong store code: clients look for 4002 in both cases. */
function readStoreCode(body: Place): string {
  const storeCode = identifier(body, 'vendor')
  if (storeCode === undefined) note(body.findings, 'store_missing', { path: 'vendor' })
  return storeCode ?? ''
}

function readCurrency(body: Place, accountCurrency: string): Currency {
  const sent = fieldValue(body, 'currency')
  const code = (typeof sent === 'string' && sent.trim() !== '' ? sent.trim() : accountCurrency).toUpperCase()
  const digits = currencyDigits(code)
  const isText = sent === undefined || typeof sent === 'string'
  if (digits === undefined || !isText)
    note(body.findings, 'currency_unknown', { path: 'currency', got: shown(sent ?? accountCurrency) })
  return { code, digits: digits ?? 2 }
}

const ADDRESS_FIELDS = ['street', 'cross', 'city', 'code', 'region', 'country'] as const

/** The address is kept with the order as it came and used by nothing; it only has to be one. */
function checkAddress(body: Place): void {
  for (const address of oneOrMany(body, 'address')) {
    for (const name of ADDRESS_FIELDS) identifier(address, name, MAX_TEXT_LENGTH)
  }
}

function readPayment(payment: Place, currency: Currency): Payment {
  return {
    tender: choice(payment, 'tender', TENDERS),
    issuer: identifier(payment, 'issuer'),
    suffix: identifier(payment, 'suffix'),
    amount: money(payment, 'amount', currency),
  }
}

function readReward(basket: Place, currency: Currency): RewardAsked | undefined {
  const path = pathOf(basket, 'rewards')
  const rewards = (listAt(basket, 'rewards', 'a list of at most one reward') ?? []).filter((reward) => reward !== null)
  if (rewards.length > 1) note(basket.findings, 'multiple_rewards', { count: rewards.length, path })
  if (rewards.length === 0) return undefined
  const reward = elementAt(basket, `${path}[0]`, rewards[0])
  if (reward === undefined) return undefined
  return {
    id: required(reward, 'id', identifier(reward, 'id'), 'the id of a reward, as the list of rewards gives it', ''),
    provider: text(reward, 'provider')?.toLowerCase(),
    level: text(reward, 'level')?.toLowerCase(),
    discount: money(reward, 'discount', currency),
    product: identifier(reward, 'product'),
  }
}

/** What is right field by field may still not fit together; real clients do all of these, so they are warnings. */
function checkWhatBelongsTogether(call: OrderCall, body: Place): void {
  const { findings } = body
  if (call.status === 'placed' && call.orderId === undefined) {
    warn(findings, 'id_missing_at_placed', { path: 'id', uuid: call.basketUuid })
  }
  if (call.payments.length === 0 && PAYMENTS_EXPECTED.includes(call.status))
    warn(findings, 'payments_missing', { path: 'payments' })
  const ofReward = call.reward?.discount ?? 0
  if (fieldValue(body, 'discount') !== undefined && call.discount < ofReward) {
    warn(findings, 'discount_below_reward', { path: 'discount', actual: call.discount, required: ofReward, digits: call.digits })
  }
  checkTotals(call, findings)
}

function checkTotals(call: OrderCall, findings: Findings): void {
  const { digits, subtotal, total, tax = 0, tip = 0, delivery = 0 } = call
  const tolerance = call.lines.length
  const sum = (path: string, actual: number, made: number, of: string) => {
    if (Math.abs(actual - made) <= tolerance) return
    warn(findings, 'totals_mismatch', { path, required: made, actual, digits, tolerance, sum: of })
  }
  sum('subtotal', subtotal, totalOf(call.lines), 'the lines')
  if (total === undefined) return
  // Who sends the reward's discount alone means it as the whole one.
  const discount = Math.max(call.discount, call.reward?.discount ?? 0)
  sum('total', total, subtotal - discount + tax + tip + delivery, 'subtotal - discount + tax + tip + delivery')
}
