import type { CartLine, Menu, MenuItem, ModifierOption } from '../../src/api.ts'

/** A menu that answers by id at once: a cart is priced at every tap. */
export interface MenuIndex {
  readonly menu: Menu
  readonly items: ReadonlyMap<string, MenuItem>
  readonly options: ReadonlyMap<string, ModifierOption>
}

export function indexMenu(menu: Menu): MenuIndex {
  return {
    menu,
    items: new Map(menu.items.map((item) => [item.id, item])),
    options: new Map(menu.modifierGroups.flatMap(({ options }) => options.map((option) => [option.id, option] as const))),
  }
}

/** One unit of a line, with its modifiers. */
export function unitPrice({ items, options }: MenuIndex, line: Pick<CartLine, 'item' | 'modifiers'>): number {
  const extra = line.modifiers.reduce((sum, { option, quantity }) => sum + quantity * (options.get(option)?.price ?? 0), 0)
  return (items.get(line.item)?.price ?? 0) + extra
}

export const subtotalOf = (index: MenuIndex, lines: readonly CartLine[]): number =>
  lines.reduce((sum, line) => sum + line.quantity * unitPrice(index, line), 0)

/** The cart with one more of an item: a line of the same item and modifiers grows, else a new one comes at the end. */
export function addLine(lines: readonly CartLine[], item: string, modifiers: CartLine['modifiers'], quantity = 1): CartLine[] {
  const same = lines.find((line) => line.item === item && sameModifiers(line.modifiers, modifiers))
  if (same) return setQuantity(lines, same.key, same.quantity + quantity)
  return [...lines, { key: crypto.randomUUID(), item, quantity, modifiers }]
}

/** A quantity of 0 takes the line away. */
export function setQuantity(lines: readonly CartLine[], key: string, quantity: number): CartLine[] {
  if (quantity <= 0) return lines.filter((line) => line.key !== key)
  return lines.map((line) => (line.key === key ? { ...line, quantity } : line))
}

function sameModifiers(a: CartLine['modifiers'], b: CartLine['modifiers']): boolean {
  const text = (modifiers: CartLine['modifiers']) =>
    modifiers
      .map(({ option, quantity }) => `${option}×${quantity}`)
      .sort()
      .join()
  return text(a) === text(b)
}
