import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BookChanges, changesOf, openBook } from './book.ts'
import { convertPoints, issueLot, restoreShares, reverseEarned, withdrawGrants } from './earnings.ts'
import { captureHold, holdLots, releaseHold } from './holds.ts'
import type { Book } from './lots.ts'
import { SimpleLedger } from './simple-ledger.ts'
import { joinChanges, walletAfter } from './succession.ts'
import { TestLedger } from './test-ledger.ts'
import type { LotShare, Movement } from './wallet.ts'

const START = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000
const THRESHOLD = 10
const POINTS = 'points'
const REWARD = 'reward:r5'
const ASSETS = [POINTS, REWARD]

interface Decision {
  readonly now: number
  readonly work: (book: Book) => unknown
  readonly loading: readonly string[]
}

/** Both ledgers side by side, and what the orders of this history stand at. */
class World {
  readonly book = new TestLedger()
  readonly simple = new SimpleLedger(START)
  /** What each earning order brought and was not taken back. */
  readonly earned: { orderUid: string; quantity: number }[] = []
  readonly spending: { orderUid: string; asset: string; state: 'held' | 'spent' | 'ended'; shares: readonly LotShare[] }[] = []
  /** The balance of each asset, and how many movements there were, after each step. */
  readonly history: { balances: number[]; movements: number }[] = []

  /** As they were taken, to be taken again in a row. */
  readonly decisions: Decision[] = []

  decide<T>(work: (book: Book) => T, orderUid?: string): T {
    this.simple.sweep()
    const loading = orderUid === undefined ? [] : [orderUid]
    this.decisions.push({ now: this.simple.now, work, loading })
    return this.book.at(this.simple.now, work, { loading })
  }
}

/** One thing that happens to a member. `pick` chooses among the orders there are; without a fitting one nothing happens. */
interface Step {
  run(world: World): void
  /** So that a counterexample reads as a history. */
  [fc.toStringMethod](): string
}
const step = (text: string, run: Step['run']): Step => ({ run, [fc.toStringMethod]: () => text })

const hours = (max: number) => fc.integer({ min: 1, max }).map((count) => count * HOUR)
const until = fc.option(hours(300), { nil: null })
const pick = fc.nat({ max: 50 })

const earn = fc.tuple(fc.integer({ min: 1, max: 25 }), until).map(([quantity, lifeMs]) =>
  step(`earn ${quantity} for ${lifeMs}`, (world) => {
    const orderUid = `earn-${world.earned.length}`
    const expiresAt = lifeMs === null ? null : world.simple.now + lifeMs
    world.decide((book) => issueLot(book, { asset: POINTS, quantity, expiresAt, orderUid, cause: 'earn', at: book.now }))
    world.simple.earn(POINTS, quantity, expiresAt, orderUid)
    world.earned.push({ orderUid, quantity })
  }),
)

const grant = fc.tuple(until, pick).map(([lifeMs, index]) =>
  step(`grant for ${lifeMs} by ${index}`, (world) => {
    const expiresAt = lifeMs === null ? null : world.simple.now + lifeMs
    const orderUid = at(world.earned, index)?.orderUid ?? null
    world.decide((book) => issueLot(book, { asset: REWARD, quantity: 1, expiresAt, orderUid, cause: 'grant', at: book.now }))
    world.simple.earn(REWARD, 1, expiresAt, orderUid)
  }),
)

const hold = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.boolean(), hours(72)).map(([wanted, isReward, forMs]) =>
  step(`hold ${isReward ? REWARD : wanted} for ${forMs}`, (world) => {
    const orderUid = `spend-${world.spending.length}`
    const asset = isReward ? REWARD : POINTS
    const quantity = isReward ? 1 : wanted
    const lapsesAt = world.simple.now + forMs
    const outcome = world.decide((book) => holdLots(book, { orderUid, asset, quantity, lapsesAt }))
    expect(outcome).toBe(world.simple.hold(orderUid, asset, quantity, lapsesAt))
    if (outcome === 'ok') world.spending.push({ orderUid, asset, state: 'held', shares: [] })
  }),
)

