import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'

/** A TCP line to PostgreSQL that can be watched and cut. */
export interface Line {
  readonly url: string
  /** How many times the client spoke and PostgreSQL answered while something ran. */
  count(run: () => Promise<unknown>): Promise<{ asked: number; answered: number }>
  cut(): Promise<void>
  mend(): Promise<void>
  stop(): Promise<void>
}

export async function watch(url: string): Promise<Line> {
  const target = new URL(url)
  const socketDir = target.searchParams.get('host')
  const address = socketDir
    ? { path: `${socketDir}/.s.PGSQL.${target.port}` }
    : { host: target.hostname, port: Number(target.port || 5432) }
  const sockets = new Set<Socket>()
  let asked = 0
  let answered = 0
  const server: Server = createServer((client) => {
    const postgres = dial(address)
    client.on('data', (bytes) => {
      asked += 1
      postgres.write(bytes)
    })
    postgres.on('data', (bytes) => {
      // ReadyForQuery: a Z, the length 5, and the state of the transaction.
      if (bytes.at(-6) === 0x5a) answered += 1
      client.write(bytes)
    })
    for (const end of [client, postgres]) {
      sockets.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        client.destroy()
        postgres.destroy()
      })
    }
  })
  const listen = (port: number) => new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  await listen(0)
  const { port } = server.address() as AddressInfo
  target.searchParams.delete('host')
  target.host = `127.0.0.1:${port}`
  const cut = async () => {
    const closed = new Promise((done) => server.close(done))
    for (const end of sockets) end.destroy()
    sockets.clear()
    await closed
  }
  return {
    url: target.href,
    async count(run) {
      asked = 0
      answered = 0
      await run()
      return { asked, answered }
    },
    cut,
    mend: () => listen(port),
    stop: cut,
  }
}
