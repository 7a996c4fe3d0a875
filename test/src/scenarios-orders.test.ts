import { describe, expect, it } from 'vitest'
import { another, cart, redeeming, returning, sale } from './cart.ts'
import { expectRefusal, nextPhone, type Status } from './client.ts'
import { useProduct } from './product.ts'
import { houseProgram, OTHER_STORE, R5, R10 } from './programs.ts'

describe('the House program', () => {
  const house = useProduct(houseProgram())

  const funded = async (points: number) => {
    const { till } = house()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(points))
    return member
  }

  /** A member with points for one R5, and the reward's id. */
  const withOneR5 = async (points = 100) => {
    const { till } = house()
    const member = await funded(points)
    return { till, member, r5: await till.rewardId(member, R5) }
  }

  describe('24. Two tills', () => {
    it('24. what one till has placed is held from the other until it is voided', async () => {
      const { till, member, r5 } = await withOneR5()
      const [a, b] = [redeeming(sale(20), r5, 5), redeeming(sale(30), r5, 5)]
      await till.accepted(member, 'placed', a)
      expect(await till.accepted(member, 'checkout', b)).toMatchObject({
        discount: 0,
        reason: 'reward_held',
        message: expect.stringMatching(/./),
      })
      expect(expectRefusal(await till.order(member, 'placed', b), 400, 400)).toMatchObject({
        status: 'placed',
        reason: 'reward_held',
      })
      expect(await till.rewardCount(member, R5)).toBe(0)
      await till.accepted(member, 'voided', a)
      expect((await till.accepted(member, 'checkout', b)).discount).toBe(5)
      await till.accepted(member, 'placed', b)
    })

    it('24. a hundred orders placed at once for one reward: exactly one holds it', async () => {
      const { till, member, r5 } = await withOneR5(130)
      const replies = await Promise.all(
        Array.from({ length: 100 }, (_, index) => till.order(member, 'placed', redeeming(sale(10 + index), r5, 5))),
      )
      expect(replies.filter(({ http }) => http === 200)).toHaveLength(1)
      for (const reply of replies.filter(({ http }) => http !== 200)) {
        expect(expectRefusal(reply, 400, 400).reason).toBe('reward_held')
      }
      expect(await till.points(member)).toBe(130)
    })
  })

  describe('25. Points held', () => {
    it('25. held, if releasing would be enough', async () => {
      const { till, member, r5 } = await withOneR5(150)
      const r10 = await till.rewardId(member, R10)
      await till.accepted(member, 'placed', redeeming(sale(20), r5, 5))
      for (const [id, discount] of [
        [r5, 5],
        [r10, 2],
      ] as const) {
        const refused = await till.order(member, 'placed', redeeming(sale(20), id, discount))
        expect(expectRefusal(refused, 400, 400).reason).toBe('reward_held')
      }
      expect(await till.points(member)).toBe(150)
    })

    it('25. insufficient, if not', async () => {
      const { till, member, r5 } = await withOneR5(149)
      const rich = await funded(150)
      const r10 = await till.rewardId(rich, R10)
      await till.accepted(member, 'placed', redeeming(sale(20), r5, 5))
      expect((await till.accepted(member, 'checkout', redeeming(sale(20), r10, 2))).reason).toBe('points_insufficient')
      const refused = await till.order(member, 'placed', redeeming(sale(20), r10, 2))
      expect(expectRefusal(refused, 400, 400).reason).toBe('points_insufficient')
    })

    it('25. the points of two holds are two rewards', async () => {
      const { till, member, r5 } = await withOneR5(250)
      await till.accepted(member, 'placed', redeeming(sale(20), r5, 5))
      await till.accepted(member, 'placed', redeeming(sale(21), r5, 5))
      expectRefusal(await till.order(member, 'placed', redeeming(sale(22), r5, 5)), 400, 400)
    })
  })

  it('27. Quotes are free: five checkouts hold nothing and move nothing', async () => {
    const { till, member, r5 } = await withOneR5()
    const order = redeeming(sale(20), r5, 5)
    for (let round = 0; round < 5; round += 1) expect((await till.accepted(member, 'checkout', order)).discount).toBe(5)
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([100, 1])
    await till.accepted(member, 'placed', another(order))
  })

  describe('28. Changed cart', () => {
    it('28. a discount quoted for another cart is refused, naming the right one', async () => {
      const { till } = house()
      const member = await funded(150)
      const r10 = await till.rewardId(member, R10)
      const quoted = redeeming(sale(20), r10, 2)
      expect((await till.accepted(member, 'checkout', quoted)).discount).toBe(2)
      const changed = redeeming({ ...sale(12), id: quoted.id }, r10, 2)
      for (const status of ['placed', 'billed', 'completed'] as const) {
        const error = expectRefusal(await till.order(member, status, changed), 400, 400)
        expect(error).toMatchObject({ status, reason: 'discount_mismatch', message: expect.stringContaining('1.20') })
      }
      expect([await till.points(member), await till.rewardCount(member, R10)]).toEqual([150, 1])
      await till.accepted(member, 'placed', redeeming({ ...sale(12), id: quoted.id }, r10, 1.2))
    })
  })

  describe('29. Cosmetic change', () => {
    it('29. new labels, tax, tip and payments make no other cart', async () => {
      const { till, member, r5 } = await withOneR5()
      const item = { label: 'Hamburger', product: 'P1', cost: 20, categories: ['American'] }
      const order = redeeming(cart([item]), r5, 5)
      const cosmetics = { tax: 1.6, tip: 3, payments: [{ tender: 'credit', amount: 19.6 }] }
      const reworded = { ...redeeming(cart([{ ...item, label: 'HAMBURGER XL' }], cosmetics), r5, 5), id: order.id }
      await till.accepted(member, 'placed', order)
      await till.accepted(member, 'billed', reworded)
      await till.accepted(member, 'completed', { ...order, tip: 4 })
      expect(await till.points(member)).toBe(15)
    })
  })

  describe('31. Replays', () => {
    it('31. three identical calls in parallel do it once and answer alike, at every status', async () => {
      const { till, member, r5 } = await withOneR5()
      const order = redeeming(sale(45), r5, 5)
      const balances: number[] = []
      for (const status of ['placed', 'billed', 'completed', 'refunded'] as const) {
        const replies = await Promise.all([1, 2, 3].map(() => till.order(member, status, order)))
        expect(replies.map(({ http }) => http)).toEqual([200, 200, 200])
        expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
        expect((await till.order(member, status, order)).text).toBe(replies[0]?.text)
        balances.push(await till.points(member))
      }
      expect(balances).toEqual([100, 0, 40, 100])
    })

    it('31. three identical voids give the reward back once', async () => {
      const { till, member, r5 } = await withOneR5()
      const order = redeeming(sale(45), r5, 5)
      await till.accepted(member, 'billed', order)
      const replies = await Promise.all([1, 2, 3].map(() => till.order(member, 'voided', order)))
      expect(replies.map(({ http }) => http)).toEqual([200, 200, 200])
      expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
      expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([100, 1])
    })
  })

  describe('32. Same id, other content', () => {
    it('32. a repeated call with another subtotal is 409 and changes nothing', async () => {
      const { till } = house()
      const member = await till.newMember()
      const order = sale(20)
      for (const status of ['billed', 'completed'] as const) {
        const accepted = await till.order(member, status, order)
        const before = await till.points(member)
        expectRefusal(await till.order(member, status, { ...sale(25), id: order.id }), 409, 2000)
        expect(await till.points(member)).toBe(before)
        expect((await till.order(member, status, order)).text).toBe(accepted.text)
      }
      expect(await till.points(member)).toBe(20)
    })

    it('32. the same id with another member or store is 409', async () => {
      const { till } = house()
      const [member, stranger] = [await till.newMember(), await till.newMember()]
      const order = sale(20)
      await till.accepted(member, 'placed', order)
      expectRefusal(await till.order(stranger, 'billed', order), 409, 2000)
      expectRefusal(await till.order(member, 'billed', { ...order, vendor: OTHER_STORE }), 409, 2000)
      await till.accepted(member, 'billed', order)
    })
  })

  describe('33. Skipping', () => {
    it('33. completed alone redeems and earns once; the late calls answer as already done', async () => {
      const { till, member, r5 } = await withOneR5()
      const order = redeeming(sale(32), r5, 5)
      await till.accepted(member, 'completed', order)
      for (const late of ['billed', 'placed', 'completed'] as const) {
        const reply = await till.order(member, late, order)
        expect(reply.http, reply.text).toBe(200)
      }
      expect(await till.points(member)).toBe(27)
      expectRefusal(await till.order(member, 'checkout', order), 409, 2000)
    })

    it('33. a late call with another cart is 409', async () => {
      const { till, member } = await withOneR5()
      const order = sale(32)
      await till.accepted(member, 'completed', order)
      expectRefusal(await till.order(member, 'billed', { ...sale(31), id: order.id }), 409, 2000)
    })
  })

  describe('34. Void beats late calls', () => {
    it.each(['placed', 'billed', 'completed'] as const)('34. %s after a void of an order not yet known is 409', async (late) => {
      const { till, member, r5 } = await withOneR5()
      const order = redeeming(sale(20), r5, 5)
      await till.accepted(member, 'voided', order)
      expectRefusal(await till.order(member, late, order), 409, 2000)
      expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([100, 1])
    })

    it.each([
      ['placed', 'billed'],
      ['billed', 'billed'],
      ['billed', 'completed'],
    ] as const)('34. voided after %s: a late %s is 409', async (done, late) => {
      const { till, member, r5 } = await withOneR5()
      const order = redeeming(sale(20), r5, 5)
      await till.run(member, [done, 'voided'], order)
      if (late !== done) expectRefusal(await till.order(member, late, order), 409, 2000)
      expectRefusal(await till.order(member, late, { ...redeeming(sale(21), r5, 5), id: order.id }), 409, 2000)
      expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([100, 1])
    })

    it('34. a late duplicate of a superseded cart is 409, and the newer cart stands', async () => {
      const { till, member, r5 } = await withOneR5()
      const a = redeeming(sale(20), r5, 5)
      const b = redeeming({ ...sale(26), id: a.id }, r5, 5)
      await till.run(member, ['placed'], a)
      await till.run(member, ['placed'], b)
      expect(expectRefusal(await till.order(member, 'placed', a), 409, 2000).reason).toBe('superseded')
      await till.run(member, ['billed', 'completed'], b)
      expect(await till.points(member)).toBe(21)
    })
  })

  it('35. Void and complete at once: one wins, the other is 409, and the balance is the winner’s', async () => {
    const { till } = house()
    for (let round = 0; round < 10; round += 1) {
      const { member, r5 } = await withOneR5()
      const order = redeeming(sale(47), r5, 5)
      await till.accepted(member, 'billed', order)
      const statuses: readonly Status[] = round % 2 === 0 ? ['voided', 'completed'] : ['completed', 'voided']
      const replies = await Promise.all(statuses.map((status) => till.order(member, status, order)))
      expect(replies.map(({ http }) => http).toSorted()).toEqual([200, 409])
      const winner = statuses[replies.findIndex(({ http }) => http === 200)]
      expect(await till.points(member)).toBe(winner === 'completed' ? 42 : 100)
    }
  })

  describe('36. Guest', () => {
    it('36. runs the workflow and touches no member', async () => {
      const { till } = house()
      const order = sale(38)
      const receipts = new Set<string | undefined>()
      for (const status of ['checkout', 'placed', 'billed', 'completed'] as const) {
        const transaction = await till.accepted('guest', status, order)
        expect(transaction.discount).toBe(0)
        if (status === 'completed') receipts.add(transaction.receipt_code)
      }
      expect([...receipts][0]).toMatch(/^.{10}$/)
      await till.accepted('guest', 'refunded', order)
    })

    it('36. a reward on it is refused', async () => {
      const { till, r5 } = await withOneR5()
      const order = redeeming(sale(20), r5, 5)
      expect(await till.accepted('guest', 'checkout', order)).toMatchObject({
        discount: 0,
        reason: expect.stringMatching(/^[a-z_]+$/),
      })
      expectRefusal(await till.order('guest', 'placed', order), 400, 400)
    })

    it('36. claimed by a member before completion, it earns at completion', async () => {
      const { till } = house()
      const member = await till.newMember()
      const order = sale(38)
      await till.run('guest', ['placed', 'billed'], order)
      await till.accepted(member, 'completed', order)
      expect(await till.points(member)).toBe(38)
    })

    it('36. a completed one is claimed once, by its receipt code', async () => {
      const { till } = house()
      const [member, stranger] = [await till.newMember(), await till.newMember()]
      const { receipt_code } = await till.accepted('guest', 'completed', sale(38))
      const claimed = await till.post(`/loyalty/accounts/${member}/claims`, { receipt_code })
      expect([200, 201], claimed.text).toContain(claimed.http)
      const again = await till.post(`/loyalty/accounts/${stranger}/claims`, { receipt_code })
      expect(again.http, again.text).toBeGreaterThanOrEqual(400)
      expect(again.http, again.text).toBeLessThan(500)
      expect([await till.points(member), await till.points(stranger)]).toEqual([38, 0])
    })
  })

  it('51. One phone: four ways to write it are one member, and so is each later way', async () => {
    const { till } = house()
    const first = await till.create({ phone: '(415) 555-1234' })
    expect(first.http, first.text).toBe(201)
    for (const phone of ['4155551234', '1-415-555-1234', '+1 415 555 1234', '415.555.1234', '+14155551234']) {
      const again = await till.create({ phone })
      expect([again.http, again.body.id], phone).toEqual([200, first.body.id])
    }
  })

  it('51. fifty parallel creates: one 201, 49 × 200, one id', async () => {
    const { till } = house()
    for (let round = 0; round < 3; round += 1) {
      const phone = nextPhone()
      const replies = await Promise.all(Array.from({ length: 50 }, () => till.create({ phone })))
      expect(replies.map(({ http }) => http).toSorted()).toEqual([...Array<number>(49).fill(200), 201])
      expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1)
    }
  })

  it('fifty calls at once on one member queue and all succeed', async () => {
    const { till } = house()
    const member = await till.newMember()
    const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => till.order(member, 'completed', sale(index + 1))))
    expect(replies.filter(({ http }) => http !== 200).map(({ text }) => text)).toEqual([])
    expect(await till.points(member)).toBe((50 * 51) / 2)
  })
})

