import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextPhone } from '../../../test/src/client.ts'
import type { DeviceView, ErrorBody, OrderView, PayOutcome, RefundView, StatusView, TillView } from '../api.ts'
import { FRIES, openShop, register, type Screen, TACOS, type TestShop } from './test-shop.ts'

let shop: TestShop
let staff: Screen
beforeAll(async () => {
  shop = await openShop()
  staff = await shop.screen()
}, 180_000)
afterAll(() => shop.close())

const till = (name: string) => register(staff, name)
const CASH = { method: 'cash', tendered: 10_000 } as const
const CARD = { method: 'card' } as const
const orderOf = (id: string) => staff.ask<OrderView>('GET', `/api/orders/${id}`)
const rewardsOf = (member: string) => shop.product.till.rewards(member)

/** A new member with the welcome gift, at a till. */
async function newcomer(at: string) {
  const member = await till(at).lookUp(nextPhone(), 'Ada Lovelace')
  const gift = member.rewards[0]
  if (!gift) throw new Error('the welcome gift is missing')
  return { member, gift }
}

async function until<Value>(read: () => Promise<Value>, isThere: (value: Value) => boolean): Promise<Value> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
    const value = await read()
    if (isThere(value)) return value
  }
  throw new Error(`it did not come: ${JSON.stringify(await read())}`)
}
const device = (at: string) => async () =>
  (await staff.ask<DeviceView>('POST', `/api/devices/${at}`, { press: 'connect' })).screen
const waiting = (at: string) => until(device(at), (screen) => screen === 'waiting')

describe('a sale', () => {
  it('takes the reward off, gives change, and the points are at the loyalty server', async () => {
    const { member, gift } = await newcomer('s1')
    const quote = await till('s1').quote([TACOS, FRIES], { member: member.id, reward: gift.id })
    // 13.95 + 7.00, less the dish without its extras, and 8.875 % tax on the rest.
    expect(quote).toMatchObject({
      subtotal: 2095,
      discount: 1195,
      tax: 80,
      total: 980,
      pointsToEarn: 9,
      reward: { applied: true },
    })
    const paid = await till('s1').pay(quote.order, { method: 'cash', tendered: 2000 })
    expect(paid).toMatchObject({
      kind: 'paid',
      order: { state: 'completed', pointsEarned: 9, payment: { change: 1020 }, balance: { quantity: 9 } },
    })
    expect((await shop.product.till.balance(member.id)).quantity).toBe(9)
    expect(await till('s1').pay(quote.order, CASH)).toEqual(paid)
    const view = await staff.ask<TillView>('GET', '/api/tills/s1')
    expect(view).toMatchObject({ phase: 'done', receipt: { id: quote.order, balance: { quantity: 9 } } })
  })

  it('gives a guest the code to claim the points with, and the code works', async () => {
    const quote = await till('s2').quote([FRIES])
    const paid = await till('s2').pay(quote.order, CASH)
    if (paid.kind !== 'paid') throw new Error(paid.message)
    expect(paid.order.receiptCode).toMatch(/^\w{10}$/)
    const member = await shop.product.till.newMember()
    const claim = {
      method: 'POST',
      path: `/loyalty/accounts/${member}/claims`,
      body: JSON.stringify({ receipt_code: paid.order.receiptCode }),
    }
    expect((await shop.product.till.send(claim)).http).toBe(200)
    expect((await shop.product.till.balance(member)).quantity).toBe(7)
  })

  it('says why a reward does not apply, and prices without it', async () => {
    const { member, gift } = await newcomer('s3')
    const quote = await till('s3').quote([FRIES], { member: member.id, reward: gift.id })
    expect(quote).toMatchObject({ discount: 0, total: 762, reward: { applied: false, reason: 'items_missing' } })
    expect(quote.reward?.message).toContain('Mexican')
  })

  it('is priced from the menu, whatever a screen says, and a wrong cart is named', async () => {
    const ask = (lines: readonly unknown[]) =>
      staff.send<ErrorBody>('PUT', '/api/tills/s4/cart', { order: randomUUID(), seq: 1, member: null, reward: null, lines })
    expect((await ask([{ ...FRIES, price: 1 }])).http).toBe(400)
    expect((await ask([{ ...FRIES, item: '999' }])).body.message).toContain('no item 999')
    expect((await ask([{ ...FRIES, item: '107' }])).body.message).toBe('Orange Chicken takes 1 of “Heat”; got 0.')
    expect((await ask([{ ...FRIES, modifiers: [{ option: 'guacamole', quantity: 1 }] }])).body.message).toContain(
      'no modifier guacamole',
    )
  })

  it('sells for less than the total to nobody', async () => {
    const quote = await till('s5').quote([FRIES])
    expect(await till('s5').pay(quote.order, { method: 'cash', tendered: 761 })).toMatchObject({
      kind: 'not_paid',
      why: 'too_little_cash',
    })
  })
})

