import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Regulars, RegularsError, type RegularsOptions, VERSION, type Warning } from './index.ts'
import { BURGER, STORE } from './test-cart.ts'
import { type Behaviour, closedPort, startProxy, type TestProxy } from './test-proxy.ts'
import { memberWith, nextPhone, pointsOf, useServer } from './test-server.ts'

const server = useServer()
let proxy: TestProxy
beforeAll(async () => {
  proxy = await startProxy(server().url)
})
afterAll(() => proxy.close())
afterEach(() => proxy.behave('pass'))

const behind = (behaviour: Behaviour, change: Partial<RegularsOptions> = {}): Regulars => {
  proxy.behave(behaviour)
  return server().client({ baseUrl: proxy.url, retries: 0, ...change })
}
const order = (change = {}) => ({
  id: crypto.randomUUID(),
  source: 'instore' as const,
  vendor: STORE,
  basket: { posEntries: [BURGER] },
  ...change,
})
const lookup = (client: Regulars) => client.members.createOrRetrieve({ phone: nextPhone() })
const rewards = (client: Regulars) => client.rewards.list('1', { store: 'Main St' })

/** What a call rejects with. */
async function failureOf(call: Promise<unknown>): Promise<RegularsError> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(RegularsError)
  return failure as RegularsError
}

/** A right-looking secret that is not this key's. */
const OTHER_SECRET = Buffer.from('x'.repeat(48)).toString('base64')

describe('credentials', () => {
  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'a wrong secret',
      () => lookup(server().client({ secret: OTHER_SECRET })),
      'SignatureError secret_wrong',
      /Copy the secret again/,
    ],
    [
      'an unknown key',
      () => lookup(server().client({ apiKey: 'test_nobody' })),
      'AuthenticationError key_invalid',
      /copied whole.*not been disabled/,
    ],
    [
      'another account',
      () => server().client({ accountId: '44444' }).orders.complete({ member: 'guest', order: order() }),
      'PermissionError brand_mismatch',
      /accountId '44444'/,
    ],
  ])('%s is named', async (_, call, kind, words) => {
    const failure = await failureOf(call())
    expect(`${failure.name} ${failure.reason}`).toBe(kind)
    expect(failure.message).toMatch(words)
    expect(failure.requestId).toMatch(/./)
    expect(failure.retryable).toBe(false)
  })

  it.each<[string, Partial<RegularsOptions>, RegExp]>([
    ['the wrong environment', { apiKey: 'live_abc', environment: 'test' }, /belongs to the live environment/],
    ['no address', { baseUrl: undefined as unknown as string, environment: 'test' }, /no hosted service/],
    ['an address that is none', { baseUrl: 'loyalty' }, /must be an address/],
    ['a password in the address', { baseUrl: 'https://a:b@loyalty.example.com' }, /user name or password/],
    ['/loyalty in the address', { baseUrl: 'https://example.com/loyalty' }, /Leave it out/],
    ['a secret that is not base64', { secret: 'not base64!' }, /not base64/],
    ['an empty secret', { secret: '' }, /secret is missing/],
    ['a key with a line break', { apiKey: 'test_1\n' }, /line break/],
    ['a timeout of nothing', { timeoutMs: 0 }, /at least 1/],
  ])('%s is refused before anything is sent', (_, change, words) => {
    expect(() => server().client(change)).toThrow(words)
  })
})

