import type { Line, Unit } from '../model.ts'
import { allocate } from '../rules/allocate.ts'
import { unitKey, unitsOf } from '../rules/units.ts'
import type { Call, Cart, Sale } from './order.ts'

/**
 * The text that two calls must share to be about the same cart (wire contract §7, *Same cart*): store, currency, subtotal, reward and discounts,
 * and the units with their prices, products and modifiers, however they are spread over lines. Labels count only where a rule matches by label.
 */
export function cartText(call: Call, labelsMatter: boolean): string {
  const counts = new Map<string, number>()
  for (const line of call.lines) {
    if (line.quantity === 0) continue
    const key = labelsMatter ? `${unitKey(line)} ${line.label.toLowerCase()}` : unitKey(line)
    counts.set(key, (counts.get(key) ?? 0) + line.quantity)
  }
  const units = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    call.storeCode,
    call.currency,
    call.subtotal,
    call.discount,
    call.reward?.id,
    call.reward?.discount,
    units,
  ])
}

export function cartOf(call: Call, fingerprint: string): Cart {
  const { source, type, rendition, currency, digits, subtotal, total, discount, reward, lines } = call
  return { fingerprint, source, type, rendition, currency, digits, subtotal, total, discount, reward, lines }
}

/** A cart's units with the shop's own discount taken off: `discount` less the reward's, spread over all units before the reward is priced. */
export function pricedUnits(cart: Pick<Cart, 'lines' | 'discount' | 'reward'>): {
  units: Unit[]
  shopShares: number[]
  nets: number[]
} {
  const units = unitsOf(cart.lines)
  const prices = units.map((unit) => unit.price)
  const total = prices.reduce((a, b) => a + b, 0)
  const shopDiscount = Math.min(total, Math.max(0, cart.discount - (cart.reward?.discount ?? 0)))
  const shopShares = allocate(shopDiscount, prices)
  return { units, shopShares, nets: prices.map((price, index) => price - (shopShares[index] ?? 0)) }
}

/** What each unit of a sale cost its buyer: its price less its share of every discount. */
export function paidPerUnit(sale: Sale, units: readonly Unit[]): number[] {
  return units.map((unit, index) => unit.price - (sale.shopShares[index] ?? 0) - (sale.redemption?.shares[index] ?? 0))
}

/**
 * Finds the units that a refund's basket names among those not yet returned. Identical units are taken in canonical order, so that two tills agree.
 * Returns the indexes, or the first line that asks for more than is left.
 */
export function matchUnits(
  sold: readonly Unit[],
  returned: ReadonlySet<number>,
  lines: readonly Line[],
): { ok: true; indexes: number[] } | { ok: false; label: string; asked: number; left: number } {
  const left = new Map<string, number[]>()
  sold.forEach((unit, index) => {
    if (returned.has(index)) return
    const key = refundKey(unit)
    left.set(key, [...(left.get(key) ?? []), index])
  })
  const indexes: number[] = []
  const coming = unitsOf(lines)
  for (const unit of coming) {
    const candidates = left.get(refundKey(unit)) ?? []
    const index = candidates.shift()
    if (index === undefined) {
      const key = refundKey(unit)
      const asked = coming.filter((one) => refundKey(one) === key).length
      return {
        ok: false,
        label: unit.label,
        asked,
        left: sold.filter((one, at) => refundKey(one) === key && !returned.has(at)).length,
      }
    }
    indexes.push(index)
  }
  return { ok: true, indexes: indexes.sort((a, b) => a - b) }
}

/** A refund names things as the sale did; where there is no product id, the label says which. */
const refundKey = (unit: Unit): string => (unit.product === undefined ? `${unit.label.toLowerCase()}\u0000${unit.key}` : unit.key)