const capture = pick.map((index) =>
  step(`capture ${index}`, (world) => {
    const order = at(
      world.spending.filter(({ state }) => state === 'held'),
      index,
    )
    if (!order) return
    order.shares = world.decide((book) => captureHold(book, order.orderUid))
    world.simple.capture(order.orderUid)
    order.state = 'spent'
  }),
)

const release = fc.tuple(pick, hours(200)).map(([index, graceMs]) =>
  step(`release ${index}`, (world) => {
    const order = at(
      world.spending.filter(({ state }) => state === 'held'),
      index,
    )
    if (!order) return
    const graceUntil = graceOf(world, order.asset, graceMs)
    world.decide((book) => releaseHold(book, order.orderUid, graceUntil))
    world.simple.letGo(order.orderUid, graceUntil)
    order.state = 'ended'
  }),
)

const restore = fc.tuple(pick, hours(200)).map(([index, graceMs]) =>
  step(`restore ${index}`, (world) => {
    const order = at(
      world.spending.filter(({ state }) => state === 'spent'),
      index,
    )
    if (!order) return
    const { orderUid, asset, shares } = order
    const graceUntil = graceOf(world, asset, graceMs)
    world.decide((book) => restoreShares(book, { orderUid, asset, shares, graceUntil }))
    world.simple.restore(orderUid, graceUntil)
    order.state = 'ended'
  }),
)

const reverse = fc
  .tuple(pick, fc.integer({ min: 1, max: 25 }), fc.constantFrom('owed' as const, 'forgiven' as const))
  .map(([index, wanted, shortfall]) =>
    step(`reverse ${wanted} of ${index}, ${shortfall}`, (world) => {
      const order = at(
        world.earned.filter(({ quantity }) => quantity > 0),
        index,
      )
      if (!order) return
      const { orderUid } = order
      const quantity = Math.min(wanted, order.quantity)
      world.decide((book) => reverseEarned(book, { asset: POINTS, quantity, orderUid, shortfall }), orderUid)
      world.simple.reverse(orderUid, POINTS, quantity, shortfall)
      order.quantity -= quantity
    }),
  )

const convert = fc.tuple(until, pick).map(([lifeMs, index]) =>
  step(`convert for ${lifeMs} by ${index}`, (world) => {
    const rewardExpiresAt = lifeMs === null ? null : world.simple.now + lifeMs
    const orderUid = at(world.earned, index)?.orderUid ?? null
    const rule = { asset: POINTS, threshold: THRESHOLD, rewardAsset: REWARD, rewardExpiresAt, orderUid }
    const issued = world.decide((book) => convertPoints(book, { ...rule, at: book.now }))
    expect(issued).toBe(world.simple.convert(POINTS, THRESHOLD, REWARD, rewardExpiresAt, orderUid))
  }),
)

const withdraw = pick.map((index) =>
  step(`withdraw grants of ${index}`, (world) => {
    const order = at(world.earned, index)
    if (!order) return
    world.decide((book) => withdrawGrants(book, order.orderUid), order.orderUid)
    world.simple.withdraw(order.orderUid)
  }),
)

const wait = hours(150).map((ms) =>
  step(`wait ${ms}`, (world) => {
    world.simple.now += ms
    world.decide(() => undefined)
  }),
)

const anyStep = fc.oneof(
  { weight: 4, arbitrary: earn },
  { weight: 1, arbitrary: grant },
  { weight: 4, arbitrary: hold },
  { weight: 3, arbitrary: capture },
  { weight: 2, arbitrary: release },
  { weight: 2, arbitrary: restore },
  { weight: 3, arbitrary: reverse },
  { weight: 2, arbitrary: convert },
  { weight: 1, arbitrary: withdraw },
  { weight: 3, arbitrary: wait },
)

it('46. agrees with a second, simpler ledger after every step of any history, and loses nothing in any period', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), pick, pick, (steps, from, to) => {
      const world = new World()
      remember(world)
      for (const step of steps) {
        step.run(world)
        compare(world)
        remember(world)
      }
      conserve(world, from % world.history.length, to % world.history.length)
    }),
    { numRuns: 1_200 },
  )
})

