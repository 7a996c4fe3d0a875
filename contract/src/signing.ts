/**
 * How requests are signed: `base64(HMAC-SHA256(base64-decoded secret, uri + body))` over the bytes as sent. WebCrypto only, so that the
 * server, a till and a browser sign with the same lines.
 */

/** The two headers. Header names have no letter case. The other way to sign is `message-signing.ts`. */
export const KEY_HEADER = 'X-Class-Key'
export const SIGNATURE_HEADER = 'X-Class-Signature'

/** A secret, ready for use: import it once and keep it, for importing costs more than signing. It cannot be read back. */
export interface SigningKey {
  readonly hmac: HmacKey
}

type HmacKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** What is signed of a request. */
export interface SignedRequest {
  /** Path and query exactly as on the request line: no scheme, no host, percent-encoding untouched. */
  readonly uri: string | Uint8Array
  /** The bytes of the body, before any parsing; nothing for a request without one. */
  readonly body?: Uint8Array | string
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const
const utf8 = new TextEncoder()

/** Exactly what is signed. Any change here is a new scheme. */
export function signedMessage(uri: string | Uint8Array, body: Uint8Array | string = ''): Uint8Array<ArrayBuffer> {
  const head = bytesOf(uri)
  const tail = bytesOf(body)
  const message = new Uint8Array(head.length + tail.length)
  message.set(head)
  message.set(tail, head.length)
  return message
}

/** The signature of a request: 44 characters of standard base64. */
export async function sign({ secret, ...request }: SignedRequest & { secret: string }): Promise<string> {
  return signWith(await importSecret(secret), request)
}

/** The same with a key that was imported before. */
export async function signWith(key: SigningKey, { uri, body }: SignedRequest): Promise<string> {
  const digest = await crypto.subtle.sign(HMAC, key.hmac, signedMessage(uri, body))
  return encodeBase64(new Uint8Array(digest))
}

/**
 * Whether the signature is this request's, by a comparison in constant time. What is not 44 characters of canonical standard base64
 * is no signature: false, as any wrong one.
 */
export async function verify(key: SigningKey, { uri, body, signature }: SignedRequest & { signature: string }): Promise<boolean> {
  if (!SIGNATURE_SHAPE.test(signature)) return false
  return crypto.subtle.verify(HMAC, key.hmac, decodeSecret(signature), signedMessage(uri, body))
}

/** Base64 of 32 bytes: 42 characters, one that carries four bits, and the padding. */
const SIGNATURE_SHAPE = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/**
 * A secret as a key for `sign` and `verify`.
 * @param secret base64, read as leniently as `decodeSecret` does.
 * @throws RangeError when it is not base64 at all, or holds no bytes.
 */
export async function importSecret(secret: string): Promise<SigningKey> {
  const bytes = decodeSecret(secret)
  if (bytes.length === 0) throw new RangeError('the secret is empty')
  // Extractable, so that a server may hand it to the HMAC of its own runtime; whoever holds the key could sign with it anyway.
  return { hmac: await crypto.subtle.importKey('raw', bytes, HMAC, true, ['sign', 'verify']) }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const SEXTETS = new Map([...ALPHABET].map((character, sextet) => [character, sextet]))
SEXTETS.set('-', 62).set('_', 63)

/**
 * The bytes of a base64 secret, as real clients decode it: padding may be missing, blanks and line breaks may be inside, both alphabets
 * are known, and bits that are left over in the last group are dropped (a secret in everyday use has some).
 * @throws RangeError when another character is inside. It is not named, for it may be part of a secret.
 */
export function decodeSecret(secret: string): Uint8Array<ArrayBuffer> {
  const compact = secret.replace(/\s/g, '').replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((compact.length * 3) / 4))
  let bits = 0
  let held = 0
  let written = 0
  for (const character of compact) {
    const sextet = SEXTETS.get(character)
    if (sextet === undefined) throw new RangeError('the secret is not base64: it has a character outside A-Z, a-z, 0-9, + and /')
    held = ((held << 6) | sextet) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[written++] = held >> bits
  }
  return bytes
}

/** Standard padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3)
    const group = (first << 16) | (second << 8) | third
    text += `${ALPHABET[group >> 18]}${ALPHABET[(group >> 12) & 63]}${ALPHABET[(group >> 6) & 63]}${ALPHABET[group & 63]}`
  }
  const padding = (3 - (bytes.length % 3)) % 3
  return text.slice(0, text.length - padding) + '='.repeat(padding)
}

/** Whether every decoder in the world reads the same bytes from this text. Secrets that we issue must pass; imported ones need not. */
export function isCanonicalBase64(text: string): boolean {
  return text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text) && encodeBase64(decodeSecret(text)) === text
}

/**
 * The body without blanks, as one known client signs it while it sends another. For credentials with `sign_minified`, after the body
 * as sent did not match. Undefined where it is not JSON.
 */
export function minified(body: Uint8Array): Uint8Array | undefined {
  try {
    return utf8.encode(JSON.stringify(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))))
  } catch {
    return undefined
  }
}

function bytesOf(part: Uint8Array | string): Uint8Array {
  return typeof part === 'string' ? utf8.encode(part) : part
}
