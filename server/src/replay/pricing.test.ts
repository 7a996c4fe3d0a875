import { describe, expect, it } from 'vitest'
import type { Dish } from './history.ts'
import { discountOf, inOrder } from './pricing.ts'
import type { RewardRule } from './rules.ts'

const dishes = (...cents: number[]): Dish[] =>
  inOrder(cents.map((price, index) => ({ product: String(index), label: '', category: 'Mexican', cents: price })))
const off = (rule: RewardRule['off']): RewardRule => ({ key: 'r', code: 'R', off: rule })
const FIVE = off({ kind: 'cents', cents: 500 })
const TEN = off({ kind: 'percent', basisPoints: 1_000, maxCents: 300 })

describe('a reward, priced by the recomputation', () => {
  it.each([
    { what: '5.00 off 17.25 (scenario 3)', reward: FIVE, on: [1075, 450, 200], cents: 500, shares: [312, 130, 58] },
    { what: '5.00 off three equal dishes (scenario 14)', reward: FIVE, on: [333, 333, 333], cents: 500, shares: [167, 167, 166] },
    { what: '10 % off, capped (scenario 13)', reward: TEN, on: [3000, 1200], cents: 300, shares: [214, 86] },
    { what: '10 % of 10.05, half a cent up', reward: TEN, on: [1005], cents: 101, shares: [101] },
    { what: 'never more than there is to pay (scenario 8)', reward: FIVE, on: [450], cents: 450, shares: [450] },
    {
      what: 'the cheapest dish',
      reward: off({ kind: 'dish', categories: ['mexican'] }),
      on: [1395, 700, 700],
      cents: 700,
      shares: [0, 700, 0],
    },
  ])('$what', ({ reward, on, cents, shares }) => {
    expect(discountOf(reward, dishes(...on))).toEqual({ cents, shares })
  })

  it('does not give a dish that is not in the cart', () => {
    expect(discountOf(off({ kind: 'dish', categories: ['thai'] }), dishes(700))).toBeUndefined()
  })
})
