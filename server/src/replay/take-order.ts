import { bookOf, dayOfArrival } from './books.ts'
import { HOUR_MS } from './days.ts'
import { chainOf, count, type Draft, say, schedule, signUp } from './draft.ts'
import type { PastOrder } from './history.ts'
import { POINTS, turnTo, usableOf } from './member-book.ts'
import { memberOf, regular } from './population.ts'
import { discountOf, inOrder } from './pricing.ts'
import { refundLater } from './refund-order.ts'
import type { Status } from './script.ts'
import { draw, drawIndex, drawOne } from './seeded.ts'
import { priceOf, type Sold, tell } from './tell.ts'

/** What goes wrong with an order, or comes afterwards. The rest go well. */
const FATES = [
  ['abandoned', 0.01],
  ['voided_unknown', 0.005],
  ['voided_placed', 0.015],
  ['voided_billed', 0.025],
  ['refunded', 0.035],
  ['partly_refunded', 0.04],
  ['changed_cart', 0.02],
  ['late', 0.02],
] as const

/** Which calls a till makes for an order that goes well. Many tills make only the last ones. */
const PATHS = [
  ['placed', 0.12],
  ['billed', 0.08],
  ['completed', 0.1],
] as const

const FORWARD: readonly Status[] = ['checkout', 'placed', 'billed', 'completed']

/** A customer orders: the till finds the member, asks what they have, and takes the order through its calls. */
export function takeOrder(draft: Draft, past: PastOrder): void {
  const { seed } = draft
  const { number, wall } = past
  const member = memberOf(number, seed)
  const fate = drawOne(seed, `fate:${number}`, FATES, 'fine')
  count(draft, 'orders')
  count(draft, member === null ? 'guest orders' : 'member orders')
  if (member !== null) greet(draft, member, number, wall)

  const sold: Sold = {
    number,
    member,
    chain: member === null ? `order ${number}` : chainOf(member),
    store:
      draft.storeCodes[draw(seed, `store:${number}`) < 0.8 ? 0 : drawIndex(seed, `which:${number}`, draft.storeCodes.length)] ??
      '',
    wall,
    dishes: past.dishes,
    unitLines: draw(seed, `lines:${number}`) < 0.25,
  }
  const wantsReward = fate !== 'abandoned' && fate !== 'voided_unknown' && fate !== 'late' && draw(seed, `redeem:${number}`) < 0.6
  const rewardKey = wantsReward ? chooseReward(draft, sold) : undefined
  if (rewardKey !== undefined) count(draft, 'redemptions')
  goThrough(draft, { ...sold, rewardKey }, fate)
}

type Fate = (typeof FATES)[number][0] | 'fine'

function goThrough(draft: Draft, sold: Sold, fate: Fate): void {
  const { seed } = draft
  const { number, wall } = sold
  switch (fate) {
    case 'fine':
      if (sold.member !== null || !laterClaimed(draft, sold)) goWell(draft, sold)
      break
    case 'abandoned':
      count(draft, 'abandoned')
      forward(draft, sold, ['checkout', 'placed'])
      break
    case 'voided_unknown':
      count(draft, 'voided before known')
      tell(draft, wall, sold, 'voided')
      tell(draft, wall, sold, 'placed', TOO_LATE)
      break
    case 'voided_placed':
      count(draft, 'voided when placed')
      forward(draft, sold, ['checkout', 'placed', 'voided'])
      tell(draft, wall, sold, 'billed', TOO_LATE)
      break
    case 'voided_billed':
      count(draft, 'voided when billed')
      forward(draft, sold, [...pathOf(draft, number, 'billed'), 'voided'])
      if (draw(seed, `insists:${number}`) < 0.5) tell(draft, wall, sold, 'completed', TOO_LATE)
      break
    case 'refunded':
      forward(draft, sold, pathOf(draft, number, draw(seed, `unfinished:${number}`) < 0.2 ? 'billed' : 'completed'))
      refundLater(draft, sold, 'whole')
      break
    case 'partly_refunded':
      forward(draft, sold, pathOf(draft, number, 'completed'))
      refundLater(draft, sold, 'part')
      break
    case 'changed_cart':
      if (!cartChanges(draft, sold)) goWell(draft, sold)
      break
    case 'late':
      // The till was offline: it sends the order a day later, with the time at which it was taken.
      schedule(draft, wall + 24 * HOUR_MS, (later) => {
        count(draft, 'a day late')
        tell(draft, later, sold, 'completed')
      })
  }
}

/** A call that comes after the order was called off, or after its cart was replaced. */
const TOO_LATE = { expect: 409, acts: false }

/** The member gives their number: always at the first visit, sometimes later. An impatient till asks twice at once. */
function greet(draft: Draft, member: number, number: string, wall: number): void {
  if (draft.joined.has(member) && draw(draft.seed, `greet:${number}`) >= 0.25) return
  signUp(draft, member, wall, draw(draft.seed, `greet twice:${number}`) < 0.05 ? 2 : 1)
}

