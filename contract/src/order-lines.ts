import { formatMoney, MAX_MINOR_UNITS } from './decimals.ts'
import {
  type Currency,
  elementAt,
  fieldValue,
  identifier,
  invalid,
  listAt,
  MAX_TEXT_LENGTH,
  money,
  moneyLike,
  note,
  objectAt,
  type Place,
  pathOf,
  required,
  shown,
  text,
  warn,
  wholeNumber,
} from './fields.ts'

/** One line of a cart, or a modifier of one; `cost` is the price of one, in minor units. */
export interface Line {
  label: string
  product?: string
  categories: string[]
  cost: number
  quantity: number
  modifiers: Line[]
}

/** A banquet has a hundred lines; ten times that is a loop in the client. */
export const MAX_LINES = 1_000
/** Discounts are shared out over units, so their number bounds the work that one call can ask for. */
export const MAX_UNITS = 10_000
/** Menus nest two or three levels; a limit keeps recursion shallow. */
export const MAX_MODIFIER_DEPTH = 10

/** What a line is worth: quantity × (cost + Σ modifier quantity × modifier cost), all the way down. */
export function lineTotal(line: Line): number {
  return line.quantity * (line.cost + totalOf(line.modifiers))
}

export function totalOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + lineTotal(line), 0)
}

/**
 * The lines of a basket. Lines and modifiers with a quantity of 0 are checked like any other and then left out: tills send them for what
 * was taken off again.
 */
export function readLines(basket: Place, currency: Currency): Line[] {
  const { findings } = basket
  const path = pathOf(basket, 'posEntries')
  const entries = required(
    basket,
    'posEntries',
    listAt(basket, 'posEntries'),
    'a list of [{ "posItem": { … }, "quantity": 1 }]',
    [],
  )
  if (entries.length > MAX_LINES) {
    note(findings, 'too_many_lines', { path, max: MAX_LINES, actual: entries.length })
    return []
  }
  const lines: Line[] = []
  for (let i = 0; i < entries.length; i++) {
    const entry = elementAt(basket, `${path}[${i}]`, entries[i])
    const line = entry && readEntry(entry, currency)
    if (findings.refusal !== undefined || line === undefined) return []
    if (line.quantity > 0) lines.push(line)
  }
  if (lines.length === 0) note(findings, 'lines_empty', { path })
  checkUnits(basket, path, lines)
  checkWorth(basket, path, lines, currency)
  return lines
}

function readEntry(entry: Place, currency: Currency): Line {
  const posItem = required(entry, 'posItem', objectAt(entry, 'posItem'), 'an object with `label` and `cost`', entry)
  const line: Line = readItem(posItem, currency, 0)
  const beside = wholeNumber(entry, 'quantity', MAX_UNITS)
  const inside = wholeNumber(posItem, 'quantity', MAX_UNITS)
  if (beside !== undefined && inside !== undefined && beside !== inside) {
    note(entry.findings, 'quantity_conflict', { path: pathOf(entry, 'quantity'), beside, inside })
  }
  line.quantity = required(entry, 'quantity', beside ?? inside, 'a whole number, beside posItem or inside it', 0)
  return line
}

/** What lines and modifiers have in common; their quantity stands in different places. */
function readItem(item: Place, currency: Currency, depth: number): Line {
  return {
    label: required(item, 'label', text(item, 'label'), 'a text', ''),
    product: identifier(item, 'product'),
    categories: readCategories(item),
    cost: required(item, 'cost', money(item, 'cost', currency), moneyLike(currency.digits), 0),
    quantity: 0,
    modifiers: readModifiers(item, currency, depth + 1),
  }
}

function readModifiers(item: Place, currency: Currency, depth: number): Line[] {
  const { findings } = item
  const path = pathOf(item, 'modifiers')
  const values = listAt(item, 'modifiers') ?? NONE
  if (values.length > 0 && depth > MAX_MODIFIER_DEPTH) note(findings, 'modifiers_too_deep', { path, max: MAX_MODIFIER_DEPTH })
  const modifiers: Line[] = []
  for (let i = 0; i < values.length; i++) {
    const modifier = elementAt(item, `${path}[${i}]`, values[i])
    if (findings.refusal !== undefined || modifier === undefined) return []
    const line = readItem(modifier, currency, depth)
    line.quantity = modifierQuantity(modifier)
    if (line.quantity > 0) modifiers.push(line)
  }
  return modifiers
}

const NONE: readonly unknown[] = []

function modifierQuantity(modifier: Place): number {
  const quantity = wholeNumber(modifier, 'quantity', MAX_UNITS)
  if (quantity !== undefined) return quantity
  if (fieldValue(modifier, 'quantity') === undefined)
    warn(modifier.findings, 'quantity_missing', { path: pathOf(modifier, 'quantity') })
  return 1
}

/** One category, many or none; numbers are taken as their digits. */
function readCategories(item: Place): string[] {
  const value = fieldValue(item, 'categories')
  if (value === undefined) return []
  const path = pathOf(item, 'categories')
  const categories: string[] = []
  for (const category of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
    if (category === null || category === '') continue
    if (typeof category !== 'string' && typeof category !== 'number') {
      invalid(item.findings, path, 'a text or a list of texts', category)
      return []
    }
    const name = String(category)
    if (name.length > MAX_TEXT_LENGTH) note(item.findings, 'text_too_long', { path, max: MAX_TEXT_LENGTH, actual: name.length })
    categories.push(name)
  }
  return categories
}

function checkUnits(basket: Place, path: string, lines: readonly Line[]): void {
  const units = lines.reduce((sum, line) => sum + line.quantity, 0)
  if (units > MAX_UNITS) note(basket.findings, 'too_many_units', { path, max: MAX_UNITS, actual: units })
}

/** Quantities multiply down the modifiers, so that small amounts can make one that is no longer exact. */
function checkWorth(basket: Place, path: string, lines: readonly Line[], { digits }: Currency): void {
  const worth = totalOf(lines)
  if (worth <= MAX_MINOR_UNITS) return
  note(basket.findings, 'amount_too_large', { path, max: formatMoney(MAX_MINOR_UNITS, digits), got: shown(worth / 10 ** digits) })
}
