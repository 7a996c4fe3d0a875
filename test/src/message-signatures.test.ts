import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSigner, httpbis } from 'http-message-signatures'
import { describe, expect, it } from 'vitest'
import { sale } from './cart.ts'
import { createTill, type ErrorBody, expectRefusal, type RawRequest, type Reply, type Till } from './client.ts'
import { regulars, startServe } from './command.ts'
import { createCredential, useProduct } from './product.ts'
import { ACCOUNT, DEMO_STORE, houseProgram } from './programs.ts'
import { useServedThroughProxy } from './served-through-proxy.ts'

// Issue 5 §3. Signed by the package http-message-signatures, which knows nothing of ours.

const house = useProduct(houseProgram())
const served = useServedThroughProxy(house)
const PUBLIC = 'https://loyalty.example.com'

interface Wish {
  readonly origin?: string
  readonly nonce?: string
  readonly created?: Date
}

async function headersOf({ credentials }: Till, raw: RawRequest, wish: Wish = {}): Promise<Record<string, string>> {
  const { method = 'GET', path, body = '' } = raw
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(body))
  const signed = await httpbis.signMessage(
    {
      key: createSigner(Buffer.from(credentials.secret, 'base64'), 'hmac-sha256', credentials.apiKey),
      name: 'regulars',
      fields: ['@method', '@target-uri', ...(body === '' ? [] : ['content-digest'])],
      params: ['created', 'nonce', 'keyid', 'alg'],
      paramValues: { nonce: wish.nonce ?? randomBytes(16).toString('base64'), created: wish.created ?? new Date() },
    },
    {
      method,
      url: `${wish.origin ?? credentials.url}${path}`,
      headers: body === '' ? {} : { 'Content-Digest': `sha-256=:${Buffer.from(digest).toString('base64')}:` },
    },
  )
  return signed.headers as Record<string, string>
}

async function send<Body>(till: Till, raw: RawRequest, wish: Wish = {}): Promise<Reply<Body>> {
  return till.send<Body>({ ...raw, signed: false, headers: await headersOf(till, raw, wish) })
}

const rewardsPath = `/loyalty/accounts/guest/rewards?store=${DEMO_STORE}`
const orderCall = (member: string): RawRequest => ({
  method: 'POST',
  path: `/loyalty/accounts/${member}/orders?explain=1`,
  body: JSON.stringify({ ...sale(20), brand: ACCOUNT, status: 'completed' }),
})

describe('a message signature', () => {
  it('is as good as the other one, for calls with a body and without', async () => {
    const { till } = house()
    const member = await till.newMember()
    expect(await send(till, orderCall(member))).toMatchObject({ http: 200 })
    expect(await send(till, { path: `/loyalty/accounts/${member}/balance` })).toMatchObject({ http: 200, body: { quantity: 20 } })
  })

  it('cannot be sent twice, nor to another server of the same database', async () => {
    const { till } = house()
    const member = await till.newMember()
    const raw = orderCall(member)
    const headers = await headersOf(till, raw)
    expect((await till.send({ ...raw, signed: false, headers })).http).toBe(200)
    const again = expectRefusal(await till.send({ ...raw, signed: false, headers }), 401, 1004)
    expect(again).toMatchObject({ reason: 'signature_replayed', details: 'Signature is incorrect for request.' })
    const host = new URL(till.credentials.url).host
    const there = await served().till.send<ErrorBody>({ ...raw, signed: false, headers: { ...headers, Host: host } })
    expect(expectRefusal(there, 401, 1004).reason).toBe('signature_replayed')
    // Signed anew it is the same order, answered as before.
    expect((await send(till, raw)).http).toBe(200)
    expect(await till.points(member)).toBe(20)
  })

  it.each([
    ['too old', 'signature_expired', { created: new Date(Date.now() - 301_000) }, {}],
    ['of another address', 'signature_incorrect', { origin: 'http://other.example' }, {}],
    ['of another body', 'content_digest_incorrect', {}, { body: '{"status":"voided"}' }],
    ['short of a nonce', 'signature_malformed', { nonce: 'short' }, {}],
  ] as const)('%s is refused as %s', async (_, reason, wish, change) => {
    const { till } = house()
    const raw = orderCall('guest')
    const changed: RawRequest = { ...raw, ...change, signed: false, headers: await headersOf(till, raw, wish) }
    expect(expectRefusal(await till.send<ErrorBody>(changed), 401, 1004).reason).toBe(reason)
  })

  it('the server itself says by which mistake it was refused: in the status of the credential, and to whoever pastes it', async () => {
    const partner = await createCredential(house(), ['--account', ACCOUNT])
    const till = createTill({ ...house(), ...partner })
    const other = createTill({ ...house(), ...(await createCredential(house(), ['--account', ACCOUNT])), apiKey: partner.apiKey })
    const raw = { path: rewardsPath } as const
    const origin = till.credentials.url.replace('http://', 'https://')
    const moved = expectRefusal(await send<ErrorBody>(till, raw, { origin }), 401, 1004)
    expectRefusal(await send<ErrorBody>(other, raw), 401, 1004)

    const authorization = `Bearer ${house().adminToken}`
    const { problems } = (
      await till.send<{ problems: { kind: string; name: string }[] }>({
        path: `/admin/v1/certification/${partner.apiKey}`,
        signed: false,
        headers: { authorization },
      })
    ).body
    expect(
      problems
        .filter(({ kind }) => kind === 'signature')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['other_scheme', 'other_secret'])
    expect(moved.reason).toBe('signature_incorrect')

    const headers = Object.entries(await headersOf(till, raw, { origin }))
    const ask = (lines: string[]) => {
      const request = [`GET ${rewardsPath} HTTP/1.1`, `Host: ${new URL(house().url).host}`, ...lines, '', ''].join('\r\n')
      const body = JSON.stringify({ request })
      return till.send({ method: 'POST', path: '/admin/v1/signature-debug', body, signed: false, headers: { authorization } })
    }
    const asSent = headers.map(([name, value]) => `${name}: ${value}`)
    expect(await ask(asSent)).toMatchObject({
      http: 200,
      body: { mistakes: [{ name: 'other_scheme' }], created: expect.any(Number) },
    })
    expect(await ask(asSent.map((line) => line.replace('"@method" ', '')))).toMatchObject({
      http: 400,
      body: { message: expect.stringContaining('a message signature that can be read') },
    })
    for (const each of [till, other]) each.close()
  })

  it('names the public address, where a proxy stands in front', async () => {
    const server = await startServe(house(), house().databaseUrl, { REGULARS_ORIGINS: `${PUBLIC}, https://second.example` })
    const till = createTill({ ...house(), url: server.ready.url ?? '' })
    try {
      const path = `/loyalty/accounts/${await till.newMember()}/balance`
      for (const origin of [PUBLIC, 'https://second.example']) expect((await send(till, { path }, { origin })).http).toBe(200)
      expect(expectRefusal(await send<ErrorBody>(till, { path }), 401, 1004).reason).toBe('signature_incorrect')
    } finally {
      till.close()
      expect(await server.stop()).toBe(0)
    }
  })
})

