import { randomUUID } from 'node:crypto'
import { DEMO_STORE } from './programs.ts'

/** What stands on a receipt: a product or a modifier, with what hangs on it. */
export interface Item {
  readonly label: string
  readonly cost: number
  readonly quantity?: number
  readonly product?: string
  readonly categories?: readonly string[]
  readonly modifiers?: readonly Item[]
}

/** The body of an order call without its status: tests change and repeat it as a till would. */
export interface Cart {
  readonly id?: string
  readonly source: string
  readonly vendor: string
  readonly subtotal: unknown
  readonly basket: {
    readonly uuid?: string
    readonly rewards?: readonly AppliedReward[]
    readonly posEntries: readonly unknown[]
  }
  readonly [field: string]: unknown
}

interface AppliedReward {
  readonly provider: string
  readonly id: string
  readonly level: string
  readonly discount: number
}

/** A cart of these items under an order id of its own, with the subtotal they make; `fields` are added or put in place. */
export function cart(items: readonly Item[], fields: Readonly<Record<string, unknown>> = {}): Cart {
  return {
    id: nextOrderId(),
    source: 'instore',
    vendor: DEMO_STORE,
    type: 'regular',
    rendition: 'onsite',
    subtotal: worth(items),
    basket: { posEntries: items.map(posEntry) },
    ...fields,
  }
}

/** A cart of one item at this price. */
export function sale(amount: number, fields: Readonly<Record<string, unknown>> = {}): Cart {
  return cart([{ label: 'Hamburger', product: 'P1', cost: amount, categories: ['American'] }], fields)
}

/** The cart with a reward on it; `shopDiscount` is what the shop itself takes off beside it. */
export function redeeming(base: Cart, rewardId: string, discount: number, shopDiscount = 0): Cart {
  const reward = { provider: 'regulars', id: rewardId, level: 'basket', discount }
  return {
    ...base,
    discount: round(discount + shopDiscount),
    basket: { ...base.basket, rewards: [reward] },
  }
}

/** The partial refund of these items of an order, known by a `refund_id` of its own. */
export function returning(base: Cart, items: readonly Item[], fields: Readonly<Record<string, unknown>> = {}): Cart {
  const { discount: _, ...order } = base
  return {
    ...order,
    subtotal: worth(items),
    basket: { posEntries: items.map(posEntry) },
    refund_id: randomUUID(),
    ...fields,
  }
}

/** The same cart as another order. */
export function another(base: Cart): Cart {
  return { ...base, id: nextOrderId() }
}

/** Quantity × (cost + Σ modifier quantity × modifier cost), all the way down, of all items. */
export function worth(items: readonly Item[]): number {
  return round(items.reduce((sum, item) => sum + (item.quantity ?? 1) * (item.cost + worth(item.modifiers ?? [])), 0))
}

let orders = 0

function nextOrderId(): string {
  orders += 1
  return `${process.pid}-${orders}`
}

/** The wire's shape of a line. */
export function posEntry(item: Item) {
  return { quantity: item.quantity ?? 1, posItem: posItem(item) }
}

function posItem({ label, cost, product, categories, modifiers }: Item): Record<string, unknown> {
  return {
    label,
    cost,
    product,
    categories,
    modifiers: modifiers?.map((modifier) => ({ ...posItem(modifier), quantity: modifier.quantity ?? 1 })),
  }
}

/** No currency of these tests has more than three decimals: what lies below is the float's. */
function round(amount: number): number {
  return Math.round(amount * 1000) / 1000
}
