import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { refuse } from '@regulars/contract'
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from 'fastify'
import { createOrderDesk } from '../orders/index.ts'
import {
  type Database,
  DatabaseUnavailable,
  type Environment,
  type Logger,
  type Metrics,
  pooledBytes,
  type ReceivedMail,
  requestId,
  type Vault,
} from '../platform/index.ts'
import { createProgramShelf } from '../programs/index.ts'
import { createAuthenticator, createRateLimiter } from '../signing/index.ts'
import { adminRoutes } from './admin-routes.ts'
import { certificationRoutes } from './certification-routes.ts'
import type { AppContext, Branch } from './context.ts'
import { documentRoutes } from './document-routes.ts'
import { createGate } from './gate.ts'
import { sendRefusal, servePartner } from './partner.ts'
import { partnerOperations } from './partner-operations.ts'
import { problemsOf, publicRoutes } from './public-routes.ts'
import { createRequestLog } from './request-log.ts'
import { createSignatureClinic } from './signature-clinic.ts'
import { watchRequest, watchServer } from './watch.ts'

/** The HTTP server, ready to listen. */
export interface App {
  readonly http: FastifyInstance
  /** The schema is current: from now on requests are served. Until then they are answered with 503. */
  open(): void
  /** Why it should get no requests now; nothing when it should. */
  problems(): Promise<string[]>
  /** Finishes what is in flight, and closes. */
  close(): Promise<void>
}

/** The largest order that makes sense is far below this (wire contract §3). */
const BODY_MAX_BYTES = 256 * 1024
/** A till that sends this slowly is gone. */
const REQUEST_TIMEOUT_MS = 30_000
/** The headers have this long: nobody holds a connection by sending a letter now and then. */
const HEADERS_TIMEOUT_MS = 10_000
const HANG_UP_MS = 1_000
/** How often connections are looked at for those two limits. */
const CONNECTIONS_CHECK_MS = 2_000
/** What is in flight has this long to finish; SIGTERM promises ten seconds in all. */
const DRAIN_MS = 7_000
/** Ten tries a minute: plenty for typing a code, useless for guessing one. */
const CLAIMS_PER_SECOND = 10 / 60

export async function createApp(parts: {
  databases: Partial<Record<Environment, Database>>
  vault: Vault
  log: Logger
  publicUrl: () => string
  origins?: readonly string[]
  mailbox?: () => readonly ReceivedMail[]
  metrics?: Metrics
  /** How long, after it is told to end, a server goes on as before, with /readyz saying that it ends. */
  noticeMs?: number
}): Promise<App> {
  const { databases, vault, log } = parts
  const now = () => Date.now()
  const random = pooledBytes((size) => randomBytes(size))
  const requestLog = createRequestLog(databases, log)
  const clinic = createSignatureClinic({ databases, vault, requestLog, log, now })
  let serving: 'starting' | 'yes' | 'draining' | 'closed' = 'starting'
  let inFlight = 0
  const gate = createGate({ now: () => performance.now() })
  const context: AppContext = {
    branches: Object.fromEntries(
      Object.entries(databases).map(([environment, db]) => [environment, branchFor(environment as Environment, db)]),
    ),
    authenticator: createAuthenticator({ databases, vault, now }),
    rateLimiter: createRateLimiter({ now }),
    claimLimiter: createRateLimiter({ now, perSecond: CLAIMS_PER_SECOND, burstS: 60 }),
    gate,
    vault,
    log,
    requestLog,
    signatureClinic: clinic,
    now,
    random,
    publicUrl: parts.publicUrl,
    origins: () => parts.origins,
    mailbox: parts.mailbox,
    serving: () => serving,
  }

  function branchFor(environment: Environment, db: Database): Branch {
    const shelf = createProgramShelf()
    return { environment, db, shelf, orders: createOrderDesk({ db, shelf, now, random }) }
  }

  const http: FastifyInstance = Fastify({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CONNECTIONS_CHECK_MS },
    genReqId: () => requestId(now(), random),
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // Nothing logs by a request's own logger: a call's line has its id (`logCall`).
    childLoggerFactory: (logger) => logger,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 500 },
    frameworkErrors: (_error, request, reply) => sendRefusal(reply, request, refuse('path_malformed', {}).refusal),
    clientErrorHandler(error, socket) {
      if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) return
      socket.end(rawRefusal(requestId(now(), random), 'code' in error ? String(error.code) : ''))
      // Whoever does not hang up now keeps the connection no longer than it takes to read the answer.
      setTimeout(() => socket.destroy(), HANG_UP_MS).unref()
    },
  })
  readRawBodies(http)

  // With a callback: a promise for each hook would cost more than what it does.
  http.addHook('onRequest', (request, reply, next) => {
    reply.header('x-request-id', request.id)
    inFlight += 1
    // Also when the client has gone before its answer; `onResponse` would not be called then.
    reply.raw.once('close', () => {
      inFlight -= 1
      watchRequest(parts.metrics, request, reply)
    })
    if (serving === 'draining') reply.header('connection', 'close')
    if (serving === 'yes' || serving === 'draining') return next()
    if (request.url === '/healthz' || request.url === '/readyz') return next()
    sendRefusal(reply, request, refuse(serving === 'closed' ? 'shutting_down' : 'unavailable', { retryAfterS: 2 }).refusal)
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
  certificationRoutes(http, context)
  await documentRoutes(http)

  watchServer(parts.metrics, databases, { inFlight: () => inFlight, gate, requestLog })

  return {
    http,
    problems: () => problemsOf(context),
    open() {
      serving = 'yes'
    },
    /**
     * First a notice: balancers read in /readyz that the process is ending, and every answer closes its connection. Then nothing new is accepted, what is
     * in flight is finished, and only then what it needs is closed.
     */
    async close() {
      if (serving === 'yes') {
        serving = 'draining'
        await sleep(parts.noticeMs ?? 0)
      }
      const closing = http.close()
      const deadline = Date.now() + DRAIN_MS
      while (inFlight > 0 && Date.now() < deadline) await sleep(20)
      await clinic.idle()
      serving = 'closed'
      http.server.closeAllConnections()
      await requestLog.stop()
      await closing
    },
  }
}

/** Bodies stay bytes: the signature covers them as they came, and only what is signed is parsed. */
function readRawBodies(http: FastifyInstance): void {
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

const RAW_REFUSALS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
}

/** For what is no HTTP at all, or not in time, where there is no request to answer. */
function rawRefusal(id: string, problem: string): string {
  const [status, message] = RAW_REFUSALS[problem] ?? ['400 Bad Request', 'This is not a valid HTTP/1.1 request.']
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
