import { transactionOf } from './answers.ts'
import { NOBODYS_DISH } from './menu.ts'
import { CheckBlocked, CheckFailed, NotApplicable } from './recorder.ts'
import { minorOf, type Order, type Purse, type Session, shown, tell, wholeMenu, worthOf } from './session.ts'
import { type Armed, armed, isShop, type Offer, type Survey, shopper } from './survey.ts'

/** Orders that go through, and rewards that do not apply. */

export async function orderPlain(session: Session): Promise<void> {
  const member = await session.newMember()
  const before = await session.purse(member, 'before the order')
  const order = session.newOrder(member, wholeMenu(session, 1))
  for (const status of ['checkout', 'placed', 'billed'] as const) await acceptedPlain(session, order, status)
  await session.expectSame(member, before, 'before the order is completed nothing is earned')
  await acceptedPlain(session, order, 'completed')
  const after = await session.purse(member, 'after the order')
  if (tell(after) === tell(before))
    throw new CheckFailed(
      `expected the completed order to earn; the member still has ${tell(before)}. Where nothing of the menu earns under this program, name one with --menu.`,
    )
}

/** Accepted, with discount 0 and, from billed on, a transaction id. */
async function acceptedPlain(
  session: Session,
  order: Order,
  status: 'checkout' | 'placed' | 'billed' | 'completed',
): Promise<void> {
  const { discount, id } = await session.accepted(order, status)
  const exchange = lastOf(session)
  session.expect(exchange, 'discount 0', discount === 0, String(discount))
  if (status === 'billed' || status === 'completed')
    session.expect(exchange, 'a transaction id', id !== undefined, shown(exchange))
}

export async function orderGuest(session: Session): Promise<void> {
  const order = session.newOrder('guest', wholeMenu(session, 1))
  for (const status of ['checkout', 'placed', 'billed', 'completed'] as const) await acceptedPlain(session, order, status)
  session.refused(await session.send('the balance of a guest', 'GET', '/loyalty/accounts/guest/balance'), 400, [4003])
}

const WORDS: Readonly<Record<string, string>> = {
  rebate: 'reward with money off',
  discount: 'reward with a percentage off',
  gift: 'reward with a free item',
}

/** The first reward of a kind that a cart of the menu gets. */
export function offerOf(survey: Survey, kind: string): Offer {
  const all = survey.offers.filter(({ offer }) => offer === kind)
  const usable = all.find(({ cart }) => cart !== undefined)
  if (usable) return usable
  if (all.length === 0) throw new NotApplicable(`this program has no ${WORDS[kind]}, or none that earning brings`)
  throw new CheckBlocked(
    `no cart of the menu gets ${all.map(({ label }) => label).join(' or ')}: name a menu that does with --menu`,
  )
}

export async function validReward(session: Session, offer: Offer): Promise<void> {
  const { member, reward, cart, discount } = await armed(session, offer)
  const before = await session.purse(member, 'before the order')
  const order = session.newOrder(member, cart, { id: reward.id, discount })
  await acceptedWith(session, order, discount, ['checkout', 'placed', 'billed'])
  const billed = await session.purse(member, 'after billed')
  // What points buy is gone from the list already while it is held; the points themselves fall at billed only.
  const taken = reward.id.startsWith('P_')
    ? billed.quantity < before.quantity
    : countOf(billed, offer.label) < countOf(before, offer.label)
  session.expect(lastOf(session), `${offer.label}, or the points it costs, taken at billed`, taken, tell(billed))
  await acceptedWith(session, order, discount, ['completed'])
}

async function acceptedWith(
  session: Session,
  order: Order,
  discount: number,
  statuses: readonly ('checkout' | 'placed' | 'billed' | 'completed')[],
): Promise<void> {
  const { digits } = session.place.menu
  for (const status of statuses) {
    const transaction = await session.accepted(order, status)
    const exchange = lastOf(session)
    const got = minorOf(transaction.discount ?? 0, digits)
    session.expect(
      exchange,
      `discount ${discount / 10 ** digits}`,
      discount > 0 && got === discount,
      String(transaction.discount),
    )
    if (status !== 'checkout' && status !== 'placed')
      session.expect(exchange, 'a transaction id', transaction.id !== undefined, shown(exchange))
  }
}

const countOf = ({ rewards }: Purse, label: string): number =>
  rewards.filter((reward) => reward.label === label).reduce((sum, { quantity }) => sum + quantity, 0)

/** At checkout no discount and a sentence for the customer; at placed refused; and nothing has changed. */
async function doesNotApply(session: Session, { member, reward, cart, discount }: Armed): Promise<void> {
  const before = await session.purse(member, 'before the order')
  const quoted = session.newOrder(member, cart, { id: reward.id, ...(discount > 0 && { discount }) })
  const exchange = await session.order('checkout', quoted, 'checkout')
  session.expect(exchange, 'status 200', exchange.status === 200, shown(exchange))
  const { discount: given, message } = transactionOf(exchange)
  session.expect(exchange, 'discount 0', given === 0, String(given))
  session.expect(exchange, 'a message for the customer', (message ?? '') !== '', shown(exchange))
  const insisting = { ...quoted, reward: { id: reward.id, discount: discount || Math.min(100, worthOf(cart)) } }
  session.refused(await session.order('placed all the same', insisting, 'placed'), 400, [400])
  await session.expectSame(member, before, 'nothing has changed')
}

export async function rewardUnknown(session: Session): Promise<void> {
  const member = await session.newMember()
  const reward = { id: '999999999', offer: 'rebate', label: 'no such reward', value: 1, quantity: 1 }
  await doesNotApply(session, { member, reward, cart: wholeMenu(session, 1), discount: 0 })
}

