import { createHmac, randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCredential } from '../accounts/index.ts'
import { createLogger, createVault, type Database, migrate, openDatabase, openOwner, schemaOf } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { applyProgram } from '../programs/index.ts'
import { type App, createApp } from './app.ts'

// An upgrade as docs/operations/upgrade.md tells it: a newer version migrates the schema while older servers go on.

const random = (size: number) => randomBytes(size)
const PROGRAM: ProgramDocument = {
  account: { id: '33559', name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points_banking', earn: { points: 1, per: '1.00' } },
}
/** What a newer version might bring: tables and columns that the older one does not know, on everything that it reads and writes. */
const NEWER = ['wallets', 'orders', 'lots', 'credentials', 'accounts', 'memberships', 'request_log']
  .map((table) => `alter table ${table} add added_later text not null default 'x';`)
  .join('\n')

let database: TestDatabase
let newer: Database
let apps: App[]
let key: { apiKey: string; secret: string }
let member: string

let log = ''
const stream = new Writable({
  write(chunk: Buffer, _encoding, done) {
    log += chunk.toString()
    done()
  },
})

beforeAll(async () => {
  database = await createTestDatabase()
  newer = openDatabase({ url: database.url, environment: 'test' })
  const vault = createVault(randomBytes(32))
  await applyProgram(database.db, { document: PROGRAM, source: 'program', now: Date.now(), agree: () => true })
  const wish = { environment: 'test' as const, accountId: '33559', name: 'till', rateLimit: 100_000, now: Date.now(), random }
  const made = await createCredential(database.db, vault, wish)
  if (!made.ok) throw new Error(made.message)
  key = { apiKey: made.value.credential.apiKey, secret: made.value.secret }
  const parts = { vault, log: createLogger({ level: 'error', stream }), publicUrl: () => 'http://localhost' }
  apps = [
    await createApp({ ...parts, databases: { test: database.db } }),
    await createApp({ ...parts, databases: { test: newer } }),
  ]
  for (const app of apps) app.open()
  const created = await send(0, 'POST', '/loyalty/accounts', { customer: { phone: '4155550123' } })
  member = (JSON.parse(created.text) as { id: string }).id
})
afterAll(async () => {
  await Promise.all((apps ?? []).map((app) => app.close()))
  await newer?.close()
  await database?.stop()
})

it('no call fails while the schema becomes a newer one, at servers that do not know it; they stay ready', async () => {
  const answers: { status: number; text: string }[] = []
  let going = true
  const tills = Array.from({ length: 6 }, async (_, till) => {
    for (let n = 0; going; n++) {
      answers.push(await send(till, 'POST', `/loyalty/accounts/${member}/orders`, order(`${till}-${n}`)))
      answers.push(await send(till, 'GET', `/loyalty/accounts/${member}/balance`))
    }
  })
  const soon = () => new Promise((later) => setTimeout(later, 300))
  await soon()
  const owner = openOwner(database.url, 'test')
  await owner.query('', NEWER, [])
  await owner.query('', `insert into migrations (id, name, checksum) values (9999, '9999-of-a-newer-version.sql', 'x')`, [])
  await owner.query(
    '',
    `grant select, insert, update, delete on all tables in schema ${schemaOf('test')} to ${schemaOf('test')}`,
    [],
  )
  await owner.query('', `revoke update, delete on movements, entries from ${schemaOf('test')}`, [])
  await owner.close()
  await soon()
  going = false
  await Promise.all(tills)
  expect(
    answers.filter(({ status }) => status !== 200),
    log,
  ).toEqual([])
  expect(answers.length).toBeGreaterThan(20)
  const orders = answers.length / 2
  expect(JSON.parse((await send(0, 'GET', `/loyalty/accounts/${member}/balance`)).text)).toMatchObject({ quantity: orders })
  for (const app of apps) expect(await app.problems()).toEqual([])
})

it('a server of the older version that starts afterwards refuses to, and says what to do', async () => {
  await expect(migrate(database.url, 'test')).rejects.toThrow(/9999-of-a-newer-version.sql.*Start that version/)
})

const order = (id: string) => ({
  id,
  source: 'instore',
  vendor: '999999',
  brand: '33559',
  status: 'completed',
  subtotal: 1,
  basket: { posEntries: [{ posItem: { label: 'a', cost: 1 }, quantity: 1 }] },
})

async function send(server: number, method: 'GET' | 'POST', url: string, body?: object) {
  const payload = body === undefined ? '' : JSON.stringify(body)
  const signature = createHmac('sha256', Buffer.from(key.secret, 'base64')).update(url).update(payload).digest('base64')
  const headers = { 'x-class-key': key.apiKey, 'x-class-signature': signature, 'content-type': 'application/json' }
  const app = apps[server % apps.length]
  if (!app) throw new Error('there are servers')
  const reply = await app.http.inject({ method, url, headers, payload })
  return { status: reply.statusCode, text: reply.payload }
}
