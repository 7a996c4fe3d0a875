import { readSignature } from './signature-forms.ts'
import { type Bytes, bodyVariants, MISTAKES, type Mistake, secretVariants, targetVariants } from './signature-mistakes.ts'
import { decodeSecret, minified, signedMessage } from './signing.ts'

/** A request as it was sent, and what its sender may have confused. */
export interface SuspectRequest {
  /** The signature that was refused, as it stands in the header. */
  readonly signature: string
  /** Path and query as on the request line. */
  readonly uri: string
  readonly body?: Uint8Array | string
  /** The secret that should have signed it. */
  readonly secret: string
  /** Others that may have: before a rotation, or of another credential; each with what it is called. */
  readonly others?: readonly { readonly secret: string; readonly name: string }[]
  readonly method?: string
  /** As in the Host header. */
  readonly host?: string
  readonly apiKey?: string
  /** The credential may sign the body without blanks (`sign_minified`). */
  readonly signMinified?: boolean
}

/**
 * What came of it. `unexplained`: no mistake that is known, alone or with another, makes this signature. It names mistakes and what was signed; it
 * never holds the right signature, nor a secret.
 */
export interface SignatureDiagnosis {
  readonly verdict: 'right' | 'mistaken' | 'unexplained'
  readonly mistakes: readonly { readonly name: Mistake; readonly sentence: string }[]
  /** What is called the secret that signed it, where it is another one. */
  readonly secretName?: string
  /** The text that was signed, where it is not the one that has to be. */
  readonly signed?: string
  /** The text that has to be signed. */
  readonly toSign: string
}

/** Longer bodies are tried with one mistake only: two would hash gigabytes. */
const PAIRS_UP_TO_BYTES = 16 * 1024

/**
 * Says by which mistake a refused signature came to be, by making each known one again: alone, then two at a time. What it finds is certain, for
 * no other way leads to the same digest. A right signature is always called right.
 * @throws RangeError when a secret is not base64.
 */
export async function debugSignature(request: SuspectRequest): Promise<SignatureDiagnosis> {
  const toSign = signedMessage(request.uri, request.body)
  return searchMistakes({ signature: request.signature, toSign, keys: keysOf(request), messages: messagesOf(request) })
}

/** Tries every key on every message, and holds what comes of it against what stands in the header. `toSign`: the right message, which is among them. */
export async function searchMistakes(suspect: {
  readonly signature: string
  readonly toSign: Bytes
  readonly keys: readonly Made<NamedKey>[]
  readonly messages: readonly Made<Bytes>[]
}): Promise<SignatureDiagnosis> {
  const { toSign } = suspect
  const about = { toSign: textOf(toSign) }
  const forms = readSignature(suspect.signature)
  for (const attempt of attemptsFor(suspect)) {
    const digest = await attempt.digest()
    if (digest === undefined) continue
    const form = forms.find(({ matches }) => matches(digest))
    if (!form) continue
    const names = [...attempt.mistakes, ...form.mistakes]
    return {
      verdict: names.length === 0 ? 'right' : 'mistaken',
      mistakes: names.map((name) => ({ name, sentence: MISTAKES[name] })),
      ...(attempt.secretName !== undefined && { secretName: attempt.secretName }),
      ...(!same(attempt.message, toSign) && names.length > 0 && { signed: textOf(attempt.message) }),
      ...about,
    }
  }
  return { verdict: 'unexplained', mistakes: [], ...about }
}

interface Attempt {
  readonly mistakes: readonly Mistake[]
  readonly secretName?: string
  readonly message: Bytes
  digest(): Promise<Bytes | undefined>
}

/** Something that was made of the request, and by which mistakes. */
export interface Made<T> {
  readonly mistakes: readonly Mistake[]
  readonly made: T
}

/** Every way to sign, those with fewer mistakes first. */
function* attemptsFor({ keys, messages }: Pick<Parameters<typeof searchMistakes>[0], 'keys' | 'messages'>): Generator<Attempt> {
  for (const most of [0, 1, 2]) {
    for (const key of keys) {
      for (const message of messages) {
        for (const { mistakes, made } of DIGESTS) {
          const all = [...key.mistakes, ...message.mistakes, ...mistakes]
          if (all.length !== most) continue
          yield {
            mistakes: all,
            ...(key.made.name !== undefined && { secretName: key.made.name }),
            message: message.made,
            digest: () => made(key.made.bytes, message.made),
          }
        }
      }
    }
  }
}

export interface NamedKey {
  readonly bytes: Bytes
  readonly name?: string
}

