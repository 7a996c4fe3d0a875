import { describe, expect, it } from 'vitest'
import { addTallies, changesOf } from './book.ts'
import { convertPoints, issueLot, withdrawGrants } from './earnings.ts'
import { captureHold, releaseHold, sweepExpired } from './holds.ts'
import { adjustLot, type Book, heldOf, lapsedOf, soonestFirst } from './lots.ts'
import { showOffers } from './showing.ts'
import type { TestLedger } from './test-ledger.ts'
import { convert, DAY, earn, FEB_28, hold, JAN_31, ledgerOf, NOW, R5, restore, reverse, spend } from './test-moves.ts'
import type { Movement } from './wallet.ts'

/* What the ledger writes down is what an auditor reads: each move, to the leg. */

const dayOf = (instant: number): string => `day ${(instant - NOW) / DAY}`
const legs = ({ entries }: Movement): string =>
  entries
    .map(({ account, quantity, expiresAt }) => `${account} ${quantity}${expiresAt === null ? '' : ` until ${dayOf(expiresAt)}`}`)
    .join(', ')
const line = (movement: Movement): string =>
  `${movement.cause} ${movement.orderUid}${movement.note ? ` (${movement.note})` : ''} on ${dayOf(movement.at)}: ${legs(movement)}`

/** What a decision writes down. */
function written(ledger: TestLedger, now: number, decide: (book: Book) => unknown, loading: readonly string[] = []): string[] {
  const before = ledger.movements.length
  ledger.at(now, decide, { loading })
  return ledger.movements.slice(before).map(line)
}

describe('what comes in', () => {
  it('says from where, until when, for which order and why', () => {
    const ledger = ledgerOf()
    const grant = { asset: 'points', quantity: 50, expiresAt: JAN_31, orderUid: 'o1', cause: 'grant', at: NOW + DAY } as const
    expect(written(ledger, NOW + 2 * DAY, (book) => issueLot(book, { ...grant, note: 'birthday' }))).toEqual([
      'grant o1 (birthday) on day 1: issued -50, available 50 until day 31',
    ])
  })

  it('pays the debt before it counts', () => {
    const ledger = ledgerOf([[50, null, 'o1']])
    ledger.at(NOW, (book) => spend(book, 'x', 50))
    ledger.at(NOW, (book) => reverse(book, 'o1', 50))
    expect(written(ledger, NOW, (book) => earn(book, 30))).toEqual(['earn null on day 0: issued -30, owed 30'])
    expect(written(ledger, NOW, (book) => earn(book, 30))).toEqual(['earn null on day 0: issued -30, owed 20, available 10'])
    expect(written(ledger, NOW, (book) => earn(book, 30))).toEqual(['earn null on day 0: issued -30, available 30'])
  })

  it.each([
    ['an issue of nothing', (book: Book) => earn(book, 0)],
    ['a reversal of nothing', (book: Book) => reverse(book, 'o1', 0)],
    ['a capture without a hold', (book: Book) => captureHold(book, 'o1')],
    ['a release without a hold', (book: Book) => releaseHold(book, 'o1', null)],
    ['a grant to withdraw that never was', (book: Book) => withdrawGrants(book, 'o1')],
  ])('%s is not written', (_, decide) => {
    expect(written(ledgerOf([[50]]), NOW, decide)).toEqual([])
  })
})

describe('what goes out', () => {
  it('is held, taken, and comes back', () => {
    const ledger = ledgerOf([[30, JAN_31], [50, FEB_28], [9]])
    expect(written(ledger, NOW, (book) => hold(book, 'x', 40))).toEqual([
      'hold x on day 0: available -30, held 30, available -10, held 10',
    ])
    expect(written(ledger, NOW, (book) => hold(book, 'y', 5))).toEqual(['hold y on day 0: available -5, held 5'])
    expect(written(ledger, NOW, (book) => releaseHold(book, 'y', null))).toEqual([
      'release y on day 0: held -5, available 5 until day 59',
    ])
    let shares: ReturnType<typeof captureHold> = []
    expect(
      written(ledger, NOW, (book) => {
        shares = captureHold(book, 'x')
      }),
    ).toEqual(['capture x on day 0: held -30, redeemed 30, held -10, redeemed 10'])
    expect(written(ledger, NOW, (book) => restore(book, 'x', shares))).toEqual([
      'restore x on day 0: redeemed -30, available 30 until day 31, redeemed -10, available 10 until day 59',
    ])
  })

  it('lapses where it lapsed, and expires where it expired, whichever was first', () => {
    const ledger = ledgerOf([[50, JAN_31]])
    ledger.at(NOW, (book) => hold(book, 'x', 50))
    expect(written(ledger, FEB_28, sweepExpired)).toEqual([
      'lapse x on day 1: held -50, available 50 until day 31',
      'expire null on day 31: available -50, expired 50',
    ])
  })

  it('lapses at the very instant', () => {
    const ledger = ledgerOf([[50, JAN_31]])
    ledger.at(NOW, (book) => hold(book, 'x', 50, { forMs: 40 * DAY }))
    expect(written(ledger, NOW + 40 * DAY - 1, sweepExpired)).toEqual([])
    expect(written(ledger, NOW + 40 * DAY, sweepExpired)).toHaveLength(2)
  })
})

