import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { redeeming, sale } from './cart.ts'
import {
  type Balance,
  createTill,
  type ErrorBody,
  expectRefusal,
  nextPhone,
  type RawRequest,
  type Reply,
  signature,
} from './client.ts'
import { regulars, writeProgram } from './command.ts'
import { createCredential, useProduct } from './product.ts'
import { ACCOUNT, DEMO_STORE, houseProgram, OTHER_STORE, R5 } from './programs.ts'
import { useServedThroughProxy } from './served-through-proxy.ts'

// Every row of wire-contract §3. 1011 and 1012 are answers of the mobile API, which is later work; 500 cannot be provoked from outside
// and is left to the server's own tests.

const OTHER_ACCOUNT = '44444'
const house = useProduct(houseProgram())

/** A client with other credentials on the same product. */
const tillWith = ({ apiKey, secret }: { apiKey: string; secret: string }, accountId = ACCOUNT) =>
  createTill({ url: house().url, apiKey, secret, accountId })

describe('401', () => {
  const path = `/loyalty/accounts/guest/rewards?store=${DEMO_STORE}`
  const refusal = (headers: RawRequest['headers']) => house().till.send({ path, headers })

  it('1001: no X-Class-Signature', async () => {
    const error = expectRefusal(await refusal({ 'X-Class-Signature': undefined }), 401, 1001)
    expect(error.details).toBe('Header does not contain X-Class-Signature.')
  })

  it('1001: neither header', async () => {
    expectRefusal(await refusal({ 'X-Class-Signature': undefined, 'X-Class-Key': undefined }), 401, 1001)
  })

  it('1002: no X-Class-Key', async () => {
    const error = expectRefusal(await refusal({ 'X-Class-Key': undefined }), 401, 1002)
    expect(error.details).toBe('Header does not contain X-Class-Key')
  })

  it('1003: a key that nobody has', async () => {
    const error = expectRefusal(await refusal({ 'X-Class-Key': 'nobody' }), 401, 1003)
    expect(error.details).toBe('Invalid user key.')
  })

  it('1003: a disabled key', async () => {
    const credential = await createCredential(house(), ['--account', ACCOUNT])
    const till = tillWith(credential)
    await till.newMember()
    const disabled = await regulars(['credential', 'disable', credential.apiKey, '--database-url', house().databaseUrl])
    expect(disabled.code, disabled.stderr).toBe(0)
    expectRefusal(await till.create({ phone: nextPhone() }), 401, 1003)
    till.close()
  })

  it('1004: a signature of something else', async () => {
    const { secret } = house()
    const wrong = [
      signature(secret, `${path}&`),
      signature(Buffer.from('another secret').toString('base64'), path),
      signature(secret, path).slice(0, -1),
      Buffer.from(signature(secret, path), 'base64').toString('hex'),
      Buffer.from(signature(secret, path), 'base64').toString('base64url'),
      '-',
    ]
    for (const sent of wrong) {
      const error = expectRefusal(await refusal({ 'X-Class-Signature': sent }), 401, 1004)
      expect(error.details).toBe('Signature is incorrect for request.')
    }
  })

  it('1004: a body changed on its way, or signed in another form than it was sent', async () => {
    const body = JSON.stringify({ customer: { phone: nextPhone() } })
    const indented = JSON.stringify(JSON.parse(body), undefined, 2)
    const headers = { 'X-Class-Signature': signature(house().secret, '/loyalty/accounts', body) }
    const reply = await house().till.send({ method: 'POST', path: '/loyalty/accounts', body: indented, headers })
    expectRefusal(reply, 401, 1004)
  })
})

describe('403 / 2000', () => {
  it('a brand that is another account', async () => {
    const { till } = house()
    const member = await till.newMember()
    expectRefusal(await till.order(member, 'completed', { ...sale(10), brand: OTHER_ACCOUNT }), 403, 2000)
    expect(await till.points(member)).toBe(0)
  })

  it('a store that the credential is not for', async () => {
    const till = tillWith(await createCredential(house(), ['--account', ACCOUNT, '--store', OTHER_STORE]))
    const member = await till.newMember()
    expectRefusal(await till.order(member, 'completed', sale(10)), 403, 2000)
    await till.accepted(member, 'completed', sale(10, { vendor: OTHER_STORE }))
    till.close()
  })
})

