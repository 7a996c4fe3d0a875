import type { Exchange } from '@regulars/engine'
import type { Queryable } from '../platform/index.ts'
import { diffDocuments } from './diff-documents.ts'
import { listExchanges } from './exchange-store.ts'
import { listProgramVersions } from './store.ts'

/** One version of an account's program. */
export interface PastProgram {
  readonly version: number
  readonly appliedAt: number
  readonly inForce: boolean
  /** How many values differ from the version before; all of them in the first. */
  readonly changes: number
  /** What it made of what members had. */
  readonly exchange?: Exchange
}

/** The versions of an account's program, the newest first; none for an account that does not exist. */
export async function programHistory(db: Queryable, accountId: string): Promise<PastProgram[]> {
  const exchanges = new Map((await listExchanges(db, accountId)).map((exchange) => [exchange.version, exchange]))
  const versions = await listProgramVersions(db, accountId)
  return versions.map(({ version, appliedAt, inForce, document }, index) => ({
    version,
    appliedAt,
    inForce,
    changes: diffDocuments(versions[index + 1]?.document, document).length,
    ...(exchanges.has(version) && { exchange: exchanges.get(version) }),
  }))
}