describe('a payment that fails', () => {
  it('declined: the reward is free again, and the same cart is sold for cash', async () => {
    const { member, gift } = await newcomer('f1')
    const quote = await till('f1').quote([TACOS], { member: member.id, reward: gift.id })
    const paying = till('f1').pay(quote.order, CARD)
    await waiting('f1')
    expect(await rewardsOf(member.id)).toEqual([])
    await till('f1').press('decline')
    const outcome = await paying
    expect(outcome).toMatchObject({ kind: 'not_paid', why: 'declined', message: 'The card was declined. Nothing was charged.' })
    expect(await rewardsOf(member.id)).toHaveLength(1)
    if (outcome.kind !== 'not_paid') return
    expect(await till('f1').pay(outcome.next, CASH)).toMatchObject({
      kind: 'paid',
      order: { discount: 1195, state: 'completed' },
    })
    expect(await rewardsOf(member.id)).toEqual([])
  })

  it('timed out, or cancelled at the register: nothing is charged or held', async () => {
    const { member, gift } = await newcomer('f2')
    const first = await till('f2').quote([TACOS], { member: member.id, reward: gift.id })
    expect(await till('f2').pay(first.order, CARD)).toMatchObject({ kind: 'not_paid', why: 'device_timeout' })
    const second = await till('f2').quote([TACOS], { member: member.id, reward: gift.id })
    const paying = till('f2').pay(second.order, CARD)
    await waiting('f2')
    await staff.ask('POST', `/api/orders/${second.order}/cancel-payment`)
    expect(await paying).toMatchObject({ kind: 'not_paid', why: 'cancelled' })
    expect(await rewardsOf(member.id)).toHaveLength(1)
  })

  it('device lost and the card charged nevertheless: the charge is taken back when the device is there again', async () => {
    const { member, gift } = await newcomer('f3')
    const quote = await till('f3').quote([TACOS], { member: member.id, reward: gift.id })
    const paying = till('f3').pay(quote.order, CARD)
    await waiting('f3')
    await till('f3').press('disconnect')
    expect(await paying).toMatchObject({ kind: 'not_paid', why: 'device_lost' })
    await till('f3').press('approve')
    expect(await till('f3').press('connect')).toMatchObject({ screen: 'reversed' })
    expect(await rewardsOf(member.id)).toHaveLength(1)
    expect(await orderOf(quote.order)).toMatchObject({ state: 'open', payment: null })
  })

  it('two registers, one reward: the second hears why before any money moves, and sells without it', async () => {
    const phone = nextPhone()
    const member = await till('r1').lookUp(phone)
    await till('r2').lookUp(phone)
    const reward = member.rewards[0]?.id ?? ''
    const [one, two] = await Promise.all(['r1', 'r2'].map((at) => till(at).quote([TACOS], { member: member.id, reward })))
    if (!one || !two) throw new Error('no quotes')
    const paying = till('r1').pay(one.order, CARD)
    await waiting('r1')
    const lost = await till('r2').pay(two.order, CASH)
    expect(lost).toMatchObject({ kind: 'not_paid', why: 'reward_refused', reason: 'reward_held' })
    if (lost.kind !== 'not_paid') return
    expect(await till('r2').pay(lost.next, CASH)).toMatchObject({ kind: 'paid', order: { discount: 0, total: 1519 } })
    await till('r1').press('approve')
    expect(await paying).toMatchObject({ kind: 'paid', order: { discount: 1195, total: 218 } })
    expect((await shop.product.till.balance(member.id)).quantity).toBe(13 + 2)
  })
})

