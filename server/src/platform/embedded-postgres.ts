import { chown, lstat, mkdtemp, open, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Cluster, prepareCluster, readLogEnd, spawnOn, USER } from './postgres-cluster.ts'
import {
  clearPidFile,
  findServer,
  removeSocketDir,
  removeStaleSocketDirs,
  type Server,
  SOCKET_FOLDER,
} from './postgres-server.ts'
import { enter, type Stay } from './postgres-users.ts'

/** A PostgreSQL of our own, for whoever has none. */
export interface EmbeddedPostgres {
  /** Over TCP on this machine, with a password: for any client. */
  readonly url: string
  /** Over a unix socket that only this user can reach: a fifth faster, for the server itself. */
  readonly socketUrl: string
  /** It was running already: a survivor of a process that was killed, or another process uses it too. */
  readonly attached: boolean
  /** Until `stop`: whenever it ends by itself or is killed, starts it again on the same port and socket, and says so. */
  supervise(report: (text: string) => void): void
  /** Shuts it down, unless another process still uses it. */
  stop(): Promise<void>
}

const DATABASE = 'regulars'
/** Recovery after a power cut replays at most `max_wal_size`. */
const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 30_000
const POLL_MS = 10
const WATCH_MS = 250
/**
 * It may lose its port to another program, or the race for the folder to a process that goes away again; and one that was killed leaves sessions
 * behind that take a moment to notice. Waits in between grow, to 0.75 s in all.
 */
const SPAWNS_MAX = 6
const SPAWN_DELAY_MS = 50
const LOG_BYTES_MAX = 16_000_000

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  max_connections: 100,
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  // Orders come in bursts: fewer, longer checkpoints.
  max_wal_size: '2GB',
  // As much of the log as a rush has written stays, to be written over by the next one: nobody waits for new segments then.
  min_wal_size: '256MB',
  // Vacuum comes often and has little to do each time, where once a minute it would have all of a rush to do.
  autovacuum_naptime: '10s',
  log_min_messages: 'warning',
  logging_collector: 'off',
}

/**
 * Starts PostgreSQL on a folder, made on first use, or attaches to the one that runs there. `fsync` is on: what was answered survives a power cut.
 * It keeps running when this process is killed, and the next start finds it.
 */
export async function startEmbeddedPostgres({
  dataDir,
  major,
  log = () => {},
}: {
  dataDir: string
  /** What a folder is made with on first use, as 15 for Debian's; otherwise what npm brought, or the newest of this machine. */
  major?: number
  log?: (text: string) => void
}): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(dataDir, log, major)
  await removeStaleSocketDirs(cluster.account?.uid)
  const stay = await enter(cluster.usersDir)
  try {
    const { server, urls, attached } = await startOrAttach(cluster)
    log(attached ? `attached to the PostgreSQL that runs in ${cluster.data}` : `PostgreSQL runs in ${cluster.data}`)
    return { ...urls, attached, ...keeperOf(cluster, server, stay) }
  } catch (error) {
    await stay.leave(async () => {})
    throw error
  }
}

/** Looks after a running server. */
function keeperOf(cluster: Cluster, first: Server, stay: Stay): Pick<EmbeddedPostgres, 'supervise' | 'stop'> {
  let server = first
  let timer: NodeJS.Timeout | undefined
  let watching: Promise<void> | undefined
  const watch = async (report: (text: string) => void) => {
    if ((await findServer(cluster.data))?.pid === server.pid) return
    report('PostgreSQL has ended: starting it again')
    server = (await startOrAttach(cluster, server)).server
  }
  return {
    supervise(report) {
      const look = () => {
        watching ??= watch(report)
          .catch((error: Error) => report(error.message))
          .finally(() => {
            watching = undefined
          })
      }
      timer ??= setInterval(look, WATCH_MS).unref()
    },
    async stop() {
      clearInterval(timer)
      await watching
      await stay.leave(() => stopServer(cluster, server))
    },
  }
}

interface Urls {
  readonly url: string
  readonly socketUrl: string
}

/** Where a server listens. */
type Address = Pick<Server, 'port' | 'socketDir'>

/**
 * PostgreSQL itself is the judge when several processes come at once: it refuses a folder that another one serves. So: look who serves; if nobody
 * does, start one; and if that one gives way to another, look again.
 */