describe('400', () => {
  it.each(['12', '0', '+1 415', 'letters', '415555012345678', ''])('2003: the phone %j', async (phone) => {
    const error = expectRefusal(await house().till.create({ phone }), 400, 2003)
    expect(error.details).toBe('Invalid customer phone number')
  })

  it('4002: an unknown or missing store', async () => {
    const { till } = house()
    const member = await till.newMember()
    for (const query of ['', '?store=', '?store=000000', '?stores=999999']) {
      const error = expectRefusal(await till.send({ path: `/loyalty/accounts/${member}/rewards${query}` }), 400, 4002)
      expect(error.details).toMatch(/^Invalid store id: /)
    }
    expectRefusal(await till.order(member, 'completed', sale(10, { vendor: '000000' })), 400, 4002)
    expectRefusal(await till.order(member, 'completed', sale(10, { vendor: undefined })), 400, 4002)
  })

  it('4003: an unknown member, and the guest’s balance', async () => {
    const { till } = house()
    for (const member of ['1', '999999999999999999999999', 'guest', 'abc', '-1']) {
      const error = expectRefusal(await till.send({ path: `/loyalty/accounts/${member}/balance` }), 400, 4003)
      expect(error.details).toMatch(/^Invalid user account id: /)
    }
    expectRefusal(await till.order('1', 'completed', sale(10)), 400, 4003)
  })

  it('409: phone and email belong to two members', async () => {
    const { till } = house()
    const [phone, email] = [nextPhone(), `${nextPhone()}@example.com`]
    await till.newMember({ phone })
    await till.newMember({ email })
    const error = expectRefusal(await till.create({ phone, email }), 400, 409)
    expect(error.details).toBe('Email/phone already exists.')
  })

  it('400: a reward that cannot be applied, at every status after checkout', async () => {
    const { till } = house()
    const member = await till.newMember()
    for (const status of ['placed', 'billed', 'completed'] as const) {
      const error = expectRefusal(await till.order(member, status, redeeming(sale(20), 'P_0', 5)), 400, 400)
      expect(error).toMatchObject({ status, reason: expect.stringMatching(/^[a-z_]+$/) })
    }
    const quoted = await till.accepted(member, 'checkout', redeeming(sale(20), 'P_0', 5))
    expect(quoted).toMatchObject({ discount: 0, message: expect.stringMatching(/./), reason: expect.stringMatching(/^[a-z_]+$/) })
  })

  it('2000: anything else, named by its path, and with the status of an order call', async () => {
    const { till } = house()
    const error = expectRefusal(await till.order(await till.newMember(), 'placed', sale(10, { subtotal: 'ten' })), 400, 2000)
    expect(error).toMatchObject({ status: 'placed', message: expect.stringContaining('subtotal') })
  })
})

it('404 / 2000: no such route, or resource', async () => {
  const { till } = house()
  expectRefusal(await till.send({ path: '/loyalty/nothing' }), 404, 2000)
  expectRefusal(await till.send({ method: 'DELETE', path: '/loyalty/accounts' }), 404, 2000)
  expectRefusal(await till.order(await till.newMember(), 'refunded', sale(10)), 404, 2000)
})

it('409 / 2000: the order’s state, another member, another store', async () => {
  const { till } = house()
  const [member, stranger] = [await till.newMember(), await till.newMember()]
  const order = sale(10)
  await till.accepted(member, 'completed', order)
  expect(expectRefusal(await till.order(member, 'voided', order), 409, 2000).status).toBe('voided')
  expectRefusal(await till.order(stranger, 'completed', order), 409, 2000)
  expectRefusal(await till.order(member, 'completed', { ...order, vendor: OTHER_STORE }), 409, 2000)
})

it('413 / 2000: a body over 256 KiB', async () => {
  const { till } = house()
  const member = await till.newMember()
  expectRefusal(await till.order(member, 'completed', sale(10, { note: 'x'.repeat(257 * 1024) })), 413, 2000)
  await till.accepted(member, 'completed', sale(10, { note: 'x'.repeat(250 * 1024) }))
})

it('415 / 2000: a body that is not JSON', async () => {
  const body = JSON.stringify({ customer: { phone: nextPhone() } })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
    const raw = { method: 'POST', path: '/loyalty/accounts', body, headers: { 'Content-Type': type } }
    expectRefusal(await house().till.send(raw), 415, 2000)
  }
})

