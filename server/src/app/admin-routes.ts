import { type Outcome, parseJson, refuse } from '@regulars/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isAdminToken, readClock, setClock } from '../accounts/index.ts'
import type { AppContext, Branch } from './context.ts'
import { readEvents } from './events-route.ts'
import { sendJson, sendRefusal } from './partner.ts'
import { simulateBasket } from './simulate-route.ts'

/** What an operator's tools may ask, with the environment's administration token. */
export function adminRoutes(app: FastifyInstance, context: AppContext): void {
  app.post('/admin/v1/simulate', async (request, reply) => {
    const branch = await branchOfToken(context, request)
    if (!branch.ok) return sendRefusal(reply, request, branch.refusal)
    const now = (await readClock(branch.value.db)) ?? context.now()
    const answer = await simulateBasket(branch.value, bodyOf(request), now)
    return answer.ok ? sendJson(reply, 200, answer.value) : sendRefusal(reply, request, answer.refusal)
  })

  app.get('/admin/v1/events', async (request, reply) => {
    const branch = await branchOfToken(context, request)
    if (!branch.ok) return sendRefusal(reply, request, branch.refusal)
    const answer = await readEvents(branch.value, new URL(request.url, 'http://server').searchParams)
    return answer.ok ? sendJson(reply, 200, answer.value) : sendRefusal(reply, request, answer.refusal)
  })

  const { test } = context.branches
  // Live time is real time: the clock does not exist there.
  if (!test) return

  app.get('/admin/v1/clock', async (request, reply) => {
    const refused = await refuseStranger(test, request)
    return refused ? sendRefusal(reply, request, refused) : sendJson(reply, 200, await viewClock(context, test))
  })

  app.post('/admin/v1/clock', async (request, reply) => {
    const refused = await refuseStranger(test, request)
    if (refused) return sendRefusal(reply, request, refused)
    const instant = readInstant(bodyOf(request))
    if (!instant.ok) return sendRefusal(reply, request, instant.refusal)
    await setClock(test.db, instant.value)
    return sendJson(reply, 200, await viewClock(context, test))
  })
}

async function viewClock(context: AppContext, { db }: Branch): Promise<{ now: string; frozen: boolean }> {
  const frozen = await readClock(db)
  return { now: new Date(frozen ?? context.now()).toISOString(), frozen: frozen !== null }
}

async function refuseStranger({ db }: Branch, request: FastifyRequest) {
  const [, token] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  return token !== undefined && (await isAdminToken(db, token)) ? undefined : refuse('access_token_invalid', {}).refusal
}

/** The environment whose administration token the request carries. */
export async function branchOfToken(context: AppContext, request: FastifyRequest): Promise<Outcome<Branch>> {
  for (const branch of Object.values(context.branches)) {
    if (!(await refuseStranger(branch, request))) return { ok: true, value: branch }
  }
  return refuse('access_token_invalid', {})
}

export const bodyOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array())

/** `{ "now": "2026-03-01T12:00:00Z" }` freezes or moves, `{ "now": null }` lets the machine's time count again. */
function readInstant(body: Uint8Array): Outcome<number | null> {
  const json = parseJson(body)
  if (!json.ok) return json
  const expected = 'an instant such as 2026-03-01T12:00:00Z, or null to let time run'
  const given = typeof json.value === 'object' && json.value !== null && 'now' in json.value ? json.value.now : undefined
  if (given === undefined) return refuse('field_missing', { path: 'now', expected })
  if (given === null) return { ok: true, value: null }
  const instant =
    typeof given === 'string' && /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(instant)
    ? refuse('field_invalid', { path: 'now', expected, got: JSON.stringify(given) })
    : { ok: true, value: instant }
}
