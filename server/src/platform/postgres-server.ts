import { execFile } from 'node:child_process'
import { lstat, readdir, readFile, readlink, rm, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isAlive } from './postgres-users.ts'

/** A PostgreSQL that serves a folder, as its postmaster.pid tells. */
export interface Server {
  readonly pid: number
  readonly port: number
  readonly socketDir: string
  readonly status: 'ready' | 'busy'
}

/** What the folders of our sockets are called, before something random. */
export const SOCKET_FOLDER = '/tmp/regulars-pg-'
const SOCKET_FILE = /^\.s\.PGSQL\.\d+(\.lock)?$/
/** Longer than a start takes. */
const EMPTY_KEPT_MS = 600_000

/**
 * The server that postmaster.pid names, if it lives. Lines: 1 its pid, 4 its port, 5 the folder of its socket, 8 how it is (`starting`, `ready`,
 * `stopping`); a server that is just starting has not written them all.
 */
export async function findServer(data: string): Promise<Server | undefined> {
  const lines = await readPidFile(data)
  const pid = Number(lines[0])
  if (!(await isServerOf(pid, data))) return undefined
  return { pid, port: Number(lines[3]), socketDir: lines[4] ?? '', status: lines[7]?.trim() === 'ready' ? 'ready' : 'busy' }
}

/**
 * Clears up after a server that was killed. PostgreSQL itself replaces a postmaster.pid whose process has died, unless the number belongs to some other
 * program by now (in a container it usually does): then it believes that its predecessor lives. Even so the file is not removed, since by its other
 * lines PostgreSQL notices sessions that have outlived their server; the number becomes ours, which PostgreSQL knows as that of its parent.
 * `socketDirNow` is the folder that the next server will use.
 */
export async function clearPidFile(data: string, socketDirNow: string): Promise<void> {
  const [first, ...lines] = await readPidFile(data)
  const pid = Number(first)
  if (!(pid > 0) || (await isServerOf(pid, data))) return
  if (isAlive(pid)) await writeFile(join(data, 'postmaster.pid'), [process.pid, ...lines].join('\n'))
  const socketDir = lines[3]
  if (socketDir?.startsWith(SOCKET_FOLDER) && socketDir !== socketDirNow) await removeSocketDir(socketDir)
}

/** Anybody may put something into /tmp, and we may be root: nothing is removed but a socket, its lock, and then the empty folder. */
export async function removeSocketDir(socketDir: string): Promise<void> {
  for (const name of await readdir(socketDir).catch(() => [])) {
    if (SOCKET_FILE.test(name)) await rm(join(socketDir, name), { force: true })
  }
  await rmdir(socketDir).catch(() => {})
}

/**
 * Removes the folders that killed servers have left, of whatever cluster, since the cluster may be gone as well. `account`: whom servers run as, where
 * it is not the user of this process.
 */
export async function removeStaleSocketDirs(account = process.getuid?.()): Promise<void> {
  const names = await readdir(dirname(SOCKET_FOLDER)).catch(() => [])
  const folders = names
    .filter((name) => name.startsWith(basename(SOCKET_FOLDER)))
    .map((name) => join(dirname(SOCKET_FOLDER), name))
  for (const folder of folders) if (await isStale(folder, account)) await removeSocketDir(folder)
}

/** PostgreSQL's lock beside its socket begins with its pid; a folder without one may belong to a server that is just starting. */
async function isStale(folder: string, account: number | undefined): Promise<boolean> {
  try {
    const { uid, mtimeMs } = await lstat(folder)
    if (uid !== account) return false
    const lock = (await readdir(folder)).find((name) => name.endsWith('.lock'))
    if (lock === undefined) return Date.now() - mtimeMs > EMPTY_KEPT_MS
    return !isAlive(Number.parseInt(await readFile(join(folder, lock), 'utf8'), 10))
  } catch {
    return false
  }
}

async function readPidFile(data: string): Promise<string[]> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n')
}

/** A pid may have been given to another program since. PostgreSQL works in the folder it serves. */
async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!(pid > 0) || !isAlive(pid)) return false
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === data
  const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.includes(data)
}
