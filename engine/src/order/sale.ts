import { countTallies } from '../ledger/book.ts'
import { convertPoints, issueLot } from '../ledger/earnings.ts'
import { exchangeLate, isRetired } from '../ledger/exchange.ts'
import { captureHold, holdLots } from '../ledger/holds.ts'
import { type Book, freeOf, holdsOf } from '../ledger/lots.ts'
import { showNext } from '../ledger/showing.ts'
import { type LotShare, rewardAsset } from '../ledger/wallet.ts'
import type { Earning, MemberSnapshot, OrderContext, Quote, Tallies, Unit } from '../model.ts'
import { lotExpiresAt, type Program, rewardExpiresAt } from '../program.ts'
import type { Reserved } from '../rules/campaign.ts'
import { earn } from '../rules/earn.ts'
import { quoteReward } from '../rules/quote.ts'
import { redeemedTallies, TALLY } from '../rules/tallies.ts'
import { unitsOf } from '../rules/units.ts'
import { addPeriod, type Period } from '../zoned-time.ts'
import { cartOf, paidPerUnit, pricedUnits } from './cart.ts'
import type { Call, Earned, Knew, OrderRefusal, Redemption, Sale } from './order.ts'

/** What the rules may know of the member whose order it is; null for a guest. */
export type MemberFacts = Pick<MemberSnapshot, 'registered' | 'joinedAt' | 'birthday' | 'optedIn'>

/** Everything that the steps of one order are decided with. */
export interface Setting {
  readonly program: Program
  readonly book: Book
  readonly member: MemberFacts | null
  readonly orderUid: string
  readonly storeCode: string
  /** The order's own time. */
  readonly at: number
  readonly reserved?: Reserved
}

type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: OrderRefusal }

/** The key under which the rules know the reward of a shop-with-points program. */
export const SHOP_WITH_POINTS = 'shop_with_points'

/** What a reward's id on the wire stands for: which reward, and whether points or an issued instance pay for it. */
interface RewardRef {
  readonly rewardKey: string
  readonly pay: 'points' | 'reward'
}

/** `P_…` for what costs points, a plain number for what the member was issued: one reward can be had in both ways. */
export function rewardIdOf(program: Program, { rewardKey, pay }: RewardRef): string {
  if (rewardKey === SHOP_WITH_POINTS) return `P_${program.accountId}`
  const number = program.rewards.get(rewardKey)?.rewardId
  return pay === 'points' ? `P_${number}` : `${number}`
}

/** What a reward's id on the wire stands for; `undefined` for an id that this program does not have. */
export function readRewardId(program: Program, rewardId: string): RewardRef | undefined {
  if (program.type === 'shop_with_points' && rewardId === rewardIdOf(program, { rewardKey: SHOP_WITH_POINTS, pay: 'points' })) {
    return { rewardKey: SHOP_WITH_POINTS, pay: 'points' }
  }
  const [, prefix, number] = /^(P_)?([1-9][0-9]{0,14})$/.exec(rewardId) ?? []
  const rewardKey = program.rewardsById.get(Number(number))
  if (rewardKey === undefined) return undefined
  const isTier = program.type === 'points_banking' && program.rewards.get(rewardKey)?.points !== undefined
  return prefix === undefined ? { rewardKey, pay: 'reward' } : isTier ? { rewardKey, pay: 'points' } : undefined
}

/** The member as the rules see them at this moment of the book. */
export function snapshotOf({ program, book, member }: Pick<Setting, 'program' | 'book' | 'member'>): MemberSnapshot | undefined {
  if (!member) return undefined
  return { ...member, points: freeOf(book, program.units), tallies: book.tallies }
}

const REWARD = rewardAsset('')

/** What the rules know at this moment of the book, for the order to keep; null for a guest. */
export function knewOf(setting: Pick<Setting, 'program' | 'book' | 'member'>): Knew | null {
  const member = snapshotOf(setting)
  if (!member) return null
  const { book } = setting
  const issued = new Set<string>()
  for (const { asset } of book.lots.values()) if (asset.startsWith(REWARD)) issued.add(asset)
  const counts = [...issued].map((asset) => [asset.slice(REWARD.length), freeOf(book, asset)] as const)
  return { at: book.now, member, rewards: Object.fromEntries(counts.filter(([, count]) => count > 0)) }
}

