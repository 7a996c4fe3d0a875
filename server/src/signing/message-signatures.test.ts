import { randomBytes } from 'node:crypto'
import { signMessage } from '@regulars/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCredential, type NewCredential, requireMessageSignatures, rotateCredential } from '../accounts/index.ts'
import { createVault } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { type Authenticator, createAuthenticator, deleteExpiredNonces, type SignedRequest } from './index.ts'
import { createNonceRegister } from './nonce-register.ts'

const NOON = Date.UTC(2026, 2, 1, 12)
const MINUTE = 60_000
const ORIGIN = 'https://loyalty.example.com'
const URI = '/loyalty/accounts/1/orders?explain=1'
const vault = createVault(randomBytes(32))

let test: TestDatabase
let now = NOON
let here: Authenticator
let elsewhere: Authenticator

beforeAll(async () => {
  test = await createTestDatabase()
  await test.db.query(
    'test-account',
    `insert into accounts (account_id, name, program_version) values ('33559', 'Taste of the World', 1)`,
    [],
  )
})
afterAll(() => test.stop())
beforeEach(() => {
  now = NOON
  here = createAuthenticator({ databases: { test: test.db }, vault, now: () => now })
  elsewhere = createAuthenticator({ databases: { test: test.db }, vault, now: () => now })
})

async function create(more: Partial<NewCredential> = {}) {
  const wish = { environment: 'test' as const, accountId: '33559', name: 'Till', now, random: randomBytes, ...more }
  const created = await createCredential(test.db, vault, wish)
  if (!created.ok) throw new Error(created.message)
  return { apiKey: created.value.credential.apiKey, secret: created.value.secret }
}

interface Sent {
  readonly method?: string
  readonly origin?: string
  readonly body?: string
  readonly created?: number
  readonly nonce?: string
}

async function signed(credential: { apiKey: string; secret: string }, sent: Sent = {}): Promise<SignedRequest> {
  const { method = 'POST', origin = ORIGIN, body = '{"a":1}', created = now, nonce = randomBytes(16).toString('base64') } = sent
  const headers = await signMessage({
    ...credential,
    method,
    targetUri: `${origin}${URI}`,
    body,
    created: Math.floor(created / 1000),
    nonce,
  })
  return {
    uri: URI,
    body: new TextEncoder().encode(body),
    message: {
      method,
      signatureInput: headers['Signature-Input'] ?? '',
      signature: headers.Signature,
      contentDigest: headers['Content-Digest'],
      origins: [ORIGIN],
    },
  }
}

const withMessage = (request: SignedRequest, change: object): SignedRequest => ({
  ...request,
  message: { ...(request.message as NonNullable<SignedRequest['message']>), ...change },
})

const accepted = { ok: true, value: { accountId: '33559' } }
const refused = (error: string) => ({ ok: false, refusal: { error } })

