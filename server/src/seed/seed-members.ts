import { createHash } from 'node:crypto'
import type { Database, RandomBytes } from '../platform/index.ts'
import type { ProgramShelf } from '../programs/index.ts'
import { DAY_MS, liveHistory } from './live-history.ts'
import { analyseTables, copyMembers, findSeedCredential, findSeeded, joinMember } from './store.ts'

export interface SeedReport {
  readonly members: number
  readonly made: number
  readonly durationMs: number
}

/** Their phones are +1555 and seven digits. */
export const MEMBERS_MAX = 10_000_000
/** So many members live their history through the order desk; every other one has the history of one of them. */
const MODELS = 100
/** A chunk is a second's work, or one transaction could not tell how far it is. */
const CHUNK = 5_000
/** The models join this long ago, and buy from then on. */
const HISTORY_DAYS = 100

/**
 * Fills an account up to `members` members, numbered from 1, each with a wallet and completed orders. The first hundred post their orders to the order
 * desk, so what they have is what the product gives; all others are copies of them under other numbers, made inside PostgreSQL: no byte of them crosses
 * the connection, and their digests hold because no digest covers the member's number. The same seed, day and program make the same rows. What is there
 * stays, so a run that was cut off goes on.
 * @throws RangeError for an account that has other members in this range, or nobody to sign for it.
 */
export async function seedMembers(
  db: Database,
  { accountId, members, seed, now, shelf, most = MODELS, onProgress }: SeedOptions,
): Promise<SeedReport> {
  const start = performance.now()
  const credential = await findSeedCredential(db, accountId)
  if (!credential) throw new RangeError(`account ${accountId} has no credential: make one first (regulars credential create)`)
  const { program } = await shelf.current(db, accountId)
  const { count, last } = await findSeeded(db, accountId, MEMBERS_MAX)
  if (count !== last)
    throw new RangeError(`account ${accountId} has ${count} members between 1 and ${last}: they were not all made by seeding`)

  const today = Math.floor(now / DAY_MS) * DAY_MS
  const models = Math.min(most, members)
  onProgress?.(Math.min(last, members), members)
  for (let memberId = last + 1; memberId <= models; memberId++) {
    const random = seededBytes(`${seed}/${memberId}`)
    const joinedAt = today - HISTORY_DAYS * DAY_MS
    await joinMember(db, { accountId, memberId, joinedAt })
    await liveHistory(db, { accountId, memberId, joinedAt, days: HISTORY_DAYS, credential, program, shelf, random })
    onProgress?.(memberId, members)
  }
  for (let from = Math.max(last, models) + 1; from <= members; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, members)
    await copyMembers(db, { accountId, from, to, models })
    onProgress?.(to, members)
  }
  const made = Math.max(0, members - last)
  if (made > 0) await analyseTables(db)
  return { members: Math.max(last, members), made, durationMs: Math.round(performance.now() - start) }
}

interface SeedOptions {
  readonly accountId: string
  readonly members: number
  readonly seed: number
  readonly now: number
  readonly shelf: ProgramShelf
  /** Of members who live their history. */
  readonly most?: number
  readonly onProgress?: (done: number, total: number) => void
}

/** Chance that is the same for the same text. */
function seededBytes(text: string): RandomBytes {
  let count = 0
  return (size) => {
    count += 1
    return createHash('sha256').update(`${text}/${count}`).digest().subarray(0, size)
  }
}
