import { type Charge, type ChargeContext, readCharge } from './charge.ts'
import { type Draft, orderOf, paidOrder, refundOf, rewardOf, withoutReward } from './draft.ts'
import {
  isUnclear,
  OfflineRedemptionError,
  PaymentFailedError,
  PaymentKeptError,
  RegularsError,
  RewardError,
  UsageError,
} from './errors.ts'
import type { Journal } from './journal.ts'
import type { PostOrder } from './order-calls.ts'
import { DONE, demand, OPEN, type OrderRecord, type OrderState, type SessionCall } from './order-record.ts'
import type { Outbox } from './outbox.ts'
import type { AppliedReward, Cart, OrderDraft, OrderStatus, Payment, PosEntry, Transaction } from './shapes.ts'
import { newId } from './signing.ts'
import type { CallOptions } from './transport.ts'

/** What a customer saves, or why not. */
export interface Quote extends Transaction {
  /** Whether the reward that was asked for applies. Where it does not, the order goes on without it. */
  readonly applied: boolean
  /** What the customer pays: the cart less every discount, with tax, tip and delivery. */
  readonly due: number
}

/** A paid order. */
export interface Paid {
  /** `queued`: the server was away; the sale is in the journal, and its points follow. */
  readonly kind: 'completed' | 'billed' | 'queued'
  /** The server's answer; none while it is queued. */
  readonly transaction?: Transaction
  /** The reward was refused after its discount had been given and the money taken; the order was billed without it. */
  readonly rewardRefused?: RewardError
}

export interface PayOptions extends CallOptions {
  /** How it is going to be paid, where that is known before: it is said when the order is placed. */
  readonly tender?: Payment['tender']
  /** False stops at billed, for an order that is handed over later; `complete()` ends it then. */
  readonly complete?: boolean
  /** Sell on when the server cannot be reached: the sale is queued and earns later. A reward cannot be used then. */
  readonly offline?: boolean
}

export interface ResumeOptions {
  /** Asks the payment provider about an order that died while it was charged: its payments, or undefined where no money was taken. */
  readonly findPayment?: (charge: ChargeContext) => Promise<readonly Payment[] | undefined>
}

interface Surroundings {
  readonly post: PostOrder
  readonly journal: Journal
  readonly outbox: () => Outbox
  readonly start: (record: OrderRecord) => Order
}

/**
 * One order from cart to receipt, which keeps its own order: a call that is not its turn is an error before anything is sent, money is taken only for what
 * is placed, and what the journal says is enough to settle it after a crash.
 */
export class Order {
  #record: OrderRecord
  #draft: Draft | undefined
  #transaction: Transaction | undefined
  #busy = false
  #paymentUnknown = false
  readonly #around: Surroundings

  /** Sessions are begun by `orders.start` and taken up again by `orders.resume`. */
  constructor(record: OrderRecord, around: Surroundings) {
    this.#record = record
    this.#around = around
  }

  /** The till's order number. */
  get id(): string {
    return this.#record.order.id ?? ''
  }

  /** A member's id, or `'guest'`. */
  get member(): string {
    return this.#record.member
  }

  /** Where the order is, as this side knows it. */
  get state(): OrderState {
    return this.#record.state
  }

  /** The server's last answer, such as points earned or a guest's receipt code. */
  get transaction(): Transaction | undefined {
    return this.#transaction
  }

  /** The order died while it was charged and was voided without asking whether money had been taken: compare it with the payment provider's list. */
  get paymentUnknown(): boolean {
    return this.#paymentUnknown
  }

