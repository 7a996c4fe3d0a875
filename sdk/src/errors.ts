import type { ServerReason } from './wire.ts'

/** What the SDK itself found out; beside these, `reason` holds what the server said. */
export type LocalReason =
  | 'settings'
  | 'secret_wrong'
  | 'prefix_stripped'
  | 'query_rewritten'
  | 'body_rewritten'
  | 'account_wrong'
  | 'key_wrong'
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'connection_lost'
  | 'tls'
  | 'tls_clock'
  | 'timeout'
  | 'redirected'
  | 'answer_html'
  | 'answer_truncated'
  | 'answer_not_json'
  | 'answer_not_contract'
  | 'argument'
  | 'order_state'
  | 'order_busy'
  | 'order_unknown'
  | 'journal'
  | 'journal_locked'
  | 'payment_declined'
  | 'payment_unclear'
  | 'payment_kept'
  | 'offline_redemption'

/** A stable word for machines. A server that speaks the contract may say others, or none. */
export type Reason = LocalReason | ServerReason | (string & {})

/** What is known of a failure beside its words. */
export interface Facts {
  readonly code?: number
  readonly status?: number
  readonly reason?: Reason
  readonly requestId?: string
  readonly retryable?: boolean
  readonly retryAfterMs?: number
  readonly details?: string
  readonly orderId?: string
  readonly cause?: unknown
}

/** Everything that the SDK throws, but an abort by the caller's own signal. `message` says what is wrong and what to do. */
export class RegularsError extends Error {
  override readonly name: string = 'RegularsError'
  /** The wire's number of the kind of error. */
  readonly code: number | undefined
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** A stable word for machines. */
  readonly reason: Reason | undefined
  /** To find this request in the log of the server. */
  readonly requestId: string | undefined
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined
  /** Fit to show a customer. */
  readonly details: string | undefined
  /** The order it is about. */
  readonly orderId: string | undefined

  constructor(message: string, { cause, ...facts }: Facts = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = facts.code
    this.status = facts.status
    this.reason = facts.reason
    this.requestId = facts.requestId
    this.retryable = facts.retryable ?? false
    this.retryAfterMs = facts.retryAfterMs
    this.details = facts.details
    this.orderId = facts.orderId
  }

  /** For logs: no secret, no signature, no body, and no cause, which may hold them. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, message, code, status, reason, requestId, retryable, retryAfterMs, details, orderId } = this
    return { name, message, code, status, reason, requestId, retryable, retryAfterMs, details, orderId }
  }
}

/** The options, an argument or the moment of a call are wrong; nothing has been sent. */
export class UsageError extends RegularsError {
  override readonly name = 'UsageError'
}
/** The API key is missing, unknown, disabled, or of the other environment (1002, 1003). */
export class AuthenticationError extends RegularsError {
  override readonly name = 'AuthenticationError'
}
/** The signature does not match what arrived (1001, 1004). */
export class SignatureError extends RegularsError {
  override readonly name = 'SignatureError'
}
/** The key may not do this: another account, or a store it is not for (403). */
export class PermissionError extends RegularsError {
  override readonly name = 'PermissionError'
}
/** Something in the request is wrong; `message` names the field (400). */
export class ValidationError extends RegularsError {
  override readonly name = 'ValidationError'
}
/** The order, route or resource does not exist (404). */
export class NotFoundError extends RegularsError {
  override readonly name = 'NotFoundError'
}
/** The order's state does not allow this, or its id is taken (409). */
export class ConflictError extends RegularsError {
  override readonly name = 'ConflictError'
}
/** The reward does not apply; `details` can be shown to the customer. Nothing has changed (400, code 400). */
export class RewardError extends RegularsError {
  override readonly name = 'RewardError'
}
/** Too many calls (429). */
export class RateLimitError extends RegularsError {
  override readonly name = 'RateLimitError'
}
/** The server's own fault, or it is not ready (5xx). */
export class ServerError extends RegularsError {
  override readonly name = 'ServerError'
}
/** No connection: name, route, refusal, TLS. */
export class ConnectionError extends RegularsError {
  override readonly name = 'ConnectionError'
}
/** No answer in time. Whether the call was done is unknown; repeating it with the same ids is safe. */
export class TimeoutError extends RegularsError {
  override readonly name = 'TimeoutError'
}
/** Something answered that is not this contract: a web page, half an answer, a redirect. */
export class UnexpectedAnswerError extends RegularsError {
  override readonly name = 'UnexpectedAnswerError'
}
/** The payment was declined, or charging threw (`cause`). The order is voided: its reward is free, and its id is used up. */
export class PaymentFailedError extends RegularsError {
  override readonly name = 'PaymentFailedError'
}
/** The money is taken and noted in the journal, but the server has not recorded it yet (`cause`). Never charge again. */
export class PaymentKeptError extends RegularsError {
  override readonly name = 'PaymentKeptError'
}
/** A reward cannot be used while the server is away. Nothing was charged. */
export class OfflineRedemptionError extends RegularsError {
  override readonly name = 'OfflineRedemptionError'
}
/** The journal cannot be read or written, or another process works with it. */
export class JournalError extends RegularsError {
  override readonly name = 'JournalError'
}

/** Whether the server could not be asked, or may or may not have done it: nothing is known about the call. */
export function isUnclear(error: unknown): boolean {
  return (
    error instanceof ConnectionError ||
    error instanceof TimeoutError ||
    error instanceof ServerError ||
    error instanceof RateLimitError ||
    error instanceof UnexpectedAnswerError
  )
}
