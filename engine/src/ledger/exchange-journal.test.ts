import { describe, expect, it } from 'vitest'
import { exchangeLate, isRetired } from './exchange.ts'
import { AT, decide, exchanged, open, standing, TO_VISITS } from './test-exchanges.ts'
import type { TestLedger } from './test-ledger.ts'
import { DAY, JAN_31, ledgerOf, NOW, restore, reverse, spend } from './test-moves.ts'
import type { Exchange } from './wallet.ts'

describe('an exchange is written down, to the leg', () => {
  const said = (ledger: TestLedger, work: () => unknown): string[] => {
    const before = ledger.movements.length
    work()
    return ledger.movements.slice(before).map(({ cause, orderUid, note, entries }) => {
      const legs = entries.map(({ asset, account, quantity }) => `${asset} ${account} ${quantity}`)
      return `${cause} ${orderUid}${note === undefined || note === null ? '' : ` (${note})`}: ${legs.join(', ')}`
    })
  }

  it('lot by lot, for the order that earned each', () => {
    const ledger = exchanged(
      ledgerOf([
        [15, null, 'o1'],
        [20, JAN_31, 'o2'],
      ]),
    )
    expect(said(ledger, () => open(ledger, AT))).toEqual([
      'exchange o1 (version 2): points available -15, points converted 15, visits available 2, visits converted -2',
      'exchange o2 (version 2): points available -20, points converted 20, visits available 2, visits converted -2',
    ])
    expect(said(ledger, () => open(ledger, AT + DAY))).toEqual([])
  })

  it('a lot too small for one of its own only leaves', () => {
    const ledger = exchanged(ledgerOf([[9], [1, JAN_31]]))
    expect(said(ledger, () => open(ledger, AT))).toEqual([
      'exchange null (version 2): points available -9, points converted 9, visits available 1, visits converted -1',
      'exchange null (version 2): points available -1, points converted 1',
    ])
  })

  it('a debt, and what of it is too small for one', () => {
    const owing = (quantity: number) => {
      const ledger = ledgerOf([[100, null, 'o1']])
      ledger.at(NOW, (book) => spend(book, 'o2', 100))
      ledger.at(NOW, (book) => reverse(book, 'o1', quantity))
      return exchanged(ledger)
    }
    const large = owing(25)
    expect(said(large, () => open(large, AT))).toEqual([
      'exchange null (version 2): points owed 25, points converted -25, visits converted 2, visits owed -2',
    ])
    const small = owing(7)
    expect(said(small, () => open(small, AT))).toEqual(['exchange null (version 2): points owed 7, points converted -7'])
  })

  it('what an order from before brings back, without the version', () => {
    const ledger = ledgerOf([[100]])
    const shares = ledger.at(NOW, (book) => spend(book, 'o1', 45))
    exchanged(ledger)
    open(ledger, AT)
    expect(said(ledger, () => decide(ledger, AT, (book) => restore(book, 'o1', shares))).at(-1)).toBe(
      'exchange null: points available -40, points converted 40, visits available 4, visits converted -4',
    )
  })

  it('a debt that an order from before leaves, as whole units', () => {
    const ledger = ledgerOf([[100, null, 'o1']])
    ledger.at(NOW, (book) => spend(book, 'o2', 100))
    exchanged(ledger)
    open(ledger, AT)
    const written = said(ledger, () => decide(ledger, AT, (book) => reverse(book, 'o1', 37), ['o1']))
    expect(written.join(' ')).toContain('points owed 30, points converted -30')
    expect(standing(ledger, AT)).toEqual({ points: -7, visits: -3 })
  })

  it('says whether anything moved', () => {
    const late = (points: number) => {
      const ledger = ledgerOf([[100]])
      const shares = ledger.at(NOW, (book) => spend(book, 'o1', points))
      exchanged(ledger)
      open(ledger, AT)
      return ledger.at(AT, (book) => {
        restore(book, 'o1', shares)
        return exchangeLate(book)
      })
    }
    expect([late(9), late(10)]).toEqual([false, true])
  })
})

describe('which unit is retired', () => {
  const there = { version: 2, from: 'points', to: 'visits', take: 10, give: 1 } as const
  const back = { version: 3, from: 'visits', to: 'points', take: 1, give: 10 } as const
  const on = { version: 4, from: 'points', to: 'stamps', take: 25, give: 1 } as const
  const retired = (...exchanges: Partial<Exchange>[]) => {
    const ledger = ledgerOf()
    ledger.exchanges = exchanges.map((exchange) => ({ ...TO_VISITS, ...exchange }))
    return ledger.at(AT, (book) => ['points', 'visits', 'stamps', 'reward:r5'].filter((asset) => isRetired(book, asset)))
  }

  it('each that was left, and none that was come back to', () => {
    expect(retired()).toEqual([])
    expect(retired(there)).toEqual(['points'])
    expect(retired(there, back)).toEqual(['visits'])
    expect(retired(there, back, on)).toEqual(['points', 'visits'])
  })
})
