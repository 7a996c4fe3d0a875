/*
 * What the screens and the partner server say to each other, as JSON. Money is an integer of minor units, an instant is epoch milliseconds, `null` is
 * "none". Words that a customer reads are made in the screens (two languages), from the machine words here; `message` is English, for when a screen
 * knows no better.
 *
 * | route | asks | answers | who |
 * | --- | --- | --- | --- |
 * | POST /api/pair                      | PairAsk   | PairView    | anybody with the code; sets a cookie |
 * | GET  /api/menu                      |           | Menu        | anybody |
 * | GET  /api/status                    |           | StatusView  | anybody |
 * | GET  /api/tills/:till               |           | TillView    | paired |
 * | GET  /api/tills/:till/events        |           | stream of StreamEvent: a whole snapshot of till, device and status at once, then one at each change | paired |
 * | POST /api/tills/:till/members       | MemberAsk | MemberView  | paired: known or new member by phone |
 * | PUT  /api/tills/:till/cart          | CartAsk   | Quote       | paired: the cart as it is now; free, repeatable, mirrored on the display |
 * | POST /api/tills/:till/prompt        | PromptAsk | TillView    | staff: "use it / keep it?" on the customer's display |
 * | POST /api/tills/:till/answer        | AnswerAsk | TillView    | paired: the customer's answer |
 * | POST /api/tills/:till/clear         |           | TillView    | paired: next customer; a sale that was not paid is voided |
 * | POST /api/orders/:id/pay            | PayAsk    | PayOutcome  | paired: answers when the payment has ended, whichever way; asking again joins the one that runs |
 * | POST /api/orders/:id/cancel-payment |           | OrderView   | paired: take the amount off the device |
 * | GET  /api/orders?q=&before=         |           | OrderPage   | staff |
 * | GET  /api/orders/:id                |           | OrderView   | staff; a kiosk its own |
 * | POST /api/orders/:id/ready          |           | OrderView   | staff: an order ahead is ready |
 * | POST /api/orders/:id/void           |           | OrderView   | staff: before completion |
 * | POST /api/orders/:id/refund         | RefundAsk | RefundView  | staff: lines, or all that is left |
 * | POST /api/devices/:till             | DeviceAsk | DeviceView  | paired: what happens on the simulated payment device |
 * | GET  /api/shop/session              |           | ShopSession | anybody; sets a cookie |
 * | POST /api/shop/sign-in              | MemberAsk | ShopSession | anybody |
 * | POST /api/shop/sign-out             |           | ShopSession | anybody |
 * | PUT  /api/shop/cart                 | CartAsk   | Quote       | anybody: `member` is the session's, whatever is sent |
 * | POST /api/shop/orders               | PlaceAsk  | OrderView   | anybody: places it and holds the reward; paid (billed) when it is picked up |
 * | GET  /api/shop/orders/:id           |           | OrderView   | the session that placed it |
 * | GET  /api/shop/orders/:id/events    |           | stream of OrderView | the same |
 * | POST /api/shop/orders/:id/cancel    |           | OrderView   | the same |
 *
 * Anything that fails answers with a fitting HTTP status and ErrorBody. An order id is a UUID which the screen makes (crypto.randomUUID()) when its cart
 * begins, so that every call can be repeated.
 */

export type { Category, Language, Menu, MenuItem, ModifierGroup, ModifierOption, StoreView, Translated } from './menu.ts'

/** Which screens a code opens: staff's (register, display, device) or the customer's own kiosk. */
export type Role = 'staff' | 'kiosk'

export interface PairAsk {
  readonly code: string
}

export interface PairView {
  readonly role: Role
}

/** A machine word for each thing that can go wrong with a call. */
export type ErrorWord =
  | 'not_paired'
  | 'not_allowed'
  | 'wrong_code'
  | 'invalid'
  | 'not_found'
  | 'phone_invalid'
  | 'member_unknown_offline'
  | 'offline'
  | 'busy'
  | 'state_forbids'
  | 'reward_refused'
  | 'loyalty_refused'
  | 'loyalty_failed'
  | 'internal'

export interface ErrorBody {
  readonly error: ErrorWord
  /** English, says what to do. */
  readonly message: string
  /** The loyalty server's own word, where it refused. */
  readonly reason: string | null
}