describe('29. where a rule of the program matches by label', () => {
  const brand = useProduct(
    houseProgram({
      rewards: { salad: { label: 'Salad', offer: 'gift', free: 1, of: { labels: ['House Salad'] }, points: 10 } },
    }),
  )

  it('29. a reworded label is another cart', async () => {
    const { till } = brand()
    const member = await till.newMember()
    const order = cart([{ label: 'House Salad', product: 'S1', cost: 9 }])
    const reworded = { ...cart([{ label: 'Greens', product: 'S1', cost: 9 }]), id: order.id }
    await till.accepted(member, 'billed', order)
    expectRefusal(await till.order(member, 'billed', reworded), 409, 2000)
    await till.accepted(member, 'completed', order)
  })
})

describe('33. strict_sequence', () => {
  const brand = useProduct(houseProgram({ settings: { strict_sequence: true } }))

  it('33. a skipped step is 409, and every step in turn is not', async () => {
    const { till } = brand()
    const member = await till.newMember()
    const order = sale(12)
    expectRefusal(await till.order(member, 'completed', order), 409, 2000)
    expectRefusal(await till.order(member, 'billed', order), 409, 2000)
    await till.run(member, ['checkout', 'placed'], order)
    expectRefusal(await till.order(member, 'completed', order), 409, 2000)
    await till.run(member, ['billed', 'completed'], order)
    expect(await till.points(member)).toBe(12)
    await till.accepted(
      member,
      'refunded',
      returning(order, [{ label: 'Hamburger', product: 'P1', cost: 12, categories: ['American'] }]),
    )
    expect(await till.points(member)).toBe(0)
  })
})