it('429 / 2000: over the credential’s rate limit, with Retry-After', async () => {
  const till = tillWith(await createCredential(house(), ['--account', ACCOUNT, '--rate-limit', '2']))
  const replies = await Promise.all(Array.from({ length: 20 }, () => till.create({ phone: nextPhone() })))
  const limited = replies.filter(({ http }) => http === 429)
  expect(limited.length).toBeGreaterThan(5)
  expect(limited.length).toBeLessThan(20)
  for (const reply of limited) {
    expectRefusal(reply, 429, 2000)
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
  }
  till.close()
})

it('4003: a member of another account, until it is linked to this one', async () => {
  const { till, folder, databaseUrl } = house()
  const file = await writeProgram(folder, houseProgram({ account: { id: OTHER_ACCOUNT, name: 'Another brand' } }), 'other.json')
  const applied = await regulars(['apply', file, '--yes', '--database-url', databaseUrl])
  expect(applied.code, applied.stdout + applied.stderr).toBe(0)
  const other = tillWith(await createCredential(house(), ['--account', OTHER_ACCOUNT]), OTHER_ACCOUNT)
  const phone = nextPhone()
  const member = await till.newMember({ phone })
  const order = sale(10)
  await till.accepted(member, 'completed', order)
  expectRefusal(await other.send({ path: `/loyalty/accounts/${member}/balance` }), 400, 4003)
  expectRefusal(await other.order(member, 'completed', sale(10)), 400, 4003)
  const linked = await other.create({ phone })
  expect([linked.http, linked.body.id]).toEqual([200, member])
  expect(await other.points(member)).toBe(0)
  expectRefusal(await other.order(member, 'refunded', order), 404, 2000)
  expect(await till.points(member)).toBe(10)
  other.close()
})

it('every answer has a request id; an error’s is its id', async () => {
  const { till } = house()
  const refused = await till.send<ErrorBody>({ path: '/loyalty/accounts/guest/balance' })
  expect(refused.headers['x-request-id']).toBe(refused.body.id)
  const created = await till.create({ phone: nextPhone() })
  expect(created.headers['x-request-id']).toEqual(expect.stringMatching(/./))
  expect(created.headers['x-request-id']).not.toBe(refused.headers['x-request-id'])
})

describe('503 / 2000', () => {
  const served = useServedThroughProxy(house)

  it('the database goes away: 503 with Retry-After; it comes back: served again without a restart', async () => {
    const { proxy, till } = served()
    const member = await till.newMember()
    await till.accepted(member, 'completed', sale(100))
    const order = redeeming(sale(20), await till.rewardId(member, R5), 5)
    await proxy.cut()
    const reply = await till.order(member, 'completed', order)
    expectRefusal(reply, 503, 2000)
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    expect((await till.send({ path: '/healthz', signed: false })).http).toBe(200)
    expect((await till.send({ path: '/readyz', signed: false })).http).toBe(503)
    await proxy.restore()
    const recovered = await until(
      () => till.order(member, 'completed', order),
      (answer) => answer.http === 200,
    )
    expect(recovered.body.transaction.discount).toBe(5)
    expect((await till.send({ path: '/readyz', signed: false })).http).toBe(200)
    expect(await till.points(member)).toBe(15)
  })
})

it.each(['SIGINT', 'SIGKILL'] as const)(
  '503 / 2000: dev brings its own database back after %s, without a restart',
  async (signal) => {
    const { till, dataDir } = house()
    const member = await till.newMember()
    const order = sale(10)
    const [pid] = (await readFile(join(dataDir, 'pg', 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), signal)
    await until(
      () => till.order(member, 'completed', order),
      (reply) => reply.http === 200,
    )
    // A backend may answer once more before it notices that the postmaster is gone.
    const balance = await until(
      () => till.send<Balance>({ path: `/loyalty/accounts/${member}/balance` }),
      (reply) => reply.http === 200,
    )
    expect(balance.body.quantity).toBe(10)
  },
)

/** Repeats a call, as Retry-After asks, until its answer is the one that is waited for; every other must be 503. */
async function until<Body>(call: () => Promise<Reply<Body>>, done: (reply: Reply<Body>) => boolean): Promise<Reply<Body>> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const reply = await call()
    if (done(reply)) return reply
    expectRefusal(reply, 503, 2000)
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    await sleep(250)
  }
  throw new Error('the server has not recovered after 15 s')
}