it('stands as it would have, however many decisions are taken in a row before anything is written', () => {
  fc.assert(
    fc.property(
      fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
      (steps, sizes) => {
        const world = new World()
        for (const step of steps) step.run(world)
        const inRuns = new TestLedger()
        let left: readonly Decision[] = world.decisions
        for (let run = 0; left.length > 0; run++) left = left.slice(decideInRow(inRuns, left.slice(0, sizes[run % sizes.length])))
        expect(standing(inRuns)).toEqual(standing(world.book))
      },
    ),
    { numRuns: 600 },
  )
})

/** Each on what those before it leave, until a closed lot has come back that was not loaded; then all is written. How many were taken. */
function decideInRow(ledger: TestLedger, decisions: readonly Decision[]): number {
  let wallet = ledger.wallet(decisions.flatMap(({ loading }) => loading))
  let joined: BookChanges | undefined
  let taken = 0
  for (const { now, work, loading } of decisions) {
    const lots = wallet.lots.filter((lot) => lot.available > 0 || lot.held > 0 || loading.includes(lot.orderUid ?? ''))
    const book = openBook({ ...wallet, lots }, now, ledger.newId)
    work(book)
    const changes = changesOf(book)
    const known = new Set(wallet.lots.map((lot) => lot.lotId))
    wallet = walletAfter(wallet, changes, null)
    joined = joined ? joinChanges(joined, changes) : changes
    taken += 1
    if (changes.lotsChanged.some((lot) => !known.has(lot.lotId))) break
  }
  if (joined) ledger.commit(joined)
  return taken
}

const standing = (ledger: TestLedger) => {
  const { holds, owed, tallies } = ledger.wallet()
  const debts = Object.entries(owed).filter(([, debt]) => debt > 0)
  const lots = ASSETS.map((asset) => [ledger.lots(asset), ledger.expiries(asset)])
  return { lots, holds, debts, tallies, movements: ledger.movements }
}

function compare({ book, simple }: World): void {
  const { holds, owed } = book.wallet()
  const real = ASSETS.map((asset) => ({
    lots: book.lots(asset),
    balance: book.balance(asset, simple.now),
    held: holds.reduce((sum, one) => sum + (one.asset === asset ? one.quantity : 0), 0),
    owed: owed[asset] ?? 0,
  }))
  const expected = ASSETS.map((asset) => ({
    lots: simple.lots(asset),
    balance: simple.balance(asset),
    held: simple.count(asset, 'held'),
    owed: simple.owed(asset),
  }))
  // The text is compared first: a thousand deep comparisons that all succeed are what this test would spend its time on.
  if (JSON.stringify(real) !== JSON.stringify(expected)) expect(real).toEqual(expected)
  for (const asset of ASSETS) {
    if (simple.owed(asset) > 0 && simple.count(asset, 'free') > 0) expect.fail('a debt is paid as soon as there is something')
  }
}

function remember({ book, simple, history }: World): void {
  history.push({ balances: ASSETS.map((asset) => simple.balance(asset)), movements: book.movements.length })
}

/** Opening + earned − spent − expired ± adjusted = closing; and the balance is the sum of its entries. */
function conserve({ book, history }: World, one: number, other: number): void {
  const opening = history[Math.min(one, other)]
  const closing = history[Math.max(one, other)]
  if (!opening || !closing) return
  ASSETS.forEach((asset, index) => {
    const moved = outside(book.movements.slice(opening.movements, closing.movements), asset)
    expect((opening.balances[index] ?? 0) - moved).toBe(closing.balances[index])
    expect(0 - outside(book.movements.slice(0, closing.movements), asset)).toBe(closing.balances[index])
  })
}

/** What went out of the member's own accounts, less what came in. */
function outside(movements: readonly Movement[], asset: string): number {
  const entries = movements.flatMap((movement) => movement.entries)
  const others = entries.filter((entry) => entry.asset === asset && !['available', 'held', 'owed'].includes(entry.account))
  return others.reduce((sum, entry) => sum + entry.quantity, 0)
}

/** A reward that comes back expired gets a grace, points do not: the defaults of an account. */
const graceOf = (world: World, asset: string, graceMs: number): number | null =>
  asset === REWARD ? world.simple.now + graceMs : null

const at = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)]
