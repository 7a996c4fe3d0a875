import { createHmac } from 'node:crypto'
import { parseArgs } from 'node:util'
import { BURGER, STORE } from '../src/test-cart.ts'
import { startServer, type TestServer } from '../src/test-launcher.ts'

/*
 * What a call through the SDK costs beside a bare `fetch` that signs by hand, over the same connections to the same real server. The two take turns in one run, each first
 * as often as second, so that what else the machine does falls on both. `--json` for machines; the exit code is 1 above the goal.
 */
const GOAL = 1.15
const WARM_UP = 100

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '600' } },
})
const server = await startServer()
try {
  const results = await compare(server, Number(values.rounds))
  const [sdk, bare] = [results.reduce((sum, { sdkMs }) => sum + sdkMs, 0), results.reduce((sum, { bareMs }) => sum + bareMs, 0)]
  report({ ratio: sdk / bare, goal: GOAL, ok: sdk / bare <= GOAL, calls: results })
  if (sdk / bare > GOAL) process.exitCode = 1
} finally {
  await server.end()
}

interface Compared {
  readonly call: string
  readonly sdkMs: number
  readonly bareMs: number
  readonly ratio: number
}

async function compare(server: TestServer, rounds: number): Promise<Compared[]> {
  const client = server.client()
  const member = await client.members.createOrRetrieve({ phone: '4155550123' })
  if (member.kind !== 'member') throw new Error('no member')
  const bare = bareClient(server)
  const order = { id: 'bench-1', source: 'instore', vendor: STORE, subtotal: 12.95, basket: { posEntries: [BURGER] } } as const
  const path = `/loyalty/accounts/${member.id}`
  const calls = {
    'GET balance': [() => client.balance.retrieve(member.id), () => bare('GET', `${path}/balance`)],
    'POST checkout': [
      () => client.orders.checkout({ member: member.id, order }),
      () => bare('POST', `${path}/orders`, { ...order, status: 'checkout', brand: server.accountId }),
    ],
  } as const
  const results: Compared[] = []
  for (const [call, [throughSdk, byHand]] of Object.entries(calls)) {
    await takeTurns(throughSdk, byHand, WARM_UP)
    const [sdkMs, bareMs] = await takeTurns(throughSdk, byHand, rounds)
    results.push({ call, sdkMs, bareMs, ratio: sdkMs / bareMs })
  }
  return results
}

/** The median of each, in milliseconds. */
async function takeTurns(a: () => Promise<unknown>, b: () => Promise<unknown>, rounds: number): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2
    times[first]?.push(await timed(first === 0 ? a : b))
    times[1 - first]?.push(await timed(first === 0 ? b : a))
  }
  return [median(times[0]), median(times[1])]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(times: number[]): number {
  return times.sort((x, y) => x - y)[Math.floor(times.length / 2)] ?? Number.NaN
}

/** What a partner without the SDK would write. */
function bareClient({ url, apiKey, secret }: TestServer) {
  const key = Buffer.from(secret, 'base64')
  return async (method: string, path: string, content?: object): Promise<unknown> => {
    const body = content && JSON.stringify(content)
    const signature = createHmac('sha256', key)
      .update(path)
      .update(body ?? '')
      .digest('base64')
    const headers = { 'X-Class-Key': apiKey, 'X-Class-Signature': signature, ...(body && { 'Content-Type': 'application/json' }) }
    const reply = await fetch(url + path, { method, headers, ...(body && { body }) })
    if (!reply.ok) throw new Error(await reply.text())
    return reply.json()
  }
}

function report(result: { ratio: number; goal: number; ok: boolean; calls: readonly Compared[] }): void {
  if (values.json) {
    console.log(JSON.stringify(result))
    return
  }
  for (const { call, sdkMs, bareMs, ratio } of result.calls) {
    console.log(`${call.padEnd(14)} SDK ${sdkMs.toFixed(3)} ms, bare fetch ${bareMs.toFixed(3)} ms: ${ratio.toFixed(3)}×`)
  }
  console.log(`${'together'.padEnd(14)} ${result.ratio.toFixed(3)}× (goal: at most ${GOAL}×) ${result.ok ? 'ok' : 'MISSED'}`)
}
