import { createHash } from 'node:crypto'
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
import {
  type Commit,
  commitMember,
  commitMembers,
  createMemberQueue,
  lockWallet,
  reservedOf,
  StaleWallet,
} from '../ledger/index.ts'
import {
  createBatches,
  type Database,
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
import { isReceiptOf } from './receipt.ts'
import { type CallToLoad, type LoadedCall, loadCalls, writeRows } from './store.ts'
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

interface Work {
  readonly caller: Caller
  readonly memberId: number
  readonly keys: readonly string[]
  readonly guest: boolean
  decide(situation: Situation): { decision: OrderDecision; digits: number }
  readonly request: string
  readonly explain: boolean
  readonly readUnder?: number
}

/** How a decision is loaded and committed: by statements that it shares with others, or within a transaction of its own. */
interface Access {
  load(call: CallToLoad): Promise<LoadedCall>
  commit(commit: Commit): Promise<void>
}

function accessBy(tx: Tx): Access {
  return {
    async load(call) {
      const [loaded] = await loadCalls(tx, [call])
      if (!loaded) throw new Error('every call that is loaded has a row')
      return loaded
    },
    commit: (commit) => commitMember(tx, commit),
  }
}

interface Situation {
  readonly row: LoadedCall
  readonly program: Program
  readonly now: number
}

/** One load, one decision, one commit: two round trips, with calls for one member queueing here (docs/ARCHITECTURE.md, "The write path"). */
export function createOrderDesk({
  db,
  shelf,
  now,
  random,
}: {
  db: Database
  shelf: ProgramShelf
  now: () => number
  random: RandomBytes
}): OrderDesk {
  const queue = createMemberQueue()
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
      const bodyDigest = digest(body)
      const work: Work = {
        caller,
        memberId,
        keys,
        guest,
        request: body,
        explain,
        readUnder,
        decide: ({ row, program, now }) => ({
          digits: call.digits,
          decision: decideOrder({
            call,
            ownerId: memberId,
            member: row.membership && factsOf(row.membership),
            wallet: row.loaded.wallet,
            byId: call.orderId === undefined ? undefined : row.found.get(idKey(call.orderId)),
            byUuid: call.basketUuid === undefined ? undefined : row.found.get(uuidKey(call.basketUuid)),
            program,
            programVersion: row.programVersion,
            programOf: (version) => shelfed(caller.accountId, version),
            reserved: reservedOf(row.loaded),
            now,
            newId: () => newId(now, random),
            newTransactionId: () => decimalId(random),
            newReceiptCode: () => receiptCode(random),
            digest,
            bodyDigest,
          }),
        }),
      }
      return queue(`${caller.accountId}/${memberId}`, () => run(work))
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
        request: JSON.stringify({ claim: receipt }),
        explain: false,
        decide({ row, program, now }) {
          const found = row.found.get(key)
          const fits =
            found &&
            ('code' in receipt || isReceiptOf(found.order, receipt, shelfed(caller.accountId, found.order.programVersion)))
          if (!row.membership) throw new Error('a claim is decided for a member')
          return {
            digits: program.digits,
            decision: decideClaim({
              program,
              ownerId: memberId,
              member: factsOf(row.membership),
              wallet: row.loaded.wallet,
              found: fits ? found : undefined,
              programOf: (version) => shelfed(caller.accountId, version),
              reserved: reservedOf(row.loaded),
              now,
              newId: () => newId(now, random),
            }),
          }
        },
      }
      return queue(`${caller.accountId}/${memberId}`, () => run(work))
    },
  }

  async function run(work: Work): Promise<OrderOutcome> {
    for (let attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++) {
      const outcome = await attemptOnce(shared, work)
      if (outcome) return outcome
    }
    for (let attempt = 0; attempt < LOCKED_ATTEMPTS; attempt++) {
      const outcome = await underLock(work)
      if (outcome) return outcome
    }
    throw new Error('an order call lost every race for its member')
  }

  /** Undefined when the wallet moved on between load and commit. */
  async function attemptOnce(access: Access, work: Work): Promise<OrderOutcome | undefined> {
    const { caller, memberId, keys } = work
    const { accountId, credentialId } = caller
    const row = await traced('load', () => access.load({ accountId, memberId, credentialId, keys }))
    if (row.credentialVersion !== caller.credentialVersion) return { kind: 'stale_credential' }
    if (work.readUnder !== undefined && work.readUnder !== row.programVersion) return { kind: 'stale_program' }
    if (!work.guest && !row.membership)
      return { kind: 'refused', refusal: refuse('member_unknown', { member: String(memberId) }).refusal }
    const versions = new Set([row.programVersion, ...[...row.found.values()].map(({ order }) => order.programVersion)])
    for (const version of versions) await shelf.get(db, accountId, version)

    const instant = row.clockAt ?? now()
    const { decision, digits } = work.decide({ row, program: shelfed(accountId, row.programVersion), now: instant })
    if (decision.kind === 'refused') return { kind: 'refused', refusal: toRefusal(decision.refusal, digits) }
    if (decision.kind === 'replayed') return { kind: 'answered', text: explained(decision.text) }
    const text = answerText(decision.answer, digits)
    if (decision.kind === 'accepted') {
      const { write } = decision
      const loaded =
        write.ownerId === memberId ? row.loaded : { ...row.loaded, wallet: { ...row.loaded.wallet, version: write.ownerVersion } }
      const rows = writeRows(write, { text, request: work.request, now: instant, loaded })
      try {
        await traced('commit', () => access.commit({ accountId, memberId: write.ownerId, version: write.ownerVersion, rows }))
      } catch (error) {
        if (error instanceof StaleWallet) return undefined
        throw error
      }
    }
    return { kind: 'answered', text: explained(text) }

    /** A repeat is explained by the order as it stands; what is remembered of an answer never holds its explanation. */
    function explained(text: string): string {
      const story = work.explain && storyToTell(decision, row)
      return story ? explainText(text, viewExplanation(explain(shelfed(accountId, story.programVersion), story), digits)) : text
    }
  }

  async function loadTogether(calls: readonly CallToLoad[]): Promise<readonly PromiseSettledResult<LoadedCall>[]> {
    return (await loadCalls(db, calls)).map((value) => ({ status: 'fulfilled', value }))
  }

  async function underLock(work: Work): Promise<OrderOutcome | undefined> {
    try {
      return await inTransaction(db, async (tx) => {
        await lockWallet(tx, work.caller.accountId, work.memberId)
        const outcome = await attemptOnce(accessBy(tx), work)
        if (!outcome) throw new StaleWallet('the order moved between members')
        return outcome
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

/** What a decision was about: a quote's own story, else the order's as it is written or was found. */
function storyToTell(decision: OrderDecision, { found }: LoadedCall): Story | undefined {
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

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')
