import { type CheckGroup, type CheckName, checkOf } from '@regulars/contract'
import { findCredential } from '../accounts/index.ts'
import type { Queryable } from '../platform/index.ts'
import { createProgramShelf, type ProgramShelf } from '../programs/index.ts'
import { problemsIn } from './problems.ts'
import { findTraffic } from './store.ts'
import { tickOff } from './watch.ts'

/** How far a partner has come, as its traffic shows (`GET /admin/v1/certification/{credential}`). */
export interface CertificationStatus {
  readonly credential: string
  readonly account: string
  readonly name: string
  /** Everything that applies was seen, and nothing was wrong. */
  readonly complete: boolean
  /** How many requests were looked at, and from when on. */
  readonly calls: number
  readonly since: string
  readonly checks: readonly {
    readonly name: CheckName
    readonly group: CheckGroup
    readonly title: string
    readonly asks: string
    readonly state: 'seen' | 'missing' | 'not_applicable'
    readonly request_id?: string
    readonly order_id?: string
    readonly at?: string
  }[]
  readonly problems: readonly {
    readonly kind: string
    readonly name: string
    readonly sentence: string
    readonly count: number
    readonly request_id: string
    readonly order_id?: string
    readonly at: string
  }[]
}

/** An integration takes weeks, and what was put right long ago should not be held against it. */
export const SINCE_DAYS = 30
/** The newest so many requests are looked at: about 30 MB, read in a second. */
const REQUESTS_MAX = 50_000

/** Undefined for an unknown credential. Reads the request log, so it costs the partner's calls nothing. */
export async function readCertification(
  db: Queryable,
  { apiKey, since, shelf = createProgramShelf() }: { apiKey: string; since: number; shelf?: ProgramShelf },
): Promise<CertificationStatus | undefined> {
  const credential = await findCredential(db, apiKey)
  if (!credential) return undefined
  const { accountId, credentialId, name } = credential
  const { program } = await shelf.current(db, accountId)
  const traffic = await findTraffic(db, accountId, { credentialId, since, limit: REQUESTS_MAX })
  const ticks = tickOff(program, traffic)
  const problems = problemsIn(traffic)
  return {
    credential: apiKey,
    account: accountId,
    name,
    complete: problems.length === 0 && ticks.every(({ state }) => state !== 'missing'),
    calls: traffic.length,
    since: new Date(since).toISOString(),
    checks: ticks.map(({ name, state, by }) => {
      const { group, title, partner = '' } = checkOf(name)
      const seen = by && {
        request_id: by.requestId,
        ...(by.orderId !== undefined && { order_id: by.orderId }),
        at: new Date(by.at).toISOString(),
      }
      return { name, group, title, asks: partner, state, ...seen }
    }),
    problems: problems.map(({ kind, name, sentence, count, requestId, orderId, at }) => ({
      kind,
      name,
      sentence,
      count,
      request_id: requestId,
      ...(orderId !== undefined && { order_id: orderId }),
      at: new Date(at).toISOString(),
    })),
  }
}