export async function rewardNoItems(session: Session, offer: Offer): Promise<void> {
  const ready = await armed(session, offer)
  await doesNotApply(session, { ...ready, cart: [{ item: NOBODYS_DISH, quantity: 6 }], discount: 0 })
}

export async function rewardTooFewItems(session: Session, survey: Survey): Promise<void> {
  offerOf(survey, 'gift')
  const offer = survey.offers.find(({ tooFew }) => tooFew !== undefined)
  if (!offer?.tooFew) throw new NotApplicable('this program has no free item that takes more than one item')
  const ready = await armed(session, offer)
  await doesNotApply(session, { ...ready, cart: offer.tooFew, discount: 0 })
}

/** Any reward, the simplest kind first; shop with points where there is nothing else. */
export async function anyReward(session: Session, survey: Survey): Promise<Armed> {
  const usable = ['rebate', 'discount', 'gift'].flatMap((kind) =>
    survey.offers.filter(({ offer, cart }) => offer === kind && cart !== undefined),
  )
  const [first] = usable
  if (first) return armed(session, first)
  if (survey.kind === 'shop with points') return shopper(session)
  if (survey.offers.length === 0) throw new NotApplicable('this program has no reward that earning brings')
  throw new CheckBlocked('no cart of the menu gets any reward: name a menu that does with --menu')
}

export async function rewardWrongDiscount(session: Session, survey: Survey): Promise<void> {
  if (survey.offers.every(({ cart }) => cart === undefined))
    throw new NotApplicable('this program has no reward with a discount of its own')
  const { member, reward, cart: enough } = await anyReward(session, survey)
  // More than the reward takes off, so that there is something left to ask too much of.
  const cart = [...enough, { item: NOBODYS_DISH, quantity: 1 }]
  const discount = await session.quote(member, cart, { id: reward.id })
  const before = await session.purse(member, 'before the order')
  const order = session.newOrder(member, cart, { id: reward.id, discount: discount + 1 })
  session.refused(await session.order('placed with a larger discount than checkout gave', order, 'placed'), 400, [400])
  await session.expectSame(member, before, 'nothing has changed')
}

export async function rewardHeld(session: Session, survey: Survey): Promise<void> {
  const ready = await anyReward(session, survey)
  const { member, reward, cart, discount } = ready
  const listed = () => session.purse(member, 'what can be redeemed now')
  let purse = await listed()
  for (let placed = 0; purse.rewards.some(({ label }) => label === reward.label); placed++) {
    if (placed === HELD_MAX) {
      session.expect(lastOf(session), `no ${reward.label} left after ${HELD_MAX} orders placed with it`, false, tell(purse))
    }
    await session.accepted(session.newOrder(member, cart, { id: reward.id, discount }), 'placed', 'an order that holds it')
    const then = await listed()
    const fewer = stockOf(then, reward.label) < stockOf(purse, reward.label)
    session.expect(lastOf(session), 'fewer to redeem than before', fewer, tell(then))
    purse = then
  }
  const other = session.newOrder(member, cart, { id: reward.id, discount })
  const exchange = await session.order('checkout of another order', other, 'checkout')
  session.expect(exchange, 'discount 0', transactionOf(exchange).discount === 0, shown(exchange))
  session.refused(await session.order('placed of another order', other, 'placed'), 400, [400])
}

/** A member who earned for one reward has a few of it at most. */
const HELD_MAX = 12

/** Of what points buy freely there is always one, worth less. */
const stockOf = ({ rewards }: Purse, label: string): number =>
  rewards.filter((reward) => reward.label === label).reduce((sum, { quantity, value }) => sum + quantity * (1 + value), 0)

export async function pointsWhole(session: Session): Promise<void> {
  const { member, reward, cart, discount } = await shopper(session)
  const order = session.newOrder(member, cart, { id: reward.id, discount })
  await acceptedWith(session, order, discount, ['checkout', 'placed', 'billed'])
  const left = worthLeft(await session.purse(member, 'after billed'), session)
  session.expect(lastOf(session), 'a balance that is used up', left === 0, `${left / 10 ** session.place.menu.digits} left`)
  await acceptedWith(session, order, discount, ['completed'])
}

export async function pointsPart(session: Session): Promise<void> {
  const { member, reward, cart, discount } = await shopper(session)
  const part = Math.floor(discount / 2)
  const order = session.newOrder(member, cart, { id: reward.id, discount: part })
  await acceptedWith(session, order, part, ['checkout', 'placed', 'billed'])
  const left = worthLeft(await session.purse(member, 'after billed'), session)
  // Points are whole: the last one may be worth more than what was still to pay.
  const tolerance = Math.max(1, Math.ceil(discount / 100))
  const good = Math.abs(left - (discount - part)) <= tolerance
  const { digits } = session.place.menu
  session.expect(lastOf(session), `about ${(discount - part) / 10 ** digits} left`, good, String(left / 10 ** digits))
  await acceptedWith(session, order, part, ['completed'])
}

export async function pointsMore(session: Session): Promise<void> {
  const ready = await shopper(session)
  await doesNotApply(session, { ...ready, discount: ready.discount + 10 ** session.place.menu.digits })
}

const worthLeft = ({ rewards }: Purse, { place }: Session): number => minorOf(rewards.find(isShop)?.value ?? 0, place.menu.digits)

export function lastOf({ evidence }: Session) {
  const last = evidence.at(-1)
  if (!last) throw new Error('a check asks something before it expects something')
  return last.exchange
}
