import { type Histogram, Stopwatch } from './histogram.ts'
import { type Dice, diceOf } from './orders.ts'
import type { Place } from './place.ts'
import { type MedusaShop, placeAtMedusa } from './place-at-medusa.ts'
import { placeAtRegulars, type RegularsShop } from './place-at-regulars.ts'
import { placeAtVendure, type VendureShop } from './place-at-vendure.ts'
import { openWire } from './wire.ts'

/** What is asked of the process that makes the load: whole orders, one after the other, of one shop. */
export interface PeerLoad {
  readonly shop: RegularsShop | PeerShop
  readonly host: string
  readonly port: number
  readonly clients: number
  readonly seconds: number
  /** So many at most. */
  readonly orders?: number
  readonly seed: number
  /** Names the orders. */
  readonly run: string
}

/** What a peer says of itself, so that orders can be placed there. */
export type PeerShop = VendureShop | MedusaShop

export interface PeerLoadResult {
  readonly seconds: number
  readonly orders: number
  readonly calls: number
  readonly discounted: number
  /** Of a whole order, from its first call to its last answer. */
  readonly latency: Histogram
}

/** Plays customers until the time is over; orders that have begun are finished and count. @throws for any order that does not go through. */
export async function makePeerLoad(load: PeerLoad): Promise<PeerLoadResult> {
  const dice = diceOf(load.seed)
  const place = placeAt(load, dice)
  const wires = await Promise.all(Array.from({ length: load.clients }, () => openWire(load)))
  const watch = new Stopwatch()
  const sum = { orders: 0, calls: 0, discounted: 0 }
  let left = load.orders ?? Number.POSITIVE_INFINITY
  const start = performance.now()
  const end = start + load.seconds * 1_000
  await Promise.all(
    wires.map(async (wire) => {
      while (left > 0 && performance.now() < end) {
        left -= 1
        const since = performance.now()
        const { calls, discounted } = await place(wire)
        watch.add(performance.now() - since)
        sum.orders += 1
        sum.calls += calls
        sum.discounted += discounted ? 1 : 0
      }
    }),
  )
  const seconds = (performance.now() - start) / 1_000
  for (const wire of wires) wire.close()
  return { seconds, ...sum, latency: watch.read() }
}

function placeAt({ shop, run }: PeerLoad, dice: Dice): Place {
  switch (shop.kind) {
    case 'regulars':
      return placeAtRegulars(shop, run, dice)
    case 'vendure':
      return placeAtVendure(shop, dice)
    case 'medusa':
      return placeAtMedusa(shop, dice)
  }
}
