import type { Order, Story } from '../order/order.ts'

/** The story of an order as it stands; `undefined` for a mark that was left for an order never seen. */
export function storyOf(order: Order): Story | undefined {
  if (order.state === 'voided') return undefined
  const { storeCode, at, programVersion } = order
  const common = { storeCode, at, programVersion }
  if (order.state === 'checkout') return { ...common, cart: order.cart, returned: [] }
  const { sale } = order
  if (order.state === 'placed') return { ...common, cart: sale.cart, sale, returned: [] }
  const returned = order.refunds.flatMap((refund) => refund.units)
  return { ...common, cart: sale.cart, sale, returned, ...('earned' in order && { earned: order.earned }) }
}
