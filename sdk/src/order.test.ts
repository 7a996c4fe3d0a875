import { describe, expect, it } from 'vitest'
import {
  type Journal,
  JournalError,
  memoryJournal,
  OfflineRedemptionError,
  PaymentFailedError,
  type Regulars,
  RewardError,
  UsageError,
} from './index.ts'
import { BURGER, STORE } from './test-cart.ts'
import { closedPort } from './test-proxy.ts'
import { fiveOff, memberWith, pointsOf, useServer } from './test-server.ts'

const server = useServer()
const cash = async (due: number) => ({ payments: [{ tender: 'cash' as const, amount: due }] })
const start = (client: Regulars, member: string) => client.orders.start({ member, store: STORE, source: 'instore' })

describe('an order from cart to receipt', () => {
  it('earns what was paid, and gives the reward once', async () => {
    const client = server().client()
    const member = await memberWith(client, 120)
    const order = start(client, member)
    const quote = await order.checkout({ posEntries: [BURGER], tax: 1.05 }, await fiveOff(client, member))
    expect(quote).toMatchObject({ discount: 5, applied: true, due: 9 })
    const charged: number[] = []
    const paid = await order.pay(
      async (due) => {
        charged.push(due)
        return { payments: [{ tender: 'credit', suffix: '4242', amount: due }], tip: 2 }
      },
      { tender: 'credit' },
    )
    expect(charged).toEqual([9])
    expect(paid).toMatchObject({ kind: 'completed', transaction: { status: 'completed', points_earned: 7 } })
    expect(await pointsOf(client, member)).toBe(120 - 100 + 7)
    expect(order.state).toBe('completed')
  })

  it('says why a reward does not apply, and goes on without it', async () => {
    const client = server().client()
    const member = await memberWith(client, 10)
    const order = start(client, member)
    const quote = await order.checkout({ posEntries: [BURGER] }, 'P_1')
    expect(quote).toMatchObject({ applied: false, discount: 0, due: 12.95 })
    expect(quote.message).toMatch(/./)
    expect(await order.pay(cash)).toMatchObject({ kind: 'completed' })
    expect(await pointsOf(client, member)).toBe(22)
  })

  it('gives a guest a receipt code', async () => {
    const order = start(server().client(), 'guest')
    await order.checkout({ posEntries: [BURGER] })
    const paid = await order.pay(cash)
    expect(paid.transaction?.receipt_code).toMatch(/^.{10}$/)
  })

  it('waits at placed, and is billed before it is completed', async () => {
    const client = server().client()
    const member = await memberWith(client, 100)
    const order = start(client, member)
    await order.checkout({ posEntries: [BURGER], rendition: 'pickup' }, await fiveOff(client, member))
    await order.place()
    expect(order.state).toBe('placed')
    expect(await client.rewards.list(member, { store: STORE })).toEqual([])
    const later = await client.orders.resume(order.id)
    expect(later.state).toBe('placed')
    expect(await later.pay(cash, { complete: false })).toMatchObject({ kind: 'billed' })
    await later.complete()
    expect(await pointsOf(client, member)).toBe(7)
  })
})

describe('a payment that fails', () => {
  it.each([
    [
      'throws',
      async () => {
        throw new Error('the terminal is gone')
      },
      /terminal is gone/,
    ],
    ['is declined', async () => ({ declined: 'Insufficient funds.' }), /Insufficient funds/],
  ])('voids the order when it %s: the reward is free and nothing is earned', async (_, charge, words) => {
    const client = server().client()
    const member = await memberWith(client, 100)
    const order = start(client, member)
    await order.checkout({ posEntries: [BURGER] }, await fiveOff(client, member))
    const failed = await order.pay(charge).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(PaymentFailedError)
    expect((failed as Error).message).toMatch(words)
    expect(order.state).toBe('voided')
    expect(await client.rewards.list(member, { store: STORE })).toHaveLength(1)
    expect(await pointsOf(client, member)).toBe(100)
    const next = order.again()
    await next.checkout({ posEntries: [BURGER] }, await fiveOff(client, member))
    expect(await next.pay(cash)).toMatchObject({ kind: 'completed' })
  })

  it('is not guessed: an answer that says neither paid nor declined leaves the order to be settled', async () => {
    const client = server().client()
    const order = start(client, await memberWith(client))
    await order.checkout({ posEntries: [BURGER] })
    const forgotten = (async () => undefined) as unknown as typeof cash
    await expect(order.pay(forgotten)).rejects.toMatchObject({ reason: 'payment_unclear' })
    expect(order.state).toBe('charging')
    const found = await client.orders.resume(order.id, { findPayment: async ({ due }) => [{ tender: 'credit', amount: due }] })
    expect(found.state).toBe('completed')
  })
})

