import type { Cart, Payment, PosEntry } from '@regulars/sdk'
import type { MenuItem, PaymentView, PricedLine, Totals } from '../api.ts'

/** Lines, money and payments as an order call carries them: decimals in place of minor units. */
export interface WireCart {
  cart(order: {
    readonly lines: readonly PricedLine[]
    readonly totals: Totals
    readonly rendition: 'onsite' | 'pickup'
    readonly wanted: number | null
    readonly at: number
  }): Cart
  entries(lines: readonly PricedLine[]): PosEntry[]
  payment(payment: PaymentView): Payment
  decimal(minor: number): number
  minor(decimal: number): number
}

export function wireCart(digits: number, item: (id: string) => MenuItem | undefined): WireCart {
  const scale = 10 ** digits
  const decimal = (minor: number) => minor / scale
  const entry = (line: PricedLine): PosEntry => ({
    quantity: line.quantity,
    posItem: {
      label: line.label,
      product: line.item,
      // What it cost when it was sold, whatever the menu says now.
      cost: decimal(line.modifiers.reduce((cost, { quantity, price }) => cost - quantity * price, line.unitPrice)),
      categories: [item(line.item)?.category ?? 'Other'],
      modifiers: line.modifiers.map(({ option, label, quantity, price }) => ({
        label,
        product: option,
        quantity,
        cost: decimal(price),
      })),
    },
  })
  return {
    decimal,
    minor: (amount) => Math.round(amount * scale),
    entries: (lines) => lines.map(entry),
    cart: ({ lines, totals, rendition, wanted, at }) => ({
      posEntries: lines.map(entry),
      subtotal: decimal(totals.subtotal),
      tax: decimal(totals.tax),
      type: 'regular',
      rendition,
      placed: wireInstant(at),
      ...(wanted !== null && { wanted: wireInstant(wanted) }),
    }),
    payment: ({ method, amount, card }) =>
      method === 'cash' || !card
        ? { tender: 'cash', amount: decimal(amount) }
        : { tender: 'credit', issuer: card.issuer, suffix: card.suffix, amount: decimal(amount) },
  }
}

/** `YYYY-MM-DDTHH:MM:SSZ`, without the milliseconds. */
const wireInstant = (at: number) => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
