import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, chmod, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Account, type Binaries, findBinaries, isReachable, postgresAccount } from './postgres-binaries.ts'

/** A PostgreSQL of our own, for whoever has none. */
export interface EmbeddedPostgres {
  /** Over TCP on this machine, with a password: for any client. */
  readonly url: string
  /** Over a unix socket that only this user can reach: a fifth faster, for the server itself. */
  readonly socketUrl: string
  /** It was running already: a survivor of a process that was killed. */
  readonly attached: boolean
  /** Starts it again, on the same port and socket, whenever it ends by itself or is killed; until `stop`. */
  supervise(report: (text: string) => void): void
  stop(): Promise<void>
}

const USER = 'regulars'
const DATABASE = 'regulars'
const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 10_000
/** Two processes may start on one folder: the second waits this long for the first to finish. */
const LOCK_TIMEOUT_MS = 60_000

/**
 * Starts PostgreSQL on a folder, made on first use, or attaches to the one that runs there. `fsync` is on: what was answered survives a power cut.
 * It keeps running when this process is killed, and the next start finds it.
 */
export async function startEmbeddedPostgres({ dataDir }: { dataDir: string }): Promise<EmbeddedPostgres> {
  const account = await postgresAccount()
  const home = resolve(dataDir)
  await mkdir(home, { recursive: true })
  const data = await clusterFolder(home, account)
  const release = await lockFolder(home)
  try {
    const survivor = await findSurvivor(data)
    const binaries = await findBinaries(account)
    const password = await ensureCluster(home, data, binaries, account)
    const running = survivor ?? (await startServer(data, binaries, account, join(home, 'pg.log')))
    const database = await waitUntilReady(running, password, join(home, 'pg.log'))
    return { ...database, attached: survivor !== undefined, ...keeper(running, (server) => startServer(data, binaries, account, join(home, 'pg.log'), server), data) }
  } finally {
    await release()
  }
}

interface Server {
  readonly pid: number
  readonly port: number
  readonly socketDir: string
}

const WATCH_MS = 250

/** Watches over a running server: a process that is killed takes its shared memory a moment to free, so starting again may need several tries. */
function keeper(first: Server, restart: (like: Server) => Promise<Server>, data: string): Pick<EmbeddedPostgres, 'supervise' | 'stop'> {
  let running = first
  let timer: NodeJS.Timeout | undefined
  let restarting: Promise<void> | undefined
  const watch = (report: (text: string) => void) => {
    if (isAlive(running.pid) || restarting) return
    report('PostgreSQL has ended: starting it again')
    restarting = restart(running)
      .then(
        (server) => {
          running = server
        },
        (error: unknown) => report(`PostgreSQL did not start: ${error instanceof Error ? error.message : error}`),
      )
      .finally(() => {
        restarting = undefined
      })
  }
  return {
    supervise(report) {
      timer ??= setInterval(() => watch(report), WATCH_MS).unref()
    },
    async stop() {
      clearInterval(timer)
      await restarting
      await stopServer(running.pid, data)
    },
  }
}

/**
 * The cluster lies in `<dataDir>/pg`. As root its files belong to another account, which must be able to walk there: folders of root on the way are
 * opened for passing through (not for reading); a way that is closed by somebody else is refused with what would help.
 */
async function clusterFolder(home: string, account: Account | null): Promise<string> {
  const data = join(home, 'pg')
  if (!account) return data
  await chmod(home, ((await stat(home)).mode & 0o777) | 0o011)
  if (await isReachable(home, account)) return data
  throw new Error(
    `PostgreSQL runs as ${account.name} here (it refuses root), and ${account.name} cannot reach ${home}. Use --data-dir with a folder outside of /root and of private folders, for example /var/lib/regulars, or start as another user.`,
  )
}

async function ensureCluster(home: string, data: string, binaries: Binaries, account: Account | null): Promise<string> {
  const passwordFile = join(home, 'pg-password')
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version !== undefined) {
    const major = await majorOf(binaries, account)
    if (Number(version) !== major) {
      throw new Error(`${data} was made by PostgreSQL ${version.trim()}, and the one at hand is ${major}. Install the version it was made with, or start with an empty --data-dir and import.`)
    }
    return (await readFile(passwordFile, 'utf8')).trim()
  }
  const password = randomBytes(24).toString('base64url')
  // A folder without PG_VERSION is what an interrupted first start left behind.
  await rm(data, { recursive: true, force: true })
  await mkdir(data, { mode: 0o700 })
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account) {
    await chown(data, account.uid, account.gid)
    await chown(passwordFile, account.uid, account.gid)
  }
  const options = ['-D', data, '-U', USER, '--locale=C', '--encoding=UTF8', '--auth-local=trust', '--auth-host=scram-sha-256', `--pwfile=${passwordFile}`]
  await run(binaries, 'initdb', options, account)
  return password
}

