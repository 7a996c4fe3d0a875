import { compileProgram, type Program } from '@regulars/engine'
import type { Queryable } from '../platform/index.ts'
import { RULE_TOOLS } from './rule-tools.ts'
import { findCurrentVersion, findProgramVersion } from './store.ts'

/** Compiled programs of one environment. A version never changes, so what stands here stays right for ever. */
export interface ProgramShelf {
  /** @throws when there is no such version: a bug, since versions are never removed. */
  get(db: Queryable, accountId: string, version: number): Promise<Program>
  /** What stands here already, without asking anybody. */
  peek(accountId: string, version: number): Program | undefined
  /**
   * The program in force now.
   * @throws for an account that has none: whoever asks holds a credential of it, and those are made after it.
   */
  current(db: Queryable, accountId: string): Promise<ProgramInForce>
  /** The newest program this server has seen of an account: for reading a call's form before its own load says which one is in force. */
  latest(db: Queryable, accountId: string): Promise<ProgramInForce>
}

export interface ProgramInForce {
  readonly program: Program
  readonly version: number
}

/** Accounts × versions in use; past that, the oldest make room. */
const KEPT = 2_000

export function createProgramShelf(): ProgramShelf {
  const shelf = new Map<string, Program>()
  const newest = new Map<string, number>()
  const peek = (accountId: string, version: number) => shelf.get(`${accountId}/${version}`)

  const get: ProgramShelf['get'] = async (db, accountId, version) => {
    const known = peek(accountId, version)
    if (known) return known
    const found = await findProgramVersion(db, accountId, version)
    if (!found) throw new Error(`account ${accountId} has no program version ${version}`)
    const program = compileProgram(found.document, found.rewardIds, RULE_TOOLS)
    shelf.set(`${accountId}/${version}`, program)
    for (const oldest of shelf.keys()) {
      if (shelf.size <= KEPT) break
      shelf.delete(oldest)
    }
    return program
  }

  const current: ProgramShelf['current'] = async (db, accountId) => {
    const version = await findCurrentVersion(db, accountId)
    if (version === undefined) throw new Error(`account ${accountId} has no program`)
    newest.set(accountId, version)
    return { program: await get(db, accountId, version), version }
  }

  return {
    get,
    peek,
    current,
    async latest(db, accountId) {
      const version = newest.get(accountId)
      return version === undefined ? current(db, accountId) : { program: await get(db, accountId, version), version }
    },
  }
}
