import { createHmac, KeyObject, timingSafeEqual } from 'node:crypto'
import {
  checkContentDigest,
  minified,
  type Outcome,
  ok,
  readMessageSignature,
  refuse,
  SIGNATURE_AGE_S,
  type SigningKey,
  signatureBase,
} from '@regulars/contract'

/** A request as it arrived: nothing decoded, parsed or re-serialised. */
export interface SignedRequest {
  /** `X-Class-Key`. */
  readonly apiKey?: string
  /** `X-Class-Signature`. */
  readonly signature?: string
  /** The request target exactly as on the request line. */
  readonly uri: string | Uint8Array
  readonly body: Uint8Array
  /** The headers of the other scheme; only asked for where `signatureInput` is there. */
  readonly message?: {
    readonly method: string
    readonly signatureInput: string
    readonly signature?: string
    readonly contentDigest?: string
    /** Scheme and host by which clients call this server, in the order of trial. */
    readonly origins: readonly string[]
  }
}

export type SchemeRefusal =
  | 'signature_missing'
  | 'key_missing'
  | 'signature_malformed'
  | 'signature_expired'
  | 'content_digest_incorrect'

/** What a request claims by its headers: a key, and a proof that is still to be checked. */
export interface Claim {
  readonly apiKey: string
  /** Whether this key made the signature. Takes the same time for every key. */
  readonly provenBy: (key: SigningKey) => boolean
  /** The same for a client that signs minified JSON; undefined where there is no such thing. */
  readonly minified: () => Pick<Claim, 'provenBy'> | undefined
  /** What makes the signature good for one request only, and until when it must be remembered (epoch ms). */
  readonly nonce?: { readonly text: string; readonly expiresAt: number }
}

/** Reads the claim of a request, by the scheme that its headers are of. What no key could mend is refused here, before any key is looked up. */
export async function readClaim(request: SignedRequest, now: number): Promise<Outcome<Claim, SchemeRefusal>> {
  return request.message ? readMessageClaim(request, request.message, now) : readHeaderClaim(request)
}

/** The reference's own scheme, wire-contract §2: HMAC-SHA256 over target and raw body. It has no age and no nonce, which is why state-changing calls are idempotent. */
function readHeaderClaim({ apiKey, signature, uri, body }: SignedRequest): Outcome<Claim, SchemeRefusal> {
  if (!signature) return refuse('signature_missing', {})
  if (!apiKey) return refuse('key_missing', {})
  return ok({
    apiKey,
    provenBy: (key: SigningKey) => isHmac(key, [uri, body], signature),
    minified() {
      const small = minified(body)
      return small && { provenBy: (key: SigningKey) => isHmac(key, [uri, small], signature) }
    },
  })
}

/** RFC 9421: also method, address, time and nonce. Behind a proxy the address is the public one, so each origin by which clients call us is tried. */
async function readMessageClaim(
  { uri, body }: SignedRequest,
  message: NonNullable<SignedRequest['message']>,
  now: number,
): Promise<Outcome<Claim, SchemeRefusal>> {
  const read = readMessageSignature({ ...message, hasBody: body.length > 0 })
  if (!read.ok) return read
  const { keyId, created, expires, nonce, components } = read.value
  const age = now / 1000 - created
  if (Math.abs(age) > SIGNATURE_AGE_S || (expires !== undefined && expires * 1000 <= now))
    return refuse('signature_expired', { created, now: Math.floor(now / 1000), maxS: SIGNATURE_AGE_S })
  if (components.includes('content-digest') || message.contentDigest !== undefined) {
    const fits = await checkContentDigest(message.contentDigest, body)
    if (!fits.ok) return fits
  }
  const { method, contentDigest } = message
  const bases = message.origins.map((origin) =>
    signatureBase({ method, contentDigest, targetUri: `${origin}${targetOf(uri)}` }, read.value),
  )
  return ok({
    apiKey: keyId,
    provenBy: (key: SigningKey) => bases.some((base) => isHmac(key, [base], read.value.signature)),
    minified: () => undefined,
    nonce: { text: nonce, expiresAt: (created + SIGNATURE_AGE_S + 1) * 1000 },
  })
}

const targetOf = (uri: string | Uint8Array): string => (typeof uri === 'string' ? uri : Buffer.from(uri).toString('latin1'))

function isHmac(key: SigningKey, parts: readonly (string | Uint8Array)[], signature: string): boolean {
  const hmac = createHmac('sha256', secretOf(key))
  for (const part of parts) hmac.update(part)
  const made = Buffer.from(hmac.digest('base64'))
  const given = Buffer.from(signature)
  return given.length === made.length && timingSafeEqual(given, made)
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
