import { createHash, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { createSigner, createVerifier, httpbis } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import {
  checkContentDigest,
  digestOf,
  type MessageSignature,
  readMessageSignature,
  signatureBase,
  signMessage,
  verifyMessage,
} from './message-signing.ts'
import { importSecret } from './signing.ts'

const SECRET = 'ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5'
const NONCE = 'a-nonce-never-used-before'
const CREATED = 1_772_366_400
const URL_ = 'https://loyalty.example.com/loyalty/accounts/7/orders?explain=1'
const bytes = (text: string) => new TextEncoder().encode(text)

const request = (more: object = {}) => ({
  apiKey: 'test_key',
  secret: SECRET,
  method: 'POST',
  targetUri: URL_,
  body: '{"a":1}',
  created: CREATED,
  nonce: NONCE,
  ...more,
})

function read(headers: Record<string, string>, hasBody = true): MessageSignature {
  const outcome = readMessageSignature({
    signatureInput: headers['Signature-Input'] ?? '',
    signature: headers.Signature,
    hasBody,
  })
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.value
}

describe('RFC 9421', () => {
  it('signs what the standard says, by hand', async () => {
    const headers = await signMessage(request())
    const digest = `sha-256=:${createHash('sha256').update('{"a":1}').digest('base64')}:`
    const params = `("@method" "@target-uri" "content-digest");created=${CREATED};nonce="${NONCE}";keyid="test_key";alg="hmac-sha256"`
    const base = `"@method": POST\n"@target-uri": ${URL_}\n"content-digest": ${digest}\n"@signature-params": ${params}`
    const signature = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(base).digest('base64')
    expect(headers).toEqual({
      'Content-Digest': digest,
      'Signature-Input': `regulars=${params}`,
      Signature: `regulars=:${signature}:`,
    })
  })

  it('covers no digest where there is no body', async () => {
    const headers = await signMessage(request({ method: 'GET', body: undefined }))
    expect(Object.keys(headers)).toEqual(['Signature-Input', 'Signature'])
    expect(read(headers, false).components).toEqual(['@method', '@target-uri'])
  })

  it('accepts a signature for its own request, and for no other method, address, body, time or key', async () => {
    const headers = await signMessage(request())
    const key = await importSecret(SECRET)
    const signature = read(headers)
    const message = { method: 'POST', targetUri: URL_, contentDigest: headers['Content-Digest'] }
    expect(await verifyMessage(key, message, signature)).toBe(true)
    for (const changed of [
      { method: 'GET' },
      { targetUri: URL_.replace('https', 'http') },
      { targetUri: `${URL_}&x=1` },
      { contentDigest: await digestOf('sha-256', bytes('{"a":2}')) },
      { contentDigest: undefined },
    ]) {
      expect(await verifyMessage(key, { ...message, ...changed }, signature), JSON.stringify(changed)).toBe(false)
    }
    const later = { ...signature, params: signature.params.replace(String(CREATED), String(CREATED + 1)) }
    expect(await verifyMessage(key, message, later)).toBe(false)
    expect(await verifyMessage(await importSecret(btoa('another secret')), message, signature)).toBe(false)
  })

  it('leaves no two requests with one text to sign', () => {
    const part = fc.stringMatching(/^[!-~]{1,20}$/)
    fc.assert(
      fc.property(part, part, part, part, (method, uri, otherMethod, otherUri) => {
        const about = { components: ['@method', '@target-uri'], params: '("@method" "@target-uri");created=1' }
        const same = method === otherMethod && uri === otherUri
        expect(
          signatureBase({ method, targetUri: uri }, about) === signatureBase({ method: otherMethod, targetUri: otherUri }, about),
        ).toBe(same)
      }),
    )
  })
})

describe('with the package http-message-signatures', () => {
  const fields = ['@method', '@target-uri', 'content-digest']
  const secretBytes = Buffer.from(SECRET, 'base64')

  it('it accepts what we sign', async () => {
    const created = Math.floor(Date.now() / 1000)
    const headers = await signMessage(request({ created, nonce: randomBytes(16).toString('base64') }))
    const verifying = (message: { method: string; url: string; headers: Record<string, string> }) =>
      httpbis.verifyMessage(
        {
          requiredFields: fields,
          requiredParams: ['created', 'nonce', 'keyid', 'alg'],
          maxAge: 300,
          keyLookup: async ({ keyid }) =>
            keyid === 'test_key'
              ? { id: keyid, algs: ['hmac-sha256'], verify: createVerifier(secretBytes, 'hmac-sha256') }
              : null,
        },
        message,
      )
    expect(await verifying({ method: 'POST', url: URL_, headers })).toBe(true)
    expect(await verifying({ method: 'PUT', url: URL_, headers })).toBe(false)
  })

  it.each([fields, ['content-digest', '@target-uri', '@method']])(
    'we accept what it signs, covering %s, %s and %s',
    async (...order) => {
      const body = bytes('{"a":"ü"}')
      const digest = await digestOf('sha-512', body)
      const signed = await httpbis.signMessage(
        {
          key: createSigner(secretBytes, 'hmac-sha256', 'test_key'),
          fields: order,
          params: ['created', 'nonce', 'keyid', 'alg', 'expires'],
          paramValues: { nonce: NONCE, created: new Date(CREATED * 1000) },
        },
        { method: 'POST', url: URL_, headers: { 'Content-Digest': digest } },
      )
      const signature = read(signed.headers as Record<string, string>)
      expect(signature).toMatchObject({
        keyId: 'test_key',
        created: CREATED,
        expires: CREATED + 300,
        nonce: NONCE,
        components: order,
      })
      const key = await importSecret(SECRET)
      expect(await verifyMessage(key, { method: 'POST', targetUri: URL_, contentDigest: digest }, signature)).toBe(true)
      expect(await verifyMessage(key, { method: 'GET', targetUri: URL_, contentDigest: digest }, signature)).toBe(false)
      expect(await checkContentDigest(digest, body)).toEqual({ ok: true, value: undefined })
    },
  )
})

describe('what is written', () => {
  const INPUT = `sig=("@method" "@target-uri");created=${CREATED};nonce="${NONCE}";keyid="k"`
  const SIGNATURE = `sig=:${'A'.repeat(43)}=:`
  const problemOf = (signatureInput: string, signature: string | undefined = SIGNATURE, hasBody = false) => {
    const outcome = readMessageSignature({ signatureInput, signature, hasBody })
    return outcome.ok ? 'fine' : (outcome.refusal.facts as { problem: string }).problem
  }

  it.each([
    [INPUT, 'fine'],
    [`${INPUT};tag="till";alg="hmac-sha256"`, 'fine'],
    ['', 'canonical'],
    ['sig=', 'canonical'],
    [INPUT.replace('" "', '"  "'), 'canonical'],
    [`${INPUT};x=`, 'canonical'],
    [`${INPUT}, ${INPUT}`, 'canonical'],
    [INPUT.replace('"@method" ', ''), 'does not cover @method'],
    ['sig=()', 'does not cover @method and @target-uri'],
    [INPUT.replace('"@target-uri"', '"@target-uri" "date"'), 'covers date; it covers'],
    [INPUT.replace('"@target-uri"', '"@target-uri" "@method"'), 'covers @method; it covers'],
    [INPUT.replace('"@target-uri"', '"@target-uri";req'), 'canonical'],
    [INPUT.replace(`created=${CREATED};`, ''), '`created`'],
    [INPUT.replace(`created=${CREATED}`, 'created="now"'), '`created`'],
    [`${INPUT};created=1`, 'twice'],
    [INPUT.replace(NONCE, 'short'), '`nonce`'],
    [INPUT.replace(NONCE, 'x'.repeat(129)), '`nonce`'],
    [INPUT.replace(NONCE, 'a nonce with blanks'), '`nonce`'],
    [INPUT.replace(';keyid="k"', ''), '`keyid`'],
    [`${INPUT};alg="none"`, '`alg`'],
    [`${INPUT};alg="rsa-pss-sha512"`, '`alg`'],
    [`${INPUT};expires="soon"`, '`expires`'],
    [`${INPUT}, other=("@method");created=1`, 'of 2 signatures none has the label regulars'],
  ])('%s: %s', (input, expected) => {
    expect(problemOf(input)).toContain(expected)
  })

  it('says what is wrong with the other header', () => {
    const without = readMessageSignature({ signatureInput: INPUT, hasBody: false })
    expect(without).toMatchObject({ refusal: { facts: { problem: expect.stringContaining('there is no Signature header') } } })
    expect(problemOf(INPUT, 'abc')).toContain('between colons')
    expect(problemOf(INPUT, `other=:${'A'.repeat(43)}=:`)).toContain('no value for the label sig')
    expect(problemOf(INPUT, 'sig=:QUJD:')).toContain('32 bytes')
  })

  it('asks for the digest of a body that is there', () => {
    expect(problemOf(INPUT, SIGNATURE, true)).toContain('does not cover content-digest')
  })

  it('takes ours where a proxy has signed too', () => {
    const mine = INPUT.replace('sig=', 'regulars=')
    const outcome = readMessageSignature({
      signatureInput: `proxy=("@authority");created=1;keyid="p", ${mine}`,
      signature: `${SIGNATURE.replace('sig', 'proxy')},${SIGNATURE.replace('sig', 'regulars')}`,
      hasBody: false,
    })
    expect(outcome).toMatchObject({ ok: true, value: { keyId: 'k' } })
  })

  it('throws for nothing, however it is written', async () => {
    const header = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'sig=("@method);created0-9:,\\ '), maxLength: 60 }),
    )
    await fc.assert(
      fc.asyncProperty(header, header, fc.boolean(), async (signatureInput, signature, hasBody) => {
        readMessageSignature({ signatureInput, signature, hasBody })
        await checkContentDigest(signature, new Uint8Array())
      }),
    )
  })

  it('is read in linear time', () => {
    const start = performance.now()
    for (const hostile of [
      `sig=("${'" "'.repeat(5_000)}`,
      `sig=()${';a="'.repeat(4_000)}`,
      `sig=()${';a=1'.repeat(4_000)}!`,
      'a='.repeat(8_000),
    ])
      problemOf(hostile, hostile)
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describe('Content-Digest', () => {
  const body = bytes('{"a":1}')
  it.each([
    ['sha-256', (right: string) => right, true],
    ['an unknown one beside it', (right: string) => `md5=:AAAA:, ${right}`, true],
    ['an unknown one alone', () => 'md5=:AAAA:', false],
    ['of another body', (right: string) => right.replace(/:.{4}/, ':AAAA'), false],
    ['a right and a wrong one', (right: string) => `${right}, sha-512=:AAAA:`, false],
    ['no dictionary', () => 'abc', false],
  ])('%s', async (_, header, fits) => {
    expect(await checkContentDigest(header(await digestOf('sha-256', body)), body)).toMatchObject({ ok: fits })
  })

  it('must be there when it is covered', async () => {
    expect(await checkContentDigest(undefined, body)).toMatchObject({ ok: false })
  })
})
