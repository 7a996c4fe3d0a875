import { CHECK_GROUPS } from '@regulars/contract'
import { type CertificationStatus, readCertification, SINCE_DAYS } from '../../certification/index.ts'
import { openDatabase } from '../../platform/index.ts'
import { EXIT, needDatabaseUrl, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { print } from './output.ts'

interface StatusOptions {
  readonly credential: string
  readonly days?: number
  readonly databaseUrl?: string
  readonly environment: string
  readonly json?: boolean
}

/** How far a partner has come; exit code 0 when everything was seen and nothing was wrong. */
export async function certificationStatus(options: StatusOptions): Promise<void> {
  const environment = readEnvironment(options.environment)
  const db = openDatabase({ url: needDatabaseUrl(options.databaseUrl, readSettings()), environment, poolSize: 1 })
  try {
    const since = Date.now() - (options.days ?? SINCE_DAYS) * 86_400_000
    const status = await readCertification(db, { apiKey: options.credential, since })
    if (!status)
      throw new UsageError(
        `There is no credential ${options.credential} in ${environment}. regulars credential list --account … shows them.`,
      )
    print(status, { json: options.json, text: () => formatStatus(status) })
    if (!status.complete) process.exitCode = EXIT.failed
  } finally {
    await db.close()
  }
}

const MARKS = { seen: '✔', missing: '·', not_applicable: '–' } as const

function formatStatus({ credential, account, name, calls, since, checks, problems }: CertificationStatus): string {
  const lines = [`${name} (${credential}), account ${account}: ${calls} calls since ${since}`]
  for (const [group, title] of Object.entries(CHECK_GROUPS)) {
    const ofGroup = checks.filter((check) => check.group === group)
    if (ofGroup.length > 0) lines.push('', title)
    for (const { title, state, asks, request_id: request } of ofGroup) {
      lines.push(`  ${MARKS[state]} ${title}${request === undefined ? '' : `  ${request}`}`)
      if (state === 'missing') lines.push(`      missing: ${asks}`)
      if (state === 'not_applicable') lines.push('      this program has no such thing')
    }
  }
  lines.push('', problems.length === 0 ? 'Nothing was wrong.' : 'What was wrong')
  for (const { kind, name, sentence, count, request_id: request, order_id: order } of problems) {
    lines.push(`  ✘ ${kind.replace('_', ' ')}: ${name}, ${count === 1 ? 'once' : `${count} times`}`)
    lines.push(`      ${sentence}`, `      last ${request}${order === undefined ? '' : `, order ${order}`}`)
  }
  const count = (state: string) => checks.filter((check) => check.state === state).length
  lines.push(
    '',
    `${count('seen')} seen, ${count('missing')} missing, ${count('not_applicable')} not applicable, ${problems.length} wrong`,
  )
  return lines.join('\n')
}
