import { assert } from './exact.ts'

/**
 * Currencies of ISO 4217 that do not have two decimals. Not asked of `Intl`, which follows what is in circulation (no paisa in PKR) and changes
 * with its data. The table of `contract` lists all currencies; a test holds the two together.
 */
const DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}
const UNUSUAL = new Map(
  Object.entries(DIGITS).flatMap(([digits, codes]) => codes.split(' ').map((code) => [code, Number(digits)] as const)),
)

/** How many decimals a currency has: USD 2, JPY 0, KWD 3. */
export function currencyDigits(currency: string): number {
  return UNUSUAL.get(currency) ?? 2
}

/** A decimal of the program file as an integer and its scale; `undefined` when it is not a plain non-negative decimal. */
export function parseDecimal(text: string | number): { digits: number; value: number } | undefined {
  const match = /^(\d{1,13})(?:\.(\d{1,6}))?$/.exec(String(text).trim())
  if (!match) return undefined
  const fraction = (match[2] ?? '').replace(/0+$/, '')
  const value = Number(`${match[1]}${fraction}`)
  return Number.isSafeInteger(value) ? { digits: fraction.length, value } : undefined
}

/** A money amount of the program file in minor units; `undefined` when it has more decimals than its currency. */
export function toMinor(text: string | number, digits: number): number | undefined {
  const decimal = parseDecimal(text)
  if (!decimal || decimal.digits > digits) return undefined
  const minor = decimal.value * 10 ** (digits - decimal.digits)
  return Number.isSafeInteger(minor) ? minor : undefined
}

/** For files that were checked when they were read: a bad amount here is a bug. */
export function minorUnits(text: string | number, digits: number): number {
  const minor = toMinor(text, digits)
  assert(minor !== undefined, `"${text}" is an amount with at most ${digits} decimals`)
  return minor
}

/** Minor units as people read them: 1225 with 2 digits is "12.25". */
export function formatMinor(minor: number, digits: number): string {
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const sign = minor < 0 ? '-' : ''
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}
