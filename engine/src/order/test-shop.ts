import { issueLot } from '../ledger/earnings.ts'
import { TestLedger } from '../ledger/test-ledger.ts'
import type { Line } from '../model.ts'
import type { Program } from '../program.ts'
import { house, line, MEMBER, NOON } from '../rules/house-program.ts'
import { decideClaim } from './claim.ts'
import { decideOrder } from './decide.ts'
import type { OrderDecision, OrderQuestion, OrderWrite } from './desk.ts'
import { idKey, receiptKey, uuidKey } from './keys.ts'
import type { Answer, Call, Found, Order, OrderStatus } from './order.ts'

export const ANN = 101
export const BOB = 102
export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const R5 = 'P_2001'
export const REDEEMING = { price: 2_000, reward: { id: R5, discount: 500 } }

/** A call in a few words: one soup at `price` cents, unless lines are given. */
export interface Saying {
  readonly id?: string
  readonly uuid?: string
  readonly store?: string
  readonly price?: number
  readonly lines?: readonly Line[]
  readonly reward?: { readonly id: string; readonly discount?: number }
  /** The shop's own discount. */
  readonly shop?: number
  readonly refundId?: string
  readonly transactionId?: string
  readonly placedAt?: number
  readonly wantedAt?: number
}

function callOf(status: OrderStatus, saying: Saying): Call {
  const { id, uuid, store = '999999', price = 2_000, reward, shop = 0, refundId, transactionId, placedAt, wantedAt } = saying
  const lines = saying.lines ?? [line('soup', price)]
  const subtotal = lines.reduce((sum, one) => sum + one.cost * one.quantity, 0)
  return {
    status,
    orderId: id,
    basketUuid: uuid,
    refundId,
    transactionId,
    storeCode: store,
    source: 'instore',
    type: 'regular',
    currency: 'USD',
    digits: 2,
    subtotal,
    discount: shop + (reward?.discount ?? 0),
    placedAt,
    wantedAt,
    reward,
    lines,
  }
}

/**
 * For tests: one brand with its orders and members in memory. Decisions are taken by the engine and kept by the rules of `commit_member`, with everything that
 * the database would refuse thrown.
 */
export class TestShop {
  now = NOON
  /** What is left of each budget, for every call alike; without it there is no limit. */
  reserved: OrderQuestion['reserved']
  /** The one in force comes last. */
  private readonly versions: Program[]
  readonly orders = new Map<string, Found & { answers: Record<string, { fingerprint: string; text: string }> }>()
  readonly keys = new Map<string, { ownerId: number; orderUid: string }>()
  private readonly ledgers = new Map<number, TestLedger>()
  private ids = 0

  constructor(program: Program = house()) {
    this.versions = [program]
  }

  apply(program: Program): void {
    this.versions.push(program)
  }

  get program(): Program {
    return this.programOf(this.versions.length)
  }

  private readonly programOf = (version: number): Program => {
    const program = this.versions[version - 1]
    if (!program) throw new Error(`there is no version ${version}`)
    return program
  }

  ledger(ownerId: number): TestLedger {
    const ledger = this.ledgers.get(ownerId) ?? new TestLedger()
    this.ledgers.set(ownerId, ledger)
    return ledger
  }

  /** Points that did not come from an order. */
  give(memberId: number, quantity: number, asset = 'points'): void {
    this.ledger(memberId).at(this.now, (book) =>
      issueLot(book, { asset, quantity, expiresAt: null, orderUid: null, cause: 'grant', at: book.now }),
    )
  }

