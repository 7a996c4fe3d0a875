import { SignatureError, UsageError } from './errors.ts'
import { decodeSecret, webCrypto } from './signing.ts'

/** What a request is signed with. */
export interface MessageSignaturesOptions {
  /** The public id of the credential, as given to the client. */
  readonly apiKey: string
  /** The shared secret as it was issued (base64), as given to the client. */
  readonly secret: string
  /** Sends what has been signed; in place of the global one. */
  readonly fetch?: typeof fetch
  /** This machine's clock, in epoch milliseconds. */
  readonly now?: () => number
  /** The address as the server knows it, where a proxy in between changes host or path: it is part of what is signed. */
  readonly addressAtServer?: (url: string) => string
}

const COVERED = ['@method', '@target-uri']
/** This copy of the request was not read, and a signature made now, with another nonce, will be. What an earlier copy did is answered again by the same ids. */
const SIGN_ANEW = /"reason":"signature_(expired|replayed)"/
/** A clock that is wrong is put right by the first answer; a second copy of a request, made by a network, is met by the second. */
const ATTEMPTS = 3
const GIVEN_UP: Readonly<Record<string, string>> = {
  expired:
    "The server's `Date` is not the time that it judges signatures by: whatever time is signed, it calls it too old or yet to come. Look at a proxy that keeps or changes answers, and at the server's clock.",
  replayed:
    'The server has seen each of these requests before, although each was signed anew: something between here and there sends every request twice. Look at the proxy.',
}

/**
 * A `fetch` for the client that signs every request by HTTP Message Signatures (RFC 9421, HMAC-SHA256) in place of the `X-Class` headers: method, whole
 * address, body, time and a nonce, so that a request somebody recorded can be sent neither again nor elsewhere. For accounts that require it, or would
 * rather have it.
 *
 * Each attempt has a nonce of its own. Where the server says that the time is too far from its own, the difference to its `Date` is remembered and
 * the request signed once more; the machine's clock is left alone.
 * @throws UsageError where the secret is not base64. What it returns throws SignatureError where the server refuses three signatures by their time or nonce.
 *
 * @example
 * import { Regulars } from '@regulars/sdk'
 * import { messageSignatures } from '@regulars/sdk/message-signatures'
 * const client = new Regulars({ apiKey, secret, accountId, baseUrl, fetch: messageSignatures({ apiKey, secret }) })
 * const member = await client.members.createOrRetrieve({ phone: '4155550123' })
 * console.log(member.kind) // member
 */
export function messageSignatures(options: MessageSignaturesOptions): typeof fetch {
  const secret = decodeSecret(options.secret)
  const { apiKey, now = Date.now, addressAtServer = (url: string) => url } = options
  const send = options.fetch ?? ((...args) => globalThis.fetch(...args))
  let key: Promise<CryptoKey> | undefined
  let clockIsBehindMs = 0

  return async (input, init = {}) => {
    if (input instanceof Request)
      throw new UsageError('Give an address and its options: a Request cannot be signed.', { reason: 'settings' })
    const url = String(input)
    for (let attempt = 1; ; attempt += 1) {
      const response = await send(url, { ...init, headers: await sign(url, init) })
      const [, reason] = (response.status === 401 && SIGN_ANEW.exec(await response.clone().text())) || []
      if (reason === undefined) return response
      if (attempt === ATTEMPTS) throw new SignatureError(GIVEN_UP[reason] ?? '', { status: 401, reason: `signature_${reason}` })
      const serverTime = Date.parse(response.headers.get('date') ?? '')
      if (reason === 'expired' && !Number.isNaN(serverTime)) clockIsBehindMs = serverTime - now()
    }
  }

  async function sign(url: string, { method = 'GET', body, headers }: RequestInit): Promise<Headers> {
    const web = await webCrypto()
    const { subtle } = web
    key ??= subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    const bytes = bytesOf(body)
    const digest = bytes.length > 0 ? `sha-256=:${base64(await subtle.digest('SHA-256', bytes))}:` : undefined
    const covered = [...COVERED, ...(digest === undefined ? [] : ['content-digest'])].map((name) => `"${name}"`)
    const created = Math.floor((now() + clockIsBehindMs) / 1_000)
    const params = `(${covered.join(' ')});created=${created};nonce="${base64(web.getRandomValues(new Uint8Array(16)))}";keyid="${apiKey}";alg="hmac-sha256"`
    const values = [method, addressAtServer(url), digest]
    const base = [...covered.map((name, at) => `${name}: ${values[at]}`), `"@signature-params": ${params}`].join('\n')
    const signed = new Headers(headers)
    signed.delete('X-Class-Key')
    signed.delete('X-Class-Signature')
    if (digest !== undefined) signed.set('Content-Digest', digest)
    signed.set('Signature-Input', `regulars=${params}`)
    signed.set('Signature', `regulars=:${base64(await subtle.sign('HMAC', await key, new TextEncoder().encode(base)))}:`)
    return signed
  }
}

/** What the client sends; a stream could not be signed before it is sent. */
function bytesOf(body: RequestInit['body']): Uint8Array<ArrayBuffer> {
  if (body === undefined || body === null) return new Uint8Array()
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (body instanceof Uint8Array) return new Uint8Array(body)
  throw new UsageError('Only a text or bytes can be signed as a body.', { reason: 'settings' })
}

const base64 = (bytes: ArrayBuffer | Uint8Array): string => btoa(String.fromCharCode(...new Uint8Array(bytes)))

type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>
