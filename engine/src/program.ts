import { type Action, type Cap, compileCap, compilePeriod } from './rules/action.ts'
import { type Campaign, compileCampaign } from './rules/campaign.ts'
import { type CampaignsFor, indexCampaigns } from './rules/campaign-index.ts'
import type { ProgramDocument, ProgramType, ProgramUnits, RewardDocument } from './rules/document.ts'
import { assert, productDown, productUp, type Ratio } from './rules/exact.ts'
import { currencyDigits, minorUnits, parseDecimal } from './rules/money.ts'
import type { RuleTools } from './rules/rule-tools.ts'
import { compileSelector, looksAtLabels, type Selector } from './rules/selector.ts'
import { compileTiers, type Tiers } from './rules/tiers.ts'
import { compileWhen, type When, type WhenTools } from './rules/when.ts'
import { addPeriod, endOfDay, type Period, periodMs } from './zoned-time.ts'

export type { Action, Campaign, Cap }

/** A brand's program, compiled once and evaluated many times. Money is minor units of `currency`. */
export interface Program {
  readonly accountId: string
  readonly name: string
  readonly currency: string
  /** Decimals of the currency: USD 2, JPY 0, KWD 3. */
  readonly digits: number
  readonly country: string
  readonly timezone: string
  readonly type: ProgramType
  readonly units: ProgramUnits
  readonly stores: ReadonlyMap<string, Store>
  /** Points and visits programs: how many units turn into one `thresholdReward`. */
  readonly threshold?: number
  readonly thresholdReward?: string
  /** Shop with points: minor units that one point is worth, exact. */
  readonly valuePerPoint?: Ratio
  readonly rewards: ReadonlyMap<string, Reward>
  /** The reward's key by its numeric wire id. */
  readonly rewardsById: ReadonlyMap<number, string>
  readonly earn: EarnRule
  readonly campaigns: readonly Campaign[]
  /** Those of them that fall due without an order: birthdays, dates, inactivity. */
  readonly due: readonly Campaign[]
  /** Those that an order may bring something by. */
  readonly campaignsFor: CampaignsFor
  readonly triggers: ReadonlySet<Campaign['trigger']>
  readonly tiers?: Tiers
  /** When what was earned expires; absent: never. */
  readonly expire?: Expire
  /** How long before what was earned expires its member is warned. */
  readonly warn: readonly Period[]
  readonly settings: Settings
  /** A rule looks at labels, so that a reworded label is another cart (scenario 29). */
  readonly matchesByLabel: boolean
}

export interface Store {
  readonly code: string
  readonly name: string
  readonly timezone: string
}

export type Expire = { readonly after: Period } | { readonly inactive: Period } | { readonly on: string }

export interface Reward {
  readonly key: string
  readonly rewardId: number
  readonly label: string
  readonly offer: 'rebate' | 'discount' | 'gift'
  readonly code?: string
  /** Points banking: what this tier costs. */
  readonly points?: number
  readonly effect: Effect
  /** What must be bought beside the reward's items. */
  readonly buy?: { readonly quantity: number; readonly of: Selector }
  /** The reward group, which is the bought group unless the file names another; absent: everything in the basket that earns. */
  readonly of?: Selector
  readonly pick: 'cheapest' | 'dearest'
  /** An item's price includes its modifiers'. */
  readonly countModifiers: boolean
  /** A modifier may itself be the item. */
  readonly modifiersQualify: boolean
  readonly limits: { readonly perOrder?: number; readonly perMember?: number; readonly perDay?: number }
  readonly expire?: { readonly after: Period } | { readonly on: string }
  /** How long an issued one lives once its member has been shown it, such as "2 hours"; text, because each issued one keeps its own. */
  readonly afterShown?: string
  /** How long before an issued one expires its member is warned. */
  readonly warn: readonly Period[]
  readonly when: When
}

