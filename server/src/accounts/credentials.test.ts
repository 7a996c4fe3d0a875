import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVault } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import {
  createCredential,
  disableCredential,
  ensureAdminToken,
  findCredential,
  isAdminToken,
  listCredentials,
  type NewCredential,
  readClock,
  rotateCredential,
  secretContext,
  setClock,
  touchCredentials,
} from './index.ts'

const NOON = Date.UTC(2026, 2, 1, 12)
const vault = createVault(randomBytes(32))
let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
  await test.db.query(
    'test-account',
    `insert into accounts (account_id, name, program_version) values ('33559', 'Taste of the World', 1)`,
    [],
  )
})
afterAll(() => test.stop())

const wish = (more: Partial<NewCredential> = {}): NewCredential => ({
  environment: 'test',
  accountId: '33559',
  name: 'Till',
  now: NOON,
  random: randomBytes,
  ...more,
})

async function create(more: Partial<NewCredential> = {}) {
  const created = await createCredential(test.db, vault, wish(more))
  if (!created.ok) throw new Error(created.message)
  return created.value
}

describe('creating', () => {
  it('issues a secret of 48 characters that are the same as bytes and as text, and shows it once', async () => {
    const { credential, secret, warning } = await create()
    expect(Buffer.from(secret, 'base64').toString('ascii')).toMatch(/^[A-Za-z0-9]{48}$/)
    expect(Buffer.from(Buffer.from(secret, 'base64')).toString('base64')).toBe(secret)
    expect(warning).toBeUndefined()
    const rows = JSON.stringify(await test.db.query('test-rows', 'select * from credentials', []))
    expect(rows).not.toContain(secret)
    expect(JSON.stringify([credential, await listCredentials(test.db, '33559')])).not.toContain(secret)
    const kept = await findCredential(test.db, credential.apiKey)
    expect(kept && vault.open(kept.sealedSecret, secretContext(kept.credentialId))).toBe(secret)
  })

  it('draws every letter with the same chance: bytes past the last multiple of 62 are thrown away', async () => {
    const bytes = [...Array(96).fill(255), ...Array(96).fill(247)]
    const random = (length: number) => Uint8Array.from({ length }, () => bytes.shift() ?? 61)
    const { secret } = await create({ apiKey: 'imported-0', random })
    expect(Buffer.from(secret, 'base64').toString()).toBe('9'.repeat(48))
  })

  it('names the environment in the key, and never issues two alike', async () => {
    const created = await Promise.all(Array.from({ length: 20 }, () => create()))
    for (const { credential } of created) expect(credential.apiKey).toMatch(/^test_[A-Za-z0-9]{24}$/)
    expect(new Set(created.map(({ credential }) => credential.apiKey)).size).toBe(20)
    expect(new Set(created.map(({ secret }) => secret)).size).toBe(20)
  })

  it('imports keys and secrets of another system, whatever their bytes, and warns where clients may differ', async () => {
    const vector = await create({ apiKey: 'imported-1', importSecret: 'Afq3p8iYTgWTxUw1d8cx6q7wmQl20REw48yT6Mk3kw9=' })
    expect(vector.warning).toMatch(/ASCII/)
    const ascii = await create({
      apiKey: 'imported-2',
      importSecret: 'ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5',
    })
    expect(ascii.warning).toBeUndefined()
    expect(ascii.secret).toBe('ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5')
  })

  it('keeps every setting', async () => {
    const settings = {
      kind: 'mobile',
      webContext: 'partnerdemo',
      storeCodes: ['999999'],
      signMinified: true,
      strictRequests: true,
      rateLimit: 7,
    } as const
    const { credential } = await create(settings)
    expect(await findCredential(test.db, credential.apiKey)).toMatchObject({ ...settings, createdAt: NOON, version: 1 })
  })

  it.each([
    [{ accountId: '1' }, 'account_unknown'],
    [{ apiKey: 'imported-1' }, 'api_key_taken'],
    [{ apiKey: 'live_0123456789' }, 'api_key_unusable'],
    [{ apiKey: 'with blank' }, 'api_key_unusable'],
    [{ webContext: 'partnerdemo' }, 'web_context_taken'],
    [{ webContext: 'No Slug' }, 'web_context_unusable'],
    [{ importSecret: 'c2hvcnQ=' }, 'secret_unusable'],
    [{ importSecret: 'this is, surely, not base64 at all!' }, 'secret_unusable'],
  ])('says what is wrong with %j: %s', async (more, problem) => {
    expect(await createCredential(test.db, vault, wish(more))).toMatchObject({ ok: false, problem })
  })
})

