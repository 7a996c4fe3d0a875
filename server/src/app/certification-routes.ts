import {
  type Outcome,
  type PastedRequest,
  parseJson,
  type Refusal,
  readMessageSignature,
  readPastedRequest,
  refuse,
} from '@regulars/contract'
import type { FastifyInstance } from 'fastify'
import { findCredential } from '../accounts/index.ts'
import { readCertification, SINCE_DAYS } from '../certification/index.ts'
import { debugCredentialSignature, type SuspectCall } from '../signing/index.ts'
import { bodyOf, branchOfToken } from './admin-routes.ts'
import type { AppContext } from './context.ts'
import { originsOf, sendJson, sendRefusal } from './partner.ts'

const DAY_MS = 86_400_000

/** How far a partner's integration has come, and what is wrong with a signature; with the environment's administration token. */
export function certificationRoutes(app: FastifyInstance, context: AppContext): void {
  app.get<{ Params: { credential: string } }>('/admin/v1/certification/:credential', async (request, reply) => {
    const branch = await branchOfToken(context, request)
    if (!branch.ok) return sendRefusal(reply, request, branch.refusal)
    await context.signatureClinic.idle()
    await context.requestLog.flush()
    const { db, shelf } = branch.value
    const since = context.now() - SINCE_DAYS * DAY_MS
    const apiKey = request.params.credential
    const status = apiKey.includes('\0') ? undefined : await readCertification(db, { apiKey, since, shelf })
    return status ? sendJson(reply, 200, status) : sendRefusal(reply, request, unknownCredential('credential', apiKey).refusal)
  })

  app.post('/admin/v1/signature-debug', async (request, reply) => {
    const branch = await branchOfToken(context, request)
    if (!branch.ok) return sendRefusal(reply, request, branch.refusal)
    const read = readSuspect(context, bodyOf(request))
    if (!read.ok) return sendRefusal(reply, request, read.refusal as Refusal)
    const { key, call } = read.value
    const credential = key.includes('\0') ? undefined : await findCredential(branch.value.db, key)
    if (!credential) return sendRefusal(reply, request, unknownCredential('key', key).refusal)
    const diagnosis = await debugCredentialSignature(branch.value.db, context.vault, { credential, call, now: context.now() })
    if (diagnosis.verdict === 'unreadable') return sendRefusal(reply, request, unreadable(diagnosis.problem).refusal)
    const { secretName, toSign, ...rest } = diagnosis
    return sendJson(reply, 200, { ...rest, ...(secretName !== undefined && { secret: secretName }), to_sign: toSign })
  })
}

const unknownCredential = (path: string, got: string) =>
  refuse('field_invalid', { path, expected: 'the API key of a credential of this environment', got: JSON.stringify(got) })

const unreadable = (problem: unknown) =>
  refuse('field_invalid', { path: 'request', expected: 'a message signature that can be read', got: String(problem) })

interface Suspected {
  readonly key: string
  readonly call: SuspectCall
}

interface PastedMessage {
  readonly message: NonNullable<PastedRequest['message']>
  readonly key: string | undefined
  readonly uri: string | undefined
  readonly method: string | undefined
  readonly body: string | Uint8Array | undefined
  readonly origins: ReturnType<typeof originsOf> | undefined
}

/** `{ "request": "curl … or raw HTTP" }`, or its parts: `key`, `signature`, `target`, `body` or `body_base64`, `method`, `host`. Parts win. */
function readSuspect(context: AppContext, bytes: Uint8Array): Outcome<Suspected> {
  const json = parseJson(bytes)
  if (!json.ok) return json
  const given = Object(json.value) as Partial<Record<string, unknown>>
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined)
  const pasted = readPastedRequest(text('request') ?? '')
  const key = text('key') ?? pasted.apiKey
  const signature = text('signature') ?? pasted.signature
  const uri = text('target') ?? pasted.uri
  const method = text('method') ?? pasted.method
  const host = text('host') ?? pasted.host
  const encoded = text('body_base64')
  const body = encoded === undefined ? (text('body') ?? pasted.body) : Buffer.from(encoded, 'base64')
  if (pasted.message && text('signature') === undefined) {
    const origins = host === undefined && !context.origins() ? undefined : originsOf(context, host ?? '')
    return readSuspectMessage({ message: pasted.message, key: text('key'), uri, method, body, origins })
  }
  if (key === undefined) return refuse('field_missing', { path: 'key', expected: 'the API key, here or in `request`' })
  if (signature === undefined)
    return refuse('field_missing', { path: 'signature', expected: 'the signature that was refused, here or in `request`' })
  if (uri === undefined || !uri.startsWith('/'))
    return refuse('field_missing', {
      path: 'target',
      expected: 'path and query as sent, from the slash on, here or in `request`',
    })
  return {
    ok: true,
    value: {
      key,
      call: {
        signature,
        uri,
        ...(body !== undefined && { body }),
        ...(method !== undefined && { method }),
        ...(host !== undefined && { host }),
      },
    },
  }
}

/** As the server does, a request that has both kinds of headers is judged by these. */
function readSuspectMessage({ message, uri, method = 'POST', origins, body, ...given }: PastedMessage): Outcome<Suspected> {
  const read = readMessageSignature({ ...message, hasBody: body !== undefined && body.length > 0 })
  if (!read.ok) return unreadable(read.refusal.facts.problem)
  if (uri === undefined || !origins)
    return refuse('field_missing', {
      path: 'host',
      expected: 'the host that was called, here or in `request`: it is signed as well',
    })
  const call = { ...message, method, origins, uri, ...(body !== undefined && { body }) }
  return { ok: true, value: { key: given.key ?? read.value.keyId, call } }
}
