import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { debugMessageSignature, type SuspectMessage } from './message-signature-debug.ts'
import { signMessage } from './message-signing.ts'
import { readPastedRequest } from './pasted-request.ts'
import { MESSAGE_MISTAKES, MISTAKES, type Mistake } from './signature-mistakes.ts'

/*
 * Each mistake is made here by Node's crypto, the way a client makes it by hand; the debugger has to name it.
 */
const SECRET = Buffer.from('a secret of forty-eight bytes, which nobody uses').toString('base64')
const OTHER = Buffer.from('another secret of the same account, long ago').toString('base64')
const KEY = Buffer.from(SECRET, 'base64')
const ORIGIN = 'https://loyalty.example.com'
const URI = '/loyalty/accounts/7%2F1/orders?explain=1'
const BODY = '{"id":"A-1","status":"placed"}'
const DIGEST = `sha-256=:${createHash('sha256').update(BODY).digest('base64')}:`
const PARAMS =
  '("@method" "@target-uri" "content-digest");created=1772366400;nonce="kHJ0ZbRZ0n3rCqJm5uGg8w==";keyid="test_abc";alg="hmac-sha256"'
const BASE = `"@method": POST\n"@target-uri": ${ORIGIN}${URI}\n"content-digest": ${DIGEST}\n"@signature-params": ${PARAMS}`

const mac = (text: string, secret: string | Buffer = KEY, hash = 'sha256') =>
  createHmac(hash, secret).update(text).digest('base64')
const suspect = (signature: string, change: Partial<SuspectMessage> = {}): SuspectMessage => ({
  method: 'POST',
  uri: URI,
  origins: [ORIGIN],
  body: BODY,
  contentDigest: DIGEST,
  signatureInput: `regulars=${PARAMS}`,
  signature: `regulars=:${signature}:`,
  secret: SECRET,
  others: [{ secret: OTHER, name: 'the one before the rotation' }],
  ...change,
})

const CASES: readonly [Mistake, string][] = [
  ['method_lowercased', mac(BASE.replace('POST', 'post'))],
  ['target_without_host', mac(BASE.replace(ORIGIN, ''))],
  ['query_left_out', mac(BASE.replace('?explain=1', ''))],
  ['other_scheme', mac(BASE.replace('https://', 'http://'))],
  ['other_port', mac(BASE.replace('example.com', 'example.com:443'))],
  ['target_decoded', mac(BASE.replace('%2F', '/'))],
  ['digest_unwrapped', mac(BASE.replace(DIGEST, DIGEST.slice('sha-256=:'.length, -1)))],
  ['params_left_out', mac(BASE.split('\n').slice(0, 3).join('\n'))],
  ['params_labelled', mac(BASE.replace('params": ', 'params": regulars='))],
  ['names_unquoted', mac(BASE.replace(/^"([^"]*)":/gm, '$1:'))],
  ['body_line_ends', mac(BASE.replaceAll('\n', '\r\n'))],
  ['newline_at_end', mac(`${BASE}\n`)],
  ['class_signature', mac(URI + BODY)],
  ['secret_not_decoded', mac(BASE, SECRET)],
  ['other_secret', mac(BASE, Buffer.from(OTHER, 'base64'))],
]

describe('debugMessageSignature', () => {
  it('calls right what is right: ours, and one made by hand', async () => {
    expect(await debugMessageSignature(suspect(mac(BASE)))).toEqual({
      verdict: 'right',
      mistakes: [],
      toSign: BASE,
      created: 1_772_366_400,
    })
    const signed = await signMessage({
      method: 'GET',
      targetUri: `${ORIGIN}${URI}`,
      apiKey: 'test_abc',
      secret: SECRET,
      created: 1_772_366_400,
      nonce: 'kHJ0ZbRZ0n3rCqJm5uGg8w==',
    })
    const headers = { signatureInput: signed['Signature-Input'] ?? '', signature: signed.Signature }
    expect(
      await debugMessageSignature({ ...suspect(''), method: 'GET', body: undefined, contentDigest: undefined, ...headers }),
    ).toMatchObject({ verdict: 'right' })
  })

  it.each(CASES)('%s', async (mistake, signature) => {
    expect(await debugMessageSignature(suspect(signature))).toMatchObject({
      verdict: 'mistaken',
      mistakes: [{ name: mistake, sentence: MISTAKES[mistake] }],
      toSign: BASE,
    })
  })

  it('has a case for every mistake of its own', () => {
    expect(Object.keys(MESSAGE_MISTAKES).filter((name) => !CASES.some(([mistake]) => mistake === name))).toEqual([])
  })

  it('names two mistakes at once, and says when it knows none', async () => {
    const two = await debugMessageSignature(suspect(mac(BASE.replace(ORIGIN, ''), SECRET)))
    expect(two).toMatchObject({
      verdict: 'mistaken',
      mistakes: [{ name: 'secret_not_decoded' }, { name: 'target_without_host' }],
    })
    expect(await debugMessageSignature(suspect(mac('something else')))).toMatchObject({ verdict: 'unexplained' })
  })

  it('takes no scheme for a mistake where nobody knows which it was', async () => {
    const origins = [ORIGIN, ORIGIN.replace('https', 'http')] as const
    const plain = mac(BASE.replace('https://', 'http://'))
    expect(await debugMessageSignature(suspect(plain, { origins }))).toMatchObject({ verdict: 'right' })
  })

  it.each([
    ['created', { signatureInput: `regulars=${PARAMS.replace(';created=1772366400', '')}` }, /`created`/],
    ['milliseconds', { signatureInput: `regulars=${PARAMS.replace('1772366400', '1772366400000')}` }, /seconds since 1970/],
    ['coverage', { signatureInput: `regulars=${PARAMS.replace(' "content-digest"', '')}` }, /does not cover content-digest/],
    ['another body', { body: `${BODY} ` }, /Content-Digest: the sha-256 is not that of the body/],
    ['no digest', { contentDigest: undefined }, /Content-Digest: .*it is not there/],
    ['hex', { signature: `regulars=:${'ab'.repeat(32)}:` }, /not the base64 of 32 bytes/],
  ])('says what is wrong with the headers themselves: %s', async (_name, change, words) => {
    expect(await debugMessageSignature(suspect(mac(BASE), change))).toEqual({
      verdict: 'unreadable',
      problem: expect.stringMatching(words),
    })
  })

  it('reads its headers out of what was pasted', () => {
    const pasted = readPastedRequest(
      `curl '${ORIGIN}${URI}' -H 'Content-Digest: ${DIGEST}' -H 'Signature-Input: regulars=${PARAMS}' -H 'signature: regulars=:x:' -d '${BODY}'`,
    )
    expect(pasted).toEqual({
      method: 'POST',
      scheme: 'https',
      host: 'loyalty.example.com',
      uri: URI,
      body: BODY,
      message: { signatureInput: `regulars=${PARAMS}`, signature: 'regulars=:x:', contentDigest: DIGEST },
    })
  })
})
