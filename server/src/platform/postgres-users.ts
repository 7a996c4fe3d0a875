import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** One use of a running server. */
export interface Stay {
  /** Ends it; `stop` runs if nobody else is there, and whoever comes meanwhile waits until it has. */
  leave(stop: () => Promise<void>): Promise<void>
}

const LEAVING = '.leaving'
const POLL_MS = 10

/**
 * Lists a process among the users of a cluster, one file each. Who comes first writes that they are here and then looks whether somebody is leaving;
 * who leaves first writes that they do and then looks whether somebody is here: so at least one of the two sees the other, and nobody is handed a
 * server that is about to be stopped.
 */
export async function enter(usersDir: string): Promise<Stay> {
  await mkdir(usersDir, { recursive: true })
  const own = `${process.pid}.${await birthOf(process.pid)}.${randomUUID()}`
  const file = join(usersDir, own)
  await writeFile(file, '')
  while ((await livingIn(usersDir)).some((user) => user.endsWith(LEAVING))) await sleep(POLL_MS)
  return {
    async leave(stop) {
      const leaving = `${file}${LEAVING}`
      await rename(file, leaving)
      try {
        const others = (await livingIn(usersDir)).filter((user) => !user.endsWith(LEAVING))
        if (others.length === 0) await stop()
      } finally {
        await rm(leaving, { force: true })
      }
    },
  }
}

/** A process that was killed could not sign off. */
async function livingIn(usersDir: string): Promise<string[]> {
  const living: string[] = []
  for (const user of await readdir(usersDir)) {
    const [pid, birth] = user.split('.')
    if (isAlive(Number(pid)) && (await birthOf(Number(pid))) === birth) living.push(user)
    else await rm(join(usersDir, user), { force: true })
  }
  return living
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * When a process began, in the kernel's ticks: what tells it from a later one with the same number (in a container the numbers are the same after
 * every start). The 22nd field of its line, counted behind its name, which may hold blanks. Only Linux tells; elsewhere all are alike.
 */
async function birthOf(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
