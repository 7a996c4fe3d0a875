import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { ErrorBody } from '../api.ts'
import type { Desk } from './desk.ts'
import { toRefused } from './loyalty.ts'
import { orderRoutes } from './order-routes.ts'
import type { Pairing } from './pairing.ts'
import { Refused } from './refused.ts'
import { shopRoutes } from './shop-routes.ts'
import { tillRoutes } from './till-routes.ts'

/** What a cart of 200 lines needs, five times over. */
const BODY_MAX = 512 * 1024
/** Pages of the one web app: all of them are the same document. */
const PAGES = ['/', '/register', '/display', '/device', '/kiosk', '/shop', '/shop/orders/:id']

/** The partner server: its screens, and what they ask. */
export function createApp(desk: Desk, pairing: Pairing, screens: string): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_MAX,
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
  app.addHook('onRequest', async (request) => guardOrigin(request))
  app.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'same-origin').header('x-frame-options', 'DENY')
  })
  app.setErrorHandler((fault, _, reply) => answerFault(desk, fault, reply))
  app.setNotFoundHandler((_, reply) =>
    reply.code(404).send({ error: 'not_found', message: 'There is nothing here.', reason: null } satisfies ErrorBody),
  )

  app.get('/api/menu', async () => desk.menu)
  app.get('/api/status', async () => desk.reach.status())
  tillRoutes(app, desk, pairing)
  orderRoutes(app, desk, pairing)
  shopRoutes(app, desk, pairing)
  serveScreens(app, screens)
  return app
}

function serveScreens(app: FastifyInstance, screens: string): void {
  const page = readFileSync(join(screens, 'index.html'), 'utf8')
  const showPage = (_: FastifyRequest, reply: FastifyReply) => {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', contentPolicy(nonce))
      .send(page.replaceAll('__CSP_NONCE__', nonce))
  }
  for (const path of PAGES) app.get(path, showPage)
  // Named by their content: a browser that has one never asks for it again.
  app.register(fastifyStatic, {
    root: join(screens, 'assets'),
    prefix: '/assets/',
    immutable: true,
    maxAge: '365d',
    preCompressed: true,
  })
  for (const name of ['icon.svg', 'app.webmanifest', 'offline.js']) {
    app.get(`/${name}`, (_, reply) => reply.sendFile(name, screens, { immutable: false, maxAge: 0 }))
  }
}

/** Nothing from anywhere else, no script and no style that this server did not write into the page. */
const contentPolicy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    ...["img-src 'self'", "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "worker-src 'self'"],
    ...["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
  ].join('; ')

/** Another site's page may send a form to this address with this browser's cookies; it cannot hide where it comes from. */
function guardOrigin({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD' || headers.origin === undefined) return
  if (URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host) return
  throw new Refused('not_allowed', 'This call comes from another site.')
}

function answerFault(desk: Desk, fault: unknown, reply: FastifyReply): FastifyReply {
  const refused = readFault(desk, fault)
  return reply
    .code(refused.http)
    .send({ error: refused.word, message: refused.message, reason: refused.reason } satisfies ErrorBody)
}

function readFault(desk: Desk, fault: unknown): Refused {
  const status = (fault as { statusCode?: number }).statusCode ?? 500
  if (!(fault instanceof Refused) && fault instanceof Error && status >= 400 && status < 500)
    return new Refused('invalid', fault.message)
  try {
    return toRefused(fault)
  } catch (bug) {
    desk.log(bug instanceof Error ? (bug.stack ?? bug.message) : String(bug))
    return new Refused('internal', 'The shop’s own server has made a mistake. It is in its log.')
  }
}
