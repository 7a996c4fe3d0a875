import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a server and PostgreSQL: it can cut the line, and it counts the round trips that it carries. */
export interface DatabaseProxy {
  /** The address to give a server in place of the database's own. */
  readonly url: string
  /** How often the database has said that it is ready for the next query: once for each round trip. */
  roundTrips(): number
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>
  /** Takes connections again, at the same address. */
  restore(): Promise<void>
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let count = 0
  let server = carry()
  await listening(server, 0)
  const port = portOf(server)

  function carry(): Server {
    return createServer((client) => {
      const database = connect(Number(target.port || 5432), target.hostname)
      const countReady = readyForQueryCounter(() => {
        count += 1
      })
      for (const [from, to] of [
        [client, database],
        [database, client],
      ] as const) {
        sockets.add(from)
        from.setNoDelay(true)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
      }
      client.on('data', (chunk: Buffer) => database.write(chunk))
      database.on('data', (chunk: Buffer) => {
        countReady(chunk)
        client.write(chunk)
      })
    })
  }

  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    roundTrips: () => count,
    cut: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    restore: async () => {
      server = carry()
      await listening(server, port)
    },
  }
}

const READY_FOR_QUERY = 'Z'.charCodeAt(0)
/** A message is its type, and a length that counts itself and what follows, but not the type. */
const HEADER_BYTES = 5

/** Reads what the database sends, message by message (PostgreSQL's frontend/backend protocol 3), however TCP has cut it into chunks. */
function readyForQueryCounter(found: () => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0)
  let bodyLeft = 0
  return (chunk) => {
    let rest = chunk
    while (rest.length > 0) {
      if (bodyLeft > 0) {
        const taken = Math.min(bodyLeft, rest.length)
        bodyLeft -= taken
        rest = rest.subarray(taken)
        continue
      }
      const taken = HEADER_BYTES - header.length
      header = Buffer.concat([header, rest.subarray(0, taken)])
      rest = rest.subarray(taken)
      if (header.length < HEADER_BYTES) return
      if (header[0] === READY_FOR_QUERY) found()
      bodyLeft = header.readInt32BE(1) - 4
      header = Buffer.alloc(0)
    }
  }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on a TCP port')
  return address.port
}