describe('the way to the server', () => {
  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'a name that is unknown',
      () => lookup(server().client({ baseUrl: 'http://nowhere.invalid', retries: 0 })),
      'ConnectionError dns',
      /not known to the DNS/,
    ],
    [
      'a port where nobody listens',
      async () => lookup(server().client({ baseUrl: `http://127.0.0.1:${await closedPort()}`, retries: 0 })),
      'ConnectionError refused',
      /Start the server/,
    ],
    [
      'https to a port of http',
      () => lookup(server().client({ baseUrl: server().url.replace('http:', 'https:'), retries: 0 })),
      'ConnectionError tls',
      /does not speak TLS/,
    ],
    ['a lost connection', () => lookup(behind('refuse')), 'ConnectionError connection_lost', /may be sent again without harm/],
    ['an answer that is lost', () => lookup(behind('lose-answer')), 'ConnectionError connection_lost', /not known/],
    ['something else than HTTP', () => lookup(behind('garbage')), 'UnexpectedAnswerError answer_not_contract', /no HTTP/],
    [
      'a server that says nothing',
      () => lookup(behind('silent', { timeoutMs: 150 })),
      'TimeoutError timeout',
      /within 150 ms.*sent again without harm/,
    ],
    [
      'a server that stops in the middle',
      () => lookup(behind('slow-body', { timeoutMs: 150 })),
      'TimeoutError timeout',
      /within 150 ms/,
    ],
    ['half an answer', () => lookup(behind('truncate')), 'UnexpectedAnswerError answer_truncated', /broke off/],
    [
      'half an answer that claims to be whole',
      () => lookup(behind('truncate-with-length')),
      'UnexpectedAnswerError answer_truncated',
      /broke off/,
    ],
    [
      'a sign-in page',
      () => lookup(behind('sign-in-page')),
      'UnexpectedAnswerError answer_html',
      /"Welcome to the Café".*sign-in page of the network/,
    ],
    [
      'a page of the gateway',
      () => lookup(behind('gateway-page')),
      'ServerError answer_html',
      /502 Bad Gateway.*does not answer/,
    ],
    [
      'a redirect',
      () => lookup(behind('redirect')),
      'UnexpectedAnswerError redirected',
      /perhaps https:\/\/loyalty\.example\.com/,
    ],
    ['another API', () => lookup(behind('other-json')), 'UnexpectedAnswerError answer_not_contract', /without `status`/],
    ["another API's error", () => lookup(behind('other-error')), 'UnexpectedAnswerError answer_not_contract', /without `code`/],
    ['an empty answer', () => lookup(behind('empty')), 'UnexpectedAnswerError answer_not_json', /not JSON/],
    [
      'a proxy that takes the path away',
      () => lookup(behind('strip-prefix', { baseUrl: `${proxy.url}/api` })),
      'SignatureError prefix_stripped',
      /takes '\/api' off.*pathAtServer/,
    ],
    [
      'a proxy that rewrites the path',
      () => lookup(behind('rewrite-path')),
      'NotFoundError no_such_route',
      /path in baseUrl.*proxy/,
    ],
    [
      'a proxy that adds to every path',
      () => lookup(behind('add-query')),
      'SignatureError secret_wrong',
      /proxy changes the path/,
    ],
    [
      'a proxy that re-encodes the query',
      () => rewards(behind('re-encode-query')),
      'SignatureError query_rewritten',
      /re-encodes the query/,
    ],
    [
      'a proxy that writes JSON anew',
      () => lookup(behind('re-serialise-body')),
      'SignatureError body_rewritten',
      /writes the JSON anew/,
    ],
    [
      'a proxy that drops the signature',
      () => lookup(behind('strip-signature')),
      'SignatureError signature_missing',
      /takes it away/,
    ],
    ['too many requests', () => lookup(behind('too-many')), 'RateLimitError rate_limited', /Too many/],
  ])('%s is named', async (_, call, kind, words) => {
    const failure = await failureOf(call())
    expect(`${failure.name} ${failure.reason}`, failure.message).toBe(kind)
    expect(failure.message).toMatch(words)
  })

  it('is signed as the server sees it, where pathAtServer says so', async () => {
    expect(await lookup(behind('strip-prefix', { baseUrl: `${proxy.url}/api`, pathAtServer: '' }))).toMatchObject({
      kind: 'member',
    })
  })

  it('names a certificate that nobody here trusts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'regulars-tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = [
      '-subj',
      '/CN=localhost',
      '-days',
      '1',
      '-nodes',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
    ]
    await promisify(execFile)('openssl', ['req', '-x509', '-keyout', key, '-out', cert, ...subject])
    const tls = createHttps({ key: await readFile(key), cert: await readFile(cert) }, (_, answer) => answer.end())
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    try {
      const failure = await failureOf(
        lookup(server().client({ baseUrl: `https://localhost:${(tls.address() as AddressInfo).port}`, retries: 0 })),
      )
      expect([failure.reason, failure.retryable]).toEqual(['tls', false])
      expect(failure.message).toMatch(/not trusted here.*NODE_EXTRA_CA_CERTS/)
    } finally {
      tls.close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  it.each<[string, string, string, string]>([
    ['Node, a certificate of tomorrow', 'CERT_NOT_YET_VALID', 'certificate is not yet valid', 'tls_clock'],
    ['Node, a certificate of last year', 'CERT_HAS_EXPIRED', 'certificate has expired', 'tls_clock'],
    ['Node, a host that is called ssl', 'ENOTFOUND', 'getaddrinfo ENOTFOUND ssl.example.com', 'dns'],
    ['Node, no route', 'EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:443', 'unreachable'],
    ['Bun, nobody listens', 'ConnectionRefused', 'Unable to connect. Is the computer able to access the url?', 'refused'],
    ['Deno, nobody listens', '', 'error sending request: tcp connect error: Connection refused (os error 111)', 'refused'],
    ['Deno, an unknown authority', '', 'error sending request: invalid peer certificate: UnknownIssuer', 'tls'],
    [
      'Deno, an unknown name',
      '',
      'error sending request for url (https://ssl.example.com/): dns error: failed to lookup address',
      'dns',
    ],
  ])('names what another runtime or machine would say: %s', async (_, code, words, reason) => {
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(words), { code }) }))
    expect(await failureOf(lookup(server().client({ baseUrl: 'https://ssl.example.com', fetch, retries: 0 })))).toMatchObject({
      reason,
    })
  })

  it('says once when the clocks differ', async () => {
    const warnings: Warning[] = []
    const client = behind('skewed-clock', { hooks: { onWarning: (warning) => warnings.push(warning) } })
    await lookup(client)
    await lookup(client)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.message).toMatch(/clock is 60 minutes behind/)
  })
})

