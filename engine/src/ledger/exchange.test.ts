import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heldInOldUnits } from './exchange.ts'
import { captureHold, releaseHold } from './holds.ts'
import { availableOf, owedOf } from './lots.ts'
import { AT, decide, exchanged, open, standing } from './test-exchanges.ts'
import { convert, DAY, earn, FEB_28, hold, JAN_31, ledgerOf, NOW, restore, reverse, spend } from './test-moves.ts'
import type { LotShare } from './wallet.ts'

describe('a wallet goes to another unit', () => {
  it.each([
    { rate: [10, 1], points: [95], visits: 10, why: 'rounded up' },
    { rate: [10, 1], points: [90], visits: 9, why: 'exact' },
    { rate: [10, 1], points: [1], visits: 1, why: 'never nothing for something' },
    { rate: [10, 1], points: [], visits: 0, why: 'nothing for nothing' },
    { rate: [10, 1], points: [5, 5, 5], visits: 2, why: 'rounded once for the member, and not for each lot' },
    { rate: [1, 50], points: [3], visits: 150, why: 'more of a smaller unit' },
    { rate: [10, 3], points: [7], visits: 3, why: 'any rate of whole numbers' },
    { rate: [1, 1], points: [7], visits: 7, why: 'one for one' },
  ])('at $rate: $points points are $visits visits, $why', ({ rate: [take = 0, give = 0], points, visits }) => {
    const ledger = exchanged(ledgerOf(points.map((quantity) => [quantity])), { take, give })
    open(ledger, AT)
    expect(standing(ledger, AT)).toEqual({ points: 0, visits })
    open(ledger, AT + DAY)
    expect(standing(ledger, AT + DAY)).toEqual({ points: 0, visits })
  })

  it('keeps the expiry of each lot, and what rounding gives lies where it lasts longest', () => {
    const ledger = exchanged(
      ledgerOf([
        [15, JAN_31],
        [15, null],
        [15, FEB_28],
      ]),
    )
    open(ledger, AT)
    expect(ledger.expiries('visits')).toEqual([null, FEB_28, JAN_31])
    expect(ledger.lots('visits').map(([available]) => available)).toEqual([2, 1, 2])
  })

  it('counts as of its own instant: what had expired by then is gone, and what expires later does so as the new unit', () => {
    const ledger = exchanged(
      ledgerOf([
        [100, AT],
        [40, AT + DAY],
        [30, null],
      ]),
    )
    open(ledger, AT + 30 * DAY)
    expect(standing(ledger, AT + 30 * DAY)).toEqual({ points: 0, visits: 3 })
    expect(ledger.lots('visits')).toEqual([
      [3, 0, 0],
      [0, 0, 4],
    ])
  })

  it('goes by the old rule of inactivity up to its instant', () => {
    const ledger = exchanged(ledgerOf([[100]]), { inactive: '5 days' })
    const wallet = { ...ledger.wallet(), activeAt: NOW }
    ledger.wallet = () => wallet
    open(ledger, AT)
    expect(ledger.movements.at(-1)).toMatchObject({ cause: 'expire', at: NOW + 6 * DAY })
  })

  it('rounds a debt down', () => {
    const ledger = ledgerOf([[5, null, 'o1']])
    ledger.at(NOW, (book) => spend(book, 'o2', 5))
    ledger.at(NOW, (book) => reverse(book, 'o1', 19))
    exchanged(ledger)
    open(ledger, AT)
    expect(standing(ledger, AT)).toEqual({ points: 0, visits: -1 })
  })

  it('goes through several in turn, also when nobody looked in between', () => {
    const ledger = exchanged(
      ledgerOf([[95]]),
      {},
      { version: 3, from: 'visits', to: 'points', take: 1, give: 10, at: AT + DAY },
      { version: 5, from: 'points', to: 'stamps', take: 25, give: 1, at: AT + 2 * DAY },
    )
    open(ledger, AT + 3 * DAY)
    expect(ledger.at(AT + 3 * DAY, (book) => availableOf(book, 'stamps'))).toBe(4)
  })
})

