import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCredential } from '../accounts/index.ts'
import { verifyLedger } from '../ledger/index.ts'
import { createVault, type Database } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { applyProgram, createProgramShelf, readProgramFile } from '../programs/index.ts'
import { seedMembers } from './index.ts'

const NOW = Date.UTC(2026, 2, 1)
const ACCOUNT = '40001'
const PROGRAM = fileURLToPath(new URL('../../../examples/points.yaml', import.meta.url))
const tests: TestDatabase[] = []
let one: Database
let other: Database

beforeAll(async () => {
  one = await openBrand()
  other = await openBrand()
})
afterAll(() => Promise.all(tests.map((test) => test.stop())))

async function openBrand({ credential = true } = {}): Promise<Database> {
  const test = await createTestDatabase()
  tests.push(test)
  const file = readProgramFile(await readFile(PROGRAM, 'utf8'), PROGRAM)
  if (!file.ok) throw new Error('the example cannot be read')
  await applyProgram(test.db, { document: file.document, source: '', now: NOW, agree: () => true })
  if (credential) {
    await createCredential(test.db, createVault(randomBytes(32)), {
      environment: 'test',
      accountId: ACCOUNT,
      name: 'seed',
      now: NOW,
      random: randomBytes,
    })
  }
  return test.db
}

const seed = (db: Database, members: number) =>
  seedMembers(db, { accountId: ACCOUNT, members, seed: 7, now: NOW, most: 4, shelf: createProgramShelf() })

const walletsOf = (db: Database) =>
  db.query<{ member_id: string; digest: string; seq: string }>(
    '',
    'select member_id, seq, digest from wallets order by member_id',
    [],
  )

it('makes members with a history whose ledger verifies, and goes on where it stopped', async () => {
  expect(await seed(one, 10)).toMatchObject({ members: 10, made: 10 })
  expect(await seed(one, 30)).toMatchObject({ members: 30, made: 20 })
  expect(await seed(one, 30)).toMatchObject({ members: 30, made: 0 })
  const report = await verifyLedger(one)
  expect(report.problems).toEqual([])
  expect(report).toMatchObject({ ok: true, members: 30 })
  expect(report.orders).toBeGreaterThan(30)
})

it('gives a copy the orders of its model under its own number', async () => {
  const keys = await one.query<{ member_id: string; key: string }>(
    '',
    'select member_id, key from order_keys where member_id in (2, 6) order by member_id, key',
    [],
  )
  const of = (member: number) => keys.filter((row) => Number(row.member_id) === member).map(({ key }) => key)
  expect(of(6).length).toBeGreaterThan(0)
  expect(of(6)).toEqual(of(2).map((key) => key.replace('000000002', '000000006')))
})

it('makes the same from the same seed', async () => {
  await seed(other, 30)
  expect(await walletsOf(other)).toEqual(await walletsOf(one))
})

it('asks for a credential, and keeps off an account that has other members', async () => {
  await expect(seed(await openBrand({ credential: false }), 5)).rejects.toThrow(/has no credential/)
  await other.query('', 'insert into memberships (account_id, member_id, joined_at, registered) values ($1, 500, now(), true)', [
    ACCOUNT,
  ])
  await expect(seed(other, 40)).rejects.toThrow(/not all made by seeding/)
})
