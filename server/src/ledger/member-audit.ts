import { checkOrderRow, newOrderFacts, type OrderFacts } from './order-audit.ts'
import type { Check, Problem } from './problem.ts'
import { digestOf, type EntryFacts, GENESIS } from './store.ts'
import type { BalanceRow, HoldRow, LotRow, MemberKey, MovementRow, OrderRow, WalletRow } from './verify-store.ts'

/** A lot as its entries make it. */
interface LotFacts {
  readonly asset: string
  readonly issuedAt: number
  readonly orderUid: string | null
  readonly origin: string | null
  readonly issued: number
  available: number
  held: number
  expired: number
  redeemed: number
  withdrawn: number
  expiresAt: number | null
  afterShown: string | null
  seen: boolean
}

interface BalanceFacts {
  available: number
  held: number
  owed: number
  seen: boolean
}

/**
 * One member's ledger, replayed from the first movement; then the rows that the server keeps beside it are held against it. It knows what a ledger is and
 * shares no code with the one it audits, but for the digest.
 */
export class MemberAudit {
  private readonly member: MemberKey
  private readonly problems: Problem[]
  private readonly lots = new Map<string, LotFacts>()
  private readonly balances = new Map<string, BalanceFacts>()
  private readonly orders = new Map<string, OrderFacts>()
  private last: MovementRow | undefined
  private seq = 0
  private digest = GENESIS
  private hasWallet = false

  constructor(member: MemberKey, problems: Problem[]) {
    this.member = member
    this.problems = problems
  }

  report(check: Check, what: string, expected: unknown, found: unknown): void {
    this.problems.push({ check, ...this.member, what, expected, found })
  }

  /** Takes the member's next movement. */
  replay(movement: MovementRow): void {
    const what = `movement ${movement.seq} (${movement.cause})`
    this.equal('sequence', 'movement', this.seq + 1, movement.seq)
    this.equal('digest', what, digestOf(this.digest, movement, movement.entries), movement.digest)
    if (movement.entries.length === 0) this.report('entries', what, 'at least one entry', 'none')
    for (const [asset, total] of sumsOf(movement.entries)) this.equal('zero_sum', `${what} of ${asset}`, 0, total)
    for (const entry of movement.entries) this.post(movement, entry)
    this.checkNegatives(what, movement.entries)
    if (movement.orderUid !== null) this.orderOf(movement.orderUid).causes.push(movement.cause)
    this.seq = movement.seq
    // As it stands, so that one altered movement is one problem.
    this.digest = movement.digest
    this.last = movement
  }

  checkWallet({ seq, digest }: WalletRow): void {
    this.hasWallet = true
    this.equal('wallet', 'number of the last movement', this.seq, seq)
    this.equal('wallet', 'digest of the last movement', this.digest, digest)
  }

  checkLot(row: LotRow): void {
    const what = `lot ${row.lotId} of ${row.asset}`
    const lot = this.lots.get(row.lotId)
    if (!lot) {
      this.report('lot', what, 'entries that make it', undefined)
      return
    }
    lot.seen = true
    for (const field of [
      'asset',
      'available',
      'held',
      'expired',
      'issuedAt',
      'expiresAt',
      'afterShown',
      'orderUid',
      'origin',
    ] as const) {
      this.equal('lot', `${what}, ${field}`, field === 'origin' ? originAs(lot.origin, row.origin) : lot[field], row[field])
    }
  }

  checkBalance(row: BalanceRow): void {
    const balance = this.balances.get(row.asset)
    if (!balance) {
      this.report('balance', row.asset, 'entries that make it', undefined)
      return
    }
    balance.seen = true
    for (const field of ['available', 'held', 'owed'] as const) {
      this.equal('balance', `${row.asset}, ${field}`, balance[field], row[field])
    }
  }

  addHold(hold: HoldRow): void {
    this.orderOf(hold.orderUid).holds.push(hold)
  }

  checkOrder(row: OrderRow): void {
    const facts = this.orderOf(row.orderUid)
    facts.seen = true
    checkOrderRow(row, facts, (check, what, expected, found) =>
      this.equal(check, `order ${row.orderUid}, ${what}`, expected, found),
    )
  }

  /** When every row of the member has been shown: names what should have been among them. */
  finish(): void {
    if (!this.hasWallet) this.report('wallet', 'wallet', 'one', undefined)
    for (const [lotId, lot] of this.lots) {
      if (!lot.seen) this.report('lot', `lot ${lotId} of ${lot.asset}`, { available: lot.available, held: lot.held }, undefined)
      this.checkReward(lotId, lot)
    }
    for (const [asset, { available, held, owed, seen }] of this.balances) {
      if (!seen) this.report('balance', asset, { available, held, owed }, undefined)
    }
    for (const [orderUid, facts] of this.orders) {
      if (!facts.seen) this.report('order', `order ${orderUid}`, 'an order that its movements and holds belong to', undefined)
      this.checkHolds(orderUid, facts)
    }
    this.checkPins()
  }

  private post(movement: MovementRow, entry: EntryFacts): void {
    const { asset, account, lotId, quantity } = entry
    const balance = this.balanceOf(asset)
    if (account === 'available' || account === 'held') balance[account] += quantity
    if (account === 'owed') balance.owed -= quantity
    if (lotId !== null) this.postToLot(movement, entry, lotId)
    if (movement.orderUid !== null) postToOrder(this.orderOf(movement.orderUid), entry)
  }

