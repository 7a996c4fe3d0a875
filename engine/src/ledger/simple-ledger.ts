/**
 * For tests: a second, simpler ledger. Every point is a piece of its own that is in one place; there are no lots, no entries and no cached sums, and
 * whatever is asked is counted. It states the rules of scenarios 24–46 as plainly as they can be, and shares no code with the book.
 */
export interface Piece {
  readonly asset: string
  /** Pieces that came in together. */
  readonly grant: number
  readonly orderUid: string | null
  expiresAt: number | null
  place: 'free' | 'held' | 'spent' | 'expired' | 'converted' | 'gone'
  /** The order that holds it or has spent it. */
  by: string | null
  /** The reward that it was turned into. */
  into: Piece | null
}

interface SimpleHold {
  readonly orderUid: string
  readonly asset: string
  readonly lapsesAt: number
}

/** A second ledger, as plain as can be: it keeps no lots and no entries, only what happened, and works every answer out from that. */
export class SimpleLedger {
  now: number
  readonly pieces: Piece[] = []
  private holds: SimpleHold[] = []
  private readonly debts = new Map<string, number>()
  private grants = 0

  constructor(now: number) {
    this.now = now
  }

  count(asset: string, place: Piece['place']): number {
    return this.pieces.filter((piece) => piece.asset === asset && piece.place === place).length
  }

  owed(asset: string): number {
    return this.debts.get(asset) ?? 0
  }

  balance(asset: string): number {
    return this.count(asset, 'free') + this.count(asset, 'held') - this.owed(asset)
  }

  /** Per grant, oldest first: how many pieces are free, held, expired. */
  lots(asset: string): [free: number, held: number, expired: number][] {
    const lots = new Map<number, [free: number, held: number, expired: number]>()
    for (const piece of this.pieces) {
      if (piece.asset !== asset) continue
      const lot = lots.get(piece.grant) ?? [0, 0, 0]
      lots.set(piece.grant, lot)
      const index = ['free', 'held', 'expired'].indexOf(piece.place)
      if (index !== -1) lot[index] = (lot[index] ?? 0) + 1
    }
    return [...lots.values()]
  }

  /** Time passes: what has expired is gone, and a hold that has lapsed protects nothing that has expired. */
  sweep(): void {
    for (const hold of this.holds) {
      const hasExpired = this.heldBy(hold.orderUid).some((piece) => this.isExpired(piece))
      if (hold.lapsesAt <= this.now && hasExpired) this.letGo(hold.orderUid, null)
    }
    this.expire(this.pieces)
  }

  earn(asset: string, quantity: number, expiresAt: number | null, orderUid: string | null): void {
    const repaid = Math.min(quantity, this.owed(asset))
    this.debts.set(asset, this.owed(asset) - repaid)
    const made = {
      asset,
      grant: ++this.grants,
      orderUid,
      expiresAt,
      place: 'free',
      by: null,
      into: null,
    } as const
    for (let i = repaid; i < quantity; i++) this.pieces.push({ ...made })
    this.sweep()
  }

  hold(orderUid: string, asset: string, quantity: number, lapsesAt: number): 'ok' | 'held' | 'insufficient' {
    const mine = this.holds.filter((hold) => hold.asset === asset)
    const pinned = (holds: SimpleHold[]) => holds.flatMap((hold) => this.heldBy(hold.orderUid)).length
    const lapsed = mine.filter((hold) => hold.lapsesAt <= this.now)
    const running = mine.filter((hold) => hold.lapsesAt > this.now)
    const free = this.count(asset, 'free') + pinned(lapsed) - this.owed(asset)
    if (free < quantity) return free + pinned(running) >= quantity ? 'held' : 'insufficient'
    for (const hold of lapsed.sort((a, b) => a.lapsesAt - b.lapsesAt)) {
      if (this.count(asset, 'free') < quantity) this.letGo(hold.orderUid, null)
    }
    for (const piece of this.soonest(asset).slice(0, quantity)) move(piece, 'held', orderUid)
    this.holds.push({ orderUid, asset, lapsesAt })
    return 'ok'
  }

  capture(orderUid: string): void {
    for (const piece of this.heldBy(orderUid)) move(piece, 'spent', orderUid)
    this.holds = this.holds.filter((hold) => hold.orderUid !== orderUid)
  }

