import { type Budget, compileBudget, type ProgramDocument } from '@regulars/engine'
import { type Database, inTransaction, type Queryable, sqlState } from '../platform/index.ts'
import { setBudgets } from './budget-store.ts'
import { type Difference, diffDocuments } from './diff-documents.ts'
import { findCurrentProgram, hasBalances, insertProgramVersion, lockCurrentProgram, type ProgramVersion } from './store.ts'

/** What applying a file would change, and the version it is compared with (0 for a new account). */
export interface ApplyPlan {
  readonly accountId: string
  readonly fromVersion: number
  readonly changes: readonly Difference[]
}

export type ApplyOutcome =
  | { readonly kind: 'applied'; readonly version: number; readonly plan: ApplyPlan }
  | { readonly kind: 'unchanged'; readonly version: number; readonly plan: ApplyPlan }
  | { readonly kind: 'refused'; readonly message: string; readonly plan: ApplyPlan }

/** Wire ids of rewards start here: seven digits, as clients know them. */
export const FIRST_REWARD_ID = 1_000_001

/** What an applier asks for. */
export interface ApplyWish {
  readonly document: ProgramDocument
  readonly source: string
  readonly now: number
  readonly agree: (plan: ApplyPlan) => Promise<boolean> | boolean
  /** `points=1:1`: said by who knows that what members have of this unit will mean something else. */
  readonly convert?: string
}

/**
 * Puts a checked program in force as a new version, in one transaction, or says why not. Orders that were placed keep the version they were placed under.
 * `agree` is shown the plan first and may decline; nothing is locked while it thinks, so what somebody else applied meanwhile refuses this one.
 */
export async function applyProgram(db: Database, { document, source, now, agree, convert }: ApplyWish): Promise<ApplyOutcome> {
  const accountId = document.account.id
  const seen = await findCurrentProgram(db, accountId)
  const plan = { accountId, fromVersion: seen?.version ?? 0, changes: diffDocuments(seen?.document, document) }
  if (seen && plan.changes.length === 0) return { kind: 'unchanged', version: seen.version, plan }
  const obstacle = seen && (await obstacleTo(db, seen.document, document, convert))
  if (obstacle) return { kind: 'refused', message: obstacle, plan }
  if (!(await agree(plan))) return { kind: 'refused', message: 'Not applied: it was declined.', plan }

  const apply = inTransaction(db, async (tx): Promise<ApplyOutcome> => {
    const current = await lockCurrentProgram(tx, accountId)
    const stands = current?.version ?? 0
    if (stands !== plan.fromVersion) {
      return {
        kind: 'refused',
        message: `Not applied: version ${stands} was put in force meanwhile. Look at the difference again.`,
        plan,
      }
    }
    const arisen = current && (await obstacleTo(tx, current.document, document, convert))
    if (arisen) return { kind: 'refused', message: arisen, plan }
    const version = plan.fromVersion + 1
    await insertProgramVersion(tx, { accountId, version, source, document, rewardIds: nameRewards(current, document) }, now)
    await setBudgets(tx, accountId, budgetsOf(document))
    return { kind: 'applied', version, plan }
  })
  return apply.catch((error: unknown) => {
    // A new account has no row to lock: of two that make it at once, the later one meets the other's.
    if (sqlState(error) === '23505')
      return {
        kind: 'refused',
        message: `Not applied: account ${accountId} was made meanwhile. Look at the difference again.`,
        plan,
      }
    throw error
  })
}

/**
 * A balance means something under the program it was earned under: points do not turn into stamps by editing a file. A type that counts in the same unit
 * may take balances over one to one, when that is said.
 */
async function obstacleTo(
  db: Queryable,
  before: ProgramDocument,
  after: ProgramDocument,
  convert: string | undefined,
): Promise<string | undefined> {
  if (before.account.currency !== after.account.currency) {
    return `account.currency cannot change from ${before.account.currency} to ${after.account.currency}: amounts were recorded in it. Use another account.`
  }
  const asset = unitsOf(before)
  const kind = (document: ProgramDocument) => `${document.program.type} in ${unitsOf(document)}`
  if (kind(before) === kind(after) || !(await hasBalances(db, before.account.id, asset))) return undefined
  const refusal = `program.type cannot change from ${kind(before)} to ${kind(after)} while members have ${asset}`
  if (asset !== unitsOf(after))
    return `${refusal}, which cannot be turned into ${unitsOf(after)}: apply a version of the old program that gives no more (no earn rate, no campaigns) and lets its ${asset} expire, wait until they are spent or gone, and apply this one then; or use another account.`
  const accepted = `${asset}=1:1`
  if (convert === accepted) return undefined
  return `${refusal}, since they would mean something else. Pass --convert ${accepted} if every member is to keep the same number of ${asset}${convert === undefined ? '' : `; --convert ${convert} is not known`}.`
}

const unitsOf = ({ program }: ProgramDocument): string => program.units ?? (program.type === 'visits' ? 'visits' : 'points')

/** A reward keeps its id for as long as its key lives, also through versions that did without it. */
function nameRewards(current: ProgramVersion | undefined, document: ProgramDocument): Record<string, number> {
  const ids: Record<string, number> = { ...current?.rewardIds }
  let next = Math.max(FIRST_REWARD_ID - 1, ...Object.values(ids)) + 1
  for (const key of Object.keys(document.rewards ?? {})) ids[key] ??= next++
  return ids
}

function budgetsOf({ campaigns = {} }: ProgramDocument): Budget[] {
  return Object.entries(campaigns).flatMap(([key, { budget }]) => (budget ? [compileBudget(key, budget)] : []))
}
