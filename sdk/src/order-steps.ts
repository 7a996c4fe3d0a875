import type { CallOptions } from './call.ts'
import { type Charge, type ChargeContext, type Paid, type PayOptions, type ResumeOptions, readCharge } from './charge.ts'
import { paidOrder, wireTime, withoutReward } from './draft.ts'
import { isUnclear, PaymentFailedError, PaymentKeptError, RegularsError, RewardError, UsageError } from './errors.ts'
import type { Journal } from './journal.ts'
import type { PostOrder } from './order-calls.ts'
import { DONE, OPEN, type OrderRecord, readRecord } from './order-record.ts'
import type { OrderDraft, OrderStatus, Transaction } from './shapes.ts'

/** What an order needs around it. */
export interface Surroundings {
  readonly post: PostOrder
  readonly journal: Journal
  /** Has an order settled when the server is back. */
  readonly finishLater: (orderId: string) => Promise<void>
}

/**
 * The steps of a session, each with its entry in the journal. Before money is taken, an entry that cannot be written ends the call; after it, the server is told all the same: a full
 * disk must not lose what was paid, and every step can be done again from the entry before it.
 */
export class OrderSteps {
  #record: OrderRecord
  #transaction: Transaction | undefined
  #paymentUnknown = false
  /** What this session wrote last: other text in the journal is another session's. */
  #written: string | undefined
  readonly #around: Surroundings

  constructor(record: OrderRecord, around: Surroundings) {
    this.#record = record
    this.#around = around
  }

  get id(): string {
    return this.#record.order.id ?? ''
  }

  get record(): OrderRecord {
    return this.#record
  }

  get transaction(): Transaction | undefined {
    return this.#transaction
  }

  get paymentUnknown(): boolean {
    return this.#paymentUnknown
  }

