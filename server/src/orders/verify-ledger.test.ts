import { changesOf, EMPTY_WALLET, issueLot, openBook, type ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commitMember, expireLots, formatVerifyReport, GENESIS, ledgerRows, verifyLedger } from '../ledger/index.ts'
import { type Database, newId, openOwner } from '../platform/index.ts'
import { createTestDesk, DAY, HOUR, type TestDesk } from './test-desk.ts'

const BANKING: ProgramDocument = {
  account: { id: '33559', name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points_banking', earn: { points: 1, per: '1.00' }, expire: { after: '30 days' } },
  rewards: { r5: { label: '$5 Off', amount: '5.00', points: 100 }, treat: { label: 'A treat', amount: '2.00' } },
  campaigns: { big: { trigger: 'order', when: { min_subtotal: '200.00' }, do: [{ grant: 'treat' }] } },
}
const THRESHOLD: ProgramDocument = {
  ...BANKING,
  account: { ...BANKING.account, id: '44670' },
  program: { type: 'points', earn: { points: 1, per: '1.00' }, threshold: 100, reward: 'treat' },
  rewards: { treat: { label: 'A treat', amount: '2.00' } },
  campaigns: {},
}
const R5 = { id: 'P_1000001', discount: 500 }
const TREAT = { id: '1000002', discount: 200 }
const THRESHOLD_TREAT = { id: '1000001', discount: 200 }

const TABLES = ['wallets', 'balances', 'lots', 'holds', 'movements', 'entries', 'orders', 'order_keys']

const CAUSES = 'capture convert earn expire grant hold lapse release repay restore reverse withdraw'.split(' ')

let desk: TestDesk
let owner: Database
beforeAll(async () => {
  desk = await createTestDesk()
  owner = openOwner(desk.url, 'test')
  await tellHistory(desk)
  for (const table of TABLES) await sql(`create table kept_${table} as table ${table}`)
})
afterAll(async () => {
  await owner?.close()
  await desk?.stop()
})
const sql = (text: string) => owner.query('', text, [])
const restore = () =>
  sql(
    [
      ...TABLES.toReversed().map((table) => `delete from ${table}`),
      ...TABLES.map((table) => `insert into ${table} select * from kept_${table}`),
    ].join('; '),
  )

/** Every kind of movement, and orders that stand in every state. */
async function tellHistory(desk: TestDesk): Promise<void> {
  await desk.apply(BANKING)
  await desk.apply(THRESHOLD)
  for (const memberId of [101, 102, 103, 104, 106]) await desk.join('33559', memberId)
  await desk.join('44670', 105)
  const run = async (memberId: number | 'guest', statuses: string, saying: Omit<Parameters<TestDesk['say']>[1], 'status'>) => {
    let last: Awaited<ReturnType<TestDesk['say']>> | undefined
    for (const status of statuses.split(' ') as Parameters<TestDesk['say']>[1]['status'][])
      last = await desk.say(memberId, { ...saying, status })
    return last
  }

  await run(101, 'completed', { order: 'a1', price: 12_000 })
  await run(102, 'checkout placed billed completed', { order: 'b1', price: 6_500, quantity: 4 })
  await run(102, 'placed billed completed', { order: 'b2', price: 1_650, quantity: 2, reward: R5 })
  await desk.say(102, { status: 'refunded', order: 'b2', price: 1_650, refundId: 'half' })
  await run(102, 'placed voided', { order: 'b3', price: 2_000, reward: R5 })
  await run(102, 'billed voided', { order: 'b4', price: 2_000, reward: R5 })
  await run(103, 'completed', { order: 'c1', price: 25_000 })
  await run(103, 'completed refunded', { order: 'c2', price: 900, reward: TREAT })
  await run(104, 'completed', { order: 'd1', price: 10_000 })
  await run(104, 'billed', { order: 'd2', price: 2_000, reward: R5 })
  await run(104, 'refunded', { order: 'd1', price: 10_000 })
  await run(104, 'voided', { order: 'd2', price: 2_000, reward: R5 })
  await run(105, 'completed', { order: 'e1', price: 26_000, brand: '44670' })
  await run(105, 'placed billed', { order: 'e2', price: 1_000, brand: '44670', reward: THRESHOLD_TREAT })
  await run(105, 'refunded', { order: 'e1', price: 26_000, brand: '44670' })
  await run('guest', 'checkout', { order: 'g0', price: 500 })
  const sold = await run('guest', 'placed completed', { order: 'g1', price: 700 })
  const code = sold?.kind === 'answered' ? JSON.parse(sold.text).transaction.receipt_code : ''
  expect((await desk.claim(104, code)).kind).toBe('answered')

  await run(106, 'completed', { order: 'f1', price: 10_000 })
  await run(106, 'placed', { order: 'f2', price: 2_000, reward: R5 })
  desk.clock += 25 * HOUR
  await run(106, 'placed', { order: 'f3', price: 2_000, reward: R5 })
  desk.clock += 40 * DAY
  await expireLots(desk.db, { now: desk.clock, random: desk.random })
  await run(101, 'completed', { order: 'a2', price: 11_000 })
  await run(101, 'placed', { order: 'a3', price: 2_000, reward: R5 })
}

describe('verifyLedger', () => {
  it('finds a history of every kind of movement clean, as the role of the server too', async () => {
    const causes = await owner.query<{ cause: string }>('', 'select distinct cause from movements order by 1', [])
    expect(causes.map(({ cause }) => cause)).toEqual(CAUSES)
    const states = await owner.query<{ state: string }>('', 'select distinct state from orders order by 1', [])
    expect(states.map(({ state }) => state)).toEqual(['billed', 'checkout', 'completed', 'placed', 'refunded', 'voided'])

    const progress: [number, number][] = []
    const report = await verifyLedger(desk.db, { onProgress: (done, total) => progress.push([done, total]) })
    expect(report.problems).toEqual([])
    expect(report).toMatchObject({ ok: true, problemCount: 0, orders: 18 })
    const [keys] = await owner.query<{ count: string }>('', 'select count(*) as count from order_keys', [])
    const total = report.members + Number(keys?.count)
    expect(progress.at(0)).toEqual([0, total])
    expect(progress.at(-1)).toEqual([total, total])
    expect(formatVerifyReport(report)).toMatch(/^clean: \d+ members, \d+ movements, \d+ entries, 18 orders in \d+\.\d s$/)
  })
})

/** What is done to the database behind the server's back, and the check that must name it, at which member. */
const CORRUPTIONS: [what: string, plant: string, check: string, member: number][] = [
  ['an entry changed', `update entries set quantity = quantity + 1 where ${first('entries', 102)} and line = 1`, 'zero_sum', 102],
  ['both legs of a movement changed', `update entries set quantity = quantity * 2 where ${first('entries', 102)}`, 'digest', 102],
  ["an entry's asset changed", `update entries set asset = 'stamps' where ${first('entries', 102)}`, 'digest', 102],
  [
    "an entry's expiry changed",
    `update entries set expires_at = expires_at + interval '1 day' where member_id = 103 and expires_at is not null`,
    'digest',
    103,
  ],
  ['an entry removed', `delete from entries where ${first('entries', 102)} and line = 2`, 'zero_sum', 102],
  ['all entries of a movement removed', `delete from entries where ${first('entries', 102)}`, 'entries', 102],
  [
    'an entry added',
    `insert into entries select account_id, member_id, seq, 9, asset, ledger_account, lot_id, 1, null from entries where ${first('entries', 102)} and line = 2`,
    'zero_sum',
    102,
  ],
  ['a movement removed from the middle', removeMovement(2, 102), 'sequence', 102],
  ['the last movement removed', removeMovement('(select max(seq) from movements where member_id = 102)', 102), 'wallet', 102],
  ["a movement's cause changed", `update movements set cause = 'adjust' where ${first('movements', 104)}`, 'digest', 104],
  [
    "a movement's time changed",
    `update movements set at = at - interval '1 hour' where ${first('movements', 104)}`,
    'digest',
    104,
  ],
  [
    "a movement's order changed",
    `update movements set order_uid = gen_random_uuid() where ${first('movements', 104)}`,
    'order',
    104,
  ],
  ["a movement's digest changed", `update movements set digest = 'x' where ${first('movements', 104)}`, 'digest', 104],
  ["a lot's available changed", `update lots set available = available + 1 where ${one('lots', 102)}`, 'lot', 102],
  ["a lot's held changed", `update lots set held = held - 1 where member_id = 101 and held > 0`, 'lot', 101],
  ["a lot's expired changed", `update lots set expired = 0 where member_id = 103 and expired > 0`, 'lot', 103],
  ["a lot's expiry changed", `update lots set expires_at = expires_at + interval '1 year' where ${one('lots', 102)}`, 'lot', 102],
  ["a lot's order changed", `update lots set order_uid = null where ${one('lots', 102)}`, 'lot', 102],
  ["a lot's origin changed", `update lots set origin = '[]' where member_id = 105 and origin is not null`, 'lot', 105],
  ['a lot removed', `delete from lots where ${one('lots', 102)}`, 'lot', 102],
  [
    'a lot added',
    `insert into lots select account_id, member_id, gen_random_uuid(), asset, 5, 0, 0, issued_at, null, null, null from lots where ${one('lots', 102)}`,
    'lot',
    102,
  ],
  [
    'a cached balance changed',
    `update balances set available = available + 1 where member_id = 102 and asset = 'points'`,
    'balance',
    102,
  ],
  ['a debt forgotten', `update balances set owed = 0 where member_id = 105 and owed > 0`, 'balance', 105],
  ['a balance removed', `delete from balances where member_id = 103 and asset = 'reward:treat'`, 'balance', 103],
  ['a balance added', `insert into balances values ('33559', 103, 'stamps', 1, 0, 0)`, 'balance', 103],
  ['a hold changed', `update holds set quantity = quantity - 1 where member_id = 101`, 'hold', 101],
  ['a hold removed', `delete from holds where member_id = 101`, 'hold', 101],
  [
    'a hold moved to another order',
    `update holds set order_uid = (select order_uid from orders where member_id = 101 and state = 'completed' limit 1) where member_id = 101`,
    'hold',
    101,
  ],
  [
    'a hold added',
    `insert into holds select account_id, member_id, order_uid, gen_random_uuid(), 'points', 1, now() from orders where member_id = 102 and state = 'voided' limit 1`,
    'hold',
    102,
  ],
  [
    "a reward's state changed: used, then available again",
    `update lots set available = 1 where member_id = 105 and asset = 'reward:treat' and available = 0`,
    'lot',
    105,
  ],
  [
    'a reward redeemed out of nothing',
    `update entries set quantity = quantity * 2 where member_id = 105 and asset = 'reward:treat' and ledger_account in ('held', 'redeemed')`,
    'reward',
    105,
  ],
  ["a wallet's seq changed", 'update wallets set seq = seq + 1 where member_id = 102', 'wallet', 102],
  ["a wallet's digest changed", `update wallets set digest = 'x' where member_id = 102`, 'wallet', 102],
  ['a wallet removed', 'delete from wallets where member_id = 102', 'wallet', 102],
  [
    "an order's state column changed",
    `update orders set state = 'billed' where member_id = 101 and state = 'completed'`,
    'order_document',
    101,
  ],
  [
    "an order's state changed in row and document",
    `update orders set state = 'billed', document = replace(document, '"state":"completed"', '"state":"billed"') where member_id = 103 and state = 'completed'`,
    'order',
    103,
  ],
  [
    'a placed order called voided',
    `update orders set state = 'voided', document = replace(document, '"state":"placed"', '"state":"voided"') where member_id = 101 and state = 'placed'`,
    'hold',
    101,
  ],
  [
    'a voided order called billed',
    `update orders set state = 'billed', document = (select replace(document, state, 'billed') from orders where member_id = 105 and state = 'billed') where member_id = 102 and state = 'voided'`,
    'order',
    102,
  ],
  [
    "an order's earned points changed",
    `update orders set document = regexp_replace(document, '"earned":\\{"quantity":\\d+', '"earned":{"quantity":9') where member_id = 103 and state = 'completed'`,
    'order',
    103,
  ],
  ["an order's store changed", `update orders set store_code = '888888' where member_id = 101`, 'order_document', 101],
  ["an order's program changed", `update orders set program_version = 2 where member_id = 101`, 'order_document', 101],
  ["an order's time changed", `update orders set at = at + interval '1 second' where member_id = 101`, 'order_document', 101],
  ["an order's document broken", `update orders set document = '{' where member_id = 101`, 'order_document', 101],
  ['an order removed', `delete from orders where member_id = 102 and state = 'completed'`, 'order', 102],
  ['an order key removed', `delete from order_keys where member_id = 102 and key = 'id:b1'`, 'order_key', 102],
  [
    'an order key that leads elsewhere',
    `update order_keys set order_uid = gen_random_uuid() where key = 'id:b1'`,
    'order_key',
    102,
  ],
  ['an order key added', `insert into order_keys values ('33559', 'id:nowhere', 102, gen_random_uuid())`, 'order_key', 102],
  ["a receipt's key removed", `delete from order_keys where key like 'receipt:%'`, 'order_key', 104],
  ['more held than there is', `update entries set quantity = quantity * 1000 where ${during('hold', 102)}`, 'negative', 102],
  [
    'a debt repaid that nobody had',
    `insert into entries select account_id, member_id, seq, l, 'points', a, null, q, null
     from movements, (values (8, 'owed', 5), (9, 'issued', -5)) legs (l, a, q) where ${first('movements', 102)}`,
    'negative',
    102,
  ],
  [
    'a lot that is of one asset and then of another',
    `update entries set asset = 'stamps' where ${during('hold', 102)}`,
    'lot',
    102,
  ],
  ['a reward taken backwards', `update entries set quantity = -quantity where ${during('capture', 105)}`, 'reward', 105],
  [
    'a capture called something else',
    `update movements set cause = 'adjust' where member_id = 105 and cause = 'capture'`,
    'order',
    105,
  ],
  [
    'another price of a billed order',
    `update orders set document = replace(document, '"quantity":1,"discount"', '"quantity":2,"discount"') where member_id = 105 and state = 'billed'`,
    'order',
    105,
  ],
  [
    'another lot said to have been taken',
    `update orders set document = replace(document, '"captured":[{"lotId":"0', '"captured":[{"lotId":"f') where member_id = 105 and state = 'billed'`,
    'order',
    105,
  ],
  [
    'another price of a placed order',
    `update orders set document = replace(document, '"quantity":100,"discount"', '"quantity":50,"discount"') where member_id = 101 and state = 'placed'`,
    'hold',
    101,
  ],
  ['rows of a member without a wallet', `insert into balances values ('33559', 999999, 'points', 1, 0, 0)`, 'balance', 999_999],
  ['rows of an account that is not there', `insert into balances values ('5', 102, 'points', 1, 0, 0)`, 'balance', 102],
]

describe('a corruption is named', () => {
  it.each(CORRUPTIONS)('%s', async (_, plant, check, memberId) => {
    await sql(plant)
    const report = await verifyLedger(desk.db)
    await restore()

    expect(report.ok).toBe(false)
    expect(report.problems.map((problem) => problem.check)).toContain(check)
    expect([...new Set(report.problems.map((problem) => problem.memberId))]).toEqual([memberId])
    expect(formatVerifyReport(report)).toContain(`${check}: account `)
  })

  it('and everything else stands as it did', async () => {
    expect(await verifyLedger(desk.db)).toMatchObject({ ok: true })
  })
})

it('reads members and movements a page at a time, and none twice', async () => {
  const before = await verifyLedger(desk.db)
  await sql(`insert into wallets select '33559', n, 1, 0, '', '{}', null from generate_series(1001, 1250) n`)
  const book = openBook(EMPTY_WALLET, desk.clock, () => newId(desk.clock, desk.random))
  for (let i = 0; i < 2_100; i++) {
    issueLot(book, { asset: 'points', quantity: 1, expiresAt: null, orderUid: null, cause: 'grant', at: desk.clock })
  }
  const rows = ledgerRows({ wallet: EMPTY_WALLET, digest: GENESIS, budgets: {} }, changesOf(book), null)
  await commitMember(desk.db, { accountId: '33559', memberId: 1_000, version: 0, rows })
  const report = await verifyLedger(desk.db)
  await restore()
  expect(report.problems).toEqual([])
  expect(report.members).toBe(before.members + 251)
  expect(report.movements).toBe(before.movements + 2_100)
})

it('takes no member that is being written for a broken one', async () => {
  let writing = true
  let orders = 0
  const till = async () => {
    while (writing) await desk.say(103, { status: 'completed', order: `busy-${orders++}`, price: 1_000 })
  }
  const tills = Promise.all([till(), till(), till()])
  const reports = []
  while (reports.length < 5) reports.push(await verifyLedger(desk.db))
  writing = false
  await tills
  await restore()
  expect(new Set(reports.map((report) => report.orders)).size).toBeGreaterThan(1)
  expect(reports.flatMap((report) => report.problems)).toEqual([])
})

it('shows the first hundred problems, and counts them all', async () => {
  await sql(`insert into balances select '33559', n, 'points', 1, 0, 0 from generate_series(1001, 1150) n`)
  const report = await verifyLedger(desk.db)
  await sql('delete from balances where member_id between 1001 and 1150')
  expect(report.problems).toHaveLength(100)
  expect(report.problemCount).toBe(300)
  expect(formatVerifyReport(report)).toContain('… and 200 more')
})

/** The rows of a member's first movement. */
function first(table: 'entries' | 'movements', memberId: number): string {
  return `${table}.member_id = ${memberId} and ${table}.seq = 1`
}

/** The legs of a member's first movement of a cause. */
function during(cause: string, memberId: number): string {
  const seq = `select min(seq) from movements where member_id = ${memberId} and cause = '${cause}'`
  return `entries.member_id = ${memberId} and entries.seq = (${seq})`
}

function one(table: string, memberId: number): string {
  return `lot_id = (select lot_id from ${table} where member_id = ${memberId} and asset = 'points' order by 1 limit 1)`
}

function removeMovement(seq: number | string, memberId: number): string {
  const rows = `member_id = ${memberId} and seq = ${seq}`
  return `create temporary table gone on commit drop as select seq from movements where ${rows};
    delete from entries where member_id = ${memberId} and seq in (select seq from gone);
    delete from movements where member_id = ${memberId} and seq in (select seq from gone)`
}
