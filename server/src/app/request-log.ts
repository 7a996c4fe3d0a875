import { touchCredentials } from '../accounts/index.ts'
import type { Database, Environment, Logger } from '../platform/index.ts'
import { insertRequests, type RequestRecord } from './store.ts'

/** Writes what was asked and answered in batches, outside the write path: a request never waits for it, and a crash may lose what the last quarter of a second brought. */
export interface RequestLog {
  add(record: RequestRecord): void
  /** Records that are not written yet. */
  waiting(): number
  flush(): Promise<void>
  stop(): Promise<void>
}

/** What comes in a second would keep a core busy for a while, and whoever is answered meanwhile waits for it. */
const FLUSH_MS = 250
/** While the database is away, so many are kept; the newest are worth more than the oldest. */
const KEPT = 20_000

export function createRequestLog(databases: Partial<Record<Environment, Database>>, log: Logger): RequestLog {
  let waiting: RequestRecord[] = []
  let flushing: Promise<void> = Promise.resolve()

  const write = async () => {
    const batch = waiting
    waiting = []
    for (const [environment, db] of Object.entries(databases)) {
      const records = batch.filter(({ caller }) => caller.environment === environment)
      if (records.length === 0) continue
      try {
        await insertRequests(db, records)
        await touchCredentials(
          db,
          records.map(({ caller, at }) => ({ ...caller, at })),
        )
      } catch (error) {
        waiting = [...records, ...waiting].slice(-KEPT)
        log.warn({ err: error, kept: waiting.length }, 'the request log could not be written')
      }
    }
  }
  const flush = () => {
    flushing = flushing.then(write, write)
    return flushing
  }
  const timer = setInterval(() => void (waiting.length > 0 && flush()), FLUSH_MS).unref()
  return {
    add: (record) => {
      waiting.push(record)
    },
    waiting: () => waiting.length,
    flush,
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
