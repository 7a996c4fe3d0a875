import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Cart, cart, type Item, redeeming, returning, sale } from './cart.ts'
import { expectRefusal, nextPhone, signature, type Till } from './client.ts'
import { type Product, useProduct } from './product.ts'
import {
  DEMO_STORE,
  FREE_COFFEE,
  houseProgram,
  R5,
  R10,
  shopProgram,
  stampProgram,
  thresholdProgram,
  visitProgram,
} from './programs.ts'

// A client that signs as wire-contract §2 says, written from the contract alone, completes the workflow for all program types.

it('§2: signs the checked vectors', () => {
  expect(
    signature(
      'Afq3p8iYTgWTxUw1d8cx6q7wmQl20REw48yT6Mk3kw9=',
      '/api/v1/member/update',
      '{"spendgo_id":"296076","first_name":"John","last_name":"Doe"}',
    ),
  ).toBe('GAOyiw6UXXZlsVqfVrNTW20kmgNZoxJPXoQ1f1zPzuI=')
  expect(
    signature(
      'ZmFjdC1zaGVldC1kZW1vLXNlY3JldC1ub3QtYS1yZWFsLW9uZS0wMTIzNDU2Nzg5',
      '/loyalty/accounts/494979/rewards?store=999999',
    ),
  ).toBe('feWZHXw8Ww4YJfmUR+stQSJJn5RW8l3Qeq9ZMvKhayo=')
})

/** The balance after each call of an order. */
async function follow(till: Till, member: string, statuses: Parameters<Till['run']>[1], order: Cart): Promise<number[]> {
  const balances: number[] = []
  for (const status of statuses) {
    await till.accepted(member, status, order)
    balances.push(await till.points(member))
  }
  return balances
}

/** A member that has bought for this much. */
async function buyer(till: Till, ...orders: readonly Cart[]): Promise<string> {
  const member = await till.newMember()
  for (const order of orders) await till.run(member, ['checkout', 'placed', 'billed', 'completed'], order)
  return member
}

