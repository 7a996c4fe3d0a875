import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JournalError, OfflineRedemptionError, type OrderDraft, PaymentKeptError } from './index.ts'
import { fileJournal } from './node/index.ts'
import { BURGER, STORE } from './test-cart.ts'
import { closedPort, startProxy } from './test-proxy.ts'
import { fiveOff, memberWith, pointsOf, useServer } from './test-server.ts'

const server = useServer()
const sale = (change: Partial<OrderDraft> = {}): OrderDraft => ({
  source: 'instore',
  vendor: STORE,
  basket: { posEntries: [BURGER] },
  ...change,
})
const cash = async (due: number) => ({ payments: [{ tender: 'cash' as const, amount: due }] })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regulars-outbox-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))
const client = (change = {}) => server().client({ journal: fileJournal(folder), ...change })

describe('what was sold while the server was away', () => {
  it('is sent in its order, once, with progress, at its own time', async () => {
    const away = client({ baseUrl: `http://127.0.0.1:${await closedPort()}`, retries: 0 })
    const member = await memberWith(server().client())
    const ids = []
    for (let n = 0; n < 5; n += 1)
      ids.push(await away.outbox.put({ member, order: sale({ placed: `2026-01-0${n + 1}T10:00:00Z` }) }))
    await expect(away.outbox.drain()).rejects.toMatchObject({ reason: 'refused' })
    expect(await away.outbox.size()).toBe(5)

    const sent: string[] = []
    const back = client({ hooks: { onRequest: ({ orderId }: { orderId?: string }) => sent.push(orderId ?? '') } })
    const seen: number[] = []
    expect(await back.outbox.drain({ onProgress: ({ left }) => seen.push(left) })).toEqual({ sent: 5, setAside: 0, left: 0 })
    expect(sent).toEqual(ids)
    expect(seen).toEqual([4, 3, 2, 1, 0])
    expect(await pointsOf(back, member)).toBe(60)
    expect(await back.outbox.drain()).toEqual({ sent: 0, setAside: 0, left: 0 })
  })

  it('earns once when the till dies after sending and before noting it', async () => {
    const journal = fileJournal(folder)
    const member = await memberWith(server().client())
    const dying = client({ journal: { ...journal, remove: () => Promise.reject(new JournalError('the power is gone')) } })
    await dying.outbox.put({ member, order: sale() })
    await expect(dying.outbox.drain()).rejects.toThrow('the power is gone')
    expect(await pointsOf(server().client(), member)).toBe(12)
    expect(await client().outbox.drain()).toMatchObject({ sent: 1, left: 0 })
    expect(await pointsOf(server().client(), member)).toBe(12)
  })

  it('cannot hold a reward', async () => {
    const order = sale({ basket: { posEntries: [BURGER], rewards: [{ id: 'P_1' }] } })
    await expect(client().outbox.put({ member: '1', order })).rejects.toBeInstanceOf(OfflineRedemptionError)
    expect(await client().outbox.size()).toBe(0)
  })

  it('is sent by itself when the server is back', async () => {
    const proxy = await startProxy(server().url)
    try {
      const member = await memberWith(server().client())
      const till = client({ baseUrl: proxy.url, retries: 0 })
      till.outbox.start()
      proxy.behave('refuse')
      await till.outbox.put({ member, order: sale() })
      await sleep(300)
      expect(await till.outbox.size()).toBe(1)
      proxy.behave('pass')
      await expect.poll(() => till.outbox.size(), { timeout: 10_000 }).toBe(0)
      await till.outbox.put({ member, order: sale() })
      await expect.poll(() => till.outbox.size(), { timeout: 10_000 }).toBe(0)
      await till.outbox.stop()
      expect(await pointsOf(server().client(), member)).toBe(24)
    } finally {
      await proxy.close()
    }
  })
})

describe('an entry that the server refuses', () => {
  it('is set aside with its error, and the rest goes on; mended, it is put back', async () => {
    const till = client()
    const member = await memberWith(till)
    await till.outbox.put({ member, order: sale({ vendor: 'nowhere' }) })
    await till.outbox.put({ member, order: sale() })
    expect(await till.outbox.drain()).toEqual({ sent: 1, setAside: 1, left: 0 })
    const [aside] = await till.outbox.setAside()
    expect(aside?.error).toMatchObject({ name: 'ValidationError', code: 4002 })
    await till.outbox.putBack(aside?.key ?? '')
    expect(await till.outbox.drain()).toMatchObject({ setAside: 1 })
    const [again] = await till.outbox.setAside()
    await till.outbox.discard(again?.key ?? '')
    expect(await till.outbox.setAside()).toEqual([])
  })

  it('waits in the queue while the rest goes on, when it is the server that fails over it', async () => {
    const proxy = await startProxy(server().url)
    try {
      const till = client({ baseUrl: proxy.url, retries: 0 })
      const member = await memberWith(till)
      for (let n = 0; n < 3; n += 1) await till.outbox.put({ member, order: sale() })
      proxy.behave('fault', 1)
      await expect(till.outbox.drain()).rejects.toMatchObject({ name: 'ServerError', requestId: 'err_2' })
      expect(await till.outbox.size()).toBe(1)
      expect(await till.outbox.drain()).toEqual({ sent: 1, setAside: 0, left: 0 })
      expect(await pointsOf(till, member)).toBe(36)
    } finally {
      await proxy.close()
    }
  })

  it('does not take the others along when it is the credentials that are wrong', async () => {
    const till = client({ secret: server().secret.split('').reverse().join('').replace(/=/g, '') })
    await till.outbox.put({ member: '1', order: sale() })
    await expect(till.outbox.drain()).rejects.toMatchObject({ name: 'SignatureError' })
    expect(await till.outbox.size()).toBe(1)
  })
})

