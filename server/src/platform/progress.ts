import pc from 'picocolors'

/** Shows that something is going on, and how long it will take. */
export interface Progress {
  advance(by?: number): void
  /** Says what is being done just now. */
  note(text: string): void
  /** Ends with what came of it. */
  done(text: string): void
}

/** As much of a terminal as is needed. */
interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const REDRAW_MS = 100
/** Where nobody watches, a line now and then is enough. */
const PLAIN_MS = 5_000
const BAR_WIDTH = 24
/** Where a terminal does not say how wide it is, or says 0. */
const COLUMNS = 80
const CLEAR_LINE = '\r\u001b[2K'

/**
 * On a terminal one line that is redrawn: bar, count, rate and time left; elsewhere a plain line every few seconds. Always on standard error, so that
 * what a command prints can be piped. Without a `total` there is neither bar nor time left.
 */
export function startProgress({
  label,
  total,
  stream = process.stderr,
  now = Date.now,
}: {
  label: string
  total?: number
  stream?: Screen
  now?: () => number
}): Progress {
  const start = now()
  const lively = stream.isTTY === true
  let count = 0
  let note = ''
  let drawnAt = lively ? Number.NEGATIVE_INFINITY : start
  const draw = () => {
    if (now() - drawnAt < (lively ? REDRAW_MS : PLAIN_MS)) return
    drawnAt = now()
    const line = lineOf({ label, count, total, note, elapsedMs: drawnAt - start })
    if (!lively) return stream.write(`${line}\n`)
    // A line that wraps cannot be redrawn.
    const room = (stream.columns || COLUMNS) - BAR_WIDTH - 2
    stream.write(`${CLEAR_LINE}${total === undefined ? '' : `${barOf(count / total)} `}${line.slice(0, Math.max(room, 0))}`)
  }
  return {
    advance(by = 1) {
      count += by
      draw()
    },
    note(text) {
      note = text
      draw()
    },
    done(text) {
      stream.write(`${lively ? `${CLEAR_LINE}${pc.green('✔')}` : '-'} ${label}: ${text}\n`)
    },
  }
}

/** What stands on the line, beside the bar. */
export function lineOf(state: {
  label: string
  count: number
  total?: number | undefined
  note?: string
  elapsedMs: number
}): string {
  const { label, count, total, note, elapsedMs } = state
  const rate = elapsedMs > 0 ? (count / elapsedMs) * 1_000 : 0
  const parts = [
    `${label} ${count}${total === undefined ? '' : `/${total} (${Math.floor(shareOf(count, total) * 100)} %)`}`,
    ...(rate > 0 ? [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`] : []),
    ...(rate > 0 && total !== undefined ? [`${durationOf((total - count) / rate)} left`] : []),
    ...(note ? [note] : []),
  ]
  return parts.join(', ')
}

/** picocolors honours NO_COLOR; without colour the two halves must differ in shape. */
function barOf(share: number): string {
  const filled = Math.round(Math.min(1, share || 0) * BAR_WIDTH)
  return `${pc.cyan('━'.repeat(filled))}${pc.dim((pc.isColorSupported ? '━' : '·').repeat(BAR_WIDTH - filled))}`
}

function shareOf(count: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, count / total)
}

function durationOf(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds))
  if (left < 60) return `${left} s`
  return left < 3_600
    ? `${Math.floor(left / 60)} min ${left % 60} s`
    : `${Math.floor(left / 3_600)} h ${Math.floor((left % 3_600) / 60)} min`
}
