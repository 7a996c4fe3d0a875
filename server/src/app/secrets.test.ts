import { createHmac, randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCredential, ensureAdminToken, rotateCredential } from '../accounts/index.ts'
import { createLogger, createMetrics, createVault, openOwner } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { applyProgram } from '../programs/index.ts'
import { type App, createApp } from './app.ts'

const random = (size: number) => randomBytes(size)
const PROGRAM: ProgramDocument = {
  account: { id: '33559', name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points_banking', earn: { points: 1, per: '1.00' } },
}

/** Each is looked for as it is, and as the bytes that a base64 text stands for. */
const SECRETS = {
  masterKey: randomBytes(32).toString('base64'),
  secret: Buffer.from('planted-shared-secret-of-the-till-0123456789abcd').toString('base64'),
  password: 'Planted-Passw0rd-of-Ann',
  adminToken: 'planted-admin-token-0123456789',
}
/** Phones in the forms that people and databases write. */
const PHONES = ['4155550199', '+14155550199', '(415) 555-0199', '4155550188', '+14155550188']
const EMAILS = ['ann.planted@example.com', 'bob.planted@example.com']

let database: TestDatabase
let app: App
let apiKey: string
const secrets: string[] = Object.values(SECRETS)
const replies: string[] = []
let log = ''
let metrics = ''
let dump: { table: string; column: string; value: string }[]

beforeAll(async () => {
  database = await createTestDatabase()
  const vault = createVault(Buffer.from(SECRETS.masterKey, 'base64'))
  await applyProgram(database.db, { document: PROGRAM, source: 'program', now: Date.now(), agree: () => true })
  const wish = { environment: 'test' as const, accountId: '33559', name: 'till', now: Date.now(), random }
  const made = await createCredential(database.db, vault, { ...wish, importSecret: SECRETS.secret })
  if (!made.ok) throw new Error(made.message)
  apiKey = made.value.credential.apiKey
  await ensureAdminToken(database.db, { token: SECRETS.adminToken, random })
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  const measured = createMetrics({ ofProcess: false })
  app = await createApp({
    databases: { test: database.db },
    vault,
    log: createLogger({ level: 'trace', stream }),
    publicUrl: () => 'http://localhost',
    metrics: measured,
  })
  app.open()
  await misbehave()
  const rotated = await rotateCredential(database.db, vault, { apiKey, now: Date.now(), random })
  if (rotated.ok) secrets.push(rotated.value.secret)
  await app.close()
  metrics = await measured.render()
  dump = await dumpAll()
})
afterAll(() => database?.stop())

/** Everything that a till does right, and what it does wrong with a customer's data in its hands. */
async function misbehave(): Promise<void> {
  const ann = { phone: PHONES[0], email: EMAILS[0], password: SECRETS.password, name: { first: 'Ann' } }
  const created = await post('/loyalty/accounts', { customer: ann })
  const { id } = JSON.parse(created) as { id: string }
  await post('/loyalty/accounts', {
    customer: { phone: PHONES[3], email: EMAILS[1], password: SECRETS.password, verify_email: true },
  })
  const order = {
    source: 'instore',
    vendor: '999999',
    brand: '33559',
    subtotal: 5,
    basket: { posEntries: [{ posItem: { label: 'a', cost: 5 }, quantity: 1 }] },
  }
  await post(`/loyalty/accounts/${id}/orders`, { ...order, id: 'o1', status: 'completed' })
  await post(`/loyalty/accounts/${PHONES[0]}/orders`, { ...order, id: 'o2', status: 'completed' })
  await post('/loyalty/accounts', { customer: { phone: PHONES[0], email: 7, password: SECRETS.password } })
  await post('/loyalty/accounts', { phone: PHONES[0], email: EMAILS[0] })
  await post('/loyalty/accounts', { customer: { phone: PHONES[3], email: EMAILS[0] } })
  await send('GET', `/loyalty/accounts/${encodeURIComponent(EMAILS[0] ?? '')}/balance`)
  await send('GET', `/nowhere?phone=${PHONES[0]}&secret=${encodeURIComponent(SECRETS.secret)}`)
  await app.http.inject({
    method: 'POST',
    url: '/admin/v1/clock',
    headers: { authorization: `Bearer ${SECRETS.adminToken}` },
    payload: '{',
  })
  await app.http.inject({ method: 'GET', url: '/verify-email?token=test_planted-token' })
  // A fault of ours, with the data in hand.
  await database.db.query('', 'select 1', [])
  const owner = openOwner(database.url, 'test')
  await owner.query('', 'alter table identities rename to gone', [])
  await post('/loyalty/accounts', { customer: { phone: PHONES[3], email: EMAILS[1] } })
  await owner.query('', 'alter table gone rename to identities', [])
  await owner.close()
}

const post = (url: string, body: object) => send('POST', url, JSON.stringify(body))

async function send(method: 'GET' | 'POST', url: string, payload = ''): Promise<string> {
  const signature = createHmac('sha256', Buffer.from(SECRETS.secret, 'base64')).update(url).update(payload).digest('base64')
  const headers = { 'x-class-key': apiKey, 'x-class-signature': signature, 'content-type': 'application/json' }
  const reply = await app.http.inject({ method, url, headers, payload })
  replies.push(reply.payload)
  return reply.payload
}

/** Every value of every row, as a dump of the database would have it. */
async function dumpAll(): Promise<typeof dump> {
  const owner = openOwner(database.url, 'test')
  try {
    const tables = await owner.query<{ name: string }>(
      '',
      `select tablename as name from pg_tables where schemaname = 'regulars_test'`,
      [],
    )
    const values = await Promise.all(
      tables.map(async ({ name }) => {
        const rows = await owner.query<{ row: Record<string, unknown> }>('', `select to_jsonb(t) as row from ${name} t`, [])
        return rows.flatMap(({ row }) =>
          Object.entries(row).map(([column, value]) => ({ table: name, column, value: JSON.stringify(value) ?? '' })),
        )
      }),
    )
    return values.flat()
  } finally {
    await owner.close()
  }
}

const forms = (secret: string) =>
  [secret, secret.replace(/=+$/, ''), Buffer.from(secret, 'base64').toString('latin1')].filter((form) => form.length > 8)
const placesOf = (needle: string) => [
  ...new Set(dump.filter(({ value }) => value.includes(needle)).map(({ table, column }) => `${table}.${column}`)),
]

describe('a planted secret', () => {
  it('is in no row, no log line, no metric and no answer', () => {
    expect(log).toMatch(/"msg":"call"/)
    expect(log).toMatch(/a request failed/)
    expect(dump.length).toBeGreaterThan(100)
    for (const secret of secrets.flatMap(forms)) {
      expect(placesOf(secret), secret).toEqual([])
      for (const text of [log, metrics, ...replies])
        expect(text.includes(secret), `${secret} in ${text.slice(0, 500)}`).toBe(false)
    }
  })
})

describe('a phone or an email', () => {
  it('is in the identity, its keys and an unfinished registration, and nowhere else in the database', () => {
    const places = [...PHONES, ...EMAILS].flatMap(placesOf)
    expect([...new Set(places)].sort()).toEqual([
      'identities.email',
      'identities.phone',
      'identity_keys.key',
      'registrations.email',
      'registrations.phone',
      'verification_mails.email',
    ])
  })

  it('is in no log line and no metric', () => {
    for (const contact of [...PHONES, ...EMAILS]) {
      expect([log, metrics].filter((text) => text.includes(contact))).toEqual([])
    }
  })
})

it('finds what is there, so that finding nothing says something', () => {
  expect(placesOf('o1')).toContain('order_keys.key')
  expect(placesOf(apiKey)).toContain('credentials.api_key')
})
