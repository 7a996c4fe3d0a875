import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cart, cart, type Item, redeeming, returning, sale, worth } from './cart.ts'
import { expectRefusal } from './client.ts'
import { useProduct } from './product.ts'
import { centProgram, R5, R10, shopProgram } from './programs.ts'

const ALL_OFF = '100% Off'
const ONE_OFF = '$1 Off'
const BOGO = 'Buy 1 get 1'
const BOGO_WITH_MODIFIERS = 'Buy 1 get 1, modifiers count'
const BOGO_MODIFIERS_TOO = 'Buy 1 get 1, modifiers may be it'
const B2G1_ONCE = 'Buy 2 get 1, once'
const B2G1 = 'Buy 2 get 1'

const american = { categories: ['American'] }
const bogo = { offer: 'gift', buy: { quantity: 1, of: american }, free: 1, of: american, points: 1 }
const b2g1 = { ...bogo, buy: { quantity: 2, of: american } }

const burger = (product: string, cost: number, quantity = 1): Item => ({ label: product, product, cost, quantity, ...american })

/** Every tier costs one point, and a point is earned for each cent: a balance shows what was paid, to the cent. */
const TIER_POINTS = 1
const brand = useProduct(
  centProgram({
    rewards: {
      'five-off': { label: R5, offer: 'rebate', amount: '5.00', points: TIER_POINTS },
      'ten-percent': { label: R10, offer: 'discount', percent: 10, max: '3.00', points: TIER_POINTS },
      'one-off': { label: ONE_OFF, offer: 'rebate', amount: '1.00', points: TIER_POINTS },
      'all-off': { label: ALL_OFF, offer: 'discount', percent: 100, points: TIER_POINTS },
      bogo: { label: BOGO, ...bogo, limits: { per_order: 1 } },
      'bogo-modifiers': { label: BOGO_WITH_MODIFIERS, ...bogo, limits: { per_order: 1 }, count_modifiers: true },
      'bogo-any': { label: BOGO_MODIFIERS_TOO, ...bogo, limits: { per_order: 1 }, modifiers_qualify: true },
      'two-one-once': { label: B2G1_ONCE, ...b2g1, limits: { per_order: 1 } },
      'two-one': { label: B2G1, ...b2g1 },
    },
  }),
)

describe('13. Capped percent', () => {
  it('13. R10 on 30.00 + 12.00 takes 3.00, split 2.14 / 0.86', async () => {
    expect(await sharesOf([burger('A', 30), burger('B', 12)], R10)).toEqual({ discount: 300, shares: [214, 86] })
  })

  it('13. below the cap, split by what each line is worth', async () => {
    expect(await sharesOf([burger('A', 12.5), burger('B', 7.5)], R10)).toEqual({ discount: 200, shares: [125, 75] })
  })

  it.each([
    [[20.05], 2.01],
    [[0.05], 0.01],
    [[0.05, 0.05, 0.05], 0.02],
    [[0.04], 0],
  ])('13. taken once, on the sum, and rounded half up: %j gives %d', async (costs, discount) => {
    const lines = costs.map((cost, index) => burger(`P${index}`, cost))
    expect(await quote(lines, R10)).toBe(discount)
  })
})

describe('14. Allocation', () => {
  it('14. R5 on 3 × 3.33 as three lines gives 1.67 / 1.67 / 1.66', async () => {
    const { discount, shares } = await sharesOf([burger('A', 3.33), burger('A', 3.33), burger('A', 3.33)], R5)
    expect([discount, shares.toSorted()]).toEqual([500, [166, 167, 167]])
  })

  it('14. $1.00 off a line of three comes back as 0.34 / 0.33 / 0.33, unit by unit', async () => {
    const { shares } = await sharesOf([burger('A', 4, 3)], ONE_OFF, [burger('A', 4), burger('A', 4), burger('A', 4)])
    expect(shares.toSorted()).toEqual([33, 33, 34])
  })

  it('3./14. R5 on 10.75 + 4.50 + 2.00 gives 3.12 / 1.30 / 0.58', async () => {
    const { shares } = await sharesOf([burger('A', 10.75), burger('B', 4.5), burger('C', 2)], R5)
    expect(shares).toEqual([312, 130, 58])
  })

  it('14. ties go by product, never by position', async () => {
    const lines = [burger('A', 3.33), burger('B', 3.33), burger('C', 3.33)]
    const [forward, backward] = [await sharesOf(lines, R5), await sharesOf(lines.toReversed(), R5)]
    expect(backward.shares.toReversed()).toEqual(forward.shares)
  })

  it('14. shares sum to the discount, stay within their line, and know neither order nor splitting of lines', async () => {
    const price = fc.integer({ min: 1, max: 3000 }).map((cents) => cents / 100)
    const basket = fc.array(fc.record({ cost: price, quantity: fc.integer({ min: 1, max: 3 }) }), { minLength: 2, maxLength: 4 })
    const property = fc.asyncProperty(basket, async (entries) => {
      const lines = entries.map(({ cost, quantity }, index) => burger(`P${index}`, cost, quantity))
      const whole = await sharesOf(lines, R5)
      expect(whole.discount).toBe(Math.min(500, cents(worth(lines))))
      expect(whole.shares.reduce((sum, share) => sum + share, 0)).toBe(whole.discount)
      for (const [index, share] of whole.shares.entries()) {
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(cents(worth(lines.slice(index, index + 1))))
      }
      const split = lines
        .toReversed()
        .flatMap((line) => Array.from({ length: line.quantity ?? 1 }, () => ({ ...line, quantity: 1 })))
      expect((await sharesOf(split, R5, lines)).shares).toEqual(whole.shares)
    })
    await fc.assert(property, { numRuns: 12 })
  })
})

