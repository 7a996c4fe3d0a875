import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import type { RawRequest } from '../client.ts'
import { anyBody, anyRequest, type Known } from './any-request.ts'

/** What an attack is made from: a credential, the administration's token, and a program file that is right. */
export interface Target extends Known {
  readonly url: string
  readonly apiKey: string
  readonly secret: string
  readonly adminToken: string
  readonly program: string
}

/** One thing to send: a request as HTTP has it, or bytes that may be none. */
export type Attack = { readonly kind: string } & ({ readonly request: RawRequest } | { readonly bytes: Buffer })

/** Requests, signatures, program files and bytes, right but for a few places. */
export function anyAttack(target: Target): fc.Arbitrary<Attack> {
  return fc.oneof(
    { weight: 12, arbitrary: anyRequest(target).map((request) => ({ kind: 'request', request })) },
    { weight: 3, arbitrary: anySignature(target).map((request) => ({ kind: 'signature', request })) },
    { weight: 3, arbitrary: anyProgram(target).map((request) => ({ kind: 'program', request })) },
    { weight: 1, arbitrary: anyBytes(target).map((bytes) => ({ kind: 'bytes', bytes })) },
  )
}

const noise = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'"();=:, @-abcz0189.*\\?'), maxLength: 12 }),
  fc.constantFrom(
    '',
    '\\"',
    ':',
    ';created=1',
    ';alg="none"',
    '"@method"',
    '"@status"',
    ';req',
    '9'.repeat(30),
    'regulars=()',
    ',',
  ),
)

/** A message signature that is right, with noise in one place of one header, or none. */
function anySignature(target: Target): fc.Arbitrary<RawRequest> {
  const place = fc.record({ header: fc.nat(2), at: fc.nat(250), cut: fc.nat(20), noise })
  return fc
    .record({ body: anyBody(target), age: fc.integer({ min: -400, max: 400 }), places: fc.array(place, { maxLength: 2 }) })
    .map(({ body, age, places }) => {
      const path = `/loyalty/accounts/${target.member}/orders`
      const headers: [string, string][] = Object.entries(
        sign(target, path, Buffer.from(body), Math.floor(Date.now() / 1000) + age),
      )
      for (const { header, at, cut, noise } of places) {
        const chosen = headers[header % headers.length]
        if (chosen) chosen[1] = spliced(chosen[1], at, cut, noise)
      }
      return { method: 'POST', path, body, signed: false, headers: Object.fromEntries(headers) }
    })
}

function sign({ url, apiKey, secret }: Target, path: string, body: Buffer, created: number): Record<string, string> {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const nonce = createHash('sha256').update(`${created}${digest}`).digest('base64')
  const params = `("@method" "@target-uri" "content-digest");created=${created};nonce="${nonce}";keyid="${apiKey}";alg="hmac-sha256"`
  const base = `"@method": POST\n"@target-uri": ${url}${path}\n"content-digest": ${digest}\n"@signature-params": ${params}`
  const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(base).digest('base64')
  return { 'Content-Digest': digest, 'Signature-Input': `regulars=${params}`, Signature: `regulars=:${signature}:` }
}

/** A program file with lines taken out, doubled, indented otherwise, or changed inside; priced for one basket. */
function anyProgram(target: Target): fc.Arbitrary<RawRequest> {
  const lines = target.program.split('\n')
  const inside = fc.oneof(noise, fc.constantFrom('-1', '1e400', '~', '&a', '*a', '!!js', '{}', '[]', '2026-02-30', "'"))
  const change = fc.record({ line: fc.nat(lines.length - 1), how: fc.nat(3), at: fc.nat(60), cut: fc.nat(10), inside })
  return fc.record({ changes: fc.array(change, { maxLength: 4 }), basket: anyBody(target) }).map(({ changes, basket }) => {
    const spoilt = [...lines]
    for (const { line, how, at, cut, inside } of changes) {
      const text = spoilt[line] ?? ''
      spoilt[line] = ['', `${text}\n${text}`, `  ${text}`, spliced(text, at, cut, inside)][how] ?? text
    }
    const body = JSON.stringify({ program: spoilt.join('\n'), basket: parsed(basket) })
    return {
      method: 'POST',
      path: '/admin/v1/simulate',
      body,
      signed: false,
      headers: { Authorization: `Bearer ${target.adminToken}` },
    }
  })
}

/** HTTP as it is on the wire, with bytes changed, cut away or put in. */
function anyBytes({ apiKey, member }: Target): fc.Arbitrary<Buffer> {
  const lines = [
    `POST /loyalty/accounts/${member}/orders HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    'Content-Length: 2',
    `X-Class-Key: ${apiKey}`,
    '',
    '{}',
  ]
  const whole = Buffer.from(lines.join('\r\n'))
  const change = fc.record({ at: fc.nat(whole.length), cut: fc.nat(6), put: fc.uint8Array({ maxLength: 8 }) })
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce((bytes, { at, cut, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]), whole),
    )
}

function spliced(text: string, at: number, cut: number, put: string): string {
  const start = text.length === 0 ? 0 : at % text.length
  return text.slice(0, start) + put + text.slice(start + cut)
}

function parsed(body: string | Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return body.toString()
  }
}
