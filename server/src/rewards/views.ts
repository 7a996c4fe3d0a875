import { moneyNumber } from '@regulars/contract'
import {
  type Book,
  balanceOf,
  freeOf,
  heldInOldUnits,
  lastDayOf,
  localDate,
  type MemberSnapshot,
  offersFor,
  offerValue,
  type Program,
  type Reward,
  rewardAsset,
  rewardIdOf,
  SHOP_WITH_POINTS,
  standingOn,
  type Tiers,
  worthOf,
} from '@regulars/engine'

/** `GET …/balance` (wire contract §5). */
export interface BalanceView {
  readonly quantity: number
  readonly units: string
  readonly spend_threshold?: number
  readonly label: string
  readonly rewards: readonly BalanceReward[]
  /** Extension, where the program has tiers. */
  readonly tier?: TierView
}

/** Where a member stands; `key`, `label` and `until` are absent below the lowest tier, `next` in the highest. */
interface TierView {
  readonly key?: string
  readonly label?: string
  readonly until?: string
  readonly next?: { readonly key: string; readonly label: string; readonly missing: number }
}

interface BalanceReward {
  readonly currency: string
  readonly offer: 'Rebate' | 'Discount' | 'Gift'
  readonly label: string
  readonly value: number
  readonly next_expires_on?: string
  readonly points?: number
  readonly value_per_point?: number
  readonly reference?: Reference
  readonly quantity: number
}

/** `GET …/rewards` (wire contract §6). */
export interface RewardView {
  readonly id: string
  readonly currency: string
  readonly offer: 'rebate' | 'discount' | 'gift'
  readonly label: string
  readonly value: number
  readonly reference?: Reference
  readonly quantity: number
}

interface Reference {
  readonly type: 'promo'
  readonly code: string
}

/** What a member has: the balance, which falls at `billed` and not before, and the rewards that are not held. */
export function viewBalance(program: Program, book: Book, at: number): BalanceView {
  const balance = balanceOf(book, program.units) + heldInOldUnits(book, program.units)
  return {
    quantity: program.settings.refundShortfall === 'floor' ? Math.max(0, balance) : balance,
    units: program.units,
    ...(program.threshold !== undefined && { spend_threshold: program.threshold }),
    label: labelOf(program),
    rewards: [...pointsRewards(program, book), ...issuedRewards(program, book)],
    ...(program.tiers && { tier: viewTier(program, program.tiers, book, at) }),
  }
}

function viewTier({ timezone, digits }: Program, tiers: Tiers, book: Book, at: number): TierView {
  const { tier, until, next } = standingOn(tiers, book.tallies, localDate(at, timezone))
  const count = (quantity: number) => (tiers.by === 'spend' ? moneyNumber(quantity, digits) : quantity)
  return {
    ...(tier && { key: tier.key, label: tier.label, until }),
    ...(next && { next: { key: next.tier.key, label: next.tier.label, missing: count(next.missing) } }),
  }
}

/** The rewards that a balance lists because the member was issued them. */
export function issuedKeys(program: Program, book: Book): string[] {
  return [...program.rewards.keys()].filter((key) => freeOf(book, rewardAsset(key)) > 0)
}

/** Of those, the ones that a list for a store names. */
export function redeemableKeys(
  program: Program,
  book: Book,
  member: MemberSnapshot,
  at: { storeCode: string; at: number },
): string[] {
  const offers = offersFor(program, at, member)
  return issuedKeys(program, book).filter((key) => offers.get(key)?.refusal === undefined)
}

