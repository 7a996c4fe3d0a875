import { ENVIRONMENTS, migrate } from '../../platform/index.ts'
import { needDatabaseUrl, readEnvironment, readSettings } from '../settings.ts'
import { print } from './output.ts'

export async function migrateCommand(options: { databaseUrl?: string; environment?: string; json?: boolean }): Promise<void> {
  const url = needDatabaseUrl(options.databaseUrl, readSettings())
  const environments = options.environment === undefined ? ENVIRONMENTS : [readEnvironment(options.environment)]
  const result: Record<string, string[]> = {}
  for (const environment of environments) result[environment] = (await migrate(url, environment)).applied
  print(result, {
    json: options.json,
    text: () =>
      Object.entries(result)
        .map(
          ([environment, applied]) => `${environment}: ${applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`}`,
        )
        .join('\n'),
  })
}
