import type { MemberSnapshot, NotApplicable } from '../model.ts'
import { type Program, type Reward, WHOLE, worthOf, zoneOf } from '../program.ts'
import { notNow } from './quote.ts'
import { refused } from './when.ts'

/** A projection of what a reward is worth: money in minor units, a percentage in basis points, or how many items are free. */
export interface OfferValue {
  readonly unit: 'minor' | 'basis_points' | 'items'
  readonly amount: number
}

export interface Offer {
  readonly rewardKey: string
  readonly kind: 'rebate' | 'discount' | 'gift'
  readonly value: OfferValue
  /** Absent when it can be redeemed at this store now; otherwise why not. */
  readonly refusal?: NotApplicable
}

/**
 * For each reward of the program whether it can be redeemed at a store now: by store, dates, weekday, time of day and the member's own limits;
 * neither channel nor cart is known here, so checkout has the last word. Shop with points comes as the key `shop_with_points`.
 * Whether the member has the reward or the points is not asked.
 */
export function offersFor(
  program: Program,
  { storeCode, at }: { storeCode: string; at: number },
  member: MemberSnapshot,
): Map<string, Offer> {
  const barred = !program.settings.startersRedeem && !member.registered ? refused('starter_not_allowed', {}) : undefined
  const situation = { at, zone: zoneOf(program, storeCode), storeCode, member }
  const offers = [...program.rewards.values()].map((reward) => ({
    rewardKey: reward.key,
    kind: reward.offer,
    value: offerValue(reward),
    refusal: barred ?? notNow(reward, situation, at),
  }))
  if (program.valuePerPoint) offers.push(pointsOffer(program, member, barred))
  return new Map(offers.map((offer) => [offer.rewardKey, offer]))
}

/** What a reward is worth at its best, without a cart. */
export function offerValue({ effect }: Reward): OfferValue {
  if (effect.kind === 'amount') return { unit: 'minor', amount: effect.amount }
  if (effect.kind === 'percent') return { unit: 'basis_points', amount: effect.basisPoints }
  const { off, quantity } = effect
  if (off.kind === 'amount') return { unit: 'minor', amount: off.amount }
  if (off.kind === 'percent' && off.basisPoints < WHOLE) return { unit: 'basis_points', amount: off.basisPoints }
  return { unit: 'items', amount: off.kind === 'price' ? 1 : quantity }
}

function pointsOffer(
  program: Program,
  member: MemberSnapshot,
  refusal: NotApplicable | undefined,
): Offer & { refusal: NotApplicable | undefined } {
  return {
    rewardKey: 'shop_with_points',
    kind: 'rebate',
    value: { unit: 'minor', amount: worthOf(program, member.points) },
    refusal,
  }
}
