import { readFile } from 'node:fs/promises'
import { debugSignature, decodeSecret, readPastedRequest, type SignatureDiagnosis } from '@regulars/contract'
import { EXIT, UsageError } from '../settings.ts'
import { print } from './output.ts'

interface DebugSignatureOptions {
  readonly secret: readonly string[]
  readonly key?: string
  readonly signature?: string
  readonly target?: string
  readonly body?: string
  readonly method?: string
  readonly host?: string
  readonly signMinified?: boolean
  readonly json?: boolean
}

/** Which mistake made this signature? Exit code 0 when it is right, 1 when it is not. */
export async function debugSignatureCommand(file: string | undefined, options: DebugSignatureOptions): Promise<void> {
  const needsPaste = options.target === undefined || options.signature === undefined
  const text = file === undefined && !needsPaste ? '' : await read(file ?? '-', 'The request')
  const pasted = readPastedRequest(text)
  const uri = options.target ?? pasted.uri
  const signature = options.signature ?? pasted.signature
  if (uri === undefined || !uri.startsWith('/'))
    throw new UsageError(
      'No request was found. Paste a curl command or raw HTTP on standard input, name a file with it, or pass --target, --signature and --body.',
    )
  if (signature === undefined)
    throw new UsageError('The request has no X-Class-Signature. Pass the signature that was refused as --signature.')
  const [secret = '', ...others] = await Promise.all(options.secret.map(secretOf))
  const body = options.body === undefined ? pasted.body : await bodyOf(options.body)
  const [method, host, apiKey] = [options.method ?? pasted.method, options.host ?? pasted.host, options.key ?? pasted.apiKey]
  const diagnosis = await debugSignature({
    secret,
    others: others.map((other, index) => ({ secret: other, name: `secret ${index + 2} of those given` })),
    signature,
    uri,
    ...(body !== undefined && { body }),
    ...(method !== undefined && { method }),
    ...(host !== undefined && { host }),
    ...(apiKey !== undefined && { apiKey }),
    ...(options.signMinified && { signMinified: true }),
  })
  print(diagnosis, { json: options.json, text: () => formatDiagnosis(diagnosis) })
  if (diagnosis.verdict !== 'right') process.exitCode = EXIT.failed
}

function formatDiagnosis({ verdict, mistakes, secretName, signed, toSign }: SignatureDiagnosis): string {
  if (verdict === 'right') return 'The signature is right for this request and secret.'
  const lines =
    verdict === 'mistaken'
      ? mistakes.map(({ name, sentence }) => `${sentence}  [${name}]`)
      : [
          'No known mistake makes this signature, alone or with another. Either the secret is a different one, or what was signed is not what is shown here:',
          'log the bytes that go into the HMAC and compare them with these.',
        ]
  return [
    ...lines,
    ...(secretName === undefined ? [] : [`It was ${secretName}.`]),
    ...(signed === undefined ? [] : ['', 'What was signed:', visible(signed)]),
    '',
    `What has to be signed (${Buffer.byteLength(toSign)} bytes):`,
    visible(toSign),
  ].join('\n')
}

/** Line ends at the end would not be seen. */
const visible = (text: string): string => text.replace(/\r/g, '␍').replace(/\n/g, '␊\n').replace(/\n$/, '')

async function secretOf(given: string): Promise<string> {
  const secret = given.startsWith('@') ? (await read(given.slice(1), 'The secret')).trim() : given
  try {
    if (decodeSecret(secret).length > 0) return secret
  } catch {
    // Said below, without repeating what may be a part of it.
  }
  throw new UsageError('--secret must be a shared secret in base64, or @file.')
}

const bodyOf = async (given: string): Promise<string> => (given.startsWith('@') ? read(given.slice(1), "The body's file") : given)

async function read(file: string, what: string): Promise<string> {
  if (file !== '-')
    return readFile(file, 'utf8').catch(() => {
      throw new UsageError(`${what} ${file} cannot be read.`)
    })
  if (process.stdin.isTTY) process.stderr.write('Paste the request (curl or raw HTTP), then Ctrl-D:\n')
  let text = ''
  for await (const chunk of process.stdin) text += chunk
  return text
}
