import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AnswerAsk, CartAsk, DeviceAsk, MemberAsk, PairAsk, PromptAsk, Quote, StreamEvent, TillView } from '../api.ts'
import { demandRole } from './access.ts'
import { BODIES, TILL } from './body-schemas.ts'
import type { Desk } from './desk.ts'
import { findMember } from './find-member.ts'
import type { Pairing } from './pairing.ts'
import { quoteCart } from './quote-cart.ts'
import { Refused } from './refused.ts'
import { openStream } from './stream.ts'

type At = { Params: { till: string } }

/** The register, its display, its device; a kiosk is all three in one. */
export function tillRoutes(app: FastifyInstance, desk: Desk, pairing: Pairing): void {
  const { tills, devices, reach } = desk
  const demand = (request: FastifyRequest<At>) => demandRole(pairing, request, request.params.till)

  app.post<{ Body: PairAsk }>('/api/pair', { schema: { body: BODIES.pair } }, async (request, reply) => {
    const { role, cookie } = pairing.pair(request.body.code)
    reply.header('set-cookie', cookie)
    return { role }
  })

  app.get<At>('/api/tills/:till', { schema: { params: TILL } }, async (request) => {
    demand(request)
    return tills.view(request.params.till)
  })

  app.get<At>('/api/tills/:till/events', { schema: { params: TILL } }, (request, reply) => {
    demand(request)
    const { till } = request.params
    openStream<StreamEvent>(request, reply, (send) => {
      send({ type: 'till', till: tills.view(till) })
      send({ type: 'device', device: devices.view(till) })
      void reach.status().then((status) => send({ type: 'status', status }))
      return tills.subscribe(till, send)
    })
  })

  app.post<At & { Body: MemberAsk }>(
    '/api/tills/:till/members',
    { schema: { params: TILL, body: BODIES.member } },
    async (request) => {
      demand(request)
      const member = await findMember(desk, request.body)
      const { till } = request.params
      tills.update(till, {
        member,
        prompt: null,
        ...(tills.view(till).phase !== 'paying' && { phase: 'selling' as const, receipt: null }),
      })
      return member
    },
  )

  app.put<At & { Body: CartAsk }>('/api/tills/:till/cart', { schema: { params: TILL, body: BODIES.cart } }, async (request) => {
    demand(request)
    return quoteAtTill(desk, request.params.till, request.body)
  })

  app.post<At & { Body: PromptAsk }>(
    '/api/tills/:till/prompt',
    { schema: { params: TILL, body: BODIES.prompt } },
    async (request) => {
      demand(request)
      const { till } = request.params
      const reward = tills.view(till).member?.rewards.find(({ id }) => id === request.body.reward)
      if (!reward) throw new Refused('not_found', 'The member at this till has no such reward.')
      return tills.update(till, { prompt: { reward, answer: null } })
    },
  )

  app.post<At & { Body: AnswerAsk }>(
    '/api/tills/:till/answer',
    { schema: { params: TILL, body: BODIES.answer } },
    async (request) => {
      demand(request)
      const { till } = request.params
      const { prompt } = tills.view(till)
      if (prompt?.reward.id !== request.body.reward) throw new Refused('not_found', 'Nobody asks about this reward any more.')
      return tills.update(till, { prompt: { ...prompt, answer: request.body.answer } })
    },
  )

  app.post<At>('/api/tills/:till/clear', { schema: { params: TILL } }, async (request) => {
    demand(request)
    const { till } = request.params
    const { order } = tills.view(till)
    if (order !== null && desk.paying.has(order)) throw new Refused('busy', 'A payment runs. Cancel it first.')
    if (order !== null) desk.open.delete(order)
    return tills.clear(till)
  })

  app.post<At & { Body: DeviceAsk }>('/api/devices/:till', { schema: { params: TILL, body: BODIES.device } }, async (request) => {
    demand(request)
    return devices.press(request.params.till, request.body.press)
  })
}

/** The cart is on the display at once; the reward's discount follows when the loyalty server has answered. */
async function quoteAtTill(desk: Desk, till: string, ask: CartAsk): Promise<Quote> {
  const { tills, pricer } = desk
  const isNewest = () => {
    const { order, seq } = tills.view(till)
    return order !== ask.order || seq <= ask.seq
  }
  const lines = pricer.price(ask.lines)
  const was = tills.view(till)
  const member = was.member?.id === ask.member ? was.member : null
  if (desk.paying.has(was.order ?? '')) throw new Refused('busy', 'A payment for this order runs. Cancel it to change the order.')
  const isEarlier = ask.reward !== null && was.reward?.id === ask.reward && was.reward.applied ? was.reward.discount : 0
  const totals = pricer.total(lines, Math.min(isEarlier, pricer.total(lines, 0).subtotal))
  const shown: Partial<TillView> = {
    phase: lines.length === 0 && ask.member === null ? 'idle' : 'selling',
    ...{ order: ask.order, seq: ask.seq, lines, totals, receipt: null },
    ...(ask.member === null && { member: null, prompt: null }),
    pointsToEarn: ask.member === null ? null : pricer.pointsFor(totals),
  }
  if (isNewest()) tills.update(till, shown)
  const quote = await quoteCart(desk, { till, source: 'instore', member }, ask)
  if (isNewest()) {
    const { subtotal, discount, tax, total, reward, pointsToEarn } = quote
    tills.update(till, { totals: { subtotal, discount, tax, total }, reward, pointsToEarn })
  }
  return quote
}
