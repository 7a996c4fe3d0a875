/** What any single call may say about how it is made. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined
  /** For each attempt. */
  readonly timeoutMs?: number | undefined
  readonly retries?: number | undefined
}

/** One call of the contract. */
export interface Call {
  readonly method: 'GET' | 'POST'
  /** From `/loyalty` on. */
  readonly path: string
  readonly body?: object
  /** Whether the contract answers a repeat of it as the first. */
  readonly repeatable: boolean
  /** The field that an answer of this call must have. */
  readonly answers: string
  readonly orderId?: string
}

/** An accepted call. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}
