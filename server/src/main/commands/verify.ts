import { formatVerifyReport, type VerifyReport, verifyLedger } from '../../ledger/index.ts'
import { ENVIRONMENTS, type Environment, openDatabase, sqlState, startProgress } from '../../platform/index.ts'
import { EXIT, needDatabaseUrl, readEnvironment, readSettings } from '../settings.ts'
import { print } from './output.ts'

export async function verify(options: { databaseUrl?: string; environment?: string; text?: boolean }): Promise<void> {
  const url = needDatabaseUrl(options.databaseUrl, readSettings())
  const environments = options.environment === undefined ? ENVIRONMENTS : [readEnvironment(options.environment)]
  const reports: Partial<Record<Environment, VerifyReport>> = {}
  for (const environment of environments) {
    const report = await verifyOne(url, environment, options.environment !== undefined)
    if (report) reports[environment] = report
  }
  const ok = Object.values(reports).every((report) => report.ok)
  print(
    { ok, environments: reports },
    {
      json: !options.text,
      text: () =>
        Object.entries(reports)
          .map(([environment, report]) => `${environment}: ${formatVerifyReport(report)}`)
          .join('\n'),
    },
  )
  if (!ok) process.exitCode = EXIT.failed
}

/** An environment that was never prepared has nothing to verify, unless it was asked for by name. */
async function verifyOne(url: string, environment: Environment, named: boolean): Promise<VerifyReport | undefined> {
  const db = openDatabase({ url, environment, poolSize: 2 })
  let progress: ReturnType<typeof startProgress> | undefined
  let shown = 0
  try {
    const report = await verifyLedger(db, {
      onProgress(done: number, total: number) {
        progress ??= startProgress({ label: `verify ${environment}`, total })
        progress.advance(done - shown)
        shown = done
      },
    })
    progress?.done(report.ok ? 'clean' : `${report.problemCount} problems`)
    return report
  } catch (error) {
    // 22023 and 42704: there is no such role; 42P01 and 3F000: no such table or schema.
    if (!named && ['22023', '42704', '42P01', '3F000'].includes(sqlState(error) ?? '')) return undefined
    throw error
  } finally {
    await db.close()
  }
}
