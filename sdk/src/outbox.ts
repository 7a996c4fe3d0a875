import { wireTime } from './draft.ts'
import {
  AuthenticationError,
  ConnectionError,
  isUnclear,
  JournalError,
  NotFoundError,
  OfflineRedemptionError,
  PaymentKeptError,
  PermissionError,
  RegularsError,
  ServerError,
  SignatureError,
  UsageError,
} from './errors.ts'
import { worthOf } from './money.ts'
import { tell } from './observe.ts'
import type { OrderCall } from './order-calls.ts'
import type { OrderCalls } from './orders.ts'
import type { Settings } from './settings.ts'
import type { OrderDraft } from './shapes.ts'
import { newId } from './signing.ts'

/** How far a drain is. */
export interface Progress {
  readonly sent: number
  /** Refused by the server, and kept aside. */
  readonly setAside: number
  readonly left: number
}

export interface DrainOptions {
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

/** An entry that the server refused: it waits for a person, and does not hold up the others. */
export interface SetAside {
  readonly key: string
  readonly orderId: string
  readonly error: Readonly<Record<string, unknown>>
}

/** A whole sale, or an order of the journal that is to be settled. */
type Entry = ({ readonly kind: 'sale' } & OrderCall) | { readonly kind: 'settle'; readonly orderId: string }

const QUEUE = 'outbox/'
const ASIDE = 'aside/'
/** The pause after a drain that could not reach the server is drawn below a bound that doubles from the first to the last. */
const PAUSE_MS = 1_000
const PAUSE_MAX_MS = 60_000

/**
 * Keeps a till selling while the server is away: sales wait in the journal and are sent in their order, each once. A sale is known by its order id, so one that was sent
 * just before a crash is answered as before when it is sent again.
 */
export class Outbox {
  readonly #settings: Settings
  readonly #orders: OrderCalls
  #last: Promise<number> | undefined
  #running: { wake: () => void; stop: AbortController; ended: Promise<void> } | undefined

  constructor(settings: Settings, orders: OrderCalls) {
    this.#settings = settings
    this.#orders = orders
  }

  /**
   * Queues a completed sale. It earns by its own time: `placed` is set to now where it is absent. Resolves, with the order's id, when it would survive a power loss. A reward is
   * refused: whether it is still there is known by the server alone.
   * @example
   * const id = await client.outbox.put({ member: memberId, order: { source: 'instore', vendor: '999999', basket: { posEntries } } })
   * console.log(await client.outbox.size()) // 1
   * await client.outbox.drain()
   */
  async put({ member, order }: OrderCall): Promise<string> {
    if ((order.basket?.rewards ?? []).length > 0) {
      throw new OfflineRedemptionError(
        'A reward cannot be used while the server is away: another till may use it at the same moment. Queue the sale without it.',
        {
          reason: 'offline_redemption',
          details: 'Rewards cannot be used at the moment. Your points will still be added.',
          ...(order.id !== undefined && { orderId: order.id }),
        },
      )
    }
    const { id = newId(), subtotal = worthOf(order.basket?.posEntries), placed = wireTime(Date.now()) } = order
    if (typeof member !== 'string' || member === '')
      throw new UsageError("outbox.put needs the member's id, or 'guest'.", { reason: 'argument', orderId: id })
    await this.#append({ kind: 'sale', member, order: { ...order, id, subtotal, placed } })
    return id
  }

  /** Queues the settling of an order that the journal has: once is enough. */
  async finish(orderId: string): Promise<void> {
    for (const key of await this.#keys()) {
      const entry = await this.#read(key)
      if (entry?.kind === 'settle' && entry.orderId === orderId) return
    }
    await this.#append({ kind: 'settle', orderId })
  }

