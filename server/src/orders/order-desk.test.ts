import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type OrderCall, readOrderCall } from '@regulars/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCredential } from '../accounts/index.ts'
import { verifyLedger } from '../ledger/index.ts'
import { createOrRetrieveMember } from '../members/index.ts'
import { createVault } from '../platform/index.ts'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'
import { applyProgram, createProgramShelf, readProgramFile } from '../programs/index.ts'
import { grantOnJoin } from '../rewards/index.ts'
import type { Caller } from '../signing/index.ts'
import { createOrderDesk, type OrderDesk, type OrderOutcome } from './index.ts'

/*
 * Several servers on one database: each desk has a queue of its own, so only the versions in the database (and, for whoever loses too often, the
 * wallet's lock) keep them apart.
 */
const SERVERS = 4
const random = (size: number) => randomBytes(size)
let database: TestDatabase
let caller: Caller
let desks: OrderDesk[]
let version: number

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  const file = new URL('../../../examples/points.yaml', import.meta.url)
  const source = await readFile(file, 'utf8')
  const read = readProgramFile(source, 'points.yaml')
  if (!read.ok) throw new Error('the example is a good program file')
  const applied = await applyProgram(db, { document: read.document, source, now: Date.now(), agree: () => true })
  if (applied.kind !== 'applied') throw new Error('the program is applied')
  version = applied.version
  const accountId = read.document.account.id
  const made = await createCredential(db, createVault(randomBytes(32)), {
    environment: 'test',
    accountId,
    name: 'till',
    now: Date.now(),
    random,
  })
  if (!made.ok) throw new Error(made.message)
  const { apiKey, credentialId, kind } = made.value.credential
  caller = {
    environment: 'test',
    accountId,
    credentialId,
    credentialVersion: made.value.credential.version,
    apiKey,
    kind,
    strictRequests: false,
  }
  desks = Array.from({ length: SERVERS }, () =>
    createOrderDesk({ db, shelf: createProgramShelf(), now: () => Date.now(), random }),
  )
})
afterAll(() => database.stop())

let phones = 4155551000
async function newMember(): Promise<string> {
  const { db } = database
  const shelf = createProgramShelf()
  const { program } = await shelf.current(db, caller.accountId)
  const made = await createOrRetrieveMember({
    db,
    vault: createVault(randomBytes(32)),
    environment: 'test',
    call: { phone: String(phones++), verifyEmail: false },
    account: { accountId: caller.accountId, name: program.name, country: program.country },
    storeCodes: new Set(program.stores.keys()),
    publicUrl: 'http://localhost',
    now: Date.now(),
    random,
    grantOnJoin: (tx, joined) => grantOnJoin(tx, { ...joined, program, random }),
  })
  if (!made.ok || made.value.kind === 'waiting') throw new Error('a member is made')
  return made.value.memberId
}

async function storeCode(): Promise<string> {
  const { program } = await createProgramShelf().current(database.db, caller.accountId)
  return [...program.stores.keys()][0] ?? ''
}

async function post(
  desk: number,
  memberRef: string,
  fields: { id: string; status: string; cents: number; rewardId?: string; refund_id?: string },
): Promise<OrderOutcome> {
  const { id, status, cents, rewardId, refund_id } = fields
  const json = {
    id,
    status,
    refund_id,
    source: 'instore',
    vendor: await storeCode(),
    brand: caller.accountId,
    subtotal: cents / 100,
    discount: rewardId === undefined ? 0 : 5,
    basket: {
      rewards: rewardId === undefined ? [] : [{ id: rewardId, discount: 5 }],
      posEntries: [{ quantity: 1, posItem: { label: 'Lunch', product: 'L1', cost: cents / 100 } }],
    },
  }
  const read = readOrderCall(json, { currency: 'USD', strict: false })
  if (!read.ok) throw new Error(JSON.stringify(read.refusal))
  const call: OrderCall = read.value
  const server = desks[desk % SERVERS]
  if (!server) throw new Error('there is such a desk')
  return server.post({ caller, memberRef, call, body: JSON.stringify(json), explain: false, readUnder: version })
}

async function expectClean(): Promise<void> {
  expect(await verifyLedger(database.db, {})).toMatchObject({ ok: true, problemCount: 0 })
}

it('lets two hundred orders of one member through four servers: all are answered, each once, and the ledger is clean', async () => {
  const member = await newMember()
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, index) => post(index, member, { id: `hot-${index}`, status: 'completed', cents: 100 })),
  )
  expect(outcomes.filter(({ kind }) => kind !== 'answered')).toEqual([])
  await expectClean()
  const [row] = await database.db.query<{ earned: string }>(
    '',
    `select -sum(quantity) as earned from entries where account_id = $1 and member_id = $2 and ledger_account = 'issued' and asset = 'points'`,
    [caller.accountId, member],
  )
  expect(Number(row?.earned)).toBe(200)
}, 60_000)

it('gives one order sent to four servers at once one answer, byte for byte', async () => {
  const member = await newMember()
  for (const status of ['placed', 'billed', 'completed', 'refunded']) {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, index) => post(index, member, { id: 'same', status, cents: 1250 })),
    )
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size, status).toBe(1)
    expect(outcomes[0]?.kind).toBe('answered')
  }
  await expectClean()
})

it('lets a guest order that two members want at once go to one of them', async () => {
  const [one, two] = [await newMember(), await newMember()]
  for (let round = 0; round < 5; round++) {
    const id = `claimed-${round}`
    await post(0, 'guest', { id, status: 'billed', cents: 1000 })
    const outcomes = await Promise.all(
      [one, two].map((member, index) => post(index, member, { id, status: 'completed', cents: 1000 })),
    )
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['answered', 'refused'])
  }
  await expectClean()
})
