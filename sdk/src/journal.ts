import { JournalError } from './errors.ts'

/**
 * Where sessions and the outbox keep what must survive: texts under keys. Five functions, so that a file system, SQLite, Redis or IndexedDB
 * fit. Bring your own, or use `fileJournal` of `@regulars/sdk/node`.
 */
export interface Journal {
  /** Keeps a text under a key, in place of what was there. When it resolves, the text survives a power loss. */
  put(key: string, text: string): Promise<void>
  /** The text under a key; undefined where there is none. */
  get(key: string): Promise<string | undefined>
  /** Forgets a key. To forget it twice is harmless. */
  remove(key: string): Promise<void>
  /** The keys that start so, in ascending order of their characters. */
  keys(prefix: string): Promise<string[]>
  /** Takes a name for this holder alone, until released; throws a JournalError at once when somebody else, in any process, has it. */
  lock(name: string): Promise<() => Promise<void>>
}

/**
 * A journal that lasts as long as the process: for tests, and for runtimes where nothing can be kept.
 * @example
 * import { memoryJournal } from '@regulars/sdk'
 * const journal = memoryJournal()
 * await journal.put('a', 'kept')
 * console.log(await journal.get('a')) // kept
 */
export function memoryJournal(): Journal {
  const texts = new Map<string, string>()
  const locked = new Set<string>()
  return {
    async put(key, text) {
      texts.set(key, text)
    },
    async get(key) {
      return texts.get(key)
    },
    async remove(key) {
      texts.delete(key)
    },
    async keys(prefix) {
      return [...texts.keys()].filter((key) => key.startsWith(prefix)).sort()
    },
    async lock(name) {
      if (locked.has(name)) throw lockedError(name)
      locked.add(name)
      return async () => {
        locked.delete(name)
      }
    },
  }
}

/** Somebody else is at it. */
export function lockedError(name: string, holder = 'another call'): JournalError {
  return new JournalError(`${name} is being worked on by ${holder}. Wait until that has ended; nothing was sent.`, {
    reason: 'journal_locked',
    retryable: true,
  })
}
