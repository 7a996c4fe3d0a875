import {
  changesOf,
  endOfDay,
  grantDue,
  localDate,
  openWallet,
  type Period,
  type Program,
  periodMs,
  settleUnits,
  shiftDate,
} from '@regulars/engine'
import { commitMember, ledgerRows, loadWallet, reservedOf, StaleWallet } from '../ledger/index.ts'
import { getMembership } from '../members/index.ts'
import { type Database, newId, type RandomBytes } from '../platform/index.ts'
import type { ProgramShelf } from '../programs/index.ts'
import { factsOf } from './member-wallet.ts'
import {
  type DueAccount,
  type DueQuestion,
  type DueRun,
  leaseRun,
  listAccounts,
  listDueMembers,
  releaseRun,
  updateRun,
} from './store.ts'

/** Members a page: a page is what a server that dies does again. */
const PAGE = 1_000
/** Days that a worker who was away makes up for; longer is no pause but another time. */
const MISSED_DAYS_MAX = 366
/** A busy member's own calls bring what is due as well, so that losing this often means something else is wrong. */
const ATTEMPTS = 10

export interface DueWork {
  readonly shelf: ProgramShelf
  readonly now: number
  readonly random: RandomBytes
}

/**
 * Grants what falls due on a day of each account's zone (birthdays, dates, inactivity) and writes down points that expired by inactivity. Once a day and
 * program version for each account; a server that stops is followed by another where it was. Running late or twice changes nothing: a missed day is
 * granted as of that day, and each wallet remembers what it was granted. Returns how many members got or lost something.
 */
export async function grantDueCampaigns(db: Database, work: DueWork): Promise<number> {
  let changed = 0
  for (const account of await listAccounts(db)) {
    const program = await work.shelf.get(db, account.accountId, account.programVersion)
    if (program.due.length === 0 && !expiresByInactivity(program)) continue
    const run = nextRun(account, localDate(work.now, program.timezone))
    if (run && (await leaseRun(db, run))) changed += await goThrough(db, run, { ...work, program, account })
  }
  return changed
}

/** The round that is to be begun or gone on with; none when the day is done under the program in force. */
function nextRun({ accountId, programVersion, run }: DueAccount, today: string): DueRun | undefined {
  const begin = (firstDay: string): DueRun => ({ accountId, programVersion, firstDay, lastDay: today, cursor: 0 })
  if (!run) return begin(today)
  const unfinished = run.cursor !== null
  if (run.lastDay === today && run.programVersion === programVersion) return unfinished ? run : undefined
  // The clock of a test may go back, and then nothing was missed.
  if (run.lastDay >= today) return begin(today)
  const missed = unfinished ? run.firstDay : shiftDate(run.lastDay, 1, 'days')
  const oldest = shiftDate(today, -MISSED_DAYS_MAX, 'days')
  return begin(missed < oldest ? oldest : missed)
}

interface Round extends DueWork {
  readonly program: Program
  readonly account: DueAccount
}

async function goThrough(db: Database, run: DueRun, round: Round): Promise<number> {
  const { accountId } = run
  const question = questionOf(run, round)
  const instants = instantsOf(run, round)
  let changed = 0
  try {
    for (let after = run.cursor ?? 0; ; ) {
      const page = await listDueMembers(db, { ...question, after })
      for (const { memberId, due } of page) {
        if (due && (await grantTo(db, { accountId, memberId, instants, round }))) changed += 1
      }
      const last = page.at(-1)
      await updateRun(db, accountId, last && page.length === PAGE ? last.memberId : null)
      if (!last || page.length < PAGE) return changed
      after = last.memberId
    }
  } catch (error) {
    // The next round goes on where this one stood, and must not wait for a lease that nobody uses.
    await releaseRun(db, accountId).catch(() => undefined)
    throw error
  }
}

/** When each day is granted: a missed one at its last moment, today now. */
function instantsOf({ firstDay, lastDay }: DueRun, { program, now }: Round): number[] {
  const instants: number[] = []
  for (let day = firstDay; day < lastDay; day = shiftDate(day, 1, 'days')) instants.push(endOfDay(day, program.timezone) - 1)
  return [...instants, now]
}

