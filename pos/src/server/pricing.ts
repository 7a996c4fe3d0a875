import type { CartLine, Menu, MenuItem, ModifierOption, PricedLine, Totals } from '../api.ts'
import { Refused } from './refused.ts'

const MAX_LINES = 200
const MAX_QUANTITY = 999

/** Prices carts from the menu: what a screen says of a price is never asked. */
export interface Pricer {
  /** @throws Refused when a line is not on the menu, or not as its modifiers allow */
  price(lines: readonly CartLine[]): PricedLine[]
  total(lines: readonly PricedLine[], discount: number): Totals
  /** What this purchase is expected to bring; `null` where the shop does not say. */
  pointsFor(totals: Totals): number | null
  item(id: string): MenuItem | undefined
}

export function createPricer(menu: Menu): Pricer {
  const items = new Map(menu.items.map((item) => [item.id, item]))
  const groups = new Map(menu.modifierGroups.map((group) => [group.id, group]))

  const price = ({ key, item: id, quantity, modifiers }: CartLine): PricedLine => {
    const item = items.get(id)
    if (!item)
      throw new Refused('invalid', `There is no item ${id} on the menu. Load the screen again: the menu may have changed.`)
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY)
      throw new Refused(
        'invalid',
        `The quantity of ${item.name} must be a whole number from 1 to ${MAX_QUANTITY}; got ${quantity}.`,
      )
    const chosen = checkModifiers(item, modifiers)
    const unitPrice = item.price + chosen.reduce((sum, one) => sum + one.quantity * one.price, 0)
    return { key, item: id, label: item.name, quantity, unitPrice, amount: quantity * unitPrice, modifiers: chosen, refunded: 0 }
  }

  const checkModifiers = (item: MenuItem, modifiers: CartLine['modifiers']): PricedLine['modifiers'] => {
    const offered = new Map<string, ModifierOption>()
    for (const group of item.modifierGroups.flatMap((id) => groups.get(id) ?? [])) {
      const ids = new Set(group.options.map(({ id }) => id))
      const count = modifiers.reduce((sum, { option, quantity }) => sum + (ids.has(option) ? quantity : 0), 0)
      if (count < group.min || count > group.max) {
        const allowed = group.min === group.max ? `${group.min}` : `${group.min} to ${group.max}`
        throw new Refused('invalid', `${item.name} takes ${allowed} of “${group.label}”; got ${count}.`)
      }
      for (const option of group.options) offered.set(option.id, option)
    }
    return modifiers.map(({ option: id, quantity }) => {
      const option = offered.get(id)
      if (!option) throw new Refused('invalid', `${item.name} has no modifier ${id}.`)
      if (!Number.isInteger(quantity) || quantity < 1)
        throw new Refused('invalid', `${option.label}: a whole number from 1 is needed.`)
      return { option: id, label: option.label, quantity, price: option.price }
    })
  }

  return {
    price(lines) {
      if (lines.length > MAX_LINES) throw new Refused('invalid', `An order has at most ${MAX_LINES} lines; got ${lines.length}.`)
      if (new Set(lines.map(({ key }) => key)).size < lines.length) throw new Refused('invalid', 'Two lines have the same key.')
      return lines.map(price)
    },
    total(lines, discount) {
      const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0)
      const tax = taxOf(menu.taxRate, subtotal - discount)
      return { subtotal, discount, tax, total: subtotal - discount + tax }
    },
    pointsFor: ({ subtotal, discount }) => menu.earns && menu.earns.points * Math.floor((subtotal - discount) / menu.earns.per),
    item: (id) => items.get(id),
  }
}

/** Rounded half up to the minor unit. */
export const taxOf = (rate: number, amount: number): number => Math.floor((amount * rate + 50_000) / 100_000)
