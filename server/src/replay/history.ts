import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { parseWall } from './days.ts'

/** A dish of the menu; the price in cents. */
export interface Dish {
  readonly product: string
  readonly label: string
  readonly category: string
  readonly cents: number
}

/** One order of the history: its number, its wall-clock time at the store, and its dishes, one for each unit. */
export interface PastOrder {
  readonly number: string
  readonly wall: number
  readonly dishes: readonly Dish[]
}

/** Reads the menu and the orders, oldest first. Throws with file and line when a row does not make sense. */
export function readHistory(menuFile: string, ordersFile: string): PastOrder[] {
  const menu = readMenu(menuFile)
  const orders = new Map<string, { number: string; wall: number; dishes: Dish[] }>()
  for (const { row, line } of readRows(ordersFile, ['order_id', 'ordered_at', 'item_id'])) {
    const wall = parseWall(row.ordered_at ?? '')
    const dish = menu.get(row.item_id ?? '')
    if (wall === undefined)
      throw new Error(`${ordersFile}:${line}: ordered_at must look like 2023-01-01T11:38:36, got "${row.ordered_at}"`)
    if (!dish) throw new Error(`${ordersFile}:${line}: item_id "${row.item_id}" is not in ${menuFile}`)
    const number = row.order_id ?? ''
    const order = orders.get(number) ?? { number, wall, dishes: [] }
    order.dishes.push(dish)
    orders.set(number, order)
  }
  if (orders.size === 0) throw new Error(`${ordersFile}: there are no orders in it`)
  return [...orders.values()].sort((a, b) => a.wall - b.wall)
}

/** What a menu sells, by product, category and name. Throws with file and line when a row does not make sense. */
export function readMenuNames(menuFile: string): { products: string[]; categories: string[]; labels: string[] } {
  const dishes = [...readMenu(menuFile).values()]
  return {
    products: dishes.map(({ product }) => product),
    categories: [...new Set(dishes.map(({ category }) => category))],
    labels: dishes.map(({ label }) => label),
  }
}

function readMenu(menuFile: string): Map<string, Dish> {
  const dishes = readRows(menuFile, ['item_id', 'name', 'category', 'price_usd']).map(({ row, line }): Dish => {
    const price = /^(\d{1,7})\.(\d{2})$/.exec(row.price_usd ?? '')
    if (!price) throw new Error(`${menuFile}:${line}: price_usd must look like 12.95, got "${row.price_usd}"`)
    const cents = Number(price[1]) * 100 + Number(price[2])
    return { product: row.item_id ?? '', label: row.name ?? '', category: row.category ?? '', cents }
  })
  return new Map(dishes.map((dish) => [dish.product, dish]))
}

function readRows(file: string, columns: readonly string[]): { row: Partial<Record<string, string>>; line: number }[] {
  const records: Partial<Record<string, string>>[] = parse(readFileSync(file, 'utf8'), {
    columns: true,
    skip_empty_lines: true,
    trim: true,
    bom: true,
  })
  const missing = columns.find((column) => records[0] && records[0][column] === undefined)
  if (missing) throw new Error(`${file}:1: there must be a column ${missing}`)
  return records.map((row, index) => ({ row, line: index + 2 }))
}
