import { type BookChanges, changesOf, openBook } from './book.ts'
import { type Book, balanceOf } from './lots.ts'
import { EMPTY_WALLET, type Exchange, type Lot, type Movement, type Wallet } from './wallet.ts'

/** How a decision opens the wallet: with closed lots of these orders, as the server loads them; with what expires by inactivity. */
interface Opening {
  readonly loading?: readonly string[]
  readonly idle?: { readonly asset: string; readonly expiresAt: number }
}

/**
 * For tests: a member's ledger over many decisions. Each opens the wallet anew from rows that the changes of those before it made, by the rules of
 * `commit_member`: closed lots are not loaded, `expired` is added to, everything else is set.
 */
export class TestLedger {
  readonly movements: Movement[] = []
  /** As the account's, from when they are put here. */
  exchanges: readonly Exchange[] = []
  private readonly rows = new Map<string, Lot>()
  private holds: Wallet['holds'] = []
  private owed: Record<string, number> = {}
  private tallies: Wallet['tallies'] = {}
  private ids = 0
  private version = 0

  /** Decides on the wallet as it stands at an instant, and keeps what that changed. */
  at<T>(now: number, decide: (book: Book) => T, { loading = [], idle }: Opening = {}): T {
    const book = openBook(this.wallet(loading), now, this.newId, idle)
    const outcome = decide(book)
    this.commit(changesOf(book))
    return outcome
  }

  readonly newId = (): string => `lot-${String(++this.ids).padStart(4, '0')}`

  wallet(loading: readonly string[] = []): Wallet {
    const { holds, owed, tallies } = this
    const lots = [...this.rows.values()].filter(
      (lot) => lot.available > 0 || lot.held > 0 || loading.includes(lot.orderUid ?? ''),
    )
    const { version, movements, exchanges } = this
    return { ...EMPTY_WALLET, version, seq: movements.length, lots, holds, owed, tallies, exchanges }
  }

  /** Every lot that was ever made, oldest first: what of it is available, held, expired. */
  lots(asset = 'points'): [available: number, held: number, expired: number][] {
    return this.lotsOf(asset).map(({ available, held, expired }) => [available, held, expired])
  }

  expiries(asset = 'points'): (number | null)[] {
    return this.lotsOf(asset).map((lot) => lot.expiresAt)
  }

  balance(asset: string, now: number): number {
    return balanceOf(
      openBook(this.wallet(), now, () => ''),
      asset,
    )
  }

  /** Keeps what a decision that was taken elsewhere has changed. */
  commit(changes: BookChanges): void {
    this.version += 1
    this.movements.push(...changes.movements)
    for (const lot of changes.lotsMade) this.rows.set(lot.lotId, lot)
    for (const { expiredBy, lotId, available, held, expiresAt, afterShown } of changes.lotsChanged) {
      const row = this.rows.get(lotId)
      if (!row) throw new Error(`there is no row ${lotId} to change`)
      this.rows.set(lotId, { ...row, available, held, expiresAt, afterShown, expired: row.expired + expiredBy })
    }
    this.holds = [...this.holds.filter((hold) => !changes.holdsDropped.includes(hold.orderUid)), ...changes.holds]
    for (const { asset, owed } of changes.balances) this.owed[asset] = owed
    this.tallies = changes.tallies
  }

  private lotsOf(asset: string): Lot[] {
    return [...this.rows.values()].filter((lot) => lot.asset === asset)
  }
}
