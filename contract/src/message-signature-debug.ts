import { checkContentDigest, readMessageSignature, type SignedMessage, signatureBase } from './message-signing.ts'
import {
  bytesOf,
  distinct,
  keysOf,
  type Made,
  type SignatureDiagnosis,
  type SuspectRequest,
  searchMistakes,
} from './signature-debug.ts'
import { type Bytes, decoded, type Mistake } from './signature-mistakes.ts'
import { signedMessage } from './signing.ts'

/** A request with an HTTP message signature that was refused. */
export interface SuspectMessage extends Pick<SuspectRequest, 'secret' | 'others' | 'body' | 'uri'> {
  readonly method: string
  /** Scheme and host by which the client calls the server, such as https://loyalty.example.com; several where it is not known which. */
  readonly origins: readonly [string, ...string[]]
  readonly signatureInput: string
  readonly signature?: string
  readonly contentDigest?: string
}

/** `unreadable`: the headers themselves are wrong, before any secret is asked; `problem` says how. */
export type MessageDiagnosis =
  | (SignatureDiagnosis & { readonly created: number })
  | { readonly verdict: 'unreadable'; readonly problem: string }

/**
 * The same as `debugSignature` for the second way to sign (RFC 9421). It says nothing of the time in the signature, which has passed when somebody looks
 * into it, but for what it is (`created`, epoch seconds).
 * @throws RangeError when a secret is not base64.
 */
export async function debugMessageSignature(suspect: SuspectMessage): Promise<MessageDiagnosis> {
  const { method, uri, origins, signatureInput, signature, contentDigest } = suspect
  const body = bytesOf(suspect.body ?? '')
  const read = readMessageSignature({ signatureInput, signature, hasBody: body.length > 0 })
  if (!read.ok) return { verdict: 'unreadable', problem: String(read.refusal.facts.problem) }
  if (read.value.components.includes('content-digest') || contentDigest !== undefined) {
    const fits = await checkContentDigest(contentDigest, body)
    if (!fits.ok) return { verdict: 'unreadable', problem: `Content-Digest: ${fits.refusal.facts.problem}` }
  }
  const [origin] = origins
  const sentTo = (at: string): SignedMessage => ({ method, contentDigest, targetUri: `${at}${uri}` })
  const rights = origins.map(sentTo)
  const messages = [
    ...rights.map((message) => ({ mistakes: [], made: bytesOf(signatureBase(message, read.value)) })),
    ...rights.flatMap((message) => basesOf(message, { ...read.value, uri })),
    { mistakes: ['class_signature' as const], made: signedMessage(uri, body) },
  ]
  const found = await searchMistakes({
    signature: read.value.signature,
    toSign: bytesOf(signatureBase(sentTo(origin), read.value)),
    keys: keysOf({ ...suspect, apiKey: read.value.keyId }),
    messages: distinct(messages, (made) => made),
  })
  return { ...found, created: read.value.created }
}

/** What may have been signed in place of the signature base, by one mistake. */
function basesOf(
  message: SignedMessage,
  { uri, ...about }: Parameters<typeof signatureBase>[1] & { uri: string },
): Made<Bytes>[] {
  const { method, targetUri, contentDigest } = message
  const base = signatureBase(message, about)
  const lines = base.split('\n')
  const [scheme = '', host = ''] = targetUri.split(/:\/\/([^/]*)/)
  const namesPort = host.includes(':')
  const messages: [Mistake, SignedMessage][] = [
    ['method_lowercased', { ...message, method: method.toLowerCase() }],
    ['target_without_host', { ...message, targetUri: uri }],
    ['query_left_out', { ...message, targetUri: targetUri.replace(/\?.*/s, '') }],
    ['other_scheme', { ...message, targetUri: targetUri.replace(/^https?/, scheme === 'https' ? 'http' : 'https') }],
    [
      'other_port',
      {
        ...message,
        targetUri: targetUri.replace(host, namesPort ? host.replace(/:\d+$/, '') : `${host}:${scheme === 'https' ? 443 : 80}`),
      },
    ],
    ['target_decoded', { ...message, targetUri: decoded(targetUri) ?? targetUri }],
    ['digest_unwrapped', { ...message, contentDigest: contentDigest?.replace(/^[^=]*=:(.*):$/, '$1') }],
  ]
  const texts: [Mistake, string][] = [
    ['params_left_out', lines.slice(0, -1).join('\n')],
    ['params_labelled', base.replace('"@signature-params": (', '"@signature-params": regulars=(')],
    ['params_labelled', base.replace('"@signature-params": (', '"@signature-params": sig1=(')],
    ['names_unquoted', lines.map((line) => line.replace(/^"([^"]*)":/, '$1:')).join('\n')],
    ['body_line_ends', lines.join('\r\n')],
    ['newline_at_end', `${base}\n`],
  ]
  return [...messages.map(([mistake, made]): [Mistake, string] => [mistake, signatureBase(made, about)]), ...texts].map(
    ([mistake, text]) => ({ mistakes: [mistake], made: bytesOf(text) }),
  )
}
