import { execFile } from 'node:child_process'
import { readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A PostgreSQL that serves a folder, as its postmaster.pid tells. */
export interface Server {
  readonly pid: number
  readonly port: number
  readonly socketDir: string
  readonly status: 'ready' | 'busy'
}

/** What the folders of our sockets are called, before something random. */
export const SOCKET_FOLDER = '/tmp/regulars-pg-'

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
  if (socketDir?.startsWith(SOCKET_FOLDER) && socketDir !== socketDirNow) await rm(socketDir, { recursive: true, force: true })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
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
