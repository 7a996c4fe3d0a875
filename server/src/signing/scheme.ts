import { createHmac, KeyObject, timingSafeEqual } from 'node:crypto'
import { minified, type SigningKey } from '@regulars/contract'

/** A request as it arrived: nothing decoded, parsed or re-serialised. */
export interface SignedRequest {
  /** `X-Class-Key`. */
  readonly apiKey?: string
  /** `X-Class-Signature`. */
  readonly signature?: string
  /** The request target exactly as on the request line. */
  readonly uri: string | Uint8Array
  readonly body: Uint8Array
}

/** A way to sign requests. */
export interface Scheme {
  /** Whether this request is signed in this way. */
  readonly claims: (request: SignedRequest) => boolean
  /** Whether this key made the signature. Takes the same time for every key. */
  readonly accepts: (key: SigningKey, request: SignedRequest) => boolean
  /** The request as a client that signs minified JSON saw it; undefined when the body is no JSON. */
  readonly minified: (request: SignedRequest) => SignedRequest | undefined
}

/** The reference's own scheme, wire-contract §2: HMAC-SHA256 over target and raw body. It has no age and no nonce, which is why state-changing calls are idempotent. */
const classHeaders: Scheme = {
  claims: () => true,
  accepts(key, { signature = '', uri, body }) {
    const made = Buffer.from(createHmac('sha256', secretOf(key)).update(uri).update(body).digest('base64'))
    const given = Buffer.from(signature)
    return given.length === made.length && timingSafeEqual(given, made)
  },
  minified(request) {
    const body = minified(request.body)
    return body && { ...request, body }
  },
}

const secrets = new WeakMap<SigningKey, KeyObject>()

/**
 * The contract signs with WebCrypto, which runs everywhere, and here takes a thread for every check: three microseconds of work, and fifty to hand it over
 * and back. The key is the same one.
 */
function secretOf(key: SigningKey): KeyObject {
  const known = secrets.get(key)
  if (known) return known
  const secret = KeyObject.from(key.hmac)
  secrets.set(key, secret)
  return secret
}

/** Every way to sign, the first that claims a request judges it. RFC 9421 becomes a row above the last one. */
const SCHEMES: readonly Scheme[] = [classHeaders]

export function schemeOf(request: SignedRequest): Scheme {
  return SCHEMES.find((scheme) => scheme.claims(request)) ?? classHeaders
}
