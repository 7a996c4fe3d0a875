import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { JournalError } from '../errors.ts'
import { type Journal, lockedError } from '../journal.ts'
import { takeLock } from './process-lock.ts'

const ENTRY = '.entry'
/** A file system allows 255 bytes; a name longer than this becomes a digest, and its key is read from the file. */
const NAME_MAX = 180

/**
 * A journal in a folder: one small file an entry, written beside, synced and then renamed into place, so that a power loss leaves the old text or the new one and never
 * half of either. Several processes may share it; the folder must be on a disk of this machine's own.
 * @example
 * import { Regulars } from '@regulars/sdk'
 * import { fileJournal } from '@regulars/sdk/node'
 * const client = new Regulars({ apiKey, secret, accountId, baseUrl, journal: fileJournal(folder) })
 * console.log(await client.orders.unfinished())
 */
export function fileJournal(folder: string): Journal {
  const ready = once(() => mkdir(folder, { recursive: true }))
  const fileOf = (key: string) => join(folder, nameOf(key))
  return {
    put: (key, text) =>
      faults(folder, async () => {
        await ready()
        const file = fileOf(key)
        const beside = `${file}.${randomUUID()}.part`
        try {
          await writeSynced(beside, `${JSON.stringify({ key })}\n${text}`)
          await rename(beside, file)
        } catch (error) {
          await rm(beside, { force: true }).catch(() => undefined)
          throw error
        }
        await syncFolder(folder)
      }),
    get: (key) => faults(folder, async () => (await readEntry(fileOf(key)))?.text),
    remove: (key) =>
      faults(folder, async () => {
        await rm(fileOf(key), { force: true })
        await ready()
        await syncFolder(folder)
      }),
    keys: (prefix) =>
      faults(folder, async () => {
        await ready()
        const names = (await readdir(folder)).filter((name) => name.endsWith(ENTRY))
        const keys = await Promise.all(names.map((name) => keyOf(folder, name)))
        return keys.filter((key) => key?.startsWith(prefix) === true).sort() as string[]
      }),
    lock: (name) =>
      faults(folder, async () => {
        await ready()
        const held = await takeLock(folder, digest(name))
        if (typeof held === 'string') throw lockedError(name, held)
        return held
      }),
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  // Sales of named people: nobody else's to read.
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A rename is kept when its folder is. Windows can neither open a folder nor needs to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The text of an entry. A damaged one (a disk that lies about syncing) has no head; its text is what is there, for its reader to judge. */
async function readEntry(file: string): Promise<{ key: string | undefined; text: string } | undefined> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (content === undefined) return undefined
  const end = content.indexOf('\n')
  try {
    const { key } = JSON.parse(content.slice(0, end)) as { key: string }
    return { key, text: content.slice(end + 1) }
  } catch {
    return { key: undefined, text: content }
  }
}

/**
 * A key as a file name that means the same on every file system: those of Windows and macOS do not tell `a` from `A`, so capitals are written as their bytes,
 * like everything that is no letter, digit or hyphen.
 */
function nameOf(key: string): string {
  const name = [...key].map((character) => (/[a-z0-9-]/.test(character) ? character : bytesOf(character))).join('')
  return (name.length > NAME_MAX ? `long.${digest(key)}` : name) + ENTRY
}

async function keyOf(folder: string, name: string): Promise<string | undefined> {
  const stem = name.slice(0, -ENTRY.length)
  if (stem.startsWith('long.')) return (await readEntry(join(folder, name)))?.key
  const bytes = stem.replace(/_([0-9a-f]{2})/g, (_, hex: string) => `%${hex}`)
  return decodeURIComponent(bytes)
}

const bytesOf = (character: string): string => Buffer.from(character).toString('hex').replace(/../g, '_$&')
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)

/** Disk full, no right to write, no such place: said once, with the folder. */
async function faults<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof JournalError) throw cause
    throw new JournalError(
      `The journal in ${folder} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}. Look at the disk's free space and at the rights of this user.`,
      {
        reason: 'journal',
        retryable: true,
        cause,
      },
    )
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined
      throw error
    })
    return done
  }
}
