import type { Line, Unit } from '../model.ts'
import { traitsOf } from './selector.ts'

/**
 * The units of a cart in canonical order: dearest first, then by product, modifiers and label, never by position, so that the order and the
 * splitting of lines change nothing (scenarios 14 and 19).
 */
export function unitsOf(lines: readonly Line[]): Unit[] {
  const kinds: Kind[] = []
  for (const line of lines) if (line.quantity > 0) kinds.push({ line, unit: unitOf(line), sorted: undefined })
  kinds.sort((a, b) => b.unit.price - a.unit.price || compareAll(sortedBy(a), sortedBy(b)))
  const units: Unit[] = []
  for (const { unit, line } of kinds) for (let left = line.quantity; left > 0; left--) units.push(unit)
  return units
}

interface Kind {
  readonly line: Line
  readonly unit: Unit
  /** Made when a price is shared, which is seldom. */
  sorted: readonly string[] | undefined
}

function sortedBy(kind: Kind): readonly string[] {
  kind.sorted ??= sortKey(kind.line)
  return kind.sorted
}

/**
 * Product, price and modifiers of one piece: units with one key are interchangeable. Labels and categories do not count, since tills
 * reword them (scenario 29); neither do the order and the grouping of modifiers.
 */
export function unitKey(line: Pick<Line, 'product' | 'cost' | 'modifiers'>): string {
  if (line.modifiers.length > 0) return JSON.stringify([line.product ?? null, line.cost, modifierKeys(line.modifiers)])
  // The same text, for half the work.
  return `[${line.product === undefined ? 'null' : JSON.stringify(line.product)},${line.cost},[]]`
}

/** What one piece of a line costs: its own price and its modifiers', all the way down. Minor units. */
export function unitPrice(line: Pick<Line, 'cost' | 'modifiers'>): number {
  let price = line.cost
  for (const modifier of line.modifiers) price += modifier.quantity * unitPrice(modifier)
  return price
}

function unitOf(line: Line): Unit {
  const { label, product, categories, cost, modifiers } = line
  const traits = traitsOf(line)
  return { key: unitKey(line), label, product, categories, ownPrice: cost, price: unitPrice(line), modifiers, traits }
}

function sortKey(line: Line): readonly string[] {
  return [line.product ?? '', JSON.stringify(modifierKeys(line.modifiers)), line.label, [...line.categories].sort().join('\n')]
}

/** Each kind of modifier once with its count, sorted: two of one and one twice are the same. */
function modifierKeys(modifiers: readonly Line[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const modifier of modifiers) {
    if (modifier.quantity === 0) continue
    const key = unitKey(modifier)
    counts.set(key, (counts.get(key) ?? 0) + modifier.quantity)
  }
  return [...counts].sort(([a], [b]) => compare(a, b))
}

function compareAll(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = compare(a[i] ?? '', b[i] ?? '')
    if (difference !== 0) return difference
  }
  return 0
}

/** By code unit: a locale's order would differ between servers. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
