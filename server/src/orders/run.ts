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
import { type Commit, ledgerRows, reservedOf } from '../ledger/index.ts'
import { keyRows, type LoadedRun, type OrderRow, orderRow, toFound } from './store.ts'

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
}

export function openRun(memberId: number, { loaded, calls }: LoadedRun, now: number): Run {
  let wallet: Wallet = withLots(
    loaded.wallet,
    calls.flatMap((call) => call.closedLots),
  )
  let isOver = false
  const writes: OrderWrite[] = []
  /** How many of them the wallet shows: only whoever comes next needs the last one. */
  let shown = 0
  const rows = new Map<string, OrderRow>()
  const byKey = new Map<string, { write: OrderWrite; row: OrderRow }>()

  return {
    situationOf(index, keys) {
      for (const write of writes.slice(shown)) wallet = walletAfter(wallet, write.changes, activeAt(write.changes, now))
      shown = writes.length
      const found = new Map(calls[index]?.found)
      for (const key of keys) {
        const kept = byKey.get(key)
        if (kept) found.set(key, toFound(kept.write, kept.row.document, kept.row.answers))
      }
      const named = new Set([...found.values()].map(({ order }) => order.orderUid))
      const isLoaded = (lot: Lot) => lot.available > 0 || lot.held > 0 || (lot.orderUid !== null && named.has(lot.orderUid))
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
      const row = orderRow(write, { ...answered, now })
      writes.push(write)
      rows.set(row.order_uid, row)
      for (const key of write.order.keys) byKey.set(key, { write, row })
      return true
    },

    isOver: () => isOver,

    commit(accountId) {
      const [first] = writes
      if (!first) return undefined
      const changes = writes.map((write) => write.changes).reduce(joinChanges)
      return {
        accountId,
        memberId: first.ownerId,
        version: first.ownerVersion,
        rows: { ...ledgerRows(loaded, changes, activeAt(changes, now)), ...keyRows(writes), orders: [...rows.values()] },
      }
    },
  }
}

/** A quote is nothing that a member has done. */
const activeAt = ({ movements }: BookChanges, now: number): number | null => (movements.length > 0 ? now : null)

/** Some may be named by several calls. */
function withLots(wallet: Wallet, closed: readonly Lot[]): Wallet {
  return { ...wallet, lots: [...wallet.lots, ...new Map(closed.map((lot) => [lot.lotId, lot])).values()] }
}
