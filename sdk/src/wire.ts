/* Made from contract by `npm run generate`; not edited by hand. */

export interface MemberBody {
  readonly customer: {
    /** National, or international with a plus sign. Normalised to E.164 with the country of the account. */
    readonly phone?: string
    readonly email?: string
    readonly name?: {
      /** First name. */
      readonly first?: string
      /** Last name. */
      readonly last?: string
    }
    /** With phone and email it makes a registered member. */
    readonly password?: string
    /** Date of birth. */
    readonly dob?: string
    /** In any letter case. */
    readonly gender?: 'm' | 'f'
    /** In any letter case. */
    readonly marital_status?: 'single' | 'married' | 'divorced' | 'domestic partner'
    readonly address?: {
      /** Street and number. */
      readonly street?: string
      /** City. */
      readonly city?: string
      /** State or region. */
      readonly state?: string
      /** Postal code. */
      readonly zip?: string
      /** Country. */
      readonly country?: string
    }
    /** A store code. */
    readonly favorite_store_id?: string
    /** Whether text messages are welcome. */
    readonly sms_opt_in?: boolean
    /** Whether mail is welcome. */
    readonly email_opt_in?: boolean
    /** Mail a link first; a new member gets an id when it is opened. */
    readonly verify_email?: boolean
  }
}

export interface MemberReply {
  /** Member id: a decimal string. */
  readonly id: string
  readonly status: 'Active'
}

export interface BalanceReply {
  /** Points, visits or stamps. Falls at `billed`, not before. Negative after a refund of what was spent. */
  readonly quantity: number
  /** What the quantity counts. */
  readonly units: 'points' | 'visits' | 'stamps'
  /** At how many a reward is issued; programs with a threshold only. */
  readonly spend_threshold?: number
  /** The threshold reward's label, `points banking` or `shop with points`. */
  readonly label: string
  readonly rewards: readonly {
    /** ISO 4217. */
    readonly currency: string
    /** Money off, percent off, or a free item. */
    readonly offer: 'Rebate' | 'Discount' | 'Gift'
    readonly label: string
    /** Money, percent, or number of free items. */
    readonly value: number
    /** The soonest of its kind; absent when it never expires. */
    readonly next_expires_on?: string
    /** Price in points; or, for shop with points, the balance. */
    readonly points?: number
    readonly value_per_point?: number
    readonly reference?: {
      readonly type: 'promo'
      /** The promo code at the till. */
      readonly code: string
    }
    /** How many the member can use now; what an order holds is left out. */
    readonly quantity: number
  }[]
  /** Extension: where the member stands, in programs with tiers. */
  readonly tier?: {
    /** Absent below the lowest tier, as are `label` and `until`. */
    readonly key?: string
    readonly label?: string
    /** The last day on which it stands if nothing more comes. */
    readonly until?: string
    readonly next?: {
      readonly key: string
      readonly label: string
      /** Points, visits or stamps to earn, or money to spend. */
      readonly missing: number
    }
  }
}

export interface RewardsReply {
  readonly rewards: readonly {
    /** For `basket.rewards`. Starts with `P_` where points are spent. */
    readonly id: string
    /** ISO 4217. */
    readonly currency: string
    /** Money off, percent off, or a free item. */
    readonly offer: 'rebate' | 'discount' | 'gift'
    readonly label: string
    /** A projection: checkout has the last word. */
    readonly value: number
    readonly reference?: {
      readonly type: 'promo'
      /** The promo code at the till. */
      readonly code: string
    }
    readonly quantity: number
  }[]
}

export interface Modifier {
  /** Name as on the receipt. */
  readonly label: string
  /** Price of one. */
  readonly cost: number
  /** For one unit of what it modifies. */
  readonly quantity: number
  /** SKU. */
  readonly product?: string
  /** One category may be sent as a text. */
  readonly categories?: readonly string[]
  /** Nested up to 10 levels. */
  readonly modifiers?: readonly Modifier[]
}

export interface OrderBody {
  /** Your order id; required from `billed` on. */
  readonly id?: string
  /** What happens to the order. */
  readonly status: 'checkout' | 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'
  /** Where it was ordered. */
  readonly source: 'web' | 'mobileweb' | 'mobileapp' | 'instore'
  /** Store code. */
  readonly vendor: string
  /** Account id; must be the one of the credential. */
  readonly brand: string
  /** Before tax, tip, delivery and discount. */
  readonly subtotal: number
  /** What is paid. */
  readonly total?: number
  /** Tax. */
  readonly tax?: number
  /** Tip. */
  readonly tip?: number
  /** Delivery fee. */
  readonly delivery?: number
  /** The whole discount, the reward's included. */
  readonly discount?: number
  /** `regular` when absent. */
  readonly type?: 'regular' | 'catering'
  /** How the order is handed over. */
  readonly rendition?: 'onsite' | 'pickup' | 'delivery'
  /** ISO 4217; the account's when absent. */
  readonly currency?: string
  /** When it was ordered. */
  readonly placed?: string
  /** When it is to be ready. */
  readonly wanted?: string
  /** On `refunded`: the `transaction.id` that `billed` returned. */
  readonly transaction?: string
  /** Extension. Names a partial refund, so that a repeat of it is known as one. */
  readonly refund_id?: string
  readonly address?: {
    /** Street and number. */
    readonly street?: string
    /** Cross street. */
    readonly cross?: string
    /** City. */
    readonly city?: string
    /** Postal code. */
    readonly code?: string
    /** State or region. */
    readonly region?: string
    /** Country. */
    readonly country?: string
  }
  /** Expected in every call after checkout. */
  readonly payments?: readonly {
    /** In any letter case. */
    readonly tender?: 'cash' | 'check' | 'credit' | 'debit' | 'prepaid' | 'transfer' | 'value'
    /** Card issuer. */
    readonly issuer?: string
    /** Last digits of the card. */
    readonly suffix?: string
    /** Paid this way. */
    readonly amount?: number
  }[]
  readonly basket: {
    /** Names a cart that has no order id yet. */
    readonly uuid?: string
    readonly rewards?: readonly {
      /** From the list of rewards. */
      readonly id: string
      /** In any letter case. */
      readonly provider?: string
      /** What the reward is applied to. */
      readonly level?: string
      /** What checkout answered; required after it. */
      readonly discount?: number
      /** SKU. */
      readonly product?: string
    }[]
    readonly posEntries: readonly {
      readonly posItem: {
        /** Name as on the receipt. */
        readonly label: string
        /** Price of one, without modifiers. */
        readonly cost: number
        /** SKU. */
        readonly product?: string
        /** One category may be sent as a text. */
        readonly categories?: readonly string[]
        /** Nested up to 10 levels. */
        readonly modifiers?: readonly Modifier[]
      }
      readonly quantity: number
    }[]
  }
}

