import type { RewardEntry } from './answers.ts'
import { NOBODYS_DISH } from './menu.ts'
import { type Cart, earnUntil, minorOf, type Purse, type Session, wholeMenu } from './session.ts'

/** What the program offers, found out by one member who buys and asks. */
export interface Survey {
  readonly kind: 'points banking' | 'shop with points' | 'threshold'
  readonly offers: readonly Offer[]
}

/** A reward that the program has, with a cart that gets it. */
export interface Offer {
  readonly label: string
  readonly offer: string
  /** Smallest cart found that gets the discount; undefined: none did. */
  readonly cart?: Cart
  /** Of a free item: a cart that has some of what it needs, but too little. */
  readonly tooFew?: Cart
  /** How many of one dish it takes; undefined where one dish alone never does. */
  readonly needs?: number
}

const SHOP_LABEL = 'shop with points'
export const isShop = ({ label, id }: RewardEntry): boolean => label.toLowerCase() === SHOP_LABEL && id.startsWith('P_')

/** How many of a dish a free item may take: buy five, get one free. */
const TRIES = [1, 2, 3, 4, 6]

/**
 * Buys as a new member until every kind of reward is at hand, then asks by quotes, which change nothing, what each one takes.
 * @param needs how many items a reward takes, by label, where the operator knows it better than quotes would tell.
 */
export async function survey(session: Session, needs: ReadonlyMap<string, number>): Promise<Survey> {
  const member = await session.newMember()
  const first = await session.purse(member, 'what a new member has')
  const kind = kindOf(first)
  const purse = await earnUntil(session, member, (now) => hasAll(kind, now), 'every kind of reward')
  const offers: Offer[] = []
  for (const reward of purse.rewards) if (!isShop(reward)) offers.push(await look(session, member, reward, needs))
  return { kind, offers }
}

function kindOf({ programLabel, threshold }: Purse): Survey['kind'] {
  const label = programLabel.toLowerCase()
  if (label === SHOP_LABEL) return SHOP_LABEL
  return label === 'points banking' && threshold === undefined ? 'points banking' : 'threshold'
}

function hasAll(kind: Survey['kind'], { rewards, shown, quantity, programLabel }: Purse): boolean {
  if (kind === SHOP_LABEL) return rewards.some(isShop)
  if (kind === 'threshold') return rewards.some(({ label }) => label === programLabel)
  // A tier that the store or the hour forbids is not in the list, however many points there are.
  return quantity >= Math.max(0, ...shown.map(({ points }) => points ?? 0))
}

async function look(
  session: Session,
  member: string,
  { id, label, offer }: RewardEntry,
  needs: ReadonlyMap<string, number>,
): Promise<Offer> {
  const { items } = session.place.menu
  const told = needs.get(label)
  for (const quantity of told === undefined ? TRIES : [told]) {
    for (const item of items) {
      const cart = [{ item, quantity }]
      if ((await session.quote(member, cart, { id })) === 0) continue
      const tooFew = offer === 'gift' && quantity > 1 ? { tooFew: [{ item, quantity: quantity - 1 }] } : {}
      return { label, offer, cart, needs: quantity, ...tooFew }
    }
    // What needs no certain dish is had by any: trying more of each finds out about amounts, not about dishes.
    if (offer !== 'gift' && quantity > 2) break
  }
  for (const times of [1, 4]) {
    const cart = wholeMenu(session, times)
    if ((await session.quote(member, cart, { id })) > 0) return { label, offer, cart }
  }
  return { label, offer }
}

/** A member who has a reward, with a cart that gets it, and what it takes off. */
export interface Armed {
  readonly member: string
  readonly reward: RewardEntry
  readonly cart: Cart
  /** In minor units. */
  readonly discount: number
}

/** A new member who earns until they have this reward. */
export async function armed(session: Session, { label, cart = [{ item: NOBODYS_DISH, quantity: 1 }] }: Offer): Promise<Armed> {
  const member = await session.newMember()
  const found = (purse: Purse) => purse.rewards.find((reward) => reward.label === label && !isShop(reward))
  const purse = await earnUntil(session, member, (now) => found(now) !== undefined, label)
  const reward = found(purse)
  if (!reward) throw new Error('earnUntil ends with it')
  return { member, reward, cart, discount: await session.quote(member, cart, { id: reward.id }) }
}

/** A new member whose points are worth something, and a cart that costs more. */
export async function shopper(session: Session): Promise<Armed> {
  const member = await session.newMember()
  const purse = await earnUntil(session, member, ({ rewards }) => rewards.some(isShop), 'points to pay with')
  const reward = purse.rewards.find(isShop)
  if (!reward) throw new Error('earnUntil ends with it')
  const discount = minorOf(reward.value, session.place.menu.digits)
  const [item = NOBODYS_DISH] = session.place.menu.items
  return { member, reward, cart: [{ item, quantity: Math.ceil(discount / item.price) + 2 }], discount }
}
