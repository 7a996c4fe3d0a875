import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CartAsk, MemberAsk, MemberView, OrderView, PlaceAsk, ShopSession } from '../api.ts'
import { BODIES, ORDER } from './body-schemas.ts'
import type { Desk } from './desk.ts'
import { findMember } from './find-member.ts'
import { latest, type OrderRecord, viewOrder } from './order-record.ts'
import { type Pairing, readCookies } from './pairing.ts'
import { placeOrder } from './place-order.ts'
import { quoteCart } from './quote-cart.ts'
import { Refused } from './refused.ts'
import { openStream } from './stream.ts'
import { voidOrder } from './take-back.ts'

type At = { Params: { id: string } }

/** The shop on the web: anybody may order; who ordered is known by a cookie. */
export function shopRoutes(app: FastifyInstance, desk: Desk, pairing: Pairing): void {
  /** Who is signed in; gone with a restart, as a visit is. */
  const members = new Map<string, MemberView>()
  const visitorOf = (request: FastifyRequest, reply: FastifyReply): string => {
    const known = pairing.visitorOf(readCookies(request.headers.cookie))
    if (known !== undefined) return known
    const { visitor, cookie } = pairing.newVisitor()
    reply.header('set-cookie', cookie)
    return visitor
  }
  const session = (visitor: string): ShopSession => ({
    member: members.get(visitor) ?? null,
    orders: [...desk.orders.all()]
      .filter((order) => order.visitor === visitor && order.replacedBy === null)
      .sort((a, b) => b.createdAt - a.createdAt)
      .map(viewOrder),
  })
  const mine = (request: FastifyRequest<At>, reply: FastifyReply): OrderRecord => {
    const order = latest(desk.orders, request.params.id)
    if (order?.visitor !== visitorOf(request, reply) || !order)
      throw new Refused('not_found', 'There is no such order in this browser.')
    return order
  }
  const quote = (visitor: string, ask: CartAsk) => {
    const member = members.get(visitor) ?? null
    const cart = { ...ask, member: member?.id ?? null, reward: member ? ask.reward : null, rendition: 'pickup' as const }
    return quoteCart(desk, { till: 'web', source: 'web', member }, cart)
  }

  app.get('/api/shop/session', async (request, reply) => session(visitorOf(request, reply)))

  app.post<{ Body: MemberAsk }>('/api/shop/sign-in', { schema: { body: BODIES.member } }, async (request, reply) => {
    const visitor = visitorOf(request, reply)
    members.set(visitor, await findMember(desk, request.body))
    return session(visitor)
  })

  app.post('/api/shop/sign-out', async (request, reply) => {
    const visitor = visitorOf(request, reply)
    members.delete(visitor)
    return session(visitor)
  })

  app.put<{ Body: CartAsk }>('/api/shop/cart', { schema: { body: BODIES.cart } }, async (request, reply) =>
    quote(visitorOf(request, reply), request.body),
  )

  app.post<{ Body: PlaceAsk }>('/api/shop/orders', { schema: { body: BODIES.place } }, async (request, reply) => {
    const visitor = visitorOf(request, reply)
    const { cart, name } = request.body
    if (!desk.orders.get(cart.order)) await quote(visitor, cart)
    return viewOrder(await placeOrder(desk, visitor, cart.order, name.trim()))
  })

  app.get<At>('/api/shop/orders/:id', { schema: { params: ORDER } }, async (request, reply) => viewOrder(mine(request, reply)))

  app.get<At>('/api/shop/orders/:id/events', { schema: { params: ORDER } }, (request, reply) => {
    const { id } = mine(request, reply)
    openStream<OrderView>(request, reply, (send) => {
      const show = () => {
        const order = latest(desk.orders, id)
        if (order) send(viewOrder(order))
      }
      show()
      return desk.onOrder(show)
    })
  })

  app.post<At>('/api/shop/orders/:id/cancel', { schema: { params: ORDER } }, async (request, reply) => {
    const order = await voidOrder(desk, mine(request, reply).id, 'Cancelled by the customer.')
    return viewOrder(order)
  })
}
