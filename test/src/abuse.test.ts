import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange, openIdle, openSlowBodies, sendSlowHeaders } from './abuse/connections.ts'
import { measureCapacity, OFFER_SOCKETS, offer } from './abuse/overload.ts'
import { createTill, type Till } from './client.ts'
import { type Started, startServe } from './command.ts'
import { useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

// Issue 5 §3, in small: `npm run abuse` does the same with thousands.

const house = useProduct(houseProgram())
let server: Started
let till: Till
let members: string[]
const url = () => server.ready.url ?? ''

beforeAll(async () => {
  server = await startServe(house(), house().databaseUrl, { LOG_LEVEL: 'warn' })
  till = createTill({ ...house(), url: url() }, { sockets: OFFER_SOCKETS })
  members = await Promise.all(Array.from({ length: 16 }, () => till.newMember()))
})
afterAll(async () => {
  till?.close()
  expect(await server?.stop()).toBe(0)
})

// How long the answers take says more of a busy machine than of the server: the gate's own test and `npm run abuse` look at that.
it('three times what it can do: answers what it can, turns nobody away but with 503 and a time, and is itself again afterwards', async () => {
  await measureCapacity(till, members, 500)
  const capacity = await measureCapacity(till, members, 1_500)
  const over = await offer(till, members, capacity * 3, 3_000)
  expect(over.others).toEqual([])
  expect(over.answeredPerS).toBeGreaterThan(capacity * 0.2)
  const after = await offer(till, members, capacity * 0.2, 1_000)
  expect(after).toMatchObject({ others: [], turnedAway: 0 })
})

describe('while others misbehave, a call is answered', () => {
  const isAnswered = async () => expect(await till.balance(members[0] ?? '')).toMatchObject({ units: 'points' })

  it('500 idle connections', async () => {
    const idle = await openIdle(url(), 500)
    expect(idle.open).toBe(500)
    await isAnswered()
    idle.end()
  })

  it('300 bodies that never come, twice as many as there are places in the work', async () => {
    const slow = await openSlowBodies(url(), '/loyalty/accounts', 300)
    await sleep(200)
    await isAnswered()
    slow.end()
  })

  it('headers that never end, which are cut off', async () => {
    const slow = sendSlowHeaders(url(), 20, 25_000)
    await isAnswered()
    expect(Math.max(...(await slow))).toBeLessThan(20_000)
  })

  it('a client that goes before its answer, again and again', async () => {
    const path = `/loyalty/accounts/${members[0]}/balance`
    for (let i = 0; i < 300; i++) void exchange(url(), `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, { limitMs: i % 3 })
    await sleep(300)
    await isAnswered()
  })
})

it('headers beyond the limit are refused with 431', async () => {
  const huge = await exchange(url(), `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Huge: ${'x'.repeat(100_000)}\r\n\r\n`)
  expect(huge).toMatch(/^HTTP\/1\.1 431 [\s\S]*"reason":"malformed_http"/)
})

it('five hundred requests at once on one connection are answered in their order', async () => {
  const requests = Array.from({ length: 500 }, (_, at) => `GET /loyalty/${at} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const text = await exchange(url(), requests.join(''), { until: (got) => got.includes('/loyalty/499.') })
  const order = [...text.matchAll(/There is no GET \/loyalty\/(\d+)\./g)].map(([, at]) => Number(at))
  expect(order).toEqual(requests.map((_, at) => at))
})
