import { changesOf, openWallet, type Program, settleUnits } from '@regulars/engine'
import { type Commit, commitMembers, ledgerRows, loadWallet, StaleWallet } from '../ledger/index.ts'
import { type Database, newId, type RandomBytes } from '../platform/index.ts'
import { type ExchangeRun, listExchangeRuns, listOwners, updateExchangeRun } from './exchange-run-store.ts'
import type { DueWork } from './grant-due.ts'

/** Members whose wallets are written together: what a server that dies does again, and finds done. */
const PAGE = 50
/** A busy member's own calls bring the exchange as well, so that losing this often means something else is wrong. */
const ATTEMPTS = 10

/**
 * Brings an exchange of units to those members whose wallets nobody has opened since. Nothing depends on when this runs or how often: a wallet becomes
 * the new unit as of the instant of the exchange, once, whoever opens it first. Returns how many members were looked at.
 */
export async function exchangeUnits(
  db: Database,
  { shelf, now, random, accountId, onProgress }: DueWork & { accountId?: string; onProgress?: (done: number) => void },
): Promise<number> {
  let done = 0
  for (const run of await listExchangeRuns(db)) {
    if (accountId !== undefined && run.accountId !== accountId) continue
    const program = await shelf.get(db, run.accountId, run.programVersion)
    for (let after: number | undefined = run.after; after !== undefined; ) {
      const page: number[] = await listOwners(db, { ...run, after }, PAGE)
      await exchangePage(db, page, { run, program, now, random })
      after = page.length < PAGE ? undefined : page.at(-1)
      await updateExchangeRun(db, run, after ?? null)
      done += page.length
      onProgress?.(done)
    }
  }
  return done
}

interface Round {
  readonly run: ExchangeRun
  readonly program: Program
  readonly now: number
  readonly random: RandomBytes
}

async function exchangePage(db: Database, members: readonly number[], round: Round): Promise<void> {
  let left = members
  for (let attempt = 1; left.length > 0; attempt++) {
    const commits = (await Promise.all(left.map((memberId) => decide(db, memberId, round)))).flatMap((commit) => commit ?? [])
    const outcomes = await commitMembers(db, commits)
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    const fault = failed.find((reason) => !(reason instanceof StaleWallet) || attempt === ATTEMPTS)
    if (fault) throw fault
    left = commits.flatMap(({ memberId }, index) => (outcomes[index]?.status === 'rejected' ? [memberId] : []))
  }
}

/** What opening a wallet makes of it; undefined where that is nothing new. */
async function decide(db: Database, memberId: number, { run, program, now, random }: Round): Promise<Commit | undefined> {
  const { accountId } = run
  const loaded = await loadWallet(db, accountId, memberId)
  const book = openWallet(program, loaded.wallet, now, () => newId(now, random))
  settleUnits(program, book)
  const changes = changesOf(book)
  if (changes.movements.length === 0) return undefined
  return { accountId, memberId, version: loaded.wallet.version, rows: ledgerRows(loaded, changes, null) }
}
