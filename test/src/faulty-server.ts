import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signature } from './client.ts'

/** A call on its way to the product. */
export interface PassingCall {
  readonly target: string
  readonly body: string
  /** The parsed body; an empty object where there is none. */
  readonly json: Readonly<Record<string, unknown>>
  /** Of an order call: its status and the id of its reward. */
  readonly status?: string
  readonly order: string
  readonly member: string
  readonly reward?: { readonly id: string; readonly discount?: number; readonly label: string }
  readonly apiKey?: string
  readonly signature?: string
  readonly signedRight: boolean
}

export interface PassingReply {
  readonly status: number
  readonly text: string
}

/** Sends the call on: as it came, or changed and signed anew. */
export type Forward = (change?: { readonly body?: object; readonly signed?: boolean }) => Promise<PassingReply>

/** One behaviour that is wrong on purpose; everything else is the product's. */
export type Fault = (call: PassingCall, forward: Forward) => Promise<PassingReply>

export interface FaultyServer {
  readonly url: string
  close(): Promise<void>
}

/** The product with one fault in front of it. */
export async function startFaultyServer(
  product: { readonly url: string; readonly apiKey: string; readonly secret: string },
  fault: Fault,
): Promise<FaultyServer> {
  /** What rewards are called, as the product's lists have told. */
  const labels = new Map<string, string>()
  const server = createServer((request, response) => {
    void answer(request).then(
      ({ status, text }) => response.writeHead(status, { 'content-type': 'application/json' }).end(text),
      (error: unknown) => response.writeHead(599).end(String(error)),
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }

  async function answer(request: IncomingMessage): Promise<PassingReply> {
    let body = ''
    for await (const chunk of request) body += chunk
    const target = request.url ?? ''
    const header = (name: string) => [request.headers[name]].flat()[0]
    const given = { apiKey: header('x-class-key'), signature: header('x-class-signature') }
    const right = signature(product.secret, target, body)
    const call: PassingCall = { ...given, target, body, signedRight: given.signature === right, ...orderOf(target, body, labels) }
    const reply = await fault(call, async ({ body: changed, signed } = {}) => {
      const text = changed === undefined ? body : JSON.stringify(changed)
      const anew = signed === true || (changed !== undefined && call.signedRight)
      const headers = {
        ...(text !== '' && { 'content-type': 'application/json' }),
        ...(anew
          ? { 'x-class-key': product.apiKey, 'x-class-signature': signature(product.secret, target, text) }
          : {
              ...(given.apiKey !== undefined && { 'x-class-key': given.apiKey }),
              ...(given.signature !== undefined && { 'x-class-signature': given.signature }),
            }),
      }
      const method = request.method ?? 'GET'
      const received = await fetch(product.url + target, { method, headers, ...(text !== '' && { body: text }) })
      return { status: received.status, text: await received.text() }
    })
    for (const { id, label } of listIn(reply.text)) labels.set(id, label)
    return reply
  }
}

function orderOf(target: string, body: string, labels: ReadonlyMap<string, string>) {
  const json = Object(parsed(body)) as Record<string, unknown>
  const basket = Object(json.basket) as { rewards?: { id: string; discount?: number }[] }
  const [reward] = basket.rewards ?? []
  const isOrder = /\/orders(\?|$)/.test(target)
  return {
    json,
    order: String(json.id),
    member: /accounts\/([^/?]+)/.exec(target)?.[1] ?? '',
    ...(isOrder && { status: String(json.status) }),
    ...(reward && { reward: { ...reward, label: labels.get(reward.id) ?? '' } }),
  }
}

function listIn(text: string): { id: string; label: string }[] {
  const { rewards } = Object(parsed(text)) as { rewards?: unknown }
  return (Array.isArray(rewards) ? rewards : []).filter((reward) => typeof Object(reward).id === 'string')
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
