import { openDatabase, startProgress } from '../../platform/index.ts'
import { createProgramShelf } from '../../programs/index.ts'
import { MEMBERS_MAX, seedMembers } from '../../seed/index.ts'
import { needDatabaseUrl, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { print } from './output.ts'

interface SeedCommandOptions {
  readonly members: number
  readonly account: string
  readonly seed: number
  readonly databaseUrl?: string
  readonly environment: string
  readonly json?: boolean
}

/** Members with a history, for benches and trials. */
export async function seed({ members, account, seed, databaseUrl, environment, json }: SeedCommandOptions): Promise<void> {
  if (members < 1 || members > MEMBERS_MAX) throw new UsageError(`--members is from 1 to ${MEMBERS_MAX}; got ${members}.`)
  const url = needDatabaseUrl(databaseUrl, readSettings())
  const db = openDatabase({ url, environment: readEnvironment(environment), poolSize: 1 })
  let progress: ReturnType<typeof startProgress> | undefined
  let shown = 0
  try {
    const report = await seedMembers(db, {
      accountId: account,
      members,
      seed,
      now: Date.now(),
      shelf: createProgramShelf(),
      onProgress(done, total) {
        progress ??= startProgress({ label: 'seed', total })
        progress.advance(done - shown)
        shown = done
      },
    })
    progress?.done(`${report.made} members made, ${report.members} there`)
    print(report, { json, text: () => `${report.made} members made in ${(report.durationMs / 1_000).toFixed(1)} s` })
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${error.message}.`)
    throw error
  } finally {
    await db.close()
  }
}
