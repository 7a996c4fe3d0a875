import {
  errorBody,
  httpStatus,
  type Outcome,
  parseJson,
  type Refusal,
  readMessageSignature,
  readOrderStatus,
  refuse,
  retryAfterS,
} from '@regulars/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Span, traceFields, traceRequest } from '../platform/index.ts'
import type { Caller } from '../signing/index.ts'
import { type AppContext, type Branch, branchOf } from './context.ts'
import type { PartnerAnswer } from './partner-answer.ts'
import { factsOf } from './request-facts.ts'
import type { Suspect } from './signature-clinic.ts'
import type { RequestRecord } from './store.ts'

/** A signed call, after everything that is the same for all of them: who sent it, how much they may send, and what the body says. */
export interface PartnerCall {
  readonly caller: Caller
  readonly branch: Branch
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The parsed body; undefined for an operation that has none. */
  readonly json: unknown
  /** Its bytes, as they were signed. */
  readonly body: Uint8Array
}

/** One operation of the partner API. `hasBody`: it takes a JSON object; without one it signs its target only. */
export interface PartnerOperation {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly hasBody: boolean
  /** It compares the credential's version with the row it loads anyway, so that authenticating costs no round trip. */
  readonly checksVersion: boolean
  handle(call: PartnerCall): Promise<PartnerAnswer>
}

const NOTHING = new Uint8Array()

/** Puts an operation on the server: signature first, over the bytes as received; then the rate; then the body; then the operation itself. */
export function servePartner(app: FastifyInstance, context: AppContext, operation: PartnerOperation): void {
  app.route({
    method: operation.method,
    url: operation.url,
    // Before the body is read; a body that comes slowly occupies no place in the work.
    onRequest: (request, reply, next) => {
      if (context.gate.isFull()) sendRefusal(reply, request, OVERLOADED)
      else next()
    },
    handler: (request, reply) =>
      traceRequest({ method: operation.method, route: operation.url, headers: request.headers }, async (span) => {
        // What a promise brings must not be the reply, which is awaited until it has left, by each that awaits the promise.
        if (!(await context.gate.enter())) return void sendRefusal(reply, request, OVERLOADED)
        try {
          await respond(request, reply, span)
        } finally {
          context.gate.leave()
          span.setAttributes({ 'http.response.status_code': reply.statusCode, 'regulars.request_id': request.id })
        }
      }),
  })

  async function respond(request: FastifyRequest, reply: FastifyReply, span: Span): Promise<void> {
    const start = process.hrtime.bigint()
    const body = request.body instanceof Uint8Array ? request.body : NOTHING
    const authenticated = await authenticate(context, request, body, operation.checksVersion)
    if (!authenticated.ok) {
      const suspect = authenticated.refusal.error === 'signature_incorrect' && suspectOf(context, request, body)
      if (suspect) context.signatureClinic.admit(suspect, operation)
      return void sendRefusal(reply, request, authenticated.refusal)
    }
    let caller = authenticated.value
    let json: unknown
    let answer = await answerTo(caller)
    if (answer.kind === 'again') {
      context.authenticator.forget(caller.apiKey)
      const again = await authenticate(context, request, body, false, true)
      if (!again.ok) return void sendRefusal(reply, request, again.refusal)
      caller = again.value
      answer = await answerTo(caller)
    }
    if (answer.kind === 'again') answer = { kind: 'refusal', refusal: refuse('key_invalid', {}).refusal }
    const status = answer.kind === 'answer' ? answer.status : httpStatus(answer.refusal)
    const record = {
      requestId: request.id,
      at: context.now(),
      caller,
      method: operation.method,
      route: operation.url,
      status,
      reason: answer.kind === 'refusal' ? answer.refusal.error : undefined,
      orderId: answer.orderId,
      warnings: answer.kind === 'answer' ? answer.warnings : undefined,
      ...(caller.environment === 'test' && { facts: factsOf(paramsOf(request).id, json, answer) }),
      durationUs: Number((process.hrtime.bigint() - start) / 1000n),
    }
    context.requestLog.add(record)
    span.setAttributes({
      'regulars.account_id': caller.accountId,
      'regulars.order_id': record.orderId,
      'regulars.reason': record.reason,
    })
    logCall(context, record, span)
    if (answer.kind === 'refusal') sendRefusal(reply, request, answer.refusal, json)
    else sendJson(reply, answer.status, answer.body)

    async function answerTo(caller: Caller): Promise<PartnerAnswer> {
      const allowed = context.rateLimiter.take(caller)
      if (!allowed.ok) return { kind: 'refusal', refusal: allowed.refusal }
      const read = operation.hasBody ? readBody(request, body) : { ok: true as const, value: undefined }
      if (!read.ok) return { kind: 'refusal', refusal: read.refusal }
      json = read.value
      const query = new URLSearchParams(queryOf(request.raw.url ?? ''))
      return operation.handle({
        caller,
        branch: branchOf(context, caller.environment),
        params: paramsOf(request),
        query,
        json,
        body,
      })
    }
  }
}