describe('points banking', () => {
  const house = useProduct(houseProgram())

  it('§5, §6: every tier, with what it costs and how many the balance buys', async () => {
    const { till } = house()
    const member = await buyer(till, sale(230))
    const balance = await till.balance(member)
    expect(balance).toMatchObject({ quantity: 230, units: 'points', label: 'points banking' })
    expect(balance).not.toHaveProperty('spend_threshold')
    expect(balance.rewards.toSorted((a, b) => (a.points ?? 0) - (b.points ?? 0))).toMatchObject([
      {
        ...{ currency: 'USD', offer: 'Rebate', label: R5, value: 5, points: 100, quantity: 2 },
        reference: { type: 'promo', code: '5OFF' },
      },
      { currency: 'USD', offer: 'Discount', label: R10, points: 150, quantity: 1 },
    ])
    const rewards = await till.rewards(member)
    expect(rewards.find(({ label }) => label === R5)).toMatchObject({
      ...{ id: expect.stringMatching(/^P_/), currency: 'USD', offer: 'rebate', value: 5, quantity: 2 },
      reference: { type: 'promo', code: '5OFF' },
    })
    const newcomer = await till.balance(await till.newMember())
    expect(newcomer.rewards.map(({ quantity }) => quantity)).toEqual([0, 0])
  })

  it('checkout, placed, billed, completed, refunded', async () => {
    const { till } = house()
    const member = await buyer(till, sale(120))
    const order = redeeming(sale(25.5), await till.rewardId(member, R5), 5)
    const balances = await follow(till, member, ['checkout', 'placed', 'billed', 'completed', 'refunded'], order)
    expect(balances).toEqual([120, 120, 20, 40, 120])
  })

  it('checkout, placed, billed, voided', async () => {
    const { till } = house()
    const member = await buyer(till, sale(120))
    const order = redeeming(sale(25.5), await till.rewardId(member, R5), 5)
    expect(await follow(till, member, ['checkout', 'placed', 'billed', 'voided'], order)).toEqual([120, 120, 20, 120])
  })

  it('transaction.id comes from billed on, and stays', async () => {
    const { till } = house()
    const member = await till.newMember()
    const order = sale(10)
    expect(await till.run(member, ['checkout', 'placed'], order)).not.toHaveProperty('id')
    const { id } = await till.accepted(member, 'billed', order)
    expect(id).toMatch(/^\d+$/)
    expect((await till.accepted(member, 'completed', order)).id).toBe(id)
    expect((await till.accepted(member, 'refunded', { ...order, transaction: id })).status).toBe('refunded')
  })

  it('an order is known by basket.uuid until its id comes', async () => {
    const { till } = house()
    const member = await buyer(till, sale(100))
    const base = redeeming(sale(20), await till.rewardId(member, R5), 5)
    const withUuid = (fields: Partial<Cart>): Cart => ({ ...base, ...fields, basket: { ...base.basket, uuid: `u-${base.id}` } })
    await till.run(member, ['checkout', 'placed'], withUuid({ id: undefined }))
    expect(await till.rewardCount(member, R5)).toBe(0)
    await till.run(member, ['billed', 'completed'], withUuid({}))
    expect(await till.points(member)).toBe(15)
  })

  it('with neither id nor uuid a placed is answered, but nothing is held', async () => {
    const { till } = house()
    const member = await buyer(till, sale(100))
    const order = redeeming(sale(20, { id: undefined }), await till.rewardId(member, R5), 5)
    expect((await till.accepted(member, 'placed', order)).discount).toBe(5)
    expect(await till.rewardCount(member, R5)).toBe(1)
  })

  describe('§4: members', () => {
    it('an email makes one known too; a profile is filled in and never overwritten', async () => {
      const { till } = house()
      const phone = nextPhone()
      const email = `${phone}@example.com`
      const id = await till.newMember({ phone, name: { first: 'Ann' } })
      expect((await till.create({ phone, email, name: { first: 'Eve', last: 'Lee' } })).body).toEqual({ id, status: 'Active' })
      expect((await till.create({ email })).body.id).toBe(id)
      expectRefusal(await till.create({ email: `unknown-${email}` }), 400, 2003)
      expect(id).toMatch(/^\d+$/)
    })

    it('verify_email: the member exists when the link in the mail has been opened', async () => {
      const { till, mailbox } = house()
      const phone = nextPhone()
      const email = `verify-${phone}@example.com`
      const customer = { phone, email, password: 'correct horse battery', verify_email: true }
      const asked = await till.create(customer)
      expect([asked.http, asked.body]).toEqual([202, { status: 'WaitingEmailVerification' }])
      expect((await till.create(customer)).http).toBe(202)
      const mails = await mailTo(mailbox, email)
      expect(mails).toHaveLength(1)
      const link = mails[0]?.links[0] ?? ''
      const opened = await openLink(link)
      expect(opened.status, opened.page).toBe(200)
      expect((await openLink(link)).status).toBeLessThan(500)
      const known = await till.create({ phone })
      expect(known.http, known.text).toBe(200)
      expect(await till.points(known.body.id)).toBe(0)
    })

    it('a link with a wrong token verifies nobody', async () => {
      const { till, mailbox } = house()
      const phone = nextPhone()
      const email = `wrong-${phone}@example.com`
      await till.create({ phone, email, password: 'correct horse battery', verify_email: true })
      const link = (await mailTo(mailbox, email))[0]?.links[0] ?? ''
      const forged = await openLink(`${link.slice(0, -4)}AAAA`)
      expect(forged.status).toBeGreaterThanOrEqual(400)
      expect(forged.status).toBeLessThan(500)
      expect((await till.create({ phone, email, verify_email: true })).http).toBe(202)
    })
  })
})