it('15. 100 %: every line and the total are exactly zero', async () => {
  const costs = [5.6, 8.92, 44.91, 217.26, 2400]
  const lines = costs.map((cost, index) => burger(`P${index}`, cost))
  expect(await sharesOf(lines, ALL_OFF)).toEqual({ discount: 267669, shares: costs.map(cents) })
})

describe('16. Cheapest first', () => {
  it.each([
    [[10, 8], 8],
    [[8, 10], 8],
    [[10, 8, 8], 8],
    [[8, 8], 8],
    [[9.99, 7.77, 12.5], 7.77],
  ])('16. buy one get one on %j takes %d off, once', async (costs, discount) => {
    const lines = costs.map((cost, index) => burger(`P${index}`, cost))
    expect(await quote(lines, BOGO)).toBe(discount)
  })
})

describe('17. Modifiers', () => {
  const cheese = { label: 'Cheese', cost: 2 }
  const lines = [burger('A', 10), { ...burger('B', 6), modifiers: [cheese] }]

  it('17. the free item is free at its parent’s price only', async () => {
    expect(await quote(lines, BOGO)).toBe(6)
  })

  it('17. a setting makes modifiers count', async () => {
    expect(await quote(lines, BOGO_WITH_MODIFIERS)).toBe(8)
  })

  it('17. a sauce in the reward group becomes the free item only where modifiers may', async () => {
    const sauce = { label: 'Sauce', product: 'S', cost: 0.5, ...american }
    const sauced = [{ ...burger('A', 10), modifiers: [sauce] }, burger('B', 6)]
    expect(await quote(sauced, BOGO)).toBe(6)
    expect(await quote(sauced, BOGO_MODIFIERS_TOO)).toBe(0.5)
  })
})

describe('18. Limits', () => {
  it('18. buy 2 get 1, once per order, on ten units at 3.00 takes 3.00', async () => {
    expect(await quote([burger('A', 3, 10)], B2G1_ONCE)).toBe(3)
  })

  it('18. unlimited it takes 9.00', async () => {
    expect(await quote([burger('A', 3, 10)], B2G1)).toBe(9)
  })
})

describe('19. Shape-blind', () => {
  it.each([
    ['one line', [burger('A', 23, 3)]],
    ['three lines', [burger('A', 23), burger('A', 23), burger('A', 23)]],
    ['two lines', [burger('A', 23, 2), burger('A', 23)]],
  ])('19. buy 2 get 1 on three units at 23.00 as %s takes 23.00', async (_, lines) => {
    expect(await quote(lines, B2G1)).toBe(23)
  })
})

describe('21. One reward per order', () => {
  it('21. a second one is refused with a reason of its own, and nothing is held', async () => {
    const { till } = brand()
    const member = await wealthy()
    const first = redeeming(sale(40), await till.rewardId(member, R5), 5)
    const second = redeeming(sale(40), await till.rewardId(member, ONE_OFF), 1)
    const both = {
      ...first,
      discount: 6,
      basket: { ...first.basket, rewards: [...(first.basket.rewards ?? []), ...(second.basket.rewards ?? [])] },
    }
    const refused = await till.order(member, 'placed', both)
    expect(refused.http, refused.text).toBe(400)
    expect(refused.body.reason).toMatch(/reward/)
    const quoted = await till.order(member, 'checkout', both)
    expect(quoted.body.reason ?? quoted.body.transaction.reason).toBe(refused.body.reason)
    await till.accepted(member, 'placed', { ...both, discount: 5, basket: first.basket })
  })

  it('21. the shop’s own discount sits beside it and comes off first', async () => {
    const { till } = brand()
    const member = await wealthy()
    const before = await till.points(member)
    const order = redeeming(sale(20), await till.rewardId(member, R10), 1.5, 5)
    expect((await till.accepted(member, 'checkout', order)).discount).toBe(1.5)
    expect((await till.accepted(member, 'completed', order)).discount).toBe(1.5)
    expect(await till.points(member)).toBe(before - TIER_POINTS + 1350)
  })
})

