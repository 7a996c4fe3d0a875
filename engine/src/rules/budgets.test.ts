import { describe, expect, it } from 'vitest'
import { dueGrants, registrationGrants } from './campaigns.ts'
import type { CampaignDocument } from './document.ts'
import { earn } from './earn.ts'
import { CONTEXT, cart, house, line, MEMBER, NOON } from './house-program.ts'
import { TALLY } from './tallies.ts'
import { budgetsUsed } from './tally-names.ts'

const earned = (campaign: CampaignDocument, reserved: Record<string, number> | undefined, tallies = {}) => {
  const { units, nets } = cart({ lines: [line('coffee', 1000, { quantity: 3 })] })
  return earn(house({ campaigns: { c: campaign } }), { units, paid: nets, context: CONTEXT, member: MEMBER, tallies, reserved })
}
const TREAT: CampaignDocument = { trigger: 'order', do: [{ grant: 'r5' }, { points: 7 }], budget: { times: 100 } }
const DOUBLE: CampaignDocument = { trigger: 'order', do: [{ multiply: 2 }], budget: { points: 1000 } }

describe('a budget on orders', () => {
  it('of times: fires while one is left, and counts it', () => {
    const fired = earned(TREAT, { 'times:c': 1 })
    expect([fired.quantity, fired.grants.length, fired.tallies[TALLY.budget('times:c')]]).toEqual([37, 1, 1])
    const spent = earned(TREAT, { 'times:c': 0 })
    expect([spent.quantity, spent.grants, spent.tallies[TALLY.budget('times:c')]]).toEqual([30, [], undefined])
    expect(spent.because.at(-1)).toEqual({
      rule: 'campaign:c',
      text: 'Withheld: the budget of 100 times is used up.',
      numbers: { budget: 100, used: 0, withheld: 7 },
    })
  })

  it('of times: of several at once, as many as are left', () => {
    const each: CampaignDocument = {
      trigger: 'item',
      items: { products: ['coffee'] },
      do: [{ grant: 'r5' }, { points: 5 }],
      budget: { times: 9 },
    }
    const fired = earned(each, { 'times:c': 2 })
    expect([fired.quantity, fired.grants.length, fired.tallies[TALLY.budget('times:c')]]).toEqual([40, 2, 2])
  })

  it('of points: gives what is left', () => {
    expect([
      earned(DOUBLE, { 'points:c': 500 }).quantity,
      earned(DOUBLE, { 'points:c': 12 }).quantity,
      earned(DOUBLE, {}).quantity,
    ]).toEqual([60, 42, 30])
    expect(earned(DOUBLE, { 'points:c': 12 }).tallies[TALLY.budget('points:c')]).toBe(12)
  })

  it('comes after the cap of the campaign, and is no limit where nothing is said of it', () => {
    expect(earned({ ...DOUBLE, cap: { points: 10, per: 'order' } }, { 'points:c': 500 }).tallies[TALLY.budget('points:c')]).toBe(
      10,
    )
    expect(earned(DOUBLE, undefined).quantity).toBe(60)
  })
})

describe('a budget outside orders', () => {
  const program = house({
    campaigns: {
      welcome: { trigger: 'registration', do: [{ grant: 'r5' }], budget: { times: 3 } },
      day: { trigger: 'date', on: '2026-03-01', do: [{ points: 10 }], budget: { points: 100 } },
    },
  })

  it('comes whole or not at all', () => {
    const joined = (left: number) => registrationGrants(program, MEMBER, NOON, { 'times:welcome': left })
    expect([joined(0).length, joined(1).length]).toEqual([0, 1])
    expect(joined(1)[0]?.tallies).toMatchObject({ [TALLY.budget('times:welcome')]: 1 })
    const due = (left: number) => dueGrants(program, MEMBER, NOON, { reserved: { 'points:day': left } })
    expect([due(9).length, due(10)[0]?.tallies[TALLY.budget('points:day')]]).toEqual([0, 10])
    expect(dueGrants(program, MEMBER, NOON, { reserved: {} })).toEqual([])
  })
})

it('what a decision used of budgets is the difference of the tallies, with its sign', () => {
  const of = (name: string, amount: number) => ({ [TALLY.budget(name)]: amount, orders: 1 })
  expect(budgetsUsed(of('a', 2), { ...of('a', 5), ...of('b', 1) })).toEqual({ a: 3, b: 1 })
  expect(budgetsUsed(of('a', 2), {})).toEqual({ a: -2 })
  expect(budgetsUsed(of('a', 2), of('a', 2))).toEqual({})
})
