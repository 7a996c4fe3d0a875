import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { sale } from './cart.ts'
import { createTill, expectRefusal, type Till } from './client.ts'
import { type Started, startServe, startWorker } from './command.ts'
import { useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

// Issue 5 §4: what an operator sees of a server and of a worker.

const OPS = join(import.meta.dirname, '..', '..', 'ops')
const house = useProduct(houseProgram())
let server: Started
let worker: Started
let till: Till

beforeAll(async () => {
  server = await startServe(house(), house().databaseUrl, { LOG_LEVEL: 'info' }, ['--no-worker', '--metrics-port', '0'])
  worker = await startWorker(house(), ['--host', '127.0.0.1', '--metrics-port', '0'], { SMTP_URL: 'smtp://127.0.0.1:9' })
  till = createTill({ ...house(), url: server.ready.url ?? '' })
})
afterAll(async () => {
  till?.close()
  expect([await server?.stop(), await worker?.stop()]).toEqual([0, 0])
})

const scrape = async ({ ready }: Started) => (await fetch(ready.metricsUrl ?? '')).text()
/** The metric of this name and these labels, in any order. */
function readingOf(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const line = text
    .split('\n')
    .find((one) => one.startsWith(name) && Object.entries(labels).every(([key, value]) => one.includes(`${key}="${value}"`)))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

describe('metrics', () => {
  it('count calls by route pattern, status and reason, and never name an id', async () => {
    const member = await till.newMember()
    const order = sale(20)
    await till.accepted(member, 'completed', order)
    expectRefusal(await till.order(member, 'placed', { ...order, subtotal: 21 }), 409, 2000)
    await till.send({ path: '/nowhere/4711' })
    const text = await scrape(server)
    const route = '/loyalty/accounts/:id/orders'
    expect(readingOf(text, 'regulars_http_requests_total', { method: 'POST', route, status: '200', reason: '' })).toBe(1)
    expect(readingOf(text, 'regulars_http_requests_total', { route, status: '409' })).toBe(1)
    expect(readingOf(text, 'regulars_http_requests_total', { route: 'none', reason: 'no_such_route' })).toBe(1)
    expect(readingOf(text, 'regulars_http_request_duration_seconds_count', { method: 'POST', route })).toBe(2)
    expect(readingOf(text, 'regulars_database_connections', { environment: 'test', state: 'open' })).toBeGreaterThan(0)
    expect(text).not.toContain('4711')
    expect(text).not.toContain(member)
  })

  it('of a worker tell of its rounds, which the server leaves to it', async () => {
    const hasRound = async () => readingOf(await scrape(worker), 'regulars_worker_rounds_total', { worker: 'mail' }) !== undefined
    for (let waited = 0; waited < 100 && !(await hasRound()); waited++) await sleep(100)
    const [there, here] = [await scrape(worker), await scrape(server)]
    for (const name of ['expiry', 'due_campaigns', 'nonces', 'mail']) {
      expect(readingOf(there, 'regulars_worker_rounds_total', { worker: name, outcome: 'ok' }), name).toBeGreaterThan(0)
      expect(readingOf(here, 'regulars_worker_rounds_total', { worker: name }), name).toBeUndefined()
    }
  })

  it('stand beside health and readiness on a listener of their own', async () => {
    for (const process of [server, worker]) {
      const base = (process.ready.metricsUrl ?? '').replace(/\/metrics$/, '')
      expect((await fetch(`${base}/healthz`)).status).toBe(200)
      expect(await (await fetch(`${base}/readyz`)).json()).toEqual({ status: 'ready' })
      expect((await fetch(`${base}/loyalty/accounts`)).status).toBe(404)
    }
    expect((await fetch(`${server.ready.url}/metrics`)).status).toBe(404)
  })
})

it('the log finds an order by its id', async () => {
  const order = sale(20)
  const member = await till.newMember()
  const transaction = await till.accepted(member, 'completed', order)
  expect(transaction.status).toBe('completed')
  const linesOf = () =>
    server
      .output()
      .split('\n')
      .filter((line) => line.includes(`"${order.id}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  // It is written after the answer, and comes through a pipe.
  await vi.waitFor(() => expect(linesOf()).toHaveLength(1))
  const lines = linesOf()
  expect(lines).toMatchObject([
    { level: 'info', msg: 'call', orderId: order.id, status: 200, accountId: house().accountId, environment: 'test' },
  ])
  expect(lines[0]?.requestId).toMatch(/^err_/)
})

describe('what ops/ names is there', () => {
  /** Prometheus' own series, and what it makes of histograms. */
  const GIVEN = new Set(['up'])
  const SUFFIX = /_(bucket|count|sum)$/
  const WORD = /\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g
  /** Functions, labels and keywords of PromQL that look like metrics. */
  const PROMQL = new Set(['histogram_quantile', 'label_replace'])

  async function known(): Promise<Map<string, string>> {
    const text = `${await scrape(server)}\n${await scrape(worker)}`
    return new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => [name, kind]))
  }

  function metricsIn(expression: string): string[] {
    const bare = expression.replace(/\{[^}]*\}/g, '').replace(/\bby \([^)]*\)/g, '')
    return (bare.match(WORD) ?? []).filter((word) => !PROMQL.has(word) && !GIVEN.has(word))
  }

  async function unknownIn(expressions: readonly string[]): Promise<string[]> {
    const kinds = await known()
    return expressions.flatMap(metricsIn).filter((name) => {
      const whole = name.replace(SUFFIX, '')
      return !kinds.has(name) && kinds.get(whole) !== 'histogram'
    })
  }

  it('notices one that is not', async () => {
    expect(await unknownIn(['sum(rate(regulars_nothing_total{a="b_c"}[5m])) > regulars_mails'])).toEqual([
      'regulars_nothing_total',
    ])
  })

  it('in the alerts, each with a summary and how urgent it is', async () => {
    const { groups } = parse(await readFile(join(OPS, 'alerts.yaml'), 'utf8')) as {
      groups: { rules: { alert: string; expr: string; labels: { severity: string }; annotations: { summary: string } }[] }[]
    }
    const rules = groups.flatMap((group) => group.rules)
    expect(rules.length).toBeGreaterThan(10)
    expect(await unknownIn(rules.map(({ expr }) => expr))).toEqual([])
    for (const { alert, labels, annotations } of rules) {
      expect(labels.severity, alert).toMatch(/^(page|ticket)$/)
      expect(annotations.summary, alert).toMatch(/\.$/)
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  })

  it('in the dashboard', async () => {
    const { panels } = JSON.parse(await readFile(join(OPS, 'grafana-dashboard.json'), 'utf8')) as {
      panels: { title: string; targets: { expr: string }[] }[]
    }
    expect(panels.length).toBeGreaterThan(10)
    expect(await unknownIn(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))).toEqual([])
  })
})
