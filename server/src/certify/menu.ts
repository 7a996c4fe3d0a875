/** Something that is sold. */
export interface Item {
  readonly product: string
  readonly label: string
  readonly category?: string
  /** In minor units of `Menu.digits` decimals. */
  readonly price: number
}

export interface Menu {
  /** How many decimals the prices have. */
  readonly digits: number
  readonly items: readonly Item[]
}

export class MenuProblem extends Error {
  override readonly name = 'MenuProblem'
}

/**
 * A menu as CSV with the columns item_id, name, category and price (or price_usd). One dish of each category is enough to find what earns and what a
 * reward asks for; so only the first two of each are taken.
 */
export function readMenu(text: string, name: string): Menu {
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  const columns = cellsOf(head).map((column) => column.toLowerCase())
  const at = (wanted: readonly string[]) => columns.findIndex((column) => wanted.includes(column))
  const [id, label, category, price] = [at(['item_id']), at(['name']), at(['category']), at(['price', 'price_usd'])]
  if (id < 0 || label < 0 || price < 0)
    throw new MenuProblem(
      `${name}:1 must name the columns item_id, name, category and price; it has ${columns.join(', ') || 'none'}.`,
    )
  const rows = lines.map((line, index) => {
    const cells = cellsOf(line)
    const cost = cells[price] ?? ''
    if (!/^\d{1,6}(\.\d{1,3})?$/.test(cost))
      throw new MenuProblem(`${name}:${index + 2} has the price "${cost}"; a price looks like 12.95.`)
    return { product: cells[id] ?? '', label: cells[label] ?? '', category: cells[category] ?? '', cost }
  })
  if (rows.length === 0) throw new MenuProblem(`${name} has no dish.`)
  const digits = Math.max(...rows.map(({ cost }) => (cost.split('.')[1] ?? '').length))
  const taken = new Map<string, number>()
  const items = rows.flatMap(({ cost, category: of, ...row }) => {
    taken.set(of, (taken.get(of) ?? 0) + 1)
    if ((taken.get(of) ?? 0) > EACH) return []
    return [{ ...row, ...(of !== '' && { category: of }), price: Math.round(Number(cost) * 10 ** digits) }]
  })
  return { digits, items: items.slice(0, ITEMS_MAX) }
}

const EACH = 2
/** A cart of one of each is what earns; more than this finds nothing more. */
const ITEMS_MAX = 40

/** Quoted cells may hold commas and doubled quotes. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    (quoted?.replaceAll('""', '"') ?? plain).trim(),
  )
}

/** What shops usually sell, for programs that count such things; a brand with other categories names its own menu. */
export const USUAL_MENU: Menu = {
  digits: 2,
  items: [
    ['American', 'Hamburger', 1295],
    ['Mexican', 'Chicken Taco', 1150],
    ['Italian', 'Spaghetti', 1450],
    ['Asian', 'Edamame', 500],
    ['Coffee', 'Latte', 450],
    ['Smoothies', 'Mango Smoothie', 650],
    ['Desserts', 'Cheesecake', 600],
    ['Bakery', 'Croissant', 375],
    ['Drinks', 'Lemonade', 300],
    ['Pizza', 'Margherita', 1100],
    ['Salads', 'Caesar Salad', 950],
    ['Sandwiches', 'Turkey Sandwich', 825],
  ].map(([category, label, price], index) => ({
    product: `C${index + 1}`,
    label: String(label),
    category: String(category),
    price: Number(price),
  })),
}

/** Belongs to no category, so that no reward asks for it: what an order without qualifying items consists of. */
export const NOBODYS_DISH: Item = { product: 'certify-0', label: 'Certification item of no category', price: 700 }
