import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The network between the shop and the loyalty server: it can be cut, and leads to wherever the server is now. */
export interface Line {
  readonly url: string
  to(url: string): void
  cut(): void
  close(): Promise<void>
}

export async function openLine(): Promise<Line> {
  const sockets = new Set<Socket>()
  let target: URL | undefined
  const server = createServer((client) => {
    if (!target) return client.destroy()
    const far = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    target = undefined
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: (url) => {
      target = new URL(url)
    },
    cut,
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
