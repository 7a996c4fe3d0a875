import type { RequestFacts } from '../certification/index.ts'
import { type Queryable, textArray } from '../platform/index.ts'
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

/** Column by column: as JSON records, PostgreSQL spent three quarters of the time on reading them. */
export async function insertRequests(db: Queryable, records: readonly RequestRecord[]): Promise<void> {
  const texts = (read: (record: RequestRecord) => string | undefined) => textArray(records.map(read))
  await db.query(
    'app-insert-requests',
    `insert into request_log (account_id, request_id, at, credential_id, method, route, status, reason, order_id, warnings, duration_us, facts)
     select account_id, request_id, instant(at), credential_id, method, route, status, reason, order_id, warnings, duration_us, facts
     from unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[], $10::text[],
       $11::integer[], $12::text[])
       as r (account_id, request_id, at, credential_id, method, route, status, reason, order_id, warnings, duration_us, facts)
     on conflict do nothing`,
    [
      texts(({ caller }) => caller.accountId),
      texts(({ requestId }) => requestId),
      records.map(({ at }) => at),
      records.map(({ caller }) => caller.credentialId),
      texts(({ method }) => method),
      texts(({ route }) => route),
      records.map(({ status }) => status),
      texts(({ reason }) => reason),
      texts(({ orderId }) => orderId),
      texts(({ warnings }) => warnings && JSON.stringify(warnings)),
      records.map(({ durationUs }) => durationUs),
      texts(({ facts }) => facts && JSON.stringify(facts)),
    ],
  )
}
