import { createHmac } from 'node:crypto'

/** What every order of a run goes through. */
export const STATUSES = ['checkout', 'placed', 'billed', 'completed'] as const
export type Status = (typeof STATUSES)[number]

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export type Dice = () => number

export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Baskets of ten lines, as much JSON as a restaurant's till sends. */
const BASKETS = 64
const LINES = 10

interface Basket {
  readonly entries: string
  readonly subtotal: number
}

function basketOf(dice: Dice, lines: number): Basket {
  let subtotal = 0
  const entries = Array.from({ length: lines }, (_, line) => {
    const quantity = 1 + Math.floor(dice() * 2)
    const cents = 400 + Math.floor(dice() * 1_600)
    const item = Math.floor(dice() * 300)
    const extra = line % 4 === 0 ? 150 : 0
    subtotal += quantity * (cents + extra)
    const modifiers = extra === 0 ? [] : [{ label: 'Extra cheese', cost: extra / 100, quantity: 1, product: 'M7' }]
    return {
      quantity,
      posItem: {
        label: `Dish number ${item}`,
        cost: cents / 100,
        product: `D${item}`,
        categories: [`Category ${item % 12}`],
        modifiers,
      },
    }
  })
  return { entries: JSON.stringify(entries), subtotal: subtotal / 100 }
}

/** An order as a till holds it; the statuses differ in little. */
export interface Order {
  readonly path: string
  /** The wire id of the reward that is asked for. */
  readonly rewardId?: string
  bodyOf(status: Status, discount: number): string
}

export interface OrderMaker {
  next(member: number | undefined, rewardId: string | undefined): Order
}

/** @param run names the orders: no two runs on one database may have the same. */
export function createOrderMaker({ run, brand, store, dice, lines = LINES }: OrderMakerOptions): OrderMaker {
  const baskets = Array.from({ length: BASKETS }, () => basketOf(dice, lines))
  let count = 0
  return {
    next(member, rewardId) {
      count += 1
      const id = `${run}-${count}`
      const { entries, subtotal } = baskets[Math.floor(dice() * BASKETS)] ?? { entries: '[]', subtotal: 0 }
      const fields = `"source":"instore","vendor":"${store}","brand":"${brand}","type":"regular","rendition":"onsite","subtotal":${subtotal}`
      const payments = `"payments":[{"tender":"credit","issuer":"visa","suffix":"1111","amount":${subtotal}}]`
      return {
        path: `/loyalty/accounts/${member ?? 'guest'}/orders`,
        ...(rewardId !== undefined && { rewardId }),
        bodyOf(status, discount) {
          const asks = rewardId !== undefined && (status === 'checkout' || discount > 0)
          const reward = asks
            ? `"discount":${discount},"basket":{"rewards":[{"provider":"regulars","id":"${rewardId}","level":"basket","discount":${discount}}],"posEntries":${entries}}`
            : `"basket":{"posEntries":${entries}}`
          return `{"id":"${id}","status":"${status}",${fields},${payments},${reward}}`
        },
      }
    },
  }
}

interface OrderMakerOptions {
  readonly run: string
  readonly brand: string
  readonly store: string
  readonly dice: Dice
  readonly lines?: number
}

/** The head of a signed request, but for its length. */
export function signedHead({ apiKey, secret }: { apiKey: string; secret: Buffer }, path: string, body: string): string {
  const signature = createHmac('sha256', secret).update(path).update(body).digest('base64')
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-class-key: ${apiKey}\r\nx-class-signature: ${signature}\r\n`
}

/** Which member comes next: all alike, or few of them most of the time (Zipf with exponent 1, by the inverse of its sum). */
export function memberPicker(members: number, spread: 'uniform' | 'zipf', dice: Dice): () => number {
  if (spread === 'uniform') return () => 1 + Math.floor(dice() * members)
  const sums = new Float64Array(members)
  let sum = 0
  for (let rank = 1; rank <= members; rank++) {
    sum += 1 / rank
    sums[rank - 1] = sum
  }
  return () => {
    const wanted = dice() * sum
    let low = 0
    let high = members - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}
