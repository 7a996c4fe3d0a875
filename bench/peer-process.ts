import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openOwner } from '../server/src/platform/database.ts'
import { startProgress } from '../server/src/platform/progress.ts'
import type { PeerShop } from './peer-load.ts'
import type { PeerName } from './peer-summary.ts'
import { type Cores, spawnOn } from './processes.ts'
import { end } from './product.ts'

const FOLDER = join(import.meta.dirname, 'peers')
/** As most libraries have it by themselves; eight customers never ask for more. */
const POOL_SIZE = 10
const TICK_MS = 1_000

/** A server that Regulars is measured against: `peers/<name>` has what is installed of it, and the file `<name>.js` that runs it. */
export interface Peer {
  readonly name: PeerName
  /** Whose version is told. */
  readonly package: string
  /** What its file is told to do before it is told to `serve`, each in a process of its own; what they all tell of themselves is put together. */
  readonly preparing: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** One row, one column `settled`: the orders that went all the way, with their discount, as its own tables have them. */
  readonly settledSql: string
}

/** A process that serves. */
export interface PeerServer {
  readonly name: PeerName
  readonly pid: number
  readonly port: number
  readonly shop: PeerShop
  countSettled(): Promise<number>
  stop(): Promise<void>
}

/** Brings what its `package-lock.json` names, unless it is there. */
export async function installPeer({ name }: Peer): Promise<void> {
  const folder = join(FOLDER, name)
  if (isInstalled(folder)) return
  const progress = startProgress({ label: `npm ci in bench/peers/${name}, seconds` })
  const ticking = setInterval(() => progress.advance(), TICK_MS)
  const child = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  }).finally(() => clearInterval(ticking))
  if (code !== 0) throw new Error(`${name} could not be installed: npm ci in bench/peers/${name} has failed, see above`)
  progress.done('installed')
}

function isInstalled(folder: string): boolean {
  const writtenAt = (file: string) => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs
  // npm writes it last.
  const installed = writtenAt('node_modules/.package-lock.json')
  return installed !== undefined && installed >= (writtenAt('package-lock.json') ?? Number.POSITIVE_INFINITY)
}

export function versionOf(peer: Peer): string {
  const text = readFileSync(join(FOLDER, peer.name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies[peer.package] ?? ''
}

/** Makes its database beside ours, in the same PostgreSQL, fills it, and starts it anew to serve, as one would. */
export async function startPeer(peer: Peer, ourUrl: string, cores: Cores | undefined): Promise<PeerServer> {
  const owner = openOwner(ourUrl, 'live')
  await owner.query('', `create database ${peer.name}`, []).finally(() => owner.close())
  const url = new URL(ourUrl)
  url.pathname = `/${peer.name}`
  const asked = { database: connectionOf(url), poolSize: POOL_SIZE }

  let told: object = {}
  for (const step of peer.preparing) {
    const child = start(peer, step, cores)
    told = { ...told, ...(await ask(peer, child, asked).finally(() => end(child))) }
  }
  const serving = start(peer, 'serve', cores)
  told = { ...told, ...(await ask(peer, serving, asked)) }
  const { port, ...shop } = told as Omit<PeerShop, 'kind'> & { port: number }
  return {
    ...{ name: peer.name, pid: serving.pid ?? 0, port, shop: { kind: peer.name, ...shop } as PeerShop },
    countSettled: () => countSettled(peer, url.href),
    stop: () => end(serving),
  }
}

/** Neither of them takes a URL whose host is the folder of a socket. */
function connectionOf(url: URL): object {
  const { hostname, port, username, password, pathname } = url
  const host = url.searchParams.get('host') ?? hostname
  return { host, port: Number(port), username, password, database: pathname.slice(1) }
}

function start({ name, env }: Peer, step: string, cores: Cores | undefined): ChildProcess {
  const command = [process.execPath, '--no-deprecation', join(FOLDER, name, `${name}.js`), step] as const
  return spawnOn(cores?.server, [...command], {
    env: { NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function ask({ name }: Peer, child: ChildProcess, asked: object): Promise<object> {
  const answer = await new Promise<{ done?: object; error?: string }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} has ended (${code})`)))
    child.once('message', (message) => resolve(message as { done?: object; error?: string }))
    child.send(asked)
  })
  child.removeAllListeners('exit')
  if (!answer.done) throw new Error(`${name}: ${answer.error}`)
  return answer.done
}

async function countSettled({ settledSql }: Peer, databaseUrl: string): Promise<number> {
  const owner = openOwner(databaseUrl, 'live')
  try {
    const [row] = await owner.query<{ settled: string }>('', settledSql, [])
    return Number(row?.settled)
  } finally {
    await owner.close()
  }
}
