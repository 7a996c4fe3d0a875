import { formatMoney, MAX_MINOR_UNITS, parseMoney } from './decimals.ts'
import { oneOf } from './error-row.ts'
import { developerMessage, type ErrorFacts, type ErrorName, type Refusal, refuse } from './errors.ts'

/**
 * Reading a body that strangers wrote. What is wrong is noted, not thrown, and reading goes on with a stand-in: whoever reads asks
 * `findings.refusal` at the end, and never uses what was read beside one. The first thing wrong is the one that is told.
 */
export interface Findings {
  refusal?: Refusal
  readonly warnings: Warning[]
  /** Turns every warning into a refusal. */
  readonly strict: boolean
}

/** What the reference asks for but real clients omit: accepted, and kept with the request's log entry for certification. */
export interface Warning {
  readonly name: WarningName
  /** Where in the body. */
  readonly path: string
  readonly message: string
}
export type WarningName =
  | 'id_missing_at_placed'
  | 'payments_missing'
  | 'totals_mismatch'
  | 'quantity_missing'
  | 'discount_below_reward'

/** An object of the body, and where it stands in it (`basket.posEntries[3].posItem`; the body itself is ''). */
export interface Place {
  readonly fields: object
  readonly path: string
  readonly findings: Findings
}

/** Long enough for any name on a receipt; a text beyond it is not a label. */
export const MAX_TEXT_LENGTH = 1_000
/** The longest ids in use are UUIDs with a prefix; a database key has to stay short. */
export const MAX_ID_LENGTH = 200

export function newFindings(strict = false): Findings {
  return { warnings: [], strict }
}

/** Notes what is wrong, unless something was already. */
export function note<Name extends ErrorName>(findings: Findings, error: Name, facts: ErrorFacts<Name>): void {
  findings.refusal ??= refuse(error, facts).refusal as Refusal
}

/** Notes a warning; in strict mode it is a refusal of the same name. */
export function warn<Name extends WarningName>(findings: Findings, name: Name, facts: ErrorFacts<Name> & { path: string }): void {
  if (findings.strict) {
    note(findings, name, facts)
    return
  }
  const { refusal } = refuse(name, facts)
  findings.warnings.push({ name, path: facts.path, message: developerMessage(refusal as Refusal) })
}

/** The body as a place to read from; an empty one when it is no object. */
export function bodyPlace(body: unknown, findings: Findings): Place {
  if (isObject(body)) return { fields: body, path: '', findings }
  note(findings, 'body_not_object', { got: shown(body) })
  return { fields: {}, path: '', findings }
}

/** The value of a field; null is absent. */
export function fieldValue({ fields }: Place, name: string): unknown {
  return Object.hasOwn(fields, name) ? ((fields as Record<string, unknown>)[name] ?? undefined) : undefined
}

