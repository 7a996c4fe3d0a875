import { readFile } from 'node:fs/promises'
import { sign } from '@regulars/contract'
import { UsageError } from '../settings.ts'
import { print } from './output.ts'

interface SignOptions {
  readonly secret: string
  readonly key: string
  readonly body?: string
  readonly url: string
  readonly json?: boolean
}

/** For the partner engineer at midnight: what is signed, with what result, and a request to paste. */
export async function signCommand(uri: string, options: SignOptions): Promise<void> {
  if (!uri.startsWith('/'))
    throw new UsageError(`The request target starts with a slash and names no host: /loyalty/accounts/1/balance; got ${uri}.`)
  const secret = options.secret === '-' ? (await readAll(process.stdin)).trim() : options.secret
  const body = await bodyOf(options.body)
  const signature = await sign({ secret, uri, body: Buffer.from(body) })
  const curl = curlOf({ uri, body, signature, key: options.key, url: options.url })
  print(
    { stringToSign: `${uri}${body}`, signature, curl },
    {
      json: options.json,
      text: () =>
        `String to sign (${Buffer.byteLength(uri + body)} bytes):\n${uri}${body}\n\nSignature:\n${signature}\n\n${curl}`,
    },
  )
}

export function curlOf({
  uri,
  body,
  signature,
  key,
  url,
}: {
  uri: string
  body: string
  signature: string
  key: string
  url: string
}): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const lines = [
    `curl ${quoted(`${url.replace(/\/+$/, '')}${uri}`)}`,
    `-H ${quoted(`X-Class-Key: ${key}`)}`,
    `-H ${quoted(`X-Class-Signature: ${signature}`)}`,
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
