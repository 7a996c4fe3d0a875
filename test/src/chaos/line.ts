import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Random } from './random.ts'

/** What the line may do to one connection that carries one request. */
export const MISHAPS = ['delayed', 'cut_before', 'reply_lost', 'half_open', 'duplicated', 'late_copy'] as const
export type Mishap = (typeof MISHAPS)[number]

/** A TCP line on this machine that can be trusted as little as any other. */
export interface Line {
  readonly port: number
  /** Leads to another port from now on: a server that was started again. */
  leadTo(port: number): void
  /** Ends every connection at once. */
  cut(): void
  /** Carries nothing for a while, and then ends what was open: half-open connections. */
  freeze(ms: number): void
  /** No more mishaps. */
  behave(): void
  close(): void
}

interface Options {
  readonly target: number
  /** Without it, the line does nothing by itself. */
  readonly mishaps?: { readonly random: Random; readonly chance: number; count(mishap: Mishap): void }
}

const DELAY_MS = [20, 400] as const
const COPY_MS = [300, 2_500] as const
const HALF_OPEN_MS = 5_000

export async function openLine({ target, mishaps }: Options): Promise<Line> {
  let port = target
  let well = mishaps === undefined
  let frozenUntil = 0
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((client) => {
    const onward = connect(port, '127.0.0.1')
    const pair = [client, onward] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [onward, client] as const]) {
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        pairs.delete(pair)
      })
    }
    const mishap = well || !mishaps?.random.chance(mishaps.chance) ? undefined : mishaps.random.pick(MISHAPS)
    const carry = carrierOf(client, onward, () => port, mishap, mishaps)
    client.on('data', (chunk: Buffer) => frozenUntil < Date.now() && carry.toServer(chunk))
    onward.on('data', (chunk: Buffer) => frozenUntil < Date.now() && carry.toClient(chunk))
  })
  await listening(server)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the line listens on a TCP port')
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  return {
    port: address.port,
    leadTo: (next) => {
      port = next
    },
    cut,
    freeze: (ms) => {
      frozenUntil = Date.now() + ms
      setTimeout(cut, ms)
    },
    behave: () => {
      well = true
    },
    close: () => {
      server.close()
      cut()
    },
  }
}

/** How the two ends of one connection are carried. A mishap is counted when it has happened to a request, not when it was drawn. */
function carrierOf(
  client: Socket,
  onward: Socket,
  target: () => number,
  mishap: Mishap | undefined,
  mishaps: Options['mishaps'],
): { toServer(chunk: Buffer): void; toClient(chunk: Buffer): void } {
  const plain = { toServer: (chunk: Buffer) => void onward.write(chunk), toClient: (chunk: Buffer) => void client.write(chunk) }
  if (!mishap || !mishaps) return plain
  const { random } = mishaps
  let counted = false
  const count = () => {
    if (!counted) mishaps.count(mishap)
    counted = true
  }
  const sent: Buffer[] = []
  switch (mishap) {
    case 'delayed': {
      const ms = random.between(...DELAY_MS)
      return {
        ...plain,
        toServer: (chunk) => {
          count()
          setTimeout(() => onward.write(chunk), ms)
        },
      }
    }
    case 'cut_before':
      return {
        ...plain,
        toServer: () => {
          count()
          client.destroy()
        },
      }
    case 'reply_lost':
      return {
        ...plain,
        toClient: () => {
          count()
          client.destroy()
        },
      }
    case 'half_open':
      return {
        ...plain,
        toServer: () => {
          count()
          setTimeout(() => client.destroy(), HALF_OPEN_MS)
        },
      }
    case 'duplicated':
    case 'late_copy':
      return {
        toServer: (chunk) => {
          sent.push(chunk)
          onward.write(chunk)
        },
        toClient: (chunk) => {
          client.write(chunk)
          // A copy of what was refused could come to be accepted: no till could live with a line that does that.
          if (counted || !/^HTTP\/1\.1 20\d/.test(chunk.toString('latin1'))) return
          count()
          const ms = mishap === 'duplicated' ? 0 : random.between(...COPY_MS)
          setTimeout(() => sendCopy(target(), Buffer.concat(sent)), ms)
        },
      }
  }
}

function sendCopy(port: number, bytes: Buffer): void {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.on('data', () => socket.end())
  socket.end(bytes)
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
}
