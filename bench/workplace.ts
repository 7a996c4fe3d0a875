import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startEmbeddedPostgres } from '../server/src/platform/embedded-postgres.ts'

const PREFIX = 'regulars-bench-'

/** Where a run works. */
export interface Workplace {
  readonly folder: string
  readonly databaseUrl: string
}

interface Kept {
  /** Stays, and is used again the next time. */
  readonly dataDir?: string | undefined
  /** Of a PostgreSQL that is there; otherwise one is started. */
  readonly databaseUrl?: string | undefined
}

/** Makes a folder for `work`, and takes it away again. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Makes a folder and a PostgreSQL for `work`, and takes them away again, also from whoever loses patience: servers end with this process, and the driver when its channel closes. */
export async function inWorkplace(kept: Kept, work: (place: Workplace) => Promise<void>): Promise<void> {
  const folder = kept.dataDir === undefined ? await mkdtemp(join(tmpdir(), PREFIX)) : resolve(kept.dataDir)
  await mkdir(folder, { recursive: true })
  const postgres = kept.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : undefined
  const tidy = async () => {
    await postgres?.stop()
    if (kept.dataDir === undefined) await rm(folder, { recursive: true, force: true })
  }
  // A signal makes the work fail as well, since its children end: both ways lead here, and PostgreSQL can be left once only.
  let leaving: Promise<void> | undefined
  let interrupted = false
  const leave = () => {
    leaving ??= tidy()
    return leaving
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted = true
      void leave().finally(() => process.exit(130))
    })
  }
  try {
    await work({ folder, databaseUrl: postgres?.socketUrl ?? kept.databaseUrl ?? '' })
  } catch (error) {
    if (!interrupted) throw error
  } finally {
    await leave()
  }
}
