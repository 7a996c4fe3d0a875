import { describe, expect, it } from 'vitest'
import { type Cart, cart, type Item, redeeming, sale } from './cart.ts'
import { expectRefusal, nextPhone, signature } from './client.ts'
import { useProduct } from './product.ts'
import { houseProgram, R5 } from './programs.ts'

// wire-contract §7, "Be liberal in what is accepted": real clients send all of these.

const house = useProduct(houseProgram())
const item: Item = { label: 'Hamburger', product: 'P1', cost: 20, categories: ['American'] }

/** Completes an order of 20.00 with these fields, and gives the points that it earned. */
async function earned(fields: Record<string, unknown>): Promise<number> {
  const { till } = house()
  const member = await till.newMember()
  await till.run(member, ['checkout', 'placed', 'billed', 'completed'], cart([item], fields))
  return till.points(member)
}

const withItem = (posItem: Record<string, unknown>, beside: Record<string, unknown> = { quantity: 1 }) => ({
  basket: { posEntries: [{ posItem: { ...item, ...posItem }, ...beside }] },
})

/** A till may write its basket as it likes; the type of ours is stricter than the wire. */
function withBasket(order: Cart, fields: Record<string, unknown>): Cart {
  const basket: unknown = { ...order.basket, ...fields }
  return { ...order, basket: basket as Cart['basket'] }
}

describe('what is accepted in an order', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'null for every optional field',
      {
        ...{ total: null, tax: null, tip: null, delivery: null, discount: null, type: null, rendition: null, currency: null },
        ...{ placed: null, wanted: null, transaction: null, address: null, payments: null },
        basket: {
          uuid: null,
          rewards: null,
          posEntries: [{ posItem: { ...item, modifiers: null, categories: null }, quantity: 1 }],
        },
      },
    ],
    ['payments as an array', { payments: [{ tender: 'credit', issuer: 'VISA', suffix: '1111', amount: 20 }] }],
    ['payments as one object', { payments: { tender: 'cash', amount: '20.00' } }],
    ['address as an object', { address: { street: '1 Main St', city: 'New York', code: 10001, region: 'NY', country: 'US' } }],
    ['address as an array', { address: [{ street: '1 Main St', code: '10001' }] }],
    ['suffix as a number', { payments: [{ tender: 'debit', suffix: 1111, amount: 20 }] }],
    ['quantity inside posItem', withItem({ quantity: 1 }, {})],
    ['quantity as text', withItem({}, { quantity: '1' })],
    ['categories as a string', withItem({ categories: 'American' })],
    ['categories as null', withItem({ categories: null })],
    ['product as a number', withItem({ product: 4711 })],
    ['product as null', withItem({ product: null })],
    ['modifiers as an empty array', withItem({ modifiers: [] })],
    ['a modifier without quantity', withItem({ cost: 19, modifiers: [{ label: 'Cheese', cost: 1 }] })],
    [
      'modifiers of modifiers',
      withItem({ cost: 18, modifiers: [{ label: 'A', cost: 1, quantity: 1, modifiers: [{ label: 'B', cost: '1' }] }] }),
    ],
    ['decimals as text', { ...withItem({ cost: '20.00' }), subtotal: '20.00', tax: '1.6', total: '21.60' }],
    ['decimals with more noughts', { ...withItem({ cost: '20.000' }), subtotal: '20.0000' }],
    ['rewards as an empty array', { basket: { rewards: [], posEntries: [{ posItem: item, quantity: 1 }] } }],
    ['vendor and brand as numbers', { vendor: 999999, brand: 33559 }],
    ['unknown fields everywhere', { foo: { bar: [1] }, ...withItem({ plu: 'x' }, { quantity: 1, seat: 4 }) }],
    ['totals that do not add up', { subtotal: 19.5, total: 500 }],
    ['no payments after checkout', { payments: undefined }],
  ])('%s', async (_, fields) => {
    expect(await earned(fields)).toBe(20)
  })

  it('a float that stands for a decimal', async () => {
    const { till } = house()
    const member = await till.newMember()
    const floats = { ...sale(0.3), subtotal: 0.1 + 0.2, total: 0.1 + 0.2 }
    await till.accepted(member, 'completed', floats)
    const line = { label: 'Water', cost: 1.1 + 2.2 }
    await till.accepted(member, 'completed', { ...cart([line]), subtotal: 1.1 + 2.2 })
    expect(await till.points(member)).toBe(3)
  })

  it('an order id as a number is the same as text', async () => {
    const { till } = house()
    const member = await till.newMember()
    const id = 1_000_000 + process.pid
    const { id: _, ...order } = sale(20)
    await till.post(`/loyalty/accounts/${member}/orders`, { ...order, id, brand: '33559', status: 'completed' })
    await till.accepted(member, 'completed', { ...order, id: String(id) } as typeof order & { id: string })
    expect(await till.points(member)).toBe(20)
  })

  it.each(['SpendGo', 'SPENDGO', 'spendgo', null, undefined])('the provider %s of a reward', async (provider) => {
    const { till } = house()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(100))
    const order = redeeming(cart([item]), await till.rewardId(member, R5), 5)
    const [reward] = order.basket.rewards ?? []
    const named = withBasket(order, { rewards: [{ ...reward, provider, discount: '5.00', product: null }] })
    await till.run(member, ['checkout', 'placed', 'billed', 'completed'], named)
    expect(await till.points(member)).toBe(15)
  })

  it('the same quantity twice is one; two different ones are refused', async () => {
    const { till } = house()
    const member = await till.newMember()
    await till.accepted(member, 'completed', cart([item], withItem({ quantity: 1 }, { quantity: 1 })))
    expectRefusal(await till.order(member, 'completed', cart([item], withItem({ quantity: 2 }, { quantity: 1 }))), 400, 2000)
    expect(await till.points(member)).toBe(20)
  })
})