// ---------------------------------------------------------------- members

export interface MemberAsk {
  readonly phone: string
  /** Kept when the member is new to this shop. */
  readonly name?: string
}

export interface MemberView {
  readonly id: string
  /** As this shop knows it; the loyalty server tells no names. */
  readonly name: string | null
  /** `(•••) •••-0123`: a display stands where others read it too. */
  readonly phone: string
  readonly isNew: boolean
  /** `null` while the loyalty server is away. */
  readonly balance: BalanceView | null
  readonly rewards: readonly RewardView[]
}

export interface BalanceView {
  readonly quantity: number
  readonly units: 'points' | 'visits' | 'stamps'
  /** The next reward comes at this many, where the program has such a threshold. */
  readonly threshold: number | null
}

export interface RewardView {
  readonly id: string
  readonly label: string
  readonly offer: 'rebate' | 'discount' | 'gift'
  /** Money off in minor units (rebate), percent (discount). */
  readonly value: number
  readonly quantity: number
  /** Its price in points, where it is bought with points. */
  readonly points: number | null
  /** YYYY-MM-DD. */
  readonly expiresOn: string | null
}

// ---------------------------------------------------------------- cart and quote

export interface CartLine {
  /** The screen's own name of the line; comes back in quotes and receipts. */
  readonly key: string
  readonly item: string
  readonly quantity: number
  readonly modifiers: readonly { readonly option: string; readonly quantity: number }[]
}

export type Rendition = 'onsite' | 'pickup'

export interface CartAsk {
  readonly order: string
  /** Grows with each change of the cart: an older quote than the cart is dropped by whoever gets it. */
  readonly seq: number
  readonly lines: readonly CartLine[]
  readonly member: string | null
  readonly reward: string | null
  readonly rendition?: Rendition
  /** When the customer wants an order ahead. */
  readonly wanted?: number | null
}

export interface Totals {
  readonly subtotal: number
  readonly discount: number
  readonly tax: number
  readonly total: number
}

export interface Quote extends Totals {
  readonly order: string
  readonly seq: number
  readonly lines: readonly PricedLine[]
  readonly reward: RewardOutcome | null
  /** What the purchase is expected to bring this member; `null` where it cannot be said. */
  readonly pointsToEarn: number | null
  /** False: priced by the till alone, because the loyalty server is away; no reward applies. */
  readonly online: boolean
}

export interface PricedLine {
  readonly key: string
  readonly item: string
  readonly label: string
  readonly quantity: number
  /** One unit, with its modifiers. */
  readonly unitPrice: number
  readonly amount: number
  readonly modifiers: readonly {
    readonly option: string
    readonly label: string
    readonly quantity: number
    readonly price: number
  }[]
  /** Units that a refund has taken back. */
  readonly refunded: number
}

export interface RewardOutcome {
  readonly id: string
  readonly label: string
  readonly applied: boolean
  readonly discount: number
  /** The loyalty server's word and sentence, when it does not apply. */
  readonly reason: string | null
  readonly message: string | null
}

// ---------------------------------------------------------------- payment

export type PayAsk = { readonly method: 'cash'; readonly tendered: number } | { readonly method: 'card' }

/**
 * How a payment ended. Whatever is not `paid` has taken no money that is not on its way back, holds no reward, and leaves the cart on the till under
 * the new order id `next`.
 */
export type PayOutcome =
  | { readonly kind: 'paid'; readonly order: OrderView }
  | {
      readonly kind: 'not_paid'
      readonly why: NotPaid
      readonly message: string
      readonly reason: string | null
      readonly next: string
    }

export type NotPaid =
  | 'declined'
  | 'device_timeout'
  | 'device_lost'
  | 'device_busy'
  | 'cancelled'
  | 'too_little_cash'
  | 'price_changed'
  | 'reward_refused'
  | 'reward_needs_connection'
  | 'loyalty_refused'

export interface PaymentView {
  readonly method: 'cash' | 'card'
  readonly amount: number
  readonly tendered: number | null
  readonly change: number | null
  readonly card: { readonly issuer: string; readonly suffix: string } | null
}

