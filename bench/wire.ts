import { createConnection, type Socket } from 'node:net'

/** An answer, as far as a till looks at it. */
export interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** One kept-alive HTTP connection that sends one request at a time. */
export interface Wire {
  post(head: string, body: string): Promise<Answer>
  close(): void
}

/**
 * Sockets and a dozen lines of HTTP/1.1, and no client library: `node:http` and `fetch` cost the driver three times as much per call, and what the driver
 * takes of two shared cores the server lacks. It understands what our server sends (a Content-Length, always) and throws at anything else. A server closes what
 * was silent for a minute; then the next request has a new connection, as a till's has.
 */
export async function openWire({ host, port }: { host: string; port: number }): Promise<Wire> {
  let received: Buffer = Buffer.alloc(0)
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined
  const fail = (error: Error) => {
    waiting?.reject(error)
    waiting = undefined
  }
  let socket = await open()
  return {
    async post(head, body) {
      if (!socket.writable) socket = await open()
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
      })
    },
    close: () => socket.destroy(),
  }

  async function open(): Promise<Socket> {
    const opened = await connect(host, port)
    opened.on('error', fail)
    opened.on('close', () => fail(new Error('the server has closed the connection')))
    opened.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const answer = readAnswer(received)
      if (!answer) return
      received = Buffer.alloc(0)
      const asked = waiting
      waiting = undefined
      asked?.resolve(answer)
    })
    return opened
  }
}

function connect(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.removeListener('error', reject)
      resolve(socket)
    })
  })
}

/** Undefined until it is there in full. */
function readAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.toString('latin1', 0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without a length:\n${head}`)
  const from = end + 4
  if (bytes.length < from + Number(length)) return undefined
  return { status: Number(head.slice(9, 12)), head, body: bytes.toString('utf8', from, from + Number(length)) }
}
