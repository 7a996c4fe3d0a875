/**
 * Dates and wall clocks for the replay, on their own arithmetic: what expires is compared with the server's, so it may not be computed by the
 * server's code. A *wall* is a local date and time read as if it were UTC, in milliseconds; a *day* is `YYYY-MM-DD`.
 */

export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Reads `2023-01-01T11:38:36`; undefined when it is not a date and time. */
export function parseWall(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text)) return undefined
  const wall = Date.parse(`${text}Z`)
  return Number.isNaN(wall) ? undefined : wall
}

export const dayOf = (wall: number): string => new Date(wall).toISOString().slice(0, 10)
export const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`)

/** The day that lies a number of days after another. */
export const daysAfter = (day: string, count: number): string => dayOf(startOf(day) + count * DAY_MS)

/** What the wall clock of a zone shows at an instant (epoch milliseconds). */
export function wallAt(instant: number, zone: string): number {
  return instant + offsetAt(instant, zone)
}

/** The instant at which the wall clock of a zone shows a time; the first of two where the clock is set back. */
export function instantOf(wall: number, zone: string): number {
  const before = wall - offsetAt(wall - DAY_MS, zone)
  if (wallAt(before, zone) === wall) return before
  return wall - offsetAt(wall + DAY_MS, zone)
}

const offsets = new Map<string, number>()

/** A zone's offset from UTC, asked once for each of its hours. */
function offsetAt(instant: number, zone: string): number {
  const hour = Math.floor(instant / HOUR_MS)
  const key = `${zone} ${hour}`
  let offset = offsets.get(key)
  if (offset === undefined) {
    offset = readOffset(hour * HOUR_MS, zone)
    offsets.set(key, offset)
  }
  return offset
}

function readOffset(instant: number, zone: string): number {
  const shown = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(instant)
  return Date.parse(`${shown.replace(' ', 'T')}Z`) - instant
}
