import { type Outcome, ok, refuse } from './errors.ts'
import { decodeSecret, encodeBase64, importSecret, type SigningKey } from './signing.ts'

/*
 * The second way to sign: HTTP Message Signatures (RFC 9421) with HMAC-SHA256 and the same secret. It also signs the method, the whole address, the
 * time and a nonce, so a captured request can neither be sent again nor elsewhere. What is covered is fixed, and the algorithm is the credential's:
 * nothing that a sender writes weakens the check. WebCrypto only, as `signing.ts`.
 */

export const SIGNATURE_INPUT_HEADER = 'Signature-Input'
export const MESSAGE_SIGNATURE_HEADER = 'Signature'
export const CONTENT_DIGEST_HEADER = 'Content-Digest'

/** How far the time in a signature may be from the server's, either way. A nonce is remembered for as long as its signature could be accepted. */
export const SIGNATURE_AGE_S = 300
/** Of the signature that is judged where a request carries several, as when a proxy adds one of its own. */
const SIGNATURE_LABEL = 'regulars'

const METHOD = '@method'
const TARGET_URI = '@target-uri'
const CONTENT_DIGEST = 'content-digest'
const ALGORITHM = 'hmac-sha256'

/** What is signed of a request. */
export interface SignedMessage {
  /** Upper case, as on the request line. */
  readonly method: string
  /** The whole address as the client calls it: scheme, host, path and query. */
  readonly targetUri: string
  /** The `Content-Digest` header as sent. */
  readonly contentDigest?: string
}

/** A signature as its headers say it, not yet checked against anything. */
export interface MessageSignature {
  /** The API key. */
  readonly keyId: string
  /** Epoch seconds. */
  readonly created: number
  readonly expires?: number
  readonly nonce: string
  readonly components: readonly string[]
  /** The value of the signature's own line, `@signature-params`: components and parameters as sent. */
  readonly params: string
  /** Base64. */
  readonly signature: string
}

/**
 * The headers of a signed request; `Content-Digest` only for one with a body. Each attempt needs a nonce of its own: an earlier one is a replay.
 * @param request `created`: epoch seconds; `nonce`: 16 to 128 visible characters, never used before, such as 16 random bytes in base64.
 */
export async function signMessage(
  request: Omit<SignedMessage, 'contentDigest'> & {
    readonly apiKey: string
    /** Base64, or imported before. */
    readonly secret: string | SigningKey
    readonly body?: Uint8Array | string
    readonly created: number
    readonly nonce: string
  },
): Promise<Record<string, string>> {
  const { apiKey, secret, method, targetUri, body = '', created, nonce } = request
  const contentDigest = body.length === 0 ? undefined : await digestOf('sha-256', bytesOf(body))
  const components = [METHOD, TARGET_URI, ...(contentDigest === undefined ? [] : [CONTENT_DIGEST])]
  const covered = components.map((component) => `"${component}"`).join(' ')
  const params = `(${covered});created=${created};nonce="${nonce}";keyid="${apiKey}";alg="${ALGORITHM}"`
  const key = typeof secret === 'string' ? await importSecret(secret) : secret
  const base = signatureBase({ method, targetUri, contentDigest }, { components, params })
  const signature = await crypto.subtle.sign('HMAC', key.hmac, bytesOf(base))
  return {
    ...(contentDigest !== undefined && { [CONTENT_DIGEST_HEADER]: contentDigest }),
    [SIGNATURE_INPUT_HEADER]: `${SIGNATURE_LABEL}=${params}`,
    [MESSAGE_SIGNATURE_HEADER]: `${SIGNATURE_LABEL}=:${encodeBase64(new Uint8Array(signature))}:`,
  }
}

/** Whether this key made the signature, compared in constant time. Says nothing of age, nonce and body. */
export async function verifyMessage(key: SigningKey, message: SignedMessage, signature: MessageSignature): Promise<boolean> {
  return crypto.subtle.verify('HMAC', key.hmac, decodeSecret(signature.signature), bytesOf(signatureBase(message, signature)))
}

/** The text that is signed (RFC 9421, section 2.5). */
export function signatureBase(
  message: SignedMessage,
  { components, params }: Pick<MessageSignature, 'components' | 'params'>,
): string {
  const values: Record<string, string> = {
    [METHOD]: message.method,
    [TARGET_URI]: message.targetUri,
    [CONTENT_DIGEST]: (message.contentDigest ?? '').trim(),
  }
  return [...components.map((component) => `"${component}": ${values[component]}`), `"@signature-params": ${params}`].join('\n')
}

/**
 * Reads the two headers of a signature, in their canonical form only, which is what every library writes; so the text as sent is the text that was signed.
 * @param headers `hasBody`: a request with a body must cover its digest, one without need not.
 */
