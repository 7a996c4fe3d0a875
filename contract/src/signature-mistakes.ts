import { decodeSecret, encodeBase64, minified } from './signing.ts'

/**
 * The mistakes that signatures go wrong by, each as what it makes of a part of the request. `signature-debug.ts` tries them, alone and two at a
 * time. Within a part the likelier one stands first, for where two make the same bytes, the first is named.
 */

/** Those that only a message signature goes wrong by (RFC 9421). */
export const MESSAGE_MISTAKES = {
  method_lowercased: 'The method was signed in lower case: @method is in upper case, as on the request line.',
  target_without_host: 'Path and query were signed as @target-uri: it is the whole address, with scheme and host.',
  other_scheme: 'The address was signed with http in place of https, or the other way round: sign it as the client calls it.',
  other_port: 'The address was signed with another port, or with one that it does not name: sign it as the client calls it.',
  digest_unwrapped: 'The digest was signed alone: sign the value of Content-Digest as it is sent, such as sha-256=:…:.',
  params_left_out: 'The last line, "@signature-params", was left out of what was signed.',
  params_labelled: 'The last line was signed with the label before its parameters: it begins with the parenthesis.',
  names_unquoted: 'The names of the components were signed without their quotes.',
  class_signature: 'Path, query and body were signed, as for X-Class-Signature: sign the lines of RFC 9421.',
} as const

/** What a mistake is called, and what to say to whoever made it. */
export const MISTAKES = {
  query_left_out: 'The query was left out: sign the path and everything after the question mark.',
  target_decoded: 'The path was decoded before signing: sign the percent signs as they stand on the request line.',
  target_encoded_again: 'The path or query was encoded once more before signing: sign it as it stands on the request line.',
  query_sorted: 'The query was sorted before signing: sign its parameters in the order in which they are sent.',
  plus_for_blank: 'A blank is a plus sign in one of the two, and %20 in the other: sign what is sent.',
  host_included: 'The host was included: sign from the slash after the host on.',
  scheme_and_host_included: 'Scheme and host were included: sign from the slash after the host on.',
  method_prefixed: 'The method was signed too: sign path, query and body only.',
  slash_added: 'A slash was added to the path before signing, or is missing in what was sent.',
  slash_removed: 'A slash of the path is missing in what was signed.',
  target_lowercased: 'The path was put into lower case before signing.',
  target_left_out: 'Path and query were left out: sign them, followed by the body.',

  body_left_out: 'The body was left out: sign path and query followed by the body.',
  body_empty_object: 'The request has no body, but {} (or null, or "") was signed for it: sign nothing for an empty body.',
  body_reserialised: 'The body was parsed and written again without blanks: sign the very bytes that are sent.',
  body_spaced:
    'The body was written with a blank after each comma and colon when it was signed: sign the very bytes that are sent.',
  body_indented: 'The body was indented when it was signed: sign the very bytes that are sent.',
  body_keys_sorted: 'The keys of the body were sorted before signing: sign the very bytes that are sent.',
  body_trailing_newline: 'The body was signed with another line end at its end than it was sent with.',
  body_trimmed: 'White space around the body was removed before signing.',
  body_line_ends: 'Line ends were changed between signing and sending (CRLF and LF).',
  body_unicode_escaped: 'Letters beyond ASCII were escaped as \\u… in one of the two: sign the very bytes that are sent.',
  body_slashes_escaped: 'Slashes were escaped as \\/ in one of the two: sign the very bytes that are sent.',
  body_latin1: 'The body was signed in Latin-1, and is sent in UTF-8.',
  body_bom: 'A byte order mark stands before the body in one of the two.',
  body_quoted: 'The body was signed as a JSON text inside quotes: it was serialised twice.',
  body_form_encoded: 'The body was URL-encoded before signing.',

  body_before_target: 'The body was put before the path: sign path and query first, then the body.',
  separated: 'Something was put between path and body, such as a line end: they follow each other directly.',
  newline_at_end: 'A line end was signed at the end of all: echo does that, printf does not.',

  secret_not_decoded: 'The secret was used as the text it is: decode it from base64 first.',
  secret_as_text: 'The decoded secret was read as UTF-8 text and lost bytes: keep it as bytes.',
  secret_as_latin1: 'The decoded secret was read as Latin-1 text and encoded as UTF-8: keep it as bytes.',
  secret_hex: 'The secret was decoded and then written as hex: use its bytes.',
  secret_encoded_again: 'The secret was encoded in base64 once more: decode it instead.',
  secret_with_newline: 'The secret was read with the line end of its file: remove it.',
  secret_decoded_twice: 'The secret was decoded from base64 twice: decode it once.',
  secret_is_key: 'The API key was used as the secret.',
  other_secret: 'It was made with another secret.',

  sha1: 'HMAC-SHA1 was used: it has to be HMAC-SHA256.',
  sha384: 'HMAC-SHA384 was used: it has to be HMAC-SHA256.',
  sha512: 'HMAC-SHA512 was used: it has to be HMAC-SHA256.',
  plain_hash: 'A plain hash of secret and request was made: it has to be an HMAC.',
  plain_hash_without_secret: 'A plain hash of the request was made, without the secret: it has to be an HMAC.',

  hex_for_base64: 'The digest was written as hex: write its bytes in base64.',
  base64_of_hex: 'The digest was written as hex, and that text in base64: put its bytes into base64.',
  base64_url_safe: 'The digest is in URL-safe base64: use the alphabet with + and /.',
  padding_missing: 'The = at the end of the signature is missing.',
  white_space: 'There is white space around the signature, or inside it.',
  quoted: 'There are quotes around the signature.',
  prefixed: 'There is a word before the signature, such as sha256=: send the base64 alone.',
  percent_encoded: 'The signature is percent-encoded: a header takes it as it is.',
  truncated: 'The signature was cut off.',

  ...MESSAGE_MISTAKES,
} as const
export type Mistake = keyof typeof MISTAKES