describe('what the server refuses', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['a phone', () => server().client().members.createOrRetrieve({ phone: '1' }), 'ValidationError phone_invalid'],
    ['a member', () => server().client().balance.retrieve('999'), 'ValidationError member_unknown'],
    [
      'a store',
      () => memberWith(server().client()).then((member) => server().client().rewards.list(member, { store: 'nowhere' })),
      'ValidationError store_unknown',
    ],
    [
      'a refund of nothing',
      () => server().client().orders.refund({ member: 'guest', order: order() }),
      'NotFoundError order_not_found',
    ],
  ])('%s comes with kind and reason', async (_, call, kind) => {
    const failure = await failureOf(call())
    expect(`${failure.name} ${failure.reason}`).toBe(kind)
  })

  it('a member whose id would be a step in the path is never asked for', async () => {
    await expect(server().client().balance.retrieve('..')).rejects.toMatchObject({ reason: 'argument' })
    await expect(server().client().balance.retrieve('../orders?x')).rejects.toMatchObject({ reason: 'member_unknown' })
  })
})

describe('repeats', () => {
  it('of an order whose answer was lost earn once', async () => {
    const client = server().client({ baseUrl: proxy.url })
    const member = await memberWith(server().client())
    proxy.behave('lose-answer', 2)
    const before = proxy.count
    expect(await client.orders.complete({ member, order: order() })).toMatchObject({ status: 'completed' })
    expect(proxy.count - before).toBe(3)
    expect(await pointsOf(client, member)).toBe(12)
  })

  it('are not made of a refund that has no name', async () => {
    const client = server().client({ baseUrl: proxy.url })
    const member = await memberWith(server().client())
    const sold = order()
    await client.orders.complete({ member, order: sold })
    const before = proxy.count
    proxy.behave('lose-answer', 1)
    await expect(client.orders.refund({ member, order: sold })).rejects.toMatchObject({ reason: 'connection_lost' })
    expect(proxy.count - before).toBe(1)
    proxy.behave('lose-answer', 1)
    await client.orders.refund({ member, order: { ...sold, refund_id: 'all' } })
    expect(proxy.count - before).toBe(3)
  })

  it('wait as long as the server asks, and tell a hook', async () => {
    const delays: number[] = []
    const client = server().client({ baseUrl: proxy.url, hooks: { onRetry: ({ delayMs }) => delays.push(delayMs) } })
    proxy.behave('too-many', 1)
    const start = Date.now()
    expect(await lookup(client)).toMatchObject({ kind: 'member' })
    expect(Date.now() - start).toBeGreaterThanOrEqual(990)
    expect(delays).toEqual([1000])
  })

  it('end with the signal, also while waiting', async () => {
    const controller = new AbortController()
    const client = server().client({
      baseUrl: proxy.url,
      hooks: { onRetry: () => controller.abort(new Error('the customer left')) },
    })
    proxy.behave('too-many')
    await expect(client.balance.retrieve('1', { signal: controller.signal })).rejects.toThrow('the customer left')
    proxy.behave('silent')
    const other = AbortSignal.timeout(50)
    await expect(client.balance.retrieve('1', { signal: other })).rejects.toMatchObject({ name: 'TimeoutError', code: 23 })
  })
})

describe('what is written down', () => {
  it('holds no secret, signature, phone or email', async () => {
    const lines: string[] = []
    const write = (...parts: unknown[]) => lines.push(inspect(parts, { depth: 20 }))
    const client = server().client({
      logger: { debug: write, warn: write },
      hooks: { onRequest: write, onResponse: write, onRetry: write },
    })
    const phone = nextPhone()
    await client.members.createOrRetrieve({ phone, email: `ada${phone}@example.com`, name: { first: 'Ada', last: 'Lovelace' } })
    const failure = await failureOf(
      server()
        .client({ secret: OTHER_SECRET, logger: { debug: write } })
        .members.createOrRetrieve({ phone }),
    )
    lines.push(JSON.stringify(failure), inspect(client, { depth: 20, showHidden: true }))
    const text = lines.join('\n')
    expect(text).toContain('/loyalty/accounts')
    for (const secret of [server().secret, OTHER_SECRET, phone, 'ada', 'Lovelace']) expect(text).not.toContain(secret)
    expect(text).not.toMatch(/[A-Za-z0-9+/]{43}=/)
  })

  it('a hook that throws costs no sale', async () => {
    const fail = () => {
      throw new Error('the counter is broken')
    }
    const client = server().client({ hooks: { onRequest: fail, onResponse: fail }, logger: { debug: fail } })
    expect(await lookup(client)).toMatchObject({ kind: 'member' })
  })

  it('the version is that of the package', async () => {
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(VERSION).toBe(manifest.version)
  })
})
