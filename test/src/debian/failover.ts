import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sale } from '../cart.ts'
import { openLine } from '../chaos/line.ts'
import type { Till } from '../client.ts'
import { freePort } from '../free-port.ts'
import { createCluster, findTools, prepareStandby, requireStandby, startCluster, stopCluster, waitForStandby } from './cluster.ts'
import { check, createFolder, createShop, expectDone, expectKept, persist, type Shop, type Sold, say } from './shop.ts'

/*
 * npm run test:failover: the primary dies under load and its standby takes over, twice; between, for a moment, the address leads to a standby that only
 * reads. Two servers run through all of it and are never restarted. Every order that was answered is there afterwards, once, and is answered as before.
 * Needs Debian's PostgreSQL. What moves the address is ours here, as Patroni with HAProxy or a managed service does it elsewhere.
 */

const TILLS = 4
const QUIET_MS = 3_000

const tools = await findTools()
const folder = await createFolder('regulars-failover-')
const machines = { one: await freePort(), two: await freePort(), three: await freePort() }
type Machine = keyof typeof machines
const line = await openLine({ target: machines.one })
const databaseUrl = `postgres://regulars@127.0.0.1:${line.port}/postgres`
const running = new Set<Machine>()
let shop: Shop | undefined
try {
  await createCluster(tools, folder, { port: machines.one, name: 'one' })
  await start('one')
  await follow('one', 'two')
  shop = await createShop(databaseUrl)
  const [a, b] = [await shop.open(databaseUrl), await shop.open(databaseUrl)]
  const member = await a.till.newMember()

  const sold: Sold[] = []
  let selling = true
  const tills = Array.from({ length: TILLS }, (_, n) => keepSelling(n % 2 === 0 ? [a.till, b.till] : [b.till, a.till], member))
  async function keepSelling(tills: readonly [Till, Till], member: string): Promise<void> {
    while (selling) {
      const order = sale(1)
      let tries = 0
      const reply = await persist(() => tills[tries++ % 2 === 0 ? 0 : 1].order(member, 'completed', order))
      check(reply.http === 200, reply.text)
      sold.push({ order, text: reply.text })
    }
  }

  await sleep(QUIET_MS)
  say(`killed and taken over: an order was accepted again after ${await failOver('one', 'two')} ms`)
  await follow('two', 'three')
  await sleep(QUIET_MS)

  line.leadTo(machines.three)
  line.cut()
  await sleep(QUIET_MS)
  const reading = sold.length
  await sleep(QUIET_MS)
  check(sold.length === reading, 'an order was accepted by a standby')
  line.leadTo(machines.two)
  line.cut()
  await oneMore()
  say('led to a standby by mistake: no order was accepted, and all went on when the address was right again')

  await sleep(QUIET_MS)
  say(`killed and taken over: an order was accepted again after ${await failOver('two', 'three')} ms`)
  await sleep(QUIET_MS)
  selling = false
  await Promise.all(tills)

  await expectKept(b.till, member, sold)
  await expectDone(['verify', '--database-url', databaseUrl])
  say(
    `PostgreSQL ${tools.version}: ${sold.length} orders, all kept and none twice, the ledger verifies; no server was restarted.`,
  )
  await a.close()
  await b.close()

  async function failOver(from: Machine, to: Machine): Promise<number> {
    const at = performance.now()
    process.kill(Number((await readFile(join(folder, from, 'postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGKILL')
    running.delete(from)
    line.cut()
    await tools.run('pg_ctl', ['-D', join(folder, to), '-w', 'promote'])
    line.leadTo(machines[to])
    line.cut()
    await oneMore()
    return Math.round(performance.now() - at)
  }

  async function oneMore(): Promise<void> {
    const before = sold.length
    for (let waited = 0; sold.length === before; waited++) {
      check(waited < 600, 'no order was accepted within a minute')
      await sleep(100)
    }
  }
} finally {
  await line.close()
  for (const machine of running) await stopCluster(tools, folder, machine, 'immediate')
  await rm(folder, { recursive: true, force: true })
  await shop?.close()
}

async function start(machine: Machine): Promise<void> {
  await startCluster(tools, folder, machine)
  running.add(machine)
}

/** Another machine copies the primary and follows it; from then on nothing is answered that it does not have too. */
async function follow(primary: Machine, standby: Machine): Promise<void> {
  await tools.copy(machines[primary], join(folder, standby))
  await prepareStandby(folder, { primary: machines[primary], name: standby, port: machines[standby] })
  await start(standby)
  await waitForStandby(machines[primary])
  await requireStandby(machines[primary])
}
