import { setTimeout as sleep } from 'node:timers/promises'
import { type Histogram, Stopwatch } from './histogram.ts'
import { createOrderMaker, diceOf, memberPicker, type Order, STATUSES, type Status, signedHead } from './orders.ts'
import { type Answer, openWire, type Wire } from './wire.ts'

/** What is asked of the process that makes the load. */
export interface Load {
  /** Connections are shared out over them. */
  readonly servers: readonly { readonly host: string; readonly port: number }[]
  readonly apiKey: string
  readonly secret: string
  readonly brand: string
  readonly store: string
  readonly members: number
  readonly spread: 'uniform' | 'zipf'
  /** Orders are made from it, and named by `run`. */
  readonly seed: number
  readonly run: string
  readonly clients: number
  readonly seconds: number
  /** Orders that begin in a second, at random moments; as many as are answered where it is left out. */
  readonly ordersPerSecond?: number
  readonly rewardId: string
  /** All orders are this member's. */
  readonly onlyMember?: number
  /** So many orders, however long that takes. */
  readonly orders?: number
  readonly lines?: number
  /** What every order goes through, where it is not the whole way. */
  readonly statuses?: readonly Status[]
  /** Instead of the usual mixture. */
  readonly guestShare?: number
  readonly rewardShare?: number
  /** A call that is turned away (503) comes again after the second that the answer names, as a till's does; otherwise it is an error. */
  readonly patient?: boolean
}

export interface LoadResult {
  readonly seconds: number
  readonly calls: number
  readonly orders: number
  readonly rewarded: number
  readonly errors: number
  /** How often a patient call came again. */
  readonly repeats: number
  /** What some of them said. */
  readonly samples: readonly string[]
  readonly latency: Histogram
  readonly byStatus: Readonly<Record<Status, Histogram>>
}

/** A fifth of all orders is a guest's; a third of the members' asks for a reward. */
const GUESTS = 0.2
const REWARDED = 1 / 3
const SAMPLES = 5
const RETRY_AFTER_MS = 1_000

/** Plays tills until the time is over, and says how it went. Orders that have begun are finished and count. */
export async function makeLoad(load: Load): Promise<LoadResult> {
  const dice = diceOf(load.seed)
  const maker = createOrderMaker({ ...load, dice })
  const pick = memberPicker(load.members, load.spread, dice)
  const credential = { apiKey: load.apiKey, secret: Buffer.from(load.secret, 'base64') }
  const all = new Stopwatch()
  const byStatus = Object.fromEntries(STATUSES.map((status) => [status, new Stopwatch()])) as Record<Status, Stopwatch>
  const samples: string[] = []
  let calls = 0
  let orders = 0
  let rewarded = 0
  let errors = 0
  let repeats = 0

  const nextOrder = (): Order => {
    if (load.onlyMember === undefined && dice() < (load.guestShare ?? GUESTS)) return maker.next(undefined, undefined)
    return maker.next(load.onlyMember ?? pick(), dice() < (load.rewardShare ?? REWARDED) ? load.rewardId : undefined)
  }

  /** `since`: when the customer stood at the till, which may be before a connection was free. */
  const serve = async (wire: Wire, since: number) => {
    const order = nextOrder()
    let discount = 0
    let from = since
    for (const status of load.statuses ?? STATUSES) {
      const send = () => {
        const body = order.bodyOf(status, discount)
        return wire.post(signedHead(credential, order.path, body), body)
      }
      let answer = await send()
      if (discount > 0 && isTakenMeanwhile(answer)) {
        // Another order of this member has the points by now: the customer pays in full.
        discount = 0
        calls += 1
        answer = await send()
      }
      for (; load.patient && answer.status === 503; answer = await send()) {
        repeats += 1
        await sleep(RETRY_AFTER_MS)
      }
      const now = performance.now()
      calls += 1
      all.add(now - from)
      byStatus[status].add(now - from)
      from = now
      if (answer.status !== 200) {
        errors += 1
        if (samples.length < SAMPLES) samples.push(`${status}: ${answer.status} ${answer.body}`)
        return
      }
      if (status === 'checkout' && order.rewardId !== undefined) discount = discountOf(answer.body)
    }
    orders += 1
    if (discount > 0) rewarded += 1
  }

  const wires = await Promise.all(
    Array.from({ length: load.clients }, (_, index) =>
      openWire(load.servers[index % load.servers.length] ?? { host: '', port: 0 }),
    ),
  )
  const start = performance.now()
  const end = start + load.seconds * 1_000
  if (load.ordersPerSecond === undefined) {
    let left = load.orders ?? Number.POSITIVE_INFINITY
    await Promise.all(
      wires.map(async (wire) => {
        while (left > 0 && performance.now() < end) {
          left -= 1
          await serve(wire, performance.now())
        }
      }),
    )
  } else await serveArrivals({ wires, start, end, perSecond: load.ordersPerSecond, dice, serve })
  const seconds = (performance.now() - start) / 1_000
  for (const wire of wires) wire.close()
  return {
    ...{ seconds, calls, orders, rewarded, errors, repeats, samples },
    latency: all.read(),
    byStatus: Object.fromEntries(STATUSES.map((status) => [status, byStatus[status].read()])) as Record<Status, Histogram>,
  }
}

/** Customers come when they come (a Poisson process), whether or not the one before was served: a slow server cannot slow them down. */
async function serveArrivals({ wires, start, end, perSecond, dice, serve }: Arrivals): Promise<void> {
  const free = [...wires]
  const queue: number[] = []
  const running = new Set<Promise<void>>()
  const take = () => {
    while (queue.length > 0 && free.length > 0) {
      const wire = free.pop()
      const since = queue.shift()
      if (!wire || since === undefined) return
      const served = serve(wire, since).finally(() => {
        running.delete(served)
        free.push(wire)
        take()
      })
      running.add(served)
    }
  }
  let next = start
  while (next < end) {
    const now = performance.now()
    while (next <= now && next < end) {
      queue.push(next)
      next += (-Math.log(1 - dice()) / perSecond) * 1_000
    }
    take()
    await new Promise((later) => setTimeout(later, Math.max(0, Math.min(next, end) - performance.now())))
  }
  while (queue.length > 0 || running.size > 0) {
    take()
    await Promise.race(running)
  }
}

interface Arrivals {
  readonly wires: readonly Wire[]
  readonly start: number
  readonly end: number
  readonly perSecond: number
  readonly dice: () => number
  readonly serve: (wire: Wire, since: number) => Promise<void>
}

/** What a correct server says to the second of two orders that were both quoted one member's last points. */
const isTakenMeanwhile = ({ status, body }: Answer): boolean =>
  status === 400 && /"reason":"(reward_held|points_insufficient)"/.test(body)

const discountOf = (body: string): number => (JSON.parse(body) as { transaction: { discount: number } }).transaction.discount
