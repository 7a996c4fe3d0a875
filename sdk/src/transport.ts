import { readAnswer } from './answer.ts'
import type { Answer, Call, CallOptions } from './call.ts'
import { ConnectionError, RateLimitError, RegularsError, SignatureError, TimeoutError } from './errors.ts'
import { explainSignature } from './explain-signature.ts'
import { type RequestEvent, redacted, tell } from './observe.ts'
import type { Settings } from './settings.ts'
import { type Sign, signer } from './signing.ts'
import { explainFailure } from './unreachable.ts'
import { VERSION } from './version.ts'

/** The first pause is drawn below this, and the bound doubles with each attempt up to the most. */
const PAUSE_MS = 250
const PAUSE_MAX_MS = 5_000
/** A server that asks for a longer wait is believed, and the call given up: a customer stands at the till. */
const RETRY_AFTER_MAX_MS = 15_000
/** Two machines that set their clocks by the network are within seconds. */
const SKEW_MS = 120_000

const INCORRECT = 'signature_incorrect'

const utf8 = new TextEncoder()
const NO_BODY = new Uint8Array()

/** Signs, sends, waits, repeats what is safe, and turns whatever comes back into a value or an error that says what to do. */
export class Transport {
  readonly #settings: Settings
  readonly #sign: Sign
  readonly #userAgent = `regulars-sdk/${VERSION} (${runtime()})`
  #warnedOfClock = false

  constructor(settings: Settings) {
    this.#settings = settings
    this.#sign = signer(settings.secret)
  }

