import { confirm, isCancel } from '@clack/prompts'
import { openDatabase } from '../../platform/index.ts'
import { type ApplyPlan, applyProgram, formatDifference } from '../../programs/index.ts'
import { readProgram } from '../dev.ts'
import { EXIT, needDatabaseUrl, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { print } from './output.ts'

interface ApplyOptions {
  readonly databaseUrl?: string
  readonly environment: string
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

export async function apply(file: string, options: ApplyOptions): Promise<void> {
  const program = await readProgram(file)
  const db = openDatabase({
    url: needDatabaseUrl(options.databaseUrl, readSettings()),
    environment: readEnvironment(options.environment),
    poolSize: 1,
  })
  try {
    const outcome = await applyProgram(db, {
      document: program.document,
      source: program.source,
      now: Date.now(),
      agree: (plan) => agree(plan, options),
    })
    print(outcome, {
      json: options.json,
      text: () => describe(outcome.kind === 'refused' ? outcome.message : undefined, outcome),
    })
    if (outcome.kind === 'refused' && !options.dryRun) process.exitCode = EXIT.failed
  } finally {
    await db.close()
  }
}

async function agree(plan: ApplyPlan, { yes, dryRun, json }: ApplyOptions): Promise<boolean> {
  if (!json) process.stderr.write(`${plan.changes.map(formatDifference).join('\n')}\n`)
  if (dryRun) return false
  if (yes) return true
  if (!process.stdin.isTTY) throw new UsageError('Nobody is here to be asked: pass --yes to apply, or --dry-run to look.')
  const answer = await confirm({ message: `Apply these ${plan.changes.length} changes to account ${plan.accountId}?` })
  return !isCancel(answer) && answer
}

function describe(
  message: string | undefined,
  { kind, plan, ...rest }: { kind: string; plan: ApplyPlan; version?: number },
): string {
  if (message !== undefined) return message
  if (kind === 'unchanged')
    return `Account ${plan.accountId} has exactly this program (version ${rest.version}). Nothing was changed.`
  return `Account ${plan.accountId}: program version ${rest.version} is in force (${plan.changes.length} changes from version ${plan.fromVersion}).`
}
