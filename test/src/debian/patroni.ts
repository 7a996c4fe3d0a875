import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { findTools } from './cluster.ts'
import { startLoad } from './load.ts'
import { prepareNodes } from './patroni-nodes.ts'
import { check, createFolder, createShop, expectDone, expectKept, type Shop, say } from './shop.ts'

/*
 * npm run test:patroni: two nodes under Patroni with a synchronous standby, HAProxy before them, as ops/ has them. Under load the leader is switched, killed
 * with its Patroni and taken back, loses its Patroni alone, then its standby, and etcd goes away. Two servers run through all of it and are never
 * restarted. Every order that was answered is there afterwards, once, and is answered as before. Needs Debian's PostgreSQL, patroni, etcd-server and
 * haproxy.
 */

const QUIET_MS = 3_000
/** Longer than Patroni's `loop_wait`: by then the primary waits for no standby any more. */
const WITHOUT_STANDBY_MS = 10_000
/** Longer than Patroni's `ttl`: by then a leader without failsafe mode has stopped. */
const WITHOUT_ETCD_MS = 30_000

const tools = await findTools()
const folder = await createFolder('regulars-patroni-')
const nodes = await prepareNodes(tools, folder)
const { databaseUrl } = nodes
let shop: Shop | undefined
try {
  const started = performance.now()
  await nodes.startEtcd()
  await nodes.startNode('one')
  await nodes.waitForLeader('one')
  await nodes.startNode('two')
  await nodes.waitForLeader('one', 'two')
  await nodes.startProxy()
  say(`two nodes, one of them a synchronous standby, after ${seconds(performance.now() - started)}`)
  shop = await createShop(databaseUrl)
  const [a, b] = [await shop.open(databaseUrl), await shop.open(databaseUrl)]
  const member = await a.till.newMember()
  const load = startLoad([a.till, b.till], member)

  await during('switched over', 10, async () => {
    await nodes.switchOver('one', 'two')
    await nodes.waitForLeader('two', 'one')
  })

  await during('the leader and its Patroni killed', 40, async () => {
    await nodes.killNode('two')
    await nodes.waitForLeader('one')
  })
  await during('back as the standby', 10, async () => {
    await nodes.startNode('two')
    await nodes.waitForLeader('one', 'two')
  })

  await during("the leader's Patroni killed, its PostgreSQL alive", 40, async () => {
    await nodes.killPatroni('one')
    await nodes.waitForLeader('two')
  })
  await during('back as the standby', 10, async () => {
    await nodes.startNode('one')
    await nodes.waitForLeader('two', 'one')
  })

  await during('the standby and its Patroni killed', 20, async () => {
    await nodes.killNode('one')
    await sleep(WITHOUT_STANDBY_MS)
  })
  await during('back as the standby', 10, async () => {
    await nodes.startNode('one')
    await nodes.waitForLeader('two', 'one')
  })

  await during('etcd killed', 10, async () => {
    await nodes.killEtcd()
    await sleep(WITHOUT_ETCD_MS)
  })
  await during('etcd back', 10, async () => {
    await nodes.startEtcd()
    await nodes.waitForLeader('two', 'one')
  })
  await load.stop()

  await expectKept(b.till, member, load.sold)
  await expectDone(['verify', '--database-url', databaseUrl])
  say(
    `PostgreSQL ${tools.version}: ${load.sold.length} orders, ${load.repeated()} of them at a second try or later, all kept and none twice, the ledger verifies; no server was restarted.`,
  )

  /** What this costs: how long it takes, and the longest time in which no order was accepted, which must not be more than this. */
  async function during(what: string, atMostSeconds: number, work: () => Promise<void>): Promise<void> {
    await sleep(QUIET_MS)
    const at = performance.now()
    await work()
    const took = performance.now() - at
    await load.oneMore()
    await sleep(QUIET_MS)
    const pause = load.longestPauseMs(at)
    say(`${what}: ${seconds(took)}; the longest pause between two orders was ${seconds(pause)}`)
    check(pause < atMostSeconds * 1_000, `more than ${atMostSeconds} s`)
  }
} finally {
  await shop?.close()
  await nodes.stop()
  await rm(folder, { recursive: true, force: true })
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
