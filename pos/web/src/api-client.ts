import type { ErrorBody, ErrorWord, Menu, PairView } from '../../src/api.ts'

/** What the partner server answered instead of what was asked for; `word` is for machines. */
export class ApiError extends Error {
  readonly word: ErrorWord | 'no_partner_server'
  readonly reason: string | null

  constructor(word: ErrorWord | 'no_partner_server', message: string, reason: string | null = null) {
    super(message)
    this.name = 'ApiError'
    this.word = word
    this.reason = reason
  }
}

type Method = 'GET' | 'POST' | 'PUT'

/**
 * One call of the partner server.
 * @throws ApiError for every answer that is not what was asked for, and when there is none
 */
export async function call<Answer>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const init: RequestInit = { method, credentials: 'same-origin', ...(signal && { signal }) }
  if (body !== undefined) Object.assign(init, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  let response: Response
  try {
    response = await fetch(path, init)
  } catch (fault) {
    if (signal?.aborted) throw fault
    throw new ApiError('no_partner_server', 'The shop’s own server does not answer. Check the network of this device.')
  }
  if (response.ok) return (await response.json()) as Answer
  const failed = (await response.json().catch(() => null)) as ErrorBody | null
  if (failed?.error) throw new ApiError(failed.error, failed.message, failed.reason)
  throw new ApiError('internal', `The shop’s own server answered ${response.status}.`)
}

export const getMenu = () => call<Menu>('GET', '/api/menu')
export const pair = (code: string) => call<PairView>('POST', '/api/pair', { code })
