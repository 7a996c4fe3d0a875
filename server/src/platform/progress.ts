import pc from 'picocolors'

/** Shows that something is going on, and how long it will take. */
export interface Progress {
  advance(by?: number): void
  /** Ends the line with what came of it. */
  done(text: string): void
}

const REDRAW_MS = 100
/** Where nobody watches, a line now and then is enough. */
const PLAIN_MS = 5_000
const BAR_WIDTH = 24

/** On a terminal one line that is redrawn: bar, count, rate and time left; elsewhere plain lines. Always on standard error. */
export function startProgress({
  label,
  total,
  stream = process.stderr,
}: {
  label: string
  total: number
  stream?: NodeJS.WriteStream
}): Progress {
  const start = Date.now()
  const lively = stream.isTTY === true
  let count = 0
  let drawn = lively ? 0 : start
  return {
    advance(by = 1) {
      count += by
      if (Date.now() - drawn < (lively ? REDRAW_MS : PLAIN_MS)) return
      drawn = Date.now()
      const line = lineOf({ label, count, total, elapsedMs: drawn - start, lively })
      stream.write(lively ? `\r\u001b[2K${line}` : `${line}\n`)
    },
    done(text) {
      stream.write(`${lively ? '\r\u001b[2K' : ''}${lively ? pc.green('✔') : '-'} ${label}: ${text}\n`)
    },
  }
}

/** What stands on the line. Exported to be tested. */
export function lineOf({
  label,
  count,
  total,
  elapsedMs,
  lively,
}: {
  label: string
  count: number
  total: number
  elapsedMs: number
  lively: boolean
}): string {
  const share = total === 0 ? 1 : Math.min(1, count / total)
  const rate = elapsedMs === 0 ? 0 : (count / elapsedMs) * 1000
  const leftS = rate === 0 ? undefined : Math.ceil((total - count) / rate)
  const filled = Math.round(share * BAR_WIDTH)
  const bar = lively ? `${pc.cyan('━'.repeat(filled))}${pc.dim('━'.repeat(BAR_WIDTH - filled))} ` : ''
  const left = leftS === undefined ? '' : `, ${leftS >= 60 ? `${Math.floor(leftS / 60)} min ${leftS % 60}` : leftS} s left`
  return `${label} ${bar}${count}/${total} (${Math.floor(share * 100)} %), ${Math.round(rate)}/s${left}`
}