export interface OrderReply {
  readonly transaction: {
    /** From `billed` on. */
    readonly id?: string
    /** The reward's discount. */
    readonly discount: number
    /** The status that was sent. */
    readonly status: 'checkout' | 'placed' | 'billed' | 'completed' | 'voided' | 'refunded'
    /** Fit to show the customer: why the reward does not apply at checkout. */
    readonly message?: string
    /** Extension: the same, for machines. */
    readonly reason?: string
    /** Extension: a guest's code, to claim the order with. */
    readonly receipt_code?: string
    /** Extension: what a fixed amount had left when nothing remained to pay. */
    readonly forfeited?: number
    /** Extension: what the completed order brought. */
    readonly points_earned?: number
    /** Extension: what the customer gets back for the items of this refund. */
    readonly refund_amount?: number
    /** Extension: earned points that the refund took back. */
    readonly points_reversed?: number
    /** Extension: what the reward gives less on the items that stay. */
    readonly discount_difference?: number
    /** Extension, with `?explain=1`. */
    readonly explanation?: {
      /** Each line: price, discounts, what was paid, and its points. */
      readonly lines: readonly Readonly<Record<string, unknown>>[]
      /** Each rule that applied, on which lines, with which numbers (minor units and points). */
      readonly rules: readonly Readonly<Record<string, unknown>>[]
      /** Each rule that did not: its reason, and what would satisfy it. */
      readonly not_applied: readonly Readonly<Record<string, unknown>>[]
      /** Rewards that would have applied and were not asked for. */
      readonly could_apply: readonly Readonly<Record<string, unknown>>[]
    }
  }
}

/** Why a server that gives reasons refused. */
export type ServerReason =
  | 'signature_missing'
  | 'key_missing'
  | 'key_invalid'
  | 'signature_incorrect'
  | 'signature_malformed'
  | 'signature_expired'
  | 'signature_replayed'
  | 'content_digest_incorrect'
  | 'message_signature_required'
  | 'access_token_invalid'
  | 'refresh_token_invalid'
  | 'store_not_allowed'
  | 'brand_mismatch'
  | 'phone_invalid'
  | 'store_unknown'
  | 'store_missing'
  | 'member_unknown'
  | 'email_phone_conflict'
  | 'malformed_json'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'forbidden_character'
  | 'invalid_utf8'
  | 'body_too_deep'
  | 'body_not_object'
  | 'body_missing'
  | 'path_malformed'
  | 'field_missing'
  | 'field_invalid'
  | 'field_misplaced'
  | 'text_too_long'
  | 'amount_negative'
  | 'amount_too_precise'
  | 'amount_too_large'
  | 'currency_unknown'
  | 'currency_mismatch'
  | 'lines_empty'
  | 'too_many_lines'
  | 'too_many_units'
  | 'modifiers_too_deep'
  | 'quantity_conflict'
  | 'totals_mismatch'
  | 'id_missing_at_placed'
  | 'payments_missing'
  | 'quantity_missing'
  | 'discount_below_reward'
  | 'no_such_route'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'internal'
  | 'unavailable'
  | 'overloaded'
  | 'shutting_down'
  | 'order_not_found'
  | 'transaction_not_found'
  | 'receipt_not_found'
  | 'order_state_forbids'
  | 'order_voided'
  | 'order_refunded'
  | 'order_other_member'
  | 'order_other_store'
  | 'order_ids_conflict'
  | 'superseded'
  | 'same_key_other_content'
  | 'strict_sequence'
  | 'receipt_already_claimed'
  | 'claim_not_completed'
  | 'refund_exceeds_order'
  | 'partial_refund_not_allowed'
  | 'reward_unknown'
  | 'reward_held'
  | 'reward_used'
  | 'points_insufficient'
  | 'amount_exceeds_balance'
  | 'discount_mismatch'
  | 'hold_lapsed'
  | 'multiple_rewards'
  | 'reward_guest'
  | 'starter_not_allowed'
  | 'min_subtotal'
  | 'not_at_store'
  | 'not_in_source'
  | 'order_type'
  | 'rendition'
  | 'wrong_day'
  | 'wrong_time'
  | 'not_started'
  | 'expired'
  | 'blackout'
  | 'first_order_only'
  | 'member_limit'
  | 'day_limit'
  | 'items_missing'
  | 'nothing_to_discount'
  | 'tier'
  | 'attribute'
  | 'condition'