  letGo(orderUid: string, graceUntil: number | null): void {
    const pieces = this.heldBy(orderUid)
    for (const piece of pieces) this.giveBack(piece, graceUntil)
    this.holds = this.holds.filter((hold) => hold.orderUid !== orderUid)
    this.expire(pieces)
    for (const asset of new Set(pieces.map((piece) => piece.asset))) this.payDebt(asset)
  }

  /** A spend undone. What comes back pays a debt before it may lapse. */
  restore(orderUid: string, graceUntil: number | null): void {
    const pieces = this.pieces.filter((piece) => piece.place === 'spent' && piece.by === orderUid)
    for (const piece of pieces) this.giveBack(piece, graceUntil)
    for (const asset of new Set(pieces.map((piece) => piece.asset))) this.payDebt(asset)
    this.sweep()
  }

  /** The order's own pieces first, then those it lost by expiry, then any, then those that unused rewards are made of; the rest is debt. */
  reverse(orderUid: string, asset: string, quantity: number, shortfall: 'owed' | 'forgiven'): void {
    let left = quantity
    const take = (pieces: readonly Piece[]) => {
      for (const piece of pieces.slice(0, left)) {
        move(piece, 'gone')
        left -= 1
      }
    }
    const own = this.pieces.filter((piece) => piece.asset === asset && piece.orderUid === orderUid)
    const ownFree = () => own.filter((piece) => piece.place === 'free')
    take(ownFree())
    take(own.filter((piece) => piece.place === 'expired'))
    take(this.soonest(asset))
    while (left > 0) {
      const reward = this.pieces
        .filter((piece) => piece.place === 'free' && this.madeOf(piece).length > 0)
        .sort((a, b) => b.grant - a.grant)[0]
      if (!reward) break
      const points = this.madeOf(reward)
      move(reward, 'gone')
      for (const piece of points) this.giveBack(piece, null)
      take(ownFree())
      take(this.soonest(asset))
    }
    if (shortfall === 'owed') this.debts.set(asset, this.owed(asset) + left)
    this.payDebt(asset)
    this.sweep()
  }

  convert(asset: string, threshold: number, rewardAsset: string, expiresAt: number | null, orderUid: string | null): number {
    let issued = 0
    while (this.count(asset, 'free') >= threshold) {
      const points = this.soonest(asset).slice(0, threshold)
      for (const piece of points) move(piece, 'converted')
      this.earn(rewardAsset, 1, expiresAt, orderUid)
      for (const piece of points) piece.into = this.pieces.at(-1) ?? null
      issued += 1
    }
    return issued
  }

  withdraw(orderUid: string): void {
    for (const piece of this.pieces) {
      const granted =
        piece.asset.startsWith('reward:') && piece.orderUid === orderUid && !this.pieces.some((one) => one.into === piece)
      if (granted && piece.place === 'free') move(piece, 'gone')
    }
  }

  private madeOf(reward: Piece): Piece[] {
    return this.pieces.filter((piece) => piece.place === 'converted' && piece.into === reward)
  }

  private heldBy(orderUid: string): Piece[] {
    return this.pieces.filter((piece) => piece.place === 'held' && piece.by === orderUid)
  }

  private soonest(asset: string): Piece[] {
    const free = this.pieces.filter((piece) => piece.asset === asset && piece.place === 'free')
    return free.sort((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || a.grant - b.grant)
  }

  private giveBack(piece: Piece, graceUntil: number | null): void {
    if (this.isExpired(piece) && graceUntil !== null) piece.expiresAt = graceUntil
    move(piece, 'free')
  }

  private payDebt(asset: string): void {
    for (const piece of this.soonest(asset).slice(0, this.owed(asset))) {
      move(piece, 'gone')
      this.debts.set(asset, this.owed(asset) - 1)
    }
  }

  private expire(pieces: readonly Piece[]): void {
    for (const piece of pieces) if (piece.place === 'free' && this.isExpired(piece)) move(piece, 'expired')
  }

  private isExpired({ expiresAt }: Piece): boolean {
    return expiresAt !== null && expiresAt <= this.now
  }
}

function move(piece: Piece, place: Piece['place'], by: string | null = null): void {
  piece.place = place
  piece.by = by
}
