import { openDatabase } from '../../platform/index.ts'
import { createProgramShelf, findCurrentVersion, readBudgets } from '../../programs/index.ts'
import { needDatabaseUrl, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { print, table } from './output.ts'

interface BudgetsOptions {
  readonly account: string
  readonly databaseUrl?: string
  readonly environment: string
  readonly json?: boolean
}

export async function budgets({ account, json, ...options }: BudgetsOptions): Promise<void> {
  const url = needDatabaseUrl(options.databaseUrl, readSettings())
  const db = openDatabase({ url, environment: readEnvironment(options.environment), poolSize: 1 })
  try {
    if ((await findCurrentVersion(db, account)) === undefined)
      throw new UsageError(`There is no account ${account} in this environment.`)
    const { program, version } = await createProgramShelf().current(db, account)
    const states = await readBudgets(db, program)
    const rows = states.map(({ campaign, of, total, used, left }) => [campaign, of, String(total), String(used), String(left)])
    print(
      { account, program_version: version, budgets: states.map(({ name, ...state }) => state) },
      {
        json,
        text: () =>
          rows.length === 0
            ? 'No campaign of this program has a budget.'
            : table([['campaign', 'of', 'total', 'used', 'left'], ...rows]),
      },
    )
  } finally {
    await db.close()
  }
}