/** What may have been the key: the secret, with a mistake, or another one. */
export function keysOf({ secret, others = [], apiKey }: Pick<SuspectRequest, 'secret' | 'others' | 'apiKey'>): Made<NamedKey>[] {
  const right: NamedKey = { bytes: decodeSecret(secret) }
  const wrong = secretVariants(secret, apiKey).map(({ mistake, bytes }) => ({ mistakes: [mistake], made: { bytes } }))
  const elsewhere = others.flatMap(({ secret, name }): Made<NamedKey>[] => [
    { mistakes: ['other_secret'], made: { bytes: decodeSecret(secret), name } },
    ...secretVariants(secret).map(
      ({ mistake, bytes }): Made<NamedKey> => ({ mistakes: ['other_secret', mistake], made: { bytes, name } }),
    ),
  ])
  const keys = distinct([{ mistakes: [], made: right }, ...wrong, ...elsewhere], ({ bytes }) => bytes)
  return keys.filter(({ made }) => made.bytes.length > 0)
}

/** What may have been signed, with at most two mistakes; of several ways to the same bytes, the shortest. */
function messagesOf(request: SuspectRequest): Made<Bytes>[] {
  const body = bytesOf(request.body ?? '')
  const right = bytesOf(request.uri)
  const most = body.length > PAIRS_UP_TO_BYTES ? 1 : 2
  const targets = [
    { mistakes: [], made: right },
    ...targetVariants(request.uri, request).map(({ mistake, bytes }) => ({ mistakes: [mistake], made: bytes })),
  ]
  const small = request.signMinified ? minified(body) : undefined
  const bodies = [
    { mistakes: [], made: body },
    ...(small ? [{ mistakes: [], made: bytesOf(small) }] : []),
    ...bodyVariants(body).map(({ mistake, bytes }) => ({ mistakes: [mistake], made: bytes })),
  ]
  const all: Made<Bytes>[] = []
  for (const target of distinct(targets, (made) => made)) {
    for (const part of distinct(bodies, (made) => made)) {
      for (const { mistakes, made } of ORDERS) {
        const names = [...target.mistakes, ...part.mistakes, ...mistakes]
        if (names.length <= most) all.push({ mistakes: names, made: made(target.made, part.made) })
      }
    }
  }
  return distinct(
    all.sort((a, b) => a.mistakes.length - b.mistakes.length),
    (made) => made,
  )
}

const newline = new Uint8Array([10])
const ORDERS: readonly Made<(target: Bytes, body: Bytes) => Bytes>[] = [
  { mistakes: [], made: (target, body) => joined(target, body) },
  { mistakes: ['body_before_target'], made: (target, body) => joined(body, target) },
  { mistakes: ['newline_at_end'], made: (target, body) => joined(target, body, newline) },
  { mistakes: ['separated'], made: (target, body) => joined(target, newline, body) },
  { mistakes: ['separated'], made: (target, body) => joined(target, new Uint8Array([32]), body) },
  { mistakes: ['separated'], made: (target, body) => joined(target, new Uint8Array([58]), body) },
]

const hmac = (hash: string) => async (key: Bytes, message: Bytes) => {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))
}
const sha256 = async (message: Bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', message))

const DIGESTS: readonly Made<(key: Bytes, message: Bytes) => Promise<Bytes>>[] = [
  { mistakes: [], made: hmac('SHA-256') },
  { mistakes: ['sha1'], made: hmac('SHA-1') },
  { mistakes: ['sha512'], made: hmac('SHA-512') },
  { mistakes: ['sha384'], made: hmac('SHA-384') },
  { mistakes: ['plain_hash'], made: (key, message) => sha256(joined(key, message)) },
  { mistakes: ['plain_hash'], made: (key, message) => sha256(joined(message, key)) },
  { mistakes: ['plain_hash_without_secret'], made: (_key, message) => sha256(message) },
]

/** The first of those that come to the same bytes. */
export function distinct<T>(all: readonly Made<T>[], bytes: (made: T) => Bytes): Made<T>[] {
  const seen = new Set<string>()
  return all.filter(({ made }) => {
    const text = latin1(bytes(made))
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}

function joined(...parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const same = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])
const textOf = (bytes: Bytes): string => new TextDecoder().decode(bytes)
/** One character a byte, so that different bytes are different texts. */
const latin1 = (bytes: Bytes): string => new TextDecoder('latin1').decode(bytes)
export const bytesOf = (part: Uint8Array | string): Bytes =>
  typeof part === 'string' ? new TextEncoder().encode(part) : new Uint8Array(part)
