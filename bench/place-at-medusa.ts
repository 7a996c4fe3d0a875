import type { Dice } from './orders.ts'
import { drawEmail, drawLines, type Place, refusal } from './place.ts'
import type { Wire } from './wire.ts'

/** What `peers/medusa/medusa.js` says of itself. */
export interface MedusaShop {
  readonly kind: 'medusa'
  readonly variants: readonly string[]
  readonly region: string
  readonly shippingOption: string
  readonly coupon: string
  readonly customers: number
  /** Publishable: it names the sales channel, and is no secret. */
  readonly apiKey: string
}

const PAYMENT_PROVIDER = 'pp_system_default'

/**
 * A guest's order in five requests, where a storefront sends eight or more: the cart is made with its lines, coupon, e-mail and address, and of each
 * answer only the fields that the next request needs are asked for. Fewer there cannot be: each of the others is a resource of its own.
 */
export function placeAtMedusa(shop: MedusaShop, dice: Dice): Place {
  return async (wire) => {
    const post = (path: string, body: object) => call(wire, shop.apiKey, path, body)
    const { cart } = await post('/store/carts?fields=id', {
      region_id: shop.region,
      email: drawEmail(shop.customers, dice),
      shipping_address: {
        first_name: 'A',
        last_name: 'Customer',
        address_1: '1 First Street',
        city: 'Springfield',
        country_code: 'us',
      },
      items: drawLines(shop.variants.length, dice).map(({ index, quantity }) => ({ variant_id: shop.variants[index], quantity })),
      promo_codes: [shop.coupon],
    })
    await post(`/store/carts/${cart?.id}/shipping-methods?fields=id`, { option_id: shop.shippingOption })
    const { payment_collection: payment } = await post('/store/payment-collections?fields=id', { cart_id: cart?.id })
    await post(`/store/payment-collections/${payment?.id}/payment-sessions?fields=id`, { provider_id: PAYMENT_PROVIDER })
    const { order } = await post(`/store/carts/${cart?.id}/complete?fields=id,discount_total`, {})
    if (order === undefined) throw new Error('complete: Medusa has answered with a cart, and no order')
    return { calls: 5, discounted: Number(order.discount_total) > 0 }
  }
}

/** What is read of any of its answers. */
interface MedusaAnswer {
  readonly cart?: { readonly id: string }
  readonly payment_collection?: { readonly id: string }
  readonly order?: { readonly id: string; readonly discount_total: number }
}

async function call(wire: Wire, apiKey: string, path: string, body: object): Promise<MedusaAnswer> {
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-publishable-api-key: ${apiKey}\r\n`
  const answer = await wire.post(head, JSON.stringify(body))
  if (answer.status !== 200) throw refusal(path, answer)
  return JSON.parse(answer.body) as MedusaAnswer
}
