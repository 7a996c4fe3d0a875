import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sale } from './cart.ts'
import { createTill, type Till } from './client.ts'
import { type Started, startServe } from './command.ts'
import { useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

/** A server that is started as an operator starts one with OpenTelemetry: an SDK of theirs is loaded before the command. */
const house = useProduct(houseProgram())
const ORDERS = 'POST /loyalty/accounts/:id/orders'
const SERVER = 1

/** A line of what trace-preload.mjs writes. */
interface WrittenSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly kind: number
  readonly status: number
  readonly attributes: Readonly<Record<string, unknown>>
}

let server: Started
let till: Till
const traceFile = () => join(house().folder, 'spans.jsonl')
beforeAll(async () => {
  const NODE_OPTIONS = `--import ${pathToFileURL(join(import.meta.dirname, 'trace-preload.mjs')).href}`
  server = await startServe(house(), house().databaseUrl, { NODE_OPTIONS, TRACE_FILE: traceFile() })
  const { apiKey, secret, accountId } = house()
  till = createTill({ url: server.ready.url ?? '', apiKey, secret, accountId })
})
afterAll(async () => {
  till?.close()
  await server?.stop()
})

async function spans(): Promise<WrittenSpan[]> {
  const lines = (await readFile(traceFile(), 'utf8')).split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as WrittenSpan)
}

/** A span ends a moment after its answer is there. */
async function spansWith(found: (all: readonly WrittenSpan[]) => boolean): Promise<WrittenSpan[]> {
  await expect.poll(async () => found(await spans()), { timeout: 10_000 }).toBe(true)
  return spans()
}

it('a call is a span below its client’s, with its round trips below it, and the log names its trace', async () => {
  const member = await till.newMember()
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const order = { ...sale(10), brand: house().accountId, status: 'completed' }
  const reply = await till.send({
    method: 'POST',
    path: `/loyalty/accounts/${member}/orders`,
    body: JSON.stringify(order),
    headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  })
  expect(reply.http, reply.text).toBe(200)
  const isCall = (span: WrittenSpan) => span.name === ORDERS && span.traceId === traceId
  const ours = (await spansWith((all) => all.some(isCall))).filter((span) => span.traceId === traceId)
  const call = ours.find(isCall)
  expect(call).toMatchObject({ kind: SERVER, parentSpanId: 'b7ad6b7169203331', status: 0 })
  expect(call?.attributes).toMatchObject({
    'http.response.status_code': 200,
    'regulars.account_id': house().accountId,
    'regulars.order_id': order.id,
  })
  const below = ours.filter(({ parentSpanId }) => parentSpanId === call?.spanId)
  expect(below.map(({ name }) => name).sort()).toEqual(['commit', 'load'])
  expect(server.output()).toContain(`"traceId":"${traceId}"`)
})

it('calls of one member that go together have their round trips below the first of them, and others below none', async () => {
  const member = await till.newMember()
  const before = (await spans()).length
  await Promise.all(Array.from({ length: 8 }, () => till.accepted(member, 'completed', sale(5))))
  const added = (await spansWith((all) => all.slice(before).filter(({ name }) => name === ORDERS).length === 8)).slice(before)
  const calls = new Map(added.filter(({ name }) => name === ORDERS).map((span) => [span.spanId, span]))
  expect(calls.size).toBe(8)
  for (const name of ['load', 'commit']) {
    const trips = added.filter((span) => span.name === name)
    expect(trips.length).toBeGreaterThan(0)
    expect(trips.length).toBeLessThan(8)
    for (const { parentSpanId, traceId } of trips) expect(calls.get(parentSpanId ?? '')?.traceId).toBe(traceId)
  }
})

it('a refusal names its reason, and nothing of what a customer said is in any span', async () => {
  const reply = await till.create({ phone: '123' })
  expect(reply.http).toBe(400)
  const all = await spansWith((written) => written.some(({ attributes }) => attributes['regulars.reason'] !== undefined))
  expect(all.map(({ attributes }) => attributes)).toContainEqual(
    expect.objectContaining({ 'http.response.status_code': 400, 'regulars.reason': 'phone_invalid' }),
  )
  expect(all.map(({ name }) => name)).toContain('worker expiry')
  expect(JSON.stringify(all)).not.toMatch(/\+1|415555|Hamburger/)
})
