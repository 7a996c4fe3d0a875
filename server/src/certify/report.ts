import { CHECK_GROUPS, CHECK_NAMES, type CheckGroup, type CheckName, checkOf } from '@regulars/contract'
import type { Evidence } from './recorder.ts'

/** `blocked`: what the check needs could not be had, so nothing is known. */
export type CheckOutcome = 'passed' | 'failed' | 'blocked' | 'not_applicable'

export interface CheckResult {
  readonly name: CheckName
  readonly outcome: CheckOutcome
  /** Why it is not `passed`. */
  readonly note?: string
  readonly ms: number
  readonly evidence: readonly Evidence[]
}

export interface CertificationReport {
  readonly ok: boolean
  readonly url: string
  readonly account: string
  readonly store: string
  readonly startedAt: string
  readonly ms: number
  readonly program: string
  /** Checks that were not to be run. */
  readonly leftOut: number
  readonly counts: Readonly<Record<CheckOutcome, number>>
  readonly checks: readonly (CheckResult & { readonly group: CheckGroup; readonly title: string; readonly expected: string })[]
}

export function reportOf(
  about: Pick<CertificationReport, 'url' | 'account' | 'store' | 'startedAt' | 'ms' | 'program' | 'leftOut'>,
  results: readonly CheckResult[],
): CertificationReport {
  const counts = { passed: 0, failed: 0, blocked: 0, not_applicable: 0 }
  for (const { outcome } of results) counts[outcome] += 1
  const inOrder = [...results].sort((a, b) => CHECK_NAMES.indexOf(a.name) - CHECK_NAMES.indexOf(b.name))
  return {
    ok: counts.failed === 0 && counts.blocked === 0,
    ...about,
    counts,
    checks: inOrder.map((result) => {
      const { group, title, server } = checkOf(result.name)
      return { ...result, group, title, expected: server }
    }),
  }
}

/** In one line. */
export function summaryOf({ counts, ms, leftOut }: CertificationReport): string {
  const parts = [
    `${counts.passed} passed`,
    `${counts.failed} failed`,
    ...(counts.blocked > 0 ? [`${counts.blocked} could not be tried`] : []),
    ...(leftOut > 0 ? [`${leftOut} left out`] : []),
    ...(counts.not_applicable > 0 ? [`${counts.not_applicable} not applicable`] : []),
  ]
  return `${parts.join(', ')}, in ${(ms / 1_000).toFixed(1)} s`
}

export const MARKS = { passed: '✔', failed: '✘', blocked: '!', not_applicable: '–' } as const

/** The checklist for a terminal; of what failed, the call that shows it. */
export function formatText(report: CertificationReport): string {
  const lines = [`${report.url}, account ${report.account}, store ${report.store}: a ${report.program} program`]
  for (const [group, title] of Object.entries(CHECK_GROUPS)) {
    const checks = report.checks.filter((check) => check.group === group)
    if (checks.length === 0) continue
    lines.push('', title)
    for (const check of checks) {
      lines.push(`  ${MARKS[check.outcome]} ${check.title}  [${check.name}]`)
      if (check.note !== undefined) lines.push(`      ${NOTE_HEADS[check.outcome]}${check.note}`)
      if (check.outcome === 'failed' || check.outcome === 'blocked') lines.push(...evidenceLines(check.evidence.at(-1)))
    }
  }
  lines.push('', summaryOf(report))
  return lines.join('\n')
}

const NOTE_HEADS = { passed: '', failed: '', blocked: 'could not be tried: ', not_applicable: 'not applicable: ' } as const

function evidenceLines(evidence: Evidence | undefined): string[] {
  if (!evidence) return []
  const { purpose, exchange } = evidence
  const { method, target, body, status, answer, requestId } = exchange
  return [
    `      ${purpose}:`,
    `      > ${method} ${target}`,
    ...(body === '' ? [] : [`      > ${body}`]),
    `      < ${status} ${answer}`,
    ...(requestId === undefined ? [] : [`      request id ${requestId}`]),
  ]
}
