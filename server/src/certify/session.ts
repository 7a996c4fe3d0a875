import { codeOf, jsonOf, type RewardEntry, rewardsOf, type Transaction, transactionOf } from './answers.ts'
import type { Item, Menu } from './menu.ts'
import type { Exchange, Partner, Signing } from './partner.ts'
import { CheckBlocked, type Recorder } from './recorder.ts'

/** What is bought. */
export type Cart = readonly { readonly item: Item; readonly quantity: number }[]

export type Status = 'checkout' | 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'

export interface Order {
  readonly id: string
  /** A member id, or `guest`. */
  readonly member: string
  readonly cart: Cart
  /** Money in minor units; without `discount` the server says what it comes to. */
  readonly reward?: { readonly id: string; readonly discount?: number }
  /** The transaction that `billed` returned, for the refund. */
  readonly transaction?: string
}

/** What a member has, as the server shows it. */
export interface Purse {
  readonly quantity: number
  readonly units: string
  readonly rewards: readonly RewardEntry[]
  /** Of the balance: tiers of points banking with their price, and what the points are worth. */
  readonly shown: readonly {
    readonly label: string
    readonly offer: string
    readonly quantity: number
    readonly points?: number
  }[]
  readonly programLabel: string
  readonly threshold?: number
}

export interface Place {
  readonly accountId: string
  readonly store: string
  readonly menu: Menu
}

/** The calls of one check, recorded as they are made. */
export interface Session extends Recorder {
  readonly place: Place
  send(purpose: string, method: 'GET' | 'POST', target: string, body?: object, signing?: Signing): Promise<Exchange>
  lookUp(purpose: string, phone: string): Promise<Exchange>
  /** A phone that no member of this run has. */
  freshPhone(): string
  /** A new member's id. */
  newMember(): Promise<string>
  order(purpose: string, order: Order, status: Status, change?: object): Promise<Exchange>
  /** An order call that has to be accepted. */
  accepted(order: Order, status: Status, why?: string): Promise<Transaction>
  newOrder(member: string, cart: Cart, reward?: Order['reward']): Order
  purse(member: string, why: string): Promise<Purse>
  /** The discount of a quote in minor units; 0 where the reward does not apply. */
  quote(member: string, cart: Cart, reward: NonNullable<Order['reward']>): Promise<number>
  /** Fails with what changed, unless the member has the same as before. */
  expectSame(member: string, before: Purse, why: string): Promise<void>
  refused(exchange: Exchange, status: number, codes: readonly number[]): void
}

/** Names that nobody else uses: of members and orders. */
export interface Names {
  phone(): string
  order(): string
}

export function createSession(partner: Partner, place: Place, names: Names, recorder: Recorder): Session {
  const { accountId, store, menu } = place
  const decimal = (minor: number) => minor / 10 ** menu.digits

  const session: Session = {
    ...recorder,
    place,
    freshPhone: names.phone,

    async send(purpose, method, target, body, signing) {
      const exchange = await partner.send(method, target, body, signing)
      recorder.add(purpose, exchange)
      if (exchange.status === 0) recorder.expect(exchange, 'an answer', false, exchange.answer)
      return exchange
    },

    lookUp: (purpose, phone) => session.send(purpose, 'POST', '/loyalty/accounts', { customer: { phone } }),

    newMember: () =>
      recorder.prepare('a new member', async () => {
        const exchange = await session.lookUp('a new member', names.phone())
        const { id } = jsonOf(exchange)
        recorder.expect(exchange, '200 or 201 with an id', exchange.status < 300 && typeof id === 'string', shown(exchange))
        return String(id)
      }),

    newOrder: (member, cart, reward) => ({ id: names.order(), member, cart, ...(reward && { reward }) }),

    order: (purpose, order, status, change = {}) =>
      session.send(purpose, 'POST', `/loyalty/accounts/${encodeURIComponent(order.member)}/orders`, {
        ...bodyOf(order, status),
        ...change,
      }),

    async accepted(order, status, why = status) {
      const exchange = await session.order(why, order, status)
      recorder.expect(exchange, 'status 200', exchange.status === 200, shown(exchange))
      const transaction = transactionOf(exchange)
      recorder.expect(exchange, `transaction.status "${status}"`, transaction.status === status, `"${transaction.status}"`)
      return transaction
    },

    async purse(member, why) {
      const account = `/loyalty/accounts/${encodeURIComponent(member)}`
      const balance = await session.send(why, 'GET', `${account}/balance`)
      recorder.expect(balance, 'status 200', balance.status === 200, shown(balance))
      const rewards = await session.send(why, 'GET', `${account}/rewards?store=${encodeURIComponent(store)}`)
      recorder.expect(rewards, 'status 200', rewards.status === 200, shown(rewards))
      return purseOf(balance, rewards)
    },

    quote: (member, cart, reward) =>
      recorder.prepare('a quote', async () => {
        const exchange = await session.order('a quote', session.newOrder(member, cart, reward), 'checkout')
        recorder.expect(exchange, 'status 200', exchange.status === 200, shown(exchange))
        return minorOf(transactionOf(exchange).discount ?? 0, menu.digits)
      }),

    async expectSame(member, before, why) {
      const after = await session.purse(member, why)
      const last = recorder.evidence.at(-1)?.exchange
      const [was, is] = [tell(before), tell(after)]
      if (last) recorder.expect(last, `what the member had before (${was})`, was === is, is)
    },

    refused(exchange, status, codes) {
      const good = exchange.status === status && codes.includes(Number(codeOf(exchange)))
      recorder.expect(exchange, `status ${status} with code ${codes.join(' or ')}`, good, shown(exchange))
    },
  }
  return session

  function bodyOf({ id, cart, reward, transaction }: Order, status: Status): object {
    const subtotal = worthOf(cart)
    const discount = reward?.discount ?? 0
    const isPaid = status !== 'checkout'
    const total = decimal(subtotal - discount)
    return {
      id,
      status,
      source: 'instore',
      vendor: store,
      brand: accountId,
      type: 'regular',
      rendition: 'onsite',
      subtotal: decimal(subtotal),
      discount: decimal(discount),
      tax: 0,
      total,
      ...(isPaid && { payments: [{ tender: 'credit', issuer: 'visa', suffix: '1111', amount: total }] }),
      ...(status === 'refunded' && transaction !== undefined && { transaction }),
      basket: {
        uuid: `${id}-basket`,
        ...(reward && {
          rewards: [
            {
              provider: 'spendgo',
              id: reward.id,
              level: 'order',
              ...(reward.discount !== undefined && { discount: decimal(discount) }),
            },
          ],
        }),
        posEntries: cart.map(({ item, quantity }) => ({
          posItem: {
            label: item.label,
            cost: decimal(item.price),
            product: item.product,
            ...(item.category !== undefined && { categories: [item.category] }),
          },
          quantity,
        })),
      },
    }
  }
}

