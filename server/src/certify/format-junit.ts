import { CHECK_GROUPS } from '@regulars/contract'
import type { CertificationReport } from './report.ts'

/** The report as JUnit XML, which build servers show: a suite for each group, the last call as the failure's text. */
export function formatJunit(report: CertificationReport): string {
  const suites = Object.entries(CHECK_GROUPS).flatMap(([group, title]) => {
    const checks = report.checks.filter((check) => check.group === group)
    if (checks.length === 0) return []
    const count = (outcome: string) => checks.filter((check) => check.outcome === outcome).length
    const totals = `tests="${checks.length}" failures="${count('failed')}" errors="${count('blocked')}" skipped="${count('not_applicable')}"`
    return [`  <testsuite name="${escapeXml(title)}" ${totals}>`, ...checks.map(caseOf), '  </testsuite>']
  })
  const { counts, checks, ms } = report
  const totals = `tests="${checks.length}" failures="${counts.failed}" errors="${counts.blocked}" skipped="${counts.not_applicable}" time="${ms / 1_000}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="certification" ${totals}>`,
    ...suites,
    '</testsuites>',
  ].join('\n')
}

function caseOf({ name, title, outcome, note = '', ms, evidence }: CertificationReport['checks'][number]): string {
  const head = `    <testcase classname="${name}" name="${escapeXml(title)}" time="${ms / 1_000}"`
  if (outcome === 'passed') return `${head}/>`
  if (outcome === 'not_applicable') return `${head}><skipped message="${escapeXml(note)}"/></testcase>`
  const element = outcome === 'failed' ? 'failure' : 'error'
  const last = evidence.at(-1)?.exchange
  const call = last ? `${last.method} ${last.target}\n${last.body}\n\n${last.status} ${last.answer}` : ''
  return `${head}><${element} message="${escapeXml(note)}">${escapeXml(call)}</${element}></testcase>`
}

/** XML knows no other control characters than these, not even escaped. */
function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' }
  return [...text]
    .filter((character) => character >= ' ' || character === '\n' || character === '\t')
    .map((character) => entities[character] ?? character)
    .join('')
}
