import { createHash, hash } from 'node:crypto'
import { type OrderCall, type Refusal, refuse } from '@regulars/contract'
import {
  decideClaim,
  decideOrder,
  explain,
  idKey,
  type OrderDecision,
  type Program,
  receiptKey,
  type Story,
  storyOf,
  uuidKey,
} from '@regulars/engine'
import { type Commit, commitMember, commitMembers, createMemberQueue, lockWallet, StaleWallet } from '../ledger/index.ts'
import {
  createBatches,
  type Database,
  DatabaseUnavailable,
  decimalId,
  inTransaction,
  newId,
  type RandomBytes,
  receiptCode,
  type Tx,
  traced,
} from '../platform/index.ts'
import type { ProgramShelf } from '../programs/index.ts'
import { factsOf } from '../rewards/index.ts'
import type { Caller } from '../signing/index.ts'
import { answerText, explainText, toRefusal } from './answer.ts'
import { createKnownWallets, restingOn } from './known-wallets.ts'
import { isReceiptOf } from './receipt.ts'
import { openRun, type Run, type Situation } from './run.ts'
import { type LoadedRun, loadRuns, type RunToLoad } from './store.ts'
import { viewExplanation } from './view-explanation.ts'

/** Where order calls of one environment are decided. */
export interface OrderDesk {
  post(order: PostedOrder): Promise<OrderOutcome>
  claim(claim: PostedClaim): Promise<OrderOutcome>
}

export interface PostedOrder {
  readonly caller: Caller
  /** The member id of the path, or `guest`. */
  readonly memberRef: string
  readonly call: OrderCall
  /** The body as it was received: kept with the order, unknown fields and all. */
  readonly body: string
  readonly explain: boolean
  /** The program version that the call was read under. */
  readonly readUnder: number
}

export interface PostedClaim {
  readonly caller: Caller
  readonly memberRef: string
  readonly receipt: { readonly code: string } | { readonly orderId: string; readonly date: string; readonly total: number }
}

/** The answer's text; or a refusal; or `stale_credential`: the caller was authenticated with what has changed since, so authenticate again. */
export type OrderOutcome =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'stale_credential' }
  /** The call was read under a program that is not in force any more: read it again. */
  | { readonly kind: 'stale_program' }

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

interface Work {
  readonly caller: Caller
  readonly memberId: number
  readonly keys: readonly string[]
  readonly guest: boolean
  decide(situation: DeskSituation): { decision: OrderDecision; digits: number }
  /** It goes on with an order; anything that has to look back is loaded. */
  readonly goesOn: boolean
  readonly request: string
  readonly explain: boolean
  readonly readUnder?: number
}

type Works = readonly [Work, ...Work[]]

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

interface DeskSituation extends Situation {
  readonly membership: LoadedRun['membership']
  readonly program: Program
  readonly programVersion: number
  readonly now: number
}