/** Where, how and when an order happened, as the rules ask it. */
export function contextOf(
  call: Pick<Call, 'source' | 'type' | 'rendition'>,
  storeCode: string,
  at: number,
  arrivedAt: number,
): OrderContext {
  return { storeCode, source: call.source, type: call.type, rendition: call.rendition, at, arrivedAt }
}

/**
 * Prices a cart and holds what its reward takes, until `lapsesAt`. `asking` is the discount the call must name exactly; a quote names none.
 */
export function place(
  setting: Setting,
  call: Call,
  fingerprint: string,
  { lapsesAt, quoting }: { lapsesAt: number; quoting: boolean },
): Result<Sale> {
  const cart = cartOf(call, fingerprint)
  const { units, shopShares, nets } = pricedUnits(cart)
  const knew = knewOf(setting)
  if (!call.reward) return { ok: true, value: { cart, shopShares, redemption: null, because: [], knew } }

  const priced = priceReward(setting, call, units, nets)
  if (!priced.ok) return priced
  const { rewardKey, quote } = priced.value
  if (!quoting && quote.discount !== call.reward.discount) {
    return refused('discount_mismatch', { required: quote.discount, actual: call.reward.discount ?? 0 })
  }
  const redemption = redemptionOf(setting.program, rewardKey, quote)
  const held = hold(setting, redemption, lapsesAt)
  return held.ok ? { ok: true, value: { cart, shopShares, redemption, because: quote.because, knew } } : held
}

/** Takes what a placed order holds. A hold that lapsed is taken all the same while nobody else has (scenario 26). */
export function bill(setting: Setting, sale: Sale): Result<LotShare[]> {
  const { book, orderUid } = setting
  if (!sale.redemption) return { ok: true, value: [] }
  if (holdsOf(book, orderUid).length === 0 && !hold(setting, sale.redemption, book.now + 1).ok) {
    return refused('hold_lapsed', { reward: sale.cart.reward?.id ?? '' })
  }
  countRedemption(setting, sale, 1)
  return { ok: true, value: captureHold(book, orderUid) }
}

/** Awards what a sale earns on the units that were not returned; thresholds turn into rewards. Null for a guest, who may claim it later. */
export function complete(setting: Setting, sale: Sale, returned: ReadonlySet<number>): Earned | null {
  const { program, book, orderUid, at } = setting
  const earning = earningOf(setting, sale, returned, book.tallies)
  const knew = knewOf(setting)
  if (!earning || !knew) return null
  issueLot(book, {
    asset: program.units,
    quantity: earning.quantity,
    expiresAt: pointsExpireAt(program, at),
    orderUid,
    cause: 'earn',
    at,
  })
  for (const { rewardKey, campaign } of earning.grants) {
    const expiresAt = rewardExpiresAt(program, rewardKey, at) ?? null
    const asset = rewardAsset(rewardKey)
    const { afterShown } = program.rewards.get(rewardKey) ?? {}
    issueLot(book, { asset, quantity: 1, expiresAt, afterShown, orderUid, cause: 'grant', at, note: campaign })
  }
  countTallies(book, earning.tallies, 1)
  if (!isRetired(book, program.units)) convertThreshold(program, book, { orderUid, at })
  return { quantity: earning.quantity, tallies: earning.tallies, because: earning.because, knew }
}

/** What a sale earns on what is left of it, by the rules of its own time; `tallies` as they stood without it. */
export function earningOf(setting: Setting, sale: Sale, returned: ReadonlySet<number>, tallies: Tallies): Earning | null {
  const { program, at } = setting
  const member = snapshotOf(setting)
  if (!member) return null
  const units = unitsOf(sale.cart.lines)
  const paid = paidPerUnit(sale, units)
  const left = units.flatMap((unit, index) => (returned.has(index) ? [] : [{ unit, paid: paid[index] ?? 0 }]))
  return earn(program, {
    units: left.map(({ unit }) => unit),
    paid: left.map(({ paid }) => paid),
    context: contextOf(sale.cart, setting.storeCode, at, setting.book.now),
    member,
    tallies,
    reserved: setting.reserved,
  })
}