/** What a reward does to a cart. Percentages are basis points. */
export type Effect =
  | { readonly kind: 'amount'; readonly amount: number }
  | { readonly kind: 'percent'; readonly basisPoints: number; readonly max?: number }
  | { readonly kind: 'items'; readonly quantity: number; readonly off: ItemsOff }

export type ItemsOff =
  | { readonly kind: 'percent'; readonly basisPoints: number; readonly max?: number }
  | { readonly kind: 'amount'; readonly amount: number }
  | { readonly kind: 'price'; readonly price: number }

export interface EarnRule {
  /** Points, visits or stamps for each `per` spent, each visit or each unit. */
  readonly quantity: number
  readonly per: number
  readonly of?: Selector
  readonly exclude?: Selector
  readonly rounding: 'round_then_multiply' | 'multiply_then_round'
  readonly minimum: number
  readonly caps: readonly Cap[]
  readonly minInterval?: Period
  /** Catering orders count as visits. */
  readonly catering: boolean
}

export interface Settings {
  /** How long a hold lives after `wanted` or `placed`; default 24 hours. */
  readonly holdMs: number
  /** What comes back expired is good for this long; default 7 days for rewards, none for points. `addPeriod` of a zero period is no time. */
  readonly returnGrace: { readonly rewards: Period; readonly points: Period }
  /** Default `keep`: a share stays with its line (scenario 40). */
  readonly partialRefunds: 'keep' | 'readjudicate' | 'full'
  /** Default `owe`: the balance goes negative (scenario 41). */
  readonly refundShortfall: 'owe' | 'floor' | 'forgive'
  /** Default false: a late status does the work of those it skips. */
  readonly strictSequence: boolean
  /** Default true: a member with a phone alone may redeem. */
  readonly startersRedeem: boolean
  /** An order's own time may lie this far back; default 72 hours (scenario 50). */
  readonly lateOrdersMs: number
}

export const DEFAULT_SETTINGS = {
  hold: '24 hours',
  partial_refunds: 'keep',
  refund_shortfall: 'owe',
  return_grace: { rewards: '7 days', points: '0 days' },
  strict_sequence: false,
  starters_redeem: true,
  late_orders: '72 hours',
} as const

/** Basis points of a whole: 100 %, and a multiplier of 1. */
export const WHOLE = 10_000

/**
 * Compiles a document that has been read and checked; a mistake that the reader should have found throws.
 * `rewardIds` gives each reward its numeric wire id, which stays with its key through all versions of the program; `tools` reads what the engine
 * cannot read alone.
 */
export function compileProgram(
  document: ProgramDocument,
  rewardIds: Readonly<Record<string, number>>,
  tools: RuleTools = {},
): Program {
  const { account, program } = document
  const digits = currencyDigits(account.currency)
  const tiers = document.tiers && compileTiers(document.tiers, digits)
  const whenTools = { ...tools, digits, zone: account.timezone, tiers }
  const rewards = Object.entries(document.rewards ?? {}).map(([key, reward]) =>
    compileReward(key, reward, rewardIds[key], whenTools),
  )
  const campaigns = Object.entries(document.campaigns ?? {}).map(([key, campaign]) => compileCampaign(key, campaign, whenTools))
  const value = program.value_per_point === undefined ? undefined : parseDecimal(program.value_per_point)
  const stores = new Map(
    document.stores.map(({ code, name, timezone }) => [code, { code, name, timezone: timezone ?? account.timezone }]),
  )
  return {
    accountId: account.id,
    name: account.name,
    currency: account.currency,
    digits,
    country: account.country,
    timezone: account.timezone,
    type: program.type,
    units: program.units ?? (program.type === 'visits' ? 'visits' : 'points'),
    stores,
    threshold: program.threshold,
    thresholdReward: program.reward,
    valuePerPoint: value && { numerator: value.value * 10 ** digits, denominator: 10 ** value.digits },
    rewards: new Map(rewards.map((reward) => [reward.key, reward])),
    rewardsById: new Map(rewards.map((reward) => [reward.rewardId, reward.key])),
    earn: compileEarn(document, digits),
    campaigns,
    due: campaigns.filter(({ trigger }) => trigger === 'birthday' || trigger === 'date' || trigger === 'inactivity'),
    campaignsFor: indexCampaigns(campaigns, (storeCode) => stores.get(storeCode)?.timezone ?? account.timezone),
    triggers: new Set(campaigns.map(({ trigger }) => trigger)),
    tiers,
    expire: program.expire && compileExpire(program.expire),
    warn: compileWarn(program.expire?.warn),
    settings: compileSettings(document),
    matchesByLabel: looksAtAnyLabel(document),
  }
}

