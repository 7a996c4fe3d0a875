import fc from 'fast-check'
import { expect, it } from 'vitest'
import { whatIf } from '../explain/what-if.ts'
import type { Line, MemberSnapshot, OrderContext, Unit } from '../model.ts'
import type { Program } from '../program.ts'
import { dueGrants, registrationGrants } from './campaigns.ts'
import { earn } from './earn.ts'
import { cart } from './house-program.ts'
import { offersFor } from './offers.ts'
import { quoteReward } from './quote.ts'
import { anyCart, anyContext, anyLine, anyMember, anyProgram } from './test-any-program.ts'

interface Asked {
  readonly lines: Line[]
  readonly shop: number
  readonly context: OrderContext
  readonly member: MemberSnapshot
}

const asked = fc
  .record({ lines: anyCart, percent: fc.constantFrom(0, 0, 10, 100), context: anyContext, member: anyMember })
  .map(({ percent, lines, ...rest }): Asked => ({ ...rest, lines, shop: Math.floor((totalOf(lines) * percent) / 100) }))

/** What each reward takes off, and what the order earns with it; the last is what it earns without any. */
function decide(program: Program, { lines, shop, context, member }: Asked) {
  const { units, nets } = cart({ lines, shop })
  const ways = [...program.rewards.keys(), 'shop_with_points'].flatMap((key) =>
    (['points', 'reward'] as const).map((pay) => quoteReward(program, key, { units, nets, context, member, pay })),
  )
  const earned = (shares: readonly number[]) =>
    earn(program, { units, paid: nets.map((net, index) => net - (shares[index] ?? 0)), context, member })
  const priced = ways.map((quoted) => ({ quoted, earned: earned(quoted.ok ? quoted.value.shares : []) }))
  return { units, nets, priced, plain: earned([]) }
}

const reached = { quotes: 0, refusals: new Set<string>(), rules: new Set<string>(), capped: 0 }

it('any valid program decides any order without a failure; shares sum to the discount, and no line goes below zero', () => {
  fc.assert(
    fc.property(anyProgram(), asked, (program, order) => {
      const { priced, nets, plain } = decide(program, order)
      for (const { quoted, earned } of [...priced, { quoted: undefined, earned: plain }]) {
        expect(earned.quantity).toBeGreaterThanOrEqual(0)
        expect(Number.isSafeInteger(earned.quantity)).toBe(true)
        for (const { rule } of earned.because) reached.rules.add(rule.split(':')[0] ?? '')
        if (quoted?.ok === false) reached.refusals.add(quoted.refusal.reason)
        if (!quoted?.ok) continue
        reached.quotes += 1
        const { shares, discount } = quoted.value
        expect(shares.reduce((total, share) => total + share, 0)).toBe(discount)
        expect(discount).toBeGreaterThan(0)
        shares.forEach((share, index) => {
          if (share < 0 || share > (nets[index] ?? 0)) expect.fail(`a share of ${share} on ${nets[index]}`)
        })
      }
    }),
    { numRuns: 500 },
  )
  // Were one of these never reached, the property would say nothing about it.
  expect(reached.quotes).toBeGreaterThan(150)
  expect([...reached.rules]).toEqual(expect.arrayContaining(['earn', 'campaign', 'tier', 'cap', 'minimum']))
  expect([...reached.refusals]).toEqual(expect.arrayContaining(COMMON))
})

const COMMON = ['not_at_store', 'wrong_day', 'expired', 'items_missing', 'condition']

it('everything else that is asked of any program has an answer too, and what is explained adds up', () => {
  fc.assert(
    fc.property(anyProgram(), asked, fc.boolean(), (program, { lines, shop, context, member }, guest) => {
      const { storeCode, at, source, type, rendition } = context
      for (const { refusal } of offersFor(program, { storeCode, at }, member).values()) expect(refusal?.reason).not.toBe('')
      registrationGrants(program, member, at)
      dueGrants(program, member, at, { activeAt: member.joinedAt, reserved: {} })
      const basket = {
        fingerprint: '',
        source,
        type,
        rendition,
        currency: 'USD',
        digits: 2,
        subtotal: totalOf(lines),
        discount: shop,
        lines,
      }
      const knew = guest ? null : { member, rewards: { a: 1 }, at }
      const { explanation, earning, rewards } = whatIf(program, { cart: basket, storeCode, at, knew })
      const points = explanation.lines.reduce((total, line) => total + (line.points ?? 0), 0)
      expect(points).toBe(earning?.quantity ?? 0)
      expect(rewards.length).toBeGreaterThanOrEqual(2)
    }),
    { numRuns: 300 },
  )
})

it('the order of lines, how they are split, and what they are labelled change neither money nor points', () => {
  fc.assert(
    fc.property(anyProgram(), asked, fc.infiniteStream(fc.nat()), (program, order, chance) => {
      const split = order.lines.flatMap((one) => Array.from({ length: one.quantity }, () => ({ ...one, quantity: 1 })))
      const mixed = split
        .map((one) => ({ one, place: chance.next().value ?? 0 }))
        .sort((a, b) => a.place - b.place)
        .map(({ one }, index) => ({ ...one, label: `label ${index % 3}` }))
      expect(money(program, { ...order, lines: mixed })).toEqual(money(program, order))
    }),
    { numRuns: 400 },
  )
})

/** All amounts of an order by what was bought: a label may decide which of two equal pieces carries the odd cent, and nothing else. */
function money(program: Program, order: Asked) {
  const { units, priced, plain } = decide(program, order)
  const byKey = (shares: readonly number[]) => {
    const sums = new Map<string, number>()
    units.forEach((unit: Unit, index) => {
      const key = `${unit.key} ${unit.categories}`
      sums.set(key, (sums.get(key) ?? 0) + (shares[index] ?? 0))
    })
    return [...sums].sort()
  }
  return [
    plain.quantity,
    plain.tallies,
    priced.map(({ quoted, earned }) =>
      quoted.ok
        ? [
            quoted.value.discount,
            quoted.value.cost,
            quoted.value.forfeited,
            byKey(quoted.value.shares),
            earned.quantity,
            earned.grants,
          ]
        : [quoted.refusal, earned.quantity],
    ),
  ]
}

it('an unrelated item never lowers the points', () => {
  // An expression may ask for less of anything, so it is left out here.
  const plain = anyProgram((campaign) => campaign.when?.cel === undefined)
  const other = anyLine.map((one) => ({ ...one, product: 'other', label: 'Other', categories: ['other'] }))
  fc.assert(
    fc.property(plain, asked, other, (program, order, extra) => {
      const before = decide(program, { ...order, shop: 0 }).plain
      const after = decide(program, { ...order, shop: 0, lines: [...order.lines, extra] }).plain
      expect(after.quantity).toBeGreaterThanOrEqual(before.quantity)
    }),
    { numRuns: 500 },
  )
})

function totalOf(lines: readonly Line[]): number {
  return cart({ lines: [...lines] }).units.reduce((total, unit) => total + unit.price, 0)
}