describe('a message signature', () => {
  it('is accepted once: on this server, on another one, and after both were restarted', async () => {
    const request = await signed(await create())
    expect(await here.authenticate(request)).toMatchObject(accepted)
    expect(await here.authenticate(request)).toMatchObject(refused('signature_replayed'))
    expect(await elsewhere.authenticate(request)).toMatchObject(refused('signature_replayed'))
  })

  it('is accepted once when a hundred copies come at the same moment, at two servers', async () => {
    const credential = await create()
    const request = await signed(credential)
    const others = await Promise.all(Array.from({ length: 50 }, () => signed(credential)))
    // The others come first, so that several copies wait for one statement together.
    const outcomes = await Promise.all([
      ...others.map((other) => here.authenticate(other)),
      ...Array.from({ length: 100 }, (_, at) => (at % 4 === 0 ? elsewhere : here).authenticate(request)),
    ])
    expect(outcomes.slice(0, 50).filter(({ ok }) => ok)).toHaveLength(50)
    expect(outcomes.slice(50).filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('may use the nonce of another credential', async () => {
    const nonce = 'the-same-nonce-for-both'
    expect(await here.authenticate(await signed(await create(), { nonce }))).toMatchObject(accepted)
    expect(await here.authenticate(await signed(await create(), { nonce }))).toMatchObject(accepted)
  })

  it('is asked again about the same request without being called a replay', async () => {
    const request = await signed(await create())
    await here.authenticate(request, { versionIsChecked: true })
    expect(await here.authenticate(request, { versionIsChecked: false, nonceIsClaimed: true })).toMatchObject(accepted)
  })

  it('uses up no nonce where it is wrong, so that nobody can spoil those of others', async () => {
    const credential = await create()
    const request = await signed(credential)
    const forged = withMessage(request, { signature: `regulars=:${'A'.repeat(43)}=:` })
    expect(await here.authenticate(forged)).toMatchObject(refused('signature_incorrect'))
    expect(await here.authenticate(request)).toMatchObject(accepted)
  })

  it('is accepted within five minutes either way, and remembered for as long', async () => {
    const credential = await create()
    for (const [ageMs, expected] of [
      [5 * MINUTE, accepted],
      [-5 * MINUTE, accepted],
      [5 * MINUTE + 1_000, refused('signature_expired')],
      [-5 * MINUTE - 1_000, refused('signature_expired')],
    ] as const) {
      expect(await here.authenticate(await signed(credential, { created: now - ageMs })), String(ageMs)).toMatchObject(expected)
    }
    const early = await signed(credential, { created: now + 5 * MINUTE })
    expect(await here.authenticate(early)).toMatchObject(accepted)
    for (const laterMs of [0, 5 * MINUTE, 10 * MINUTE]) {
      now = NOON + laterMs
      await deleteExpiredNonces(test.db, now)
      expect(await here.authenticate(early), String(laterMs)).toMatchObject(refused('signature_replayed'))
    }
    now = NOON + 10 * MINUTE + 2_000
    await deleteExpiredNonces(test.db, now)
    expect(await here.authenticate(early)).toMatchObject(refused('signature_expired'))
    expect(await test.db.query('', 'select 1 from signature_nonces where expires_at < instant($1)', [now])).toEqual([])
  })

  it('is for one method, address and body', async () => {
    const request = await signed(await create())
    for (const changed of [
      withMessage(request, { method: 'PUT' }),
      withMessage(request, { origins: ['http://loyalty.example.com'] }),
      { ...request, uri: `${URI}&x=1` },
    ]) {
      expect(await here.authenticate(changed)).toMatchObject(refused('signature_incorrect'))
    }
    const otherBody = { ...request, body: new TextEncoder().encode('{"a":2}') }
    expect(await here.authenticate(otherBody)).toMatchObject(refused('content_digest_incorrect'))
    expect(await here.authenticate({ ...request, body: new Uint8Array() })).toMatchObject(refused('content_digest_incorrect'))
    expect(await here.authenticate(request)).toMatchObject(accepted)
  })

  it('without a body may not get one on its way', async () => {
    const request = await signed(await create(), { method: 'GET', body: '' })
    const grown = { ...request, body: new TextEncoder().encode('{}') }
    expect(await here.authenticate(grown)).toMatchObject(refused('signature_malformed'))
    expect(await here.authenticate(request)).toMatchObject(accepted)
  })

  it('is for any of the addresses by which clients call', async () => {
    const credential = await create()
    const origins = ['https://a.example', 'https://b.example:8443']
    for (const origin of origins) {
      expect(await here.authenticate(withMessage(await signed(credential, { origin }), { origins }))).toMatchObject(accepted)
    }
  })

  it('says what is wrong with its key or secret', async () => {
    const credential = await create()
    const unknown = await signed({ ...credential, apiKey: 'test_nobody' })
    expect(await here.authenticate(unknown)).toMatchObject(refused('key_invalid'))
    const wrong = await signed({ ...credential, secret: randomBytes(32).toString('base64') })
    expect(await here.authenticate(wrong)).toMatchObject(refused('signature_incorrect'))
  })

  it('works with both secrets while a rotation overlaps', async () => {
    const credential = await create()
    const rotated = await rotateCredential(test.db, vault, { ...credential, overlapMs: MINUTE, now, random: randomBytes })
    if (!rotated.ok) throw new Error(rotated.message)
    expect(await here.authenticate(await signed(credential))).toMatchObject(accepted)
    expect(await here.authenticate(await signed({ ...credential, secret: rotated.value.secret }))).toMatchObject(accepted)
    now += MINUTE
    expect(await here.authenticate(await signed(credential))).toMatchObject(refused('signature_incorrect'))
  })

  it('is judged where both are there', async () => {
    const request = await signed(await create())
    expect(await here.authenticate({ ...request, apiKey: 'nobody', signature: 'nothing' })).toMatchObject(accepted)
  })
})

describe('the other scheme', () => {
  const headers = async ({ apiKey, secret }: { apiKey: string; secret: string }) => {
    const { sign } = await import('@regulars/contract')
    return { apiKey, signature: await sign({ secret, uri: URI, body: '' }), uri: URI, body: new Uint8Array() }
  }

  it('is refused by a credential that requires message signatures', async () => {
    const credential = await create({ messageSignaturesOnly: true })
    expect(await here.authenticate(await headers(credential))).toMatchObject(refused('message_signature_required'))
    expect(await here.authenticate(await signed(credential))).toMatchObject(accepted)
    const wrong = { ...(await headers(credential)), signature: 'A'.repeat(44) }
    expect(await here.authenticate(wrong)).toMatchObject(refused('signature_incorrect'))
  })

  it('is refused, and accepted again, as credential and account are told, by servers that know them', async () => {
    const credential = await create()
    const request = await headers(credential)
    expect(await here.authenticate(request)).toMatchObject(accepted)
    for (const [whose, only, expected] of [
      [{ apiKey: credential.apiKey }, true, refused('message_signature_required')],
      [{ apiKey: credential.apiKey }, false, accepted],
      [{ accountId: '33559' }, true, refused('message_signature_required')],
      [{ apiKey: credential.apiKey }, false, refused('message_signature_required')],
      [{ accountId: '33559' }, false, accepted],
    ] as const) {
      expect(await requireMessageSignatures(test.db, whose, only)).toMatchObject({ ok: true })
      expect(await here.authenticate(request), JSON.stringify([whose, only])).toMatchObject(expected)
    }
    expect(await requireMessageSignatures(test.db, { accountId: '1' }, true)).toMatchObject({ problem: 'account_unknown' })
    expect(await requireMessageSignatures(test.db, { apiKey: 'x' }, true)).toMatchObject({ problem: 'credential_unknown' })
  })
})

it('the register gives a nonce to one of those that share a statement', async () => {
  const register = createNonceRegister({ test: test.db })
  const claim = (nonce: string) =>
    register.claim('test', { accountId: '33559', credentialId: '00000000-0000-7000-8000-000000000001', nonce, expiresAt: now })
  expect(await Promise.all([claim('first'), claim('twice'), claim('twice'), claim('once')])).toEqual([true, true, false, true])
})

it('throws when nonces cannot be remembered, instead of accepting', async () => {
  const gone = await createTestDatabase()
  await gone.db.query('test-account', `insert into accounts (account_id, name, program_version) values ('1', 'x', 1)`, [])
  const created = await createCredential(gone.db, vault, {
    environment: 'test',
    accountId: '1',
    name: 'Till',
    now,
    random: randomBytes,
  })
  if (!created.ok) throw new Error(created.message)
  const credential = { apiKey: created.value.credential.apiKey, secret: created.value.secret }
  const cut = createAuthenticator({ databases: { test: gone.db }, vault, now: () => now })
  await cut.authenticate(await signed(credential), { versionIsChecked: true })
  await gone.stop()
  await expect(cut.authenticate(await signed(credential), { versionIsChecked: true })).rejects.toThrow()
})