/** `goesOn` in a call: what has a next step that is known in advance. */
const GOES_ON: ReadonlySet<string> = new Set(['checkout', 'placed', 'billed', 'completed'])

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
  const queue = createMemberQueue({ run: serve, most: RUN_MAX })
  const shared: Access = {
    load: createBatches({ run: loadTogether, ...BATCHES }),
    commit: createBatches({ run: (commits: readonly Commit[]) => commitMembers(db, commits), ...BATCHES }),
  }

  return {
    async post({ caller, memberRef, call, body, explain, readUnder }) {
      const guest = memberRef === 'guest'
      const keys = keysOf(call)
      const memberId = guest ? guestId(caller.accountId, keys) : toMemberId(memberRef)
      if (memberId === undefined) return { kind: 'refused', refusal: refuse('member_unknown', { member: memberRef }).refusal }
      const work: Work = {
        caller,
        memberId,
        keys,
        guest,
        goesOn: GOES_ON.has(call.status),
        request: body,
        explain,
        readUnder,
        decide: ({ wallet, found, reserved, membership, program, programVersion, now }) => ({
          digits: call.digits,
          decision: decideOrder({
            call,
            ownerId: memberId,
            member: membership && factsOf(membership),
            wallet,
            byId: call.orderId === undefined ? undefined : found.get(idKey(call.orderId)),
            byUuid: call.basketUuid === undefined ? undefined : found.get(uuidKey(call.basketUuid)),
            program,
            programVersion,
            programOf: (version) => shelfed(caller.accountId, version),
            reserved,
            now,
            newId: () => newId(now, random),
            newTransactionId: () => decimalId(random),
            newReceiptCode: () => receiptCode(random),
            digest,
            get bodyDigest() {
              return digest(body)
            },
          }),
        }),
      }
      return queue(`${caller.accountId}/${memberId}`, work)
    },

    async claim({ caller, memberRef, receipt }) {
      const memberId = toMemberId(memberRef)
      if (memberId === undefined) return { kind: 'refused', refusal: refuse('member_unknown', { member: memberRef }).refusal }
      const key = 'code' in receipt ? receiptKey(receipt.code.trim().toUpperCase()) : idKey(receipt.orderId)
      const work: Work = {
        caller,
        memberId,
        keys: [key],
        guest: false,
        goesOn: false,
        request: JSON.stringify({ claim: receipt }),
        explain: false,
        decide({ wallet, found, reserved, membership, program, now }) {
          const named = found.get(key)
          const fits =
            named &&
            ('code' in receipt || isReceiptOf(named.order, receipt, shelfed(caller.accountId, named.order.programVersion)))
          if (!membership) throw new Error('a claim is decided for a member')
          return {
            digits: program.digits,
            decision: decideClaim({
              program,
              ownerId: memberId,
              member: factsOf(membership),
              wallet,
              found: fits ? named : undefined,
              programOf: (version) => shelfed(caller.accountId, version),
              reserved,
              now,
              newId: () => newId(now, random),
            }),
          }
        },
      }
      return queue(`${caller.accountId}/${memberId}`, work)
    },
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
    const found = loaded.calls.flatMap((call) => [...call.found.values()])
    const versions = new Set([loaded.programVersion, ...found.map(({ order }) => order.programVersion)])
    for (const version of versions) await shelf.get(db, works[0].caller.accountId, version)
    return decideRun(works, loaded)
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

  /** Each is decided on what those before it have left behind. */
  function decideRun(works: Works, loaded: LoadedRun): DecidedRun {
    const [{ caller, memberId }] = works
    const { programVersion, membership } = loaded
    const instant = loaded.clockAt ?? now()
    const program = shelfed(caller.accountId, programVersion)
    const opened = openRun(memberId, loaded, instant)
    const outcomes: OrderOutcome[] = []
    let accepted = 0
    for (const [index, work] of works.entries()) {
      const outcome = decideNext(index, work)
      if (!outcome) break
      outcomes.push(outcome)
      if (opened.isOver()) break
    }
    return { outcomes, commit: opened.commit(caller.accountId), run: opened, areAccepted: accepted === works.length }

    /** Undefined when it has to wait for a run of its own. */
    function decideNext(index: number, work: Work): OrderOutcome | undefined {
      if (loaded.calls[index]?.credentialVersion !== work.caller.credentialVersion) return { kind: 'stale_credential' }
      if (work.readUnder !== undefined && work.readUnder !== programVersion) return { kind: 'stale_program' }
      if (!work.guest && !membership)
        return { kind: 'refused', refusal: refuse('member_unknown', { member: String(memberId) }).refusal }
      const situation = opened.situationOf(index, work.keys)
      const { decision, digits } = work.decide({ ...situation, membership, program, programVersion, now: instant })
      if (decision.kind === 'refused') return { kind: 'refused', refusal: toRefusal(decision.refusal, digits) }
      const text = decision.kind === 'replayed' ? decision.text : answerText(decision.answer, digits)
      if (decision.kind === 'accepted' && !opened.keep(decision.write, { text, request: work.request })) return undefined
      if (decision.kind === 'accepted') accepted += 1
      return { kind: 'answered', text: explained(text) }

      /** A repeat is explained by the order as it stands; what is remembered of an answer never holds its explanation. */
      function explained(text: string): string {
        const story = work.explain && storyToTell(decision, situation)
        return story
          ? explainText(text, viewExplanation(explain(shelfed(caller.accountId, story.programVersion), story), digits))
          : text
      }
    }
  }

  async function loadTogether(runs: readonly RunToLoad[]): Promise<readonly PromiseSettledResult<LoadedRun>[]> {
    return (await loadRuns(db, runs)).map((value) => ({ status: 'fulfilled', value }))
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

  function shelfed(accountId: string, version: number): Program {
    const program = shelf.peek(accountId, version)
    if (!program) throw new Error(`program version ${version} of account ${accountId} is not loaded`)
    return program
  }
}

interface DecidedRun {
  /** Of the first of the calls, at least one. */
  readonly outcomes: readonly OrderOutcome[]
  readonly commit: Commit | undefined
  readonly run: Run
  readonly areAccepted: boolean
}

function runOf(works: Works) {
  const [{ caller, memberId }] = works
  const calls = works.map(({ caller, keys }) => ({ ...callerOf(caller), keys }))
  return { accountId: caller.accountId, memberId, calls }
}

const callerOf = ({ credentialId, credentialVersion }: Caller) => ({ credentialId, credentialVersion })

/** What a decision was about: a quote's own story, else the order's as it is written or was found. */
function storyToTell(decision: OrderDecision, { found }: Situation): Story | undefined {
  if (decision.kind === 'accepted' || decision.kind === 'answered') {
    if (decision.answer.story) return decision.answer.story
    if (decision.kind === 'accepted') return storyOf(decision.write.order)
  }
  const [known] = found.values()
  return known && storyOf(known.order)
}

function keysOf({ orderId, basketUuid }: OrderCall): string[] {
  return [...(orderId === undefined ? [] : [idKey(orderId)]), ...(basketUuid === undefined ? [] : [uuidKey(basketUuid)])]
}

/**
 * A guest order's pseudo-member, made of account and order, so that it too is one member's affair and can live on any shard. Two orders may meet in one
 * id; then they queue for one empty wallet, and nothing else happens.
 */
function guestId(accountId: string, keys: readonly string[]): number {
  const hash = createHash('sha256')
    .update(`${accountId}\u0000${keys[0] ?? ''}`)
    .digest()
  return -1 - hash.readUIntBE(0, 6)
}

/** Decimal, positive, and no larger than ids of ours can be. */
function toMemberId(memberRef: string): number | undefined {
  return /^[1-9][0-9]{0,14}$/.test(memberRef) ? Number(memberRef) : undefined
}

const digest = (text: string): string => hash('sha256', text, 'base64url')
