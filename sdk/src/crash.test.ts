import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileJournal } from './node/index.ts'
import { BURGER, STORE } from './test-cart.ts'
import { fiveOff, memberWith, pointsOf, useServer } from './test-server.ts'
import type { DyingTill } from './test-till.ts'

const server = useServer()
/** Bundled once: a hundred tills start, and none of them should have to compile. */
let script: string
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'regulars-crash-'))
  const bundler = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'tsdown')
  const args = [
    join(import.meta.dirname, 'test-till.ts'),
    '--no-config',
    '--format',
    'esm',
    '--no-dts',
    '--silent',
    '--out-dir',
    root,
  ]
  await promisify(execFile)(bundler, args, { cwd: join(import.meta.dirname, '..') })
  script = join(root, 'test-till.mjs')
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Runs a till until it ends or dies; the steps it took when it ended. */
async function run(till: DyingTill): Promise<number | 'killed'> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(till)])
    return Number(stdout.split('\n')[1])
  } catch (error) {
    const { signal, stderr } = error as { signal?: string; stderr?: string }
    expect(signal, stderr).toBe('SIGKILL')
    return 'killed'
  }
}

async function till(what: DyingTill['what'], dieAt: number): Promise<DyingTill> {
  const client = server().client()
  const member = await memberWith(client, 100)
  const reward = await fiveOff(client, member)
  const orderId = `${what}-${dieAt}-${member}`
  const folder = join(root, orderId)
  return { options: server().options(), folder, chargesFile: `${folder}.charges`, member, reward, orderId, what, dieAt }
}

async function chargesOf({ chargesFile }: DyingTill): Promise<string[]> {
  const text = await readFile(chargesFile, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

/** What a till does at its start. */
async function restart(dead: DyingTill) {
  const client = server().client({ journal: fileJournal(dead.folder) })
  const [charge] = await chargesOf(dead)
  const states: string[] = []
  for (const id of await client.orders.unfinished()) {
    const order = await client.orders.resume(id, {
      findPayment: async ({ due }) => (charge === undefined ? undefined : [{ tender: 'credit', amount: due }]),
    })
    states.push(order.state)
  }
  expect(await client.orders.unfinished()).toEqual([])
  return { client, states }
}

/** The step just before the money is taken: a quote, an entry, `placed`, an entry, two steps each. */
const CHARGE = 9
/** 12.95 with $5 off earns 7 points; the reward costs 100. */
const SOLD = 7
const NOT_SOLD = 100

/** Every step at which a till can die, three at a time. */
async function sweep(what: DyingTill['what'], first: number, check: (dead: DyingTill) => Promise<void>): Promise<number> {
  const steps = await run(await till(what, 0))
  if (steps === 'killed') throw new Error('a till that is not told to die must not')
  for (let at = first; at <= steps; at += 3) {
    const batch = [at, at + 1, at + 2].filter((step) => step <= steps)
    await Promise.all(
      batch.map(async (dieAt) => {
        const dead = await till(what, dieAt)
        expect(await run(dead)).toBe('killed')
        await check(dead)
      }),
    )
  }
  return steps
}

describe('a till that is killed', () => {
  it('at any step of a sale: paid is sold, unpaid is free, and nothing is charged twice', { timeout: 300_000 }, async () => {
    const steps = await sweep('pay', 1, async (dead) => {
      const { client } = await restart(dead)
      const charges = await chargesOf(dead)
      expect(charges.length, `killed at ${dead.dieAt}`).toBeLessThanOrEqual(1)
      expect(await pointsOf(client, dead.member), `killed at ${dead.dieAt}`).toBe(charges.length === 1 ? SOLD : NOT_SOLD)
      expect(await client.rewards.list(dead.member, { store: STORE })).toHaveLength(charges.length === 1 ? 0 : 1)
    })
    expect(steps).toBeGreaterThan(16)
  })

  it.each([11, 12, 13, 14])('at any moment (seed %i): paid is sold, unpaid is free', { timeout: 60_000 }, async (seed) => {
    const dead = { ...(await till('pay', 0)), orderId: `moment-${seed}` }
    const child = spawn(process.execPath, [script, JSON.stringify(dead)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await sleep((seed * 7919) % 97)
    child.kill('SIGKILL')
    await gone
    const { client } = await restart(dead)
    const charges = await chargesOf(dead)
    expect(charges.length).toBeLessThanOrEqual(1)
    expect(await pointsOf(client, dead.member)).toBe(charges.length === 1 ? SOLD : NOT_SOLD)
  })

  it('at any step of a declined payment: the reward is free', { timeout: 300_000 }, async () => {
    // Before the charge it dies as in a sale.
    await sweep('decline', CHARGE, async (dead) => {
      const { client } = await restart(dead)
      expect(await pointsOf(client, dead.member), `killed at ${dead.dieAt}`).toBe(NOT_SOLD)
      expect(await client.rewards.list(dead.member, { store: STORE }), `killed at ${dead.dieAt}`).toHaveLength(1)
    })
  })

  it('without being asked about the payment, voids, and says that somebody should look', async () => {
    const unasked: boolean[] = []
    for (const dieAt of [CHARGE - 2, CHARGE, CHARGE + 1]) {
      const next = await till('pay', dieAt)
      await run(next)
      const order = await server()
        .client({ journal: fileJournal(next.folder) })
        .orders.resume(next.orderId)
      if (order.state !== 'voided') continue
      unasked.push(order.paymentUnknown)
      expect(await pointsOf(server().client(), next.member)).toBe(NOT_SOLD)
    }
    expect(unasked).toContain(true)
    expect(unasked).toContain(false)
  })
})

describe('a till that is killed in a refund', () => {
  it('refunds once', { timeout: 300_000 }, async () => {
    const sale = await run(await till('pay', 0))
    await sweep('refund', Number(sale) + 1, async (dead) => {
      const { client } = await restart(dead)
      const order = await client.orders.resume(dead.orderId)
      // The same name again: done once, however often it is asked for.
      if (order.state === 'completed')
        await order.refund({ refundId: `${order.id}-r`, lines: [{ quantity: 1, posItem: BURGER.posItem }] })
      // The one line was the whole order: nothing earned is left, and the reward is back.
      expect(await pointsOf(client, dead.member), `killed at ${dead.dieAt}`).toBe(NOT_SOLD)
    })
  })
})
