import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openOwner } from '../server/src/platform/database.ts'
import { startProgress } from '../server/src/platform/progress.ts'
import type { VendureShop } from './peer-load.ts'
import { type Cores, spawnOn } from './processes.ts'
import { end } from './product.ts'

const FOLDER = join(import.meta.dirname, 'peers')
const DATABASE = 'vendure'
/** As TypeORM would have it by itself; eight customers never ask for more. */
const POOL_SIZE = 10
const TICK_MS = 1_000

/** A process that serves. */
export interface Vendure {
  readonly pid: number
  readonly port: number
  readonly shop: VendureShop
  readonly databaseUrl: string
  stop(): Promise<void>
}

/** Brings what `peers/package-lock.json` names, unless it is there. */
export async function installPeers(): Promise<void> {
  if (isInstalled()) return
  const progress = startProgress({ label: 'npm ci in bench/peers, seconds' })
  const ticking = setInterval(() => progress.advance(), TICK_MS)
  const child = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  }).finally(() => clearInterval(ticking))
  if (code !== 0) throw new Error('the peers could not be installed: npm ci in bench/peers has failed, see above')
  progress.done('installed')
}

function isInstalled(): boolean {
  const writtenAt = (file: string) => statSync(join(FOLDER, file), { throwIfNoEntry: false })?.mtimeMs
  // npm writes it last.
  const installed = writtenAt('node_modules/.package-lock.json')
  return installed !== undefined && installed >= (writtenAt('package-lock.json') ?? Number.POSITIVE_INFINITY)
}

export const vendureVersion = (): string =>
  (JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }).dependencies[
    '@vendure/core'
  ] ?? ''

/** Makes its database beside ours, in the same PostgreSQL, fills it, and starts it anew to serve, as one would. */
export async function startVendure(ourUrl: string, cores: Cores | undefined): Promise<Vendure> {
  const owner = openOwner(ourUrl, 'live')
  await owner.query('', `create database ${DATABASE}`, []).finally(() => owner.close())
  const url = new URL(ourUrl)
  url.pathname = `/${DATABASE}`
  const asked = { database: connectionOf(url), poolSize: POOL_SIZE }

  const preparing = start('prepare', cores)
  await ask(preparing, asked).finally(() => end(preparing))
  const serving = start('serve', cores)
  const { port, ...shop } = (await ask(serving, asked)) as Omit<VendureShop, 'kind'> & { port: number }
  return {
    ...{ pid: serving.pid ?? 0, port, shop: { kind: 'vendure', ...shop }, databaseUrl: url.href },
    stop: () => end(serving),
  }
}

/** TypeORM takes no URL whose host is the folder of a socket. */
function connectionOf(url: URL): object {
  const { hostname, port, username, password } = url
  return { host: url.searchParams.get('host') ?? hostname, port: Number(port), username, password, database: DATABASE }
}

function start(mode: 'prepare' | 'serve', cores: Cores | undefined): ChildProcess {
  const command = [process.execPath, '--no-deprecation', join(FOLDER, 'vendure.js'), mode] as const
  const env = { NODE_ENV: 'production', VENDURE_DISABLE_TELEMETRY: 'true' }
  return spawnOn(cores?.server, [...command], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

async function ask(child: ChildProcess, asked: object): Promise<object> {
  const answer = await new Promise<{ done?: object; error?: string }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Vendure has ended (${code})`)))
    child.once('message', (message) => resolve(message as { done?: object; error?: string }))
    child.send(asked)
  })
  child.removeAllListeners('exit')
  if (!answer.done) throw new Error(`Vendure: ${answer.error}`)
  return answer.done
}

/** Orders that went all the way, as its own tables have them: settled, paid in full, by the promotion's coupon, for less than their lines cost. */
export async function countSettled(databaseUrl: string): Promise<number> {
  const owner = openOwner(databaseUrl, 'live')
  try {
    const [row] = await owner.query<{ settled: string }>(
      '',
      `select count(*) as settled from public."order" o
       where o.state = 'PaymentSettled' and not o.active
         and exists (select from public.order_promotions_promotion p where p."orderId" = o.id)
         and o."subTotal" = (
           select sum(l.quantity * l."listPrice") - round(sum(l.quantity * l."listPrice") * 0.1) from public.order_line l where l."orderId" = o.id)
         and (select sum(p.amount) from public.payment p where p."orderId" = o.id and p.state = 'Settled') = o."subTotalWithTax" + o."shippingWithTax"`,
      [],
    )
    return Number(row?.settled)
  } finally {
    await owner.close()
  }
}