/** The zone of a store's clock: days, dayparts and caps go by it. An unknown store has the account's. */
export function zoneOf(program: Program, storeCode: string): string {
  return program.stores.get(storeCode)?.timezone ?? program.timezone
}

/**
 * When what is earned at `at` expires (exclusive); `undefined` for no date of its own: never, or by inactivity, where the wallet's last activity says
 * when.
 */
export function lotExpiresAt({ expire, timezone }: Program, at: number): number | undefined {
  return expire && !('inactive' in expire) ? expiresAt(expire, at, timezone) : undefined
}

/** When a reward issued at `at` expires (exclusive); `undefined` for never. */
export function rewardExpiresAt(program: Program, rewardKey: string, at: number): number | undefined {
  const expire = program.rewards.get(rewardKey)?.expire
  return expire && expiresAt(expire, at, program.timezone)
}

/** What points are worth in minor units, rounded down; 0 where points do not pay. */
export function worthOf(program: Program, points: number): number {
  return program.valuePerPoint ? productDown(points, program.valuePerPoint.numerator, program.valuePerPoint.denominator) : 0
}

/** The points that pay an amount of minor units, rounded up (scenario 22). */
export function pointsFor(program: Program, amount: number): number {
  assert(program.valuePerPoint !== undefined, 'points pay only where a point has a value')
  return productUp(amount, program.valuePerPoint.denominator, program.valuePerPoint.numerator)
}

function expiresAt(expire: { readonly after: Period } | { readonly on: string }, at: number, zone: string): number {
  return 'on' in expire ? endOfDay(expire.on, zone) : addPeriod(at, expire.after, zone)
}

function compileExpire(expire: { after: string } | { inactive: string } | { on: string }): Expire {
  if ('on' in expire) return { on: expire.on }
  return 'after' in expire ? { after: compilePeriod(expire.after) } : { inactive: compilePeriod(expire.inactive) }
}

function compileRewardExpire({ on, after }: NonNullable<RewardDocument['expire']>): Reward['expire'] {
  if (on !== undefined) return { on }
  return after === undefined ? undefined : { after: compilePeriod(after) }
}

function compileWarn(warn: string | readonly string[] = []): Period[] {
  return (typeof warn === 'string' ? [warn] : warn).map(compilePeriod)
}

function compileReward(key: string, document: RewardDocument, rewardId: number | undefined, tools: WhenTools): Reward {
  assert(rewardId !== undefined, `reward ${key} has a wire id`)
  const { digits } = tools
  const effect = compileEffect(key, document, digits)
  return {
    key,
    rewardId,
    label: document.label,
    offer: document.offer ?? offerOf(document),
    code: document.code,
    points: document.points,
    effect,
    buy: document.buy && { quantity: document.buy.quantity, of: compileSelector(document.buy.of) },
    of: compileGroup(document),
    pick: document.pick ?? 'cheapest',
    countModifiers: document.count_modifiers === true,
    modifiersQualify: document.modifiers_qualify === true,
    limits: { perOrder: document.limits?.per_order, perMember: document.limits?.per_member, perDay: document.limits?.per_day },
    expire: document.expire && compileRewardExpire(document.expire),
    afterShown: document.expire?.after_shown,
    warn: compileWarn(document.expire?.warn),
    when: compileWhen(document.when, tools),
  }
}

