import type { CallOptions } from './call.ts'
import type { ResumeOptions } from './charge.ts'
import { JournalError, UsageError } from './errors.ts'
import { Order } from './order.ts'
import { type OrderCall, orderCalls, type PostOrder } from './order-calls.ts'
import { DONE, OPEN, type OrderRecord, readRecord } from './order-record.ts'
import type { Settings } from './settings.ts'
import { GUEST, type Transaction } from './shapes.ts'
import { newId } from './signing.ts'
import type { Transport } from './transport.ts'
import type { OrderBody } from './wire.ts'

/** What a session has to know at its start. */
export interface OrderStart {
  /** A member's id, or `'guest'`. */
  readonly member: string
  /** The store's code. */
  readonly store: string
  readonly source: OrderBody['source']
  /** The till's own order number; made when absent. Unique for the account, for ever. */
  readonly id?: string
}

/** Single order calls, each safe to repeat, and `start` for a session that makes them in the right order. */
export class OrderCalls {
  /** Any status, for the parts of the SDK that know it at run time only. */
  readonly post: PostOrder
  readonly #settings: Settings
  readonly #finishLater: (orderId: string) => Promise<void>

  constructor(transport: Transport, settings: Settings, finishLater: (orderId: string) => Promise<void>) {
    this.post = orderCalls(transport, settings.accountId)
    this.#settings = settings
    this.#finishLater = finishLater
  }

  /**
   * A quote: checks cart and reward, and changes nothing. A reward that does not apply is no error here: `discount` is 0 and `message` says why.
   * @example
   * const quote = await client.orders.checkout({ member: memberId, order: { id: 'A-1', source: 'instore', vendor: '999999', basket: { posEntries } } })
   * console.log(quote.discount)
   */
  checkout(call: OrderCall, options?: CallOptions): Promise<Transaction> {
    return this.post('checkout', call, options)
  }

  /**
   * Holds the reward for this order, so that no other order can use it.
   * @example
   * await client.orders.place({ member: memberId, order: { id: 'A-2', source: 'instore', vendor: '999999', basket: { posEntries } } })
   */
  place(call: OrderCall, options?: CallOptions): Promise<Transaction> {
    return this.post('placed', call, options)
  }

  /**
   * Payment was taken: the reward leaves the member's account. The answer has the `id` that a refund names.
   * @example
   * const order = { id: 'A-3', source: 'instore', vendor: '999999', payments: [{ tender: 'cash', amount: 9.5 }], basket: { posEntries } } as const
   * const { id } = await client.orders.bill({ member: memberId, order })
   */
  bill(call: OrderCall, options?: CallOptions): Promise<Transaction> {
    return this.post('billed', call, options)
  }

  /**
   * Awards the points. Does the work of the steps that were left out, too.
   * @example
   * const order = { id: 'A-4', source: 'instore', vendor: '999999', payments: [{ tender: 'cash', amount: 9.5 }], basket: { posEntries } } as const
   * const { points_earned } = await client.orders.complete({ member: memberId, order })
   */
  complete(call: OrderCall, options?: CallOptions): Promise<Transaction> {
    return this.post('completed', call, options)
  }

  /**
   * Before completion: drops the hold, gives back what was redeemed. The id is used up. Harmless for an order that never arrived.
   * @example
   * await client.orders.void({ member: memberId, order: { id: 'A-5', source: 'instore', vendor: '999999', basket: { posEntries } } })
   */
  void(call: OrderCall, options?: CallOptions): Promise<Transaction> {
    return this.post('voided', call, options)
  }

  /**
   * After `billed`: takes earned points back and returns what was redeemed. A smaller basket is a partial refund: give each its own `refund_id`,
   * so that a repeat is known as one (without it, a lost answer is not asked for again by itself).
   * @example
   * const order = { id: 'A-6', source: 'instore', vendor: '999999', basket: { posEntries } } as const
   * await client.orders.complete({ member: memberId, order })
   * await client.orders.refund({ member: memberId, order: { ...order, refund_id: 'A-6/1' } })
   */
  refund(call: OrderCall, options?: CallOptions): Promise<Transaction> {
    return this.post('refunded', call, options)
  }

  /**
   * Begins an order that cannot be held wrong. Nothing is sent yet.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'instore' })
   * await order.checkout({ posEntries })
   * await order.pay(async (due) => ({ payments: [{ tender: 'cash', amount: due }] }))
   * console.log(order.state) // completed
   */
  start({ member, store, source, id = newId() }: OrderStart): Order {
    const texts = { member, store, source, id }
    for (const [name, value] of Object.entries(texts)) {
      if (typeof value !== 'string' || value === '')
        throw new UsageError(`orders.start needs ${name}${name === 'member' ? ` (an id, or '${GUEST}')` : ''}.`, {
          reason: 'argument',
        })
    }
    return this.#session({ version: 1, state: 'open', member, order: { id, source, vendor: store } })
  }

  /**
   * Takes an order up again from the journal, and settles it: what was paid is billed and completed; what was being placed or charged when the
   * process died is voided, unless `findPayment` finds its payment. What was placed on purpose, billed or done stays as it is.
   * @example
   * for (const id of await client.orders.unfinished()) {
   *   const order = await client.orders.resume(id, {
   *     findPayment: async ({ orderId, due }) => undefined, // ask the payment provider; undefined: no money was taken
   *   })
   *   console.log(order.id, order.state)
   * }
   */
  async resume(orderId: string, options: ResumeOptions = {}): Promise<Order> {
    const { journal } = this.#settings
    const text = (await journal.get(OPEN + orderId)) ?? (await journal.get(DONE + orderId))
    if (text === undefined) {
      throw new UsageError(
        `The journal knows no order ${orderId}. Either nothing of it was ever sent, or it was kept in another journal: give this client the one that the order was made with.`,
        {
          reason: 'order_unknown',
          orderId,
        },
      )
    }
    const order = this.#session(readRecord(text, orderId))
    await order.settle(options)
    return order
  }

  /**
   * The ids of orders that an earlier run left unsettled, and of those that are placed or billed on purpose. Ask at every start.
   * @example
   * const ids = await client.orders.unfinished()
   * console.log(ids.length) // 0
   */
  async unfinished(): Promise<string[]> {
    return (await this.#settings.journal.keys(OPEN)).map((key) => key.slice(OPEN.length))
  }

  /**
   * Forgets orders that were settled before an instant; they can no longer be refunded from the journal. Returns how many.
   * @example
   * const month = 30 * 24 * 3600 * 1000
   * await client.orders.forget({ settledBefore: Date.now() - month })
   */
  async forget({ settledBefore }: { readonly settledBefore: number }): Promise<number> {
    const { journal } = this.#settings
    let forgotten = 0
    for (const key of await journal.keys(DONE)) {
      const text = await journal.get(key)
      if (text === undefined || (settledAt(text) ?? 0) >= settledBefore) continue
      await journal.remove(key)
      forgotten += 1
    }
    return forgotten
  }

  #session(record: OrderRecord): Order {
    const around = { post: this.post, journal: this.#settings.journal, finishLater: this.#finishLater }
    return new Order(record, around, (next) => this.#session(next))
  }
}

/** A record that cannot be read any more can be forgotten. */
function settledAt(text: string): number | undefined {
  try {
    return readRecord(text, '').settledAt
  } catch (error) {
    if (error instanceof JournalError) return undefined
    throw error
  }
}
