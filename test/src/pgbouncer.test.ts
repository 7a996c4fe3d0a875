import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Cart, sale } from './cart.ts'
import { startSlowSmtp } from './chaos/slow-smtp.ts'
import { createTill, nextPhone, type Status, type Till } from './client.ts'
import { regulars, type Started, startProcess, startServe, startWorker, writeProgram } from './command.ts'
import { freePort } from './free-port.ts'
import { type Pgbouncer, poolerUrl, preparePgbouncer } from './pgbouncer.ts'
import { createCredential, expectCleanLedger, useProduct } from './product.ts'
import { ACCOUNT, houseProgram, R5 } from './programs.ts'

/*
 * Two servers and a worker behind Debian's PgBouncer in transaction mode, in the live environment, which nothing else serves here. Its pool is smaller than
 * the number of connections that are open to it, so that every transaction may find the session of another.
 */

const house = useProduct(houseProgram())
const POOL_SIZE = 2
const TILLS = 8
const WORKFLOW: readonly Status[] = ['checkout', 'placed', 'billed', 'completed']

let pgbouncer: Pgbouncer
let servers: Started[] = []
let worker: Started
let tills: Till[] = []
const smtp = await startSlowSmtp(1)

beforeAll(async () => {
  const migrated = await regulars(['migrate', '--database-url', house().databaseUrl])
  expect(migrated.code, migrated.stderr).toBe(0)
  await apply(houseProgram())
  const port = await freePort()
  const env = { REGULARS_POOLER_URL: poolerUrl(port), SMTP_URL: smtp.url, LOG_LEVEL: 'info' }
  const prepared = await regulars(['pooler', '--database-url', house().databaseUrl], env)
  expect(prepared.code, prepared.stderr).toBe(0)
  const users = prepared.stdout.trim().split('\n')
  pgbouncer = await preparePgbouncer({ databaseUrl: house().databaseUrl, poolSize: POOL_SIZE, port, users })
  await pgbouncer.start()
  const start = (name: string) =>
    startProcess(serveArguments(), house().folder, { ...env, DATABASE_URL: house().databaseUrl }, name)
  servers = await Promise.all([start('a'), start('b')])
  worker = await startWorker(house(), ['--host', '127.0.0.1', '--metrics-port', '0'], env)
  const credential = await createCredential(house(), ['--account', ACCOUNT, '--environment', 'live'])
  tills = servers.map(({ ready }) => createTill({ ...credential, url: ready.url ?? '', accountId: ACCOUNT }))
})
afterAll(async () => {
  for (const till of tills) till.close()
  const codes = await Promise.all([...servers, worker].map((one) => one?.stop()))
  await pgbouncer?.remove()
  smtp.close()
  expect(codes).toEqual([0, 0, 0])
})

it('carries the whole order workflow of several tills at once, over fewer sessions than there are connections', async () => {
  await Promise.all(
    Array.from({ length: TILLS }, async (_, n) => {
      const member = await tillOf(n).newMember()
      for (let round = 0; round < 5; round++) {
        const order = sale(40)
        // Each step at the other server.
        for (const [step, status] of WORKFLOW.entries()) await tillOf(n + step).accepted(member, status, order)
      }
      expect(await tillOf(n + 1).points(member)).toBe(200)
      await redeem(n, member)
      expect(await tillOf(n).points(member)).toBe(105)
    }),
  )
  expect(await openConnections()).toBeGreaterThan(POOL_SIZE)
})

it('has a new program seen by both servers with their next call', async () => {
  const member = await tillOf(0).newMember()
  await apply(houseProgram({ program: { earn: { points: 3, per: '1.00' } } }))
  await tillOf(0).accepted(member, 'completed', sale(10))
  await tillOf(1).accepted(member, 'completed', sale(10))
  expect(await tillOf(0).points(member)).toBe(60)
  await apply(houseProgram())
})

