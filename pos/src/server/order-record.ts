import { randomUUID } from 'node:crypto'
import type { CartAsk, OrderView, PricedLine, Totals } from '../api.ts'
import type { Book } from './book.ts'

/** An order as the shop keeps it: what the screens see, and what only the server needs. */
export interface OrderRecord extends OrderView {
  /** The web shop's visitor who placed it. */
  readonly visitor: string | null
  /** The order that took its place when its payment failed: an id that was voided cannot be used again. */
  readonly replacedBy: string | null
  readonly rendition: 'onsite' | 'pickup'
}

export function viewOrder({ visitor: _, replacedBy: _1, rendition: _2, ...view }: OrderRecord): OrderView {
  return view
}

/** A cart that is not paid: exists in memory until somebody pays or places it. */
export function openOrder(
  ask: CartAsk,
  facts: {
    till: string
    source: OrderView['source']
    lines: readonly PricedLine[]
    totals: Totals
    member: OrderView['member']
    at: number
  },
): OrderRecord {
  const { till, source, lines, totals, member, at } = facts
  return {
    id: ask.order,
    number: '',
    till,
    source,
    state: 'open',
    createdAt: at,
    updatedAt: at,
    wanted: ask.wanted ?? null,
    isReady: false,
    member,
    lines,
    ...totals,
    reward: null,
    payment: null,
    receiptCode: null,
    pointsEarned: null,
    balance: null,
    refunds: [],
    notice: null,
    visitor: null,
    replacedBy: null,
    rendition: ask.rendition ?? 'onsite',
  }
}

/** The same cart under an id that nobody has used. */
export const again = (order: OrderRecord, at: number): OrderRecord => ({
  ...order,
  ...{ id: randomUUID(), state: 'open', createdAt: at, updatedAt: at, payment: null, notice: null, replacedBy: null },
})

/** Short numbers for people, in the order in which sales began. */
export function nextNumber(orders: Book<OrderRecord>): string {
  let highest = 1000
  for (const { number } of orders.all()) highest = Math.max(highest, Number(number) || 0)
  return String(highest + 1)
}

/** The order that stands for it now. */
export function latest(orders: Book<OrderRecord>, id: string): OrderRecord | undefined {
  const order = orders.get(id)
  return order?.replacedBy ? latest(orders, order.replacedBy) : order
}
