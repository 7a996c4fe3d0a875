import { type BookChanges, changesOf, openBook } from '../ledger/book.ts'
import type { Book } from '../ledger/lots.ts'
import type { Wallet } from '../ledger/wallet.ts'
import type { Program } from '../program.ts'
import type { Reserved } from '../rules/campaign.ts'
import { addPeriod } from '../zoned-time.ts'
import { cartText } from './cart.ts'
import { grantDue } from './grant.ts'
import { type Keys, receiptKey } from './keys.ts'
import type { Answer, Answers, Call, Found, Of, Order, OrderRefusal, OrderStatus, Sale } from './order.ts'
import { type MemberFacts, reachThreshold, type Setting, settleUnits } from './sale.ts'

/** Everything an order call is decided on. Nothing else is looked at: no clock, no store, no chance. */
export interface OrderQuestion {
  readonly call: Call
  /** The member whose path it is, or the order's pseudo-member for a guest. */
  readonly ownerId: number
  readonly member: MemberFacts | null
  readonly wallet: Wallet
  readonly byId?: Found
  readonly byUuid?: Found
  /** The program in force, its version, and those that orders were placed under. */
  readonly program: Program
  readonly programVersion: number
  readonly programOf: (version: number) => Program
  /** What is left of the budgets of campaigns. */
  readonly reserved?: Reserved
  readonly now: number
  readonly newId: () => string
  readonly newTransactionId: () => string
  readonly newReceiptCode: () => string
  /** A collision-free digest, so that a cart is remembered by a short text. */
  readonly digest: (text: string) => string
  /** The digest of the body as it was received: what names a refund that brings no key. */
  readonly bodyDigest: () => string
}

/** What to write when a call is accepted. */
export interface OrderWrite {
  readonly ownerId: number
  readonly ownerVersion: number
  readonly order: Order
  readonly keys: Keys
  /** Orders that leave where they stand: this one, when it comes from another owner, and those that were joined into it. */
  readonly takenFrom: readonly Found[]
  /** The answer is remembered under this name, for this cart. */
  readonly remember: readonly { readonly slot: string; readonly fingerprint: string }[]
  readonly answers: Answers
  readonly changes: BookChanges
}

export type OrderDecision =
  | { readonly kind: 'refused'; readonly refusal: OrderRefusal }
  /** Accepted before: the stored text, byte for byte. */
  | { readonly kind: 'replayed'; readonly text: string }
  /** Answered, with nothing to write. */
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'accepted'; readonly answer: Answer; readonly write: OrderWrite }

/** What is open while one call is decided. */
export interface Desk {
  readonly question: OrderQuestion
  readonly call: Call
  readonly fingerprint: string
  readonly found: Found | undefined
  readonly keys: Keys
  readonly book: Book
  readonly setting: Setting
}

/** Opens the member's wallet and the order's circumstances for one decision. */
export function openDesk(question: OrderQuestion, found: Found | undefined, keys: Keys): Desk {
  const { call, wallet, now, newId } = question
  const settled = found && found.order.state !== 'checkout' ? found.order : undefined
  const program = settled ? question.programOf(settled.programVersion) : question.program
  const book = openWallet(program, wallet, now, newId)
  if (question.member) {
    reachThreshold(question.program, book)
    grantDue(question.program, book, { member: question.member, activeAt: wallet.activeAt, reserved: question.reserved })
  }
  const setting = {
    program,
    book,
    member: question.member,
    orderUid: found?.order.orderUid ?? newId(),
    storeCode: call.storeCode,
    at: settled?.at ?? ownTime(call, program, now),
    reserved: question.reserved,
  }
  const fingerprint = question.digest(cartText(call, program.matchesByLabel))
  return { question, call, fingerprint, found, keys, book, setting }
}

/** Opens a member's wallet under a program: points that expire by inactivity go by the last activity. */
export function openWallet(program: Program, wallet: Wallet, now: number, newId: () => string): Book {
  const idle =
    program.expire && 'inactive' in program.expire && wallet.activeAt !== null
      ? { asset: program.units, expiresAt: addPeriod(wallet.activeAt, program.expire.inactive, program.timezone) }
      : undefined
  return openBook(wallet, now, newId, idle)
}

/** An order's own time is `placed`, if it is neither in the future nor older than the account allows; else the call's arrival (scenario 50). */
function ownTime({ placedAt }: Call, program: Program, now: number): number {
  return placedAt !== undefined && placedAt <= now && placedAt >= now - program.settings.lateOrdersMs ? placedAt : now
}

export type Sold = Of<'placed'> | Of<'billed'> | Of<'completed'> | Of<'refunded'>

/** How an accepted order answers a status: also one that a skip has done. */
export function answerOf(status: OrderStatus, order: Sold, sale: Sale): Answer {
  const because = [...sale.because, ...('earned' in order ? (order.earned?.because ?? []) : [])]
  return {
    status,
    transactionId: 'transactionId' in order && status !== 'placed' ? order.transactionId : undefined,
    discount: sale.redemption?.discount ?? 0,
    forfeited: sale.redemption?.forfeited,
    receiptCode: order.receiptCode,
    earned: status === 'completed' && 'earned' in order ? order.earned?.quantity : undefined,
    because,
  }
}

/** Turns an accepted order into what is to be written. `quiet`: a quote, which leaves the ledger as it is and the answer unremembered. */
export function accept(
  desk: Desk,
  order: Order,
  answer: Answer,
  { quiet = false, slots = [answer.status] }: { quiet?: boolean; slots?: readonly string[] } = {},
): OrderDecision {
  const { question, found, fingerprint, book } = desk
  if (desk.keys.all.length === 0) return { kind: 'answered', answer }
  const keys = withReceipt(desk.keys, found?.order.receiptCode, order.receiptCode)
  const ownerId = question.member === null && found?.guest ? found.ownerId : question.ownerId
  const stays = found !== undefined && found.ownerId === ownerId
  settleUnits(question.program, book)
  const changes = changesOf(book)
  return {
    kind: 'accepted',
    answer,
    write: {
      ownerId,
      ownerVersion: stays ? found.ownerVersion : question.wallet.version,
      order: { ...order, keys: keys.all },
      keys,
      takenFrom: [...(found && !stays ? [found] : []), ...keys.absorbed],
      remember: quiet ? [] : slots.map((slot) => ({ slot, fingerprint })),
      answers: found?.answers ?? {},
      changes: quiet
        ? {
            ...changes,
            movements: [],
            lotsMade: [],
            lotsChanged: [],
            holds: [],
            holdsDropped: [],
            balances: [],
            tallies: question.wallet.tallies,
          }
        : changes,
    },
  }
}

/** A guest's receipt code is a key from the moment it is given out. */
function withReceipt(keys: Keys, before: string | undefined, now: string | undefined): Keys {
  if (now === undefined || now === before) return keys
  return { ...keys, all: [...keys.all, receiptKey(now)], fresh: [...keys.fresh, receiptKey(now)] }
}

/** The refusal of a status that the order's state has no place for. */
export function forbidden(desk: Desk): OrderDecision {
  const { call, found } = desk
  const state = found?.order.state ?? 'none'
  return {
    kind: 'refused',
    refusal: { error: 'order_state_forbids', facts: { orderId: nameOf(call, found?.order), state, status: call.status } },
  }
}

/** How messages call the order: by the partner's id where there is one. */
export const nameOf = (call: Call, order: Order | undefined): string => call.orderId ?? order?.orderId ?? call.basketUuid ?? ''
