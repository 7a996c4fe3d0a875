import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from '../platform/index.ts'

/**
 * A listener of its own for monitoring: what it tells is nobody's business outside, and a worker has no other one. No token, so bind it where only the
 * monitoring can reach it.
 */
export async function startMetricsServer(parts: {
  host: string
  port: number
  metrics: Metrics
  /** Why this process is not ready; nothing when it is. */
  problems: () => Promise<string[]>
}): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port, metrics, problems } = parts
  const answers: Readonly<Record<string, () => Promise<{ status?: number; type: string; text: string }>>> = {
    '/metrics': async () => ({ type: metrics.contentType, text: await metrics.render() }),
    '/healthz': async () => ({ type: 'application/json', text: JSON.stringify({ status: 'alive' }) }),
    '/readyz': async () => {
      const found = await problems()
      const said = found.length === 0 ? { status: 'ready' } : { status: 'not ready', problems: found }
      return { status: found.length === 0 ? 200 : 503, type: 'application/json', text: JSON.stringify(said) }
    },
  }
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? '']
    if (!answer || request.method !== 'GET') return response.writeHead(404).end()
    answer().then(
      ({ status = 200, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(port, host, listening)
  })
  const { address, port: taken } = server.address() as AddressInfo
  const reachable = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  return {
    url: `http://${reachable}:${taken}/metrics`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
