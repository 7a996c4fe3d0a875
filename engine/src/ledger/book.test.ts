import { describe, expect, it } from 'vitest'
import { changesOf, openBook } from './book.ts'
import { captureHold, releaseHold, sweepExpired } from './holds.ts'
import { availableOf, balanceOf, heldOf, lapsedOf } from './lots.ts'
import { convert, DAY, earn, FEB_28, hold, JAN_31, ledgerOf, NOW, R5, restore, reverse, spend } from './test-moves.ts'
import { EMPTY_WALLET } from './wallet.ts'

describe('24. Two tills, one reward', () => {
  it('is held by one order, refused to the other until the first lets go', () => {
    const ledger = ledgerOf([[1, null, null, R5]])
    expect(ledger.at(NOW, (book) => hold(book, 'a', 1, { asset: R5 }))).toBe('ok')
    expect(ledger.at(NOW, (book) => hold(book, 'b', 1, { asset: R5 }))).toBe('held')
    ledger.at(NOW, (book) => releaseHold(book, 'a', null))
    expect(ledger.at(NOW, (book) => hold(book, 'b', 1, { asset: R5 }))).toBe('ok')
    expect(ledger.lots(R5)).toEqual([[0, 1, 0]])
  })

  it('moves nothing when it is refused', () => {
    const ledger = ledgerOf([[1, null, null, R5]])
    ledger.at(NOW, (book) => hold(book, 'a', 1, { asset: R5 }))
    ledger.at(NOW, (book) => {
      hold(book, 'b', 1, { asset: R5 })
      expect(changesOf(book)).toMatchObject({
        movements: [],
        lotsMade: [],
        lotsChanged: [],
        holds: [],
        holdsDropped: [],
        balances: [],
      })
    })
  })
})

describe('25. Points held', () => {
  it.each([
    [50, 'ok'],
    [51, 'held'],
    [100, 'held'],
    [150, 'held'],
    [151, 'insufficient'],
  ] as const)('of 150, order 1 holds 100: order 2 asks for %d: %s', (asked, outcome) => {
    const ledger = ledgerOf([[150]])
    ledger.at(NOW, (book) => hold(book, 'one', 100))
    ledger.at(NOW, (book) => {
      expect([availableOf(book, 'points'), heldOf(book, 'points'), lapsedOf(book, 'points')]).toEqual([50, 100, 0])
      expect(hold(book, 'two', asked)).toBe(outcome)
      expect(balanceOf(book, 'points')).toBe(150)
    })
  })
})

describe('26. Lapsed hold', () => {
  it('gives way to another order, oldest first, and only if it must', () => {
    const ledger = ledgerOf([[300]])
    ledger.at(NOW, (book) => hold(book, 'older', 100))
    ledger.at(NOW + 1, (book) => hold(book, 'newer', 100))
    const later = NOW + 2 * DAY
    ledger.at(later, (book) =>
      expect([availableOf(book, 'points'), lapsedOf(book, 'points'), heldOf(book, 'points')]).toEqual([100, 200, 0]),
    )
    expect(ledger.at(later, (book) => hold(book, 'x', 100))).toBe('ok')
    expect(ledger.wallet().holds.map(({ orderUid }) => orderUid)).toEqual(['older', 'newer', 'x'])
    expect(ledger.at(later, (book) => hold(book, 'y', 50))).toBe('ok')
    expect(ledger.wallet().holds.map(({ orderUid }) => orderUid)).toEqual(['newer', 'x', 'y'])
  })

  it('is taken all the same while nobody else has', () => {
    const ledger = ledgerOf([[100]])
    ledger.at(NOW, (book) => hold(book, 'one', 100))
    expect(ledger.at(NOW + 9 * DAY, (book) => captureHold(book, 'one'))).toMatchObject([{ quantity: 100 }])
    expect(ledger.balance('points', NOW)).toBe(0)
  })

  it('is not enough where a debt comes first: refused, and nothing moves', () => {
    const ledger = ledgerOf([[100, null, 'o1']])
    ledger.at(NOW, (book) => hold(book, 'one', 100))
    ledger.at(NOW, (book) => reverse(book, 'o1', 40))
    const later = NOW + 2 * DAY
    expect(ledger.at(NOW, (book) => hold(book, 'two', 61))).toBe('insufficient')
    expect(ledger.at(NOW, (book) => hold(book, 'two', 60))).toBe('held')
    expect(ledger.at(later, (book) => hold(book, 'two', 61))).toBe('insufficient')
    expect(ledger.lots()).toEqual([[0, 100, 0]])
    expect(ledger.at(later, (book) => hold(book, 'two', 60))).toBe('ok')
    expect(ledger.lots()).toEqual([[0, 60, 0]])
    expect(ledger.balance('points', NOW)).toBe(60)
  })
})