/** What a member can redeem at a store now; checkout has the last word. */
export function viewRewards(
  program: Program,
  book: Book,
  member: MemberSnapshot,
  at: { storeCode: string; at: number },
): RewardView[] {
  const offers = offersFor(program, at, member)
  const redeemable = (rewardKey: string) => offers.get(rewardKey)?.refusal === undefined
  const view = (reward: Reward, pay: 'points' | 'reward', quantity: number): RewardView[] =>
    quantity === 0 || !redeemable(reward.key)
      ? []
      : [
          {
            id: rewardIdOf(program, { rewardKey: reward.key, pay }),
            currency: program.currency,
            offer: reward.offer,
            label: reward.label,
            value: valueNumber(program, reward),
            ...referenceOf(reward),
            quantity,
          },
        ]
  const rewards = [...program.rewards.values()]
  const tiers = rewards.flatMap((reward) => view(reward, 'points', tierQuantity(program, book, reward) ?? 0))
  const issued = rewards.flatMap((reward) => view(reward, 'reward', freeOf(book, rewardAsset(reward.key))))
  return [...tiers, ...shopOffer(program, book, redeemable), ...issued]
}

function shopOffer(program: Program, book: Book, redeemable: (rewardKey: string) => boolean): RewardView[] {
  const worth = worthOf(program, freeOf(book, program.units))
  if (worth === 0 || !redeemable(SHOP_WITH_POINTS)) return []
  const id = rewardIdOf(program, { rewardKey: SHOP_WITH_POINTS, pay: 'points' })
  return [
    {
      id,
      currency: program.currency,
      offer: 'rebate',
      label: 'shop with points',
      value: moneyNumber(worth, program.digits),
      quantity: 1,
    },
  ]
}

function pointsRewards(program: Program, book: Book): BalanceReward[] {
  const points = freeOf(book, program.units)
  if (program.valuePerPoint) {
    const { numerator, denominator } = program.valuePerPoint
    return [
      {
        currency: program.currency,
        offer: 'Rebate',
        label: 'shop with points',
        value: moneyNumber(worthOf(program, points), program.digits),
        points,
        value_per_point: numerator / denominator / 10 ** program.digits,
        quantity: 1,
      },
    ]
  }
  return [...program.rewards.values()].flatMap((reward) => {
    const quantity = tierQuantity(program, book, reward)
    return quantity === undefined ? [] : [{ ...rewardFacts(program, reward), points: reward.points, quantity }]
  })
}

function issuedRewards(program: Program, book: Book): BalanceReward[] {
  return [...program.rewards.values()].flatMap((reward) => {
    const asset = rewardAsset(reward.key)
    const quantity = freeOf(book, asset)
    if (quantity === 0) return []
    const expiries = [...book.lots.values()].flatMap((lot) =>
      lot.asset === asset && lot.available > 0 && lot.expiresAt !== null ? [lot.expiresAt] : [],
    )
    const next = expiries.length === 0 ? {} : { next_expires_on: lastDayOf(Math.min(...expiries), program.timezone) }
    return [{ ...rewardFacts(program, reward), ...next, quantity }]
  })
}

/** How many of a points-banking tier the free points buy; undefined for what is no tier. */
function tierQuantity(program: Program, book: Book, { points }: Reward): number | undefined {
  if (program.type !== 'points_banking' || points === undefined) return undefined
  return Math.floor(freeOf(book, program.units) / points)
}

function rewardFacts(program: Program, reward: Reward): Omit<BalanceReward, 'quantity'> {
  const offer = ({ rebate: 'Rebate', discount: 'Discount', gift: 'Gift' } as const)[reward.offer]
  return { currency: program.currency, offer, label: reward.label, value: valueNumber(program, reward), ...referenceOf(reward) }
}

/** Money off as money, a percentage as its number, free items as their count. */
function valueNumber(program: Program, reward: Reward): number {
  const { unit, amount } = offerValue(reward)
  return unit === 'minor' ? moneyNumber(amount, program.digits) : unit === 'basis_points' ? amount / 100 : amount
}

const referenceOf = ({ code }: Reward): { reference?: Reference } =>
  code === undefined ? {} : { reference: { type: 'promo', code } }

function labelOf(program: Program): string {
  if (program.type === 'points_banking') return 'points banking'
  if (program.type === 'shop_with_points') return 'shop with points'
  return program.rewards.get(program.thresholdReward ?? '')?.label ?? ''
}
