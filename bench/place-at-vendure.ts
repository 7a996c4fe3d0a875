import type { Dice } from './orders.ts'
import { drawEmail, drawLines, type Place, refusal } from './place.ts'

/** What `peers/vendure/vendure.js` says of itself. */
export interface VendureShop {
  readonly kind: 'vendure'
  readonly variants: readonly string[]
  readonly shippingMethod: string
  readonly paymentMethod: string
  readonly coupon: string
  readonly customers: number
}

/**
 * A guest's order in three requests, where a storefront sends seven or more: what can go into one document does, and as little as possible is asked back.
 */
export function placeAtVendure(shop: VendureShop, dice: Dice): Place {
  return async (wire) => {
    const lines = drawLines(shop.variants.length, dice)
      .map(({ index, quantity }) => `{productVariantId:"${shop.variants[index]}",quantity:${quantity}}`)
      .join(',')
    const cart = await wire.post(...shopCall(`addItemsToOrder(inputs:[${lines}]){errorResults{__typename}}`, undefined))
    const token = /\r\nvendure-auth-token: *(\S+)/i.exec(cart.head)?.[1]
    if (token === undefined || !cart.body.includes('"errorResults":[]')) throw refusal('addItemsToOrder', cart)

    const customer = `{emailAddress:"${drawEmail(shop.customers, dice)}",firstName:"A",lastName:"Customer"}`
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
