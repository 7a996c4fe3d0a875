import type { Queryable } from '../platform/index.ts'
import { diffDocuments } from './diff-documents.ts'
import { listProgramVersions } from './store.ts'

/** One version of an account's program. */
export interface PastProgram {
  readonly version: number
  readonly appliedAt: number
  readonly inForce: boolean
  /** How many values differ from the version before; all of them in the first. */
  readonly changes: number
}

/** The versions of an account's program, the newest first; none for an account that does not exist. */
export async function programHistory(db: Queryable, accountId: string): Promise<PastProgram[]> {
  const versions = await listProgramVersions(db, accountId)
  return versions.map(({ version, appliedAt, inForce, document }, index) => ({
    version,
    appliedAt,
    inForce,
    changes: diffDocuments(versions[index + 1]?.document, document).length,
  }))
}