  /**
   * Quotes a cart, as often as it changes. Nothing is held. Of two quotes that overlap, the one asked for last counts.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'instore' })
   * const quote = await order.checkout({ posEntries, tax: 0.84 }, rewardId)
   * console.log(quote.applied ? quote.discount : quote.message, quote.due)
   */
  async checkout(cart: Cart, reward?: string | AppliedReward, options?: CallOptions): Promise<Quote> {
    this.#demand('checkout')
    const draft: Draft = { cart, reward: rewardOf(reward), quote: undefined }
    const asked = this.#orderOf(draft)
    this.#draft = draft
    try {
      draft.quote = await this.#post('checkout', asked, options)
    } catch (error) {
      // A cart that is wrong must not be paid for; one that could not be asked about may be, without a reward.
      if (this.#draft === draft && !isUnclear(error)) this.#draft = undefined
      throw error
    }
    const { total } = this.#orderOf(draft)
    return { ...draft.quote, applied: draft.quote.discount > 0, due: total }
  }

  /**
   * Holds the reward and stays there, for an order that is paid later: at pickup, or by another process after `orders.resume`.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'web' })
   * await order.checkout({ posEntries, rendition: 'pickup' })
   * await order.place()
   * console.log(order.state) // placed
   */
  async place(options: Pick<PayOptions, 'tender'> & CallOptions = {}): Promise<Transaction> {
    this.#demand('place')
    return this.#alone(() => this.#place(options, false))
  }

  /**
   * Places the order, runs the payment, bills and completes. A payment that is declined or throws voids the order and rejects with PaymentFailedError. When
   * the money is taken and the server cannot be told, it rejects with PaymentKeptError: the outbox or `orders.resume` tells it later; never charge again.
   * @param charge takes the money: resolves to `{ payments }`, or to `{ declined: 'why' }`. Give the order's id to the payment provider, so that
   * `findPayment` can ask for it after a crash.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'instore' })
   * await order.checkout({ posEntries })
   * const paid = await order.pay(async (due, { orderId }) => ({ payments: [{ tender: 'credit', suffix: '4242', amount: due }] }), { tender: 'credit' })
   * console.log(paid.kind, paid.transaction?.points_earned)
   */
  async pay(charge: Charge, options: PayOptions = {}): Promise<Paid> {
    this.#demand('pay')
    if (typeof charge !== 'function')
      throw new UsageError(
        'pay takes a function that takes the money: pay(async (due) => ({ payments: [{ tender, amount: due }] })).',
        { reason: 'argument' },
      )
    return this.#alone(async () => {
      const isOnline = this.#draft === undefined || (await this.#placeToPay(options))
      await this.#charge(charge, options)
      if (isOnline) return this.#tellPayment()
      await this.#around.outbox().finish(this.id)
      return { kind: 'queued' }
    })
  }

  /**
   * Ends an order that was billed before: it is handed over, and points are awarded.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'web' })
   * await order.checkout({ posEntries })
   * await order.pay(async (due) => ({ payments: [{ tender: 'credit', amount: due }] }), { complete: false })
   * await order.complete()
   */
  async complete(options?: CallOptions): Promise<Transaction> {
    this.#demand('complete')
    return this.#alone(() => this.#complete(options))
  }

  /**
   * Takes the order back before it is completed: the reward is free again. Money that was taken is the till's to give back. The id is used up.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'instore' })
   * await order.checkout({ posEntries })
   * await order.place()
   * await order.void()
   */
  async void(options?: CallOptions): Promise<void> {
    this.#demand('void')
    await this.#alone(() => this.#void(options))
  }

  /**
   * Takes the order back after it was billed: wholly, or some lines of it. Each refund has an id, kept before it is sent, so that a lost answer cannot make two of one.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'instore' })
   * await order.checkout({ posEntries })
   * await order.pay(async (due) => ({ payments: [{ tender: 'cash', amount: due }] }))
   * const { refund_amount } = await order.refund({ lines: [{ ...posEntries[0], quantity: 1 }] })
   */
  async refund({
    lines,
    refundId = newId(),
    ...options
  }: { readonly lines?: readonly PosEntry[]; readonly refundId?: string } & CallOptions = {}): Promise<Transaction> {
    this.#demand('refund')
    return this.#alone(async () => {
      const from = this.state === 'billed' ? 'billed' : 'completed'
      const order = refundOf(this.#placed(), refundId, this.#record.transactionId, lines)
      await this.#save({ state: 'refunding', refund: { order, from, whole: lines === undefined } })
      return this.#sendRefund(options)
    })
  }

  /**
   * A new order of the same member at the same store, with an id of its own: after a declined payment, which used this one's up.
   * @example
   * const order = client.orders.start({ member: memberId, store: '999999', source: 'instore' })
   * const next = order.again()
   * await next.checkout({ posEntries })
   */
  again(id: string = newId()): Order {
    const { source, vendor } = this.#record.order
    return this.#around.start({ version: 1, state: 'open', member: this.member, order: { id, source, vendor } })
  }

  /** What `orders.resume` does: ends what a crash or an outage left in the middle. */
  async settle({ findPayment }: ResumeOptions = {}): Promise<void> {
    const steps: Partial<Record<OrderState, () => Promise<unknown>>> = {
      placing: () => (this.#record.paying ? this.#void() : this.#place({}, false)),
      charging: () => this.#settleCharge(findPayment),
      paid: () => this.#tellPayment(),
      billed: async () => this.#record.stopAtBilled || (await this.#complete()),
      voiding: () => this.#void(),
      refunding: () => this.#sendRefund(),
    }
    const step = steps[this.state]
    if (step) await this.#alone(step)
  }

  /** True when placed; false when it could not be, and is sold without. Rejects when it must not be sold. */
  async #placeToPay(options: PayOptions): Promise<boolean> {
    const hasReward = this.#draft?.reward !== undefined
    try {
      await this.#place(options, true)
      return true
    } catch (error) {
      if (this.state !== 'placing') throw error
      if (options.offline && isUnclear(error) && !hasReward) return false
      await this.#undo()
      if (!options.offline || !isUnclear(error)) throw error
      throw new OfflineRedemptionError(
        'The loyalty server cannot be reached, so the reward cannot be used now. Nothing was charged. Sell without the reward, or wait until the server is back.',
        {
          reason: 'offline_redemption',
          orderId: this.id,
          details: 'Rewards cannot be used at the moment. Your points will still be added.',
          cause: error,
        },
      )
    }
  }

  async #place({ tender, signal, timeoutMs, retries }: PayOptions, paying: boolean): Promise<Transaction> {
    const before = this.#record
    const order = this.#draft ? this.#quotedOrder(this.#draft) : this.#placed()
    const planned = { tender, amount: order.total ?? 0 }
    const placed = {
      ...order,
      placed: order.placed ?? wireTime(Date.now()),
      ...(tender !== undefined && { payments: [planned] }),
    }
    await this.#save({ state: 'placing', order: placed, due: planned.amount, paying })
    try {
      const transaction = await this.#post('placed', placed, { signal, timeoutMs, retries })
      if (!paying) await this.#save({ state: 'placed' })
      this.#draft = undefined
      return transaction
    } catch (error) {
      // Refused: nothing has changed, and the till can correct the cart.
      if (error instanceof RegularsError && !isUnclear(error)) await this.#restore(before)
      throw error
    }
  }

  /** Takes the money, between two entries of the journal. Rejects, voided, when there is none. */
  async #charge(charge: Charge, { complete = true }: PayOptions): Promise<void> {
    const context: ChargeContext = { orderId: this.id, due: this.#record.due ?? 0 }
    try {
      await this.#save({ state: 'charging', paying: true, stopAtBilled: !complete })
    } catch (error) {
      await this.#undo()
      throw error
    }
    const { payments, tip } = await readCharge(charge, context, async (cause, words) => {
      const isVoided = await this.#undo()
      const end = isVoided ? 'The order is voided' : 'The order will be voided as soon as the server can be reached'
      throw new PaymentFailedError(`The payment failed: ${words} ${end}; to sell it, begin again: order.again().`, {
        reason: 'payment_declined',
        orderId: this.id,
        cause,
      })
    })
    const paid = { state: 'paid', order: paidOrder(this.#placed(), payments, tip), payments } as const
    // A full disk must not lose money that is taken: the server is told all the same.
    await this.#save(paid).catch(() => undefined)
  }

  async #settleCharge(findPayment: ResumeOptions['findPayment']): Promise<void> {
    const payments = await findPayment?.({ orderId: this.id, due: this.#record.due ?? 0 })
    if (payments === undefined) {
      await this.#void()
      this.#paymentUnknown = findPayment === undefined
      return
    }
    await this.#save({ state: 'paid', order: paidOrder(this.#placed(), payments), payments })
    await this.#tellPayment()
  }

  /** Bills and completes what is paid. */
  async #tellPayment(): Promise<Paid> {
    try {
      const rewardRefused = await this.#bill()
      const isBilledOnly = this.#record.stopAtBilled === true
      const transaction = isBilledOnly ? this.#transaction : await this.#complete()
      return {
        kind: isBilledOnly ? 'billed' : 'completed',
        ...(transaction && { transaction }),
        ...(rewardRefused && { rewardRefused }),
      }
    } catch (cause) {
      const isQueued = isUnclear(cause)
      if (isQueued) await this.#around.outbox().finish(this.id)
      const next = isQueued
        ? 'It is queued, and sent when the server is back: client.outbox.'
        : 'The server refuses it, so a person has to look at it.'
      throw new PaymentKeptError(
        `Order ${this.id} is paid, and the money must not be taken again, but the server has not recorded it: ${cause instanceof Error ? cause.message : String(cause)} ${next}`,
        {
          reason: 'payment_kept',
          retryable: isQueued,
          orderId: this.id,
          cause,
        },
      )
    }
  }

  /** Money and discount are given; a reward that is refused now must not cost the customer the points as well. */
  async #bill(): Promise<RewardError | undefined> {
    const order = this.#placed()
    try {
      const { id } = await this.#post('billed', order)
      await this.#save({ state: 'billed', ...(id !== undefined && { transactionId: id }) })
      return undefined
    } catch (error) {
      if (!(error instanceof RewardError) || order.basket.rewards === undefined) throw error
      await this.#save({ order: withoutReward(order) })
      await this.#bill()
      return error
    }
  }

  async #complete(options?: CallOptions): Promise<Transaction> {
    const transaction = await this.#post('completed', this.#placed(), options)
    await this.#save({ state: 'completed' })
    return transaction
  }

  async #void(options?: CallOptions): Promise<void> {
    if (this.state === 'open') {
      this.#record = { ...this.#record, state: 'voided' }
      return
    }
    await this.#save({ state: 'voiding' })
    await this.#post('voided', this.#placed(), options)
    await this.#save({ state: 'voided' })
  }

  /** Voids with one attempt, for somebody waits; what does not arrive is queued. Whether it arrived. */
  async #undo(): Promise<boolean> {
    try {
      await this.#void({ retries: 0 })
      return true
    } catch (error) {
      if (isUnclear(error)) await this.#around.outbox().finish(this.id)
      return false
    }
  }

  async #sendRefund(options?: CallOptions): Promise<Transaction> {
    const { refund } = this.#record
    if (refund === undefined) throw new UsageError('There is no refund to send.', { reason: 'order_state', orderId: this.id })
    try {
      const transaction = await this.#post('refunded', refund.order, options)
      await this.#save({ state: refund.whole ? 'refunded' : refund.from, refund: undefined })
      return transaction
    } catch (error) {
      if (error instanceof RegularsError && !isUnclear(error)) await this.#save({ state: refund.from, refund: undefined })
      throw error
    }
  }

  #demand(call: SessionCall): void {
    demand(call, this.state, this.id)
    const needsCart = (call === 'place' || call === 'pay') && this.state === 'open' && this.#draft === undefined
    if (needsCart)
      throw new UsageError(
        `${call}() needs a cart that the server has not refused: call checkout(cart) first. Nothing was sent.`,
        { reason: 'order_state', orderId: this.id },
      )
    if (this.#busy) {
      throw new UsageError(
        `${call}() was called while another call of order ${this.id} was under way. Wait for that one (await); nothing was sent.`,
        { reason: 'order_busy', orderId: this.id },
      )
    }
  }

  /** One step at a time, in this process and in every other that uses the journal. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#busy = true
    try {
      const release = await this.#around.journal.lock(OPEN + this.id)
      try {
        return await work()
      } finally {
        await release()
      }
    } finally {
      this.#busy = false
    }
  }

  async #post(status: OrderStatus, order: OrderDraft, options?: CallOptions): Promise<Transaction> {
    const transaction = await this.#around.post(status, { member: this.member, order }, options)
    if (status !== 'checkout') this.#transaction = { ...this.#transaction, ...transaction }
    return transaction
  }

  /** Writes first, so that what comes next happens only under an entry that says so. What is settled moves out of the way. */
  async #save(change: Partial<OrderRecord>): Promise<void> {
    const { journal } = this.#around
    const changed: OrderRecord = { ...this.#record, ...change }
    const isSettled = changed.state === 'completed' || changed.state === 'voided' || changed.state === 'refunded'
    const settled = isSettled ? { ...changed, settledAt: Date.now() } : changed
    // In memory at once: when the entry of a payment cannot be written, the session still knows of it.
    this.#record = settled
    await journal.put((isSettled ? DONE : OPEN) + this.id, JSON.stringify(settled))
    if (isSettled) await journal.remove(OPEN + this.id)
  }

  async #restore(before: OrderRecord): Promise<void> {
    this.#record = before
    if (before.state === 'open') await this.#around.journal.remove(OPEN + this.id)
    else await this.#save({})
  }

  #orderOf(draft: Draft): OrderDraft & { readonly total: number } {
    const { source, vendor } = this.#record.order
    return orderOf({ id: this.id, source, vendor }, draft)
  }

  #quotedOrder(draft: Draft): OrderDraft {
    if (draft.reward === undefined || draft.quote !== undefined) return this.#orderOf(draft)
    throw new OfflineRedemptionError(
      'This reward has not been quoted: the server did not answer checkout. Wait for its answer, or check out without the reward. Nothing was charged.',
      {
        reason: 'offline_redemption',
        orderId: this.id,
      },
    )
  }

  #placed(): OrderDraft {
    const { order } = this.#record
    if (order.basket) return { ...order, basket: order.basket }
    throw new UsageError(`Order ${this.id} has no cart yet: call checkout(cart) first.`, {
      reason: 'order_state',
      orderId: this.id,
    })
  }
}

/** As the wire wants it: to the second, in UTC. */
export function wireTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
