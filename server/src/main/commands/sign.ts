import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  CONTENT_DIGEST_HEADER,
  KEY_HEADER,
  MESSAGE_SIGNATURE_HEADER,
  readMessageSignature,
  SIGNATURE_HEADER,
  SIGNATURE_INPUT_HEADER,
  sign,
  signatureBase,
  signMessage,
} from '@regulars/contract'
import { UsageError } from '../settings.ts'
import { print } from './output.ts'

interface SignOptions {
  readonly secret: string
  readonly key: string
  readonly body?: string
  readonly url: string
  readonly messageSignature?: boolean
  readonly method?: string
  readonly json?: boolean
}

/** For the partner engineer at midnight: what is signed, with what result, and a request to paste. */
export async function signCommand(uri: string, options: SignOptions): Promise<void> {
  if (!uri.startsWith('/'))
    throw new UsageError(`The request target starts with a slash and names no host: /loyalty/accounts/1/balance; got ${uri}.`)
  const secret = options.secret === '-' ? (await readAll(process.stdin)).trim() : options.secret
  const body = await bodyOf(options.body)
  if (options.messageSignature) return signAsMessage(uri, { ...options, secret, body })
  const signature = await sign({ secret, uri, body: Buffer.from(body) })
  const headers = { [KEY_HEADER]: options.key, [SIGNATURE_HEADER]: signature }
  const curl = curlOf({ uri, body, headers, url: options.url })
  print(
    { stringToSign: `${uri}${body}`, signature, curl },
    {
      json: options.json,
      text: () =>
        `String to sign (${Buffer.byteLength(uri + body)} bytes):\n${uri}${body}\n\nSignature:\n${signature}\n\n${curl}`,
    },
  )
}

/** The other way to sign: good for one request within five minutes. */
async function signAsMessage(
  uri: string,
  { url, key, secret, body, method = body === '' ? 'GET' : 'POST', json }: SignOptions & { body: string },
): Promise<void> {
  const message = { method: method.toUpperCase(), targetUri: `${url.replace(/\/+$/, '')}${uri}` }
  const created = Math.floor(Date.now() / 1000)
  const nonce = randomBytes(16).toString('base64')
  const headers = await signMessage({ ...message, apiKey: key, secret, body, created, nonce })
  const read = readMessageSignature({
    signatureInput: headers[SIGNATURE_INPUT_HEADER] ?? '',
    signature: headers[MESSAGE_SIGNATURE_HEADER],
    hasBody: body !== '',
  })
  if (!read.ok) throw new UsageError(`This cannot be signed: ${read.refusal.facts.problem}.`)
  const stringToSign = signatureBase({ ...message, contentDigest: headers[CONTENT_DIGEST_HEADER] }, read.value)
  const curl = curlOf({ uri, body, headers, url, method: message.method })
  print(
    { stringToSign, headers, curl },
    {
      json,
      text: () => `Signature base (RFC 9421, ${Buffer.byteLength(stringToSign)} bytes):\n${stringToSign}\n\n${curl}`,
    },
  )
}

export function curlOf({
  uri,
  body,
  headers,
  url,
  method,
}: {
  uri: string
  body: string
  headers: Readonly<Record<string, string>>
  url: string
  method?: string
}): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const isUsual = method === undefined || method === (body === '' ? 'GET' : 'POST')
  const lines = [
    `curl ${isUsual ? '' : `-X ${method} `}${quoted(`${url.replace(/\/+$/, '')}${uri}`)}`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
  ]
  if (body !== '') lines.push(`-H 'Content-Type: application/json'`, `--data-binary ${quoted(body)}`)
  return lines.join(' \\\n  ')
}

async function bodyOf(given = ''): Promise<string> {
  if (!given.startsWith('@')) return given
  return readFile(given.slice(1), 'utf8').catch(() => {
    throw new UsageError(`The body's file ${given.slice(1)} cannot be read.`)
  })
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}
