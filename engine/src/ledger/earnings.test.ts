import { describe, expect, it } from 'vitest'
import { withdrawGrants } from './earnings.ts'
import { releaseHold } from './holds.ts'
import { availableOf, owedOf } from './lots.ts'
import type { TestLedger } from './test-ledger.ts'
import { convert, earn, FEB_28, hold, JAN_31, ledgerOf, NOW, R5, restore, reverse, spend } from './test-moves.ts'

describe('41. Spent already', () => {
  it.each([
    ['owed', -30, [10, 10, 40]],
    ['forgiven', 0, [40, 40, 40]],
  ] as const)('50 reversed with 20 left: %s', (shortfall, after, [, balance]) => {
    const ledger = ledgerOf([[50, null, 'o1']])
    ledger.at(NOW, (book) => spend(book, 'x', 30))
    ledger.at(NOW, (book) => reverse(book, 'o1', 50, shortfall))
    expect(ledger.balance('points', NOW)).toBe(after)
    ledger.at(NOW, (book) => earn(book, 40))
    expect(ledger.balance('points', NOW)).toBe(balance)
    expect(ledger.at(NOW, (book) => availableOf(book, 'points'))).toBe(balance)
  })

  it('later earning fills the debt first, a little at a time', () => {
    const ledger = ledgerOf([[50, null, 'o1']])
    ledger.at(NOW, (book) => spend(book, 'x', 50))
    ledger.at(NOW, (book) => reverse(book, 'o1', 50))
    const steps = [20, 20, 30].map((quantity) => {
      ledger.at(NOW, (book) => earn(book, quantity))
      return ledger.at(NOW, (book) => [availableOf(book, 'points'), owedOf(book, 'points')])
    })
    expect(steps).toEqual([
      [0, 30],
      [0, 10],
      [20, 0],
    ])
  })

  it('what comes back pays the debt: a spend undone, a hold released', () => {
    const ledger = ledgerOf([[80, null, 'o1']])
    const shares = ledger.at(NOW, (book) => spend(book, 'x', 50))
    ledger.at(NOW, (book) => hold(book, 'y', 30))
    ledger.at(NOW, (book) => reverse(book, 'o1', 80))
    expect(ledger.balance('points', NOW)).toBe(-50)
    ledger.at(NOW, (book) => releaseHold(book, 'y', null))
    ledger.at(NOW, (book) => expect([availableOf(book, 'points'), owedOf(book, 'points')]).toEqual([0, 50]))
    ledger.at(NOW, (book) => restore(book, 'x', shares))
    ledger.at(NOW, (book) => expect([availableOf(book, 'points'), owedOf(book, 'points')]).toEqual([0, 0]))
  })

  it('takes from the order’s own lot first, then from what expires soonest', () => {
    const ledger = ledgerOf([
      [30, JAN_31],
      [40, null, 'o1'],
      [20, FEB_28],
    ])
    ledger.at(NOW, (book) => reverse(book, 'o1', 75))
    expect(ledger.lots()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [15, 0, 0],
    ])
  })

  it('what the member lost by expiry costs them nothing again', () => {
    const ledger = ledgerOf([[50, JAN_31, 'o1'], [50]])
    ledger.at(FEB_28, (book) => reverse(book, 'o1', 50), { loading: ['o1'] })
    ledger.at(FEB_28, () => undefined)
    expect(ledger.lots()).toEqual([
      [0, 0, 0],
      [50, 0, 0],
    ])
  })
})

describe('42. Converted already', () => {
  const converted = (expiresAt: number | null = null): TestLedger => {
    const ledger = ledgerOf([[120, expiresAt, 'o1']])
    expect(ledger.at(NOW, (book) => convert(book))).toBe(1)
    expect([ledger.balance('points', NOW), ledger.balance(R5, NOW)]).toEqual([20, 1])
    return ledger
  }

  it('the reward is withdrawn if unused', () => {
    const ledger = converted()
    ledger.at(NOW, (book) => reverse(book, 'o1', 120))
    expect([ledger.balance('points', NOW), ledger.balance(R5, NOW)]).toEqual([0, 0])
  })

  it('its points are back, as far as they were not asked for', () => {
    const ledger = converted()
    ledger.at(NOW, (book) => reverse(book, 'o1', 50))
    expect([ledger.balance('points', NOW), ledger.balance(R5, NOW)]).toEqual([70, 0])
  })

  it.each(['held', 'used'])('the balance carries the debt when it is %s', (state) => {
    const ledger = converted()
    ledger.at(NOW, (book) => (state === 'held' ? hold(book, 'x', 1, { asset: R5 }) : spend(book, 'x', 1, R5)))
    ledger.at(NOW, (book) => reverse(book, 'o1', 120))
    expect([ledger.balance('points', NOW), ledger.balance(R5, NOW)]).toEqual([-100, state === 'held' ? 1 : 0])
  })

  it('nothing is owed for points that expired while they were a reward', () => {
    const ledger = converted(JAN_31)
    ledger.at(FEB_28, (book) => reverse(book, 'o1', 120), { loading: ['o1'] })
    expect([ledger.balance('points', FEB_28), ledger.balance(R5, FEB_28)]).toEqual([0, 0])
  })

  it('what a withdrawn reward leaves over pays the debt there is', () => {
    const ledger = converted()
    ledger.at(NOW, (book) => hold(book, 'x', 1, { asset: R5 }))
    ledger.at(NOW, (book) => reverse(book, 'o1', 60))
    ledger.at(NOW, (book) => releaseHold(book, 'x', null))
    expect(ledger.balance('points', NOW)).toBe(-40)
    ledger.at(NOW, (book) => reverse(book, 'o1', 10))
    ledger.at(NOW, (book) => expect([availableOf(book, 'points'), owedOf(book, 'points')]).toEqual([50, 0]))
  })

  it('the newest reward goes first, and only as many as it takes', () => {
    const ledger = ledgerOf([[100, null, 'o1']])
    ledger.at(NOW, (book) => convert(book))
    ledger.at(NOW + 1, (book) => {
      earn(book, 250, { orderUid: 'o2' })
      convert(book, { orderUid: 'o2' })
    })
    expect([ledger.balance('points', NOW), ledger.balance(R5, NOW)]).toEqual([50, 3])
    ledger.at(NOW + 2, (book) => reverse(book, 'o2', 100))
    expect([ledger.balance('points', NOW), ledger.lots(R5)]).toEqual([
      50,
      [
        [1, 0, 0],
        [1, 0, 0],
        [0, 0, 0],
      ],
    ])
  })

  it('a threshold is reached as often as the points say', () => {
    const ledger = ledgerOf([[95]])
    expect(ledger.at(NOW, (book) => convert(book))).toBe(0)
    ledger.at(NOW, (book) => earn(book, 262))
    expect(ledger.at(NOW, (book) => convert(book))).toBe(3)
    expect([ledger.balance('points', NOW), ledger.balance(R5, NOW)]).toEqual([57, 3])
  })
})

describe('granted rewards', () => {
  it('are taken back as far as they are unused, and no others', () => {
    const ledger = ledgerOf([
      [1, null, 'o1', R5],
      [1, null, 'o1', R5],
      [1, null, 'o2', R5],
    ])
    ledger.at(NOW, (book) => spend(book, 'x', 1, R5))
    ledger.at(NOW, (book) => withdrawGrants(book, 'o1'), { loading: ['o1'] })
    expect(ledger.lots(R5)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [1, 0, 0],
    ])
  })
})
