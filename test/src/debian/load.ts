import { setTimeout as sleep } from 'node:timers/promises'
import { sale } from '../cart.ts'
import type { Till } from '../client.ts'
import { check, persist, type Sold } from './shop.ts'

const TILLS = 4
const PATIENCE_MS = 60_000

/** Tills that sell without a pause, each at two servers in turn, and repeat what they got no answer to. */
export interface Load {
  readonly sold: readonly Sold[]
  /** How many of these were accepted at a second try or later. */
  repeated(): number
  /** Resolves when an order has been accepted from now on. */
  oneMore(): Promise<void>
  /** The longest time since this instant (of `performance.now()`) in which no order was accepted. */
  longestPauseMs(since: number): number
  /** Resolves when every order that was begun has been accepted. */
  stop(): Promise<void>
}

export function startLoad([a, b]: readonly [Till, Till], member: string): Load {
  const sold: Sold[] = []
  const acceptedAt: number[] = []
  let repeated = 0
  let selling = true
  const keepSelling = async (servers: readonly [Till, Till]) => {
    while (selling) {
      const order = sale(1)
      let tries = 0
      const reply = await persist(() => servers[tries++ % 2 === 0 ? 0 : 1].order(member, 'completed', order), PATIENCE_MS)
      check(reply.http === 200, reply.text)
      sold.push({ order, text: reply.text })
      acceptedAt.push(performance.now())
      if (tries > 1) repeated += 1
    }
  }
  const tills = Promise.all(Array.from({ length: TILLS }, (_, n) => keepSelling(n % 2 === 0 ? [a, b] : [b, a])))
  // Whoever waits for an order, or for the end, is told of a till that gave up.
  tills.catch(() => {})
  return {
    sold,
    repeated: () => repeated,
    async oneMore() {
      const before = sold.length
      const deadline = Date.now() + PATIENCE_MS
      while (sold.length === before) {
        check(Date.now() < deadline, `no order was accepted within ${PATIENCE_MS / 1000} s`)
        await Promise.race([sleep(20), tills])
      }
    },
    longestPauseMs(since) {
      const instants = [since, ...acceptedAt.filter((at) => at > since)]
      return Math.round(Math.max(...instants.map((at, n) => at - (instants[n - 1] ?? at))))
    },
    async stop() {
      selling = false
      await tills
    },
  }
}
