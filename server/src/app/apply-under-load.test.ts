import { createHmac, randomBytes } from 'node:crypto'
import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCredential } from '../accounts/index.ts'
import { verifyLedger } from '../ledger/index.ts'
import { createLogger, createVault } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { applyProgram } from '../programs/index.ts'
import { type App, createApp } from './app.ts'

const APPLIES = 50
const TILLS = 6
const random = (size: number) => randomBytes(size)
/** Version n earns n points for each dollar, so that what an order earned says which version decided it. */
const version = (n: number): ProgramDocument => ({
  account: { id: '33559', name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points_banking', earn: { points: n, per: '1.00' } },
})

let database: TestDatabase
let apps: App[]
let key: { apiKey: string; secret: string }

const apply = (n: number) =>
  applyProgram(database.db, { document: version(n), source: `version ${n}`, now: Date.now(), agree: () => true })

beforeAll(async () => {
  database = await createTestDatabase()
  const vault = createVault(randomBytes(32))
  await apply(1)
  const made = await createCredential(database.db, vault, {
    environment: 'test',
    accountId: '33559',
    name: 'till',
    rateLimit: 100_000,
    now: Date.now(),
    random,
  })
  if (!made.ok) throw new Error(made.message)
  key = { apiKey: made.value.credential.apiKey, secret: made.value.secret }
  const log = createLogger({ level: 'silent' })
  const databases = { test: database.db }
  apps = await Promise.all([1, 2].map(() => createApp({ databases, vault, log, publicUrl: () => 'http://localhost' })))
  for (const app of apps) app.open()
})
afterAll(async () => {
  await Promise.all((apps ?? []).map((app) => app.close()))
  await database?.stop()
})

async function post(server: number, uri: string, body: object) {
  const text = JSON.stringify(body)
  const signature = createHmac('sha256', Buffer.from(key.secret, 'base64')).update(uri).update(text).digest('base64')
  const app = apps[server % apps.length]
  if (!app) throw new Error('there are servers')
  const headers = { 'content-type': 'application/json', 'x-class-key': key.apiKey, 'x-class-signature': signature }
  const reply = await app.http.inject({ method: 'POST', url: uri, headers, payload: text })
  return { status: reply.statusCode, text: reply.payload }
}

function order(id: string, status: string): object {
  const posEntries = [{ posItem: { label: 'Soup', cost: 10 }, quantity: 1 }]
  return { id, status, source: 'instore', vendor: '999999', brand: '33559', subtotal: 10, basket: { posEntries } }
}

it('fifty programs are applied under load: no call fails, each is decided under one version, and the new one counts on every server at once', async () => {
  const applied: number[] = []
  let over = false
  const refused: string[] = []
  const orders: { placedUnder: [number, number]; earned: number }[] = []

  async function till(number: number): Promise<void> {
    const joined = await post(number, '/loyalty/accounts', { customer: { phone: `41555512${String(number).padStart(2, '0')}` } })
    expect(joined.status, joined.text).toBe(201)
    const { id: member } = JSON.parse(joined.text) as { id: string }
    const uri = `/loyalty/accounts/${member}/orders`
    for (let count = 0; !over; count++) {
      const id = `${number}-${count}`
      // Placed with one server, completed with the other: what it earns is the program's under which it was placed.
      const from = applied.length + 1
      const placed = await post(number + count, uri, order(id, 'placed'))
      const until = applied.length + 2
      const completed = await post(number + count + 1, uri, order(id, 'completed'))
      for (const { status, text } of [placed, completed]) if (status !== 200) refused.push(`${status} ${text}`)
      if (refused.length > 0) return
      const { transaction } = JSON.parse(completed.text) as { transaction: { points_earned: number } }
      orders.push({ placedUnder: [from, until], earned: transaction.points_earned })
    }
  }

  const tills = Array.from({ length: TILLS }, (_, number) => till(number))
  for (let n = 2; n <= APPLIES + 1; n++) {
    expect(await apply(n)).toMatchObject({ kind: 'applied', version: n })
    applied.push(n)
  }
  over = true
  await Promise.all(tills)

  expect(refused).toEqual([])
  expect(orders.length).toBeGreaterThan(APPLIES)
  expect(
    orders.filter(({ placedUnder: [from, until], earned }) => earned % 10 !== 0 || earned < 10 * from || earned > 10 * until),
  ).toEqual([])
  const [row] = await database.db.query<{ versions: string }>(
    '',
    'select count(distinct program_version) as versions from orders',
    [],
  )
  expect(Number(row?.versions)).toBeGreaterThan(10)
  expect((await verifyLedger(database.db)).problems).toEqual([])
})
