import { randomBytes } from 'node:crypto'
import { sign } from '@regulars/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCredential, disableCredential, type NewCredential, rotateCredential } from '../accounts/index.ts'
import { createVault, type Database } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { type Authenticator, createAuthenticator } from './index.ts'

const NOON = Date.UTC(2026, 2, 1, 12)
const HOUR = 3_600_000
const URI = '/loyalty/accounts/1/rewards?store=999999'
const vault = createVault(randomBytes(32))

let test: TestDatabase
let live: TestDatabase
let now = NOON
let lookups = 0
let authenticator: Authenticator

beforeAll(async () => {
  ;[test, live] = await Promise.all([createTestDatabase(), createTestDatabase()])
  for (const { db } of [test, live]) {
    await db.query(
      'test-account',
      `insert into accounts (account_id, name, program_version) values ('33559', 'Taste of the World', 1)`,
      [],
    )
  }
})
afterAll(() => Promise.all([test.stop(), live.stop()]))

beforeEach(() => {
  now = NOON
  lookups = 0
  authenticator = createAuthenticator({ databases: { test: counted(test.db), live: counted(live.db) }, vault, now: () => now })
})

/** The real database, with its statements counted. */
function counted(db: Database): Database {
  return new Proxy(db, {
    get(target, name) {
      if (name === 'query') lookups += 1
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

async function create(more: Partial<NewCredential> = {}) {
  const environment = more.environment ?? 'test'
  const wish = { environment, accountId: '33559', name: 'Till', now, random: randomBytes, ...more }
  const created = await createCredential(environment === 'live' ? live.db : test.db, vault, wish)
  if (!created.ok) throw new Error(created.message)
  return { ...created.value.credential, secret: created.value.secret }
}

async function signed(apiKey: string, secret: string, body = '', uri = URI) {
  const bytes = new TextEncoder().encode(body)
  return { apiKey, signature: await sign({ secret, uri, body: bytes }), uri, body: bytes }
}

const refused = (error: string) => ({ ok: false, refusal: { error, facts: {} } })

describe('wire-contract §2 and §3', () => {
  it('accepts the checked vectors, the first with a secret that is not canonical base64', async () => {
    const first = await create({ apiKey: 'vector-1', importSecret: 'Afq3p8iYTgWTxUw1d8cx6q7wmQl20REw48yT6Mk3kw9=' })
    const second = await create({
      apiKey: 'vector-2',
      importSecret: 'ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5',
    })
    const body = new TextEncoder().encode('{"spendgo_id":"296076","first_name":"John","last_name":"Doe"}')
    expect(
      await authenticator.authenticate({
        apiKey: first.apiKey,
        signature: 'GAOyiw6UXXZlsVqfVrNTW20kmgNZoxJPXoQ1f1zPzuI=',
        uri: '/api/v1/member/update',
        body,
      }),
    ).toMatchObject({ ok: true, value: { accountId: '33559', environment: 'test' } })
    expect(
      await authenticator.authenticate({
        apiKey: second.apiKey,
        signature: 'feWZHXw8Ww4YJfmUR+stQSJJn5RW8l3Qeq9ZMvKhayo=',
        uri: '/loyalty/accounts/494979/rewards?store=999999',
        body: new Uint8Array(),
      }),
    ).toMatchObject({ ok: true })
  })

  it('says what is missing: 1001 before 1002', async () => {
    const request = { uri: URI, body: new Uint8Array() }
    expect(await authenticator.authenticate(request)).toEqual(refused('signature_missing'))
    expect(await authenticator.authenticate({ ...request, apiKey: 'x' })).toEqual(refused('signature_missing'))
    expect(await authenticator.authenticate({ ...request, signature: 'x' })).toEqual(refused('key_missing'))
  })

  it('refuses every change of target, body and signature with 1004', async () => {
    const { apiKey, secret } = await create()
    const request = await signed(apiKey, secret, '{"a":1}')
    const { signature } = request
    expect(await authenticator.authenticate(request)).toMatchObject({ ok: true })
    for (const change of [
      { uri: `${URI}&x=1` },
      { uri: URI.toUpperCase() },
      { body: new TextEncoder().encode('{"a": 1}') },
      { body: new Uint8Array() },
      { signature: signature.slice(1) },
      { signature: `${signature} ` },
      { signature: Buffer.from(signature, 'base64').toString('hex') },
      { signature: 'A'.repeat(44) },
      { signature: 'é'.repeat(44) },
    ]) {
      expect(await authenticator.authenticate({ ...request, ...change })).toEqual(refused('signature_incorrect'))
    }
  })

  it('refuses unknown keys with 1003, and takes an impossible one for an unknown one', async () => {
    const { secret } = await create()
    for (const apiKey of ['test_nobody', 'live_nobody', 'nobody', 'a\0b', '', 'x'.repeat(10_000)]) {
      const outcome = await authenticator.authenticate(await signed(apiKey, secret))
      expect(outcome).toEqual(refused(apiKey === '' ? 'key_missing' : 'key_invalid'))
    }
  })

  it('finds the environment by the key, and an imported key wherever it is', async () => {
    const [inTest, inLive, imported] = await Promise.all([
      create(),
      create({ environment: 'live' }),
      create({ environment: 'live', apiKey: 'old-key' }),
    ])
    for (const [{ apiKey, secret }, environment] of [
      [inTest, 'test'],
      [inLive, 'live'],
      [imported, 'live'],
    ] as const) {
      expect(await authenticator.authenticate(await signed(apiKey, secret))).toMatchObject({
        ok: true,
        value: { environment, apiKey },
      })
    }
    const testOnly = createAuthenticator({ databases: { test: test.db }, vault, now: () => now })
    expect(await testOnly.authenticate(await signed(inLive.apiKey, inLive.secret))).toEqual(refused('key_invalid'))
  })

  it('tells the caller what the credential may do', async () => {
    const { apiKey, secret, credentialId } = await create({ storeCodes: ['999999'], strictRequests: true, rateLimit: 7 })
    expect(await authenticator.authenticate(await signed(apiKey, secret))).toEqual({
      ok: true,
      value: {
        environment: 'test',
        accountId: '33559',
        credentialId,
        credentialVersion: 1,
        apiKey,
        kind: 'partner',
        storeCodes: ['999999'],
        strictRequests: true,
        rateLimit: 7,
      },
    })
  })
})

describe('minified bodies', () => {
  const pretty = '{\n  "a": 1,\n  "b": "ü {x}"\n}'
  const minified = '{"a":1,"b":"ü {x}"}'

  it('are tried where the credential says so', async () => {
    const { apiKey, secret } = await create({ signMinified: true })
    const request = { ...(await signed(apiKey, secret, minified)), body: new TextEncoder().encode(pretty) }
    expect(await authenticator.authenticate(request)).toMatchObject({ ok: true })
    expect(await authenticator.authenticate(await signed(apiKey, secret, pretty))).toMatchObject({ ok: true })
    expect(await authenticator.authenticate({ ...request, body: new TextEncoder().encode('{"a":2}') })).toEqual(
      refused('signature_incorrect'),
    )
    expect(await authenticator.authenticate({ ...request, body: new Uint8Array([0xff]) })).toEqual(refused('signature_incorrect'))
  })

  it('are off by default', async () => {
    const { apiKey, secret } = await create()
    const request = { ...(await signed(apiKey, secret, minified)), body: new TextEncoder().encode(pretty) }
    expect(await authenticator.authenticate(request)).toEqual(refused('signature_incorrect'))
  })
})

describe('changes of a credential', () => {
  it('a rotation works at once, and both secrets do until the overlap ends', async () => {
    const { apiKey, secret } = await create()
    const old = await signed(apiKey, secret)
    await authenticator.authenticate(old, { versionIsChecked: true })
    const rotated = await rotateCredential(test.db, vault, { apiKey, overlapMs: HOUR, now, random: randomBytes })
    if (!rotated.ok) throw new Error(rotated.message)
    const fresh = await signed(apiKey, rotated.value.secret)
    expect(await authenticator.authenticate(fresh, { versionIsChecked: true })).toMatchObject({
      ok: true,
      value: { credentialVersion: 2 },
    })
    expect(await authenticator.authenticate(old)).toMatchObject({ ok: true })
    now = NOON + HOUR - 1
    expect(await authenticator.authenticate(old)).toMatchObject({ ok: true })
    now = NOON + HOUR
    expect(await authenticator.authenticate(old)).toEqual(refused('signature_incorrect'))
    expect(await authenticator.authenticate(fresh)).toMatchObject({ ok: true })
  })

  it('a secret rotated away without an overlap ends within a second', async () => {
    const { apiKey, secret } = await create()
    const old = await signed(apiKey, secret)
    await authenticator.authenticate(old)
    await rotateCredential(test.db, vault, { apiKey, overlapMs: 0, now, random: randomBytes })
    now += 1_000
    expect(await authenticator.authenticate(old)).toEqual(refused('signature_incorrect'))
  })

  it('a disabled credential ends within a second, or at once for whoever checks its version', async () => {
    const { apiKey, secret } = await create()
    const request = await signed(apiKey, secret)
    await authenticator.authenticate(request)
    await disableCredential(test.db, { apiKey, now })
    expect(await authenticator.authenticate(request, { versionIsChecked: true })).toMatchObject({
      ok: true,
      value: { credentialVersion: 1 },
    })
    authenticator.forget(apiKey)
    expect(await authenticator.authenticate(request, { versionIsChecked: true })).toEqual(refused('key_invalid'))

    const other = await create()
    const otherRequest = await signed(other.apiKey, other.secret)
    await authenticator.authenticate(otherRequest)
    await disableCredential(test.db, { apiKey: other.apiKey, now })
    now += 1_000
    expect(await authenticator.authenticate(otherRequest)).toEqual(refused('key_invalid'))
  })

  it('ends both secrets of a disabled credential', async () => {
    const { apiKey, secret } = await create()
    await rotateCredential(test.db, vault, { apiKey, now, random: randomBytes })
    await disableCredential(test.db, { apiKey, now })
    expect(await authenticator.authenticate(await signed(apiKey, secret))).toEqual(refused('key_invalid'))
  })
})

describe('cost', () => {
  it('asks the database nothing for a known credential whose version the caller checks itself, and once otherwise', async () => {
    const { apiKey, secret } = await create()
    const request = await signed(apiKey, secret)
    await authenticator.authenticate(request)
    expect(lookups).toBe(1)
    await authenticator.authenticate(request, { versionIsChecked: true })
    expect(lookups).toBe(1)
    await authenticator.authenticate(request)
    expect(lookups).toBe(2)
  })

  it('is one lookup for an unknown key and for a wrong signature alike', async () => {
    const { apiKey, secret } = await create()
    const request = await signed(apiKey, secret)
    await authenticator.authenticate(request)
    const costOf = async (change: object) => {
      lookups = 0
      await authenticator.authenticate({ ...request, ...change })
      return lookups
    }
    expect(await costOf({ signature: 'A'.repeat(44) })).toBe(1)
    expect(await costOf({ apiKey: 'test_nobody' })).toBe(1)
  })

  it('takes the same time for both, within what a machine under load can measure', async () => {
    const { apiKey, secret } = await create()
    const wrong = { ...(await signed(apiKey, secret, 'x'.repeat(50_000))), signature: 'A'.repeat(44) }
    const unknown = { ...wrong, apiKey: apiKey.replace(/.{4}$/, '0000') }
    const times: [number[], number[]] = [[], []]
    for (let i = 0; i < 400; i++) {
      for (const [kind, request] of [wrong, unknown].entries()) {
        const start = performance.now()
        await authenticator.authenticate(request)
        times[kind === 0 ? 0 : 1].push(performance.now() - start)
      }
    }
    const [a, b] = times.map((list) => list.sort((x, y) => x - y)[200] ?? 0)
    expect(Math.max(a ?? 0, b ?? 0) / Math.min(a ?? 0, b ?? 0)).toBeLessThan(1.5)
  })
})

it('throws when the database cannot be asked, instead of calling the key invalid', async () => {
  const { apiKey, secret } = await create()
  const gone = await createTestDatabase()
  await gone.stop()
  const cut = createAuthenticator({ databases: { test: gone.db }, vault, now: () => now })
  await expect(cut.authenticate(await signed(apiKey, secret))).rejects.toThrow()
})
