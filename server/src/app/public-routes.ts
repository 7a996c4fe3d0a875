import type { FastifyInstance } from 'fastify'
import { environmentOf, readClock } from '../accounts/index.ts'
import { openVerification, VERIFICATION_PAGE_HEADERS, verificationPage } from '../members/index.ts'
import { DatabaseUnavailable, ENVIRONMENTS, pendingMigrations } from '../platform/index.ts'
import { grantOnJoin } from '../rewards/index.ts'
import { type AppContext, branchOf } from './context.ts'
import { mailboxPage } from './mailbox-page.ts'
import { sendJson } from './partner.ts'

/** What anybody may ask: is it alive, can it serve, and the link in a mail. */
export function publicRoutes(app: FastifyInstance, context: AppContext): void {
  app.get('/healthz', async (_request, reply) => sendJson(reply, 200, { status: 'alive' }))

  app.get('/readyz', async (_request, reply) => {
    const problems = await problemsOf(context)
    if (problems.length > 0) reply.header('retry-after', 2)
    return problems.length === 0
      ? sendJson(reply, 200, { status: 'ready' })
      : sendJson(reply, 503, { status: 'not ready', problems })
  })

  app.get<{ Querystring: { token?: string } }>('/verify-email', async (request, reply) => {
    const token = [request.query.token].flat()[0] ?? ''
    const branch = branchOf(context, environmentOf(token) ?? 'test')
    const now = (await readClock(branch.db)) ?? context.now()
    const { random, vault } = context
    const verification = await openVerification({
      db: branch.db,
      vault,
      token,
      now,
      random,
      grantOnJoin: async (tx, joined) => {
        const { program } = await branch.shelf.current(tx, joined.accountId)
        await grantOnJoin(tx, { ...joined, program, random })
      },
    })
    const { status, html } = verificationPage(verification)
    return reply.code(status).headers(VERIFICATION_PAGE_HEADERS).send(html)
  })

  const { mailbox } = context
  if (mailbox) {
    app.get('/dev/mailbox', async (request, reply) => {
      if (!request.headers.accept?.includes('text/html')) return sendJson(reply, 200, mailbox())
      return reply.headers(VERIFICATION_PAGE_HEADERS).send(mailboxPage(mailbox()))
    })
  }
}

/** Why this server should get no requests now; nothing when it should. */
export async function problemsOf({ branches, serving }: Pick<AppContext, 'branches' | 'serving'>): Promise<string[]> {
  if (serving() === 'draining' || serving() === 'closed') return ['shutting down']
  const problems: string[] = []
  for (const environment of ENVIRONMENTS) {
    const branch = branches[environment]
    if (!branch) continue
    try {
      const pending = await pendingMigrations(branch.db)
      problems.push(...pending.map((name) => `${environment}: migration ${name} is pending: run regulars migrate`))
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
      problems.push(`${environment}: the database cannot be reached`)
    }
  }
  if (problems.length === 0 && serving() === 'starting') problems.push('starting')
  return problems
}
