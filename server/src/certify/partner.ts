import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { KEY_HEADER, SIGNATURE_HEADER, sign, signMessage } from '@regulars/contract'

/** One request and what came back, as evidence. Key and signature are left out: a report is passed on. */
export interface Exchange {
  readonly method: 'GET' | 'POST'
  /** Path and query, as they went on the request line. */
  readonly target: string
  readonly body: string
  /** 0 where there was no answer. */
  readonly status: number
  readonly answer: string
  /** The answer's `X-Request-Id`, by which the server's people find the call. */
  readonly requestId?: string
  readonly ms: number
}

/** How a call is signed; anything else than `right` is a mistake on purpose. */
export type Signing = 'right' | 'wrong_secret' | 'other_body' | 'no_signature' | 'no_key' | 'unknown_key'

/** A partner's connection to a server. */
export interface Partner {
  send(method: 'GET' | 'POST', target: string, body?: object, signing?: Signing): Promise<Exchange>
}

const TIMEOUT_MS = 15_000
/** A server that is busy or starting says so; it is asked again, but not for ever. */
const ATTEMPTS = 5
const WAIT_MAX_MS = 3_000

/** Somebody else's secret: 48 bytes that sign well and belong to nobody. */
const WRONG_SECRET = Buffer.from('the secret of somebody else, who is not a partner').toString('base64')

/** What a partner was given. */
export interface PartnerAccess {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  readonly messageSignatures?: boolean
}

export function createPartner({ url, apiKey, secret, messageSignatures = false }: PartnerAccess): Partner {
  const base = url.replace(/\/+$/, '')
  return {
    async send(method, target, body, signing = 'right') {
      const address = new URL(base + target)
      // What is signed is what goes on the request line, also where the server stands under a path of a host.
      const line = address.pathname + address.search
      const text = body === undefined ? '' : JSON.stringify(body)
      const from = performance.now()
      for (let attempt = 1; ; attempt++) {
        const headers = await headersOf({ method, address, body: text, signing })
        const received = await once(address, { method, headers, ...(text !== '' && { body: text }) })
        const again = (received.status === 503 || received.status === 429) && attempt < ATTEMPTS
        if (!again) {
          const { waitMs: _, ...answer } = received
          return { method, target: line, body: text, ...answer, ms: Math.round((performance.now() - from) * 10) / 10 }
        }
        await sleep(received.waitMs)
      }
    },
  }

  /** Anew for each attempt: a message signature is good for one. */
  async function headersOf({ method, address, body, signing }: Sending): Promise<Record<string, string>> {
    const used = signing === 'wrong_secret' ? WRONG_SECRET : secret
    const type: Record<string, string> = body === '' ? {} : { 'Content-Type': 'application/json' }
    if (messageSignatures && (signing === 'right' || signing === 'wrong_secret')) {
      const [created, nonce] = [Math.floor(Date.now() / 1_000), randomBytes(16).toString('base64')]
      return { ...type, ...(await signMessage({ method, targetUri: address.href, body, apiKey, secret: used, created, nonce })) }
    }
    const uri = address.pathname + address.search
    const signature = await sign({ secret: used, uri, body: signing === 'other_body' ? `${body} ` : body })
    return {
      ...type,
      ...(signing !== 'no_key' && { [KEY_HEADER]: signing === 'unknown_key' ? 'test_nobody_has_this_key' : apiKey }),
      ...(signing !== 'no_signature' && { [SIGNATURE_HEADER]: signature }),
    }
  }
}

interface Sending {
  readonly method: 'GET' | 'POST'
  readonly address: URL
  readonly body: string
  readonly signing: Signing
}

async function once(
  address: URL,
  request: RequestInit,
): Promise<Pick<Exchange, 'status' | 'answer' | 'requestId'> & { waitMs: number }> {
  try {
    const reply = await fetch(address, { ...request, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
    const answer = await reply.text()
    const waitS = Number(reply.headers.get('retry-after') ?? '1')
    const requestId = reply.headers.get('x-request-id')
    return {
      status: reply.status,
      answer,
      ...(requestId !== null && { requestId }),
      waitMs: Math.min(WAIT_MAX_MS, (Number.isFinite(waitS) ? waitS : 1) * 1_000),
    }
  } catch (error) {
    return { status: 0, answer: `no answer: ${whyOf(error)}`, waitMs: 0 }
  }
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `none within ${TIMEOUT_MS / 1_000} s`
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