describe('what turns into a reward, and back', () => {
  it('says what became of the points', () => {
    const ledger = ledgerOf([[30, JAN_31], [90]])
    expect(written(ledger, NOW + DAY, (book) => convert(book, { orderUid: 'o1' }))).toEqual([
      'convert o1 on day 1: available -30, converted 30, available -70, converted 70',
      'convert o1 on day 1: issued -1, available 1',
    ])
  })

  it('dates a conversion back to the order that brought it about', () => {
    const ledger = ledgerOf([[100]])
    const rule = { asset: 'points', threshold: 100, rewardAsset: R5, rewardExpiresAt: JAN_31, orderUid: null, at: NOW + DAY }
    expect(written(ledger, NOW + 2 * DAY, (book) => convertPoints(book, rule))).toEqual([
      'convert null on day 1: available -100, converted 100',
      'convert null on day 1: issued -1, available 1 until day 31',
    ])
  })

  it('is withdrawn where the points are taken back; what is left over stays', () => {
    const ledger = ledgerOf([[100, FEB_28, 'o1']])
    ledger.at(NOW, (book) => convert(book))
    expect(written(ledger, NOW, (book) => reverse(book, 'o1', 60), ['o1'])).toEqual([
      'withdraw o1 on day 0: available -1, issued 1, converted -100, available 100 until day 59',
      'reverse o1 on day 0: issued 60, available -60',
    ])
  })
})

describe('what is taken back', () => {
  it('comes from the order’s own lot, then from others, then from a debt', () => {
    const ledger = ledgerOf([
      [20, JAN_31],
      [30, null, 'o1'],
      [1, null, 'o1', R5],
    ])
    expect(written(ledger, NOW, (book) => reverse(book, 'o1', 60), ['o1'])).toEqual([
      'reverse o1 on day 0: issued 60, available -30, available -20, owed -10',
    ])
  })

  it('is what the order brought, and no debt where all of it is there', () => {
    const ledger = ledgerOf([[30, null, 'o1']])
    expect(written(ledger, NOW, (book) => reverse(book, 'o1', 30, 'forgiven'))).toEqual([
      'reverse o1 on day 0: issued 30, available -30',
    ])
  })

  it('is forgiven where the account says so', () => {
    expect(written(ledgerOf(), NOW, (book) => reverse(book, 'o1', 30, 'forgiven'))).toEqual([
      'reverse o1 on day 0: issued 30, forgiven -30',
    ])
  })

  it('pays a debt as soon as something is free', () => {
    const ledger = ledgerOf([[100, null, 'o1']])
    ledger.at(NOW, (book) => hold(book, 'x', 100))
    ledger.at(NOW, (book) => reverse(book, 'o1', 40))
    expect(written(ledger, NOW, (book) => releaseHold(book, 'x', null))).toEqual([
      'release x on day 0: held -100, available 100',
      'repay null on day 0: available -40, owed 40',
    ])
  })

  it('are the granted rewards that are unused; one that was used is passed over in silence', () => {
    const ledger = ledgerOf([
      [1, null, 'o1', R5],
      [1, null, 'o1', R5],
    ])
    ledger.at(NOW, (book) => spend(book, 'x', 1, R5))
    expect(written(ledger, NOW, (book) => withdrawGrants(book, 'o1'), ['o1'])).toEqual([
      'withdraw o1 on day 0: available -1, issued 1',
    ])
  })

  it('are not the points of the order, nor a reward that points turned into', () => {
    const ledger = ledgerOf([[130, null, 'o1']])
    ledger.at(NOW, (book) => convert(book, { orderUid: 'o1' }))
    expect(written(ledger, NOW, (book) => withdrawGrants(book, 'o1'), ['o1'])).toEqual([])
    expect([ledger.balance('points', NOW), ledger.balance(R5, NOW)]).toEqual([30, 1])
  })
})