async function startServer(data: string, binaries: Binaries, account: Account | null, logFile: string, like?: Server): Promise<Server> {
  await removeStalePid(data)
  const port = like?.port ?? (await freePort())
  const socketDir = await makeSocketDir(port, account)
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0777',
    max_connections: 200,
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    // Orders come in bursts: fewer, longer checkpoints.
    max_wal_size: '2GB',
    log_min_messages: 'warning',
    logging_collector: 'off',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = await open(logFile, 'a', 0o600)
  try {
    const child = spawn(join(binaries.bin, 'postgres'), ['-D', data, ...options], { ...spawnAs(binaries, account), detached: true, stdio: ['ignore', log.fd, log.fd] })
    await new Promise<void>((started, failed) => child.once('spawn', started).once('error', failed))
    child.unref()
    return { pid: child.pid ?? 0, port, socketDir }
  } finally {
    await log.close()
  }
}

/** A path of PostgreSQL's socket may have 107 bytes, so it lies under /tmp and not in the data folder; only its owner may enter. */
async function makeSocketDir(port: number, account: Account | null): Promise<string> {
  const folder = join(process.platform === 'win32' ? tmpdir() : '/tmp', `regulars-pg-${process.getuid?.() ?? 0}-${port}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o700 })
  if (account) await chown(folder, account.uid, account.gid)
  return folder
}

/** The server that postmaster.pid names, if it lives: line 1 its pid, 4 its port, 5 the folder of its socket. */
async function findSurvivor(data: string): Promise<Server | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const [pid, port, socketDir] = [Number(lines[0]), Number(lines[3]), lines[4] ?? '']
  return pid > 0 && port > 0 && socketDir !== '' && (await isPostgresOf(pid, data)) ? { pid, port, socketDir } : undefined
}

/** A pid may have been given to another program since. */
async function isPostgresOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return command === undefined || command.includes(data)
}

async function removeStalePid(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  if (pid > 0 && !(await isPostgresOf(pid, data))) await rm(file, { force: true })
}

async function waitUntilReady({ pid, port, socketDir }: Server, password: string, logFile: string): Promise<{ url: string; socketUrl: string }> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const client = new pg.Client({ host: socketDir, port, user: USER, database: 'postgres' })
    try {
      await client.connect()
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
      if (rowCount === 0) await client.query(`create database ${DATABASE}`)
      break
    } catch (error) {
      if (!isAlive(pid) || Date.now() > deadline) {
        const log = (await readFile(logFile, 'utf8').catch(() => '')).split('\n').slice(-12).join('\n')
        throw new Error(`the embedded PostgreSQL did not start. The end of ${logFile}:\n${log}`, { cause: error })
      }
      await sleep(15)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    socketUrl: `postgres://${USER}@localhost:${port}/${DATABASE}?host=${encodeURIComponent(socketDir)}`,
  }
}

/** SIGINT is PostgreSQL's fast shutdown: sessions end, everything is written. */
async function stopServer(pid: number, data: string): Promise<void> {
  if (!(await isPostgresOf(pid, data))) return
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`the embedded PostgreSQL (pid ${pid}) did not stop within ${STOP_TIMEOUT_MS / 1000} s`)
    await sleep(10)
  }
}

/** One process at a time prepares a folder. A lock whose holder has died is taken over. */
async function lockFolder(home: string): Promise<() => Promise<void>> {
  const file = join(home, 'pg-start.lock')
  const deadline = Date.now() + LOCK_TIMEOUT_MS
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => '0'))
    if (holder > 0 && !isAlive(holder)) await rm(file, { force: true })
    else if (Date.now() > deadline) throw new Error(`another process (pid ${holder}) has been starting PostgreSQL in ${home} for too long; if there is none, remove ${file}`)
    else await sleep(20)
  }
}

async function majorOf(binaries: Binaries, account: Account | null): Promise<number> {
  return Number.parseInt((await run(binaries, 'postgres', ['--version'], account)).replace(/^\D+/, ''), 10)
}

async function run(binaries: Binaries, program: string, options: readonly string[], account: Account | null): Promise<string> {
  const child = spawn(join(binaries.bin, program), options, { ...spawnAs(binaries, account), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (output += text))
  const code = await new Promise<number | null>((ended, failed) => child.once('close', ended).once('error', failed))
  if (code !== 0) throw new Error(`${program} failed (exit code ${code}):\n${output}`)
  return output
}

function spawnAs(binaries: Binaries, account: Account | null): { env: NodeJS.ProcessEnv; cwd: string; uid?: number; gid?: number } {
  const env = { PATH: process.env.PATH, LANG: 'C', TZ: 'UTC', ...(binaries.lib && { LD_LIBRARY_PATH: binaries.lib }) }
  return { env, cwd: '/', ...(account && { uid: account.uid, gid: account.gid }) }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  return typeof address === 'object' && address ? address.port : 0
}
