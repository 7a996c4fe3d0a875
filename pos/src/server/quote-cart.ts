import type { CartAsk, MemberView, OrderView, Quote, RewardOutcome, Totals } from '../api.ts'
import { customerOf, viewAlone } from './customers.ts'
import { brief, type Desk } from './desk.ts'
import { isAway, toRefused } from './loyalty.ts'
import { type OrderRecord, openOrder } from './order-record.ts'
import { Refused } from './refused.ts'

/** From whom a cart comes. */
export interface Seller {
  readonly till: string
  readonly source: OrderView['source']
  /** The member that the screen has looked up, with rewards. */
  readonly member: MemberView | null
}

/**
 * The price of a cart as it is now. Free and repeatable: nothing is held, nothing is stored. With the loyalty server away, the till prices alone.
 * @throws Refused
 */
export async function quoteCart(desk: Desk, seller: Seller, ask: CartAsk): Promise<Quote> {
  if (desk.paying.has(ask.order)) throw new Refused('busy', 'A payment for this order runs. Cancel it to change the order.')
  const begun = desk.orders.get(ask.order)
  if (begun) throw new Refused('state_forbids', `Order ${begun.number} is ${begun.state} already. Begin a new one.`)
  const lines = desk.pricer.price(ask.lines)
  const member = memberOf(desk, seller, ask)
  const bare = openOrder(ask, {
    ...seller,
    lines,
    totals: desk.pricer.total(lines, 0),
    member: member && brief(member),
    at: desk.now(),
  })
  const wanted = ask.reward === null ? null : member?.rewards.find(({ id }) => id === ask.reward)
  const asked: RewardOutcome | null =
    ask.reward === null
      ? null
      : { id: ask.reward, label: wanted?.label ?? '', applied: false, discount: 0, reason: null, message: null }
  const reward = asked && lines.length > 0 ? await priceReward(desk, { ...bare, reward: asked }, asked) : null
  const totals: Totals = desk.pricer.total(lines, reward?.discount ?? 0)
  const order = { ...bare, ...totals, reward }
  const newest = desk.open.get(ask.order)
  if (!newest || (seqs.get(newest) ?? 0) <= ask.seq) {
    desk.open.set(ask.order, order)
    seqs.set(order, ask.seq)
  }
  return {
    ...totals,
    ...{ order: ask.order, seq: ask.seq, lines, reward, online: desk.reach.isOnline },
    pointsToEarn: member ? desk.pricer.pointsFor(totals) : null,
  }
}

/** Answers arrive in any order: which change of the cart a stored order is of. */
const seqs = new WeakMap<OrderRecord, number>()

async function priceReward(desk: Desk, order: OrderRecord, asked: RewardOutcome): Promise<RewardOutcome> {
  try {
    return { ...asked, ...(await desk.reach.ask(() => desk.loyalty.quote(order))) }
  } catch (fault) {
    if (!isAway(fault)) throw toRefused(fault)
    return { ...asked, reason: 'offline', message: 'Rewards can be used again when the loyalty server answers.' }
  }
}

function memberOf(desk: Desk, { member }: Seller, ask: CartAsk): MemberView | null {
  if (ask.member === null) return null
  if (member?.id === ask.member) return member
  const known = customerOf(desk.customers, ask.member)
  if (!known)
    throw new Refused('invalid', `Member ${ask.member} has not been looked up at this till. Look the phone number up again.`)
  return viewAlone(known)
}
