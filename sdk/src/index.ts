/** The loyalty client of a till, a kiosk or a shop. Runs wherever there is `fetch` and WebCrypto; what needs files is in `@regulars/sdk/node`. */

export type { CallOptions } from './call.ts'
export type { Charge, ChargeContext, ChargeResult, Paid, PayOptions, ResumeOptions } from './charge.ts'
export { Regulars } from './client.ts'
export {
  AuthenticationError,
  ConflictError,
  ConnectionError,
  JournalError,
  NotFoundError,
  OfflineRedemptionError,
  PaymentFailedError,
  PaymentKeptError,
  PermissionError,
  RateLimitError,
  type Reason,
  RegularsError,
  RewardError,
  ServerError,
  SignatureError,
  TimeoutError,
  UnexpectedAnswerError,
  UsageError,
  ValidationError,
} from './errors.ts'
export { type Journal, memoryJournal } from './journal.ts'
export type { MemberFound } from './lookups.ts'
export type { Hooks, Logger, RequestEvent, ResponseEvent, RetryEvent, Warning } from './observe.ts'
export type { Order, Quote } from './order.ts'
export type { OrderCall } from './order-calls.ts'
export type { OrderState } from './order-record.ts'
export type { OrderStart } from './orders.ts'
export type { DrainOptions, Outbox, Progress, SetAside } from './outbox.ts'
export type { RegularsOptions } from './settings.ts'
export type {
  AppliedReward,
  Balance,
  Cart,
  Customer,
  OrderDraft,
  OrderStatus,
  Payment,
  PosEntry,
  Reward,
  Transaction,
} from './shapes.ts'
export { VERSION } from './version.ts'
