import { randomBytes } from 'node:crypto'
import { refuse } from '@regulars/contract'
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from 'fastify'
import { createOrderDesk } from '../orders/index.ts'
import {
  type Database,
  DatabaseUnavailable,
  type Environment,
  type Logger,
  pooledBytes,
  type ReceivedMail,
  requestId,
  type Vault,
} from '../platform/index.ts'
import { createProgramShelf } from '../programs/index.ts'
import { createAuthenticator, createRateLimiter } from '../signing/index.ts'
import { adminRoutes } from './admin-routes.ts'
import type { AppContext, Branch } from './context.ts'
import { documentRoutes } from './document-routes.ts'
import { sendRefusal, servePartner } from './partner.ts'
import { partnerOperations } from './partner-operations.ts'
import { publicRoutes } from './public-routes.ts'
import { createRequestLog } from './request-log.ts'

/** The HTTP server, ready to listen. */
export interface App {
  readonly http: FastifyInstance
  /** The schema is current: from now on requests are served. Until then they are answered with 503. */
  open(): void
  /** Finishes what is in flight, answers what is new with 503, and closes. */
  close(): Promise<void>
}

/** The largest order that makes sense is far below this (wire contract §3). */
const BODY_MAX_BYTES = 256 * 1024
/** A till that sends this slowly is gone. */
const REQUEST_TIMEOUT_MS = 30_000
/** What is in flight has this long to finish; SIGTERM promises ten seconds in all. */
const DRAIN_MS = 7_000
/** Ten tries a minute: plenty for typing a code, useless for guessing one. */
const CLAIMS_PER_SECOND = 10 / 60

export async function createApp(parts: {
  databases: Partial<Record<Environment, Database>>
  vault: Vault
  log: Logger
  publicUrl: () => string
  mailbox?: () => readonly ReceivedMail[]
}): Promise<App> {
  const { databases, vault, log } = parts
  const now = () => Date.now()
  const random = pooledBytes((size) => randomBytes(size))
  const requestLog = createRequestLog(databases, log)
  let ready = false
  let draining = false
  let inFlight = 0
  const context: AppContext = {
    branches: Object.fromEntries(
      Object.entries(databases).map(([environment, db]) => [environment, branchFor(environment as Environment, db)]),
    ),
    authenticator: createAuthenticator({ databases, vault, now }),
    rateLimiter: createRateLimiter({ now }),
    claimLimiter: createRateLimiter({ now, perSecond: CLAIMS_PER_SECOND, burstS: 60 }),
    vault,
    log,
    requestLog,
    now,
    random,
    publicUrl: parts.publicUrl,
    mailbox: parts.mailbox,
    serving: () => (draining ? 'draining' : ready ? 'yes' : 'starting'),
  }

  function branchFor(environment: Environment, db: Database): Branch {
    const shelf = createProgramShelf()
    return { environment, db, shelf, orders: createOrderDesk({ db, shelf, now, random }) }
  }

  const http: FastifyInstance = Fastify({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => requestId(now(), random),
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 500 },
    frameworkErrors: (_error, request, reply) => sendRefusal(reply, request, refuse('path_malformed', {}).refusal),
    clientErrorHandler(error, socket) {
      if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) return
      const tooLarge = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW'
      socket.end(rawRefusal(requestId(now(), random), tooLarge))
    },
  })
  readRawBodies(http)

  http.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    inFlight += 1
    if (ready && !draining) return
    if (request.url === '/healthz' || request.url === '/readyz') return
    if (draining) reply.header('connection', 'close')
    return sendRefusal(reply, request, refuse(draining ? 'shutting_down' : 'unavailable', { retryAfterS: 2 }).refusal)
  })
  http.addHook('onResponse', async () => {
    inFlight -= 1
  })
  http.setNotFoundHandler((request, reply) =>
    sendRefusal(reply, request, refuse('no_such_route', { method: request.method, path: pathOf(request.raw.url ?? '') }).refusal),
  )
  http.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
      return sendRefusal(reply, request, refuse('body_too_large', { max: BODY_MAX_BYTES }).refusal)
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return sendRefusal(
        reply,
        request,
        refuse('malformed_json', { problem: 'the body did not arrive whole', line: 1, column: 1 }).refusal,
      )
    }
    const away = error instanceof DatabaseUnavailable
    log[away ? 'warn' : 'error'](
      { err: error, requestId: request.id, route: request.routeOptions.url },
      away ? 'the database is away' : 'a request failed',
    )
    return sendRefusal(reply, request, (away ? refuse('unavailable', { retryAfterS: 2 }) : refuse('internal', {})).refusal)
  })

  for (const operation of partnerOperations(context)) servePartner(http, context, operation)
  publicRoutes(http, context)
  adminRoutes(http, context)
  await documentRoutes(http)

  return {
    http,
    open() {
      ready = true
    },
    async close() {
      draining = true
      const deadline = Date.now() + DRAIN_MS
      while (inFlight > 0 && Date.now() < deadline) await new Promise((later) => setTimeout(later, 20))
      await requestLog.stop()
      await http.close()
    },
  }
}

/** Bodies stay bytes: the signature covers them as they came, and only what is signed is parsed. */
function readRawBodies(http: FastifyInstance): void {
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/** For what is no HTTP at all, where there is no request to answer. */
function rawRefusal(id: string, tooLarge: boolean): string {
  const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const message = tooLarge ? 'The headers are too large.' : 'This is not a valid HTTP/1.1 request.'
  const body = JSON.stringify({
    id,
    code: 2000,
    message,
    details: 'This request could not be processed.',
    reason: 'malformed_http',
  })
  const headers = [
    'content-type: application/json; charset=utf-8',
    `x-request-id: ${id}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  return [`HTTP/1.1 ${status}`, ...headers, '', body].join('\r\n')
}

const pathOf = (target: string): string => target.split('?')[0] ?? ''
