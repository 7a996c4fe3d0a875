import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sale } from '../cart.ts'
import { createTill, type Till } from '../client.ts'
import { regulars, startServe, writeProgram } from '../command.ts'
import { freePort } from '../free-port.ts'
import { ACCOUNT, houseProgram } from '../programs.ts'
import { archiveLog, createCluster, findTools, prepareRestore, startCluster, stopCluster } from './cluster.ts'

/*
 * npm run test:restore: a backup is worth what its restore is. Takes a base backup of a PostgreSQL with pg_basebackup while orders come, goes on, makes a
 * mistake, and brings the database back to the moment before it: every order that was answered until then is there, none of those after it, and the
 * ledger verifies. Needs Debian's PostgreSQL.
 */

const ORDERS = 40
const say = (text: string) => process.stdout.write(`${text}\n`)

const tools = await findTools()
const folder = await mkdtemp(join(tmpdir(), 'regulars-restore-'))
await mkdir(join(folder, 'archive'))
if (process.getuid?.() === 0) await giveToPostgres([folder, join(folder, 'archive')])
const port = await freePort()
const databaseUrl = `postgres://regulars@127.0.0.1:${port}/postgres`
const product = { folder: await mkdtemp(join(tmpdir(), 'regulars-restore-keys-')), dataDir: '' }
let cluster: 'data' | 'restored' | undefined
try {
  await createCluster(tools, folder, port)
  await startCluster(tools, folder)
  cluster = 'data'
  Object.assign(product, { dataDir: product.folder })
  await writeFile(join(product.dataDir, 'master.key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  let server = await startServe(product, databaseUrl)
  await expectDone(['apply', await writeProgram(product.folder, houseProgram()), '--yes', '--database-url', databaseUrl])
  const made = await expectDone([
    ...['credential', 'create', '--account', ACCOUNT, '--json', '--database-url', databaseUrl],
    ...['--key-file', join(product.dataDir, 'master.key')],
  ])
  const credential = JSON.parse(made) as { apiKey: string; secret: string }
  let till = createTill({ ...credential, url: server.ready.url ?? '', accountId: ACCOUNT })
  const member = await till.newMember()

  const before = await sell(till, member, ORDERS)
  const backup = tools.run('pg_basebackup', [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-U',
    'regulars',
    '-D',
    join(folder, 'restored'),
    '-c',
    'fast',
  ])
  const during = await sell(till, member, ORDERS)
  await backup
  const after = await sell(till, member, ORDERS)
  await sleep(1_100)
  const moment = new Date()
  await sleep(1_100)
  const mistake = await sell(till, member, ORDERS)
  const balance = await till.points(member)
  await archiveLog(tools, folder, port)
  till.close()
  await server.stop()
  await stopCluster(tools, folder, 'data', 'immediate')
  cluster = undefined
  say(`${balance} points when the mistake was noticed; going back to ${moment.toISOString()}`)

  const start = performance.now()
  await prepareRestore(folder, port, moment)
  await startCluster(tools, folder, 'restored')
  cluster = 'restored'
  server = await startServe(product, databaseUrl)
  till = createTill({ ...credential, url: server.ready.url ?? '', accountId: ACCOUNT })
  const kept = [...before, ...during, ...after]
  const restored = await till.points(member)
  say(`restored and serving after ${Math.round(performance.now() - start)} ms: ${restored} points`)
  check(restored === kept.length, `there are ${restored} points; ${kept.length} were earned until then`)
  for (const { order, text } of kept)
    check((await till.order(member, 'completed', order)).text === text, `${order.id} is answered otherwise than before`)
  check((await till.points(member)) === kept.length, 'a repeat changed something')
  for (const { order } of mistake)
    check((await till.order(member, 'refunded', order)).http === 404, `${order.id} should not be there`)
  await expectDone(['verify', '--database-url', databaseUrl])
  say(`PostgreSQL ${tools.version}: ${kept.length} orders kept, ${mistake.length} taken back, the ledger verifies.`)
  till.close()
  await server.stop()
} finally {
  if (cluster) await stopCluster(tools, folder, cluster, 'immediate')
  await rm(folder, { recursive: true, force: true })
  await rm(product.folder, { recursive: true, force: true })
}

/** Orders of a dollar, each worth a point, with their answers. */
async function sell(till: Till, member: string, count: number) {
  const sold: { order: ReturnType<typeof sale>; text: string }[] = []
  for (let n = 0; n < count; n++) {
    const order = sale(1)
    const { http, text } = await till.order(member, 'completed', order)
    check(http === 200, text)
    sold.push({ order, text })
  }
  return sold
}

async function expectDone(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await regulars(args)
  check(code === 0, `${args[0]}: ${stdout}${stderr}`)
  return stdout
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

async function giveToPostgres(paths: readonly string[]): Promise<void> {
  const { execFileSync } = await import('node:child_process')
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres']).toString()))
  for (const path of paths) await chown(path, uid ?? 0, gid ?? 0)
}