/** The items that a reward discounts: those it names, else the same as must be bought. */
function compileGroup({ of, buy }: RewardDocument): Selector | undefined {
  const group = of ?? buy?.of
  return group && compileSelector(group)
}

/** The kind on the wire when the file leaves it out: money off, percent off, or an item. */
export function offerOf(document: RewardDocument): 'rebate' | 'discount' | 'gift' {
  if (document.free !== undefined || document.get !== undefined || document.price !== undefined) return 'gift'
  return document.percent !== undefined ? 'discount' : 'rebate'
}

function compileEffect(key: string, document: RewardDocument, digits: number): Effect {
  const { amount, percent, price, free, get, buy } = document
  const max = document.max === undefined ? undefined : minorUnits(document.max, digits)
  if (free !== undefined) return { kind: 'items', quantity: free, off: { kind: 'percent', basisPoints: WHOLE, max } }
  // Beside `buy`, or with a count, the discount is on single items; otherwise on the sum of the group.
  const byItem = get ?? (buy ? 1 : undefined)
  if (price !== undefined) {
    return {
      kind: 'items',
      quantity: byItem ?? Number.MAX_SAFE_INTEGER,
      off: { kind: 'price', price: minorUnits(price, digits) },
    }
  }
  if (percent !== undefined) {
    const basisPoints = minorUnits(percent, 2)
    return byItem === undefined
      ? { kind: 'percent', basisPoints, max }
      : { kind: 'items', quantity: byItem, off: { kind: 'percent', basisPoints, max } }
  }
  assert(amount !== undefined, `reward ${key} says what it takes off`)
  const off = { kind: 'amount', amount: minorUnits(amount, digits) } as const
  return byItem === undefined ? off : { kind: 'items', quantity: byItem, off }
}

function compileEarn({ program }: ProgramDocument, digits: number): EarnRule {
  const earn = program.earn ?? {}
  return {
    quantity: earn.points ?? earn.visits ?? earn.stamps ?? 1,
    per: earn.per === undefined ? 10 ** digits : minorUnits(earn.per, digits),
    of: earn.of && compileSelector(earn.of),
    exclude: earn.exclude && compileSelector(earn.exclude),
    rounding: earn.rounding ?? 'round_then_multiply',
    minimum: earn.minimum === undefined ? 0 : minorUnits(earn.minimum, digits),
    caps: (earn.caps ?? []).map(compileCap),
    minInterval: earn.min_interval === undefined ? undefined : compilePeriod(earn.min_interval),
    catering: earn.catering === true,
  }
}

function compileSettings({ settings = {} }: ProgramDocument): Settings {
  const grace = { ...DEFAULT_SETTINGS.return_grace, ...settings.return_grace }
  return {
    holdMs: periodMs(compilePeriod(settings.hold ?? DEFAULT_SETTINGS.hold)),
    returnGrace: { rewards: compilePeriod(grace.rewards), points: compilePeriod(grace.points) },
    partialRefunds: settings.partial_refunds ?? DEFAULT_SETTINGS.partial_refunds,
    refundShortfall: settings.refund_shortfall ?? DEFAULT_SETTINGS.refund_shortfall,
    strictSequence: settings.strict_sequence ?? DEFAULT_SETTINGS.strict_sequence,
    startersRedeem: settings.starters_redeem ?? DEFAULT_SETTINGS.starters_redeem,
    lateOrdersMs: periodMs(compilePeriod(settings.late_orders ?? DEFAULT_SETTINGS.late_orders)),
  }
}

function looksAtAnyLabel({ program, rewards = {}, campaigns = {} }: ProgramDocument): boolean {
  if (looksAtLabels(program.earn?.of) || looksAtLabels(program.earn?.exclude && { exclude: program.earn.exclude })) return true
  if (Object.values(rewards).some((reward) => looksAtLabels(reward.of) || looksAtLabels(reward.buy?.of))) return true
  return Object.values(campaigns).some((campaign) => looksAtLabels(campaign.items))
}
