import type { Because, MemberSnapshot, NotApplicable, OrderContext, Quote, RewardCost, Unit } from '../model.ts'
import { type ItemsOff, type Program, pointsFor, type Reward, WHOLE, worthOf, zoneOf } from '../program.ts'
import { localDate } from '../zoned-time.ts'
import { allocate } from './allocate.ts'
import { productHalfUp, sum } from './exact.ts'
import { formatMinor } from './money.ts'
import { type Piece, pickItems } from './pick-items.ts'
import type { Selector } from './selector.ts'
import { TALLY } from './tally-names.ts'
import { refused, type Situation, unmet } from './when.ts'

/** The reward of a shop-with-points program, which has no key of its own. */
const SHOP_WITH_POINTS = 'shop_with_points'

export interface QuoteInput {
  /** In canonical order (`unitsOf`). */
  readonly units: readonly Unit[]
  /** What is left to pay per unit after the shop's own discount; minor units, none above the unit's price. */
  readonly nets: readonly number[]
  /** Conditions go by `arrivedAt` (scenario 50); for an order that holds the reward already, pass the instant it was placed. */
  readonly context: OrderContext
  readonly member: MemberSnapshot | undefined
  /** The discount asked for, where less than the whole is allowed: shop with points and points-banking tiers. Minor units. */
  readonly asked?: number
  /** A tier that a campaign also grants can be had for points (the default) or for the instance that was issued. */
  readonly pay?: 'points' | 'reward'
}

export type Quoted = { readonly ok: true; readonly value: Quote } | { readonly ok: false; readonly refusal: NotApplicable }

/**
 * Prices a reward on a cart: discount, its share per unit, what it costs the member, and why. Refuses with the reason and what would satisfy it.
 * Whether the member has the reward or the points is the ledger's to say; only shop with points, whose offer is the balance, looks at them.
 */
export function quoteReward(program: Program, rewardKey: string, input: QuoteInput): Quoted {
  const { member } = input
  if (!member) return refuse('reward_guest', {})
  if (!program.settings.startersRedeem && !member.registered) return refuse('starter_not_allowed', {})
  if (rewardKey === SHOP_WITH_POINTS && program.valuePerPoint) return quotePoints(program, { ...input, member })
  const reward = program.rewards.get(rewardKey)
  if (!reward) return refuse('reward_unknown', { reward: rewardKey })

  const { units, nets } = input
  const subtotal = conditional(program, reward, input)
  const situation = { ...situationOf(program, input.context), member, subtotal, cart: { units, nets } }
  const refusal = notNow(reward, situation, input.context.at)
  if (refusal) return { ok: false, refusal }
  const priced = price(program, reward, input)
  if (!priced.ok) return priced
  return quoted(program, reward, priced.value, input)
}

/** Why a reward cannot be used now by its conditions and limits, as far as the situation tells; `undefined` when it can. */
export function notNow(reward: Reward, situation: Situation, day: number): NotApplicable | undefined {
  const refusal = unmet(reward.when, situation)
  if (refusal) return refusal
  const tallies = situation.member?.tallies ?? {}
  const { perMember, perDay } = reward.limits
  if (perMember !== undefined && (tallies[TALLY.redeemed(reward.key)] ?? 0) >= perMember)
    return refused('member_limit', { limit: perMember })
  const today = perDay === undefined ? 0 : (tallies[TALLY.redeemedOn(reward.key, localDate(day, situation.zone))] ?? 0)
  return perDay !== undefined && today >= perDay ? refused('day_limit', { limit: perDay }) : undefined
}

/** What a reward takes from the member: points for a points-banking tier, else one that was issued. */
export function costOf(program: Program, reward: Reward, pay?: 'points' | 'reward'): RewardCost {
  return program.type === 'points_banking' && reward.points !== undefined && pay !== 'reward'
    ? { kind: 'points', points: reward.points }
    : { kind: 'reward', rewardKey: reward.key }
}

/** A discount as computed, before the member asks for less; `weights` say how less would spread. */
interface Priced {
  readonly discount: number
  readonly shares: readonly number[]
  readonly weights: readonly number[]
  readonly forfeited: number
  readonly because: Because
}

/** What the minimum subtotal counts: what must be bought; else what is discounted, where that is a sum; else the basket. */
function conditional(program: Program, { of, buy, effect }: Reward, { units, nets }: QuoteInput): number {
  const group = buy?.of ?? (effect.kind === 'items' ? undefined : of)
  return sum(group ? netsOf(group, units, nets) : earningNets(program, units, nets))
}

/** What never earns (a gift-card load) is money moved, not spent: no reward comes off it unless its group names it (scenario 4). */
function earningNets({ earn }: Program, units: readonly Unit[], nets: readonly number[]): number[] {
  return units.map((unit, index) => (earn.exclude?.matches(unit) ? 0 : (nets[index] ?? 0)))
}

function netsOf(group: Selector, units: readonly Unit[], nets: readonly number[]): number[] {
  return units.map((unit, index) => (group.matches(unit) ? (nets[index] ?? 0) : 0))
}

