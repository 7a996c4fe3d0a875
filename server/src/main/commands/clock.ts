import { readClock, setClock } from '../../accounts/index.ts'
import { openDatabase } from '../../platform/index.ts'
import { readInstant } from '../dev.ts'
import { needDatabaseUrl, readSettings } from '../settings.ts'
import { print } from './output.ts'

export async function clock(instant: string | undefined, options: { databaseUrl?: string; json?: boolean }): Promise<void> {
  const wanted = instant === undefined || instant === 'run' ? null : readInstant(instant)
  const db = openDatabase({ url: needDatabaseUrl(options.databaseUrl, readSettings()), environment: 'test', poolSize: 1 })
  try {
    if (instant !== undefined) await setClock(db, wanted)
    const frozen = await readClock(db)
    const now = new Date(frozen ?? Date.now()).toISOString()
    print(
      { now, frozen: frozen !== null },
      { json: options.json, text: () => (frozen === null ? `${now} (running)` : `${now} (frozen)`) },
    )
  } finally {
    await db.close()
  }
}
