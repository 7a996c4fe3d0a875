import { randomUUID } from 'node:crypto'
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, uptime } from 'node:os'
import { join } from 'node:path'

/** Whoever holds a lock says so this often; only holders on another host are judged by it. */
const BEAT_MS = 10_000
const STALE_MS = 60_000
/** Two that begin at the same instant see each other and both step back; they come again at different instants. */
const TRIES = 5

/**
 * A lock that ends with its process. Each holder has a file of its own name, made before it looks at the others', so of two that begin at once at least one sees the
 * other; and nobody takes away a file whose process lives, so there is no moment at which a lock that was taken over can be taken over again. (A single lock file has
 * that moment, between seeing that its owner is dead and replacing it.)
 * @returns how to release it, or who has it.
 */
export async function takeLock(folder: string, name: string): Promise<(() => Promise<void>) | string> {
  for (let attempt = 1; ; attempt += 1) {
    const file = join(folder, `${name}.${randomUUID()}.lock`)
    await writeFile(file, JSON.stringify({ pid: process.pid, start: await startOf(process.pid), host: hostname() }), {
      flag: 'wx',
      mode: 0o600,
    })
    const other = await livingHolder(folder, name, file)
    if (other === undefined) return held(file)
    await rm(file, { force: true })
    if (attempt === TRIES) return other
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt))
  }
}

function held(file: string): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => undefined)
  }, BEAT_MS)
  beat.unref()
  return async () => {
    clearInterval(beat)
    await rm(file, { force: true })
  }
}

async function livingHolder(folder: string, name: string, own: string): Promise<string | undefined> {
  const files = (await readdir(folder))
    .filter((other) => other.startsWith(`${name}.`) && other.endsWith('.lock'))
    .map((other) => join(folder, other))
  for (const file of files) {
    if (file === own) continue
    const holder = await readHolder(file)
    if (holder !== undefined) return holder
    await rm(file, { force: true })
  }
  return undefined
}

/** Who holds a lock, in words; undefined when its process is gone. */
async function readHolder(file: string): Promise<string | undefined> {
  const [text, age] = await Promise.all([readFile(file, 'utf8').catch(() => undefined), ageMs(file)])
  if (text === undefined || age === undefined) return undefined
  const owner = parsed(text)
  // Being written at this moment; or torn by a power loss, and then older than this run of the machine.
  if (owner === undefined) return age < STALE_MS && age < uptime() * 1000 ? 'a process that is just beginning' : undefined
  if (owner.host !== hostname()) return age < STALE_MS ? `process ${owner.pid} on ${owner.host}` : undefined
  if (age > uptime() * 1000 + BEAT_MS || !isAlive(owner.pid)) return undefined
  return (await startOf(owner.pid)) === owner.start
    ? owner.pid === process.pid
      ? 'another call of this process'
      : `process ${owner.pid}`
    : undefined
}

interface Owner {
  readonly pid: number
  /** When it was started, by the kernel's own count: a process id is given again, and after a reboot soon. */
  readonly start: string
  readonly host: string
}

function parsed(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process lives, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Boot and start time where the kernel tells them (Linux); elsewhere the process id alone has to do. */
async function startOf(pid: number): Promise<string> {
  try {
    const [boot, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    // The name, in brackets, may hold blanks; the start is the twentieth field after it.
    return `${boot.trim()}/${status.slice(status.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return ''
  }
}

async function ageMs(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => undefined,
  )
}
