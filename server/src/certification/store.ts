import type { Queryable } from '../platform/index.ts'
import type { RequestFacts } from './facts.ts'

/** One request of a partner, as the log has it. */
export interface Seen {
  readonly requestId: string
  readonly at: number
  readonly method: string
  readonly route: string
  readonly status: number
  readonly reason?: string
  readonly orderId?: string
  readonly warnings: readonly string[]
  readonly facts: RequestFacts
}

interface Row {
  request_id: string
  at: string
  method: string
  route: string
  status: number
  reason: string | null
  order_id: string | null
  warnings: string | null
  facts: string | null
}

/** A credential's newest requests since an instant, oldest first. */
export async function findTraffic(
  db: Queryable,
  accountId: string,
  { credentialId, since, limit }: { credentialId: string; since: number; limit: number },
): Promise<Seen[]> {
  const rows = await db.query<Row>(
    'certification-find-traffic',
    `select request_id, ms(at) as at, method, route, status, reason, order_id, warnings, facts from request_log
     where account_id = $1 and credential_id = $2 and at >= instant($3) order by at desc, request_id desc limit $4`,
    [accountId, credentialId, since, limit],
  )
  return rows.reverse().map((row) => ({
    requestId: row.request_id,
    at: Number(row.at),
    method: row.method,
    route: row.route,
    status: row.status,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.order_id !== null && { orderId: row.order_id }),
    warnings: row.warnings === null ? [] : (JSON.parse(row.warnings) as string[]),
    facts: row.facts === null ? {} : (JSON.parse(row.facts) as RequestFacts),
  }))
}
