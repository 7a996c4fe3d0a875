import { expect, it } from 'vitest'
import { allocate } from './allocate.ts'
import type { CampaignDocument, RewardDocument } from './document.ts'
import { earn } from './earn.ts'
import { divideProduct } from './exact.ts'
import { CONTEXT, cart, house, line, MEMBER, quote, rewarding, type Sale } from './house-program.ts'

/* Edges that nothing else stands on: each was found by a change of the code that no other test noticed. */

const shares = (reward: Omit<RewardDocument, 'label'>, lines: Sale['lines']) => {
  const quoted = quote(rewarding(reward), 'it', { lines })
  return quoted.ok ? quoted.value.shares : quoted.refusal
}

it('a product beyond what a double holds is divided exactly', () => {
  expect(divideProduct(94_906_267, 94_906_267, 10)).toEqual({ quotient: 900_719_951_587_528, remainder: 9 })
  expect(divideProduct(7, 6, 5)).toEqual({ quotient: 8, remainder: 2 })
})

it('nothing over nothing is nothing each; less than nothing is a bug', () => {
  expect(allocate(0, [0, 0])).toEqual([0, 0])
  expect(() => allocate(-1, [5])).toThrow(/-1 can be allocated over 5/)
})

it('the odd cent of a percentage on items goes to the dearer one, whichever was picked first', () => {
  const lines = [line('soup', 333), line('tea', 111)]
  expect(shares({ percent: 50, get: 2, of: { products: ['soup', 'tea'] } }, lines)).toEqual([167, 55])
})

it('where a unit and its modifier are picked, the unit takes what is left to pay', () => {
  const burger = line('burger', 500, { modifiers: [line('burger', 300), line('sauce', 100)] })
  const reward = { get: 2, amount: '4.00', of: { products: ['burger'] }, modifiers_qualify: true, count_modifiers: true }
  expect(shares(reward, [burger])).toEqual([400])
})

it('a modifier outside the group is not the item', () => {
  const soup = line('soup', 500, { modifiers: [line('sauce', 50)] })
  expect(shares({ free: 1, of: { products: ['cake'] }, modifiers_qualify: true }, [soup])).toMatchObject({
    reason: 'items_missing',
  })
})

it('rewards beside points that pay are priced as rewards', () => {
  const program = house({ program: { type: 'shop_with_points', value_per_point: '0.01' } })
  expect(quote(program, 'r5', { lines: [line('soup', 900)] })).toMatchObject({
    value: { discount: 500, cost: { kind: 'reward', rewardKey: 'r5' } },
  })
})

it('a budget of points holds points and not rewards, says what it withheld, and says nothing while there is enough', () => {
  const campaign: CampaignDocument = { trigger: 'order', do: [{ multiply: 2 }, { grant: 'r5' }], budget: { points: 1_000 } }
  const { units, nets } = cart({ lines: [line('soup', 3_000)] })
  const earned = (left: number) =>
    earn(house({ campaigns: { c: campaign } }), {
      units,
      paid: nets,
      context: CONTEXT,
      member: MEMBER,
      reserved: { 'points:c': left },
    })
  const short = earned(12)
  expect([short.quantity, short.grants.length, short.because.at(-1)]).toEqual([
    42,
    1,
    {
      rule: 'campaign:c',
      text: 'Withheld: the budget of 1000 points is used up.',
      numbers: { budget: 1_000, used: 12, withheld: 18 },
    },
  ])
  expect(earned(30).because.map(({ text }) => text.startsWith('Withheld'))).toEqual([false, false, false])
})