describe('void and refund', () => {
  it('frees the reward of a placed order', async () => {
    const client = server().client()
    const member = await memberWith(client, 100)
    const order = start(client, member)
    await order.checkout({ posEntries: [BURGER] }, await fiveOff(client, member))
    await order.place()
    await order.void()
    expect(await client.rewards.list(member, { store: STORE })).toHaveLength(1)
    await expect(order.pay(cash)).rejects.toMatchObject({ reason: 'order_state' })
  })

  it('takes back one line, then the rest', async () => {
    const client = server().client()
    const member = await memberWith(client)
    const order = start(client, member)
    await order.checkout({ posEntries: [{ ...BURGER, quantity: 2 }] })
    await order.pay(cash)
    expect(await pointsOf(client, member)).toBe(25)
    expect(await order.refund({ lines: [BURGER] })).toMatchObject({ refund_amount: 12.95 })
    expect(await pointsOf(client, member)).toBe(12)
    const resumed = await client.orders.resume(order.id)
    await resumed.refund({ lines: [BURGER] })
    expect(await pointsOf(client, member)).toBe(0)
  })

  it('takes back everything, reward included', async () => {
    const client = server().client()
    const member = await memberWith(client, 100)
    const order = start(client, member)
    await order.checkout({ posEntries: [BURGER] }, await fiveOff(client, member))
    await order.pay(cash)
    await order.refund()
    expect(order.state).toBe('refunded')
    expect(await pointsOf(client, member)).toBe(100)
    await expect(order.refund()).rejects.toMatchObject({ reason: 'order_state' })
  })
})

describe('a call that is not its turn', () => {
  it.each([
    ['pay', (order: ReturnType<typeof start>) => order.pay(cash)],
    ['place', (order: ReturnType<typeof start>) => order.place()],
    ['complete', (order: ReturnType<typeof start>) => order.complete()],
    ['refund', (order: ReturnType<typeof start>) => order.refund()],
  ])('%s before checkout is an error, and nothing is sent', async (_, call) => {
    const sent: string[] = []
    const order = start(server().client({ hooks: { onRequest: ({ target }) => sent.push(target) } }), 'guest')
    await expect(call(order)).rejects.toBeInstanceOf(UsageError)
    expect(sent).toEqual([])
  })

  it('refuses a second pay while the first is under way: one charge', async () => {
    const client = server().client()
    const order = start(client, await memberWith(client))
    await order.checkout({ posEntries: [BURGER] })
    let charges = 0
    const charge = async (due: number) => {
      charges += 1
      return cash(due)
    }
    const [first, second] = await Promise.allSettled([order.pay(charge), order.pay(charge)])
    expect([first?.status, second?.status]).toEqual(['fulfilled', 'rejected'])
    await expect(order.pay(charge)).rejects.toMatchObject({ reason: 'order_state' })
    expect(charges).toBe(1)
  })

  it('charges nothing when the reward was taken by another till between quote and payment', async () => {
    const client = server().client()
    const member = await memberWith(client, 100)
    const [a, b] = [start(client, member), start(client, member)]
    const reward = await fiveOff(client, member)
    await a.checkout({ posEntries: [BURGER] }, reward)
    await b.checkout({ posEntries: [BURGER] }, reward)
    await a.place()
    let charges = 0
    const paying = b.pay(async (due) => {
      charges += 1
      return cash(due)
    })
    await expect(paying).rejects.toBeInstanceOf(RewardError)
    expect(charges).toBe(0)
    expect(b.state).toBe('open')
    await b.checkout({ posEntries: [BURGER] })
    expect(await b.pay(cash)).toMatchObject({ kind: 'completed' })
  })
})

