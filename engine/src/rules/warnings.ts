import { endOfDay, lastDayOf, type Period, periodMs, shiftDate } from '../zoned-time.ts'

/**
 * When a warning of something that ends at `expiresAt` falls due. Minutes and hours are exact; days and longer count back from the last day on which it can be
 * used, from the beginning of that day.
 */
export function warnsAt(expiresAt: number, period: Period, zone: string): number {
  if (isExact(period)) return expiresAt - periodMs(period)
  const day = shiftDate(lastDayOf(expiresAt, zone), -period.count, period.unit)
  return endOfDay(shiftDate(day, -1, 'days'), zone)
}

/** Counted by the clock, not by the calendar. */
export function isExact({ unit }: Period): boolean {
  return unit === 'minutes' || unit === 'hours'
}