  /**
   * How many wait.
   * @example
   * console.log(await client.outbox.size()) // 0
   */
  async size(): Promise<number> {
    return (await this.#keys()).length
  }

  /**
   * Sends what waits, in order. Rejects when the server cannot take it now, and leaves it queued; what the server refuses for good is set aside. Only one drain
   * of a journal runs at a time, in any process.
   * @example
   * const { sent, left } = await client.outbox.drain({ onProgress: ({ sent, left }) => console.log(`${sent} sent, ${left} left`) })
   */
  async drain({ onProgress, signal }: DrainOptions = {}): Promise<Progress> {
    const release = await this.#settings.journal.lock('outbox')
    try {
      let [sent, setAside] = [0, 0]
      let stuck: unknown
      const keys = await this.#keys()
      for (const [at, key] of keys.entries()) {
        signal?.throwIfAborted()
        try {
          if (await this.#deliver(key, signal)) sent += 1
          else setAside += 1
        } catch (error) {
          // A fault of the server over one sale must not hold up the others; at a second one it is the server.
          if (stuck !== undefined || !(error instanceof ServerError && error.status === 500)) throw error
          stuck = error
          continue
        }
        tell(() => onProgress?.({ sent, setAside, left: keys.length - at - 1 }))
      }
      if (stuck !== undefined) throw stuck
      return { sent, setAside, left: (await this.#keys()).length }
    } finally {
      await release()
    }
  }

  /**
   * Drains by itself from now on: what an earlier run left, what is put, and, after an outage, with pauses that grow to a minute. It does not keep a process alive.
   * @example
   * client.outbox.start({ onProgress: ({ left }) => console.log(`${left} left`) })
   * await client.outbox.stop()
   */
  start(options: Pick<DrainOptions, 'onProgress'> = {}): void {
    if (this.#running) return
    const stop = new AbortController()
    const running = { stop, wake: () => {}, ended: Promise.resolve() }
    this.#running = running
    running.ended = this.#run(running, options)
  }

  /**
   * Ends the automatic draining; resolves when the call under way has ended.
   * @example
   * await client.outbox.stop()
   */
  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    running?.stop.abort()
    running?.wake()
    await running?.ended
  }

  /**
   * What the server refused, with its errors.
   * @example
   * for (const { key, orderId, error } of await client.outbox.setAside()) console.log(key, orderId, error.message)
   */
  async setAside(): Promise<SetAside[]> {
    const found: SetAside[] = []
    for (const key of await this.#settings.journal.keys(ASIDE)) {
      const text = await this.#settings.journal.get(key)
      if (text === undefined) continue
      const { entry, error } = JSON.parse(text) as { entry?: Entry; error: SetAside['error'] }
      found.push({ key, orderId: orderIdOf(entry), error })
    }
    return found
  }

  /**
   * Puts an entry that was set aside at the end of the queue again, when its cause is mended.
   * @example
   * for (const { key } of await client.outbox.setAside()) await client.outbox.putBack(key)
   */
  async putBack(key: string): Promise<void> {
    const text = await this.#settings.journal.get(key)
    const { entry } = JSON.parse(text ?? '{}') as { entry?: Entry }
    if (entry === undefined)
      throw new UsageError(`Nothing that can be sent is set aside as ${key}. Take a key from setAside().`, { reason: 'argument' })
    await this.#append(entry)
    await this.#settings.journal.remove(key)
  }

  /**
   * Forgets an entry that was set aside.
   * @example
   * for (const { key } of await client.outbox.setAside()) await client.outbox.discard(key)
   */
  async discard(key: string): Promise<void> {
    if (!key.startsWith(ASIDE))
      throw new UsageError(`${key} is not set aside. Take a key from setAside().`, { reason: 'argument' })
    await this.#settings.journal.remove(key)
  }

  /** True when sent, false when set aside. */
  async #deliver(key: string, signal: AbortSignal | undefined): Promise<boolean> {
    const { journal } = this.#settings
    try {
      const entry = await this.#read(key)
      if (entry === undefined) throw new JournalError('This entry cannot be read: it is damaged.', { reason: 'journal' })
      if (entry.kind === 'settle') await this.#orders.resume(entry.orderId)
      else await this.#orders.complete(entry, { ...(signal && { signal }) })
    } catch (error) {
      const cause = error instanceof PaymentKeptError && error.cause instanceof RegularsError ? error.cause : error
      if (!isForThisEntryOnly(cause)) throw error
      const entry = await this.#read(key)
      await journal.put(ASIDE + key.slice(QUEUE.length), JSON.stringify({ entry, error: cause }))
      await journal.remove(key)
      return false
    }
    await journal.remove(key)
    return true
  }

  async #run(running: { stop: AbortController; wake: () => void }, options: Pick<DrainOptions, 'onProgress'>): Promise<void> {
    const { signal } = running.stop
    for (let failures = 0; !signal.aborted; ) {
      let pauseMs = Number.POSITIVE_INFINITY
      let isAwake = false
      const woken = new Promise<void>((resolve) => {
        running.wake = () => {
          isAwake = true
          resolve()
        }
      })
      try {
        await this.drain({ ...options, signal })
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        pauseMs = Math.random() * Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** failures)
        tell(() =>
          this.#settings.logger?.warn?.(
            `The outbox waits ${Math.round(pauseMs)} ms: ${error instanceof Error ? error.message : String(error)}`,
          ),
        )
      }
      // A new sale wakes an idle queue; during an outage the pause is kept, or every sale would ask a server that is down.
      if (Number.isFinite(pauseMs)) await idle(pauseMs, signal)
      else if (!isAwake) await woken
    }
  }

  async #append(entry: Entry): Promise<void> {
    // Numbered, not dated: the clock of a till may jump.
    this.#last = (this.#last ?? this.#lastNumber()).then((last) => last + 1)
    this.#last.catch(() => {
      this.#last = undefined
    })
    const number = String(await this.#last).padStart(12, '0')
    await this.#settings.journal.put(`${QUEUE}${number}-${newId().slice(0, 8)}`, JSON.stringify(entry))
    this.#running?.wake()
  }

  async #lastNumber(): Promise<number> {
    const last = (await this.#keys()).at(-1)
    return Number(last?.slice(QUEUE.length, QUEUE.length + 12) ?? 0)
  }

  #keys(): Promise<string[]> {
    return this.#settings.journal.keys(QUEUE)
  }

  async #read(key: string): Promise<Entry | undefined> {
    try {
      const entry = JSON.parse((await this.#settings.journal.get(key)) ?? '') as Entry
      return entry.kind === 'settle' || entry.kind === 'sale' ? entry : undefined
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }
}

/** Whether another entry could fare better: an outage, wrong credentials or a wrong address concern them all. */
function isForThisEntryOnly(error: unknown): boolean {
  if (!(error instanceof RegularsError) || isUnclear(error)) return false
  if (error instanceof JournalError) return error.reason === 'journal'
  if (error instanceof AuthenticationError || error instanceof SignatureError || error instanceof ConnectionError) return false
  if (error instanceof PermissionError) return error.reason === 'store_not_allowed'
  return !(error instanceof NotFoundError) || error.reason === 'order_not_found'
}

function orderIdOf(entry: Entry | undefined): string {
  const sale: OrderDraft | undefined = entry?.kind === 'sale' ? entry.order : undefined
  return entry?.kind === 'settle' ? entry.orderId : (sale?.id ?? 'unknown')
}

/** A pause that keeps no process alive and ends with the signal. */
function idle(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms) as ReturnType<typeof setTimeout> & { unref?: () => void }
    timer.unref?.()
    signal.addEventListener('abort', end)
  })
}
