import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensureAdminToken } from '../accounts/index.ts'
import { createLogger, createVault } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { applyProgram, readProgramFile } from '../programs/index.ts'
import { type App, createApp } from './app.ts'

const random = (size: number) => randomBytes(size)
let database: TestDatabase
let app: App
let source: string
let token: string

beforeAll(async () => {
  database = await createTestDatabase()
  source = await readFile(new URL('../../../examples/taste-of-the-world/program.yaml', import.meta.url), 'utf8')
  const read = readProgramFile(source, 'program.yaml')
  if (!read.ok) throw new Error('the example is a good file')
  await applyProgram(database.db, { document: read.document, source, now: Date.now(), agree: () => true })
  token = (await ensureAdminToken(database.db, { random })) ?? ''
  app = await createApp({
    databases: { test: database.db },
    vault: createVault(randomBytes(32)),
    log: createLogger({ level: 'silent' }),
    publicUrl: () => 'http://localhost',
  })
  app.open()
})
afterAll(async () => {
  await app?.close()
  await database?.stop()
})

async function simulate(body: object, bearer = token) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}` }
  const reply = await app.http.inject({ method: 'POST', url: '/admin/v1/simulate', headers, payload: JSON.stringify(body) })
  return { status: reply.statusCode, body: reply.json() }
}

const BASKET = {
  source: 'instore',
  vendor: '999999',
  subtotal: 30,
  basket: {
    posEntries: [
      { posItem: { label: 'Burger', cost: 20, categories: ['American'] }, quantity: 1 },
      { posItem: { label: 'Taco', cost: 10, categories: ['Mexican'] }, quantity: 1 },
    ],
  },
}
const asking = (id: string, discount: number) => ({
  ...BASKET,
  discount,
  basket: { ...BASKET.basket, rewards: [{ provider: 'regulars', id, level: 'basket', discount }] },
})

it('decides one basket under the program in force: every reward, the points, and why', async () => {
  const { status, body } = await simulate({ account: '33559', basket: asking('P_1000001', 5), member: { points: 120 } })
  expect([status, body.program_version, body.discount, body.points_earned]).toEqual([200, 1, 5, 25])
  expect(body.rewards).toEqual([
    { id: 'P_1000001', reward: 'five-off', label: '$5 Off', discount: 5, points: 100, points_earned: 25 },
    expect.objectContaining({ id: '1000001', discount: 0, reason: 'not_issued' }),
    expect.objectContaining({
      id: 'P_1000002',
      reason: 'points_insufficient',
      message: 'This reward needs 150 points; 120 are available.',
    }),
    expect.objectContaining({ id: '1000002', reason: 'not_issued' }),
    expect.objectContaining({ id: '1000003', reason: 'not_issued', message: 'The member has none of it; it comes by welcome.' }),
  ])
  expect(body.explanation.lines.map(({ paid, points }: { paid: number; points: number }) => [paid, points])).toEqual([
    [16.67, 17],
    [8.33, 8],
  ])
})

it('decides it under a program that is sent, for a guest too, and stores nothing', async () => {
  const program = source.replace('points: 1, per: "1.00"', 'points: 3, per: "1.00"')
  const member = { points: 0, rewards: { 'free-mexican': 1 } }
  const sent = await simulate({ program, basket: asking('1000003', 10), member })
  expect([sent.status, sent.body.program_version, sent.body.discount, sent.body.points_earned]).toEqual([200, null, 10, 60])
  const guest = await simulate({ program, basket: BASKET, member: null })
  expect([guest.body.discount, guest.body.points_earned]).toEqual([0, null])
  expect(guest.body.rewards[0]).toMatchObject({ reason: 'reward_guest' })
  for (const table of ['orders', 'wallets', 'movements'])
    expect(await database.db.query('', `select from ${table}`, [])).toEqual([])
  expect(await database.db.query('', 'select from program_versions', [])).toHaveLength(1)
})

it('says what is wrong with a call, and where', async () => {
  const reason = async (body: object) => {
    const answer = await simulate(body)
    return [answer.status, answer.body.reason, answer.body.message]
  }
  expect(await reason({ basket: BASKET })).toEqual([400, 'field_missing', expect.stringContaining('account')])
  expect(await reason({ account: '1', basket: BASKET })).toEqual([400, 'field_invalid', expect.stringContaining('account')])
  expect(await reason({ account: '33559' })).toEqual([400, 'field_missing', expect.stringContaining('basket')])
  expect(await reason({ account: '33559', basket: BASKET, member: { points: -1 } })).toEqual([
    400,
    'field_invalid',
    expect.stringContaining('member.points'),
  ])
  expect(await reason({ account: '33559', basket: { ...BASKET, vendor: '1' } })).toEqual([
    400,
    'store_unknown',
    expect.any(String),
  ])
  expect(await reason({ program: source.replace('points: 100', 'points: -1'), basket: BASKET })).toEqual([
    400,
    'field_invalid',
    expect.stringMatching(/\d+:\d+ rewards\.five-off\.points/),
  ])
  expect((await simulate({ account: '33559', basket: BASKET }, 'wrong')).status).toBe(401)
})