describe('the loyalty server away', () => {
  const status = () => staff.ask<StatusView>('GET', '/api/status')

  it('sells on, refuses rewards in plain words, and sends everything once when it is back', async () => {
    const phone = nextPhone()
    const member = await till('o1').lookUp(phone)
    shop.line.cut()
    const quote = await till('o1').quote([TACOS], { member: member.id, reward: member.rewards[0]?.id ?? '' })
    expect(quote).toMatchObject({ online: false, discount: 0, reward: { applied: false, reason: 'offline' } })
    const paid = await till('o1').pay(quote.order, CASH)
    expect(paid).toMatchObject({ kind: 'paid', order: { state: 'queued' } })
    expect(await till('o1').lookUp(phone)).toMatchObject({ id: member.id, balance: null })
    const guest = await till('o2').quote([FRIES])
    expect(await till('o2').pay(guest.order, CASH)).toMatchObject({ kind: 'paid', order: { state: 'queued' } })
    const unknown = await staff.send<ErrorBody>('POST', '/api/tills/o1/members', { phone: nextPhone() })
    expect(unknown).toMatchObject({ http: 503, body: { error: 'member_unknown_offline' } })
    expect(await status()).toMatchObject({ online: false, queued: 2 })

    shop.line.to(shop.product.url)
    await until(status, ({ online, queued }) => online && queued === 0)
    expect(await orderOf(quote.order)).toMatchObject({ state: 'completed', pointsEarned: 13, notice: null })
    expect((await orderOf(guest.order)).receiptCode).toMatch(/^\w{10}$/)
    expect((await shop.product.till.balance(member.id)).quantity).toBe(13)
  })

  it('lost between the quote and the payment of a reward: nothing is charged, and the words say what to do', async () => {
    const { member, gift } = await newcomer('o3')
    const quote = await till('o3').quote([TACOS], { member: member.id, reward: gift.id })
    shop.line.cut()
    const outcome = await till('o3').pay(quote.order, CASH)
    shop.line.to(shop.product.url)
    expect(outcome).toMatchObject({ kind: 'not_paid', why: 'reward_needs_connection' })
    await until(status, ({ online }) => online)
    expect(await rewardsOf(member.id)).toHaveLength(1)
  })

  it('lost while the card is on the device: paid once, the points follow', async () => {
    const { member, gift } = await newcomer('o4')
    const quote = await till('o4').quote([TACOS], { member: member.id, reward: gift.id })
    const paying = till('o4').pay(quote.order, CARD)
    await waiting('o4')
    shop.line.cut()
    await till('o4').press('approve')
    expect(await paying).toMatchObject({ kind: 'paid', order: { state: 'settling', total: 218 } })
    shop.line.to(shop.product.url)
    await until(status, ({ queued }) => queued === 0)
    expect(await orderOf(quote.order)).toMatchObject({ state: 'completed', pointsEarned: 2, discount: 1195 })
    expect(await rewardsOf(member.id)).toEqual([])
  })
})

describe('a crash', () => {
  it('before the card was charged: the order is voided and its reward free', async () => {
    const { member, gift } = await newcomer('c1')
    const quote = await till('c1').quote([TACOS], { member: member.id, reward: gift.id })
    const lost = till('c1')
      .pay(quote.order, CARD)
      .catch(() => 'cut')
    await waiting('c1')
    await shop.crash()
    expect(await lost).toBe('cut')
    expect(await orderOf(quote.order)).toMatchObject({ state: 'voided', payment: null })
    expect(await rewardsOf(member.id)).toHaveLength(1)
  })

  it('after the card was charged, with the loyalty server away: completed with the next start', async () => {
    const { member, gift } = await newcomer('c2')
    const quote = await till('c2').quote([TACOS], { member: member.id, reward: gift.id })
    const paying = till('c2').pay(quote.order, CARD)
    await waiting('c2')
    shop.line.cut()
    await till('c2').press('approve')
    expect(await paying).toMatchObject({ kind: 'paid', order: { state: 'settling' } })
    await shop.crash(() => shop.line.to(shop.product.url))
    expect(await orderOf(quote.order)).toMatchObject({ state: 'completed', pointsEarned: 2, total: 218 })
    expect((await shop.product.till.balance(member.id)).quantity).toBe(2)
  })
})

