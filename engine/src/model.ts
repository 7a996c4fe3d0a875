/**
 * The values that rules are decided on. Money is an integer of minor units, points are integers of the program's unit, instants are
 * epoch milliseconds, and nothing here knows a database, a clock or a wire format.
 */

/** One line of a cart, with its modifiers in the same shape; `cost` is the price of one, in minor units. */
export interface Line {
  readonly label: string
  readonly product?: string
  readonly categories: readonly string[]
  readonly cost: number
  readonly quantity: number
  readonly modifiers: readonly Line[]
}

/**
 * One piece of one line. Rules work on units and never on lines, so that three lines of one and one line of three are the same order
 * (scenarios 14 and 19).
 */
export interface Unit {
  /** Product, price and modifiers: units with one key are interchangeable. */
  readonly key: string
  readonly label: string
  readonly product?: string
  readonly categories: readonly string[]
  /** The parent's price alone, without modifiers. */
  readonly ownPrice: number
  /** What the unit costs: its own price and its modifiers', all the way down. */
  readonly price: number
  readonly modifiers: readonly Line[]
  readonly traits: Traits
}

/** What a selector matches an item by: its texts, folded so that letter case and spaces around them do not count. */
export interface Traits {
  readonly product?: string
  readonly label: string
  readonly categories: readonly string[]
}

/** Where, how and when an order happens. */
export interface OrderContext {
  readonly storeCode: string
  readonly source: string
  readonly type: string
  readonly rendition?: string
  /** The order's own time: earning goes by it (scenario 50). */
  readonly at: number
  /** When the call arrived: redemption goes by it, so that nothing expired is revived. */
  readonly arrivedAt: number
}

/**
 * Running counts of one member, kept with the wallet and corrected when an order is undone; the rules name the keys. Zero counts are absent,
 * and keys that carry a day or a week are dropped when that has long passed.
 */
export type Tallies = Readonly<Record<string, number>>

/** What the rules may know of a member. `undefined` in its place means a guest, who redeems nothing and earns nothing. */
export interface MemberSnapshot {
  readonly registered: boolean
  readonly joinedAt: number
  /** YYYY-MM-DD */
  readonly birthday?: string
  readonly optedIn: { readonly sms: boolean; readonly email: boolean }
  /** Points that can be spent now: open lots that have not expired, without what is held, less debt; never below 0. */
  readonly points: number
  readonly tallies: Tallies
}

/** What a reward takes from the member: one instance of an issued reward, or points. */
export type RewardCost =
  | { readonly kind: 'reward'; readonly rewardKey: string }
  | { readonly kind: 'points'; readonly points: number }

/** One line of an explanation: which rule, on what, with which numbers. Stored with the order and shown as it stands. */
export interface Because {
  readonly rule: string
  readonly text: string
  readonly numbers?: Readonly<Record<string, number>>
}

/** A reward priced on a cart. `shares` runs parallel to the units it was priced on and sums to `discount` (scenario 14). */
export interface Quote {
  readonly discount: number
  readonly shares: readonly number[]
  readonly cost: RewardCost
  /** What a fixed amount had left when nothing remained to pay (scenario 8). */
  readonly forfeited: number
  readonly because: readonly Because[]
}

/** Why a reward does not apply: a name from the table of refusals, with the facts its sentence needs. */
export interface NotApplicable {
  readonly reason: string
  readonly facts: Readonly<Record<string, string | number | readonly string[]>>
}

/** What a completed order brings the member. */
export interface Earning {
  readonly quantity: number
  /** Reward instances that campaigns grant. */
  readonly grants: readonly { readonly rewardKey: string; readonly campaign: string }[]
  /** How the tallies move because of this order; undone with the same numbers. */
  readonly tallies: Tallies
  readonly because: readonly Because[]
}
