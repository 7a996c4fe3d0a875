import { type Outcome, parseJson, type Refusal, readPastedRequest, refuse } from '@regulars/contract'
import type { FastifyInstance } from 'fastify'
import { findCredential } from '../accounts/index.ts'
import { readCertification, SINCE_DAYS } from '../certification/index.ts'
import { debugCredentialSignature, type SuspectCall } from '../signing/index.ts'
import { bodyOf, branchOfToken } from './admin-routes.ts'
import type { AppContext } from './context.ts'
import { sendJson, sendRefusal } from './partner.ts'

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
    const read = readSuspect(bodyOf(request))
    if (!read.ok) return sendRefusal(reply, request, read.refusal as Refusal)
    const { key, call } = read.value
    const credential = await findCredential(branch.value.db, key)
    if (!credential) return sendRefusal(reply, request, unknownCredential('key', key).refusal)
    const diagnosis = await debugCredentialSignature(branch.value.db, context.vault, { credential, call, now: context.now() })
    const { secretName, toSign, ...rest } = diagnosis
    return sendJson(reply, 200, { ...rest, ...(secretName !== undefined && { secret: secretName }), to_sign: toSign })
  })
}

const unknownCredential = (path: string, got: string) =>
  refuse('field_invalid', { path, expected: 'the API key of a credential of this environment', got: JSON.stringify(got) })

/** `{ "request": "curl … or raw HTTP" }`, or its parts: `key`, `signature`, `target`, `body` or `body_base64`, `method`, `host`. Parts win. */
function readSuspect(bytes: Uint8Array): Outcome<{ key: string; call: SuspectCall }> {
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
  if (key === undefined || key.includes('\0'))
    return refuse('field_missing', { path: 'key', expected: 'the API key, here or in `request`' })
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
