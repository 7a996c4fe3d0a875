import { type Outcome, refuse } from '@regulars/contract'
import { findCurrentVersion } from '../programs/index.ts'
import { listEvents } from '../rewards/index.ts'
import type { Branch } from './context.ts'

const LIMIT_MAX = 1_000
const LIMIT = 100

/** `GET /admin/v1/events?account=&after=&limit=`: the events of an account in order; `next` is what to pass as `after` to go on. */
export async function readEvents(
  { db }: Branch,
  query: URLSearchParams,
): Promise<Outcome<{ events: Awaited<ReturnType<typeof listEvents>>; next: number }>> {
  const account = query.get('account')
  if (account === null) return refuse('field_missing', { path: 'account', expected: "the account's id" })
  const after = readCount(query, 'after', 0, Number.MAX_SAFE_INTEGER)
  if (!after.ok) return after
  const limit = readCount(query, 'limit', LIMIT, LIMIT_MAX)
  if (!limit.ok) return limit
  if ((await findCurrentVersion(db, account)) === undefined)
    return refuse('field_invalid', { path: 'account', expected: 'an account of this environment', got: JSON.stringify(account) })
  const events = await listEvents(db, { accountId: account, after: after.value, limit: limit.value })
  return { ok: true, value: { events, next: events.at(-1)?.number ?? after.value } }
}

function readCount(query: URLSearchParams, path: string, absent: number, most: number): Outcome<number> {
  const text = query.get(path)
  if (text === null) return { ok: true, value: absent }
  const value = Number(text)
  return /^\d{1,16}$/.test(text) && value <= most
    ? { ok: true, value }
    : refuse('field_invalid', { path, expected: `a whole number up to ${most}`, got: JSON.stringify(text) })
}