export const worthOf = (cart: Cart): number => cart.reduce((sum, { item, quantity }) => sum + item.price * quantity, 0)
export const minorOf = (amount: number, digits: number): number => Math.round(amount * 10 ** digits)

/** An answer in a few words. */
export function shown({ status, answer }: Exchange): string {
  return status === 0 ? answer : `${status} ${answer.slice(0, SHOWN_MAX)}${answer.length > SHOWN_MAX ? '…' : ''}`
}
const SHOWN_MAX = 300

/** What a member has, in words: two purses are the same when these are. */
export function tell({ quantity, units, rewards, shown }: Purse): string {
  const listed = rewards.map(({ label, quantity, value }) => `${label} ×${quantity} (${value})`).sort()
  const counted = shown.map(({ label, quantity, points }) => `${label} ×${quantity}${points === undefined ? '' : ` @${points}`}`)
  return `${quantity} ${units}; redeemable: ${listed.join(', ') || 'nothing'}; in the balance: ${counted.sort().join(', ') || 'nothing'}`
}

function purseOf(balance: Exchange, rewards: Exchange): Purse {
  const json = jsonOf(balance)
  const { spend_threshold: threshold } = json
  return {
    quantity: Number(json.quantity),
    units: String(json.units),
    programLabel: String(json.label ?? ''),
    ...(typeof threshold === 'number' && { threshold }),
    rewards: rewardsOf(rewards),
    shown: (Array.isArray(json.rewards) ? json.rewards : []).map((entry) => {
      const { label, offer, quantity, points } = Object(entry) as Record<string, unknown>
      return {
        label: String(label),
        offer: String(offer).toLowerCase(),
        quantity: Number(quantity),
        ...(typeof points === 'number' && { points }),
      }
    }),
  }
}

/** Buys until the member has what is wanted. */
export async function earnUntil(
  session: Session,
  member: string,
  enough: (purse: Purse) => boolean,
  what: string,
): Promise<Purse> {
  return session.prepare(`earning ${what}`, async () => {
    let purse = await session.purse(member, `does the member have ${what}?`)
    const first = purse
    for (let bought = 0; !enough(purse); bought++) {
      if (bought === PURCHASES_MAX)
        throw new CheckBlocked(
          `${PURCHASES_MAX} orders did not bring ${what}: from ${tell(first)} to ${tell(purse)}. Does the menu have what earns? --menu names one.`,
        )
      // Twice as much each time: a few orders reach any threshold, and a program that counts orders needs many small ones anyway.
      const order = session.newOrder(member, wholeMenu(session, Math.min(2 ** bought, TIMES_MAX)))
      for (const status of ['placed', 'billed', 'completed'] as const) await session.accepted(order, status)
      purse = await session.purse(member, `does the member have ${what}?`)
    }
    return purse
  })
}

const PURCHASES_MAX = 30
const TIMES_MAX = 8

export function wholeMenu({ place }: Session, times: number): Cart {
  return place.menu.items.map((item) => ({ item, quantity: times }))
}
