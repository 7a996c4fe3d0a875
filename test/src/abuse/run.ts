import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTill } from '../client.ts'
import { startServe } from '../command.ts'
import { startProduct } from '../product.ts'
import { houseProgram } from '../programs.ts'
import { exchange, openIdle, openSlowBodies, sendSlowHeaders } from './connections.ts'
import { measureCapacity, OFFER_SOCKETS, offer } from './overload.ts'

/*
 * npm run abuse: what a server does under more than it can do, and with clients that misbehave. Starts everything itself, on this machine only; two
 * minutes. The numbers are this machine's, the client's own work included, so read them as ratios.
 */

const IDLE = 10_000
const CLIENTS = 32
const say = (text: string) => process.stdout.write(`${text}\n`)

const folder = await mkdtemp(join(tmpdir(), 'regulars-abuse-'))
const product = await startProduct(houseProgram(), { folder })
const server = await startServe(product, product.databaseUrl, { LOG_LEVEL: 'warn' })
const url = server.ready.url ?? ''
const till = createTill({ ...product, url }, { sockets: OFFER_SOCKETS })
try {
  // For each step its own: a member's calls take longer with every lot, and the next step would measure that.
  const newMembers = () => Promise.all(Array.from({ length: CLIENTS }, () => till.newMember()))
  const offerNew = async (perS: number, ms: number) => describe(await offer(till, await newMembers(), perS, ms))
  await measureCapacity(till, await newMembers(), 2_000)
  const capacity = await measureCapacity(till, await newMembers(), 5_000)
  say(`capacity          ${capacity} calls/s with ${CLIENTS} clients that wait for their answers`)
  say(`half of it        ${await offerNew(capacity / 2, 4_000)}`)
  for (const times of [1, 2, 3]) say(`${times} x               ${await offerNew(capacity * times, 8_000)}`)
  say(`half of it again  ${await offerNew(capacity / 2, 4_000)}`)

  const before = await memory(server.pid)
  const idle = await openIdle(url, Math.min(IDLE, filesAllowed() - 200))
  const start = performance.now()
  const answered = await offerNew(capacity / 4, 3_000)
  say(`idle              ${idle.open} connections; ${before} MB before, ${await memory(server.pid)} MB with them; ${answered}`)
  idle.end()
  say(`                  closed after ${Math.round(performance.now() - start)} ms`)

  const slow = sendSlowHeaders(url, 500, 30_000)
  const bodies = await openSlowBodies(url, '/loyalty/accounts', 500)
  say(`slow clients      ${await offerNew(capacity / 4, 3_000)}`)
  const lived = await slow
  bodies.end()
  say(
    `                  headers that never end are cut off after ${Math.round(Math.min(...lived) / 1000)} to ${Math.round(Math.max(...lived) / 1000)} s`,
  )

  const huge = await exchange(url, `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Huge: ${'x'.repeat(1_000_000)}\r\n\r\n`)
  say(`huge headers      ${huge.split('\r\n')[0]}`)
  const piped = await exchange(url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5_000), {
    until: (text) => text.split('HTTP/1.1 200').length > 5_000,
  })
  say(`pipelining        5000 requests at once on one connection: ${piped.split('HTTP/1.1 200').length - 1} answers`)
  say(`memory            ${await memory(server.pid)} MB at the end`)
} finally {
  till.close()
  await server.stop()
  await product.stop()
  await rm(folder, { recursive: true, force: true })
}

function describe(outcome: Awaited<ReturnType<typeof offer>>): string {
  const { offeredPerS, answeredPerS, turnedAway, p50Ms, p99Ms, refusalP99Ms, others } = outcome
  const problems = others.length === 0 ? '' : `; ALSO ${others.join(' | ')}`
  return `${offeredPerS}/s offered, ${answeredPerS}/s answered, p50 ${p50Ms} ms, p99 ${p99Ms} ms; ${turnedAway} turned away, p99 ${refusalP99Ms} ms${problems}`
}

async function memory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

/** Of this process; the server's own limit is the same. */
function filesAllowed(): number {
  return Number(execFileSync('sh', ['-c', 'ulimit -n']).toString()) || 1_024
}