/** Points that reach the threshold turn into its reward, one for each time. */
export function convertThreshold(program: Program, book: Book, { orderUid, at }: { orderUid: string | null; at: number }): void {
  if (program.threshold === undefined || program.thresholdReward === undefined) return
  convertPoints(book, {
    asset: program.units,
    threshold: program.threshold,
    rewardAsset: rewardAsset(program.thresholdReward),
    rewardExpiresAt: rewardExpiresAt(program, program.thresholdReward, at) ?? null,
    afterShown: program.rewards.get(program.thresholdReward)?.afterShown,
    orderUid,
    at,
  })
}

/** A wallet that has just become another unit may hold enough of it for a reward. `program` is the one in force. */
export function reachThreshold(program: Program, book: Book): void {
  if (book.exchangedAt !== undefined) convertThreshold(program, book, { orderUid: null, at: book.exchangedAt })
}

/** What came back or in by an order of an old unit becomes the one of `program`, which is the one in force. */
export function settleUnits(program: Program, book: Book): void {
  reachThreshold(program, book)
  if (exchangeLate(book)) convertThreshold(program, book, { orderUid: null, at: book.now })
}

/** How the counts that limits go by move when a sale's reward is redeemed, and back when it is returned. */
export function countRedemption({ program, book, at, storeCode }: Setting, sale: Sale, sign: 1 | -1): void {
  if (!sale.redemption) return
  countTallies(book, redeemedTallies(sale.redemption.rewardKey, contextOf(sale.cart, storeCode, at, at), program), sign)
}

/** Until when something that comes back expired is good again; null where the account gives no grace. */
export function graceUntil(program: Program, asset: string, now: number): number | null {
  const period: Period = asset.startsWith('reward:') ? program.settings.returnGrace.rewards : program.settings.returnGrace.points
  const until = addPeriod(now, period, program.timezone)
  return until > now ? until : null
}

/** Lots of a program whose points expire by inactivity carry no date of their own: the wallet's last activity says when. */
function pointsExpireAt(program: Program, at: number): number | null {
  return program.expire && 'inactive' in program.expire ? null : (lotExpiresAt(program, at) ?? null)
}

function priceReward(setting: Setting, call: Call, units: Unit[], nets: number[]): Result<{ rewardKey: string; quote: Quote }> {
  const { program, book, at, storeCode } = setting
  const rewardId = call.reward?.id ?? ''
  const member = snapshotOf(setting)
  if (!member) return refused('reward_guest', {})
  const ref = readRewardId(program, rewardId)
  if (!ref) return refused('reward_unknown', { reward: rewardId })
  const { rewardKey, pay } = ref
  const asked = rewardId.startsWith('P_') && call.reward?.discount ? call.reward.discount : undefined
  const quote = quoteReward(program, rewardKey, {
    units,
    nets,
    context: contextOf(call, storeCode, at, book.now),
    member,
    asked,
    pay,
  })
  return quote.ok ? { ok: true, value: { rewardKey, quote: quote.value } } : refused(quote.refusal.reason, quote.refusal.facts)
}

/** What a sale keeps of a quote. */
export function redemptionOf(program: Program, rewardKey: string, { cost, discount, shares, forfeited }: Quote): Redemption {
  const taken =
    cost.kind === 'points' ? { asset: program.units, quantity: cost.points } : { asset: rewardAsset(cost.rewardKey), quantity: 1 }
  return { rewardKey, ...taken, discount, shares, forfeited }
}

function hold({ book, orderUid, program }: Setting, redemption: Redemption, lapsesAt: number): Result<null> {
  const { asset, quantity, rewardKey } = redemption
  const pay = asset === program.units ? 'points' : 'reward'
  const reward = rewardIdOf(program, { rewardKey, pay })
  // Who uses an offer has seen it.
  if (pay === 'reward') showNext(book, asset, program.timezone)
  const outcome = holdLots(book, { orderUid, asset, quantity, lapsesAt })
  if (outcome === 'ok') return { ok: true, value: null }
  if (outcome === 'held') return refused('reward_held', { reward })
  if (pay === 'points') return refused('points_insufficient', { required: quantity, actual: freeOf(book, asset) })
  return refused((book.tallies[TALLY.redeemed(rewardKey)] ?? 0) > 0 ? 'reward_used' : 'reward_unknown', { reward })
}

export const refused = (error: string, facts: OrderRefusal['facts']): { ok: false; refusal: OrderRefusal } => ({
  ok: false,
  refusal: { error, facts },
})
