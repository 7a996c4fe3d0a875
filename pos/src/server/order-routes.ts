import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { OrderPage, PayAsk, RefundAsk } from '../api.ts'
import { demandRole } from './access.ts'
import { BODIES, ORDER } from './body-schemas.ts'
import type { Desk } from './desk.ts'
import { latest, type OrderRecord, viewOrder } from './order-record.ts'
import type { Pairing } from './pairing.ts'
import { payOrder } from './pay-order.ts'
import { Refused } from './refused.ts'
import { refundOrder, voidOrder } from './take-back.ts'

const PAGE_SIZE = 30

type At = { Params: { id: string } }

/** Paying, and everything that can happen to an order afterwards. */
export function orderRoutes(app: FastifyInstance, desk: Desk, pairing: Pairing): void {
  const { orders, tills } = desk
  const find = (id: string): OrderRecord => {
    const order = latest(orders, id) ?? desk.open.get(id)
    if (!order) throw new Refused('not_found', 'There is no such order.')
    return order
  }
  const demandStaff = (request: FastifyRequest) => demandRole(pairing, request)

  app.post<At & { Body: PayAsk; Querystring: { till?: string } }>(
    '/api/orders/:id/pay',
    { schema: { params: ORDER, body: BODIES.pay } },
    async (request) => {
      const order = find(request.params.id)
      // An order ahead is paid at the till where it is fetched.
      const till = request.query.till ?? order.till
      if (demandRole(pairing, request, till) === 'kiosk' && order.till !== till)
        throw new Refused('not_allowed', 'This order is another till’s.')
      return payOrder(desk, till, order.id, request.body)
    },
  )

  app.post<At>('/api/orders/:id/cancel-payment', { schema: { params: ORDER } }, async (request) => {
    const order = find(request.params.id)
    demandRole(pairing, request, order.till)
    await desk.devices.cancel(order.till)
    await desk.paying.get(order.id)
    return viewOrder(find(order.id))
  })

  app.get<{ Querystring: { q?: string; before?: string } }>('/api/orders', async (request): Promise<OrderPage> => {
    demandStaff(request)
    const { q = '', before } = request.query
    const found = [...orders.all()]
      .filter(
        (order) => order.replacedBy === null && order.createdAt < Number(before ?? Number.POSITIVE_INFINITY) && matches(order, q),
      )
      .sort((a, b) => b.createdAt - a.createdAt)
    const page = found.slice(0, PAGE_SIZE)
    return { orders: page.map(viewOrder), next: found.length > PAGE_SIZE ? (page.at(-1)?.createdAt ?? null) : null }
  })

  app.get<At>('/api/orders/:id', { schema: { params: ORDER } }, async (request) => {
    const order = find(request.params.id)
    demandRole(pairing, request, order.till)
    return viewOrder(order)
  })

  app.post<At>('/api/orders/:id/ready', { schema: { params: ORDER } }, async (request) => {
    demandStaff(request)
    const order = find(request.params.id)
    if (order.state !== 'placed')
      throw new Refused('state_forbids', 'Only an order ahead that is not paid yet can be called ready.')
    const ready = { ...order, isReady: true, updatedAt: desk.now() }
    await orders.put(ready)
    return viewOrder(ready)
  })

  app.post<At>('/api/orders/:id/void', { schema: { params: ORDER } }, async (request) => {
    demandStaff(request)
    const order = await voidOrder(desk, request.params.id, 'Voided at the register.')
    return viewOrder(order)
  })

  app.post<At & { Body: RefundAsk }>(
    '/api/orders/:id/refund',
    { schema: { params: ORDER, body: BODIES.refund } },
    async (request) => {
      demandStaff(request)
      const refund = await refundOrder(desk, request.params.id, request.body)
      const order = find(request.params.id)
      if (tills.view(order.till).receipt?.id === order.id) tills.update(order.till, { receipt: viewOrder(order) })
      return refund
    },
  )
}

/** By number, by the last digits of the phone, by name, or by a guest's code. */
function matches({ number, member, receiptCode, notice }: OrderRecord, q: string): boolean {
  const asked = q.trim().toLowerCase()
  return (
    asked === '' || [number, member?.phone, member?.name, receiptCode, notice].some((text) => text?.toLowerCase().includes(asked))
  )
}
