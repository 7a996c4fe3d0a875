import {
  type Balance,
  ConnectionError,
  PaymentKeptError,
  RateLimitError,
  type Regulars,
  RegularsError,
  type Reward,
  ServerError,
  TimeoutError,
  type Transaction,
  UnexpectedAnswerError,
} from '@regulars/sdk'
import type { BalanceView, MemberAsk, RewardView } from '../api.ts'
import type { OrderRecord } from './order-record.ts'
import { Refused } from './refused.ts'
import type { WireCart } from './wire-cart.ts'

/** What a quote says of a reward. */
export interface RewardAnswer {
  readonly applied: boolean
  readonly discount: number
  readonly reason: string | null
  readonly message: string | null
}

/** The loyalty server as this shop asks it: minor units, and the shop's own words. Its orders live in `selling.ts`. */
export interface Loyalty {
  /** @throws Refused, RegularsError */
  findMember(ask: MemberAsk): Promise<{ readonly id: string; readonly isNew: boolean }>
  wallet(member: string): Promise<{ readonly balance: BalanceView; readonly rewards: RewardView[] }>
  balance(member: string): Promise<BalanceView>
  quote(order: OrderRecord): Promise<RewardAnswer>
  /** What the loyalty server answered when this order was completed: asking again changes nothing. */
  completed(order: OrderRecord): Promise<Transaction>
  void(order: OrderRecord): Promise<void>
  refund(order: OrderRecord, refund: string, lines: OrderRecord['lines']): Promise<Transaction>
}

export function askLoyalty(client: Regulars, { store, wire }: { store: string; wire: WireCart }): Loyalty {
  const draftOf = (order: OrderRecord, lines = order.lines) => {
    const { posEntries, ...cart } = wire.cart({ ...order, lines, totals: order, at: order.createdAt })
    return { id: order.id, source: order.source, vendor: store, ...cart, basket: { posEntries } }
  }
  const memberOf = ({ member }: OrderRecord) => member?.id ?? 'guest'
  return {
    async findMember({ phone, name }) {
      const made = await client.members
        .createOrRetrieve({ phone, ...(name && { name: splitName(name) }) })
        .catch((fault: unknown) => {
          if (fault instanceof RegularsError && fault.code === 2003)
            throw new Refused(
              'phone_invalid',
              'This is not a phone number. Type all its digits, area code first.',
              'phone_invalid',
            )
          throw fault
        })
      if (made.kind !== 'member') throw new Refused('loyalty_refused', 'This member has to confirm an email address first.')
      return { id: made.id, isNew: made.created }
    },
    async wallet(member) {
      const [balance, rewards] = await Promise.all([client.balance.retrieve(member), client.rewards.list(member, { store })])
      return { balance: viewBalance(balance), rewards: rewards.map((reward) => viewReward(reward, balance, wire)) }
    },
    balance: async (member) => viewBalance(await client.balance.retrieve(member)),
    async quote(order) {
      const session = client.orders.start({ member: memberOf(order), store, source: order.source, id: order.id })
      const { posEntries, ...cart } = wire.cart({ ...order, totals: order, at: order.createdAt })
      const { applied, discount, message, reason } = await session.checkout({ posEntries, ...cart }, order.reward?.id)
      return { applied, discount: wire.minor(discount), message: message ?? null, reason: reason ?? null }
    },
    completed(order) {
      const { basket, ...draft } = draftOf(order)
      const reward = order.reward?.applied ? [{ id: order.reward.id, discount: wire.decimal(order.discount) }] : []
      const payments = order.payment ? [wire.payment(order.payment)] : []
      const discount = wire.decimal(order.discount)
      return client.orders.complete({
        member: memberOf(order),
        order: { ...draft, discount, payments, basket: { ...basket, rewards: reward } },
      })
    },
    async void(order) {
      await client.orders.void({ member: memberOf(order), order: draftOf(order) })
    },
    refund: (order, refund, lines) =>
      client.orders.refund({
        member: memberOf(order),
        order: { ...draftOf(order, lines), subtotal: wire.decimal(sum(lines)), refund_id: refund },
      }),
  }
}

/** Whether the loyalty server is away, and not simply against it. */
export const isAway = (fault: unknown): boolean =>
  (fault instanceof PaymentKeptError && isAway(fault.cause)) ||
  [ConnectionError, TimeoutError, ServerError, RateLimitError, UnexpectedAnswerError].some((kind) => fault instanceof kind)

/** What a call that failed is answered with. */
export function toRefused(fault: unknown): Refused {
  if (fault instanceof Refused) return fault
  if (isAway(fault))
    return new Refused('offline', 'The loyalty server cannot be reached. Selling goes on; rewards have to wait.', 'offline')
  if (!(fault instanceof RegularsError)) throw fault
  return new Refused(
    fault.status === undefined || fault.status === 401 ? 'loyalty_failed' : 'loyalty_refused',
    fault.details ?? fault.message,
    fault.reason ?? null,
  )
}

const sum = (lines: OrderRecord['lines']) => lines.reduce((all, { amount }) => all + amount, 0)

function splitName(name: string): { first: string; last?: string } {
  const [first = name, ...rest] = name.trim().split(/\s+/)
  return rest.length > 0 ? { first, last: rest.join(' ') } : { first }
}

const viewBalance = ({ quantity, units, spend_threshold }: Balance): BalanceView => ({
  quantity,
  units: units === 'visits' || units === 'stamps' ? units : 'points',
  threshold: spend_threshold ?? null,
})

/** The list of rewards knows ids, the balance prices and dates: they are joined by what both say. */
function viewReward(reward: Reward, { rewards }: Balance, wire: WireCart): RewardView {
  const twin = rewards.find(({ label, reference }) => label === reward.label && reference?.code === reward.reference?.code)
  return {
    id: reward.id,
    label: reward.label,
    offer: reward.offer,
    value: reward.offer === 'rebate' ? wire.minor(reward.value) : reward.value,
    quantity: reward.quantity,
    points: twin?.points ?? null,
    expiresOn: twin?.next_expires_on ?? null,
  }
}