describe('a reward that was never quoted', () => {
  it('cannot be paid with', async () => {
    const order = start(server().client({ baseUrl: `http://127.0.0.1:${await closedPort()}`, retries: 0 }), '1')
    await expect(order.checkout({ posEntries: [BURGER] }, 'P_1')).rejects.toMatchObject({ reason: 'refused' })
    await expect(order.pay(cash, { offline: true })).rejects.toBeInstanceOf(OfflineRedemptionError)
  })
})

describe('one order in two hands', () => {
  it('is charged once: a session sees what another has done with it', async () => {
    const client = server().client()
    const member = await memberWith(client)
    const first = start(client, member)
    await first.checkout({ posEntries: [BURGER] })
    await first.place()
    const second = await client.orders.resume(first.id)
    let charges = 0
    const charge = async (due: number) => {
      charges += 1
      return cash(due)
    }
    const paying = second.pay(async (due) => {
      await expect(first.pay(charge)).rejects.toMatchObject({ reason: 'journal_locked' })
      return charge(due)
    })
    expect(await paying).toMatchObject({ kind: 'completed' })
    await expect(first.pay(charge)).rejects.toMatchObject({ reason: 'order_state' })
    expect(first.state).toBe('completed')
    const namesake = client.orders.start({ id: first.id, member, store: STORE, source: 'instore' })
    await expect(namesake.checkout({ posEntries: [BURGER] })).rejects.toMatchObject({ name: 'ConflictError' })
    expect(charges).toBe(1)
    expect(await pointsOf(client, member)).toBe(12)
  })
})

describe('money that was taken', () => {
  it('is recorded although the disk is full', async () => {
    const memory = memoryJournal()
    let isFull = false
    const put: Journal['put'] = (key, text) =>
      isFull ? Promise.reject(new JournalError('no space left')) : memory.put(key, text)
    const client = server().client({ journal: { ...memory, put } })
    const member = await memberWith(client)
    const order = start(client, member)
    await order.checkout({ posEntries: [BURGER] })
    const paid = await order.pay(async (due) => {
      isFull = true
      return cash(due)
    })
    expect(paid).toMatchObject({ kind: 'completed' })
    expect(await pointsOf(client, member)).toBe(12)

    const next = start(client, member)
    await next.checkout({ posEntries: [BURGER] })
    await expect(next.pay(cash)).rejects.toThrow('no space left')
    expect(next.state).toBe('open')
    expect(await pointsOf(client, member)).toBe(12)
  })

  it('earns although the reward is refused by then: its hold had lapsed, and another order took it', async () => {
    const client = server().client()
    const member = await memberWith(client, 100)
    const [order, other] = [start(client, member), start(client, member)]
    const reward = await fiveOff(client, member)
    await order.checkout({ posEntries: [BURGER] }, reward)
    try {
      const paid = await order.pay(async (due) => {
        await moveClock(new Date(Date.now() + 25 * 3_600_000).toISOString())
        await other.checkout({ posEntries: [BURGER] }, reward)
        await other.pay(cash)
        return cash(due)
      })
      expect(paid).toMatchObject({ kind: 'completed', rewardRefused: { reason: 'hold_lapsed' } })
      expect(await pointsOf(client, member)).toBe(7 + 7)
    } finally {
      await moveClock(null)
    }
  })
})

async function moveClock(now: string | null): Promise<void> {
  const { url, adminToken } = server()
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` }
  const reply = await fetch(`${url}/admin/v1/clock`, { method: 'POST', headers, body: JSON.stringify({ now }) })
  expect(reply.ok).toBe(true)
}
