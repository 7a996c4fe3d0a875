import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLine } from '../chaos/line.ts'
import { freePort } from '../free-port.ts'
import {
  createCluster,
  findTools,
  killCluster,
  prepareStandby,
  requireStandby,
  startCluster,
  stopCluster,
  waitForStandby,
} from './cluster.ts'
import { startLoad } from './load.ts'
import { check, createFolder, createShop, expectDone, expectKept, type Shop, say } from './shop.ts'

/*
 * npm run test:failover: the primary dies under load and its standby takes over, twice; between, for a moment, the address leads to a standby that only
 * reads. Two servers run through all of it and are never restarted. Every order that was answered is there afterwards, once, and is answered as before.
 * Needs Debian's PostgreSQL. What moves the address is ours here, as Patroni with HAProxy or a managed service does it elsewhere.
 */

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

  const load = startLoad([a.till, b.till], member)

  await sleep(QUIET_MS)
  say(`killed and taken over: an order was accepted again after ${await failOver('one', 'two')} ms`)
  await follow('two', 'three')
  await sleep(QUIET_MS)

  line.leadTo(machines.three)
  line.cut()
  await sleep(QUIET_MS)
  const reading = load.sold.length
  await sleep(QUIET_MS)
  check(load.sold.length === reading, 'an order was accepted by a standby')
  line.leadTo(machines.two)
  line.cut()
  await load.oneMore()
  say('led to a standby by mistake: no order was accepted, and all went on when the address was right again')

  await sleep(QUIET_MS)
  say(`killed and taken over: an order was accepted again after ${await failOver('two', 'three')} ms`)
  await sleep(QUIET_MS)
  await load.stop()

  await expectKept(b.till, member, load.sold)
  await expectDone(['verify', '--database-url', databaseUrl])
  say(
    `PostgreSQL ${tools.version}: ${load.sold.length} orders, all kept and none twice, the ledger verifies; no server was restarted.`,
  )

  async function failOver(from: Machine, to: Machine): Promise<number> {
    const at = performance.now()
    await killCluster(folder, from)
    running.delete(from)
    line.cut()
    await tools.run('pg_ctl', ['-D', join(folder, to), '-w', 'promote'])
    line.leadTo(machines[to])
    line.cut()
    await load.oneMore()
    return Math.round(performance.now() - at)
  }
} finally {
  await shop?.close()
  await line.close()
  for (const machine of running) await stopCluster(tools, folder, machine, 'immediate')
  await rm(folder, { recursive: true, force: true })
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
