import { ENVIRONMENTS, preparePooledRole } from '../../platform/index.ts'
import { needDatabaseUrl, readSettings, UsageError } from '../settings.ts'
import { print } from './output.ts'

/** Prints the lines of the pooler's file of users, and nothing else: they can be sent straight into it. */
export async function pooler(options: { databaseUrl?: string; json?: boolean }): Promise<void> {
  const settings = readSettings()
  const url = needDatabaseUrl(options.databaseUrl, settings)
  const password = settings.poolerUrl === undefined ? '' : decodeURIComponent(new URL(settings.poolerUrl).password)
  if (password === '')
    throw new UsageError('REGULARS_POOLER_URL must name the pooler and a password, as postgres://:password@pooler:6432/regulars.')
  const users: string[] = []
  for (const environment of ENVIRONMENTS) users.push(await preparePooledRole(url, environment, password))
  print({ users }, { json: options.json, text: () => users.join('\n') })
}
