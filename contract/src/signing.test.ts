import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeSecret,
  encodeBase64,
  importSecret,
  isCanonicalBase64,
  minified,
  sign,
  signedMessage,
  signWith,
  verify,
} from './signing.ts'

const VECTORS = [
  {
    secret: 'Afq3p8iYTgWTxUw1d8cx6q7wmQl20REw48yT6Mk3kw9=',
    uri: '/api/v1/member/update',
    body: '{"spendgo_id":"296076","first_name":"John","last_name":"Doe"}',
    signature: 'GAOyiw6UXXZlsVqfVrNTW20kmgNZoxJPXoQ1f1zPzuI=',
  },
  {
    secret: 'ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5',
    uri: '/loyalty/accounts/494979/rewards?store=999999',
    body: '',
    signature: 'feWZHXw8Ww4YJfmUR+stQSJJn5RW8l3Qeq9ZMvKhayo=',
  },
]

const VECTOR = VECTORS[1] as (typeof VECTORS)[number]

const bytes = fc.uint8Array({ maxLength: 80 })
const secretBytes = fc.uint8Array({ minLength: 1, maxLength: 64 })
const uri = fc.webPath().map((path) => `/${path}`)

describe('signing', () => {
  it.each(VECTORS)('gives the checked signature of $uri', async ({ secret, uri, body, signature }) => {
    expect(await sign({ secret, uri, body })).toBe(signature)
    expect(await verify(await importSecret(secret), { uri, body: new TextEncoder().encode(body), signature })).toBe(true)
  })

  it('agrees with another HMAC, and accepts a signature for its own request and no other', async () => {
    await fc.assert(
      fc.asyncProperty(secretBytes, uri, bytes, uri, bytes, async (secret, uri, body, otherUri, otherBody) => {
        const key = await importSecret(encodeBase64(secret))
        const signature = await signWith(key, { uri, body })
        expect(signature).toBe(createHmac('sha256', secret).update(uri).update(body).digest('base64'))
        expect(await verify(key, { uri, body, signature })).toBe(true)
        const same = Buffer.from(signedMessage(uri, body)).equals(signedMessage(otherUri, otherBody))
        expect(await verify(key, { uri: otherUri, body: otherBody, signature })).toBe(same)
      }),
    )
  })

  it('accepts no changed signature, and throws for none', async () => {
    const { secret, uri, body, signature } = VECTOR
    const key = await importSecret(secret)
    const hex = Buffer.from(signature, 'base64').toString('hex')
    const urlSafe = signature.replaceAll('+', '-').replaceAll('/', '_')
    // 'o=' and 'p=' decode to the same last byte; only one of them is canonical.
    const sameBytes = signature.replace('o=', 'p=')
    for (const wrong of [
      '',
      'x',
      hex,
      urlSafe,
      sameBytes,
      `${signature} `,
      signature.slice(0, -1),
      `${signature}=`,
      'é'.repeat(44),
      'A'.repeat(43),
      `${'A'.repeat(43)}=`,
    ]) {
      expect(await verify(key, { uri, body, signature: wrong })).toBe(false)
    }
    await fc.assert(fc.asyncProperty(fc.string(), async (wrong) => !(await verify(key, { uri, body, signature: wrong }))))
  })
})

describe('secrets', () => {
  it('decodes as leniently as the clients do', () => {
    fc.assert(
      fc.property(bytes, (raw) => {
        const text = Buffer.from(raw).toString('base64')
        for (const variant of [
          text,
          text.replace(/=+$/, ''),
          Buffer.from(raw).toString('base64url'),
          ` ${text.replace(/(.{8})/g, '$1\r\n')}`,
        ]) {
          expect(Buffer.from(decodeSecret(variant)).equals(raw)).toBe(true)
        }
        expect(encodeBase64(raw)).toBe(text)
        expect(isCanonicalBase64(text)).toBe(raw.length > 0)
      }),
    )
  })

  it('drops left-over bits as Buffer does', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABCabc012+/-_'), maxLength: 20 }), (text) => {
        expect(Buffer.from(decodeSecret(text)).equals(Buffer.from(text, 'base64'))).toBe(true)
      }),
    )
  })

  it.each(['', 'a', 'ab', 'kw9=', 'kw==', 'kw8', 'k-8=', 'kw8=\n', 'kw8==', 'k=8='])(
    'issues nothing like %j unless it is canonical',
    (text) => {
      expect(isCanonicalBase64(text)).toBe(text === 'kw==')
    },
  )

  it.each(['', '====', 'not base64!', 'ключ'])('refuses %j as a secret without repeating it', async (text) => {
    await expect(importSecret(text)).rejects.toThrow(RangeError)
    await expect(importSecret(text)).rejects.not.toThrow(/not base64!/)
  })
})

it('minifies what a client sends indented and signs without blanks', () => {
  const said = (text: string) => minified(new TextEncoder().encode(text))
  expect(new TextDecoder().decode(said('{ "a": [1, "b c"] }\n'))).toBe('{"a":[1,"b c"]}')
  expect(said('{')).toBeUndefined()
  expect(minified(new Uint8Array([0xff]))).toBeUndefined()
})
