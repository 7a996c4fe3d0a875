import {
  type BookChanges,
  type Found,
  joinChanges,
  type Lot,
  type OrderWrite,
  type Reserved,
  type Wallet,
  walletAfter,
} from '@regulars/engine'
import { type Commit, type LoadedWallet, ledgerRows, reservedOf } from '../ledger/index.ts'
import { answersAfter, keyRows, type LoadedRun, type OrderRow, orderRow } from './store.ts'

/** What one call of a run is decided on: what a load of its own would have brought, had those before it been written. */
export interface Situation {
  readonly wallet: Wallet
  readonly found: ReadonlyMap<string, Found>
  readonly reserved: Reserved
}

/** Calls of one member that are decided one after the other on one load, and written by one commit. */
export interface Run {
  situationOf(index: number, keys: readonly string[]): Situation
  /** False when the write must wait for a run of its own; then nothing of it is kept. */
  keep(write: OrderWrite, answered: { text: string; request: string }): boolean
  /** Whether whoever comes next must be loaded anew. */
  isOver(): boolean
  /** Undefined when nothing is to be written. */
  commit(accountId: string): Commit | undefined
  /** What a load will bring once the commit is written; undefined where that is not known from here, or nothing of it is under way any more. */
  left(commit: Commit): LeftBehind | undefined
}

/** A wallet as it stands after a run, and the orders of it that have not ended, by key. */
export interface LeftBehind {
  /** Of the commit that wrote it. */
  readonly mark: string
  readonly loaded: LoadedWallet
  readonly orders: ReadonlyMap<string, Found>
}

/** What comes after these is known in advance, so that the next call need not be loaded. */
const UNDER_WAY: ReadonlySet<string> = new Set(['checkout', 'placed', 'billed'])

/** `mark`: what the wallet will bear that this run writes, and no other one. */
export function openRun(memberId: number, { loaded, calls }: LoadedRun, { now, mark }: { now: number; mark: string }): Run {
  let wallet: Wallet = withLots(
    loaded.wallet,
    calls.flatMap((call) => call.closedLots),
  )
  let isOver = false
  const writes: OrderWrite[] = []
  /** How many of them the wallet shows: only whoever comes next needs the last one. */
  let shown = 0
  const rows = new Map<string, OrderRow>()
  const byKey = new Map<string, Found>()

  function catchUp(): void {
    for (const write of writes.slice(shown)) wallet = walletAfter(wallet, write.changes, activeAt(write.changes, now))
    shown = writes.length
  }

  return {
    situationOf(index, keys) {
      catchUp()
      const found = new Map(calls[index]?.found)
      for (const key of keys) {
        const kept = byKey.get(key)
        if (kept) found.set(key, kept)
      }
      const named = new Set([...found.values()].map(({ order }) => order.orderUid))
      const isLoaded = (lot: Lot) => isOpen(lot) || (lot.orderUid !== null && named.has(lot.orderUid))
      return {
        wallet: { ...wallet, lots: wallet.lots.filter(isLoaded) },
        found,
        reserved: reservedOf(loaded, wallet.tallies),
      }
    },

    keep(write, answered) {
      const concernsOthers = write.ownerId !== memberId || write.keys.moved.length > 0
      if (concernsOthers && writes.length > 0) return false
      // A lot that was not loaded has come back: what it was made of stands in its row alone.
      isOver = concernsOthers || write.changes.lotsChanged.some((lot) => !wallet.lots.some(({ lotId }) => lotId === lot.lotId))
      const { order, ownerId, ownerVersion } = write
      const answers = answersAfter(write, answered.text)
      writes.push(write)
      rows.set(order.orderUid, orderRow(order, answers, { request: answered.request, now }))
      for (const key of order.keys) byKey.set(key, { ownerId, guest: ownerId < 0, ownerVersion, order, answers })
      return true
    },

    isOver: () => isOver,

    commit(accountId) {
      const [first] = writes
      if (!first) return undefined
      const changes = writes.map((write) => write.changes).reduce(joinChanges)
      const { wallet: walletRow, ...ledger } = ledgerRows(loaded, changes, activeAt(changes, now))
      return {
        accountId,
        memberId: first.ownerId,
        version: first.ownerVersion,
        rows: { ...ledger, wallet: { ...walletRow, mark }, ...keyRows(writes), orders: [...rows.values()] },
      }
    },

    left({ version, rows: { wallet: written } }) {
      const ownerVersion = version + 1
      const orders = new Map<string, Found>()
      for (const [key, found] of byKey) if (UNDER_WAY.has(found.order.state)) orders.set(key, { ...found, ownerVersion })
      // What is left of a budget is everybody's affair.
      if (isOver || orders.size === 0 || Object.keys(loaded.budgets).length > 0) return undefined
      catchUp()
      const { digest } = written as { digest: string }
      return {
        mark,
        loaded: { ...loaded, digest, wallet: { ...wallet, version: ownerVersion, lots: wallet.lots.filter(isOpen) } },
        orders,
      }
    },
  }
}

const isOpen = (lot: Lot): boolean => lot.available > 0 || lot.held > 0

/** A quote is nothing that a member has done. */
const activeAt = ({ movements }: BookChanges, now: number): number | null => (movements.length > 0 ? now : null)

/** Some may be named by several calls. */
function withLots(wallet: Wallet, closed: readonly Lot[]): Wallet {
  return { ...wallet, lots: [...wallet.lots, ...new Map(closed.map((lot) => [lot.lotId, lot])).values()] }
}
