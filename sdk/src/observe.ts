import type { RegularsError } from './errors.ts'

/** One attempt at a call. */
export interface RequestEvent {
  readonly method: 'GET' | 'POST'
  /** Path and query as sent. */
  readonly target: string
  /** 1 for the first. */
  readonly attempt: number
  readonly orderId: string | undefined
}

/** What came back. */
export interface ResponseEvent extends RequestEvent {
  readonly status: number
  readonly durationMs: number
  readonly requestId: string | undefined
}

/** A call that will be repeated. */
export interface RetryEvent extends RequestEvent {
  readonly delayMs: number
  readonly error: RegularsError
}

/** Something that works and is wrong. */
export interface Warning {
  readonly kind: 'clock_skew'
  readonly message: string
  /** How far the server's clock is ahead of this machine's. */
  readonly skewMs: number
}

/** For metrics and traces. What a hook throws is ignored: a counter must not lose a sale. */
export interface Hooks {
  onRequest?(event: RequestEvent): void
  onResponse?(event: ResponseEvent): void
  onRetry?(event: RetryEvent): void
  onWarning?(warning: Warning): void
}

/** What the SDK writes to. */
export interface Logger {
  debug?(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn?(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** Wire fields that hold something of a person, a card, or a claim. */
const PERSONAL = new Set(
  'phone email name first last first_name last_name password dob gender marital_status address suffix issuer receipt_code'.split(
    ' ',
  ),
)

/** A body as a log may have it: shapes and amounts, nothing of a person. */
export function redacted(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, inner: unknown) => (PERSONAL.has(key) && inner !== null ? '[redacted]' : inner)),
  )
}

/** Calls a hook or a logger; its own failure is its own. */
export function tell(report: () => void): void {
  try {
    report()
  } catch {}
}