describe('orders from before', () => {
  it('keep what they hold: taken, it is gone; dropped, it comes back as the new unit', () => {
    const ledger = ledgerOf([[100]])
    ledger.at(NOW, (book) => [hold(book, 'o1', 45, { forMs: 90 * DAY }), hold(book, 'o2', 45, { forMs: 90 * DAY })])
    exchanged(ledger)
    open(ledger, AT)
    expect(ledger.at(AT, (book) => heldInOldUnits(book, 'visits'))).toBe(8)
    decide(ledger, AT, (book) => captureHold(book, 'o1'))
    expect(standing(ledger, AT)).toEqual({ points: 0, visits: 1 })
    decide(ledger, AT, (book) => releaseHold(book, 'o2', null))
    expect(standing(ledger, AT)).toEqual({ points: 5, visits: 5 })
  })

  it('lose a hold that has lapsed, since nobody could ask for it any more', () => {
    const ledger = ledgerOf([[100]])
    ledger.at(NOW, (book) => hold(book, 'o1', 50, { forMs: 20 * DAY }))
    exchanged(ledger)
    open(ledger, AT)
    expect(standing(ledger, AT + 19 * DAY).visits).toBe(5)
    open(ledger, AT + 20 * DAY)
    expect(standing(ledger, AT + 20 * DAY)).toEqual({ points: 0, visits: 10 })
  })

  it('give back what was spent, and less than one waits for the next', () => {
    const ledger = ledgerOf([[100]])
    const [first, second] = ledger.at(NOW, (book) => [spend(book, 'o1', 45), spend(book, 'o2', 45)] as const)
    exchanged(ledger)
    decide(ledger, AT, (book) => restore(book, 'o1', first))
    expect(standing(ledger, AT)).toEqual({ points: 5, visits: 5 })
    decide(ledger, AT, (book) => restore(book, 'o2', second))
    expect(standing(ledger, AT)).toEqual({ points: 0, visits: 10 })
  })

  it.each([[[45]], [[15, 15, 15]], [[1, 44]], [[9, 9, 9, 9, 9]]])(
    'give up what they earned, the same in parts of %j',
    (parts) => {
      const ledger = ledgerOf([
        [45, JAN_31, 'o1'],
        [45, FEB_28, 'o2'],
      ])
      exchanged(ledger)
      open(ledger, AT)
      for (const part of parts) decide(ledger, AT, (book) => reverse(book, 'o1', part), ['o1'])
      expect(standing(ledger, AT)).toEqual({ points: -5, visits: 5 })
      // From the lot that was its own: what is left lasts longer.
      const left = ledger.lots('visits').map(([available]) => available)
      expect([ledger.expiries('visits'), left]).toEqual([
        [FEB_28, JAN_31],
        [5, 0],
      ])
    },
  )

  it('take no second time what of it has expired meanwhile', () => {
    const ledger = ledgerOf([
      [50, JAN_31, 'o1'],
      [50, null, 'o2'],
    ])
    exchanged(ledger)
    open(ledger, AT)
    decide(ledger, FEB_28, (book) => reverse(book, 'o1', 50), ['o1'])
    expect(standing(ledger, FEB_28)).toEqual({ points: 0, visits: 5 })
  })

  it('find points in an unused reward that they were made into', () => {
    const ledger = ledgerOf([[100, null, 'o1']])
    ledger.at(NOW, (book) => convert(book))
    exchanged(ledger)
    decide(ledger, AT, (book) => reverse(book, 'o1', 30), ['o1'])
    expect(ledger.at(AT, (book) => availableOf(book, 'reward:r5'))).toBe(0)
    expect(standing(ledger, AT)).toEqual({ points: 0, visits: 7 })
  })

  it('are forgiven in the new unit where the account forgives', () => {
    const ledger = ledgerOf([[100, null, 'o1']])
    ledger.at(NOW, (book) => spend(book, 'o2', 80))
    exchanged(ledger)
    decide(ledger, AT, (book) => reverse(book, 'o1', 100, 'forgiven'), ['o1'])
    expect(standing(ledger, AT)).toEqual({ points: 0, visits: 0 })
  })
})

/** One thing that happens under the old program; what is late happens again after the exchange, by an order from before. */
type Step =
  | { readonly kind: 'earn'; readonly quantity: number; readonly days: number | null }
  | { readonly kind: 'spend' | 'hold' | 'end' | 'reverse'; readonly quantity: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('earn' as const),
    quantity: fc.integer({ min: 1, max: 60 }),
    days: fc.option(fc.integer({ min: 5, max: 40 }), { nil: null }),
  }),
  fc.record({
    kind: fc.constantFrom('spend' as const, 'hold' as const, 'end' as const, 'reverse' as const),
    quantity: fc.integer({ min: 1, max: 60 }),
  }),
)
const rates = fc.record({ take: fc.integer({ min: 1, max: 30 }), give: fc.integer({ min: 1, max: 30 }) })

