import type { CallOptions } from './call.ts'
import type { Charge, Paid, PayOptions, ResumeOptions } from './charge.ts'
import { type Draft, orderOf, refundOf, rewardOf } from './draft.ts'
import { isUnclear, OfflineRedemptionError, UsageError } from './errors.ts'
import { demand, type OrderRecord, type OrderState, type SessionCall } from './order-record.ts'
import { OrderSteps, type Surroundings } from './order-steps.ts'
import type { AppliedReward, Cart, OrderDraft, PosEntry, Transaction } from './shapes.ts'
import { newId } from './signing.ts'

/** What a customer saves, or why not. */
export interface Quote extends Transaction {
  /** Whether the reward that was asked for applies. Where it does not, the order goes on without it. */
  readonly applied: boolean
  /** What the customer pays: the cart less every discount, with tax, tip and delivery. */
  readonly due: number
}

/**
 * One order from cart to receipt, which keeps its own order: a call that is not its turn is an error before anything is sent, money is taken only for what
 * is placed, and what the journal says is enough to settle it after a crash.
 */
export class Order {
  #draft: Draft | undefined
  #busy = false
  readonly #steps: OrderSteps
  readonly #start: (record: OrderRecord) => Order

  /** Sessions are begun by `orders.start` and taken up again by `orders.resume`. */
  constructor(record: OrderRecord, around: Surroundings, start: (record: OrderRecord) => Order) {
    this.#steps = new OrderSteps(record, around)
    this.#start = start
  }

  /** The till's order number. */
  get id(): string {
    return this.#steps.id
  }

  /** A member's id, or `'guest'`. */
  get member(): string {
    return this.#steps.record.member
  }

  /** Where the order is, as this side knows it. */
  get state(): OrderState {
    return this.#steps.record.state
  }

  /** The server's last answer, such as points earned or a guest's receipt code. */
  get transaction(): Transaction | undefined {
    return this.#steps.transaction
  }

  /** The order died while it was charged and was voided without asking whether money had been taken: compare it with the payment provider's list. */
  get paymentUnknown(): boolean {
    return this.#steps.paymentUnknown
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
      draft.quote = await this.#steps.post('checkout', asked, options)
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
    return this.#alone('place', () => this.#place(options, false))
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
    if (typeof charge !== 'function') {
      throw new UsageError(
        'pay takes a function that takes the money: pay(async (due) => ({ payments: [{ tender, amount: due }] })).',
        { reason: 'argument' },
      )
    }
    return this.#alone('pay', async () => {
      const isOnline = this.#draft === undefined || (await this.#placeToPay(options))
      await this.#steps.charge(charge, options)
      if (isOnline) return this.#steps.tellPayment()
      await this.#steps.finishLater()
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
    return this.#alone('complete', () => this.#steps.complete(options))
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
    await this.#alone('void', () => this.#steps.void(options))
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
    return this.#alone('refund', async () => {
      const { state, transactionId } = this.#steps.record
      const order = refundOf(this.#steps.order(), refundId, transactionId, lines)
      const from = state === 'billed' ? 'billed' : 'completed'
      await this.#steps.save({ state: 'refunding', refund: { order, from, whole: lines === undefined } })
      return this.#steps.sendRefund(options)
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
    const { source, vendor } = this.#steps.record.order
    return this.#start({ version: 1, state: 'open', member: this.member, order: { id, source, vendor } })
  }

  /** What `orders.resume` does: ends what a crash or an outage left in the middle. */
  async settle({ findPayment }: ResumeOptions = {}): Promise<void> {
    const steps = this.#steps
    await this.#alone(undefined, async () => {
      const { state, paying, stopAtBilled } = steps.record
      if (state === 'placing') await (paying ? steps.void() : this.#place({}, false))
      else if (state === 'charging') await steps.settleCharge(findPayment)
      else if (state === 'paid') await steps.tellPayment()
      else if (state === 'billed' && !stopAtBilled) await steps.complete()
      else if (state === 'voiding') await steps.void()
      else if (state === 'refunding') await steps.sendRefund()
    })
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
      await this.#steps.undo()
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

  async #place(options: PayOptions, paying: boolean): Promise<Transaction> {
    const order = this.#draft ? this.#quotedOrder(this.#draft) : this.#steps.order()
    const transaction = await this.#steps.place(order, options, paying)
    this.#draft = undefined
    return transaction
  }

  /** Throws unless a call may be made now. */
  #demand(call: SessionCall): void {
    demand(call, this.state, this.id)
    const facts = { orderId: this.id }
    if ((call === 'place' || call === 'pay') && this.state === 'open' && this.#draft === undefined) {
      throw new UsageError(
        `${call}() needs a cart that the server has not refused: call checkout(cart) first. Nothing was sent.`,
        { ...facts, reason: 'order_state' },
      )
    }
    if (!this.#busy) return
    throw new UsageError(
      `${call}() was called while another call of order ${this.id} was under way. Wait for that one (await); nothing was sent.`,
      { ...facts, reason: 'order_busy' },
    )
  }

  /** One call at a time, in this process and in every other that uses the journal; what another has done meanwhile counts. */
  async #alone<T>(call: SessionCall | undefined, work: () => Promise<T>): Promise<T> {
    if (call) this.#demand(call)
    this.#busy = true
    try {
      return await this.#steps.locked(() => {
        if (call) demand(call, this.state, this.id)
        return work()
      })
    } finally {
      this.#busy = false
    }
  }

  #orderOf(draft: Draft): OrderDraft & { readonly total: number } {
    const { source, vendor } = this.#steps.record.order
    return orderOf({ id: this.id, source, vendor }, draft)
  }

  #quotedOrder(draft: Draft): OrderDraft {
    if (draft.reward === undefined || draft.quote !== undefined) return this.#orderOf(draft)
    throw new OfflineRedemptionError(
      'This reward has not been quoted: the server did not answer checkout. Wait for its answer, or check out without the reward. Nothing was charged.',
      { reason: 'offline_redemption', orderId: this.id },
    )
  }
}
