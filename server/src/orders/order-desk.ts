import { refuse } from '@regulars/contract'
import type { Program } from '@regulars/engine'
import { type Commit, commitMember, commitMembers, createMemberQueue, lockWallet, StaleWallet } from '../ledger/index.ts'
import {
  createBatches,
  type Database,
  DatabaseUnavailable,
  inTransaction,
  newId,
  type RandomBytes,
  type Tx,
  traced,
} from '../platform/index.ts'
import type { ProgramShelf } from '../programs/index.ts'
import type { Caller } from '../signing/index.ts'
import { type DecidedRun, decideRun } from './decide-run.ts'
import { createKnownWallets, restingOn } from './known-wallets.ts'
import type { OrderOutcome } from './outcome.ts'
import type { Run } from './run.ts'
import { type LoadedRun, loadRuns, type RunToLoad } from './store.ts'
import { claimWork, orderWork, type PostedClaim, type PostedOrder, type Tools, type Work, type Works } from './work.ts'

/** Where order calls of one environment are decided. */
export interface OrderDesk {
  post(order: PostedOrder): Promise<OrderOutcome>
  claim(claim: PostedClaim): Promise<OrderOutcome>
}

/** Losing this often to other servers means that the member is busy: then the row's lock decides who is next. */
const OPTIMISTIC_ATTEMPTS = 3
/** Under the lock only a move of the order between members can still interfere. */
const LOCKED_ATTEMPTS = 5

/** Batches of each kind at once. A second one opens only when it is large: the larger they are, the less each call costs (docs/benchmarks.md). */
const BATCHES = { lanes: 2, enough: 24, most: 64 }
/** Calls of one member that are decided in a row, within one turn of the event loop: others wait for as long as this many decisions take. */
const RUN_MAX = 32
/** As many tills as one server answers have an order under way each. */
const KNOWN_MAX = 1_000

/** How a run is loaded and committed: by statements that it shares with others, or within a transaction of its own. */
interface Access {
  load(run: RunToLoad): Promise<LoadedRun>
  commit(commit: Commit): Promise<void>
}

function accessBy(tx: Tx): Access {
  return {
    async load(run) {
      const [loaded] = await loadRuns(tx, [run])
      if (!loaded) throw new Error('every run is loaded')
      return loaded
    },
    commit: (commit) => commitMember(tx, commit),
  }
}

/**
 * One load, one decision, one commit: two round trips, which calls that come together share, those of one member too; and one for an order that this server
 * has just written (docs/ARCHITECTURE.md, "The write path"). `knownMax`: members of whom it remembers that.
 */
