import { createHash, hash } from 'node:crypto'
import type { OrderCall } from '@regulars/contract'
import { decideClaim, decideOrder, idKey, type OrderDecision, type Program, receiptKey, uuidKey } from '@regulars/engine'
import { decimalId, newId, type RandomBytes, receiptCode } from '../platform/index.ts'
import { factsOf } from '../rewards/index.ts'
import type { Caller } from '../signing/index.ts'
import { isReceiptOf } from './receipt.ts'
import type { Situation } from './run.ts'
import type { LoadedRun } from './store.ts'

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

/** What is to be decided for one member, whatever kind of call it came as. */
export interface Work {
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

/** Calls of one member that came together. */
export type Works = readonly [Work, ...Work[]]

export interface DeskSituation extends Situation {
  readonly membership: LoadedRun['membership']
  readonly program: Program
  readonly programVersion: number
  readonly now: number
}

/** What decisions need beside what is loaded. */
export interface Tools {
  readonly random: RandomBytes
  /** One that was loaded. */
  programOf(accountId: string, version: number): Program
}

/** What an order under way is gone on with. */
const GOES_ON: ReadonlySet<string> = new Set(['checkout', 'placed', 'billed', 'completed'])

/** Undefined where there can be no such member. */
export function orderWork(
  { caller, memberRef, call, body, explain, readUnder }: PostedOrder,
  { random, programOf }: Tools,
): Work | undefined {
  const guest = memberRef === 'guest'
  const keys = keysOf(call)
  const memberId = guest ? guestId(caller.accountId, keys) : toMemberId(memberRef)
  if (memberId === undefined) return undefined
  return {
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
        programOf: (version) => programOf(caller.accountId, version),
        reserved,
        now,
        newId: () => newId(now, random),
        newTransactionId: () => decimalId(random),
        newReceiptCode: () => receiptCode(random),
        digest,
        // A getter here would be a hidden class of its own for every call: old at birth, and all that the call sees stays with it until the next full collection.
        bodyDigest: () => digest(body),
      }),
    }),
  }
}

/** Undefined where there can be no such member. */
export function claimWork({ caller, memberRef, receipt }: PostedClaim, { random, programOf }: Tools): Work | undefined {
  const memberId = toMemberId(memberRef)
  if (memberId === undefined) return undefined
  const key = 'code' in receipt ? receiptKey(receipt.code.trim().toUpperCase()) : idKey(receipt.orderId)
  return {
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
        named && ('code' in receipt || isReceiptOf(named.order, receipt, programOf(caller.accountId, named.order.programVersion)))
      if (!membership) throw new Error('a claim is decided for a member')
      return {
        digits: program.digits,
        decision: decideClaim({
          program,
          ownerId: memberId,
          member: factsOf(membership),
          wallet,
          found: fits ? named : undefined,
          programOf: (version) => programOf(caller.accountId, version),
          reserved,
          now,
          newId: () => newId(now, random),
        }),
      }
    },
  }
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
