import type { RequestFacts } from '../certification/index.ts'
import type { Queryable } from '../platform/index.ts'
import type { Caller } from '../signing/index.ts'

/** What is remembered of a request: no body, no signature, no personal data. */
export interface RequestRecord {
  readonly requestId: string
  readonly at: number
  readonly caller: Pick<Caller, 'environment' | 'accountId' | 'credentialId'>
  readonly method: string
  readonly route: string
  readonly status: number
  readonly reason?: string
  readonly orderId?: string
  readonly warnings?: readonly string[]
  readonly durationUs: number
  /** What certification reads. */
  readonly facts?: RequestFacts
}

export async function insertRequests(db: Queryable, records: readonly RequestRecord[]): Promise<void> {
  const rows = records.map(({ requestId, at, caller, method, route, status, reason, orderId, warnings, durationUs, facts }) => ({
    account_id: caller.accountId,
    request_id: requestId,
    at,
    credential_id: caller.credentialId,
    method,
    route,
    status,
    reason,
    order_id: orderId,
    warnings: warnings && JSON.stringify(warnings),
    duration_us: durationUs,
    facts: facts && JSON.stringify(facts),
  }))
  await db.query(
    'app-insert-requests',
    `insert into request_log (account_id, request_id, at, credential_id, method, route, status, reason, order_id, warnings, duration_us, facts)
     select account_id, request_id, instant(at), credential_id, method, route, status, reason, order_id, warnings, duration_us, facts
     from jsonb_to_recordset($1::jsonb) as r (account_id text, request_id text, at bigint, credential_id uuid, method text, route text, status smallint,
       reason text, order_id text, warnings text, duration_us integer, facts text)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  )
}
