import type { ProgramDocument } from '@regulars/engine'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { explainOrder } from '../../orders/index.ts'
import { createTestDesk, type TestDesk } from '../../orders/test-desk.ts'
import { createProgramShelf } from '../../programs/index.ts'
import { formatOrder } from './explain.ts'

const BRAND: ProgramDocument = {
  account: { id: '33559', name: 'Brand', currency: 'USD', country: 'US', timezone: 'America/New_York' },
  stores: [{ code: '999999', name: 'Demo Store' }],
  program: { type: 'points_banking', earn: { points: 1, per: '1.00' } },
  rewards: {
    r5: { label: '$5 Off', amount: '5.00', points: 20 },
    cake: { label: 'Free Cake', free: 1, of: { categories: ['Desserts'] } },
  },
  campaigns: {
    tuesday: { label: 'Double Tuesday', trigger: 'order', when: { days: ['tue'] }, do: [{ multiply: 2 }] },
    sunday: { label: 'Sunday', trigger: 'order', do: [{ points: 3 }] },
  },
}
let desk: TestDesk
beforeAll(async () => {
  desk = await createTestDesk()
  await desk.apply(BRAND)
  await desk.join('33559', 1)
  await desk.say(1, { status: 'completed', order: 'first', price: 1050, quantity: 3 })
  await desk.say(1, {
    status: 'completed',
    order: 'second',
    price: 1050,
    quantity: 2,
    reward: { id: 'P_1000001', discount: 500 },
  })
})
afterAll(() => desk?.stop())

const explained = async (name: string, accountId?: string) => {
  const [order] = await explainOrder(desk.db, { name, accountId, shelf: createProgramShelf() })
  if (!order) throw new Error(`order ${name} is found`)
  return order
}

it('an order reads as lines, what applied, what did not and why, and what moved', async () => {
  expect(formatOrder(await explained('second'))).toBe(`Order second of member 1, account 33559: completed
At store 999999, 2026-03-01 12:00 (America/New_York), under program version 1
Used $5 Off (20 points): 5.00 USD off
Earned 19 points

Line      Price  Shop off  Reward off   Paid  points
2 × Soup  21.00      0.00        5.00  16.00      19
Total     21.00      0.00        5.00  16.00      19

What applied
  reward:r5: A fixed amount off what qualifies.
      -5.00 on Soup
  earn: 1 for each 1.00 of 16.00 USD, rounded down.
      +16 points on Soup
  campaign:sunday: Sunday: a bonus on the order.
      +3 points on Soup

What did not apply
  Free Cake       reward:cake       items_missing  This reward needs 1 item of Desserts; there is none in this order.
  Double Tuesday  campaign:tuesday  wrong_day      This campaign can be used on Tuesday only.

What was moved
  2026-03-01 12:00  hold     20 points: available → held
  2026-03-01 12:00  capture  20 points: held → redeemed
  2026-03-01 12:00  earn     19 points: issued → available`)
})

it('tells of what was not used but could have been', async () => {
  await desk.say(1, { status: 'placed', order: 'third', price: 1000 })
  const { explanation } = await explained('third')
  expect(explanation?.could_apply).toEqual([{ rule: 'reward:r5', label: '$5 Off', discount: 5 }])
})

it('knows a voided order, a guest by the receipt, and nothing of other accounts', async () => {
  await desk.say(1, { status: 'voided', order: 'never seen', price: 1000 })
  expect(formatOrder(await explained('never seen'))).toContain('voided')
  const outcome = await desk.say('guest', { status: 'completed', order: 'g', price: 1000 })
  const { transaction } = JSON.parse(outcome.kind === 'answered' ? outcome.text : '') as { transaction: { receipt_code: string } }
  expect((await explained(transaction.receipt_code)).member).toBe('guest')
  expect(await explainOrder(desk.db, { name: 'second', accountId: '1', shelf: createProgramShelf() })).toEqual([])
})