export function pathOf({ path }: Place, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

/** Notes that a field which has to be there is not, and stands in for it. */
export function required<T>(place: Place, name: string, value: T | undefined, expected: string, standIn: T): T {
  if (value !== undefined) return value
  // The field may have been there and wrong; then that is the first thing noted.
  note(place.findings, 'field_missing', { path: pathOf(place, name), expected })
  return standIn
}

/** A field that holds an object. */
export function objectAt(place: Place, name: string): Place | undefined {
  const value = fieldValue(place, name)
  if (value === undefined) return undefined
  const path = pathOf(place, name)
  if (isObject(value)) return { fields: value, path, findings: place.findings }
  return invalid(place.findings, path, 'an object', value)
}

/** A field that holds a list. */
export function listAt(place: Place, name: string, expected = 'a list'): readonly unknown[] | undefined {
  const value = fieldValue(place, name)
  if (value === undefined || Array.isArray(value)) return value
  return invalid(place.findings, pathOf(place, name), expected, value)
}

/** An element of a list, which has to be an object. */
export function elementAt(place: Place, path: string, value: unknown): Place | undefined {
  if (isObject(value)) return { fields: value, path, findings: place.findings }
  return invalid(place.findings, path, 'an object', value)
}

/** Objects that clients send as one or as a list of them. */
export function oneOrMany(place: Place, name: string): Place[] {
  const value = fieldValue(place, name)
  const path = pathOf(place, name)
  if (value === undefined) return []
  if (isObject(value)) return [{ fields: value, path, findings: place.findings }]
  if (!Array.isArray(value)) return invalid(place.findings, path, 'an object or a list of objects', value) ?? []
  return value.flatMap((element: unknown, i) => (element === null ? [] : (elementAt(place, `${path}[${i}]`, element) ?? [])))
}

/** A text. */
export function text(place: Place, name: string, max = MAX_TEXT_LENGTH): string | undefined {
  const value = fieldValue(place, name)
  if (value === undefined) return undefined
  return typeof value === 'string'
    ? shortEnough(place, name, value, max)
    : invalid(place.findings, pathOf(place, name), 'a text', value)
}

/** An id or a code: a text, or a whole number; clients send both. An empty one is absent. */
export function identifier(place: Place, name: string, max = MAX_ID_LENGTH): string | undefined {
  const value = fieldValue(place, name)
  if (value === undefined) return undefined
  if (typeof value === 'string') return value.trim() === '' ? undefined : shortEnough(place, name, value, max)
  // Beyond 2^53 a JSON number loses digits, and two ids could become one.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return invalid(place.findings, pathOf(place, name), 'a text, or a whole number below 2^53', value)
}

/** One of a few words, in any letter case. */
export function choice<const Word extends string>(place: Place, name: string, words: readonly Word[]): Word | undefined {
  const value = fieldValue(place, name)
  if (value === undefined) return undefined
  const lower = typeof value === 'string' ? value.trim().toLowerCase() : undefined
  return words.find((word) => word === lower) ?? invalid(place.findings, pathOf(place, name), oneOf(words), value)
}

export function flag(place: Place, name: string): boolean | undefined {
  const value = fieldValue(place, name)
  if (value === undefined || typeof value === 'boolean') return value
  return invalid(place.findings, pathOf(place, name), 'true or false', value)
}

/** A whole number of 0 or more; `1`, `"1"` and `1.0` are the same. */
export function wholeNumber(place: Place, name: string, max: number): number | undefined {
  const value = fieldValue(place, name)
  if (value === undefined) return undefined
  const read = parseMoney(value, 0)
  if (typeof read === 'number' && read <= max) return read
  return invalid(place.findings, pathOf(place, name), `a whole number from 0 to ${max}`, value)
}

/** A currency, as money fields need it. */
export interface Currency {
  readonly code: string
  readonly digits: number
}

/** An amount, in minor units. */
export function money(place: Place, name: string, { code, digits }: Currency): number | undefined {
  const value = fieldValue(place, name)
  if (value === undefined) return undefined
  const read = parseMoney(value, digits)
  if (typeof read === 'number') return read
  const path = pathOf(place, name)
  const got = shown(value)
  const max = formatMoney(MAX_MINOR_UNITS, digits)
  if (read === 'not_a_number') invalid(place.findings, path, moneyLike(digits), value)
  else if (read === 'negative') note(place.findings, 'amount_negative', { path, got })
  else if (read === 'too_precise') note(place.findings, 'amount_too_precise', { path, currency: code, digits, got })
  else note(place.findings, 'amount_too_large', { path, max, got })
  return undefined
}

const MONEY_LIKE = [0, 1, 2, 3, 4].map(
  (digits) => `a decimal such as ${formatMoney(1295 * 10 ** Math.max(0, digits - 2), digits)}`,
)

/** Made once: it is asked for with every amount, and said to hardly anybody. */
export function moneyLike(digits: number): string {
  return MONEY_LIKE[digits] ?? 'a decimal'
}

const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|([+-])(\d\d):?(\d\d))$/

/** An instant, in epoch milliseconds. */
export function instant(place: Place, name: string): number | undefined {
  const value = fieldValue(place, name)
  if (value === undefined || value === '') return undefined
  return parseInstant(value) ?? invalid(place.findings, pathOf(place, name), 'an instant such as 2026-03-01T12:30:00Z', value)
}

/** `YYYY-MM-DDTHH:MM:SSZ`, with a fraction of the second or an offset where a client sends one, in epoch milliseconds. */
export function parseInstant(value: unknown): number | undefined {
  const parts = typeof value === 'string' ? INSTANT.exec(value) : null
  if (parts === null) return undefined
  const [, date = '', hour = '', minute = '', second = '', fraction = '', , sign = '+', offsetHour = '0', offsetMinute = '0'] =
    parts
  if (!isRealDate(date) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  if (Number(offsetHour) > 18 || Number(offsetMinute) > 59) return undefined
  const atUtc = Date.parse(`${date}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000
  return sign === '-' ? atUtc + offsetMs : atUtc - offsetMs
}

/** A day of the calendar, YYYY-MM-DD. */
export function day(place: Place, name: string): string | undefined {
  const value = fieldValue(place, name)
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string' && isRealDate(value)) return value
  return invalid(place.findings, pathOf(place, name), 'a real date such as 1990-05-31', value)
}

/** Whether the calendar has such a day: 2026-02-30 has the shape and is none. */
export function isRealDate(date: string): boolean {
  // The database's calendar has no year 0.
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || date < '0001') return false
  const at = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date)
}

/** Notes that a value is not what it should be. */
export function invalid(findings: Findings, path: string, expected: string, value: unknown): undefined {
  note(findings, 'field_invalid', { path, expected, got: shown(value) })
}

/** A value in the words of a message, cut short: an answer is no echo. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  if (typeof value === 'number') return `the number ${value}`
  if (typeof value === 'boolean') return String(value)
  return Array.isArray(value) ? 'a list' : 'an object'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shortEnough(place: Place, name: string, value: string, max: number): string | undefined {
  if (value.length <= max) return value
  note(place.findings, 'text_too_long', { path: pathOf(place, name), max, actual: value.length })
  return undefined
}