  private postToLot(movement: MovementRow, { asset, account, quantity, expiresAt, afterShown }: EntryFacts, lotId: string): void {
    const known = this.lots.get(lotId)
    const lot = known ?? this.newLot(movement, { asset, quantity })
    this.lots.set(lotId, lot)
    if (known && lot.asset !== asset) this.report('lot', `lot ${lotId} in movement ${movement.seq}`, lot.asset, asset)
    if (!known && (account !== 'available' || quantity < 0)) {
      this.report('lot', `lot ${lotId} in movement ${movement.seq}`, 'a credit that makes it first', { account, quantity })
    }
    if (account === 'available' && quantity > 0) {
      lot.expiresAt = expiresAt
      lot.afterShown = afterShown ?? null
    }
    if (account === 'issued') lot.withdrawn += quantity
    else if (account === 'available' || account === 'held' || account === 'expired' || account === 'redeemed')
      lot[account] += quantity
  }

  /** A reward that a threshold made follows the movement that took its points. */
  private newLot({ cause, at, orderUid }: MovementRow, { asset, quantity }: { asset: string; quantity: number }): LotFacts {
    const shares = cause === 'convert' && this.last?.cause === 'convert' ? this.sharesTaken(this.last.entries) : null
    const counts = { available: 0, held: 0, expired: 0, redeemed: 0, withdrawn: 0 }
    return {
      asset,
      issuedAt: at,
      orderUid,
      origin: shares && JSON.stringify(shares),
      issued: quantity,
      ...counts,
      expiresAt: null,
      afterShown: null,
      seen: false,
    }
  }

  private sharesTaken(entries: readonly EntryFacts[]): unknown[] {
    return entries
      .filter(({ account }) => account === 'available')
      .map(({ asset, lotId, quantity }) => ({
        ...{ lotId, quantity: -quantity, expiresAt: this.lots.get(lotId ?? '')?.expiresAt ?? null },
        asset,
      }))
  }

  private checkNegatives(what: string, entries: readonly EntryFacts[]): void {
    for (const lotId of new Set(entries.map((entry) => entry.lotId))) {
      const lot = lotId === null ? undefined : this.lots.get(lotId)
      if (!lot) continue
      for (const field of ['available', 'held', 'expired'] as const) {
        if (lot[field] < 0) this.report('negative', `${what}, lot ${lotId}, ${field}`, 'not below zero', lot[field])
      }
    }
    for (const asset of new Set(entries.map((entry) => entry.asset))) {
      const { owed } = this.balanceOf(asset)
      if (owed < 0) this.report('negative', `${what}, owed ${asset}`, 'not below zero', owed)
    }
  }

  /** Every reward is somewhere: with the member, redeemed, expired or withdrawn, and once. */
  private checkReward(lotId: string, lot: LotFacts): void {
    if (!lot.asset.startsWith('reward:')) return
    const { issued, available, held, redeemed, expired, withdrawn } = lot
    this.equal('reward', `lot ${lotId} of ${lot.asset}`, issued, available + held + redeemed + expired + withdrawn)
    if (redeemed < 0 || withdrawn < 0)
      this.report('reward', `lot ${lotId} of ${lot.asset}`, 'not below zero', { redeemed, withdrawn })
  }

  /** What a lot has held is what the holds on it add up to. */
  private checkPins(): void {
    const pinned = new Map<string, number>()
    for (const { holds } of this.orders.values()) {
      for (const { lotId, quantity } of holds) pinned.set(lotId, (pinned.get(lotId) ?? 0) + quantity)
    }
    for (const [lotId, lot] of this.lots)
      this.equal('hold', `lot ${lotId} of ${lot.asset}, sum of its holds`, lot.held, pinned.get(lotId) ?? 0)
  }

  /** What an order's movements pinned and have not let go is what its holds say, lot by lot. */
  private checkHolds(orderUid: string, facts: OrderFacts): void {
    for (const lotId of new Set([...facts.held.keys(), ...facts.holds.map((hold) => hold.lotId)])) {
      const pinned = sum(facts.holds.filter((hold) => hold.lotId === lotId).map(({ quantity }) => quantity))
      this.equal('hold', `order ${orderUid}, lot ${lotId}`, facts.held.get(lotId) ?? 0, pinned)
    }
    for (const { lotId, asset } of facts.holds)
      this.equal('hold', `order ${orderUid}, lot ${lotId}, asset`, this.lots.get(lotId)?.asset, asset)
  }

  private equal(check: Check, what: string, expected: unknown, found: unknown): void {
    if (expected !== found) this.report(check, what, expected, found)
  }

  private orderOf(orderUid: string): OrderFacts {
    const facts = this.orders.get(orderUid) ?? newOrderFacts()
    this.orders.set(orderUid, facts)
    return facts
  }

  private balanceOf(asset: string): BalanceFacts {
    const balance = this.balances.get(asset) ?? { available: 0, held: 0, owed: 0, seen: false }
    this.balances.set(asset, balance)
    return balance
  }
}

/** What was written before units could change does not say of which unit a reward was made. */
function originAs(shares: string | null, written: string | null): string | null {
  return shares === null || written?.includes('"asset"') ? shares : shares.replaceAll(/,"asset":"[^"]*"/g, '')
}

function postToOrder(facts: OrderFacts, { asset, account, lotId, quantity }: EntryFacts): void {
  if (account === 'issued' && !asset.startsWith('reward:')) facts.earned -= quantity
  if (lotId === null || (account !== 'held' && account !== 'redeemed')) return
  facts[account].set(lotId, (facts[account].get(lotId) ?? 0) + quantity)
}

function sumsOf(entries: readonly EntryFacts[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { asset, quantity } of entries) sums.set(asset, (sums.get(asset) ?? 0) + quantity)
  return sums
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
