import type { ProgramDocument } from '@regulars/engine'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { verifyLedger } from '../ledger/index.ts'
import type { RandomBytes } from '../platform/index.ts'
import type { OrderOutcome } from './outcome.ts'
import { createTestDesk, HOUR, type Saying, type TestDesk } from './test-desk.ts'

/*
 * Calls of one member that come together are decided in a row and written at once. What they are answered, and every row they leave, must be what
 * it would be had each been waited for.
 */
const PROGRAM: ProgramDocument = {
  account: { id: '33559', name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points', earn: { points: 5, per: '1.00' }, threshold: 150, reward: 'r5', expire: { after: '5 days' } },
  rewards: { r5: { label: '$5 Off', amount: '5.00' }, treat: { label: 'A treat', amount: '2.00' } },
  campaigns: {
    scarce: { trigger: 'order', budget: { times: 25 }, do: [{ grant: 'treat' }] },
    thrice: { trigger: 'order', limits: { per_day: 3 }, do: [{ points: 7 }] },
  },
  settings: { partial_refunds: 'readjudicate', hold: '30 hours' },
}
const R5 = { id: '1000001', discount: 500 }
const TREAT = { id: '1000002', discount: 200 }
const MEMBER = 101
const ORDERS = ['A', 'B', 'C', 'D', 'E', 'F']

type Step = { readonly kind: 'post'; readonly saying: Saying } | { readonly kind: 'claim'; readonly receipt: number }

/** What comes for the member at once; before it, guests buy, and time passes. */
interface Round {
  readonly guests: readonly Saying[]
  readonly hours: number
  readonly steps: readonly Step[]
}

const status = fc.constantFrom(
  'checkout',
  'placed',
  'placed',
  'billed',
  'completed',
  'completed',
  'completed',
  'voided',
  'refunded',
)
const saying = (names: readonly string[]) =>
  fc
    .record({
      status,
      order: fc.constantFrom(...names),
      price: fc.constantFrom(1_000, 2_500),
      reward: fc.constantFrom(undefined, undefined, R5, TREAT),
      refundId: fc.constantFrom('r1', 'r2'),
    })
    .map((fields): Saying => ({ ...fields, refundId: fields.status === 'refunded' ? fields.refundId : undefined }))

/** Each round speaks of orders of its own, of some that every round knows, and of those that guests have made. */
function roundOf(number: number): fc.Arbitrary<Round> {
  const own = ORDERS.map((name) => `${name}${number}`)
  const guests = [`G${number}`, `H${number}`]
  const post = saying([...own, ...ORDERS.slice(0, 2), guests[0] ?? '']).map((it): Step => ({ kind: 'post', saying: it }))
  const claim = fc.nat({ max: 40 }).map((receipt): Step => ({ kind: 'claim', receipt }))
  return fc.record({
    guests: fc.array(saying(guests), { maxLength: 2 }),
    hours: fc.integer({ min: 1, max: 20 }),
    steps: fc.array(fc.oneof({ weight: 12, arbitrary: post }, { weight: 1, arbitrary: claim }), {
      minLength: 12,
      maxLength: 40,
      size: 'max',
    }),
  })
}

/** Ids that are ordered as they were given out, whatever was given out and not used between them. */
function risingBytes(): RandomBytes {
  let count = 5_000
  return (size) => {
    count += 1
    return Uint8Array.from({ length: size }, (_, place) => Math.floor(count / 32 ** (size - 1 - place)) % 32)
  }
}

/** Loads whatever it decides on. */
let apart: TestDesk
/** Goes on with what it has just written where it can (decision 52). */
let knowing: TestDesk
let together: TestDesk
beforeAll(async () => {
  ;[apart, knowing, together] = await Promise.all([
    createTestDesk(risingBytes(), 0),
    createTestDesk(risingBytes()),
    createTestDesk(risingBytes()),
  ])
  for (const desk of [apart, knowing, together]) {
    await desk.apply(PROGRAM)
    await desk.join('33559', MEMBER)
  }
})
afterAll(async () => {
  for (const desk of [apart, knowing, together]) await desk?.stop()
})

it('says and writes what it would have one after the other', async () => {
  const rounds =
    fc.sample(fc.tuple(...Array.from({ length: 30 }, (_, number) => roundOf(number))), { seed: 20_261_123, numRuns: 1 })[0] ?? []
  const kinds = new Set<string>()
  for (const [number, { guests, hours, steps }] of rounds.entries()) {
    for (const desk of [apart, knowing, together]) {
      desk.clock += hours * HOUR
      for (const guest of guests) await desk.post('guest', guest)
    }
    const receipts = await receiptsOf(apart)
    const one: OrderOutcome[] = []
    for (const step of steps) one.push(await take(apart, step, receipts))
    const theirs = await receiptsOf(knowing)
    const known: OrderOutcome[] = []
    for (const step of steps) known.push(await take(knowing, step, theirs))
    const others = await receiptsOf(together)
    const all = await Promise.all(steps.map((step) => take(together, step, others)))

    const name = `round ${number}`
    const rows = withoutIds(await rowsOf(apart))
    expect(withoutIds(known), name).toEqual(withoutIds(one))
    expect(withoutIds(await rowsOf(knowing)), name).toEqual(rows)
    expect(withoutIds(all), name).toEqual(withoutIds(one))
    expect(withoutIds(await rowsOf(together)), name).toEqual(rows)
    for (const [index, step] of steps.entries())
      kinds.add(`${step.kind === 'post' ? step.saying.status : 'claim'} ${one[index]?.kind}`)
  }
  // Were one of these never reached, nothing would be said about it.
  const reached = ['checkout', 'placed', 'billed', 'completed', 'voided', 'refunded', 'claim'].map((kind) => `${kind} answered`)
  expect([...kinds]).toEqual(expect.arrayContaining(reached))
  for (const desk of [apart, knowing, together]) expect(await verifyLedger(desk.db)).toMatchObject({ ok: true, problems: [] })
  expect(await versionOf(together)).toBeLessThan((await versionOf(apart)) / 3)
})

it('takes no more of a budget than there is, and needs no second look for it', async () => {
  const scarce: ProgramDocument = { ...PROGRAM, account: { ...PROGRAM.account, id: '44670' } }
  await together.apply(scarce)
  await together.join('44670', 8)
  const orders = Array.from({ length: 31 }, (_, number) => `s${number}`)
  await Promise.all(orders.map((order) => together.say(8, { status: 'completed', order, price: 900, brand: '44670' })))
  const [row] = await together.db.query(
    '',
    `select version, (select available from balances b where b.member_id = 8 and b.asset = 'reward:treat') as treats from wallets where member_id = 8`,
    [],
  )
  // The first went alone, and the others together.
  expect(row).toEqual({ version: '2', treats: '25' })
})

it('a call that cannot be decided fails alone, and the others of its run are answered', async () => {
  await together.db.query(
    '',
    'insert into memberships (account_id, member_id, joined_at, registered) values ($1, 7, now(), true)',
    ['33559'],
  )
  const orders = ['x1', 'x2', 'poison', 'x3', 'x4']
  await together.post(7, { status: 'placed', order: 'poison', price: 900 })
  const before = await together.db.query<{ document: string }>('', `select document from orders where member_id = 7`, [])
  await together.db.query('', `update orders set document = '{"state":"placed"}' where member_id = 7`, [])
  const outcomes = await Promise.allSettled(orders.map((order) => together.post(7, { status: 'completed', order, price: 900 })))
  expect(outcomes.map((it) => (it.status === 'fulfilled' ? it.value.kind : 'failed'))).toEqual([
    'answered',
    'answered',
    'failed',
    'answered',
    'answered',
  ])
  await together.db.query('', `update orders set document = $1 where member_id = 7 and state = 'placed'`, [before[0]?.document])
  expect(await verifyLedger(together.db)).toMatchObject({ ok: true })
})

function take(desk: TestDesk, step: Step, receipts: readonly string[]): Promise<OrderOutcome> {
  if (step.kind === 'post') return desk.post(MEMBER, step.saying)
  return desk.claim(MEMBER, receipts[step.receipt % Math.max(1, receipts.length)] ?? 'NONE')
}

async function receiptsOf(desk: TestDesk): Promise<string[]> {
  const rows = await desk.db.query<{ key: string }>('', `select key from order_keys where key like 'receipt:%' order by key`, [])
  return rows.map(({ key }) => key.slice('receipt:'.length))
}

async function versionOf(desk: TestDesk): Promise<number> {
  const [row] = await desk.db.query<{ version: string }>('', 'select version from wallets where member_id = $1', [MEMBER])
  return Number(row?.version)
}

/** Everything but how often the wallet was written, the digests of ids, and which of its stripes a budget was taken from. */
async function rowsOf(desk: TestDesk): Promise<unknown[]> {
  const texts = [
    'select member_id, seq, tallies::json, active_at from wallets order by member_id',
    'select seq, cause, order_uid, note, at from movements order by member_id, seq',
    'select seq, line, asset, ledger_account, lot_id, quantity, expires_at from entries order by member_id, seq, line',
    'select lot_id, asset, available, held, expired, issued_at, expires_at, order_uid, origin::json from lots order by member_id, lot_id',
    'select order_uid, lot_id, asset, quantity, lapses_at from holds order by member_id, order_uid, lot_id',
    'select asset, available, held, owed from balances order by member_id, asset',
    'select order_uid, member_id, state, at, document::json, answers::json, request, updated_at from orders order by member_id, order_uid',
    'select key, member_id, order_uid from order_keys order by order_uid, key',
    'select name, sum(used) from campaign_budgets group by name',
  ]
  return Promise.all(texts.map((text) => desk.db.query('', text, [])))
}

/** Ids and receipts by their order, for the two differ in how many were given out in vain. */
function withoutIds(value: unknown): unknown {
  const names = new Map<string, string>()
  const text = JSON.stringify(value).replace(
    /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|0000[0-9A-Z]{6}|\b1[0-9]{6}\b/g,
    (id) => {
      const name = names.get(id) ?? `#${names.size + 1}`
      names.set(id, name)
      return name
    },
  )
  return JSON.parse(text)
}
