/**
 * The only place where money is a decimal. Everywhere else it is an integer of minor units.
 */

/** Ten billion of a currency with two decimals: far above any order, and a thousand such amounts still add up exactly. */
export const MAX_MINOR_UNITS = 1_000_000_000_000

export type MoneyProblem = 'not_a_number' | 'too_precise' | 'negative' | 'too_large'

/** How far from a whole minor unit an amount may be, in digits: a millionth, because clients add floats. */
const SLACK_DIGITS = 6

/**
 * Nearly every amount is a small number next to a whole minor unit, which needs no look at its digits: with up to four decimals it is multiplied to within a
 * millionth of a millionth of this limit, so that it cannot lie beyond the slack. The sum with 0 makes a positive one of a negative zero.
 */
const EXACT_BELOW = 10_000
const EXACT_WITHIN = 1e-7

/**
 * An amount as sent, a JSON number or a numeric string, in minor units: 17.33, "17.33" and 17.330000000000002 are 1733.
 * The digits are read as text, so that no float arithmetic touches them; a string with an exponent is not a number here.
 */
export function parseMoney(value: unknown, digits: number): number | MoneyProblem {
  if (typeof value === 'number' && value >= 0 && value < EXACT_BELOW) {
    const scaled = value * 10 ** digits
    const nearest = Math.round(scaled)
    if (Math.abs(scaled - nearest) < EXACT_WITHIN) return nearest + 0
  }
  const text = plainDecimal(value)
  const parts = text === undefined ? null : /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text)
  if (parts === null) return 'not_a_number'
  const [, sign = '', whole = '', fraction = ''] = parts
  if (whole === '' && fraction === '') return 'not_a_number'

  const rounding = roundingOf(fraction.slice(digits))
  if (rounding === 'neither') return sign === '-' ? 'negative' : 'too_precise'
  const significant = (whole + fraction.slice(0, digits).padEnd(digits, '0')).replace(/^0+/, '')
  if (significant.length > String(MAX_MINOR_UNITS).length) return sign === '-' ? 'negative' : 'too_large'
  const minor = Number(significant) + (rounding === 'up' ? 1 : 0)
  if (sign === '-' && minor !== 0) return 'negative'
  return minor > MAX_MINOR_UNITS ? 'too_large' : minor
}

/** Which whole minor unit the decimals beyond the currency's own lie next to. */
function roundingOf(beyond: string): 'down' | 'up' | 'neither' {
  const near = beyond.slice(0, SLACK_DIGITS).padEnd(SLACK_DIGITS, '0')
  if (/^0*$/.test(near)) return 'down'
  if (/^9*$/.test(near)) return 'up'
  const exactlyTheSlack = /^0*1$/.test(near) && /^0*$/.test(beyond.slice(SLACK_DIGITS))
  return exactlyTheSlack ? 'down' : 'neither'
}

/** The value in plain digits. A JSON number may have come with an exponent; then its exponent is written out. */
function plainDecimal(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim()
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  const text = String(value)
  const scientific = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (scientific === null) return text
  const [, sign = '', first = '', rest = '', exponent = '0'] = scientific
  const power = Number(exponent)
  return power < 0 ? `${sign}0.${'0'.repeat(-power - 1)}${first}${rest}` : `${sign}${first}${rest.padEnd(power, '0')}`
}

/** Minor units as people write them: 500 with 2 digits is "5.00". */
export function formatMoney(minor: number, digits: number): string {
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const sign = minor < 0 ? '-' : ''
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Minor units as a JSON number: the float nearest to the decimal, which JSON writes with the decimal's own digits. */
export function moneyNumber(minor: number, digits: number): number {
  // Both are exact, so the quotient is that float.
  return minor / 10 ** digits
}
