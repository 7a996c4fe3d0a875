import type { Answer, Call } from './call.ts'
import {
  AuthenticationError,
  ConflictError,
  type Facts,
  NotFoundError,
  PermissionError,
  RateLimitError,
  type RegularsError,
  RewardError,
  ServerError,
  SignatureError,
  TimeoutError,
  UnexpectedAnswerError,
  ValidationError,
} from './errors.ts'
import type { Settings } from './settings.ts'

/** What a server says in an error, as far as it says it. */
interface ErrorBody {
  readonly id?: string
  readonly code?: number
  readonly message?: string
  readonly details?: string
  readonly reason?: string
}

/** The answer as a value, or as an error that names what answered and what to do. */
export async function readAnswer(response: Response, call: Call, settings: Settings): Promise<Answer> {
  const { status } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) throw redirected(response, call, settings)
  const text = await readText(response, call)
  const body = parsed(text)
  const facts: Facts = { status, requestId: response.headers.get('x-request-id') ?? undefined, orderId: call.orderId }
  if (response.ok && isObject(body) && call.answers in body) return { status, body }
  if (!response.ok && isObject(body) && typeof body.code === 'number') throw refused(body, response, settings, facts)
  throw strange(text, body, response, call, facts)
}

async function readText(response: Response, call: Call): Promise<string> {
  try {
    return await response.text()
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AbortError') throw cause
    throw truncated({ status: response.status, orderId: call.orderId, cause })
  }
}

function truncated(facts: Facts): UnexpectedAnswerError {
  return new UnexpectedAnswerError(
    'The answer broke off in the middle. Whether the call was done is not known; the same call with the same ids may be sent again without harm. If it happens often, look at proxies between here and the server.',
    { ...facts, reason: 'answer_truncated', retryable: true },
  )
}

/** An error of the contract: its kind by HTTP status and code, its words by the server, and a hint where the SDK knows more. */
function refused(body: ErrorBody, response: Response, settings: Settings, known: Facts): RegularsError {
  const { status } = response
  const { id, code, details, reason } = body
  const facts: Facts = { ...known, code, details, reason, requestId: known.requestId ?? id, retryAfterMs: retryAfterMs(response) }
  const words = body.message ?? details ?? 'The server gave no words.'
  const { apiKey, accountId, origin } = settings
  if (code === 1002 || code === 1003) {
    const kind = /^(test|live)_/.exec(apiKey)?.[1]
    const hint = `The key is ${apiKey.slice(0, 9)}… and the server ${origin}. ${kind ? `It is a ${kind} key: use the ${kind} server. ` : ''}Look whether it was copied whole, is of this environment, and has not been disabled.`
    return new AuthenticationError(`${words} ${hint}`, { ...facts, reason: reason ?? 'key_wrong' })
  }
  if (code === 1001)
    return new SignatureError(
      `${words} The SDK sends this header: a proxy between here and the server takes it away. Let it pass X-Class-Key and X-Class-Signature on.`,
      facts,
    )
  if (status === 401) return new SignatureError(words, facts)
  if (status === 403) {
    return new PermissionError(
      `${words} This client says accountId '${accountId}': give the account that the key belongs to, and a store that the key is for.`,
      {
        ...facts,
        reason: reason ?? 'account_wrong',
      },
    )
  }
  if (status === 404) {
    const isOrder = reason === 'order_not_found' || (reason === undefined && known.orderId !== undefined)
    const hint = ` The path in baseUrl is put before /loyalty; if it is right, a proxy rewrites the path.`
    return new NotFoundError(isOrder ? words : words + hint, facts)
  }
  if (status === 408) return new TimeoutError(words, { ...facts, retryable: true })
  if (status === 409) return new ConflictError(words, facts)
  if (status === 429) return new RateLimitError(words, { ...facts, retryable: true })
  if (status >= 500)
    return new ServerError(`${words}${facts.requestId ? ` The server's log has it as ${facts.requestId}.` : ''}`, {
      ...facts,
      retryable: true,
    })
  return code === 400 ? new RewardError(words, facts) : new ValidationError(words, facts)
}

/** Whatever answered, it was not this contract. */
function strange(text: string, body: unknown, response: Response, call: Call, facts: Facts): RegularsError {
  const { status } = response
  const what = call.path.split('?')[0]
  const isHtml = /html/i.test(response.headers.get('content-type') ?? '') || /^\s*<(!doctype|html|\?xml|head|body)/i.test(text)
  if (status === 429)
    return new RateLimitError(
      'Something before the server says that there are too many requests. Send fewer, or raise the limit there.',
      { ...facts, retryable: true, retryAfterMs: retryAfterMs(response) },
    )
  if (status >= 500 || status === 408) {
    return new ServerError(
      `HTTP ${status} came from something before the server (${isHtml ? `a web page${titleOf(text)}` : 'not an answer of the contract'}): the gateway runs, the loyalty server behind it does not answer. Look at the server and the gateway's settings.`,
      { ...facts, reason: isHtml ? 'answer_html' : 'answer_not_contract', retryable: true, retryAfterMs: retryAfterMs(response) },
    )
  }
  if (isHtml) {
    return new UnexpectedAnswerError(
      `A web page${titleOf(text)} came in place of JSON (HTTP ${status}, ${what}). Something else answers at this address: a sign-in page of the network, a proxy's error page, or another site. Open baseUrl in a browser, and look at its host, port and path.`,
      { ...facts, reason: 'answer_html' },
    )
  }
  if (body === undefined && /json/i.test(response.headers.get('content-type') ?? '')) return truncated(facts)
  if (body === undefined) {
    return new UnexpectedAnswerError(
      `HTTP ${status} came with something that is not JSON (${what}). Look at the host, port and path of baseUrl: http:// to a port of https:// looks like this, too.`,
      {
        ...facts,
        reason: 'answer_not_json',
      },
    )
  }
  const lacks = response.ok ? `without \`${call.answers}\`` : 'without `code`'
  return new UnexpectedAnswerError(
    `HTTP ${status} came with JSON ${lacks} (${what}), so this is not a loyalty server, or not at this path. Look at the path in baseUrl: what stands there is put before /loyalty.`,
    {
      ...facts,
      reason: 'answer_not_contract',
    },
  )
}

function redirected(response: Response, call: Call, { origin }: Settings): UnexpectedAnswerError {
  const location = response.headers.get('location')
  const to = location ? safeOrigin(location, origin) : undefined
  return new UnexpectedAnswerError(
    `The server sends ${call.path.split('?')[0]} on to ${to ?? 'another address'}. A signed request is not sent on: its signature holds for one path. Set baseUrl to the address that answers itself${to ? `, perhaps ${to}` : ''}.`,
    { status: response.status, reason: 'redirected', orderId: call.orderId },
  )
}

/** An address without path and query, which may hold something personal. */
function safeOrigin(location: string, base: string): string | undefined {
  try {
    return new URL(location, base).origin
  } catch {
    return undefined
  }
}

/** Seconds or a date. */
function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get('retry-after')
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

function titleOf(html: string): string {
  const title = /<title[^>]*>([^<]{1,80})/i.exec(html)?.[1]?.trim()
  return title ? ` ("${title}")` : ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
