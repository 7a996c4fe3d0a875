import { CHECK_GROUPS } from '@regulars/contract'
import { escapeHtml } from '../platform/html.ts'
import { PAGE_STYLE } from './page-style.ts'
import type { Evidence } from './recorder.ts'
import { type CertificationReport, type CheckOutcome, MARKS, summaryOf } from './report.ts'

/** How much of a run is shown for a check that passed: its own calls stand at the end. */
const CALLS_SHOWN = 12

/** One page with nothing from elsewhere: it can be mailed, and printed. */
export function formatHtml(report: CertificationReport): string {
  const { counts, url, account, store, program, startedAt } = report
  const inFull = report.leftOut === 0
  const verdict = !report.ok ? 'Not certified' : inFull ? 'Certified' : 'Passed in part'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${verdict}: account ${escapeHtml(account)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<p class="stamp ${report.ok ? 'passed' : 'failed'}"><span aria-hidden="true">${report.ok ? MARKS.passed : MARKS.failed}</span> ${verdict}</p>
<h1>Certification of account ${escapeHtml(account)}</h1>
<dl>
<div><dt>Server</dt><dd>${escapeHtml(url)}</dd></div>
<div><dt>Store</dt><dd>${escapeHtml(store)}</dd></div>
<div><dt>Program</dt><dd>${escapeHtml(program)}</dd></div>
<div><dt>Run</dt><dd><time datetime="${escapeHtml(startedAt)}">${escapeHtml(startedAt.slice(0, 16).replace('T', ' '))} UTC</time></dd></div>
</dl>
<p class="summary">${escapeHtml(summaryOf(report))}</p>
<div class="bar" aria-hidden="true">${(['passed', 'failed', 'blocked', 'not_applicable'] as const)
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `<i class="${outcome}" style="flex:${counts[outcome]}"></i>`)
    .join('')}</div>
</header>
${Object.entries(CHECK_GROUPS)
  .map(([group, title]) => groupOf(report, group, title))
  .join('\n')}
<footer>Each line opens: what was asked, what was answered, what was expected. Keys, secrets and signatures are not in this page.</footer>
</main>
</body>
</html>`
}

function groupOf(report: CertificationReport, group: string, title: string): string {
  const checks = report.checks.filter((check) => check.group === group)
  if (checks.length === 0) return ''
  return `<section aria-label="${escapeHtml(title)}"><h2>${escapeHtml(title)}</h2>\n${checks.map(lineOf).join('\n')}\n</section>`
}

const WORDS: Readonly<Record<CheckOutcome, string>> = {
  passed: 'passed',
  failed: 'failed',
  blocked: 'could not be tried',
  not_applicable: 'not applicable',
}

function lineOf({ name, title, outcome, note, expected, evidence, ms }: CertificationReport['checks'][number]): string {
  const open = outcome === 'failed' || outcome === 'blocked' ? ' open' : ''
  const shown = evidence.slice(-CALLS_SHOWN)
  const left = evidence.length - shown.length
  return `<details class="${outcome}"${open} id="${name}">
<summary><span class="mark" aria-hidden="true">${MARKS[outcome]}</span><span class="title">${escapeHtml(title)}</span><span class="word">${WORDS[outcome]}</span></summary>
<div class="inside">
${note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`}
<p class="expected"><b>Expected:</b> ${escapeHtml(expected)} <code>${name}</code>, ${ms} ms</p>
${left > 0 ? `<p class="left">${left} earlier calls, which prepared this, are in the JSON report.</p>` : ''}
<ol start="${left + 1}">${shown.map(callOf).join('\n')}</ol>
</div>
</details>`
}

function callOf({ purpose, exchange, expectations }: Evidence): string {
  const { method, target, body, status, answer, requestId, ms } = exchange
  const marks = expectations.map(
    ({ expected, met, found }) =>
      `<li class="${met ? 'passed' : 'failed'}"><span aria-hidden="true">${met ? MARKS.passed : MARKS.failed}</span> ${escapeHtml(expected)}${found === undefined ? '' : `<br><b>found</b> ${escapeHtml(found)}`}</li>`,
  )
  return `<li><p class="purpose">${escapeHtml(purpose)}</p>
<pre tabindex="0"><b>${method} ${escapeHtml(target)}</b>${body === '' ? '' : `\n${escapeHtml(pretty(body))}`}</pre>
<pre tabindex="0" class="answer"><b>${status === 0 ? 'no answer' : status}</b> <small>${ms} ms${requestId === undefined ? '' : `, ${escapeHtml(requestId)}`}</small>\n${escapeHtml(pretty(answer))}</pre>
${marks.length === 0 ? '' : `<ul>${marks.join('')}</ul>`}</li>`
}

/** Indented for reading; the JSON report has the bytes. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
