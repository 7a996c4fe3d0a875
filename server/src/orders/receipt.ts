import { parseInstant } from '@regulars/contract'
import { localDate, type Order, type Program, zoneOf } from '@regulars/engine'

/** Whether a receipt that shows no code is this order's: its day at the store (or the instant it was placed, which names that day) and what was paid. */
export function isReceiptOf(order: Order, receipt: { date: string; total: number }, program: Program): boolean {
  if (!('sale' in order)) return false
  const { cart } = order.sale
  const zone = zoneOf(program, order.storeCode)
  const instant = parseInstant(receipt.date)
  const day = instant === undefined ? receipt.date : localDate(instant, zone)
  return day === localDate(order.at, zone) && receipt.total === (cart.total ?? cart.subtotal - cart.discount)
}