  post(memberRef: number | 'guest', status: OrderStatus, saying: Saying = {}): OrderDecision {
    const call = callOf(status, saying)
    const ownerId = memberRef === 'guest' ? guestId(call) : memberRef
    const byId = call.orderId === undefined ? undefined : this.find(idKey(call.orderId))
    const byUuid = call.basketUuid === undefined ? undefined : this.find(uuidKey(call.basketUuid))
    const loading = [byId, byUuid].flatMap((found) => (found ? [found.order.orderUid] : []))
    const decision = decideOrder({
      call,
      ownerId,
      member: memberRef === 'guest' ? null : MEMBER,
      wallet: this.ledger(ownerId).wallet(loading),
      byId,
      byUuid,
      program: this.program,
      reserved: this.reserved,
      programVersion: this.versions.length,
      programOf: this.programOf,
      now: this.now,
      newId: () => this.newId(),
      newTransactionId: () => `t${++this.ids}`,
      newReceiptCode: () => `R${++this.ids}`,
      digest: (text) => text,
      bodyDigest: () => JSON.stringify(call),
    })
    return this.keep(decision)
  }

  claim(memberId: number, code: string): OrderDecision {
    const found = this.find(receiptKey(code))
    return this.keep(
      decideClaim({
        program: this.program,
        ownerId: memberId,
        member: MEMBER,
        wallet: this.ledger(memberId).wallet(found ? [found.order.orderUid] : []),
        found,
        programOf: this.programOf,
        now: this.now,
        newId: () => this.newId(),
      }),
    )
  }

  find(key: string): Found | undefined {
    const named = this.keys.get(key)
    const found = named && this.orders.get(nameOf(named))
    return found && { ...found, ownerVersion: this.ledger(found.ownerId).wallet().version }
  }

  order(id: string): Order | undefined {
    return this.find(idKey(id))?.order
  }

  points(memberId: number): number {
    return this.ledger(memberId).balance('points', this.now)
  }

  /** Ordered by time, and nobody else's. */
  private newId(): string {
    return `id-${String(++this.ids).padStart(6, '0')}`
  }

  private keep(decision: OrderDecision): OrderDecision {
    if (decision.kind === 'accepted') this.commit(decision.write, JSON.stringify(decision.answer))
    return decision
  }

  private commit(write: OrderWrite, text: string): void {
    const { ownerId, order, keys, takenFrom, changes } = write
    const ledger = this.ledger(ownerId)
    if (write.ownerVersion !== ledger.wallet().version) throw new Error('decided on another version than was loaded')
    for (const found of takenFrom) {
      if (!this.orders.delete(nameOf({ ownerId: found.ownerId, orderUid: found.order.orderUid })))
        throw new Error('an order is taken that is not there')
    }
    const named = { ownerId, orderUid: order.orderUid }
    for (const key of keys.fresh) {
      if (this.keys.has(key)) throw new Error(`the key ${key} is taken`)
      this.keys.set(key, named)
    }
    for (const key of keys.moved) {
      if (!this.keys.has(key)) throw new Error(`the key ${key} cannot move: there is none`)
      this.keys.set(key, named)
    }
    const answers = { ...write.answers }
    for (const { slot, fingerprint } of write.remember) answers[slot] = { fingerprint, text }
    this.orders.set(nameOf(named), { ownerId, guest: ownerId < 0, ownerVersion: 0, order, answers })
    ledger.commit(changes)
  }
}

const nameOf = ({ ownerId, orderUid }: { ownerId: number; orderUid: string }): string => `${ownerId}/${orderUid}`

/** A pseudo-member of its own for each order, as the server makes them of what names it. */
function guestId(call: Call): number {
  const name = call.orderId ?? call.basketUuid ?? ''
  return -1 - [...name].reduce((hash, letter) => hash * 31 + letter.charCodeAt(0), 7)
}

/** `accepted`, `answered`, `replayed`, or the name of the refusal. */
export const said = (decision: OrderDecision): string => (decision.kind === 'refused' ? decision.refusal.error : decision.kind)

export function answer(decision: OrderDecision): Answer {
  if (decision.kind !== 'accepted' && decision.kind !== 'answered') throw new Error(said(decision))
  return decision.answer
}

export function textOf(decision: OrderDecision): string {
  return decision.kind === 'replayed' ? decision.text : JSON.stringify(answer(decision))
}

/** What must not change when a call is refused. */
export const photo = (shop: TestShop, ...members: number[]): unknown => [
  [...shop.orders],
  [...shop.keys],
  members.map((member) => [shop.ledger(member).wallet(), shop.ledger(member).movements.length]),
]