it('loses and doubles nothing when PgBouncer is started again in the middle', async () => {
  const members = await Promise.all(Array.from({ length: TILLS }, (_, n) => tillOf(n).newMember()))
  const sold = members.map(() => 0)
  let unanswered = 0
  let going = true
  const selling = members.map(async (member, n) => {
    while (going) {
      const order = sale(1)
      for (let attempt = n; !(await isAnswered(attempt, member, order)); attempt++) {
        unanswered += 1
        await sleep(50)
      }
      sold[n] = (sold[n] ?? 0) + 1
    }
  })
  for (let restart = 0; restart < 2; restart++) {
    await sleep(700)
    await pgbouncer.stop()
    await sleep(300)
    await pgbouncer.start()
  }
  const before = sold.reduce((sum, count) => sum + count)
  await sleep(700)
  going = false
  await Promise.all(selling)
  expect(unanswered).toBeGreaterThan(0)
  expect(sold.reduce((sum, count) => sum + count)).toBeGreaterThan(before)
  expect(await Promise.all(members.map((member, n) => tillOf(n).points(member)))).toEqual(sold)
})

it('lets the worker do its rounds', async () => {
  const email = `${randomBytes(6).toString('hex')}@example.com`
  const customer = { phone: nextPhone(), email, password: 'correct horse battery', verify_email: true }
  const reply = await tillOf(0).create(customer)
  expect(reply.http, reply.text).toBeLessThan(300)
  for (let waited = 0; waited < 100 && !smtp.recipients.has(email); waited++) await sleep(100)
  expect(smtp.recipients.has(email)).toBe(true)
  const rounds = await (await fetch(worker.ready.metricsUrl ?? '')).text()
  expect(rounds).toContain('regulars_worker_rounds_total{worker="expiry",outcome="ok"}')
})

it('ends with a ledger that verifies', () => expectCleanLedger(house()))

it('is looked at by doctor, and a server that is not let in ends and says what to do', async () => {
  const doctor = await regulars(['doctor', '--json'], { DATABASE_URL: house().databaseUrl, REGULARS_POOLER_URL: pgbouncer.url })
  const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string; state: string }[] }
  expect(findings.filter(({ check }) => check.startsWith('pooler')).map(({ state }) => state)).not.toContain('failed')
  // PostgreSQL itself in the pooler's place, and a password that is not the role's.
  const wrong = new URL(house().databaseUrl)
  Object.assign(wrong, { username: '', password: 'another' })
  const said = /the pooler does not let regulars_test in: .* regulars pooler prepares the roles/
  for (const start of [serveWith, workWith]) await expect(start({ REGULARS_POOLER_URL: wrong.href })).rejects.toThrow(said)
})

const serveWith = (env: Record<string, string>) => startServe(house(), house().databaseUrl, env)
const workWith = (env: Record<string, string>) => startWorker(house(), [], env)

const tillOf = (n: number): Till => tills[n % tills.length] as Till

const serveArguments = () => [
  ...['serve', '--port', '0', '--host', '127.0.0.1', '--no-worker', '--metrics-port', '0'],
  ...['--key-file', `${house().dataDir}/master.key`],
]

async function apply(program: ReturnType<typeof houseProgram>): Promise<void> {
  const file = await writeProgram(house().folder, program, 'live.json')
  const done = await regulars(['apply', file, '--yes', '--environment', 'live', '--database-url', house().databaseUrl])
  expect(done.code, done.stdout + done.stderr).toBe(0)
}

async function redeem(n: number, member: string): Promise<void> {
  const id = await tillOf(n).rewardId(member, R5)
  const rewards = [{ provider: 'regulars', id, level: 'order', discount: 5 }]
  const order = sale(10)
  const redeeming = { ...order, basket: { ...order.basket, rewards } }
  for (const [step, status] of WORKFLOW.entries()) await tillOf(n + step).accepted(member, status, redeeming)
}

/** A till asks until it is answered; what is not an answer is 503 or a connection that was cut. */
async function isAnswered(n: number, member: string, order: Cart): Promise<boolean> {
  const reply = await tillOf(n).order(member, 'completed', order)
  expect([200, 503], reply.text).toContain(reply.http)
  return reply.http === 200
}

async function openConnections(): Promise<number> {
  const texts = await Promise.all(servers.map(async ({ ready }) => (await fetch(ready.metricsUrl ?? '')).text()))
  const line = /^regulars_database_connections\{environment="live",state="open"\} (\d+)$/m
  return texts.reduce((sum, text) => sum + Number(line.exec(text)?.[1]), 0)
}
