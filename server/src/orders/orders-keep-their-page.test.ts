import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDesk, type TestDesk } from './test-desk.ts'

/* An order is written four times, and stays on its page: no index is written, and vacuum has next to nothing to do (decision 56). */
const PROGRAM: ProgramDocument = {
  account: { id: '33559', name: 'Taste of the World', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points', earn: { points: 1, per: '1.00' }, threshold: 100, reward: 'r5' },
  rewards: { r5: { label: '$5 Off', amount: '5.00' } },
}
const ORDERS = 40
/** Whoever reads the database meanwhile (an analyze) keeps old rows in their places a moment longer. Without room more than half of them move. */
const MOVED_MAX = 4

let desk: TestDesk
beforeAll(async () => {
  desk = await createTestDesk()
  await desk.apply(PROGRAM)
})
afterAll(() => desk.stop())

/** On which page each order lies. */
async function pages(): Promise<Map<string, number>> {
  const rows = await desk.db.query<{ order_uid: string; page: number }>(
    '',
    'select order_uid, ((ctid::text::point)[0])::integer as page from orders',
    [],
  )
  return new Map(rows.map(({ order_uid, page }) => [order_uid, page]))
}

it('keeps an order on its page from its first call to its last, also when the pages around it are full', async () => {
  const names = Array.from({ length: ORDERS }, (_, index) => `order-${index}`)
  for (const order of names) await desk.say('guest', { status: 'placed', order, price: 1_250 })
  const before = await pages()
  expect(new Set(before.values()).size).toBeGreaterThan(3)
  for (const order of names) {
    await desk.say('guest', { status: 'billed', order, price: 1_250 })
    await desk.say('guest', { status: 'completed', order, price: 1_250 })
  }
  const after = await pages()
  const moved = [...before].filter(([uid, page]) => after.get(uid) !== page)
  expect(after.size).toBe(ORDERS)
  expect(moved.length).toBeLessThanOrEqual(MOVED_MAX)
})

it('has orders vacuumed by how many are new, and not by their share of all that there are', async () => {
  const [options] = await desk.db.query<{ options: Record<string, string> }>(
    '',
    `select jsonb_object_agg(option_name, option_value) as options
     from pg_class, pg_options_to_table(reloptions) where oid = 'orders'::regclass`,
    [],
  )
  expect(options?.options.autovacuum_vacuum_insert_scale_factor).toBe('0')
  expect(Number(options?.options.autovacuum_vacuum_insert_threshold)).toBeLessThanOrEqual(10_000)
})