// ---------------------------------------------------------------- orders

/**
 * open: a cart. placed: an order ahead, its reward held, unpaid. paying: a payment runs. settling: paid, the loyalty server has not confirmed yet.
 * queued: sold while the loyalty server was away, in the outbox. completed: paid and awarded. Then partly_refunded, refunded; voided.
 */
export type OrderState =
  | 'open'
  | 'placed'
  | 'paying'
  | 'settling'
  | 'queued'
  | 'completed'
  | 'partly_refunded'
  | 'refunded'
  | 'voided'

export interface OrderView extends Totals {
  readonly id: string
  /** Short, for people. */
  readonly number: string
  readonly till: string
  readonly source: 'instore' | 'web'
  readonly state: OrderState
  readonly createdAt: number
  readonly updatedAt: number
  readonly wanted: number | null
  /** An order ahead that waits at the counter. */
  readonly isReady: boolean
  readonly member: { readonly id: string; readonly name: string | null; readonly phone: string } | null
  readonly lines: readonly PricedLine[]
  readonly reward: RewardOutcome | null
  readonly payment: PaymentView | null
  /** A guest's code to claim the points with. */
  readonly receiptCode: string | null
  readonly pointsEarned: number | null
  readonly balance: BalanceView | null
  readonly refunds: readonly RefundView[]
  /** What somebody should know about how it stands, in plain words. */
  readonly notice: string | null
}

export interface OrderPage {
  readonly orders: readonly OrderView[]
  /** `before` of the next page. */
  readonly next: number | null
}

export interface RefundAsk {
  /** Made by the screen (crypto.randomUUID()), so that asking twice refunds once. */
  readonly refund: string
  /** All that is left, when absent. */
  readonly lines?: readonly { readonly key: string; readonly quantity: number }[]
}

export interface RefundView {
  readonly refund: string
  readonly at: number
  readonly lines: readonly { readonly key: string; readonly label: string; readonly quantity: number }[]
  /** What the customer gets back, tax included. */
  readonly amount: number
  readonly pointsReversed: number | null
  readonly order: string
}

// ---------------------------------------------------------------- live

export type StreamEvent =
  | { readonly type: 'till'; readonly till: TillView }
  | { readonly type: 'device'; readonly device: DeviceView }
  | { readonly type: 'status'; readonly status: StatusView }

/** What a till's display shows. */
export interface TillView {
  readonly till: string
  readonly phase: 'idle' | 'selling' | 'paying' | 'done'
  readonly order: string | null
  /** The cart's, so that a register that was reloaded goes on from it. */
  readonly seq: number
  readonly lines: readonly PricedLine[]
  readonly totals: Totals
  readonly member: MemberView | null
  readonly reward: RewardOutcome | null
  readonly prompt: { readonly reward: RewardView; readonly answer: Answer | null } | null
  readonly pointsToEarn: number | null
  /** Of the sale that has just ended. */
  readonly receipt: OrderView | null
}

export type Answer = 'use' | 'keep'

export interface PromptAsk {
  readonly reward: string
}

export interface AnswerAsk {
  readonly reward: string
  readonly answer: Answer
}

export interface StatusView {
  /** Whether the loyalty server answers. */
  readonly online: boolean
  /** Orders that wait for it. */
  readonly queued: number
  /** While the queue drains: how many of it have been sent. */
  readonly draining: { readonly done: number; readonly total: number } | null
}

export type DeviceScreen = 'idle' | 'waiting' | 'approved' | 'declined' | 'timed_out' | 'reversed' | 'cancelled'

export interface DeviceView {
  readonly till: string
  readonly isConnected: boolean
  readonly screen: DeviceScreen
  readonly order: string | null
  readonly amount: number
  /** When a waiting payment times out. */
  readonly until: number | null
}

export interface DeviceAsk {
  readonly press: 'approve' | 'decline' | 'time_out' | 'disconnect' | 'connect'
}

// ---------------------------------------------------------------- web shop

export interface ShopSession {
  readonly member: MemberView | null
  readonly orders: readonly OrderView[]
}

export interface PlaceAsk {
  readonly cart: CartAsk
  /** For the counter to call out. */
  readonly name: string
}
