import {
  addPeriod,
  endOfDay,
  isExact,
  localDate,
  type Period,
  type Program,
  periodMs,
  rewardAsset,
  shiftDate,
  warnsAt,
} from '@regulars/engine'
import type { Database } from '../platform/index.ts'
import {
  type Cursor,
  type EventRun,
  type Expiring,
  findEventRun,
  insertEvents,
  listExpiring,
  listIdle,
  type NewEvent,
  updateEventRun,
} from './event-store.ts'
import type { DueWork } from './grant-due.ts'
import { type DueAccount, listAccounts } from './store.ts'

/** Members a page, which is one transaction: what a server that dies does again. */
const PAGE = 1_000
/** Months differ in length, so that stepping by one may miss by this much; each warning is then decided exactly. */
const SLACK_DAYS = 4

/**
 * Writes an event for each warning that has fallen due: so long before points or rewards of a member expire. Each is written once, for its member, asset, instant
 * and threshold, whoever runs and however often. What is counted in days is looked for once a day and program version, what is counted in hours in
 * every round; a round that was cut off is done again. Returns how many were written.
 */
export async function warnOfExpiry(db: Database, work: DueWork): Promise<number> {
  let written = 0
  for (const account of await listAccounts(db)) {
    const program = await work.shelf.get(db, account.accountId, account.programVersion)
    const warnings = warningsOf(program)
    if (warnings.length > 0) written += await goThrough(db, { ...work, account, program, warnings })
  }
  return written
}

interface Warning {
  readonly asset: string
  readonly period: Period
  /** After how long without activity it expires; absent for what has a date of its own. */
  readonly inactive?: Period
}

function warningsOf(program: Program): Warning[] {
  const inactive = program.expire && 'inactive' in program.expire ? program.expire.inactive : undefined
  return [
    ...program.warn.map((period) => ({ asset: program.units, period, inactive })),
    ...[...program.rewards.values()].flatMap(({ key, warn }) => warn.map((period) => ({ asset: rewardAsset(key), period }))),
  ]
}

interface Round extends DueWork {
  readonly account: DueAccount
  readonly program: Program
  readonly warnings: readonly Warning[]
}

async function goThrough(db: Database, round: Round): Promise<number> {
  const { account, program, now } = round
  const { accountId, programVersion } = account
  const today = localDate(now, program.timezone)
  const run = await findEventRun(db, accountId)
  // The clock of a test may go back, and then everybody is looked at again.
  const sameDay = run?.lookedOn === today && run.programVersion === programVersion && (run.lookedAt ?? 0) <= now
  let written = 0
  for (const warning of round.warnings) {
    if (!sameDay || isExact(warning.period)) written += await writeWarnings(db, round, warning, sameDay ? run : undefined)
  }
  await updateEventRun(db, accountId, { lookedOn: today, programVersion, lookedAt: now })
  return written
}

async function writeWarnings(
  db: Database,
  { account, program, now }: Round,
  warning: Warning,
  run: EventRun | undefined,
): Promise<number> {
  const { accountId } = account
  const { asset, inactive } = warning
  const { after, until } = inactive ? idleBetween(program, warning, inactive, now) : expiringBetween(program, warning, now, run)
  let written = 0
  for (let cursor: Cursor = { at: after, memberId: 0 }; ; ) {
    const question = { accountId, asset, after, until, cursor, limit: PAGE }
    const page = inactive ? await listIdle(db, question) : await listExpiring(db, question)
    const events = page
      .map((found) => (inactive ? { ...found, at: addPeriod(found.at, inactive, program.timezone) } : found))
      .filter(({ at }) => at > now && warnsAt(at, warning.period, program.timezone) <= now)
      .map((found) => eventOf(program, warning, found))
    written += await insertEvents(db, accountId, events, now)
    const last = page.at(-1)
    if (!last || page.length < PAGE) return written
    cursor = last
  }
}

/** In which instants lies what may have to be warned of. By the hour, only what has come near since the last round. */
function expiringBetween(
  { timezone }: Program,
  { period }: Warning,
  now: number,
  run: EventRun | undefined,
): { after: number; until: number } {
  if (isExact(period)) {
    const length = periodMs(period)
    return { after: Math.max(now, (run?.lookedAt ?? 0) + length), until: now + length }
  }
  const last = shiftDate(localDate(now, timezone), period.count, period.unit)
  return { after: now, until: endOfDay(shiftDate(last, SLACK_DAYS, 'days'), timezone) }
}

/** Between which instants a member was last seen whose points may have to be warned of. */
function idleBetween(
  { timezone }: Program,
  { period }: Warning,
  inactive: Period,
  now: number,
): { after: number; until: number } {
  const today = localDate(now, timezone)
  const back = (day: string, slack: number) =>
    endOfDay(shiftDate(shiftDate(day, -inactive.count, inactive.unit), slack, 'days'), timezone)
  return { after: back(today, -SLACK_DAYS), until: back(shiftDate(today, period.count, period.unit), SLACK_DAYS) }
}

function eventOf({ timezone }: Program, { asset, period }: Warning, { memberId, quantity, at }: Expiring): NewEvent {
  const threshold = `${period.count} ${period.unit}`
  const reward = asset.startsWith(REWARD) ? { reward: asset.slice(REWARD.length) } : { units: asset }
  return {
    memberId,
    key: `expiring ${asset} ${at} ${threshold}`,
    type: 'reward' in reward ? 'reward_expiring' : 'balance_expiring',
    document: {
      ...reward,
      quantity,
      expires_at: new Date(at).toISOString(),
      last_day: localDate(at - 1, timezone),
      warning: threshold,
    },
  }
}

const REWARD = rewardAsset('')