  async send(call: Call, options: CallOptions = {}): Promise<Answer> {
    const { retries } = { ...this.#settings, ...given(options) }
    const body = call.body === undefined ? NO_BODY : utf8.encode(JSON.stringify(call.body))
    tell(() => this.#settings.logger?.debug?.(`${call.method} ${call.path}`, { body: redacted(call.body) }))
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(call, body, attempt, options)
      } catch (error) {
        if (!(error instanceof RegularsError)) throw error
        const delayMs = error.retryAfterMs ?? Math.random() * Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** attempt)
        if (attempt > retries || !isSafeToRepeat(call, error) || delayMs > RETRY_AFTER_MAX_MS)
          throw await this.#explain(call, body, error)
        const event = { ...this.#event(call, attempt), delayMs, error }
        tell(() => this.#settings.hooks.onRetry?.(event))
        tell(() =>
          this.#settings.logger?.debug?.(`${call.method} ${call.path} again in ${Math.round(delayMs)} ms: ${error.message}`),
        )
        await pause(delayMs, options.signal)
      }
    }
  }

  async #attempt(call: Call, body: Uint8Array, attempt: number, options: CallOptions): Promise<Answer> {
    const { hooks, logger } = this.#settings
    const event = this.#event(call, attempt)
    tell(() => hooks.onRequest?.(event))
    const start = Date.now()
    return this.#timed(call, options, async (signal) => {
      const response = await this.#fetch(call.method, call.path, body, signal)
      const requestId = response.headers.get('x-request-id') ?? undefined
      const done = { ...event, status: response.status, durationMs: Date.now() - start, requestId }
      this.#watchClock(response, start)
      tell(() => hooks.onResponse?.(done))
      tell(() => logger?.debug?.(`${call.method} ${call.path}: ${response.status}`, { ms: done.durationMs, requestId }))
      return readAnswer(response, call, this.#settings)
    })
  }

  /** Sends the bytes that were signed, to the target that was signed. Redirects are not followed: a signature holds for one target. */
  async #fetch(
    method: string,
    path: string,
    body: Uint8Array,
    signal: AbortSignal,
    signedPrefix = this.#settings.signedPrefix,
  ): Promise<Response> {
    const { origin, prefix, apiKey } = this.#settings
    const signature = await this.#sign(signedPrefix + path, body)
    const init: RequestInit = {
      method,
      headers: {
        'X-Class-Key': apiKey,
        'X-Class-Signature': signature,
        'User-Agent': this.#userAgent,
        Accept: 'application/json',
        ...(body.length > 0 && { 'Content-Type': 'application/json' }),
      },
      redirect: 'manual',
      signal,
      ...(body.length > 0 && { body }),
    }
    return this.#settings.fetch(origin + prefix + path, init)
  }

  /** Runs one attempt under the clock and the caller's signal. */
  async #timed<T>(call: Call, options: CallOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = { ...this.#settings, ...given(options) }
    options.signal?.throwIfAborted()
    const controller = new AbortController()
    const abort = () => controller.abort()
    const timer = setTimeout(abort, timeoutMs)
    options.signal?.addEventListener('abort', abort)
    try {
      return await run(controller.signal)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (error instanceof RegularsError) throw error
      if (controller.signal.aborted) throw timeout(call, this.#settings, timeoutMs)
      throw explainFailure(error, call, this.#settings)
    } finally {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
    }
  }

  /** A signature that does not match has several causes, and only another request tells them apart. */
  async #explain(call: Call, body: Uint8Array, error: RegularsError): Promise<RegularsError> {
    // Another reason is an explanation already.
    if (!(error instanceof SignatureError) || error.code !== 1004 || (error.reason ?? INCORRECT) !== INCORRECT) return error
    const { prefix, timeoutMs } = this.#settings
    return explainSignature(error, { call, prefix, hasBody: body.length > 0 }, async (path, signedPrefix) => {
      const probe = { ...call, method: 'GET', path } as const
      const response = await this.#timed(probe, { timeoutMs }, (signal) =>
        this.#fetch('GET', path, NO_BODY, signal, signedPrefix),
      )
      return readAnswer(response, probe, this.#settings)
    })
  }

  #event(call: Call, attempt: number): RequestEvent {
    return { method: call.method, target: this.#settings.prefix + call.path, attempt, orderId: call.orderId }
  }

  /** The signature holds no time, so a wrong clock shows nowhere but in the times of orders: it is compared with the server's `Date`. */
  #watchClock(response: Response, start: number): void {
    const serverTime = Date.parse(response.headers.get('date') ?? '')
    const skewMs = serverTime - (start + Date.now()) / 2
    if (this.#warnedOfClock || !(Math.abs(skewMs) > SKEW_MS)) return
    this.#warnedOfClock = true
    const minutes = Math.round(Math.abs(skewMs) / 60_000)
    const message = `This machine's clock is ${minutes} minutes ${skewMs > 0 ? 'behind' : 'ahead of'} the server's. Set it by the network: orders carry its time, and queued ones earn by it.`
    tell(() => this.#settings.hooks.onWarning?.({ kind: 'clock_skew', message, skewMs }))
    tell(() => this.#settings.logger?.warn?.(message))
  }
}

/** Anything may be repeated that was refused unread, or never arrived. */
function isSafeToRepeat(call: Call, error: RegularsError): boolean {
  if (!error.retryable) return false
  return (
    call.repeatable ||
    error instanceof RateLimitError ||
    (error instanceof ConnectionError && /^(dns|refused)$/.test(error.reason ?? ''))
  )
}

function timeout(call: Call, { origin }: Settings, timeoutMs: number): TimeoutError {
  const unclear =
    call.method === 'GET'
      ? ''
      : ' Whether it was done is not known; the same call with the same ids may be sent again without harm.'
  return new TimeoutError(
    `${origin} did not answer ${call.method} ${call.path} within ${timeoutMs} ms.${unclear} Look at the server's health, or give timeoutMs.`,
    {
      reason: 'timeout',
      retryable: true,
      orderId: call.orderId,
    },
  )
}

/** Options without what is undefined, which would hide a setting. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** Waits, or rejects with the signal's reason. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end)
  })
}

function runtime(): string {
  const { Bun, Deno, process, navigator } = globalThis as {
    Bun?: { version: string }
    Deno?: { version: { deno: string } }
    process?: { versions?: { node?: string } }
    navigator?: { userAgent?: string }
  }
  if (Bun) return `bun ${Bun.version}`
  if (Deno) return `deno ${Deno.version.deno}`
  return process?.versions?.node ? `node ${process.versions.node}` : (navigator?.userAgent ?? 'unknown')
}
