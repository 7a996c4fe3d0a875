import type { Tallies } from '../model.ts'

/**
 * The vocabulary of the ledger. A member's `balance` of an asset is available + held − owed. Points, visits and stamps are assets of their own
 * name; an issued reward is one piece of the asset `reward:<key>`, so that points and rewards obey one set of rules.
 */

/** `available`, `held` and `owed` are the member's side (debt is a negative sum in `owed`); the others say where a movement came from or went. */
export type LedgerAccount =
  | 'available'
  | 'held'
  | 'owed'
  | 'issued'
  | 'redeemed'
  | 'expired'
  | 'converted'
  | 'forgiven'
  | 'adjusted'

/** Why something moved. */
export type Cause =
  | 'earn'
  | 'grant'
  | 'hold'
  | 'release'
  | 'lapse'
  | 'show'
  | 'capture'
  | 'restore'
  | 'reverse'
  | 'withdraw'
  | 'convert'
  | 'exchange'
  | 'repay'
  | 'expire'
  | 'adjust'

/** A part of a lot that an order has pinned or taken; enough to bring it back to where it was. */
export interface LotShare {
  readonly lotId: string
  readonly quantity: number
  readonly expiresAt: number | null
  /** What a reward was made of; absent where that was written before units could change. */
  readonly asset?: string
}

/** The account's program went from one unit to another: so many of the one became so many of the other. */
export interface Exchange {
  /** The program version that brought it. */
  readonly version: number
  readonly from: string
  readonly to: string
  readonly take: number
  readonly give: number
  readonly at: number
  /** After how long without activity what members had expired until then, such as "6 months", by the days of `zone`. */
  readonly inactive?: string | null
  readonly zone: string
}

/** Points (or one reward) that came in together and expire together. */
export interface Lot {
  readonly lotId: string
  readonly asset: string
  readonly available: number
  readonly held: number
  /** How much of it has expired. */
  readonly expired: number
  readonly issuedAt: number
  /** The first instant at which it no longer counts; null never comes. */
  readonly expiresAt: number | null
  /** For an offer that its member has not seen: how long it lives from then on, such as "2 hours". */
  readonly afterShown?: string | null
  /** The order that earned it. */
  readonly orderUid: string | null
  /** For a reward that a threshold made: the points it was made of. */
  readonly origin: readonly LotShare[] | null
}

/** A lot's part that a placed order keeps from every other order until `lapsesAt`. */
export interface Hold {
  readonly orderUid: string
  readonly lotId: string
  readonly asset: string
  readonly quantity: number
  readonly lapsesAt: number
}

/** All of one member that a decision may rest on: every open lot, every hold, every debt. */
export interface Wallet {
  /** The version it was loaded at; 0 when nothing was ever written. */
  readonly version: number
  /** The number of the last movement. */
  readonly seq: number
  readonly lots: readonly Lot[]
  readonly holds: readonly Hold[]
  /** Debt per asset, as positive numbers. */
  readonly owed: Readonly<Record<string, number>>
  readonly tallies: Tallies
  readonly activeAt: number | null
  /** Every exchange of the account, the oldest first. */
  readonly exchanges?: readonly Exchange[]
}

/** One leg of a movement. `expiresAt` stands where the leg says when its lot expires from now on: on every credit to `available`. */
export interface Entry {
  readonly asset: string
  readonly account: LedgerAccount
  readonly lotId: string | null
  readonly quantity: number
  readonly expiresAt: number | null
  /** On the credit of an offer that is yet to be shown. */
  readonly afterShown?: string | null
}

/** What moved at once, and why. Its entries sum to zero per asset. */
export interface Movement {
  readonly cause: Cause
  readonly orderUid: string | null
  readonly note: string | null
  /** When it took effect, which for an expiry is before it was written. */
  readonly at: number
  readonly entries: readonly Entry[]
}

export const EMPTY_WALLET: Wallet = { version: 0, seq: 0, lots: [], holds: [], owed: {}, tallies: {}, activeAt: null }

export const rewardAsset = (rewardKey: string): string => `reward:${rewardKey}`
