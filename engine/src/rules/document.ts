/**
 * The program file as plain JSON, in its own shapes and names: what the schema in `contract` accepts and what `compileProgram` reads.
 * The schema carries the description of every key.
 */

/** "5.00" or 5: exact up to six decimals; money in the account's currency. */
export type Decimal = string | number

export type ProgramType = 'points' | 'visits' | 'points_banking' | 'shop_with_points'
export type ProgramUnits = 'points' | 'visits' | 'stamps'
export type Source = 'web' | 'mobileweb' | 'mobileapp' | 'instore'
export type Weekday = 'sun' | 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat'

export interface ProgramDocument {
  account: { id: string; name: string; currency: string; country: string; timezone: string }
  stores: StoreDocument[]
  program: {
    type: ProgramType
    units?: ProgramUnits
    earn?: EarnDocument
    expire?: ({ after: string } | { inactive: string } | { on: string }) & WarnDocument
    threshold?: number
    reward?: string
    value_per_point?: Decimal
  }
  tiers?: TiersDocument
  rewards?: Record<string, RewardDocument>
  campaigns?: Record<string, CampaignDocument>
  settings?: SettingsDocument
}

export interface WarnDocument {
  warn?: string | string[]
}

export interface StoreDocument {
  code: string
  name: string
  timezone?: string
  street?: string
  city?: string
  state?: string
  zip?: string
  country?: string
  latitude?: number
  longitude?: number
  phone?: string
  hours?: string
}

export interface NamesDocument {
  products?: string[]
  categories?: string[]
  labels?: string[]
}

export interface SelectorDocument extends NamesDocument {
  all?: true
  exclude?: NamesDocument
}

export interface CapDocument {
  points: number
  per: 'order' | 'day' | 'week' | 'member'
}

export interface EarnDocument {
  points?: number
  visits?: number
  stamps?: number
  per?: Decimal
  of?: SelectorDocument
  exclude?: NamesDocument
  rounding?: 'round_then_multiply' | 'multiply_then_round'
  minimum?: Decimal
  caps?: CapDocument[]
  min_interval?: string
  catering?: boolean
}

export interface WhenDocument {
  stores?: string[]
  sources?: Source[]
  types?: ('regular' | 'catering')[]
  renditions?: ('onsite' | 'pickup' | 'delivery')[]
  days?: Weekday[]
  between?: [string, string] | [string, string][]
  from?: string
  until?: string
  blackout?: (string | [string, string])[]
  recurs?: { rule: string; from: string }
  min_subtotal?: Decimal
  first_order?: true
  birthday_month?: true
  joined_before?: string
  joined_after?: string
  opted_in?: ('sms' | 'email')[]
  registered?: true
  tiers?: string[]
  cel?: string | { if: string; says: string }
}

export interface RewardDocument {
  label: string
  offer?: 'rebate' | 'discount' | 'gift'
  code?: string
  points?: number
  amount?: Decimal
  percent?: Decimal
  price?: Decimal
  max?: Decimal
  free?: number
  get?: number
  of?: SelectorDocument
  buy?: { quantity: number; of: SelectorDocument }
  pick?: 'cheapest' | 'dearest'
  count_modifiers?: boolean
  modifiers_qualify?: boolean
  limits?: { per_order?: number; per_member?: number; per_day?: number }
  expire?: { after?: string; on?: string; after_shown?: string } & WarnDocument
  when?: WhenDocument
}

export type ActionDocument =
  | { multiply: Decimal }
  | { points: number }
  | { points_each: number }
  | { grant: string; quantity?: number }

export interface CampaignDocument {
  label?: string
  trigger: 'order' | 'registration' | 'birthday' | 'visits' | 'points' | 'spend' | 'date' | 'item' | 'inactivity'
  when?: WhenDocument
  items?: SelectorDocument
  every?: Decimal
  on?: string
  after?: string
  window?: { before?: string; after?: string }
  do: ActionDocument[]
  cap?: CapDocument
  limits?: { per_member?: number; per_day?: number }
  budget?: { times: number } | { points: number }
}

export interface TiersDocument {
  by: 'points' | 'spend'
  over: { last: string } | { calendar: 'year' | 'quarter' | 'month' }
  grace?: string
  levels: Record<string, TierDocument>
}

export interface TierDocument {
  label: string
  from: Decimal
  multiply?: Decimal
  enter?: ActionDocument[]
}

export interface SettingsDocument {
  hold?: string
  partial_refunds?: 'keep' | 'readjudicate' | 'full'
  refund_shortfall?: 'owe' | 'floor' | 'forgive'
  return_grace?: { rewards?: string; points?: string }
  strict_sequence?: boolean
  starters_redeem?: boolean
  late_orders?: string
}
