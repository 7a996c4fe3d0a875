import { confirm, isCancel } from '@clack/prompts'
import { type Database, openDatabase } from '../../platform/index.ts'
import {
  type ApplyOutcome,
  type ApplyPlan,
  applyProgram,
  findProgramVersion,
  formatChanges,
  type PastProgram,
  programHistory,
} from '../../programs/index.ts'
import { readProgram } from '../dev.ts'
import { EXIT, needDatabaseUrl, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { type ConversionReport, convertMembers, describePlan, describeReport } from './conversion.ts'
import { print, table } from './output.ts'

interface ApplyOptions {
  readonly databaseUrl?: string
  readonly environment: string
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly convert?: string
  readonly history?: string
  readonly rollback?: number
  readonly account?: string
}

export async function apply(file: string | undefined, options: ApplyOptions): Promise<void> {
  checkUsage(file, options)
  const program = file === undefined ? undefined : await readProgram(file)
  const db = openDatabase({
    url: needDatabaseUrl(options.databaseUrl, readSettings()),
    environment: readEnvironment(options.environment),
    poolSize: 4,
  })
  try {
    if (options.history !== undefined) return await showHistory(db, options.history, options)
    const { document, source } = program ?? (await oldVersion(db, options))
    const { convert } = options
    const outcome = await applyProgram(db, { document, source, convert, now: Date.now(), agree: (plan) => agree(plan, options) })
    const conversion = await convertIfNew(db, outcome, options)
    print({ ...outcome, conversion }, { json: options.json, text: () => describe(outcome, conversion) })
    if (outcome.kind === 'refused' && !options.dryRun) process.exitCode = EXIT.failed
  } finally {
    await db.close()
  }
}

/** The version is in force already: what is done here only saves each member's next call from doing it. Asked again, it goes on where it was cut off. */
async function convertIfNew(
  db: Database,
  outcome: ApplyOutcome,
  { convert, json }: ApplyOptions,
): Promise<ConversionReport | undefined> {
  if (outcome.kind === 'refused' || convert === undefined) return undefined
  if (outcome.kind === 'applied' && !outcome.plan.conversion) return undefined
  if (!json) process.stderr.write(`Version ${outcome.version} is in force; bringing what members have into its unit.\n`)
  return convertMembers(db, outcome.plan.accountId)
}

function checkUsage(file: string | undefined, { history, rollback, account }: ApplyOptions): void {
  const asked = [file, history, rollback].filter((one) => one !== undefined).length
  if (asked !== 1)
    throw new UsageError('Pass one of: a program file, --history ACCOUNT, or --rollback VERSION --account ACCOUNT.')
  if (rollback !== undefined && account === undefined) throw new UsageError('Say whose version --rollback means: --account.')
}

async function showHistory(db: Database, account: string, { json }: ApplyOptions): Promise<void> {
  const history = await programHistory(db, account)
  if (history.length === 0) throw new UsageError(`There is no account ${account} in this environment.`)
  print({ account, versions: history.map(viewVersion) }, { json, text: () => formatHistory(history) })
}

/** An old version is applied like any other file, as a new version: what was done since stays in the history. */
async function oldVersion(db: Database, { account = '', rollback = 0 }: ApplyOptions) {
  const found = await findProgramVersion(db, account, rollback)
  if (!found)
    throw new UsageError(`Account ${account} has no version ${rollback}; regulars apply --history ${account} shows which it has.`)
  return found
}

async function agree(plan: ApplyPlan, { yes, dryRun, json }: ApplyOptions): Promise<boolean> {
  if (!json)
    process.stderr.write(`${formatChanges(plan.changes)}\n${plan.conversion ? `${describePlan(plan.conversion)}\n` : ''}`)
  if (dryRun) return false
  if (yes) return true
  if (!process.stdin.isTTY) throw new UsageError('Nobody is here to be asked: pass --yes to apply, or --dry-run to look.')
  const answer = await confirm({ message: `Apply these ${plan.changes.length} changes to account ${plan.accountId}?` })
  return !isCancel(answer) && answer
}

function describe(outcome: ApplyOutcome, conversion: ConversionReport | undefined): string {
  return conversion ? `${describeOutcome(outcome)}\n${describeReport(conversion)}` : describeOutcome(outcome)
}

function describeOutcome(outcome: ApplyOutcome): string {
  const { kind, plan } = outcome
  if (kind === 'refused') return outcome.message
  if (kind === 'unchanged')
    return `Account ${plan.accountId} has exactly this program (version ${outcome.version}). Nothing was changed.`
  return `Account ${plan.accountId}: program version ${outcome.version} is in force (${plan.changes.length} changes from version ${plan.fromVersion}).`
}

const viewVersion = ({ version, appliedAt, inForce, changes, exchange }: PastProgram) => ({
  version,
  applied_at: new Date(appliedAt).toISOString(),
  in_force: inForce,
  changes,
  ...(exchange && { converted: `${exchange.from}:${exchange.to}=${exchange.take}:${exchange.give}` }),
})

function formatHistory(history: readonly PastProgram[]): string {
  const rows = history
    .map(viewVersion)
    .map(({ version, applied_at, changes, in_force, converted }) => [
      String(version),
      applied_at,
      String(changes),
      in_force ? 'in force' : '',
      converted ?? '',
    ])
  const converted = history.some(({ exchange }) => exchange) ? 'converted' : ''
  return table([['version', 'applied', 'changes', '', converted], ...rows])
}
