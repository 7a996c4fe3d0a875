import { localDate, type Order, type Program, zoneOf } from '@regulars/engine'

/** What a customer can read off a receipt that shows no code: the store's date and what was paid. Undefined for an order that was never sold. */
export function receiptFacts(order: Order, program: Program): { date: string; total: number } | undefined {
  if (!('sale' in order)) return undefined
  const { cart } = order.sale
  const total = cart.total ?? cart.subtotal - cart.discount
  return { date: localDate(order.at, zoneOf(program, order.storeCode)), total }
}