describe('a power loss', () => {
  it('leaves torn files that hold up nothing', async () => {
    const till = client()
    const member = await memberWith(till)
    await till.outbox.put({ member, order: sale() })
    const [torn = ''] = await readdir(folder)
    await truncate(join(folder, torn), 40)
    await writeFile(join(folder, 'outbox_2f000000000009.entry.1234.part'), '{"key":')
    await till.outbox.put({ member, order: sale() })
    expect(await till.outbox.drain()).toEqual({ sent: 1, setAside: 1, left: 0 })
    expect(await pointsOf(till, member)).toBe(12)
  })
})

describe('two processes', () => {
  it('cannot drain one journal at once; a killed one leaves no lock behind', async () => {
    const script = fileURLToPath(new URL('./test-holder.ts', import.meta.url))
    const holder = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => holder.stdout.once('data', resolve))
    await expect(client().outbox.drain()).rejects.toMatchObject({ reason: 'journal_locked' })
    const gone = new Promise((resolve) => holder.once('exit', resolve))
    holder.kill('SIGKILL')
    await gone
    expect(await client().outbox.drain()).toMatchObject({ sent: 0 })
  })

  it('of twenty that begin at the same instant, at most one has the lock at any time', async () => {
    let [inside, most, had] = [0, 0, 0]
    const contend = async () => {
      const journal = fileJournal(folder)
      for (let n = 0; n < 5; n += 1) {
        const release = await journal.lock('x').catch(() => undefined)
        if (!release) continue
        inside += 1
        most = Math.max(most, inside)
        had += 1
        await sleep(1)
        inside -= 1
        await release()
      }
    }
    await Promise.all(Array.from({ length: 20 }, contend))
    expect(most).toBe(1)
    expect(had).toBeGreaterThan(0)
  })
})

describe('a session during an outage', () => {
  it('sells without a reward, and the points follow', async () => {
    const proxy = await startProxy(server().url)
    try {
      const till = client({ baseUrl: proxy.url, retries: 0 })
      const member = await memberWith(server().client())
      proxy.behave('refuse')
      const order = till.orders.start({ member, store: STORE, source: 'instore' })
      await expect(order.checkout({ posEntries: [BURGER] })).rejects.toMatchObject({ retryable: true })
      expect(await order.pay(cash, { offline: true })).toEqual({ kind: 'queued' })
      expect(order.state).toBe('paid')
      proxy.behave('pass')
      expect(await till.outbox.drain()).toMatchObject({ sent: 1, left: 0 })
      expect(await pointsOf(till, member)).toBe(12)
    } finally {
      await proxy.close()
    }
  })

  it('charges nothing for a reward that cannot be held', async () => {
    const proxy = await startProxy(server().url)
    try {
      const till = client({ baseUrl: proxy.url, retries: 0 })
      const member = await memberWith(till, 100)
      const order = till.orders.start({ member, store: STORE, source: 'instore' })
      await order.checkout({ posEntries: [BURGER] }, await fiveOff(till, member))
      proxy.behave('refuse')
      let charged = 0
      const charge = async (due: number) => {
        charged += 1
        return cash(due)
      }
      await expect(order.pay(charge, { offline: true })).rejects.toBeInstanceOf(OfflineRedemptionError)
      expect(charged).toBe(0)
      proxy.behave('pass')
      await till.outbox.drain()
      expect(await till.rewards.list(member, { store: STORE })).toHaveLength(1)
    } finally {
      await proxy.close()
    }
  })

  it('keeps the money that was taken when the server goes away in the middle', async () => {
    const proxy = await startProxy(server().url)
    try {
      const till = client({ baseUrl: proxy.url, retries: 0 })
      const member = await memberWith(till, 100)
      const order = till.orders.start({ member, store: STORE, source: 'instore' })
      await order.checkout({ posEntries: [BURGER] }, await fiveOff(till, member))
      const paying = order.pay(async (due) => {
        proxy.behave('refuse')
        return cash(due)
      })
      await expect(paying).rejects.toBeInstanceOf(PaymentKeptError)
      expect(order.state).toBe('paid')
      proxy.behave('pass')
      expect(await till.outbox.drain()).toMatchObject({ sent: 1, left: 0 })
      expect(await pointsOf(till, member)).toBe(7)
    } finally {
      await proxy.close()
    }
  })
})