async function startOrAttach(cluster: Cluster, like?: Address): Promise<{ server: Server; urls: Urls; attached: boolean }> {
  const deadline = Date.now() + START_TIMEOUT_MS
  let socketDir = like?.socketDir
  let spawned: Spawned | undefined
  for (let spawns = 0; Date.now() < deadline; await sleep(POLL_MS)) {
    const server = await findServer(cluster.data)
    if (server?.status === 'ready') {
      const urls = await openDatabaseOf(server, cluster)
      if (urls) {
        if (socketDir !== undefined && socketDir !== server.socketDir) await removeSocketDir(socketDir)
        return { server, urls, attached: server.pid !== spawned?.pid }
      }
    }
    if (server || spawned?.runs()) continue
    if (spawns === SPAWNS_MAX) break
    await sleep(spawns * SPAWN_DELAY_MS)
    spawns += 1
    socketDir = await makeSocketDir(cluster, socketDir)
    spawned = await spawnServer(cluster, { port: like?.port ?? (await freePort()), socketDir })
  }
  if (socketDir !== undefined) await removeSocketDir(socketDir)
  throw new Error(`the embedded PostgreSQL did not start. The end of ${cluster.logFile}:\n${await readLogEnd(cluster.logFile)}`)
}

interface Spawned {
  readonly pid: number | undefined
  runs(): boolean
}

async function spawnServer(cluster: Cluster, { port, socketDir }: Address): Promise<Spawned> {
  await clearPidFile(cluster.data, socketDir)
  await setLogAside(cluster.logFile)
  const settings = Object.entries({ ...SETTINGS, port, unix_socket_directories: socketDir })
  const log = await open(cluster.logFile, 'a', 0o600)
  try {
    const child = await spawnOn(cluster.data, cluster, {
      name: 'postgres',
      settings: settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      output: log.fd,
    })
    child.unref()
    return { pid: child.pid, runs: () => child.exitCode === null && child.signalCode === null }
  } finally {
    await log.close()
  }
}

/**
 * The path of a socket may have 107 bytes (103 on macOS), so it lies right under /tmp and not in the data folder; only its owner may enter. `wanted`:
 * the one that was used before, unless somebody has tidied it away: its name is known by now, and anybody could make it.
 */
async function makeSocketDir({ account }: Cluster, wanted: string | undefined): Promise<string> {
  const found = wanted === undefined ? undefined : await lstat(wanted).catch(() => undefined)
  const owner = account?.uid ?? process.getuid?.()
  if (wanted !== undefined && found?.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return wanted
  const folder = await mkdtemp(SOCKET_FOLDER)
  if (account) await chown(folder, account.uid, account.gid)
  if (wanted === undefined || found) return folder
  // Fails, as it should, if the name has been taken meanwhile: an empty folder of somebody else's cannot be replaced under /tmp.
  await rename(folder, wanted)
  return wanted
}

/** Makes what a first start lacks. Undefined when the server went away or is not ready to be asked. */
async function openDatabaseOf({ port, socketDir }: Server, { password }: Cluster): Promise<Urls | undefined> {
  const client = new pg.Client({ host: socketDir, port, user: USER, database: 'postgres' })
  client.on('error', () => {})
  try {
    await client.connect()
    await prepareDatabase(client, password)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (/^(57P|E[A-Z]+$)/.test(code) || /terminated/.test((error as Error).message)) return undefined
    throw error
  } finally {
    await client.end().catch(() => {})
  }
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    socketUrl: `postgres://${USER}@localhost:${port}/${DATABASE}?host=${encodeURIComponent(socketDir)}`,
  }
}

async function prepareDatabase(client: pg.Client, password: string): Promise<void> {
  const { rows } = await client.query(
    `select (select rolpassword is null from pg_authid where rolname = $1) as "lacksPassword",
       not exists (select from pg_database where datname = $2) as "lacksDatabase"`,
    [USER, DATABASE],
  )
  // Attaching processes meet here: duplicate database, duplicate key, row updated by the other.
  const unlessDone = (error: { code?: string }) => {
    if (!['42P04', '23505', 'XX000'].includes(error.code ?? '')) throw error
  }
  if (rows[0]?.lacksPassword) {
    await client.query(`alter role ${USER} password ${client.escapeLiteral(password)}`).catch(unlessDone)
  }
  if (rows[0]?.lacksDatabase) await client.query(`create database ${DATABASE}`).catch(unlessDone)
}

/** SIGINT is PostgreSQL's fast shutdown: sessions end, everything is written, and the pid file goes last. */
async function stopServer({ data }: Cluster, { pid, socketDir }: Server): Promise<void> {
  const runs = async () => (await findServer(data))?.pid === pid
  if (await runs()) process.kill(pid, 'SIGINT')
  // Not until the process is gone: after an attach its parent is another, which may never ask what became of it.
  for (const deadline = Date.now() + STOP_TIMEOUT_MS; await runs(); await sleep(POLL_MS)) {
    if (Date.now() > deadline) {
      throw new Error(
        `the embedded PostgreSQL (pid ${pid}) has not stopped within ${STOP_TIMEOUT_MS / 1000} s; it goes on stopping`,
      )
    }
  }
  await removeSocketDir(socketDir)
}

async function setLogAside(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => undefined)
  if (found && found.size > LOG_BYTES_MAX) await rename(logFile, `${logFile}.old`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  return typeof address === 'object' && address ? address.port : 0
}
