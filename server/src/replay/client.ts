import * as http from 'node:http'
import * as https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { sign } from './sign.ts'
import type { Request } from './wire.ts'

/** A till's connection to the server: signed, kept alive, and patient while the server is away. */
export interface Client {
  /** Sends a request until it is answered, with the same bytes each time. */
  send(request: Request): Promise<Answer>
  /** Freezes the test environment's clock at an instant (epoch ms); null lets it run. */
  setClock(instant: number | null): Promise<void>
  close(): void
}

export interface Answer {
  readonly status: number
  /** The parsed body; undefined when it is not JSON. */
  readonly body: unknown
  /** How long the last attempt took. */
  readonly ms: number
  /** More than 1: an earlier attempt may have done the work. */
  readonly attempts: number
}

export interface ClientOptions {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  readonly adminToken?: string
}

/** A server that is started again after a crash is back long before this. */
const GIVE_UP_AFTER_MS = 120_000
const ATTEMPT_TIMEOUT_MS = 30_000
const PAUSE_MAX_MS = 2_000
const SOCKETS_MAX = 32

export function openClient({ url, apiKey, secret, adminToken }: ClientOptions): Client {
  const base = new URL(url)
  const { Agent } = base.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX })
  const once = (request: Request, headers: Record<string, string>) => exchange(base, agent, request, headers)

  return {
    async send(request) {
      const signature = await sign({ secret, uri: request.uri, body: request.body })
      return persist(
        () => once(request, { 'X-Class-Key': apiKey, 'X-Class-Signature': signature }),
        `${request.method} ${request.uri}`,
      )
    },
    async setClock(instant) {
      const request: Request = {
        method: 'POST',
        uri: '/admin/v1/clock',
        body: JSON.stringify({ now: instant === null ? null : new Date(instant).toISOString() }),
      }
      const answer = await persist(() => once(request, { Authorization: `Bearer ${adminToken}` }), 'POST /admin/v1/clock')
      if (answer.status >= 300)
        throw new Error(`The clock could not be moved: the server answered ${answer.status} ${JSON.stringify(answer.body)}`)
    },
    close: () => agent.destroy(),
  }
}

interface Received {
  readonly status: number
  readonly text: string
  readonly retryAfter?: string
}

/** Tries until there is an answer: 503, 429 and a lost connection are none. */
async function persist(attempt: () => Promise<Received>, what: string): Promise<Answer> {
  const givesUpAt = performance.now() + GIVE_UP_AFTER_MS
  for (let attempts = 1; ; attempts++) {
    const startedAt = performance.now()
    const outcome = await attempt().catch((error: Error) => error)
    const ms = performance.now() - startedAt
    const isAnswer = !(outcome instanceof Error) && outcome.status !== 503 && outcome.status !== 429
    if (isAnswer) return { status: outcome.status, body: parsed(outcome.text), ms, attempts }
    if (performance.now() > givesUpAt) {
      const last = outcome instanceof Error ? outcome.message : `${outcome.status} ${outcome.text}`
      throw new Error(`${what} was not answered for ${GIVE_UP_AFTER_MS / 1_000} seconds; last: ${last}`)
    }
    await sleep(pauseMs(outcome, attempts))
  }
}

function pauseMs(outcome: Received | Error, attempts: number): number {
  const asked = outcome instanceof Error ? Number.NaN : Number(outcome.retryAfter) * 1_000
  return Math.min(PAUSE_MAX_MS, Number.isFinite(asked) ? Math.max(asked, 20) : 50 * attempts)
}

function exchange(
  base: URL,
  agent: http.Agent,
  { method, uri, body }: Request,
  headers: Record<string, string>,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const { request } = base.protocol === 'https:' ? https : http
    const content =
      method === 'GET' ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }
    const outgoing = request(
      {
        agent,
        hostname: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port,
        method,
        path: uri,
        timeout: ATTEMPT_TIMEOUT_MS,
        headers: { ...headers, ...content },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          if (!incoming.complete) return reject(new Error('the answer was cut off'))
          resolve({
            status: incoming.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            retryAfter: incoming.headers['retry-after'],
          })
        })
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ATTEMPT_TIMEOUT_MS / 1_000} seconds`)))
    outgoing.on('error', reject)
    outgoing.end(method === 'GET' ? undefined : body)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
