import * as contract from '@regulars/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signer } from './signing.ts'

const utf8 = new TextEncoder()

describe('the signature', () => {
  it.each([
    [
      'Afq3p8iYTgWTxUw1d8cx6q7wmQl20REw48yT6Mk3kw9=',
      '/api/v1/member/update',
      '{"spendgo_id":"296076","first_name":"John","last_name":"Doe"}',
      'GAOyiw6UXXZlsVqfVrNTW20kmgNZoxJPXoQ1f1zPzuI=',
    ],
    [
      'ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5',
      '/loyalty/accounts/494979/rewards?store=999999',
      '',
      'feWZHXw8Ww4YJfmUR+stQSJJn5RW8l3Qeq9ZMvKhayo=',
    ],
  ])('is that of the published vector (secret %s)', async (secret, target, body, expected) => {
    expect(await signer(secret)(target, utf8.encode(body))).toBe(expected)
  })

  it("is the contract's, for any secret, target and body", async () => {
    const anySecret = fc.uint8Array({ minLength: 2, maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('base64'))
    await fc.assert(
      fc.asyncProperty(anySecret, fc.webPath(), fc.string({ unit: 'binary' }), async (secret, target, body) => {
        const signature = await signer(secret)(target, utf8.encode(body))
        expect(await contract.verify(await contract.importSecret(secret), { uri: target, body, signature })).toBe(true)
      }),
    )
  })
})
