import { UsageError } from './errors.ts'
import type { PosEntry } from './shapes.ts'

/** No currency has more than four decimals, so an amount is a whole number of ten-thousandths, whichever currency it is in. */
const UNITS = 10_000
/** Clients add floats: what lies this near to a whole number is meant as it. A larger rest is a mistake, not noise. */
const SLACK = 0.01

/** What the lines are worth: quantity × (cost + Σ modifier quantity × modifier cost), all the way down. Computed in integers. */
export function worthOf(entries: readonly PosEntry[]): number {
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new UsageError('The cart is empty. Give at least one line: posEntries: [{ quantity: 1, posItem: { label, cost } }].', {
      reason: 'argument',
    })
  }
  return total(
    entries.map(({ quantity, posItem }, i) => quantity * units(`posEntries[${i}].posItem.cost`, posItem.cost, posItem.modifiers)),
    'the cart',
  )
}

/** The decimals added up, in integers. What is absent counts nothing. */
export function sum(
  amounts: Readonly<Record<string, number | undefined>>,
  less: Readonly<Record<string, number | undefined>> = {},
): number {
  const added = Object.entries(amounts).map(([name, amount]) => exact(name, amount ?? 0))
  const taken = Object.entries(less).map(([name, amount]) => -exact(name, amount ?? 0))
  return total([...added, ...taken], 'the order')
}

type Modifiers = PosEntry['posItem']['modifiers']

function units(path: string, cost: number, modifiers: Modifiers = []): number {
  return (modifiers ?? []).reduce(
    (worth, modifier, i) =>
      worth + (modifier.quantity ?? 1) * units(`${path.slice(0, -5)}.modifiers[${i}].cost`, modifier.cost, modifier.modifiers),
    exact(path, cost),
  )
}

function exact(path: string, amount: number): number {
  const scaled = Math.round(amount * UNITS)
  if (typeof amount === 'number' && Math.abs(amount * UNITS - scaled) <= SLACK && Number.isSafeInteger(scaled)) return scaled
  throw new UsageError(`${path} must be a decimal number such as 12.95; got ${String(amount)}.`, { reason: 'argument' })
}

function total(amounts: readonly number[], what: string): number {
  const sum = amounts.reduce((a, b) => a + b, 0)
  if (Number.isSafeInteger(sum)) return sum / UNITS
  throw new UsageError(`The quantities of ${what} must be whole numbers, and its worth must be one that can be counted.`, {
    reason: 'argument',
  })
}