/** One of the rewards that the member has and that this cart fits; undefined when there is none. The till shows the list first. */
function chooseReward(draft: Draft, sold: Sold): string | undefined {
  const { books, seed } = draft
  const { member, number, wall } = sold
  if (member === null) return undefined
  say(draft, wall, { kind: 'rewards', chain: sold.chain, member, store: sold.store })
  const book = bookOf(books, member)
  turnTo(book, dayOfArrival(books, wall))
  const dishes = inOrder(sold.dishes)
  const usable = [...books.rules.rewards.values()].filter(
    (reward) =>
      usableOf(book, reward.points === undefined ? reward.key : POINTS) >= (reward.points ?? 1) &&
      discountOf(reward, dishes) !== undefined,
  )
  return usable[drawIndex(seed, `reward:${number}`, usable.length)]?.key
}

/** The calls of an order that is paid and handed over, now and then sent twice at once or once more afterwards. */
function goWell(draft: Draft, sold: Sold): void {
  const { seed } = draft
  const { number, wall } = sold
  const path = pathOf(draft, number, 'completed')
  const twin = draw(seed, `twin:${number}`) < 0.06 ? path[drawIndex(seed, `which twin:${number}`, path.length)] : undefined
  if (twin) count(draft, 'sent twice at once')
  forward(draft, sold, path, twin)
  repeatLater(draft, sold, path)
  if (sold.member !== null && draw(seed, `balance:${number}`) < 0.1) {
    say(draft, wall, { kind: 'balance', chain: sold.chain, member: sold.member, store: sold.store })
  }
  if (draw(seed, `stray:${number}`) < 0.002) {
    count(draft, 'strays')
    tell(draft, wall, { ...sold, number: `${number}-never-seen`, rewardKey: undefined }, 'refunded', { expect: 404, acts: false })
  }
}

/** A call is made again: an accepted one, or one whose work a later call has done already. Either way: answered, and nothing changes. */
function repeatLater(draft: Draft, sold: Sold, path: readonly Status[]): void {
  const { seed } = draft
  const { number, wall } = sold
  if (draw(seed, `repeat:${number}`) >= 0.08) return
  const done = FORWARD.slice(1)
  const status = done[drawIndex(seed, `which repeat:${number}`, done.length)] ?? 'completed'
  count(draft, path.includes(status) ? 'repeated' : 'overtaken')
  const again = (at: number) => tell(draft, at, sold, status, { acts: false })
  if (draw(seed, `repeat soon:${number}`) < 0.7) again(wall)
  else schedule(draft, wall + 3 * HOUR_MS, again)
}

/** The first cart lacks a dish; then the whole one is placed. Sometimes the first call arrives once more, too late. False when there is but one dish. */
function cartChanges(draft: Draft, sold: Sold): boolean {
  const { wall, number, dishes } = sold
  const first = { ...sold, dishes: dishes.slice(0, -1) }
  const isPriced = sold.rewardKey === undefined || priceOf(draft, first) !== undefined
  if (first.dishes.length === 0 || !isPriced) return false
  count(draft, 'carts changed')
  tell(draft, wall, first, 'checkout', { onRepeat: [409] })
  tell(draft, wall, first, 'placed', { onRepeat: [409] })
  tell(draft, wall, sold, 'placed')
  if (draw(draft.seed, `superseded:${number}`) < 0.5) tell(draft, wall, first, 'placed', TOO_LATE)
  for (const status of ['billed', 'completed'] as const) tell(draft, wall, sold, status)
  return true
}

/** A guest who turns out to be a member: they show their number before the order is handed over, or the receipt a few days later. */
function laterClaimed(draft: Draft, sold: Sold): boolean {
  const { seed } = draft
  const { number, wall } = sold
  const member = regular(draw(seed, `claimant:${number}`))
  const drawn = draw(seed, `claim:${number}`)
  if (drawn >= 0.08 || !draft.joined.has(member)) return false
  // In a repeated replay the order is the member's already, and the guest's calls find it so.
  const asGuest = { onRepeat: [409] }
  if (drawn < 0.02) {
    count(draft, 'joined at the end')
    const chained = { ...sold, chain: chainOf(member) }
    tell(draft, wall, chained, 'placed', asGuest)
    tell(draft, wall, chained, 'billed', asGuest)
    tell(draft, wall, { ...chained, member }, 'completed')
    return true
  }
  for (const status of pathOf(draft, number, 'completed')) tell(draft, wall, sold, status, asGuest)
  const days = 1 + drawIndex(seed, `claim days:${number}`, 3)
  schedule(draft, wall + days * 24 * HOUR_MS, (later) => {
    count(draft, 'claimed')
    say(draft, later, { kind: 'claim', chain: chainOf(member), member, order: number, onRepeat: [409], acts: true })
  })
  return true
}

/** The calls up to a status. */
function pathOf(draft: Draft, number: string, until: Status): Status[] {
  const start = drawOne(draft.seed, `path:${number}`, PATHS, 'checkout')
  const to = FORWARD.indexOf(until)
  return FORWARD.slice(Math.min(FORWARD.indexOf(start), to), to + 1)
}

function forward(draft: Draft, sold: Sold, path: readonly Status[], twin?: Status): void {
  if (path[0] === 'billed' || path[0] === 'completed') count(draft, 'skipped')
  for (const status of path) tell(draft, sold.wall, sold, status, { copies: status === twin ? 2 : 1 })
}
