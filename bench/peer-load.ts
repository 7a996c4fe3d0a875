import { type Histogram, Stopwatch } from './histogram.ts'
import { createOrderMaker, type Dice, diceOf, memberPicker, STATUSES, signedHead } from './orders.ts'
import { type Answer, openWire, type Wire } from './wire.ts'

/** What is asked of the process that makes the load: whole orders, one after the other, of one shop. */
export interface PeerLoad {
  readonly shop: RegularsShop | VendureShop
  readonly host: string
  readonly port: number
  readonly clients: number
  readonly seconds: number
  /** So many at most. */
  readonly orders?: number
  readonly seed: number
  /** Names the orders. */
  readonly run: string
}

interface RegularsShop {
  readonly kind: 'regulars'
  readonly apiKey: string
  readonly secret: string
  readonly brand: string
  readonly store: string
  readonly members: number
  readonly rewardId: string
}

/** What `peers/vendure.js` says of itself. */
export interface VendureShop {
  readonly kind: 'vendure'
  readonly variants: readonly string[]
  readonly shippingMethod: string
  readonly paymentMethod: string
  readonly coupon: string
  readonly customers: number
}

export interface PeerLoadResult {
  readonly seconds: number
  readonly orders: number
  readonly calls: number
  readonly discounted: number
  /** Of a whole order, from its first call to its last answer. */
  readonly latency: Histogram
}

/** An order that has gone all the way. */
interface Placed {
  readonly calls: number
  readonly discounted: boolean
}

const LINES = 2

/** Plays customers until the time is over; orders that have begun are finished and count. @throws for any order that does not go through. */
export async function makePeerLoad(load: PeerLoad): Promise<PeerLoadResult> {
  const dice = diceOf(load.seed)
  const { shop } = load
  const place = shop.kind === 'regulars' ? placeAtRegulars(shop, load.run, dice) : placeAtVendure(shop, dice)
  const wires = await Promise.all(Array.from({ length: load.clients }, () => openWire(load)))
  const watch = new Stopwatch()
  const sum = { orders: 0, calls: 0, discounted: 0 }
  let left = load.orders ?? Number.POSITIVE_INFINITY
  const start = performance.now()
  const end = start + load.seconds * 1_000
  await Promise.all(
    wires.map(async (wire) => {
      while (left > 0 && performance.now() < end) {
        left -= 1
        const since = performance.now()
        const { calls, discounted } = await place(wire)
        watch.add(performance.now() - since)
        sum.orders += 1
        sum.calls += calls
        sum.discounted += discounted ? 1 : 0
      }
    }),
  )
  const seconds = (performance.now() - start) / 1_000
  for (const wire of wires) wire.close()
  return { seconds, ...sum, latency: watch.read() }
}

type Place = (wire: Wire) => Promise<Placed>

/** Four signed calls of a till, as in every other run. */
function placeAtRegulars(shop: RegularsShop, run: string, dice: Dice): Place {
  const maker = createOrderMaker({ run, brand: shop.brand, store: shop.store, dice, lines: LINES })
  const pick = memberPicker(shop.members, 'uniform', dice)
  const credential = { apiKey: shop.apiKey, secret: Buffer.from(shop.secret, 'base64') }
  return async (wire) => {
    const order = maker.next(pick(), shop.rewardId)
    let discount = 0
    for (const status of STATUSES) {
      const body = order.bodyOf(status, discount)
      const answer = await wire.post(signedHead(credential, order.path, body), body)
      if (answer.status !== 200) throw refusal(status, answer)
      if (status === 'checkout')
        discount = (JSON.parse(answer.body) as { transaction: { discount: number } }).transaction.discount
    }
    return { calls: STATUSES.length, discounted: discount > 0 }
  }
}

/**
 * A guest's order in three requests, where a storefront sends seven or more: what can go into one document does, and as little as possible is asked back.
 */
function placeAtVendure(shop: VendureShop, dice: Dice): Place {
  const below = (count: number) => Math.floor(dice() * count)
  return async (wire) => {
    const first = below(shop.variants.length)
    const second = (first + 1 + below(shop.variants.length - 1)) % shop.variants.length
    const lines = [first, second]
      .map((index) => `{productVariantId:"${shop.variants[index]}",quantity:${1 + below(2)}}`)
      .join(',')
    const cart = await wire.post(...shopCall(`addItemsToOrder(inputs:[${lines}]){errorResults{__typename}}`, undefined))
    const token = /\r\nvendure-auth-token: *(\S+)/i.exec(cart.head)?.[1]
    if (token === undefined || !cart.body.includes('"errorResults":[]')) throw refusal('addItemsToOrder', cart)

    const customer = `{emailAddress:"customer-${1 + below(shop.customers)}@example.com",firstName:"A",lastName:"Customer"}`
    const filled = await wire.post(
      ...shopCall(
        [
          `applyCouponCode(couponCode:"${shop.coupon}"){__typename}`,
          `setCustomerForOrder(input:${customer}){__typename}`,
          'setOrderShippingAddress(input:{streetLine1:"1 First Street",city:"Springfield",countryCode:"US"}){__typename}',
          `setOrderShippingMethod(shippingMethodId:["${shop.shippingMethod}"]){__typename}`,
          'transitionOrderToState(state:"ArrangingPayment"){__typename ...on Order{state}}',
        ].join(' '),
        token,
      ),
    )
    if (filled.body.match(/"__typename":"Order"/g)?.length !== 5) throw refusal('applyCouponCode and what follows', filled)

    const asked = '{__typename ...on Order{state discounts{amountWithTax}}}'
    const paid = await wire.post(
      ...shopCall(`addPaymentToOrder(input:{method:"${shop.paymentMethod}",metadata:{}})${asked}`, token),
    )
    if (!paid.body.includes('"state":"PaymentSettled"')) throw refusal('addPaymentToOrder', paid)
    return { calls: 3, discounted: /"amountWithTax":-[1-9]/.test(paid.body) }
  }
}

function shopCall(mutation: string, token: string | undefined): [head: string, body: string] {
  const session = token === undefined ? '' : `authorization: Bearer ${token}\r\n`
  const head = `POST /shop-api HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${session}`
  return [head, JSON.stringify({ query: `mutation{${mutation}}` })]
}

const refusal = (what: string, { status, body }: Answer) => new Error(`${what}: ${status} ${body}`)
