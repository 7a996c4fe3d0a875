import fc from 'fast-check'
import { redeeming, sale } from '../cart.ts'
import type { RawRequest } from '../client.ts'

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', '__proto__', 'null', '1e999', '-0'),
)
const json = fc.oneof(fc.jsonValue(), text, fc.constantFrom(null, 0, -1, 1e308, 0.1, true, [], {}))
const segment = fc.oneof(
  fc.constantFrom('guest', '0', '1', '-1', '%', '%zz', '%00', '%2e%2e', '..', '', '9'.repeat(40), '+', ';', 'P_1'),
  text.map(encoded),
)
const headers = fc.dictionary(
  fc.constantFrom(
    'Content-Type',
    'X-Class-Key',
    'X-Class-Signature',
    'Accept',
    'Authorization',
    'X-Request-Id',
    'Cookie',
    'traceparent',
  ),
  fc.oneof(fc.constantFrom('', 'application/json', 'application/json; charset=utf-16', 'Bearer x', '*/*'), text.map(printable)),
  { maxKeys: 2 },
)

/** What the requests are about. */
export interface Known {
  readonly accountId: string
  readonly member: string
  /** Id of a reward of the member's, worth $5. */
  readonly reward: string
}

/** Requests that are wrong in every way that HTTP lets a client send, and some that are right. */
export function anyRequest(known: Known): fc.Arbitrary<RawRequest> {
  // Most requests are signed and carry JSON, or they would not come far.
  const mostly = fc.constantFrom(true, true, true, true, false)
  return fc
    .record({
      method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'GET', 'PUT', 'DELETE', 'PATCH'),
      path: anyPath(known),
      body: anyBody(known),
      headers: fc.option(headers, { nil: undefined, freq: 2 }),
      signed: mostly,
    })
    .map((raw) => (raw.method === 'GET' ? { ...raw, body: '' } : raw))
}

function anyPath({ member }: Known): fc.Arbitrary<string> {
  const paths = [member, 'guest'].flatMap((id) =>
    ['orders', 'orders', 'orders', 'claims'].map((last) => `/loyalty/accounts/${id}/${last}`),
  )
  const queried = fc
    .tuple(fc.constantFrom('store', 'explain', 'stores', 'store[]'), segment)
    .map(([key, value]) => `?${key}=${value}`)
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('/loyalty/accounts', '/loyalty/accounts', ...paths) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(segment, fc.constantFrom('balance', 'rewards', 'orders', 'claims'), fc.option(queried, { nil: '' }))
        .map(([id, last, query]) => `/loyalty/accounts/${id}/${last}${query}`),
    },
    { weight: 2, arbitrary: queried.map((query) => `/loyalty/accounts/${member}/rewards${query}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('/admin/v1/clock', '/healthz', '/readyz', '/docs', '/dev/mailbox', '/', '*', '//', '/..'),
    },
    { weight: 1, arbitrary: fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`) },
  )
}

export function anyBody(known: Known): fc.Arbitrary<string | Buffer> {
  return fc.oneof(
    { weight: 8, arbitrary: spoiltBody(known) },
    { weight: 2, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  )
}

/** A valid body of an order or a member, in which one or a few places hold something else. */
function spoiltBody(known: Known): fc.Arbitrary<string> {
  const change = fc.record({
    steps: fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
    value: fc.option(json, { nil: undefined }),
  })
  const status = fc.constantFrom('checkout', 'placed', 'billed', 'completed', 'voided', 'refunded')
  return fc
    .record({ changes: fc.array(change, { maxLength: 3 }), status, customer: fc.boolean(), id: fc.nat(30) })
    .map(({ changes, status, customer, id }) => {
      const valid = customer ? customerBody() : orderBody(known, status, `garbage-${id}`)
      return JSON.stringify(changes.reduce((body, { steps, value }) => replaced(body, steps, value), valid))
    })
}

function customerBody(): unknown {
  const name = { first: 'Jo', last: 'Doe' }
  const address = { street: '1 Main St', city: 'New York', state: 'NY', zip: '10001', country: 'US' }
  return {
    customer: {
      phone: '4155550123',
      email: 'jo@example.com',
      name,
      dob: '1990-01-31',
      gender: 'f',
      address,
      verify_email: false,
    },
  }
}

function orderBody({ accountId, reward }: Known, status: string, id: string): unknown {
  const order = redeeming(
    sale(20, { id, tax: 1.6, placed: '2026-01-01T12:00:00Z', payments: [{ tender: 'cash', amount: 16.6 }] }),
    reward,
    5,
  )
  return { brand: accountId, ...order, status }
}

/** The value with what lies at the end of the steps put in its place, or taken away; each step picks among the keys there are. */
function replaced(value: unknown, steps: readonly number[], put: unknown): unknown {
  const [step, ...rest] = steps
  if (step === undefined || typeof value !== 'object' || value === null) return put
  const entries = Object.entries(value)
  const at = step % Math.max(1, entries.length)
  const changed = entries.map(([key, inner], index) => [key, index === at ? replaced(inner, rest, put) : inner] as const)
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed)
}

/** Percent-encoded where that is possible, and otherwise (a lone surrogate) as bytes that are no UTF-8. */
function encoded(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    return '%ED%A0%80'
  }
}

/** What Node's client is willing to send in a header. */
function printable(value: string): string {
  return value.replace(/[^ -~]/g, '?')
}