it('a credential can require it, from the next call on', async () => {
  const credential = await createCredential(house(), ['--account', ACCOUNT, '--message-signatures'])
  const till = createTill({ ...credential, url: house().url, accountId: ACCOUNT })
  expect(expectRefusal(await till.send<ErrorBody>({ path: rewardsPath }), 401, 1004).reason).toBe('message_signature_required')
  const path = `/loyalty/accounts/${await house().till.newMember()}/balance`
  expect((await send(till, { path })).http).toBe(200)
  const opened = await regulars([
    'credential',
    'require',
    'any',
    '--key',
    credential.apiKey,
    '--database-url',
    house().databaseUrl,
  ])
  expect(opened.code, opened.stderr).toBe(0)
  expect((await till.send({ path })).http).toBe(200)
  till.close()
})

describe('at the command line', () => {
  const body = '{"customer":{"phone":"4155550188"}}'
  const signed = async (...args: string[]) => {
    const { apiKey, secret, url } = house()
    const wanted = ['--message-signature', '--key', apiKey, '--secret', secret, '--url', url, '--body', body, '--json']
    const run = await regulars(['sign', '/loyalty/accounts', ...wanted, ...args])
    expect(run.code, run.stderr).toBe(0)
    return JSON.parse(run.stdout) as { headers: Record<string, string>; curl: string; stringToSign: string }
  }
  const debug = async (curl: string) => {
    const file = join(house().folder, 'request.txt')
    await writeFile(file, curl)
    return regulars(['debug-signature', file, '--secret', house().secret])
  }

  it('sign makes a request that the server takes, once', async () => {
    const { headers, stringToSign } = await signed()
    expect(stringToSign).toMatch(/^"@method": POST\n"@target-uri": http:\/\/[^\n]+\n"content-digest": sha-256=:/)
    const raw = { method: 'POST', path: '/loyalty/accounts', body, signed: false, headers } as const
    expect((await house().till.send(raw)).http).toBe(201)
    expect(expectRefusal(await house().till.send<ErrorBody>(raw), 401, 1004).reason).toBe('signature_replayed')
  })

  it('debug-signature says that it is right, what is mistaken, and what is wrong with the headers', async () => {
    const { curl } = await signed()
    const right = await debug(curl)
    expect(right.code, right.stderr).toBe(0)
    expect(right.stdout).toMatch(/is right[\s\S]+at most 300 s from the server's clock/)
    const moved = await debug(curl.replace('http://', 'https://'))
    expect([moved.code, moved.stdout]).toEqual([1, expect.stringContaining('[other_scheme]')])
    const changed = await debug(curl.replace('4155550188', '4155550189'))
    expect([changed.code, changed.stdout]).toEqual([1, expect.stringContaining('not that of the body as it arrived')])
  })

  it('certify passes with a credential that may sign in no other way', async () => {
    const { apiKey, secret } = await createCredential(house(), ['--account', ACCOUNT, '--message-signatures'])
    const access = ['--url', house().url, '--key', apiKey, '--secret', secret, '--account', ACCOUNT, '--store', DEMO_STORE]
    const only = ['--only', 'wrong_signature', 'missing_headers', 'member_created', 'order_plain', 'repeat_same_answer']
    const run = await regulars(['certify', ...access, '--message-signatures', '--format', 'json', ...only])
    expect(run.code, run.stdout).toBe(0)
    const without = await regulars(['certify', ...access, '--format', 'json', ...only])
    expect(without.code).not.toBe(0)
  })
})

it('costs an order call one database round trip more: the nonce, before anything is decided', async () => {
  const { proxy, till } = served()
  const trips: number[] = []
  for (let sample = 0; sample < 9; sample++) {
    const raw = orderCall(await till.newMember())
    const headers = await headersOf(till, raw)
    const before = proxy.roundTrips()
    expect((await till.send({ ...raw, signed: false, headers })).http).toBe(200)
    trips.push(proxy.roundTrips() - before)
  }
  expect(trips.toSorted((a, b) => a - b)[4]).toBe(3)
})
