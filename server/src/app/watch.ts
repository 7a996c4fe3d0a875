import type { FastifyReply, FastifyRequest } from 'fastify'
import { readExpiryLagS } from '../ledger/index.ts'
import { readMailBacklog } from '../members/index.ts'
import type { Database, Environment, Metrics, Reading } from '../platform/index.ts'
import type { Gate } from './gate.ts'
import { reasonOf } from './partner.ts'
import type { RequestLog } from './request-log.ts'

type Databases = Partial<Record<Environment, Database>>

/** An answer, under its route's pattern: an address would be a label without bound. */
export function watchRequest(metrics: Metrics | undefined, request: FastifyRequest, reply: FastifyReply): void {
  metrics?.request({
    method: request.routeOptions.url === undefined ? 'any' : request.method,
    route: request.routeOptions.url ?? 'none',
    status: reply.raw.writableFinished ? reply.statusCode : 499,
    reason: reasonOf(request),
    seconds: reply.elapsedTime / 1000,
  })
}

/** What a server holds at the moment, and what waits in its database. */
export function watchServer(
  metrics: Metrics | undefined,
  databases: Databases,
  { inFlight, gate, requestLog }: { inFlight: () => number; gate: Gate; requestLog: RequestLog },
): void {
  if (!metrics) return
  const one = (name: string, help: string, read: () => number) => metrics.watch({ name, help, read: () => [{ value: read() }] })
  one('regulars_http_requests_in_flight', 'Requests whose answer has not been sent.', inFlight)
  one('regulars_calls_in_work', 'Partner calls that are worked on.', () => gate.load().inWork)
  one('regulars_calls_waiting', 'Partner calls that wait to be worked on.', () => gate.load().waiting)
  one('regulars_request_log_waiting', 'Entries of the request log that are not written yet.', requestLog.waiting)
  watchDatabases(metrics, databases)
}

/** Pools and queues: the same for a server and for a worker. */
export function watchDatabases(metrics: Metrics, databases: Databases): void {
  const each = async (read: (db: Database) => Promise<Reading[]> | Reading[]): Promise<Reading[]> => {
    const readings = await Promise.all(
      Object.entries(databases).map(async ([environment, db]) =>
        (await read(db)).map(({ labels, value }) => ({ labels: { environment, ...labels }, value })),
      ),
    )
    return readings.flat()
  }
  metrics.watch({
    name: 'regulars_database_connections',
    help: "Connections of this process's pools, by state; waiting: callers without one.",
    labels: ['environment', 'state'],
    read: () => each((db) => Object.entries(db.connections()).map(([state, value]) => ({ labels: { state }, value }))),
  })
  metrics.watch({
    name: 'regulars_mails',
    help: 'Mails in the outbox; waiting: tried until they are sent, failed: given up.',
    labels: ['environment', 'state'],
    read: () =>
      each(async (db) => {
        const { waiting, failed } = await readMailBacklog(db)
        return Object.entries({ waiting, failed }).map(([state, value]) => ({ labels: { state }, value }))
      }),
  })
  metrics.watch({
    name: 'regulars_mails_oldest_seconds',
    help: 'How long the oldest mail that waits has done so.',
    labels: ['environment'],
    read: () =>
      each(async (db) => {
        const now = Date.now()
        const { oldestAt = now } = await readMailBacklog(db)
        return [{ value: Math.max(0, now - oldestAt) / 1000 }]
      }),
  })
  metrics.watch({
    name: 'regulars_expiry_lag_seconds',
    help: 'For how long a lot has been past its end without being written off; balances are right all the same.',
    labels: ['environment'],
    read: () => each(async (db) => [{ value: await readExpiryLagS(db) }]),
  })
}
