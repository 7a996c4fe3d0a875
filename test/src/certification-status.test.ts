import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sale } from './cart.ts'
import { createTill, nextPhone, signature, type Till } from './client.ts'
import { regulars } from './command.ts'
import { createCredential, type Product, useProduct } from './product.ts'
import { houseProgram } from './programs.ts'

interface Status {
  readonly complete: boolean
  readonly calls: number
  readonly checks: readonly { readonly name: string; readonly state: string; readonly request_id?: string }[]
  readonly problems: readonly {
    readonly kind: string
    readonly name: string
    readonly sentence: string
    readonly count: number
    readonly request_id: string
  }[]
}

const product = useProduct(houseProgram())

/** A partner with a credential of its own, so that nothing else is in its traffic. */
async function newPartner(): Promise<{ apiKey: string; secret: string; till: Till }> {
  const credential = await createCredential(product(), ['--account', product().accountId])
  return { ...credential, till: createTill({ url: product().url, accountId: product().accountId, ...credential }) }
}

async function admin<T>(
  path: string,
  body?: object,
  token = product().adminToken,
): Promise<{ status: number; body: T; text: string }> {
  const reply = await fetch(product().url + path, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  return { status: reply.status, text, body: JSON.parse(text) as T }
}

const statusOf = async (apiKey: string): Promise<Status> => (await admin<Status>(`/admin/v1/certification/${apiKey}`)).body
const stateOf = ({ checks }: Status, name: string) => checks.find((check) => check.name === name)?.state

describe('what the server has seen of a partner', () => {
  it('begins with everything missing, and says what', async () => {
    const { apiKey } = await newPartner()
    const status = await statusOf(apiKey)
    expect(status).toMatchObject({ complete: false, calls: 0, problems: [] })
    expect(new Set(status.checks.map(({ state }) => state))).toEqual(new Set(['missing', 'not_applicable']))
    const cli = await regulars(['certification', 'status', '--credential', apiKey, '--database-url', product().databaseUrl])
    expect(cli.code).toBe(1)
    expect(cli.stdout).toContain('missing: GET …/balance answered 200')
  })

  it('ticks a line with the request that completed it, and only that line', async () => {
    const { apiKey, till } = await newPartner()
    const created = await till.create({ phone: nextPhone() })
    const status = await statusOf(apiKey)
    expect(status.checks.find(({ name }) => name === 'member_created')).toMatchObject({
      state: 'seen',
      request_id: created.headers['x-request-id'],
    })
    expect(status.checks.filter(({ state }) => state === 'seen')).toHaveLength(1)
  })

  it('wants a look at the balance after a void, and every step of an order', async () => {
    const { apiKey, till } = await newPartner()
    const member = await till.newMember()
    const order = sale(20)
    await till.run(member, ['placed', 'billed', 'completed'], order)
    const voided = sale(5)
    await till.run(member, ['placed', 'voided'], voided)
    const before = await statusOf(apiKey)
    expect([stateOf(before, 'order_plain'), stateOf(before, 'void_plain')]).toEqual(['missing', 'missing'])
    await till.balance(member)
    await till.run(member, ['checkout', 'placed', 'billed', 'completed'], sale(20))
    const after = await statusOf(apiKey)
    expect([stateOf(after, 'order_plain'), stateOf(after, 'void_plain')]).toEqual(['seen', 'seen'])
  })

  it('shows what was wrong: the warnings, unsafe retries and wrong signatures, each with its request', async () => {
    const { apiKey, secret, till } = await newPartner()
    const member = await till.newMember()
    const { id: _, ...withoutId } = sale(20)
    await till.order(member, 'placed', { ...withoutId, basket: { ...withoutId.basket, uuid: `uuid-${apiKey}` } })
    await till.order(member, 'checkout', { ...sale(20), subtotal: 35 })
    const order = sale(30)
    await till.order(member, 'billed', order)
    const retried = await till.order(member, 'billed', { ...order, ...sale(31), id: order.id })
    expect(retried.http).toBe(409)
    const hex = Buffer.from(signature(secret, `/loyalty/accounts/${member}/balance`), 'base64').toString('hex')
    const wrong = await till.send({ path: `/loyalty/accounts/${member}/balance`, headers: { 'X-Class-Signature': hex } })
    expect(wrong.http).toBe(401)
    const status = await statusOf(apiKey)
    const names = status.problems.map(({ kind, name }) => `${kind} ${name}`)
    for (const problem of [
      'warning id_missing_at_placed',
      'warning payments_missing',
      'warning totals_mismatch',
      'unsafe_retry same_key_other_content',
      'signature hex_for_base64',
    ])
      expect(names).toContain(problem)
    const byName = (name: string) => status.problems.find((problem) => problem.name === name)
    expect(byName('same_key_other_content')?.request_id).toBe(retried.headers['x-request-id'])
    expect(byName('hex_for_base64')).toMatchObject({ request_id: wrong.headers['x-request-id'], count: 1 })
    expect(byName('hex_for_base64')?.sentence).toMatch(/base64/)
  })

  it('is for operators only, and knows what it does not know', async () => {
    expect((await admin('/admin/v1/certification/x', undefined, 'wrong')).status).toBe(401)
    const unknown = await admin<{ message: string }>('/admin/v1/certification/test_nobody')
    expect([unknown.status, unknown.body.message]).toEqual([
      400,
      '`credential` must be the API key of a credential of this environment; got "test_nobody".',
    ])
  })
})

describe('the signature debugger', () => {
  const target = '/loyalty/accounts/7/rewards?store=999999'

  it('reads a pasted curl and names the mistake, with secrets from the vault', async () => {
    const { apiKey, secret } = await newPartner()
    const made = signature(secret, '/loyalty/accounts/7/rewards')
    const request = `curl '${product().url}${target}' -H 'X-Class-Key: ${apiKey}' -H 'X-Class-Signature: ${made}'`
    const answer = await admin('/admin/v1/signature-debug', { request })
    expect(answer.body).toMatchObject({
      verdict: 'mistaken',
      mistakes: [{ name: 'query_left_out' }],
      signed: '/loyalty/accounts/7/rewards',
      to_sign: target,
    })
    expect(answer.text).not.toContain(secret)
    expect(answer.text).not.toContain(signature(secret, target))
  })

  it("knows another credential's secret, and the one before a rotation", async () => {
    const [one, other] = [await newPartner(), await newPartner()]
    const mixed = { key: one.apiKey, target, signature: signature(other.secret, target) }
    const answer = await admin('/admin/v1/signature-debug', mixed)
    expect(answer.body).toMatchObject({ mistakes: [{ name: 'other_secret' }], secret: expect.stringContaining(other.apiKey) })
    expect(answer.text).not.toContain(other.secret)

    await rotate(product(), one.apiKey)
    const old = { key: one.apiKey, target, signature: signature(one.secret, target) }
    expect((await admin('/admin/v1/signature-debug', old)).body).toMatchObject({
      mistakes: [{ name: 'other_secret' }],
      secret: 'the secret before the last rotation',
    })
  })

  it('says what it needs, and to strangers nothing', async () => {
    expect((await admin('/admin/v1/signature-debug', {}, 'wrong')).status).toBe(401)
    const { apiKey } = product()
    for (const [body, field] of [
      [{}, 'key'],
      [{ key: apiKey }, 'signature'],
      [{ key: apiKey, signature: 'x' }, 'target'],
      [{ key: apiKey, signature: 'x', target: 'no slash' }, 'target'],
      [{ key: 'test_nobody', signature: 'x', target }, 'key'],
    ] as const) {
      const answer = await admin<{ message: string }>('/admin/v1/signature-debug', body)
      expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(`\`${field}\``)])
    }
  })

  it('works at a terminal, from standard input, with the exit code of its finding', async () => {
    const { secret } = await newPartner()
    const http = (made: string) => `POST ${target} HTTP/1.1\r\nX-Class-Signature: ${made}\r\n\r\n{"a":1}`
    const right = await debug(secret, http(signature(secret, target, '{"a":1}')))
    expect(right).toEqual({ code: 0, text: 'The signature is right for this request and secret.\n' })
    const wrong = await debug(secret, http(signature(secret, `${target}{"a": 1}`)))
    expect(wrong.code).toBe(1)
    expect(wrong.text).toContain('[body_spaced]')
    const nothing = await debug(secret, 'hello')
    expect(nothing).toMatchObject({ code: 2, text: expect.stringContaining('No request was found') })
  })
})

async function rotate({ dataDir, databaseUrl }: Product, apiKey: string): Promise<void> {
  const key = ['--key-file', join(dataDir, 'master.key'), '--overlap-hours', '0', '--json']
  const done = await regulars(['credential', 'rotate', apiKey, '--database-url', databaseUrl, ...key])
  expect(done.code, done.stderr).toBe(0)
}

function debug(secret: string, input: string): Promise<{ code: number | null; text: string }> {
  const command = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'regulars')
  const child = spawn(command, ['debug-signature', '--secret', secret])
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, text })))
}