it('an offer that is shown says from when to when; one that another order holds is not shown', () => {
  const ledger = ledgerOf()
  const offer = {
    asset: R5,
    quantity: 1,
    expiresAt: null,
    afterShown: '24 hours',
    orderUid: null,
    cause: 'grant',
    at: NOW,
  } as const
  ledger.at(NOW, (book) => issueLot(book, offer))
  expect(written(ledger, NOW + DAY, (book) => showOffers(book, R5, 'UTC'))).toEqual([
    'show null on day 1: available -1, available 1 until day 2',
  ])
  ledger.at(NOW + DAY, (book) => issueLot(book, offer))
  ledger.at(NOW + DAY, (book) => hold(book, 'x', 2, { asset: R5, forMs: 9 * DAY }))
  ledger.at(NOW + DAY, (book) => expect(showOffers(book, R5, 'UTC')).toBe(false))
})

describe('holds of several kinds', () => {
  it('points give way to points, the first to lapse first; what runs on, and a reward, stays', () => {
    const ledger = ledgerOf([[300], [1, null, null, R5]])
    ledger.at(NOW, (book) => hold(book, 'reward', 1, { asset: R5, forMs: DAY / 2 }))
    ledger.at(NOW, (book) => hold(book, 'running', 100, { forMs: 9 * DAY }))
    ledger.at(NOW, (book) => hold(book, 'second', 100, { forMs: 2 * DAY }))
    ledger.at(NOW, (book) => hold(book, 'first', 100, { forMs: DAY }))
    ledger.at(NOW + 3 * DAY, (book) => {
      expect(hold(book, 'x', 100)).toBe('ok')
      expect(book.holds.map(({ orderUid }) => orderUid)).toEqual(['reward', 'running', 'second', 'x'])
    })
  })

  it('a lapsed hold of a reward frees no points, and a hold lapses at its instant', () => {
    const ledger = ledgerOf([[100], [1, null, null, R5]])
    ledger.at(NOW, (book) => hold(book, 'a', 100))
    ledger.at(NOW, (book) => hold(book, 'b', 1, { asset: R5 }))
    const counts = (book: Book): number[] => [heldOf(book, 'points'), lapsedOf(book, 'points'), lapsedOf(book, R5)]
    ledger.at(NOW + DAY - 1, (book) => expect(counts(book)).toEqual([100, 0, 0]))
    ledger.at(NOW + DAY, (book) => expect(counts(book)).toEqual([0, 100, 1]))
  })

  it('a balance that moved is told with what of it is held', () => {
    const ledger = ledgerOf([[100]])
    ledger.at(NOW, (book) => {
      hold(book, 'a', 30)
      expect(changesOf(book).balances).toEqual([{ asset: 'points', available: 70, held: 30, owed: 0 }])
    })
  })
})

it.each([
  [JAN_31 - 1, [100, 0, 0]],
  [JAN_31, [0, 0, 100]],
])('points that inactivity ends do so at their instant: %d', (now, lot) => {
  const ledger = ledgerOf([[100]])
  ledger.at(now, sweepExpired, { idle: { asset: 'points', expiresAt: JAN_31 } })
  expect(ledger.lots()).toEqual([lot])
})

describe('a fault is thrown, and says where', () => {
  it.each([{ available: -51 }, { held: -1 }, { expired: -1 }])('a lot below zero: %o', (by) => {
    ledgerOf([[50]]).at(NOW, (book) =>
      expect(() => adjustLot(book, 'lot-0001', by)).toThrow('lot lot-0001 must not go below zero'),
    )
  })

  it('more than there is', () => {
    ledgerOf([[50]]).at(NOW, (book) => expect(() => soonestFirst(book, 'points', 60)).toThrow('10 of 60 points are not there'))
  })

  it('a lot that is not loaded', () => {
    ledgerOf().at(NOW, (book) => expect(() => adjustLot(book, 'lot-9', {})).toThrow('lot lot-9 is not in the wallet'))
  })
})

it('counts go forth and back by as much, and one that is nothing is dropped', () => {
  const counted = addTallies({ visits: 2 }, { visits: 3, stamps: 4 }, 1)
  expect(counted).toEqual({ visits: 5, stamps: 4 })
  expect(addTallies(counted, { visits: 3, stamps: 4 }, -1)).toEqual({ visits: 2 })
})
