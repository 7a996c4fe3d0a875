import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Category, Menu, MenuItem, ModifierGroup, StoreView, Translated } from '../api.ts'

/** The shop as its files say it. */
export interface Shop {
  readonly accountId: string
  readonly menu: Menu
}

/** A file of the shop that cannot be read as what it should be: says where, and what would be right. */
export class ShopFileProblem extends Error {}

interface ProgramFile {
  readonly account: { readonly id: string; readonly name: string; readonly currency: string; readonly timezone: string }
  readonly stores: readonly {
    code: string
    name: string
    timezone?: string
    street?: string
    city?: string
    state?: string
    zip?: string
  }[]
}

interface ShopFile {
  readonly tax?: string
  readonly earns?: { readonly points: number; readonly per: string }
  readonly categories?: Readonly<Record<string, Translated>>
  readonly dishes?: Readonly<Record<string, Translated>>
  readonly modifiers?: readonly GroupEntry[]
}

interface GroupEntry {
  readonly id: string
  readonly label: string
  readonly es?: string
  readonly for: readonly string[]
  readonly min?: number
  readonly max: number
  readonly options: readonly { readonly id: string; readonly label: string; readonly es?: string; readonly price: string }[]
}

/**
 * Reads `program.yaml` (brand and stores), `menu.csv` and, where there is one, `shop.yaml` (tax, modifiers, translations) of a folder.
 * @throws ShopFileProblem
 */
export async function readShop(folder: string, storeCode: string): Promise<Shop> {
  const program = readYaml<ProgramFile>(await readText(folder, 'program.yaml'), 'program.yaml')
  const shop = readYaml<ShopFile>((await readText(folder, 'shop.yaml', true)) || '{}', 'shop.yaml')
  const store = program.stores.find(({ code }) => code === storeCode)
  if (!store) {
    const codes = program.stores.map(({ code }) => code).join(', ')
    throw new ShopFileProblem(`program.yaml has no store ${storeCode}; it has ${codes}.`)
  }
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency: program.account.currency }).resolvedOptions()
      .maximumFractionDigits ?? 2
  const groups = shop.modifiers ?? []
  const items = readMenu(await readText(folder, 'menu.csv'), digits, shop, groups)
  return {
    accountId: program.account.id,
    menu: {
      shop: program.account.name,
      currency: program.account.currency,
      store: viewStore(store, program.account.timezone),
      taxRate: readDecimal(shop.tax ?? '0', 3, 'shop.yaml: tax'),
      earns: shop.earns ? { points: shop.earns.points, per: readDecimal(shop.earns.per, digits, 'shop.yaml: earns.per') } : null,
      categories: [...new Set(items.map(({ category }) => category))].map(
        (name): Category => ({ name, names: shop.categories?.[name] ?? {} }),
      ),
      items,
      modifierGroups: groups.map((group) => readGroup(group, digits)),
    },
  }
}

function viewStore(store: ProgramFile['stores'][number], timezone: string): StoreView {
  const { code, name, street, city, state, zip } = store
  const address = [street, [city, state, zip].filter(Boolean).join(' ')].filter(Boolean).join(', ')
  return { code, name, address, timezone: store.timezone ?? timezone }
}

function readMenu(text: string, digits: number, shop: ShopFile, groups: readonly GroupEntry[]): MenuItem[] {
  const [header, ...rows] = text.trim().split(/\r?\n/)
  if (header !== 'item_id,name,category,price_usd')
    throw new ShopFileProblem(`menu.csv:1: the columns are item_id,name,category,price_usd; got ${header}.`)
  return rows.map((row, index) => {
    const [id = '', name = '', category = '', price = '', ...rest] = row.split(',')
    if (price === '' || rest.length > 0)
      throw new ShopFileProblem(`menu.csv:${index + 2}: four columns without quotes are needed; got ${row}.`)
    return {
      id,
      name,
      names: shop.dishes?.[id] ?? {},
      category,
      price: readDecimal(price, digits, `menu.csv:${index + 2}`),
      modifierGroups: groups.filter((group) => group.for.includes(id)).map((group) => group.id),
    }
  })
}

function readGroup({ id, label, es, min = 0, max, options }: GroupEntry, digits: number): ModifierGroup {
  return {
    id,
    label,
    labels: es === undefined ? {} : { es },
    min,
    max,
    options: options.map((option) => ({
      id: option.id,
      label: option.label,
      labels: option.es === undefined ? {} : { es: option.es },
      price: readDecimal(option.price, digits, `shop.yaml: modifiers ${id}, ${option.id}`),
    })),
  }
}

/** `12.95` with two digits is 1295; no float is ever in between. */
function readDecimal(text: string, digits: number, where: string): number {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d+))?$/.exec(String(text)) ?? []
  if (whole === undefined || fraction.length > digits)
    throw new ShopFileProblem(`${where}: a decimal with at most ${digits} places is needed; got ${text}.`)
  return Number(whole) * 10 ** digits + Number(fraction.padEnd(digits, '0') || 0)
}

function readYaml<Shape>(text: string, name: string): Shape {
  try {
    return parse(text) as Shape
  } catch (fault) {
    throw new ShopFileProblem(`${name}: ${fault instanceof Error ? fault.message : fault}`)
  }
}

async function readText(folder: string, name: string, isOptional = false): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch (fault) {
    if (isOptional && (fault as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new ShopFileProblem(`${join(folder, name)} cannot be read: ${fault instanceof Error ? fault.message : fault}`)
  }
}