  /** Runs while nobody else works on this order, and from where the last one left it: an order that another session has paid must not be paid again. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    const { journal } = this.#around
    const release = await journal.lock(OPEN + this.id)
    try {
      const text = (await journal.get(OPEN + this.id)) ?? (await journal.get(DONE + this.id))
      if (text !== undefined && text !== this.#written) {
        this.#record = readRecord(text, this.id)
        this.#written = text
      }
      return await work()
    } finally {
      await release()
    }
  }

  async place(order: OrderDraft, { tender, signal, timeoutMs, retries }: PayOptions, paying: boolean): Promise<Transaction> {
    const before = this.#record
    const due = order.total ?? 0
    const placed = {
      ...order,
      placed: order.placed ?? wireTime(Date.now()),
      ...(tender !== undefined && { payments: [{ tender, amount: due }] }),
    }
    try {
      await this.save({ state: 'placing', order: placed, due, paying })
    } catch (error) {
      this.#record = before
      throw error
    }
    try {
      const transaction = await this.post('placed', placed, { signal, timeoutMs, retries })
      if (!paying) await this.#note({ state: 'placed' })
      return transaction
    } catch (error) {
      // Refused: nothing has changed, and the till can correct the cart.
      if (error instanceof RegularsError && !isUnclear(error)) await this.#restore(before)
      throw error
    }
  }

  /** Takes the money, between two entries. Rejects, voided, when there is none. */
  async charge(charge: Charge, { complete = true }: PayOptions): Promise<void> {
    const context: ChargeContext = { orderId: this.id, due: this.#record.due ?? 0 }
    try {
      await this.save({ state: 'charging', paying: true, stopAtBilled: !complete })
    } catch (error) {
      await this.undo()
      throw error
    }
    const { payments, tip } = await readCharge(charge, context, async (cause, words) => {
      const isVoided = await this.undo()
      const end = isVoided ? 'The order is voided' : 'The order will be voided as soon as the server can be reached'
      throw new PaymentFailedError(`The payment failed: ${words} ${end}; to sell it, begin again: order.again().`, {
        reason: 'payment_declined',
        orderId: this.id,
        cause,
      })
    })
    await this.#note({ state: 'paid', order: paidOrder(this.order(), payments, tip), payments })
  }

  /** Ends a charge that nobody saw the end of. */
  async settleCharge(findPayment: ResumeOptions['findPayment']): Promise<void> {
    const payments = await findPayment?.({ orderId: this.id, due: this.#record.due ?? 0 })
    if (payments === undefined) {
      await this.void()
      this.#paymentUnknown = findPayment === undefined
      return
    }
    await this.#note({ state: 'paid', order: paidOrder(this.order(), payments), payments })
    await this.tellPayment()
  }

  /** Bills and completes what is paid. */
  async tellPayment(): Promise<Paid> {
    try {
      const rewardRefused = await this.#bill()
      const isBilledOnly = this.#record.stopAtBilled === true
      const transaction = isBilledOnly ? this.#transaction : await this.complete()
      return {
        kind: isBilledOnly ? 'billed' : 'completed',
        ...(transaction && { transaction }),
        ...(rewardRefused && { rewardRefused }),
      }
    } catch (cause) {
      const isQueued = isUnclear(cause) && (await this.finishLater())
      const next = isQueued
        ? 'It is queued, and sent when the server is back: client.outbox.'
        : 'Look at what it says, and then call orders.resume(id).'
      throw new PaymentKeptError(
        `Order ${this.id} is paid, and the money must not be taken again, but the server has not recorded it: ${cause instanceof Error ? cause.message : String(cause)} ${next}`,
        { reason: 'payment_kept', retryable: isUnclear(cause), orderId: this.id, cause },
      )
    }
  }

  async complete(options?: CallOptions): Promise<Transaction> {
    // From here on a crash is settled by completing it.
    if (this.#record.stopAtBilled) await this.#note({ stopAtBilled: false })
    const transaction = await this.post('completed', this.order(), options)
    await this.#note({ state: 'completed' })
    return transaction
  }

  async void(options?: CallOptions): Promise<void> {
    if (this.#record.state !== 'open') {
      await this.#note({ state: 'voiding' })
      await this.post('voided', this.order(), options)
    }
    await this.#note({ state: 'voided' })
  }

  /** Voids with one attempt, for somebody waits; what does not arrive is queued. Whether it arrived. */
  async undo(): Promise<boolean> {
    try {
      await this.void({ retries: 0 })
      return true
    } catch (error) {
      if (isUnclear(error)) await this.finishLater()
      return false
    }
  }

  async sendRefund(options?: CallOptions): Promise<Transaction> {
    const { refund } = this.#record
    if (refund === undefined) throw new UsageError('There is no refund to send.', { reason: 'order_state', orderId: this.id })
    try {
      const transaction = await this.post('refunded', refund.order, options)
      await this.#note({ state: refund.whole ? 'refunded' : refund.from, refund: undefined })
      return transaction
    } catch (error) {
      if (error instanceof RegularsError && !isUnclear(error)) await this.#note({ state: refund.from, refund: undefined })
      throw error
    }
  }

  /** Has the outbox settle this order. Whether that could be noted. */
  async finishLater(): Promise<boolean> {
    return this.#around.finishLater(this.id).then(
      () => true,
      () => false,
    )
  }

  async post(status: OrderStatus, order: OrderDraft, options?: CallOptions): Promise<Transaction> {
    const transaction = await this.#around.post(status, { member: this.#record.member, order }, options)
    if (status !== 'checkout') this.#transaction = { ...this.#transaction, ...transaction }
    return transaction
  }

  /** Writes first, so that what comes next happens only under an entry that says so. What is settled moves out of the way. */
  async save(change: Partial<OrderRecord>): Promise<void> {
    const { journal } = this.#around
    const changed: OrderRecord = { ...this.#record, ...change }
    const isSettled = changed.state === 'completed' || changed.state === 'voided' || changed.state === 'refunded'
    // In memory at once: when the entry of a payment cannot be written, the session still knows of it.
    this.#record = isSettled ? { ...changed, settledAt: Date.now() } : changed
    const text = JSON.stringify(this.#record)
    await journal.put((isSettled ? DONE : OPEN) + this.id, text)
    this.#written = text
    if (isSettled) await journal.remove(OPEN + this.id)
  }

  /** What every call says of it, once there is a cart. */
  order(): OrderDraft {
    const { order } = this.#record
    if (order.basket) return { ...order, basket: order.basket }
    throw new UsageError(`Order ${this.id} has no cart yet: call checkout(cart) first.`, {
      reason: 'order_state',
      orderId: this.id,
    })
  }

  /** Money and discount are given; a reward that is refused now must not cost the customer the points as well. */
  async #bill(): Promise<RewardError | undefined> {
    const order = this.order()
    try {
      const { id } = await this.post('billed', order)
      await this.#note({ state: 'billed', ...(id !== undefined && { transactionId: id }) })
      return undefined
    } catch (error) {
      if (!(error instanceof RewardError) || order.basket.rewards === undefined) throw error
      await this.#note({ order: withoutReward(order) })
      await this.#bill()
      return error
    }
  }

  /** An entry that is better kept, and that the call does without. */
  async #note(change: Partial<OrderRecord>): Promise<void> {
    await this.save(change).catch(() => undefined)
  }

  async #restore(before: OrderRecord): Promise<void> {
    this.#record = before
    if (before.state !== 'open') await this.#note({})
    else await this.#around.journal.remove(OPEN + this.id).catch(() => undefined)
    if (before.state === 'open') this.#written = undefined
  }
}
