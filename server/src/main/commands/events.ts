import { openDatabase } from '../../platform/index.ts'
import { listEvents } from '../../rewards/index.ts'
import { needDatabaseUrl, readEnvironment, readSettings } from '../settings.ts'
import { print, table } from './output.ts'

interface EventsOptions {
  readonly account: string
  readonly after: number
  readonly limit: number
  readonly databaseUrl?: string
  readonly environment: string
  readonly json?: boolean
}

export async function events({ account, after, limit, ...options }: EventsOptions): Promise<void> {
  const url = needDatabaseUrl(options.databaseUrl, readSettings())
  const db = openDatabase({ url, environment: readEnvironment(options.environment), poolSize: 1 })
  try {
    const found = await listEvents(db, { accountId: account, after, limit })
    const next = found.at(-1)?.number ?? after
    const rows = found.map(({ number, at, type, member, ...facts }) => [String(number), at, type, member, factsText(facts)])
    print(
      { events: found, next },
      {
        json: options.json,
        text: () => (rows.length === 0 ? 'There are none.' : table([['number', 'at', 'event', 'member', ''], ...rows])),
      },
    )
  } finally {
    await db.close()
  }
}

const factsText = (facts: Readonly<Record<string, unknown>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
