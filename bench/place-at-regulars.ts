import { createOrderMaker, type Dice, memberPicker, STATUSES, signedHead } from './orders.ts'
import { LINES, type Place, refusal } from './place.ts'

export interface RegularsShop {
  readonly kind: 'regulars'
  readonly apiKey: string
  readonly secret: string
  readonly brand: string
  readonly store: string
  readonly members: number
  readonly rewardId: string
}

/** Four signed calls of a till, as in every other run. */
export function placeAtRegulars(shop: RegularsShop, run: string, dice: Dice): Place {
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