describe('22. Shop with points', () => {
  describe('at one cent a point', () => {
    const shop = useProduct(shopProgram('0.01'))

    const rich = async () => {
      const { till } = shop()
      const member = await till.newMember()
      await till.accepted(member, 'completed', sale(20))
      const id = (await till.rewards(member))[0]?.id ?? ''
      expect(id).toMatch(/^P_/)
      return { till, member, id }
    }

    it('22. 7.35 asked on 5.00 pays 5.00 and costs 500 points', async () => {
      const { till, member, id } = await rich()
      expect((await till.accepted(member, 'checkout', redeeming(sale(5), id, 7.35))).discount).toBe(5)
      await till.run(member, ['placed', 'billed', 'completed'], redeeming(sale(5), id, 5))
      expect(await till.points(member)).toBe(1500)
    })

    it('22. more than the balance is refused before it is cut to the subtotal', async () => {
      const { till, member, id } = await rich()
      const order = redeeming(sale(5), id, 20.01)
      const quoted = await till.accepted(member, 'checkout', order)
      expect(quoted).toMatchObject({
        discount: 0,
        message: expect.stringMatching(/./),
        reason: expect.stringMatching(/^[a-z_]+$/),
      })
      for (const status of ['placed', 'billed', 'completed'] as const) {
        expect(expectRefusal(await till.order(member, status, order), 400, 400).status).toBe(status)
      }
      expect(await till.points(member)).toBe(2000)
    })

    it('22. less than offered is always allowed and costs fewer points', async () => {
      const { till, member, id } = await rich()
      await till.run(member, ['placed', 'billed'], redeeming(sale(5), id, 2.25))
      expect(await till.points(member)).toBe(1775)
    })
  })

  describe('at one and a half cents a point', () => {
    const shop = useProduct(shopProgram('0.015'))

    it('22. $1.00 costs 67 points', async () => {
      const { till } = shop()
      const member = await till.newMember()
      await till.accepted(member, 'completed', sale(1))
      const id = (await till.rewards(member))[0]?.id ?? ''
      await till.accepted(member, 'billed', redeeming(sale(3), id, 1))
      expect(await till.points(member)).toBe(33)
    })
  })
})

/** A member with points for every tier. */
async function wealthy(): Promise<string> {
  const { till } = brand()
  const member = await till.newMember()
  await till.accepted(member, 'completed', sale(10))
  return member
}

async function quote(lines: readonly Item[], label: string): Promise<number> {
  const { till } = brand()
  const member = await wealthy()
  const order = redeeming(cart(lines), await till.rewardId(member, label), 0)
  return (await till.accepted(member, 'checkout', order)).discount
}

/**
 * The discount of a reward and how it was shared, in cents: the order is completed, and then comes back one piece after another;
 * each takes back a point for every cent that was paid for it. `pieces` are the lines unless they are given.
 */
async function sharesOf(
  lines: readonly Item[],
  label: string,
  pieces: readonly Item[] = lines,
): Promise<{ discount: number; shares: number[] }> {
  const { till } = brand()
  const member = await wealthy()
  const id = await till.rewardId(member, label)
  const base: Cart = cart(lines)
  const { discount } = await till.accepted(member, 'checkout', redeeming(base, id, 0))
  const order = redeeming(base, id, discount)
  const before = await till.points(member)
  await till.accepted(member, 'completed', order)
  expect(await till.points(member)).toBe(before - TIER_POINTS + cents(worth(lines)) - cents(discount))
  const shares: number[] = []
  for (const [index, piece] of pieces.entries()) {
    const held = await till.points(member)
    await till.accepted(member, 'refunded', returning(order, [piece]))
    // The tier's points come back with the last piece.
    const given = index === pieces.length - 1 ? TIER_POINTS : 0
    shares.push(cents(worth([piece])) - (held - (await till.points(member)) + given))
  }
  expect(await till.points(member)).toBe(before)
  return { discount: cents(discount), shares }
}

function cents(amount: number): number {
  return Math.round(amount * 100)
}
