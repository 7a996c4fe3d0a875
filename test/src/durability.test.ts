import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Cart, redeeming, returning, sale } from './cart.ts'
import { createTill, nextPhone, type Status, type Till } from './client.ts'
import { expectCleanLedger, type Product, startProduct } from './product.ts'
import { houseProgram, R5 } from './programs.ts'

const TILLS = 8
const LOAD_MS = 1_500
const KILLS = 2

it('SIGKILL in the middle of a mixed load loses nothing that was answered', { timeout: 180_000 }, async () => {
  let product = await startProduct(houseProgram())
  const { folder } = product
  const { credentials } = product.till
  try {
    const answered: Answered[] = []
    for (let kill = 0; kill < KILLS; kill += 1) {
      answered.push(...(await loadUntilKilled(product)))
      product = await startProduct(houseProgram(), { folder })
      // A restart may show other credentials; the partner's own must go on working.
      const till = createTill({ ...credentials, url: product.url })
      await expectToHold(till, answered)
      till.close()
      await expectCleanLedger(product)
    }
    expect(answered.length).toBeGreaterThan(100)
    expect(await product.stop(), product.output()).toBe(0)
  } finally {
    await product.kill()
    await rm(folder, { recursive: true, force: true })
  }
})

/** A call and the answer that reached the till. */
type Answered = { readonly text: string } & (
  | { readonly kind: 'member'; readonly phone: string; readonly id: string }
  | { readonly kind: 'order'; readonly member: string; readonly status: Status; readonly order: Cart }
)

/** Several tills at work, each on members of its own and one that they share, until the product is killed under them. */
async function loadUntilKilled(product: Product): Promise<Answered[]> {
  const answered: Answered[] = []
  const shared = await product.till.newMember()
  let killed = false
  const tills = Array.from({ length: TILLS }, async (_, index) => {
    while (!killed) {
      try {
        await journey(product.till, index, shared, answered)
      } catch (fault) {
        if (!killed) throw fault
      }
    }
  })
  // A till that meets a wrong answer ends the load at once; all others go on until the kill.
  await Promise.race([sleep(LOAD_MS), Promise.all(tills)])
  killed = true
  await product.kill()
  await Promise.all(tills)
  return answered
}

/** One member's visit: earn, redeem, and then complete, void or refund. */
async function journey(till: Till, index: number, shared: string, answered: Answered[]): Promise<void> {
  const call = async (member: string, status: Status, order: Cart) => {
    const { http, text } = await till.order(member, status, order)
    expect(http, text).toBe(200)
    answered.push({ kind: 'order', member, status, order, text })
  }
  const phone = nextPhone()
  const created = await till.create({ phone })
  expect(created.http, created.text).toBe(201)
  const member = created.body.id
  answered.push({ kind: 'member', phone, id: member, text: created.text })
  await call(member, 'completed', sale(100 + index))
  await call(shared, 'completed', sale(1 + index))
  const item = { label: 'Hamburger', product: 'P1', cost: 20, categories: ['American'] }
  const order = redeeming(sale(20), await till.rewardId(member, R5), 5)
  await call(member, 'placed', order)
  await call(member, 'billed', order)
  if (index % 3 === 0) return call(member, 'voided', order)
  await call(member, 'completed', order)
  if (index % 3 === 1) await call(member, 'refunded', returning(order, [item]))
}

/** Every member is there, every call repeated gives its answer to the byte, and what was earned at least is in the balance. */
async function expectToHold(till: Till, answered: readonly Answered[]): Promise<void> {
  const points = new Map<string, number>()
  for (const call of answered) {
    if (call.kind === 'member') {
      const known = await till.create({ phone: call.phone })
      expect([known.http, known.body.id]).toEqual([200, call.id])
      continue
    }
    const { text } = await till.order(call.member, call.status, call.order)
    expect(text, `${call.status} ${call.order.id}`).toBe(call.text)
    if (call.status === 'completed' && !call.order.discount) {
      points.set(call.member, (points.get(call.member) ?? 0) + Math.floor(Number(call.order.subtotal)))
    }
  }
  for (const [member, earned] of points) expect(await till.points(member)).toBeGreaterThanOrEqual(earned - 100)
}