/** A member with orders in every state. */
class Life {
  readonly ledger = ledgerOf()
  readonly earned: { orderUid: string; quantity: number }[] = []
  readonly taken: { orderUid: string; shares: readonly LotShare[] | null }[] = []
  private orders = 0
  /** What is owed to the member in points, if nothing expires and nothing is rounded. */
  worth = 0

  play(steps: readonly Step[], now: number, late: boolean): void {
    for (const step of steps) {
      if (step.kind === 'earn') this.earn(step, now)
      else if (step.kind === 'end') this.end(now)
      else if (step.kind === 'reverse') this.reverse(step.quantity, now)
      else if (!late) this.take(step, now)
    }
  }

  private earn({ quantity, days }: { quantity: number; days: number | null }, now: number): void {
    const orderUid = `earn-${this.earned.length}`
    const expiresAt = days === null ? null : now + days * DAY
    decide(this.ledger, now, (book) => earn(book, quantity, { orderUid, expiresAt }))
    this.earned.push({ orderUid, quantity })
    this.worth += quantity
  }

  private take({ kind, quantity }: { kind: Step['kind']; quantity: number }, now: number): void {
    const orderUid = `take-${++this.orders}`
    const done = decide(this.ledger, now, (book) => hold(book, orderUid, quantity, { forMs: 365 * DAY }) === 'ok')
    if (!done) return
    const shares = kind === 'spend' ? decide(this.ledger, now, (book) => captureHold(book, orderUid)) : null
    this.taken.push({ orderUid, shares })
    if (shares) this.worth -= quantity
  }

  /** The oldest order that took something is undone. */
  private end(now: number): void {
    const order = this.taken.shift()
    if (!order) return
    const { orderUid, shares } = order
    decide(this.ledger, now, (book) => (shares ? restore(book, orderUid, shares) : releaseHold(book, orderUid, null)))
    for (const { quantity } of shares ?? []) this.worth += quantity
  }

  private reverse(quantity: number, now: number): void {
    const order = this.earned.find((order) => order.quantity >= quantity)
    if (!order) return
    order.quantity -= quantity
    decide(this.ledger, now, (book) => reverse(book, order.orderUid, quantity), [order.orderUid])
    this.worth -= quantity
  }

  /** Everything the member has, held parts included and debts off, in points at a rate; times `give`, so that it is whole. */
  value({ take, give }: { take: number; give: number }): number {
    return this.ledger.at(NOW, (book) => {
      const all = (asset: string) =>
        [...book.lots.values()]
          .filter((lot) => lot.asset === asset)
          .reduce((sum, lot) => sum + lot.available + lot.held, -owedOf(book, asset))
      return all('points') * give + all('visits') * take
    })
  }
}

const forever = (steps: readonly Step[]): Step[] => steps.map((step) => (step.kind === 'earn' ? { ...step, days: null } : step))
const steps = fc.array(step, { maxLength: 12 })

describe('in any history', () => {
  it('nobody loses: rounding gives less than one of the new unit, and less than one point with each late order', () => {
    fc.assert(
      fc.property(steps, steps, rates, (before, after, rate) => {
        const life = new Life()
        life.play(forever(before), NOW, false)
        exchanged(life.ledger, rate)
        open(life.ledger, AT)
        const gained = life.value(rate) - life.worth * rate.give
        expect(gained).toBeGreaterThanOrEqual(0)
        expect(gained).toBeLessThan(rate.take)
        life.play(forever(after), AT, true)
        const late = life.value(rate) - life.worth * rate.give - gained
        expect(Math.abs(late)).toBeLessThanOrEqual(2 * after.length * (rate.give - 1))
      }),
      { numRuns: 500 },
    )
  })

  it('it makes no difference when a wallet is opened first', () => {
    fc.assert(
      fc.property(steps, rates, fc.integer({ min: 1, max: 60 }), (before, rate, days) => {
        const lives = [new Life(), new Life()] as const
        for (const life of lives) {
          life.play(before, NOW, false)
          exchanged(life.ledger, rate)
        }
        const [early, late] = lives
        for (let day = 0; day < days; day++) open(early.ledger, AT + day * DAY)
        const end = AT + days * DAY
        const rows = lives.map(({ ledger }) => {
          open(ledger, end)
          return [standing(ledger, end), ledger.lots('points'), ledger.lots('visits'), ledger.expiries('visits')]
        })
        expect(rows[0]).toEqual(rows[1])
        expect(late.ledger.wallet().holds).toEqual(early.ledger.wallet().holds)
      }),
      { numRuns: 300 },
    )
  })
})
