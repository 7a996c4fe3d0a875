import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a hostile or broken client does with connections. Everything goes to the address it is given, is bounded in number, and is closed again. */

interface Address {
  readonly hostname: string
  readonly port: number
}

const addressOf = (url: string): Address => ({ hostname: new URL(url).hostname, port: Number(new URL(url).port) })

/** So many at once while they are opened: more than the listener's queue would hold are refused by the system, not by the server. */
const OPENING = 200

/** Connections that say nothing. Gives those that were opened, and a way to end them. */
export async function openIdle(url: string, count: number): Promise<{ open: number; end(): void }> {
  const sockets: Socket[] = []
  for (let opened = 0; opened < count; opened += OPENING) {
    const batch = Array.from({ length: Math.min(OPENING, count - opened) }, () => open(addressOf(url)))
    sockets.push(...(await Promise.all(batch)).filter((socket) => socket !== undefined))
  }
  return {
    open: sockets.length,
    end: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Requests whose headers never end, a line now and then. Resolves with how long each connection lived. */
export async function sendSlowHeaders(url: string, count: number, limitMs: number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = await open(addressOf(url))
      if (!socket) return 0
      const start = performance.now()
      const closed = new Promise<void>((resolve) => socket.resume().once('close', () => resolve()))
      socket.write('POST /loyalty/accounts HTTP/1.1\r\nHost: x\r\n')
      const drip = setInterval(() => socket.writable && socket.write('X-Slow: 1\r\n'), 1_000)
      await Promise.race([closed, sleep(limitMs, undefined, { ref: false })])
      clearInterval(drip)
      socket.destroy()
      return performance.now() - start
    }),
  )
}

/** Requests whose bodies never come. */
export async function openSlowBodies(url: string, path: string, count: number): Promise<{ end(): void }> {
  const sockets = await Promise.all(Array.from({ length: count }, () => open(addressOf(url))))
  for (const socket of sockets) {
    socket?.resume().write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`)
  }
  return {
    end: () => {
      for (const socket of sockets) socket?.destroy()
    },
  }
}

/** Everything the server answers to these bytes, until it closes the connection, says `until`, or the time is over. */
export async function exchange(
  url: string,
  bytes: string,
  { until, limitMs = 10_000 }: { until?: (text: string) => boolean; limitMs?: number } = {},
): Promise<string> {
  const socket = await open(addressOf(url))
  if (!socket) throw new Error('the connection was refused')
  let text = ''
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, limitMs)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (until?.(text)) end()
    })
    socket.once('close', end)
    socket.write(bytes)
  })
  socket.destroy()
  return text
}

function open({ hostname, port }: Address): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port, noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.on('error', () => resolve(undefined))
  })
}