/** A part of the request, or of the secret, with mistakes made. */
export interface Variant {
  readonly mistake: Mistake
  readonly bytes: Bytes
}
export type Bytes = Uint8Array<ArrayBuffer>

const utf8 = new TextEncoder()
const bytes = (text: string): Bytes => utf8.encode(text)
const textOf = (part: Bytes): string => new TextDecoder().decode(part)

const variantsOf = (entries: readonly (readonly [Mistake, string | Bytes | undefined])[]): Variant[] =>
  entries.flatMap(([mistake, made]) =>
    made === undefined ? [] : [{ mistake, bytes: typeof made === 'string' ? bytes(made) : made }],
  )

/** What may have been signed in place of the target. */
export function targetVariants(uri: string, { method = '', host = '' }: { method?: string; host?: string }): Variant[] {
  const [path = '', query] = uri.split(/\?(.*)/s)
  const hosts = host === '' ? [] : [host, host.replace(/:\d+$/, '')]
  const rest = query === undefined ? '' : `?${query}`
  return variantsOf([
    ['query_left_out', query === undefined ? undefined : path],
    ['query_left_out', query === undefined ? undefined : `${path}?`],
    ['target_decoded', decoded(uri)],
    ['target_decoded', `${decoded(path) ?? path}${rest}`],
    ['target_encoded_again', uri.replaceAll('%', '%25')],
    ['target_encoded_again', encodeURI(path) + rest],
    ['target_encoded_again', encodeURIComponent(uri)],
    ['plus_for_blank', uri.replaceAll('%20', '+')],
    ['plus_for_blank', uri.replaceAll('+', '%20')],
    ['query_sorted', query === undefined ? undefined : `${path}?${query.split('&').sort().join('&')}`],
    ...hosts.flatMap((name): [Mistake, string][] => [
      ['scheme_and_host_included', `https://${name}${uri}`],
      ['scheme_and_host_included', `http://${name}${uri}`],
      ['host_included', `${name}${uri}`],
      ['host_included', `//${name}${uri}`],
    ]),
    ...(method === '' ? ['GET', 'POST'] : [method, method.toLowerCase()]).flatMap((word): [Mistake, string][] =>
      ['', ' ', '\n', ':'].map((between) => ['method_prefixed', `${word}${between}${uri}`]),
    ),
    ['slash_added', `${path}/${rest}`],
    ['slash_removed', path.endsWith('/') ? path.slice(0, -1) + rest : undefined],
    ['slash_removed', uri.replace(/^\//, '')],
    ['target_lowercased', uri.toLowerCase()],
    ['target_left_out', ''],
  ])
}

/** Undefined for what is no percent encoding. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** What may have been signed in place of the body. */
export function bodyVariants(body: Bytes): Variant[] {
  if (body.length === 0)
    return variantsOf([
      ['body_empty_object', '{}'],
      ['body_empty_object', 'null'],
      ['body_empty_object', '""'],
      ['body_empty_object', '[]'],
    ])
  const text = textOf(body)
  return variantsOf([
    ['body_left_out', ''],
    ['body_trailing_newline', text.replace(/\r?\n$/, '')],
    ['body_trailing_newline', `${text}\r\n`],
    ['body_trimmed', text.trim()],
    ['body_reserialised', minified(body) as Bytes | undefined],
    ['body_line_ends', text.replace(/\r\n/g, '\n')],
    ['body_line_ends', text.replace(/\r?\n/g, '\r\n')],
    ['body_bom', text.replace(/^\uFEFF/, '')],
    ['body_bom', new Uint8Array([0xef, 0xbb, 0xbf, ...body])],
    ['body_unicode_escaped', escaped(text, false)],
    ['body_unicode_escaped', escaped(text, true)],
    ['body_unicode_escaped', unescaped(text)],
    ['body_slashes_escaped', text.replaceAll('\\/', '/')],
    ['body_slashes_escaped', text.replace(/(?<!\\)\//g, '\\/')],
    ['body_latin1', latin1(text)],
    ...rewritten(text),
    ['body_quoted', JSON.stringify(text)],
    ['body_form_encoded', encodeURIComponent(text)],
  ])
}

/** The body as other serialisers write it. */
function rewritten(text: string): [Mistake, string][] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  const sorted = sortedKeys(value)
  return [
    ['body_spaced', spaced(value)],
    ['body_indented', JSON.stringify(value, null, 2)],
    ['body_indented', JSON.stringify(value, null, 4)],
    ['body_indented', JSON.stringify(value, null, '\t')],
    ['body_keys_sorted', JSON.stringify(sorted)],
    ['body_keys_sorted', spaced(sorted)],
    ['body_keys_sorted', JSON.stringify(sorted, null, 2)],
    ['body_keys_sorted', JSON.stringify(sorted, null, 4)],
  ]
}

/** As Python writes it: `{"a": 1, "b": [2, 3]}`. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`)
    .join(', ')}}`
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedKeys(inner)]))
}

function escaped(text: string, upper: boolean): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${upper ? hex.toUpperCase() : hex}`
  })
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})/g, (whole, hex: string) => {
    const code = Number.parseInt(hex, 16)
    // Control characters, quotes and backslashes have to stay escaped.
    return code < 0x80 ? whole : String.fromCharCode(code)
  })
}

function latin1(text: string): Bytes | undefined {
  const codes = [...text].map((letter) => letter.codePointAt(0) ?? 0)
  return codes.every((code) => code < 256) ? Uint8Array.from(codes) : undefined
}

/** What may have been the key of the HMAC in place of the decoded secret. */
export function secretVariants(secret: string, apiKey = ''): Variant[] {
  const raw = decodeSecret(secret)
  const asText = textOf(raw)
  const hex = [...raw].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return variantsOf([
    ['secret_not_decoded', secret],
    ['secret_not_decoded', secret.trim()],
    ['secret_with_newline', `${secret}\n`],
    ['secret_with_newline', new Uint8Array([...raw, 10])],
    ['secret_as_text', asText],
    ['secret_as_latin1', String.fromCharCode(...raw)],
    ['secret_hex', hex],
    ['secret_encoded_again', encodeBase64(bytes(secret))],
    ['secret_decoded_twice', twice(asText)],
    ['secret_is_key', apiKey === '' ? undefined : apiKey],
  ])
}

function twice(text: string): Bytes | undefined {
  try {
    const made = decodeSecret(text)
    return made.length === 0 ? undefined : made
  } catch {
    return undefined
  }
}