const OVERLOADED = refuse('overloaded', { retryAfterS: 1 }).refusal

/** One line for each call whose sender is known, by which an order is found: no body, and nobody's name or number. */
function logCall({ log }: AppContext, { caller, warnings: _, at: __, facts: ___, ...rest }: RequestRecord, span: Span): void {
  if (!log.isLevelEnabled('info')) return
  const { environment, accountId, credentialId } = caller
  log.info({ ...rest, environment, accountId, credentialId, ...traceFields(span) }, 'call')
}

const paramsOf = (request: FastifyRequest) => request.params as Readonly<Record<string, string>>

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value[0] : value
}

function suspectOf(context: AppContext, request: FastifyRequest, body: Uint8Array): Suspect | undefined {
  const about = { requestId: request.id, method: request.method, uri: request.raw.url ?? '', body }
  const message = messageOf(context, request)
  if (message) {
    const read = readMessageSignature({ ...message, hasBody: body.length > 0 })
    return read.ok ? { ...about, ...message, apiKey: read.value.keyId } : undefined
  }
  return {
    ...about,
    apiKey: headerOf(request, 'x-class-key') ?? '',
    signature: headerOf(request, 'x-class-signature') ?? '',
    host: headerOf(request, 'host') ?? '',
  }
}

function authenticate(
  context: AppContext,
  request: FastifyRequest,
  body: Uint8Array,
  versionIsChecked: boolean,
  nonceIsClaimed = false,
): Promise<Outcome<Caller>> {
  const message = messageOf(context, request)
  return context.authenticator.authenticate(
    {
      apiKey: headerOf(request, 'x-class-key'),
      signature: headerOf(request, 'x-class-signature'),
      uri: request.raw.url ?? '',
      body,
      ...(message && { message }),
    },
    { versionIsChecked, nonceIsClaimed },
  )
}

/** The headers of the second way to sign, where a request has them. */
function messageOf(context: AppContext, request: FastifyRequest) {
  const signatureInput = headerOf(request, 'signature-input')
  if (signatureInput === undefined) return undefined
  return {
    method: request.method,
    signatureInput,
    signature: headerOf(request, 'signature'),
    contentDigest: headerOf(request, 'content-digest'),
    origins: originsOf(context, request.headers.host ?? ''),
  }
}

/** The addresses that a client may have signed. Where no public one is set, the one that it named: it is part of what it signed. */
export function originsOf(context: AppContext, host: string): readonly [string, ...string[]] {
  const [origin = `http://${host.toLowerCase().replace(/:80$/, '')}`, ...others] = context.origins() ?? []
  return [origin, ...others]
}

function readBody(request: FastifyRequest, body: Uint8Array): Outcome<unknown> {
  const type = request.headers['content-type'] ?? ''
  if (body.length === 0) return refuse('body_missing', {})
  if (!/^application\/json\s*(;|$)/i.test(type.trim())) return refuse('unsupported_media_type', { got: type })
  return parseJson(body)
}

const queryOf = (target: string): string => (target.includes('?') ? target.slice(target.indexOf('?') + 1) : '')

export function sendJson(reply: FastifyReply, status: number, body: object | string): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(typeof body === 'string' ? body : JSON.stringify(body))
}

const reasons = new WeakMap<FastifyRequest, string>()

/** Why a request was refused, if it was. */
export const reasonOf = (request: FastifyRequest): string | undefined => reasons.get(request)

/** The one way a refusal leaves the server. `json`: the order call's body, whose status the error names. */
export function sendRefusal(reply: FastifyReply, request: FastifyRequest, refusal: Refusal, json?: unknown): FastifyReply {
  reasons.set(request, refusal.error)
  const retry = retryAfterS(refusal)
  if (retry !== undefined) reply.header('retry-after', retry)
  return sendJson(reply, httpStatus(refusal), errorBody(refusal, { id: request.id, orderStatus: readOrderStatus(json) }))
}
