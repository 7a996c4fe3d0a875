import type { ProgramDocument } from '@regulars/engine'
import { type Database, inTransaction } from '../platform/index.ts'
import { type Difference, diffDocuments } from './diff-documents.ts'
import { hasBalances, insertProgramVersion, lockCurrentProgram, type ProgramVersion } from './store.ts'

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

/** Thrown inside the transaction to leave everything as it was. */
class Left extends Error {
  readonly outcome: ApplyOutcome
  constructor(outcome: ApplyOutcome) {
    super('nothing applied')
    this.outcome = outcome
  }
}

/** Wire ids of rewards start here: seven digits, as clients know them. */
const FIRST_REWARD_ID = 1_000_001

/**
 * Puts a checked program in force as a new version, in one transaction, or says why not. Orders that were placed keep the version they were placed under.
 * `agree` is shown the plan first and may decline.
 */
export async function applyProgram(
  db: Database,
  {
    document,
    source,
    now,
    agree,
  }: { document: ProgramDocument; source: string; now: number; agree: (plan: ApplyPlan) => Promise<boolean> | boolean },
): Promise<ApplyOutcome> {
  const accountId = document.account.id
  try {
    return await inTransaction(db, async (tx) => {
      const current = await lockCurrentProgram(tx, accountId)
      const plan = { accountId, fromVersion: current?.version ?? 0, changes: diffDocuments(current?.document, document) }
      if (current && plan.changes.length === 0) return { kind: 'unchanged', version: current.version, plan }
      const obstacle = current && (await obstacleTo(current.document, document, (asset) => hasBalances(tx, accountId, asset)))
      if (obstacle) throw new Left({ kind: 'refused', message: obstacle, plan })
      if (!(await agree(plan))) throw new Left({ kind: 'refused', message: 'Not applied: it was declined.', plan })
      const version = plan.fromVersion + 1
      await insertProgramVersion(tx, { accountId, version, source, document, rewardIds: nameRewards(current, document) }, now)
      return { kind: 'applied', version, plan }
    })
  } catch (error) {
    if (error instanceof Left) return error.outcome
    throw error
  }
}

/** A balance means something under the program it was earned under: points do not turn into stamps by editing a file. */
async function obstacleTo(
  before: ProgramDocument,
  after: ProgramDocument,
  hasBalances: (asset: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (before.account.currency !== after.account.currency) {
    return `account.currency cannot change from ${before.account.currency} to ${after.account.currency}: amounts were recorded in it. Use another account.`
  }
  const asset = unitsOf(before)
  const kind = (document: ProgramDocument) => `${document.program.type} in ${unitsOf(document)}`
  if (kind(before) === kind(after) || !(await hasBalances(asset))) return undefined
  return `program.type cannot change from ${kind(before)} to ${kind(after)} while members have ${asset}: let them be spent or expire first, or use another account.`
}

const unitsOf = ({ program }: ProgramDocument): string => program.units ?? (program.type === 'visits' ? 'visits' : 'points')

/** A reward keeps its id for as long as its key lives, also through versions that did without it. */
function nameRewards(current: ProgramVersion | undefined, document: ProgramDocument): Record<string, number> {
  const ids: Record<string, number> = { ...current?.rewardIds }
  let next = Math.max(FIRST_REWARD_ID - 1, ...Object.values(ids)) + 1
  for (const key of Object.keys(document.rewards ?? {})) ids[key] ??= next++
  return ids
}