function price(
  program: Program,
  reward: Reward,
  input: QuoteInput,
): { ok: true; value: Priced } | { ok: false; refusal: NotApplicable } {
  const { effect, of, key } = reward
  const { units } = input
  if (effect.kind === 'items') return priceItems(reward, effect, input)
  if (of && !units.some((unit) => of.matches(unit))) return refuse('items_missing', { required: 1, actual: 0, items: of.names })

  const weights = of ? netsOf(of, units, input.nets) : earningNets(program, units, input.nets)
  const total = sum(weights)
  const rule = `reward:${key}`
  if (effect.kind === 'amount') {
    const discount = Math.min(effect.amount, total)
    const numbers = { amount: effect.amount, qualifying: total, discount }
    const because = { rule, text: 'A fixed amount off what qualifies.', numbers }
    return {
      ok: true,
      value: { discount, shares: allocate(discount, weights), weights, forfeited: effect.amount - discount, because },
    }
  }
  const uncapped = productHalfUp(total, effect.basisPoints, WHOLE)
  const discount = Math.min(uncapped, effect.max ?? uncapped)
  const text = `A percentage of what qualifies, rounded half up${discount < uncapped ? ', cut to its maximum' : ''}.`
  const because = { rule, text, numbers: { basisPoints: effect.basisPoints, qualifying: total, uncapped, discount } }
  return { ok: true, value: { discount, shares: allocate(discount, weights), weights, forfeited: 0, because } }
}

function priceItems(
  reward: Reward,
  { quantity, off }: { quantity: number; off: ItemsOff },
  { units, nets }: QuoteInput,
): { ok: true; value: Priced } | { ok: false; refusal: NotApplicable } {
  const picked = pickItems(reward, quantity, units, nets)
  if (!picked.ok) return refuse('items_missing', { required: picked.required, actual: picked.actual, items: picked.items })
  const pieces = cappedByUnit(picked.pieces, nets)
  const bases = pieces.map((piece) => piece.base)
  const offs = offEach(off, bases)
  const shares = units.map(() => 0)
  pieces.forEach((piece, i) => {
    shares[piece.index] = (shares[piece.index] ?? 0) + (offs[i] ?? 0)
  })
  const discount = sum(offs)
  const names = [...new Set(pieces.map((piece) => units[piece.index]?.label ?? ''))].join(', ')
  const numbers = { items: pieces.length, itemsTotal: sum(bases), discount }
  const because = { rule: `reward:${reward.key}`, text: `On ${names}, the ${reward.pick} first.`, numbers }
  return { ok: true, value: { discount, shares, weights: shares, forfeited: 0, because } }
}

/** A modifier and the unit it is on may both be picked: together they come off no more than what is left to pay. In canonical order. */
function cappedByUnit(pieces: readonly Piece[], nets: readonly number[]): Piece[] {
  const left = [...nets]
  return [...pieces]
    .sort((a, b) => a.index - b.index || b.base - a.base)
    .map((piece) => {
      const base = Math.min(piece.base, left[piece.index] ?? 0)
      left[piece.index] = (left[piece.index] ?? 0) - base
      return { index: piece.index, base }
    })
}

/** A percentage is taken once, on the sum (scenario 13); an amount or a price is each item's own. */
function offEach(off: ItemsOff, bases: readonly number[]): number[] {
  if (off.kind === 'amount') return bases.map((base) => Math.min(off.amount, base))
  if (off.kind === 'price') return bases.map((base) => Math.max(0, base - off.price))
  const uncapped = productHalfUp(sum(bases), off.basisPoints, WHOLE)
  return allocate(Math.min(uncapped, off.max ?? uncapped), bases)
}

function quoted(program: Program, reward: Reward, priced: Priced, { asked, pay }: QuoteInput): Quoted {
  if (priced.discount === 0) return refuse('nothing_to_discount', {})
  const cost = costOf(program, reward, pay)
  const { discount, weights, because, forfeited } = priced
  const notes: Because[] = [because]
  if (forfeited > 0) {
    const text = 'Nothing was left to pay for the rest of the amount, which is forfeited.'
    notes.push({ rule: 'forfeited', text, numbers: { forfeited } })
  }
  if (cost.kind === 'reward' || asked === undefined || asked >= discount) {
    return { ok: true, value: { discount, shares: priced.shares, cost, forfeited, because: notes } }
  }
  notes.push({
    rule: 'asked',
    text: 'Less was asked for than the reward gives; it costs its points whole.',
    numbers: { asked, offered: discount },
  })
  return { ok: true, value: { discount: asked, shares: allocate(asked, weights), cost, forfeited, because: notes } }
}

/** Points pay up to what they are worth and up to what is left to pay (scenario 22). The balance is compared before the cart is. */
function quotePoints(program: Program, { units, nets, member, asked }: QuoteInput & { member: MemberSnapshot }): Quoted {
  const payable = earningNets(program, units, nets)
  const total = sum(payable)
  const worth = worthOf(program, member.points)
  if (asked !== undefined && asked > worth) return refuse('amount_exceeds_balance', { required: asked, actual: worth })
  if (worth === 0) return refuse('points_insufficient', { required: pointsFor(program, 1), actual: member.points })
  if (total === 0) return refuse('nothing_to_discount', {})

  const discount = Math.min(asked ?? worth, total)
  const points = pointsFor(program, discount)
  const text = `${points} points pay ${formatMinor(discount, program.digits)} ${program.currency}.`
  const because = [{ rule: SHOP_WITH_POINTS, text, numbers: { balance: member.points, worth, payable: total, discount, points } }]
  return {
    ok: true,
    value: { discount, shares: allocate(discount, payable), cost: { kind: 'points', points }, forfeited: 0, because },
  }
}

function situationOf(program: Program, { storeCode, source, type, rendition, arrivedAt }: OrderContext): Situation {
  return { at: arrivedAt, zone: zoneOf(program, storeCode), storeCode, channel: { source, type, rendition } }
}

function refuse(reason: string, facts: NotApplicable['facts']): { ok: false; refusal: NotApplicable } {
  return { ok: false, refusal: refused(reason, facts) }
}
