import { appendFile, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Records by id, in memory and in a file: what was put is there after a power cut. */
export interface Book<Entry extends { readonly id: string }> {
  get(id: string): Entry | undefined
  all(): IterableIterator<Entry>
  /** Resolves when the record is on disk. */
  put(record: Entry): Promise<void>
}

/**
 * One line of JSON for each change; the last one of an id counts. A line that a power cut has torn is the last one, and was never answered for. The file
 * is written anew at each opening, so that it grows with what is kept and not with what happened.
 */
export async function openBook<Entry extends { readonly id: string }>(file: string): Promise<Book<Entry>> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const records = new Map<string, Entry>()
  for (const line of (await readFile(file, 'utf8').catch(emptyWhenAbsent)).split('\n')) {
    const record = readLine<Entry>(line)
    if (record) records.set(record.id, record)
  }
  const draft = `${file}.draft`
  await writeDurably(draft, [...records.values()].map((record) => `${JSON.stringify(record)}\n`).join(''), 'w')
  await rename(draft, file)

  let last: Promise<void> = Promise.resolve()
  return {
    get: (id) => records.get(id),
    all: () => records.values(),
    put(record) {
      records.set(record.id, record)
      const write = last.then(() => writeDurably(file, `${JSON.stringify(record)}\n`, 'a'))
      // A write that failed is told to whoever asked for it; the next one tries again.
      last = write.catch(() => undefined)
      return write
    },
  }
}

async function writeDurably(file: string, text: string, flag: 'a' | 'w'): Promise<void> {
  const handle = await open(file, flag, 0o600)
  try {
    await appendFile(handle, text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function readLine<Entry>(line: string): Entry | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Entry)
  } catch {
    return undefined
  }
}

function emptyWhenAbsent(fault: NodeJS.ErrnoException): string {
  if (fault.code === 'ENOENT') return ''
  throw fault
}
