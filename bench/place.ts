import type { Dice } from './orders.ts'
import type { Answer, Wire } from './wire.ts'

/** An order that has gone all the way. */
export interface Placed {
  readonly calls: number
  readonly discounted: boolean
}

/** Places one order, by requests that follow each other on one connection. @throws when any of them is refused. */
export type Place = (wire: Wire) => Promise<Placed>

/** Of every order, wherever it is placed. */
export const LINES = 2

/** Two of `count` products, never the same, one or two of each. */
export function drawLines(count: number, dice: Dice): { index: number; quantity: number }[] {
  const first = below(count, dice)
  const second = (first + 1 + below(count - 1, dice)) % count
  return [first, second].map((index) => ({ index, quantity: 1 + below(2, dice) }))
}

/** One of the guests that a peer was filled with. */
export const drawEmail = (customers: number, dice: Dice): string => `customer-${1 + below(customers, dice)}@example.com`

export const refusal = (what: string, { status, body }: Answer): Error => new Error(`${what}: ${status} ${body}`)

const below = (count: number, dice: Dice) => Math.floor(dice() * count)