describe('points with a threshold', () => {
  const brand = useProduct(thresholdProgram())

  it('rewards are issued, held, redeemed, and come back', async () => {
    const { till } = brand()
    const member = await buyer(till, sale(130))
    expect(await till.balance(member)).toMatchObject({
      ...{ quantity: 30, units: 'points', spend_threshold: 100, label: R5 },
      rewards: [
        { offer: 'Rebate', label: R5, value: 5, quantity: 1, next_expires_on: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
      ],
    })
    const [reward] = await till.rewards(member)
    expect(reward).toMatchObject({ id: expect.stringMatching(/^\d+$/), offer: 'rebate', value: 5, quantity: 1 })
    const order = redeeming(sale(25.5), reward?.id ?? '', 5)
    const states: [number, number][] = []
    for (const status of ['checkout', 'placed', 'billed', 'completed', 'refunded'] as const) {
      await till.accepted(member, status, order)
      states.push([await till.points(member), await till.rewardCount(member, R5)])
    }
    expect(states).toEqual([
      [30, 1],
      [30, 0],
      [30, 0],
      [50, 0],
      [30, 1],
    ])
  })
})

describe('visits', () => {
  const brand = useProduct(visitProgram())

  it('each purchase is a visit, and the third turns into a reward', async () => {
    const { till } = brand()
    const member = await buyer(till, sale(4), sale(5))
    expect(await till.balance(member)).toMatchObject({ quantity: 2, units: 'visits', spend_threshold: 3, label: R5, rewards: [] })
    const third = sale(6)
    expect(await follow(till, member, ['checkout', 'placed', 'billed', 'completed'], third)).toEqual([2, 2, 2, 0])
    expect(await till.rewardCount(member, R5)).toBe(1)
    const order = redeeming(sale(12), await till.rewardId(member, R5), 5)
    expect(await follow(till, member, ['placed', 'billed', 'voided'], order)).toEqual([0, 0, 0])
    await till.accepted(member, 'refunded', third)
    expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([2, 0])
  })
})

describe('stamps', () => {
  const brand = useProduct(stampProgram())
  const coffees = (quantity: number): Item => ({ label: 'Coffee', product: 'C1', cost: 3.5, quantity, categories: ['Coffee'] })

  it('each coffee is a stamp, and the free one is the cheapest', async () => {
    const { till } = brand()
    const member = await buyer(till, cart([coffees(11)]))
    expect(await till.balance(member)).toMatchObject({ quantity: 1, units: 'stamps', spend_threshold: 10, label: FREE_COFFEE })
    const items = [coffees(1), { label: 'Mocha', product: 'C2', cost: 5, categories: ['Coffee'] }]
    const [reward] = await till.rewards(member)
    expect(reward).toMatchObject({ offer: 'gift', label: FREE_COFFEE, quantity: 1 })
    const order = redeeming(cart(items), reward?.id ?? '', 3.5)
    expect(await follow(till, member, ['checkout', 'placed', 'billed'], order)).toEqual([1, 1, 1])
    await till.accepted(member, 'completed', order)
    const after = await till.points(member)
    await till.accepted(member, 'refunded', returning(order, items))
    expect([await till.points(member), await till.rewardCount(member, FREE_COFFEE)]).toEqual([1, 1])
    expect(after).toBeGreaterThan(1)
  })
})

describe('shop with points', () => {
  const shop = useProduct(shopProgram('0.01'))

  it('the balance pays as far as the customer likes', async () => {
    const { till } = shop()
    const member = await buyer(till, sale(20))
    expect(await till.balance(member)).toMatchObject({
      ...{ quantity: 2000, units: 'points', label: 'shop with points' },
      rewards: [{ value: 20, points: 2000, value_per_point: 0.01 }],
    })
    expect(await till.balance(member)).not.toHaveProperty('spend_threshold')
    const [reward] = await till.rewards(member)
    expect(reward).toMatchObject({ id: expect.stringMatching(/^P_/), value: 20 })
    const order = redeeming(sale(15), reward?.id ?? '', 4)
    const balances = await follow(till, member, ['checkout', 'placed', 'billed', 'completed', 'refunded'], order)
    expect(balances).toEqual([2000, 2000, 1600, 2700, 2000])
    expect((await till.rewards(member, DEMO_STORE))[0]).toMatchObject({ value: 20 })
  })
})

interface Mail {
  readonly to: unknown
  readonly subject: string
  readonly text: string
  readonly links: readonly string[]
}

/** The mail of one address, as soon as there is any. */
async function mailTo(mailbox: Product['mailbox'], email: string): Promise<readonly Mail[]> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const listed = (await (await fetch(mailbox)).json()) as readonly Mail[] | { readonly mail: readonly Mail[] }
    const mails = 'mail' in listed ? listed.mail : listed
    const found = mails.filter(({ to }) => JSON.stringify(to).includes(email))
    if (found.length > 0) return found
    await sleep(100)
  }
  throw new Error(`no mail to ${email} after 5 s`)
}

/** Opens a link as a mail client's reader does: it follows the page's one form, if it has one. */
async function openLink(link: string): Promise<{ status: number; page: string }> {
  const response = await fetch(link)
  const page = await response.text()
  const form = /<form[^>]*method="post"[^>]*>/i.exec(page)
  if (!form) return { status: response.status, page }
  const action = /action="([^"]*)"/i.exec(form[0])?.[1] ?? link
  const inputs = page.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/gi)
  const fields = Object.fromEntries([...inputs].map(([, name, value]) => [name, value ?? '']))
  const sent = await fetch(new URL(action.replaceAll('&amp;', '&'), link), { method: 'POST', body: new URLSearchParams(fields) })
  return { status: sent.status, page: await sent.text() }
}
