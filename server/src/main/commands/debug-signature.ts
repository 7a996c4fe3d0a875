import { readFile } from 'node:fs/promises'
import {
  debugMessageSignature,
  debugSignature,
  decodeSecret,
  type MessageDiagnosis,
  type PastedRequest,
  readPastedRequest,
  SIGNATURE_AGE_S,
  type SignatureDiagnosis,
} from '@regulars/contract'
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
  if (signature === undefined && !pasted.message)
    throw new UsageError(
      'The request has no X-Class-Signature, and no Signature-Input. Pass the signature that was refused as --signature.',
    )
  const [secret = '', ...others] = await Promise.all(options.secret.map(secretOf))
  const body = options.body === undefined ? pasted.body : await bodyOf(options.body)
  const [method, host, apiKey] = [options.method ?? pasted.method, options.host ?? pasted.host, options.key ?? pasted.apiKey]
  const about = {
    secret,
    others: others.map((other, index) => ({ secret: other, name: `secret ${index + 2} of those given` })),
    uri,
    ...(body !== undefined && { body }),
  }
  // A request that has both is judged by this one, as the server does.
  if (pasted.message) {
    const origins = originsOf({ ...pasted, host })
    return tell(await debugMessageSignature({ ...about, ...pasted.message, method: method ?? 'POST', origins }), options)
  }
  const diagnosis = await debugSignature({
    ...about,
    signature: signature ?? '',
    ...(method !== undefined && { method }),
    ...(host !== undefined && { host }),
    ...(apiKey !== undefined && { apiKey }),
    ...(options.signMinified && { signMinified: true }),
  })
  tell(diagnosis, options)
}

function tell(diagnosis: SignatureDiagnosis | MessageDiagnosis, { json }: DebugSignatureOptions): void {
  const text = () =>
    diagnosis.verdict === 'unreadable'
      ? `No secret was tried, for the headers themselves are wrong: ${diagnosis.problem}.`
      : formatDiagnosis(diagnosis) + ('created' in diagnosis ? ageOf(diagnosis.created) : '')
  print(diagnosis, { json, text })
  if (diagnosis.verdict !== 'right') process.exitCode = EXIT.failed
}

/** A right signature is refused all the same by a server whose clock is too far from it. */
function ageOf(created: number): string {
  const at = new Date(created * 1000).toISOString()
  return `\n\nIt says that it was made at ${at}: at most ${SIGNATURE_AGE_S} s from the server's clock (the Date of its answer), and with a nonce that no request had before.`
}

/** Raw HTTP does not say by which scheme it went. */
function originsOf({ scheme, host }: PastedRequest): readonly [string, ...string[]] {
  if (host === undefined) throw new UsageError('The request names no host, which is part of what is signed. Pass it as --host.')
  return scheme ? [`${scheme}://${host}`] : [`https://${host}`, `http://${host}`]
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