/** Months differ in length, so that stepping back and forth by one may miss by this much; the rules themselves decide exactly. */
const SLACK_DAYS = 4

/** Who may be due, as far as the database can tell. */
function questionOf({ accountId, firstDay, lastDay }: DueRun, { program, account, now }: Round): Omit<DueQuestion, 'after'> {
  const { timezone: zone, due, expire } = program
  const inactivities = due.flatMap(({ after }) => (after ? [after] : []))
  const backFrom = (day: string, { count, unit }: Period, slack: number) =>
    endOfDay(shiftDate(shiftDate(day, -count, unit), slack, 'days'), zone)
  const cutoffs = inactivities.map((after) => ({
    before: backFrom(lastDay, after, SLACK_DAYS),
    after: backFrom(firstDay, after, -SLACK_DAYS),
  }))
  const sameVersion = account.run?.programVersion === account.programVersion
  const idle = expire && 'inactive' in expire ? expire.inactive : undefined
  return {
    accountId,
    limit: PAGE,
    everybody: due.some(({ trigger, on = '' }) => trigger === 'date' && on >= firstDay && on <= lastDay),
    monthDays: monthDaysOf(program, firstDay, lastDay),
    seenBefore: cutoffs.length === 0 ? null : Math.max(...cutoffs.map(({ before }) => before)),
    // Under a new program a campaign also finds those who have long been away.
    seenAfter: cutoffs.length === 0 ? null : sameVersion ? Math.min(...cutoffs.map(({ after }) => after)) : 0,
    expiresBefore: idle ? Math.min(now, Math.max(now - periodMs(idle), backFrom(lastDay, idle, SLACK_DAYS))) : null,
    asset: program.units,
  }
}

/** The birthdays whose window touches one of the days; 29 February with the 28th. */
function monthDaysOf({ due }: Program, firstDay: string, lastDay: string): number[] {
  const days = new Set<number>()
  for (const { trigger, window } of due) {
    if (trigger !== 'birthday') continue
    const from = shiftDate(shiftDate(firstDay, -window.after.count, window.after.unit), -SLACK_DAYS, 'days')
    const until = shiftDate(shiftDate(lastDay, window.before.count, window.before.unit), SLACK_DAYS, 'days')
    for (let day = from; day <= until && days.size < 366; day = shiftDate(day, 1, 'days')) {
      days.add(Number(day.slice(5, 7)) * 100 + Number(day.slice(8, 10)))
      if (day.endsWith('02-28')) days.add(229)
    }
  }
  return [...days]
}

interface DueMember {
  readonly accountId: string
  readonly memberId: number
  readonly instants: readonly number[]
  readonly round: Round
}

/** Grants one member what is due, and writes what expired by the way. */
async function grantTo(db: Database, { accountId, memberId, instants, round }: DueMember): Promise<boolean> {
  const { program, now, random } = round
  const membership = await getMembership(db, accountId, String(memberId))
  if (!membership) return false
  for (let attempt = 1; ; attempt++) {
    const loaded = await loadWallet(db, accountId, memberId)
    const book = openWallet(program, loaded.wallet, now, () => newId(now, random))
    settleUnits(program, book)
    const { activeAt } = loaded.wallet
    for (const at of instants)
      grantDue(program, book, { member: factsOf(membership), activeAt, reserved: reservedOf(loaded, book.tallies), at })
    const changes = changesOf(book)
    if (changes.movements.length === 0 && changes.tallies === loaded.wallet.tallies) return false
    try {
      await commitMember(db, { accountId, memberId, version: loaded.wallet.version, rows: ledgerRows(loaded, changes, null) })
      return true
    } catch (error) {
      if (!(error instanceof StaleWallet) || attempt === ATTEMPTS) throw error
    }
  }
}

const expiresByInactivity = ({ expire }: Program): boolean => expire !== undefined && 'inactive' in expire
