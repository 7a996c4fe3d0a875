import type { Database, Environment } from '../platform/index.ts'
import { insertNonces, type UsedNonce } from './store.ts'

/** Remembers which nonces were used, for all servers on one database. */
export interface NonceRegister {
  /** True for whoever comes first with this nonce of this credential; durable when it resolves. A database that cannot be asked is thrown. */
  claim(environment: Environment, use: UsedNonce): Promise<boolean>
}

interface Waiting {
  readonly use: UsedNonce
  readonly settle: (first: boolean) => void
  readonly fail: (fault: unknown) => void
}

/** One statement carries so many at most. */
const BATCH_MAX = 500

/**
 * While one statement is under way, those that come are collected for the next: a thousand calls a second then cost some hundred commits instead of a
 * thousand, and one call alone waits for nobody.
 */
export function createNonceRegister(databases: Partial<Record<Environment, Database>>): NonceRegister {
  const lines = new Map<Environment, { waiting: Waiting[]; busy: boolean }>()

  return {
    claim(environment, use) {
      const line = lines.get(environment) ?? { waiting: [], busy: false }
      lines.set(environment, line)
      return new Promise((settle, fail) => {
        line.waiting.push({ use, settle, fail })
        if (!line.busy) void work(environment, line)
      })
    },
  }

  async function work(environment: Environment, line: { waiting: Waiting[]; busy: boolean }): Promise<void> {
    line.busy = true
    while (line.waiting.length > 0) {
      const batch = line.waiting.splice(0, BATCH_MAX)
      await claimAll(databases[environment], batch).catch((fault: unknown) => {
        for (const { fail } of batch) fail(fault)
      })
    }
    line.busy = false
  }
}

async function claimAll(db: Database | undefined, batch: readonly Waiting[]): Promise<void> {
  if (!db) throw new Error('a nonce is claimed in an environment that is served')
  // Always in the same order, so that two servers that meet wait for each other in a line and not in a circle.
  const uses = batch.map(({ use }) => use).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const fresh = new Set((await insertNonces(db, uses)).map(nameOf))
  // Of two in one batch the first one is served.
  for (const { use, settle } of batch) settle(fresh.delete(nameOf(use)))
}

const nameOf = ({ credentialId, nonce }: Pick<UsedNonce, 'credentialId' | 'nonce'>): string => `${credentialId} ${nonce}`
