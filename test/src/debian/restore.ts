import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { archiveLog, createCluster, findTools, prepareRestore, startCluster, stopCluster } from './cluster.ts'
import { check, createFolder, createShop, expectDone, expectKept, giveToPostgres, type Shop, say, sell } from './shop.ts'

/*
 * npm run test:restore: a backup is worth what its restore is. Takes a base backup of a PostgreSQL with pg_basebackup while orders come, goes on, makes a
 * mistake, and brings the database back to the moment before it: every order that was answered until then is there, none of those after it, and the
 * ledger verifies. Needs Debian's PostgreSQL.
 */

const ORDERS = 40

const tools = await findTools()
const folder = await createFolder('regulars-restore-')
await mkdir(join(folder, 'archive'))
if (process.getuid?.() === 0) await giveToPostgres(join(folder, 'archive'))
const port = await freePort()
const databaseUrl = `postgres://regulars@127.0.0.1:${port}/postgres`
let shop: Shop | undefined
let cluster: 'data' | 'restored' | undefined
try {
  await createCluster(tools, folder, { port, archive: true })
  await startCluster(tools, folder)
  cluster = 'data'
  shop = await createShop(databaseUrl)
  const first = await shop.open(databaseUrl)
  const member = await first.till.newMember()

  const before = await sell(first.till, member, ORDERS)
  const backup = tools.copy(port, join(folder, 'restored'))
  const during = await sell(first.till, member, ORDERS)
  await backup
  const after = await sell(first.till, member, ORDERS)
  await sleep(1_100)
  const moment = new Date()
  await sleep(1_100)
  const mistake = await sell(first.till, member, ORDERS)
  const balance = await first.till.points(member)
  await archiveLog(tools, folder, port)
  await first.close()
  await stopCluster(tools, folder, 'data', 'immediate')
  cluster = undefined
  say(`${balance} points when the mistake was noticed; going back to ${moment.toISOString()}`)

  const start = performance.now()
  await prepareRestore(folder, port, moment)
  await startCluster(tools, folder, 'restored')
  cluster = 'restored'
  const second = await shop.open(databaseUrl)
  const kept = [...before, ...during, ...after]
  const restored = await second.till.points(member)
  say(`restored and serving after ${Math.round(performance.now() - start)} ms: ${restored} points`)
  await expectKept(second.till, member, kept)
  for (const { order } of mistake)
    check((await second.till.order(member, 'refunded', order)).http === 404, `${order.id} should not be there`)
  await expectDone(['verify', '--database-url', databaseUrl])
  say(`PostgreSQL ${tools.version}: ${kept.length} orders kept, ${mistake.length} taken back, the ledger verifies.`)
} finally {
  await shop?.close()
  if (cluster) await stopCluster(tools, folder, cluster, 'immediate')
  await rm(folder, { recursive: true, force: true })
}
