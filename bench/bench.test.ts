import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { merge, percentile, Stopwatch } from './histogram.ts'
import { createOrderMaker, diceOf, memberPicker } from './orders.ts'
import type { BenchResult } from './result.ts'
import { formatResult, summarise } from './summary.ts'
import { openWire } from './wire.ts'
import { composePage } from './write-page.ts'

/** Fifteen seconds on a machine that has nothing else to do. */
const TINY_RUN_MS = 240_000

it(
  'runs, tiny, and says what it measured',
  async () => {
    const args = ['--seconds', '1', '--rounds', '1', '--clients', '4', '--members', '20', '--json']
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      join(import.meta.dirname, 'run.ts'),
      ...args,
    ])
    const result = JSON.parse(stdout) as BenchResult
    const [round] = result.rounds
    expect(result.rounds).toHaveLength(1)
    expect(round?.limit.perSecond).toBeGreaterThan(0)
    for (const load of [round?.uniform, round?.zipf, round?.half]) {
      expect(load).toMatchObject({ errors: 0 })
      expect(load?.calls).toBeGreaterThan(0)
      expect(load?.latency.total).toBe(load?.calls)
    }
    // Half of it, by whichever of the two drivers; the rest is for a machine that has much else to do.
    expect(round?.limitAtHalf?.total).toBeGreaterThan((round?.limit.perSecond ?? 0) / 8)
    expect(round?.limitAtHalf?.total).toBeLessThan((round?.limit.perSecond ?? 0) * 0.75)
    expect(result.verified.orders).toBeGreaterThan(0)
    expect(summarise(result).goals).toHaveLength(3)
    expect(formatResult(result)).toMatch(/uniform +\d+ +\d\.\d\d[\s\S]*fn, half load +\d+ +\d+\.\d/)
  },
  TINY_RUN_MS,
)

it('calls again on a new connection when the server has closed the old one', async () => {
  const server = createServer((_, response) => response.writeHead(200, { 'content-length': 2 }).end('ok'))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const wire = await openWire({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  const head = 'POST / HTTP/1.1\r\nhost: localhost\r\n'
  try {
    expect(await wire.post(head, 'a')).toMatchObject({ status: 200, body: 'ok' })
    server.closeAllConnections()
    await setTimeout(50)
    expect(await wire.post(head, 'b')).toMatchObject({ status: 200, body: 'ok' })
  } finally {
    wire.close()
    server.close()
  }
})

it('reads percentiles within 2 %', () => {
  const [one, other] = [new Stopwatch(), new Stopwatch()]
  for (let ms = 1; ms <= 1_000; ms++) (ms % 2 === 0 ? one : other).add(ms)
  const all = merge([one.read(), other.read()])
  for (const share of [0.5, 0.95, 0.99]) expect(Math.abs(percentile(all, share) / (share * 1_000) - 1)).toBeLessThan(0.02)
})

it('asks few members most of the time, and all alike where it should', () => {
  const dice = diceOf(1)
  const share = (spread: 'uniform' | 'zipf') => {
    const pick = memberPicker(10_000, spread, dice)
    return Array.from({ length: 20_000 }, pick).filter((member) => member <= 100).length / 20_000
  }
  expect(share('uniform')).toBeLessThan(0.02)
  expect(share('zipf')).toBeGreaterThan(0.45)
})

it('sends ten lines that add up, the same for the same seed', () => {
  const make = () =>
    createOrderMaker({ run: 'r', brand: '1', store: '2', dice: diceOf(7) })
      .next(5, 'P_1')
      .bodyOf('placed', 1.5)
  expect(make()).toBe(make())
  const body = JSON.parse(make()) as { subtotal: number; discount: number; basket: { posEntries: Entry[] } }
  const worth = body.basket.posEntries.reduce(
    (sum, { quantity, posItem }) =>
      sum + quantity * (posItem.cost + posItem.modifiers.reduce((more, { cost }) => more + cost, 0)),
    0,
  )
  expect(body.basket.posEntries).toHaveLength(10)
  expect(body.subtotal).toBeCloseTo(worth, 2)
  expect(body.discount).toBe(1.5)
})

interface Entry {
  readonly quantity: number
  readonly posItem: { readonly cost: number; readonly modifiers: readonly { readonly cost: number }[] }
}

it('docs/benchmarks.md says what the results say', async () => {
  expect(await readFile(join(import.meta.dirname, '..', 'docs', 'benchmarks.md'), 'utf8')).toBe(await composePage())
})