export function createOrderDesk({
  db,
  shelf,
  now,
  random,
  knownMax = KNOWN_MAX,
}: {
  db: Database
  shelf: ProgramShelf
  now: () => number
  random: RandomBytes
  knownMax?: number
}): OrderDesk {
  const known = createKnownWallets(knownMax)
  const tools: Tools = { random, programOf }
  const queue = createMemberQueue({ run: serve, most: RUN_MAX })
  const shared: Access = {
    load: createBatches({ run: loadTogether, ...BATCHES }),
    commit: createBatches({ run: (commits: readonly Commit[]) => commitMembers(db, commits), ...BATCHES }),
  }

  return {
    post: (order) => queued(orderWork(order, tools), order.memberRef),
    claim: (claim) => queued(claimWork(claim, tools), claim.memberRef),
  }

  async function queued(work: Work | undefined, memberRef: string): Promise<OrderOutcome> {
    if (!work) return { kind: 'refused', refusal: refuse('member_unknown', { member: memberRef }).refusal }
    return queue(`${work.caller.accountId}/${work.memberId}`, work)
  }

  /** In the order they came, as many at once as may go together; each by itself where that fails, so that a fault stays with whom it belongs to. */
  async function serve(works: Works): Promise<readonly PromiseSettledResult<OrderOutcome>[]> {
    const results: PromiseSettledResult<OrderOutcome>[] = []
    for (let left = works; ; ) {
      const outcomes = await settled(left)
      results.push(...outcomes)
      const [next, ...others] = left.slice(outcomes.length)
      if (!next) return results
      left = [next, ...others]
    }
  }

  async function settled(works: Works): Promise<readonly PromiseSettledResult<OrderOutcome>[]> {
    try {
      return (await run(works)).map((value) => ({ status: 'fulfilled', value }))
    } catch (reason) {
      if (works.length === 1 || reason instanceof DatabaseUnavailable) return works.map(() => ({ status: 'rejected', reason }))
    }
    const results: PromiseSettledResult<OrderOutcome>[] = []
    for (const work of works) results.push(...(await settled([work])))
    return results
  }

  /** The outcomes of the first of them, at least one. */
  async function run(works: Works): Promise<readonly OrderOutcome[]> {
    const unloaded = await attemptUnloaded(works)
    if (unloaded) return unloaded
    for (let attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++) {
      const outcomes = await attemptOnce(shared, works)
      if (outcomes) return outcomes
    }
    for (let attempt = 0; attempt < LOCKED_ATTEMPTS; attempt++) {
      const outcomes = await underLock(works)
      if (outcomes) return outcomes
    }
    throw new Error('an order call lost every race for its member')
  }

  /** By what this server remembers. Undefined when it does not know enough, something has changed since, or any of them is not simply accepted. */
  async function attemptUnloaded(works: Works): Promise<readonly OrderOutcome[] | undefined> {
    const it = known.take(runOf(works))
    if (!it || !works.every((work) => work.goesOn)) return undefined
    const { outcomes, commit, run, areAccepted } = await decideOn(it.loaded, works)
    if (!areAccepted || !commit || run.isOver()) return undefined
    return (await isCommitted(shared, restingOn(commit, it.restsOn), it.loaded, run)) ? outcomes : undefined
  }

  /** Undefined when the wallet moved on between load and commit. */
  async function attemptOnce(access: Access, works: Works): Promise<readonly OrderOutcome[] | undefined> {
    const loaded = await traced('load', () => access.load(runOf(works)))
    const { outcomes, commit, run } = await decideOn(loaded, works)
    return !commit || (await isCommitted(access, commit, loaded, run)) ? outcomes : undefined
  }

  async function decideOn(loaded: LoadedRun, works: Works): Promise<DecidedRun> {
    const { accountId } = works[0].caller
    const isMissing = (version: number) => shelf.peek(accountId, version) === undefined
    if (isMissing(loaded.programVersion)) await shelf.get(db, accountId, loaded.programVersion)
    for (const { found } of loaded.calls)
      for (const { order } of found.values())
        if (isMissing(order.programVersion)) await shelf.get(db, accountId, order.programVersion)
    const instant = now()
    return decideRun(works, loaded, { programOf, now: instant, mark: newId(instant, random) })
  }

  async function isCommitted(access: Access, commit: Commit, loaded: LoadedRun, run: Run): Promise<boolean> {
    try {
      await traced('commit', () => access.commit(commit))
    } catch (error) {
      if (error instanceof StaleWallet) return false
      throw error
    }
    const left = access === shared ? run.left(commit) : undefined
    if (left) known.put(commit, loaded, left)
    return true
  }

  async function loadTogether(runs: readonly RunToLoad[]): Promise<readonly PromiseSettledResult<LoadedRun>[]> {
    return (await loadRuns(db, runs)).map((value) => ({ status: 'fulfilled', value }))
  }

  function programOf(accountId: string, version: number): Program {
    const program = shelf.peek(accountId, version)
    if (!program) throw new Error(`program version ${version} of account ${accountId} is not loaded`)
    return program
  }

  async function underLock(works: Works): Promise<readonly OrderOutcome[] | undefined> {
    try {
      return await inTransaction(db, async (tx) => {
        const [{ caller, memberId }] = works
        await lockWallet(tx, caller.accountId, memberId)
        const outcomes = await attemptOnce(accessBy(tx), works)
        if (!outcomes) throw new StaleWallet('the order moved between members')
        return outcomes
      })
    } catch (error) {
      if (error instanceof StaleWallet) return undefined
      throw error
    }
  }
}

function runOf(works: Works) {
  const [{ caller, memberId }] = works
  const calls = works.map(({ caller, keys }) => ({ ...callerOf(caller), keys }))
  return { accountId: caller.accountId, memberId, calls }
}

const callerOf = ({ credentialId, credentialVersion }: Caller) => ({ credentialId, credentialVersion })