describe('taking back', () => {
  it('lines and then the rest: the money is exactly what was paid, the points are gone, and twice is once', async () => {
    const member = await till('t1').lookUp(nextPhone())
    const quote = await till('t1').quote([{ ...FRIES, quantity: 2 }, TACOS], { member: member.id })
    await till('t1').pay(quote.order, CASH)
    const refund = (refundId: string, lines?: unknown) =>
      staff.send<RefundView & ErrorBody>('POST', `/api/orders/${quote.order}/refund`, {
        refund: refundId,
        ...(lines !== undefined && { lines }),
      })
    const id = randomUUID()
    const [first, again] = await Promise.all([
      refund(id, [{ key: 'fries', quantity: 1 }]),
      refund(id, [{ key: 'fries', quantity: 1 }]),
    ])
    expect(first.body).toMatchObject({ amount: 762, pointsReversed: 7 })
    expect(again.body).toEqual(first.body)
    expect((await refund(randomUUID(), [{ key: 'fries', quantity: 2 }])).body.message).toBe(
      'French Fries: 1 can be refunded; got 2.',
    )
    const rest = await refund(randomUUID())
    expect(first.body.amount + rest.body.amount).toBe(quote.total)
    expect(await orderOf(quote.order)).toMatchObject({ state: 'refunded' })
    expect((await shop.product.till.balance(member.id)).quantity).toBe(0)
    expect((await refund(randomUUID())).http).toBe(409)
  })
})

describe('an order ahead', () => {
  it('keeps its reward, is paid at the counter, and survives a declined card', async () => {
    const web = await shop.screen('')
    const session = await web.ask<{ member: { id: string; rewards: { id: string }[] } }>('POST', '/api/shop/sign-in', {
      phone: nextPhone(),
    })
    const { id: member } = session.member
    const cart = {
      ...{ order: randomUUID(), seq: 1, lines: [TACOS], member, reward: session.member.rewards[0]?.id ?? '' },
      wanted: Date.now() + 3_600_000,
    }
    const placed = await web.ask<OrderView>('POST', '/api/shop/orders', { cart, name: 'Ada' })
    expect(placed).toMatchObject({ state: 'placed', total: 218, source: 'web', payment: null })
    expect(await rewardsOf(member)).toEqual([])
    expect(await web.ask('POST', '/api/shop/orders', { cart, name: 'Ada' })).toEqual(placed)
    const stranger = await shop.screen('')
    expect((await stranger.send('GET', `/api/shop/orders/${placed.id}`)).http).toBe(404)

    const paying = till('p1').pay(placed.id, CARD)
    await waiting('p1')
    await till('p1').press('decline')
    const declined = (await paying) as Extract<PayOutcome, { kind: 'not_paid' }>
    expect(declined.why).toBe('declined')
    expect(await web.ask('GET', `/api/shop/orders/${placed.id}`)).toMatchObject({ state: 'placed', discount: 1195 })
    expect(await rewardsOf(member)).toEqual([])
    expect(await till('p1').pay(placed.id, CASH)).toMatchObject({ kind: 'paid', order: { state: 'completed', total: 218 } })
  })

  it('cancelled: the reward is free again', async () => {
    const web = await shop.screen('')
    const { member } = await web.ask<{ member: { id: string; rewards: { id: string }[] } }>('POST', '/api/shop/sign-in', {
      phone: nextPhone(),
    })
    const cart = { order: randomUUID(), seq: 1, lines: [TACOS], member: member.id, reward: member.rewards[0]?.id ?? '' }
    const { id } = await web.ask<OrderView>('POST', '/api/shop/orders', { cart, name: '' })
    expect(await web.ask('POST', `/api/shop/orders/${id}/cancel`)).toMatchObject({ state: 'voided' })
    expect(await rewardsOf(member.id)).toHaveLength(1)
    expect((await staff.send('POST', `/api/orders/${id}/pay?till=1`, CASH)).http).toBe(409)
  })
})

describe('who may do what', () => {
  it('nobody without the code, a kiosk only its own till, another site nothing', async () => {
    const [stranger, kiosk] = await Promise.all([shop.screen(''), shop.screen(shop.kioskCode)])
    expect((await stranger.send<ErrorBody>('GET', '/api/tills/1')).body.error).toBe('not_paired')
    expect((await stranger.send<ErrorBody>('POST', '/api/pair', { code: 'AAAAAAAA' })).body.error).toBe('wrong_code')
    expect((await kiosk.send('GET', '/api/tills/kiosk-1')).http).toBe(200)
    expect((await kiosk.send<ErrorBody>('GET', '/api/orders')).body.error).toBe('not_allowed')
    const { order } = await till('w1').quote([FRIES])
    expect((await kiosk.send<ErrorBody>('POST', `/api/orders/${order}/pay?till=kiosk-1`, CASH)).body.error).toBe('not_allowed')
    const foreign = { origin: 'https://elsewhere.example' }
    expect((await staff.send<ErrorBody>('POST', '/api/tills/1/clear', {}, foreign)).body.error).toBe('not_allowed')
  })
})
