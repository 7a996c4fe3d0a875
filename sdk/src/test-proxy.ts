import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'

/** What can stand between a till and its server, and what it does to requests and answers. */
export type Behaviour =
  | 'pass'
  | 'refuse'
  | 'strip-prefix'
  | 're-encode-query'
  | 're-serialise-body'
  | 'rewrite-path'
  | 'add-query'
  | 'strip-signature'
  | 'sign-in-page'
  | 'gateway-page'
  | 'truncate'
  | 'truncate-with-length'
  | 'silent'
  | 'slow-body'
  | 'redirect'
  | 'other-json'
  | 'other-error'
  | 'empty'
  | 'skewed-clock'
  | 'lose-answer'
  | 'garbage'
  | 'too-many'
  | 'fault'

export interface TestProxy {
  readonly url: string
  /** From now on; with a number, for as many requests, and then it passes everything on. */
  behave(behaviour: Behaviour, times?: number): void
  /** How many requests came, whatever became of them. */
  readonly count: number
  close(): Promise<void>
}

/** A real proxy on a port of its own, in front of a real server. */
export async function startProxy(upstream: string): Promise<TestProxy> {
  let [behaviour, times, count]: [Behaviour, number, number] = ['pass', Number.POSITIVE_INFINITY, 0]
  const server = createServer(async (incoming, outgoing) => {
    count += 1
    const now = times > 0 ? behaviour : 'pass'
    times -= 1
    const body = await bytesOf(incoming)
    await answer(now, incoming, body, outgoing, upstream).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (next, forHowMany = Number.POSITIVE_INFINITY) => {
      ;[behaviour, times] = [next, forHowMany]
    },
    get count() {
      return count
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(
  behaviour: Behaviour,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  upstream: string,
): Promise<void> {
  const path = incoming.url ?? '/'
  const json = { 'content-type': 'application/json' }
  const passOn = (change: { path?: string; body?: Buffer; headers?: IncomingMessage['headers'] } = {}) =>
    forward(upstream, incoming, { path, body, headers: incoming.headers, ...change })
  switch (behaviour) {
    case 'refuse':
      incoming.socket.destroy()
      return
    case 'sign-in-page':
      outgoing
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><title>Welcome to the Café</title><form>…</form>')
      return
    case 'gateway-page':
      outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<html><title>502 Bad Gateway</title></html>')
      return
    case 'silent':
      return
    case 'redirect':
      outgoing.writeHead(308, { location: `https://loyalty.example.com${path}` }).end()
      return
    case 'other-json':
      outgoing.writeHead(200, json).end('{"hello":"world"}')
      return
    case 'other-error':
      outgoing.writeHead(404, json).end('{"statusCode":404,"error":"Not Found"}')
      return
    case 'empty':
      outgoing.writeHead(200, { 'content-type': 'text/plain' }).end()
      return
    case 'garbage':
      incoming.socket.end('SSH-2.0-OpenSSH_9.2\r\n')
      return
    case 'fault':
      outgoing.writeHead(500, json).end('{"id":"err_2","code":2000,"message":"A bug.","details":"Sorry.","reason":"internal"}')
      return
    case 'too-many':
      outgoing
        .writeHead(429, { ...json, 'retry-after': '1' })
        .end('{"id":"err_1","code":2000,"message":"Too many requests.","details":"Busy.","reason":"rate_limited"}')
      return
    default:
  }
  const reply = await passOn(requestChange(behaviour, path, body, incoming))
  const head = {
    'content-type': reply.type,
    ...(behaviour === 'skewed-clock' && { date: new Date(Date.now() + 3_600_000).toUTCString() }),
  }
  if (behaviour === 'lose-answer') incoming.socket.destroy()
  else if (behaviour === 'truncate') {
    outgoing.writeHead(reply.status, { ...head, 'content-length': reply.body.length }).write(reply.body.subarray(0, -5))
    setTimeout(() => incoming.socket.destroy(), 20)
  } else if (behaviour === 'slow-body')
    outgoing.writeHead(reply.status, { ...head, 'content-length': reply.body.length }).write(reply.body.subarray(0, -5))
  else outgoing.writeHead(reply.status, head).end(behaviour === 'truncate-with-length' ? reply.body.subarray(0, -5) : reply.body)
}

function requestChange(
  behaviour: Behaviour,
  path: string,
  body: Buffer,
  { headers }: IncomingMessage,
): { path?: string; body?: Buffer; headers?: IncomingMessage['headers'] } {
  switch (behaviour) {
    case 'strip-prefix':
      return { path: path.replace(/^\/api/, '') }
    case 'rewrite-path':
      return { path: path.replace('/loyalty/', '/loyalty//') }
    case 'add-query':
      return { path: `${path}${path.includes('?') ? '&' : '?'}source=wifi` }
    case 're-encode-query':
      return { path: path.replace(/%20/g, '+') }
    case 're-serialise-body':
      return body.length === 0 ? {} : { body: Buffer.from(JSON.stringify(JSON.parse(body.toString()), undefined, 1)) }
    case 'strip-signature': {
      const { 'x-class-signature': _, ...rest } = headers
      return { headers: rest }
    }
    default:
      return {}
  }
}

interface Reply {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

function forward(
  upstream: string,
  incoming: IncomingMessage,
  { path, body, headers }: { path: string; body: Buffer; headers: IncomingMessage['headers'] },
): Promise<Reply> {
  const { hostname, port } = new URL(upstream)
  return new Promise((resolve, reject) => {
    const call = request(
      { hostname, port, path, method: incoming.method, headers: { ...headers, 'content-length': body.length }, agent: false },
      async (reply) =>
        resolve({ status: reply.statusCode ?? 0, type: reply.headers['content-type'] ?? '', body: await bytesOf(reply) }),
    )
    call.on('error', reject)
    call.end(body)
  })
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A port at which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