describe('rotating and disabling', () => {
  it('keeps the old secret for the overlap, 24 hours by default', async () => {
    const { credential, secret } = await create()
    const rotated = await rotateCredential(test.db, vault, { apiKey: credential.apiKey, now: NOON, random: randomBytes })
    expect(rotated).toMatchObject({ ok: true, value: { credential: { version: 2, previousValidUntil: NOON + 24 * 3_600_000 } } })
    const kept = await findCredential(test.db, credential.apiKey)
    const context = secretContext(credential.credentialId)
    expect(kept?.previous && vault.open(kept.previous.sealedSecret, context)).toBe(secret)
    expect(rotated.ok && kept && vault.open(kept.sealedSecret, context) === rotated.value.secret).toBe(true)
  })

  it('disables for good, and once', async () => {
    const { credential } = await create()
    expect(await disableCredential(test.db, { apiKey: credential.apiKey, now: NOON })).toMatchObject({
      ok: true,
      value: { disabledAt: NOON },
    })
    expect(await disableCredential(test.db, { apiKey: credential.apiKey, now: NOON + 1 })).toMatchObject({
      ok: true,
      value: { disabledAt: NOON },
    })
    expect(await rotateCredential(test.db, vault, { apiKey: credential.apiKey, now: NOON, random: randomBytes })).toMatchObject({
      ok: false,
      problem: 'credential_disabled',
    })
  })

  it('says that a key is unknown', async () => {
    expect(await disableCredential(test.db, { apiKey: 'nobody', now: NOON })).toMatchObject({
      ok: false,
      problem: 'credential_unknown',
    })
    expect(await rotateCredential(test.db, vault, { apiKey: 'nobody', now: NOON, random: randomBytes })).toMatchObject({
      problem: 'credential_unknown',
    })
  })
})

it('stamps the last use in batches, never backwards, and without a new version', async () => {
  const [a, b] = [(await create()).credential, (await create()).credential]
  const use = (credential: typeof a, at: number) => ({ accountId: '33559', credentialId: credential.credentialId, at })
  await touchCredentials(test.db, [use(a, NOON + 5), use(b, NOON + 1), use(a, NOON + 9), use(a, NOON + 7)])
  await touchCredentials(test.db, [use(a, NOON + 2)])
  await touchCredentials(test.db, [])
  expect(await findCredential(test.db, a.apiKey)).toMatchObject({ lastUsedAt: NOON + 9, version: 1 })
  expect(await findCredential(test.db, b.apiKey)).toMatchObject({ lastUsedAt: NOON + 1 })
})

it('makes one administration token, however many servers start, and knows it by its hash', async () => {
  expect(await isAdminToken(test.db, '')).toBe(false)
  const made = await Promise.all(Array.from({ length: 5 }, () => ensureAdminToken(test.db, { random: randomBytes })))
  const [token = '', ...more] = made.filter((text) => text !== undefined)
  expect(more).toEqual([])
  expect(await isAdminToken(test.db, token)).toBe(true)
  expect(await isAdminToken(test.db, `${token}x`)).toBe(false)
  expect(JSON.stringify(await test.db.query('test-environment', 'select * from environment', []))).not.toContain(token)
  expect(await ensureAdminToken(test.db, { token: 'another', random: randomBytes })).toBe('another')
  expect(await isAdminToken(test.db, token)).toBe(false)
})

it('freezes, moves and releases the clock', async () => {
  expect(await readClock(test.db)).toBeNull()
  for (const instant of [NOON, 0, NOON + 123, null]) {
    await setClock(test.db, instant)
    expect(await readClock(test.db)).toBe(instant)
  }
})