export function readMessageSignature(headers: {
  readonly signatureInput: string
  readonly signature?: string
  readonly hasBody: boolean
}): Outcome<MessageSignature, 'signature_malformed'> {
  const malformed = (problem: string) => refuse('signature_malformed', { problem })
  const inputs = readMembers(headers.signatureInput, INPUT_MEMBER)
  if (!inputs) return malformed('Signature-Input is not what RFC 9421 says in its canonical form')
  if (headers.signature === undefined) return malformed('there is no Signature header beside Signature-Input')
  const signatures = readMembers(headers.signature, SIGNATURE_MEMBER)
  if (!signatures) return malformed('Signature is not a label and base64 between colons, such as regulars=:…:')
  const label = inputs.size === 1 ? [...inputs.keys()][0] : SIGNATURE_LABEL
  const [params = '', inner = '', rest = ''] = inputs.get(label ?? '') ?? []
  if (params === '') return malformed(`of ${inputs.size} signatures none has the label ${SIGNATURE_LABEL}`)
  const signature = signatures.get(label ?? '')?.[0]
  if (signature === undefined) return malformed(`Signature has no value for the label ${label}`)
  if (signature.length !== 44) return malformed('the signature is not the base64 of 32 bytes')

  const components = inner === '' ? [] : inner.split(' ').map((item) => item.replace(/^"(.*)"$/, '$1'))
  const required = headers.hasBody ? [METHOD, TARGET_URI, CONTENT_DIGEST] : [METHOD, TARGET_URI]
  const missing = required.filter((component) => !components.includes(component))
  if (missing.length > 0) return malformed(`the signature does not cover ${missing.join(' and ')}`)
  const foreign = components.filter((component, at) => !COVERABLE.has(component) || components.indexOf(component) !== at)
  if (foreign.length > 0)
    return malformed(`the signature covers ${foreign.join(' and ')}; it covers ${[...COVERABLE].join(', ')} and nothing else`)
  const parameters = readParameters(rest)
  if (!parameters) return malformed('a parameter stands twice in Signature-Input')
  return readFacts(parameters, { components, params, signature })
}

const COVERABLE = new Set([METHOD, TARGET_URI, CONTENT_DIGEST])

function readFacts(
  parameters: ReadonlyMap<string, string>,
  about: Pick<MessageSignature, 'components' | 'params' | 'signature'>,
): Outcome<MessageSignature, 'signature_malformed'> {
  const malformed = (problem: string) => refuse('signature_malformed', { problem })
  const seconds = (name: string) => (/^\d{1,11}$/.test(parameters.get(name) ?? '') ? Number(parameters.get(name)) : undefined)
  const text = (name: string) => /^"([\x21\x23-\x5b\x5d-\x7e]+)"$/.exec(parameters.get(name) ?? '')?.[1]
  const [created, expires, nonce, keyId] = [seconds('created'), seconds('expires'), text('nonce'), text('keyid')]
  if (created === undefined) return malformed('`created` must be the time of signing in seconds since 1970')
  if (parameters.has('expires') && expires === undefined) return malformed('`expires` must be in seconds since 1970')
  if (nonce === undefined || nonce.length < 16 || nonce.length > 128)
    return malformed('`nonce` must be a text of 16 to 128 visible characters, new with every request')
  if (keyId === undefined) return malformed('`keyid` must be the API key')
  if (parameters.has('alg') && text('alg') !== ALGORITHM)
    return malformed(`\`alg\` must be "${ALGORITHM}", which is the algorithm of every credential here, or left out`)
  return ok({ ...about, keyId, created, nonce, ...(expires !== undefined && { expires }) })
}

/** `label=("component" …);name=value…`: its text, what is between the parentheses, and the parameters. */
const INPUT_MEMBER =
  /([a-z*][a-z0-9_.*-]*)=(\(((?:"[^"\\]*"(?: (?="))?)*)\)((?:;[a-z*][a-z0-9_.*-]*=(?:\d{1,15}|"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"))*))/y
const SIGNATURE_MEMBER = /([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):/y

/** The members of a dictionary (RFC 8941) by their label, each as the groups of its pattern. Undefined when anything else stands between them, or twice. */
function readMembers(header: string, pattern: RegExp): Map<string, string[]> | undefined {
  const members = new Map<string, string[]>()
  const text = header.trim()
  for (let at = 0; ; ) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    const [whole = '', label = '', ...groups] = found ?? []
    if (!found || members.has(label)) return undefined
    members.set(label, groups)
    at += whole.length
    if (at === text.length) return members
    const comma = /^[ \t]*,[ \t]*/.exec(text.slice(at))
    if (!comma) return undefined
    at += comma[0].length
  }
}

function readParameters(text: string): Map<string, string> | undefined {
  const found = [...text.matchAll(/;([a-z*][a-z0-9_.*-]*)=(\d+|"(?:[^"\\]|\\.)*")/g)]
  const parameters = new Map(found.map(([, name = '', value = '']) => [name, value]))
  return parameters.size === found.length ? parameters : undefined
}

const DIGESTS = { 'sha-256': 'SHA-256', 'sha-512': 'SHA-512' } as const

/** A `Content-Digest` header (RFC 9530) of a body. */
export async function digestOf(algorithm: keyof typeof DIGESTS, body: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest(DIGESTS[algorithm], new Uint8Array(body))
  return `${algorithm}=:${encodeBase64(new Uint8Array(digest))}:`
}

/** Whether a `Content-Digest` header is this body's: it names sha-256 or sha-512, and every one of these that it names is right. */
export async function checkContentDigest(
  header: string | undefined,
  body: Uint8Array,
): Promise<Outcome<undefined, 'content_digest_incorrect'>> {
  if (header === undefined) return refuse('content_digest_incorrect', { problem: 'the signature covers it, but it is not there' })
  const members = readMembers(header, SIGNATURE_MEMBER)
  if (!members) return refuse('content_digest_incorrect', { problem: 'it is not an algorithm and base64 between colons' })
  const known = (['sha-256', 'sha-512'] as const).filter((algorithm) => members.has(algorithm))
  if (known.length === 0) return refuse('content_digest_incorrect', { problem: 'it names neither sha-256 nor sha-512' })
  for (const algorithm of known) {
    if (`${algorithm}=:${members.get(algorithm)?.[0]}:` !== (await digestOf(algorithm, body)))
      return refuse('content_digest_incorrect', { problem: `the ${algorithm} is not that of the body as it arrived` })
  }
  return ok(undefined)
}

const utf8 = new TextEncoder()
const bytesOf = (part: Uint8Array | string): Uint8Array<ArrayBuffer> =>
  typeof part === 'string' ? utf8.encode(part) : new Uint8Array(part)
