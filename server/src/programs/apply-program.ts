import { type Budget, compileBudget, type ProgramDocument } from '@regulars/engine'
import { type Database, inTransaction, type Queryable, sqlState } from '../platform/index.ts'
import { setBudgets } from './budget-store.ts'
import { checkUnits, type UnitChange } from './check-units.ts'
import { type Difference, diffDocuments } from './diff-documents.ts'
import { insertExchange, type Liability, listExchanges, readLiability } from './exchange-store.ts'
import { type Conversion, conversionText, readConversion } from './read-conversion.ts'
import { findCurrentProgram, insertProgramVersion, lockCurrentProgram, type ProgramVersion } from './store.ts'

/** What applying a file would change, and the version it is compared with (0 for a new account). */
export interface ApplyPlan {
  readonly accountId: string
  readonly fromVersion: number
  readonly changes: readonly Difference[]
  /** What members have, if it is to become another unit. */
  readonly conversion?: Conversion & Liability
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
  /** `points:visits=10:1`, or `points=1:1`: said by who knows that what members have of a unit becomes another, or will mean something else. */
  readonly convert?: string
}

/**
 * Puts a checked program in force as a new version, in one transaction, or says why not. Orders that were placed keep the version they were placed under.
 * `agree` is shown the plan first and may decline; nothing is locked while it thinks, so what somebody else applied meanwhile refuses this one.
 */
export async function applyProgram(db: Database, { document, source, now, agree, convert }: ApplyWish): Promise<ApplyOutcome> {
  const accountId = document.account.id
  const seen = await findCurrentProgram(db, accountId)
  const difference = { accountId, fromVersion: seen?.version ?? 0, changes: diffDocuments(seen?.document, document) }
  if (seen && difference.changes.length === 0) {
    const refused = convert === undefined ? undefined : await misunderstood(db, accountId, convert)
    return refused === undefined
      ? { kind: 'unchanged', version: seen.version, plan: difference }
      : { kind: 'refused', message: refused, plan: difference }
  }
  const meant = await meaningOf(db, seen, document, convert)
  if ('refused' in meant) return { kind: 'refused', message: meant.refused, plan: difference }
  const plan = { ...difference, conversion: meant.exchange && (await conversionOf(db, accountId, meant.exchange)) }
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
    const means = await meaningOf(tx, current, document, convert)
    if ('refused' in means) return { kind: 'refused', message: means.refused, plan }
    const version = plan.fromVersion + 1
    await insertProgramVersion(tx, { accountId, version, source, document, rewardIds: nameRewards(current, document) }, now)
    await setBudgets(tx, accountId, budgetsOf(document))
    if (current && means.exchange) {
      const { expire } = current.document.program
      const inactive = expire && 'inactive' in expire ? expire.inactive : null
      await insertExchange(tx, accountId, {
        ...means.exchange,
        version,
        at: now,
        inactive,
        zone: current.document.account.timezone,
      })
    }
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

/** Who applies the same file again may mean to go on with a conversion that was cut off: that of the program in force, and no other. */
async function misunderstood(db: Queryable, accountId: string, convert: string): Promise<string | undefined> {
  const asked = readConversion(convert)
  if (typeof asked === 'string') return asked
  const last = (await listExchanges(db, accountId)).at(-1)
  if (asked.from === asked.to || (last && conversionText(asked) === conversionText(last))) return undefined
  return `The account has exactly this program already, and there is nothing to convert${last ? ` but what --convert ${conversionText(last)} did in version ${last.version}` : ''}.`
}

/** What a change would do to what members have. Amounts were recorded in the account's currency, so that one never changes. */
async function meaningOf(
  db: Queryable,
  current: ProgramVersion | undefined,
  after: ProgramDocument,
  convert: string | undefined,
): Promise<UnitChange> {
  if (!current) {
    const refused = `Account ${after.account.id} has no program yet, so there is nothing to convert. Apply it without --convert.`
    return convert === undefined ? {} : { refused }
  }
  const before = current.document
  if (before.account.currency === after.account.currency) return checkUnits(db, before, after, convert)
  return {
    refused: `account.currency cannot change from ${before.account.currency} to ${after.account.currency}: amounts were recorded in it. Use another account.`,
  }
}

async function conversionOf(db: Queryable, accountId: string, conversion: Conversion): Promise<Conversion & Liability> {
  return { ...conversion, ...(await readLiability(db, accountId, conversion)) }
}

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