describe('30. Expiry under a hold', () => {
  it('is honoured when the order is billed after the expiry', () => {
    const ledger = ledgerOf([[1, JAN_31, null, R5]])
    ledger.at(JAN_31 - 120_000, (book) => hold(book, 'one', 1, { asset: R5 }))
    expect(ledger.at(JAN_31 + 180_000, (book) => captureHold(book, 'one'))).toHaveLength(1)
    expect(ledger.lots(R5)).toEqual([[0, 0, 0]])
  })

  it('is honoured until the hold lapses; then it expires at that instant', () => {
    const ledger = ledgerOf([[1, JAN_31, null, R5]])
    ledger.at(JAN_31 - 1, (book) => hold(book, 'one', 1, { asset: R5 }))
    ledger.at(JAN_31 + DAY + 5, (book) => {
      expect(book.movements.map(({ cause, at }) => [cause, at])).toEqual([
        ['lapse', JAN_31 - 1 + DAY],
        ['expire', JAN_31 - 1 + DAY],
      ])
      expect(captureHold(book, 'one')).toEqual([])
    })
    expect(ledger.lots(R5)).toEqual([[0, 0, 1]])
  })

  it.each([
    [JAN_31 - 1, 'ok'],
    [JAN_31, 'insufficient'],
  ] as const)('a new hold at %d: %s', (now, outcome) => {
    const ledger = ledgerOf([[1, JAN_31, null, R5]])
    expect(ledger.at(now, (book) => hold(book, 'two', 1, { asset: R5 }))).toBe(outcome)
  })

  it('expires at its own instant, however late the sweep comes', () => {
    const ledger = ledgerOf([[50, JAN_31]])
    ledger.at(FEB_28, (book) => expect(book.movements).toMatchObject([{ cause: 'expire', at: JAN_31 }]))
  })
})

describe('37. Void after billed', () => {
  it.each([
    ['in time: the old expiry', JAN_31 - DAY, JAN_31 + 6 * DAY, [1, 0, 0], JAN_31],
    ['expired meanwhile: the grace', JAN_31 + DAY, JAN_31 + 8 * DAY, [1, 0, 0], JAN_31 + 8 * DAY],
    ['expired meanwhile, without grace: it lapses', JAN_31 + DAY, null, [0, 0, 1], JAN_31],
  ] as const)('the same instance is back, %s', (_, now, graceUntil, lot, expiresAt) => {
    const ledger = ledgerOf([[1, JAN_31, null, R5]])
    const shares = ledger.at(NOW, (book) => spend(book, 'one', 1, R5))
    ledger.at(now, (book) => restore(book, 'one', shares, { asset: R5, graceUntil }))
    expect(ledger.lots(R5)).toEqual([lot])
    expect(ledger.expiries(R5)).toEqual([expiresAt])
  })

  it('a released hold gets the grace too', () => {
    const ledger = ledgerOf([[1, JAN_31, null, R5]])
    ledger.at(JAN_31 - 1, (book) => hold(book, 'one', 1, { asset: R5 }))
    ledger.at(JAN_31 + 1, (book) => releaseHold(book, 'one', FEB_28))
    expect([ledger.lots(R5), ledger.expiries(R5)]).toEqual([[[1, 0, 0]], [FEB_28]])
  })
})

describe('44. Lots', () => {
  it('are spent soonest first', () => {
    const ledger = ledgerOf([[30], [100, JAN_31], [50, FEB_28]])
    ledger.at(NOW, (book) => spend(book, 'x', 120))
    expect(ledger.balance('points', JAN_31 - 1)).toBe(60)
    expect(ledger.balance('points', JAN_31)).toBe(60)
    expect(ledger.balance('points', FEB_28)).toBe(30)
    ledger.at(FEB_28, sweepExpired)
    expect(ledger.lots()).toEqual([
      [30, 0, 0],
      [0, 0, 0],
      [0, 0, 30],
    ])
  })

  it('of one expiry are spent oldest first, also one that was closed and has just come back', () => {
    const ledger = ledgerOf([[10], [10], [8, FEB_28, 'o1']])
    ledger.at(NOW, (book) => spend(book, 'x', 8))
    ledger.at(NOW, (book) => convert(book, { threshold: 15, orderUid: 'o2' }))
    ledger.at(NOW, (book) => reverse(book, 'o1', 8), { loading: ['o1'] })
    expect(ledger.lots().map(([available]) => available)).toEqual([7, 5, 0])
  })

  it('that come in expired expire at once', () => {
    const ledger = ledgerOf()
    ledger.at(FEB_28, (book) => earn(book, 10, { expiresAt: JAN_31 }))
    expect(ledger.lots()).toEqual([[0, 0, 10]])
  })

  it('expire together where the member was inactive, but for what is held', () => {
    const ledger = ledgerOf([[100], [50], [1, null, null, R5]])
    ledger.at(NOW, (book) => hold(book, 'x', 120))
    ledger.at(FEB_28, sweepExpired, { idle: { asset: 'points', expiresAt: JAN_31 } })
    expect([ledger.lots(), ledger.balance(R5, NOW)]).toEqual([
      [
        [0, 100, 0],
        [0, 20, 30],
      ],
      1,
    ])
  })
})

describe('45. A spend undone', () => {
  it('returns to its lots; what has expired lapses, and no new lot is made', () => {
    const ledger = ledgerOf([[100, JAN_31], [50, FEB_28], [30]])
    const shares = ledger.at(NOW, (book) => spend(book, 'x', 160))
    ledger.at(JAN_31 + 1, (book) => restore(book, 'x', shares))
    expect(ledger.lots()).toEqual([
      [0, 0, 100],
      [50, 0, 0],
      [30, 0, 0],
    ])
  })

  it('returns to a lot that is part spent, part held', () => {
    const ledger = ledgerOf([[100, FEB_28]])
    const shares = ledger.at(NOW, (book) => spend(book, 'x', 40))
    ledger.at(NOW, (book) => hold(book, 'y', 60))
    ledger.at(NOW + 1, (book) => restore(book, 'x', shares))
    expect(ledger.lots()).toEqual([[40, 60, 0]])
  })
})

it('a movement that does not sum to zero never leaves', () => {
  const book = openBook(EMPTY_WALLET, NOW, () => 'lot')
  const leg = { asset: 'points', account: 'available', lotId: 'lot', quantity: 1, expiresAt: null } as const
  book.movements.push({ cause: 'earn', orderUid: null, note: null, at: NOW, entries: [leg] })
  expect(() => changesOf(book)).toThrow('must sum to zero')
})