describe('what is accepted of a member', () => {
  it('null for every optional field, enumerations in any letter case, and fields nobody knows', async () => {
    const { till } = house()
    const nothing = { email: null, name: null, password: null, dob: null, gender: null, marital_status: null, address: null }
    await till.newMember({ ...nothing, favorite_store_id: null, sms_opt_in: null, email_opt_in: null, verify_email: null })
    await till.newMember({
      gender: 'F',
      marital_status: 'Domestic Partner',
      foo: 'bar',
      dob: '1990-01-31',
      favorite_store_id: '999999',
    })
    await till.newMember({ phone: Number(nextPhone()) })
  })
})

describe('what is accepted of a request', () => {
  it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'APPLICATION/JSON;CHARSET=UTF-8'])(
    'the content type %s',
    async (type) => {
      const { till } = house()
      const body = JSON.stringify({ customer: { phone: nextPhone() } })
      const reply = await till.send({ method: 'POST', path: '/loyalty/accounts', body, headers: { 'Content-Type': type } })
      expect(reply.http, reply.text).toBe(201)
    },
  )

  it('a body in whatever form of JSON its signature is of', async () => {
    const { till } = house()
    const phone = nextPhone()
    const indented = JSON.stringify({ customer: { phone, name: { first: 'Zoë' } } }, undefined, 4)
    const escaped = `{"customer":{"phone":"${phone}","name":{"first":"Zo\\u00eb"}}}`
    const replies = await Promise.all(
      [indented, escaped].map((body) => till.send({ method: 'POST', path: '/loyalty/accounts', body })),
    )
    expect(replies.map(({ http }) => http).toSorted()).toEqual([200, 201])
  })

  it('a query in whatever form its signature is of', async () => {
    const { till } = house()
    const member = await till.newMember()
    for (const query of ['store=999999', 'store=%39%39%39999', 'foo=%20bar&store=999999', 'store=999999&']) {
      const reply = await till.send({ path: `/loyalty/accounts/${member}/rewards?${query}` })
      expect(reply.http, query).toBe(200)
    }
  })

  it('header names in any letter case', async () => {
    const { apiKey, secret, till } = house()
    const path = `/loyalty/accounts/${await till.newMember()}/balance`
    const headers = { 'x-class-key': apiKey, 'X-CLASS-SIGNATURE': signature(secret, path) }
    expect((await till.send({ path, signed: false, headers })).http).toBe(200)
  })
})
