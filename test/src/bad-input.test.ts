import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cart, cart, type Item, posEntry, redeeming, sale } from './cart.ts'
import { type ErrorBody, expectRefusal, nextPhone, type Reply, signature } from './client.ts'
import { regulars, writeProgram } from './command.ts'
import { useProduct } from './product.ts'
import { houseProgram, R5 } from './programs.ts'

const house = useProduct(houseProgram())

/** The member of this file: whatever is sent to it, its 100 points and its one R5 stay. */
let member = ''
let r5 = ''

beforeAll(async () => {
  const { till } = house()
  member = await till.newMember()
  await till.accepted(member, 'completed', sale(100))
  r5 = await till.rewardId(member, R5)
})

afterAll(async () => {
  await expectUnchanged()
})

const orders = () => `/loyalty/accounts/${member}/orders`
const item: Item = { label: 'Hamburger', cost: 10 }

/** A body that is sent as it is, whatever it is. */
const sendBody = (body: string | Buffer, path = orders()) =>
  house().till.send({ method: 'POST', path, body, headers: { 'Content-Type': 'application/json' } })

/** The cart as a valid `completed` body of its own order, to be spoilt as text. */
const bodyOf = (order: Cart) => JSON.stringify({ brand: house().accountId, ...order, status: 'completed' })

/** 400/2000 whose message names the path, and nothing has changed. */
async function expectNamed(reply: Reply, path: string | RegExp): Promise<ErrorBody> {
  const error = expectRefusal(reply, 400, 2000)
  expect(error.message).toMatch(path)
  await expectUnchanged()
  return error
}

async function expectUnchanged(): Promise<void> {
  const { till } = house()
  expect([await till.points(member), await till.rewardCount(member, R5)]).toEqual([100, 1])
}

describe('bodies that are no JSON object', () => {
  it.each(['{', '{"customer":}', '', 'null', '[]', '"text"', '42', '{"a":1}{"b":2}', "{'a':1}", '\u0000', '{"a":1,}'])(
    '%j',
    async (body) => {
      expectRefusal(await sendBody(body), 400, 2000)
      expectRefusal(await sendBody(body, '/loyalty/accounts'), 400, 2000)
      await expectUnchanged()
    },
  )

  it('invalid UTF-8', async () => {
    const [start, end] = bodyOf(sale(10, { note: '#' })).split('#')
    expectRefusal(
      await sendBody(Buffer.concat([Buffer.from(start ?? ''), Buffer.from([0xc3, 0x28]), Buffer.from(end ?? '')])),
      400,
      2000,
    )
    await expectUnchanged()
  })

  it('a truncated body', async () => {
    const { url, apiKey, secret } = house()
    const body = bodyOf(sale(10))
    const head = [
      `POST ${orders()} HTTP/1.1`,
      'Host: localhost',
      'Content-Type: application/json',
      `X-Class-Key: ${apiKey}`,
      `X-Class-Signature: ${signature(secret, orders(), body)}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ].join('\r\n')
    const answer = await sendAndHangUp(url, `${head}\r\n\r\n${body.slice(0, -20)}`)
    expect(answer).not.toContain('200 OK')
    await expectUnchanged()
  })

  it('a body cut short, with a signature of what is left', async () => {
    expectRefusal(await sendBody(bodyOf(sale(10)).slice(0, -20)), 400, 2000)
    await expectUnchanged()
  })
})

describe('keys that cannot be meant', () => {
  it('duplicate keys', async () => {
    const body = bodyOf(sale(10)).replace('"subtotal":10', '"subtotal":10,"subtotal":10000')
    await expectNamed(await sendBody(body), /subtotal/)
  })

  it.each(['__proto__', 'constructor'])('%s', async (key) => {
    const spoilt = bodyOf(sale(10)).replace(/^\{/, `{"${key}":{"prototype":{"subtotal":1}},`)
    const reply = await sendBody(spoilt)
    if (key === '__proto__') await expectNamed(reply, /__proto__/)
    expect(reply.http).toBeLessThan(500)
    if (reply.http === 200) {
      await house().till.accepted(member, 'refunded', { ...(JSON.parse(spoilt) as Cart) })
    }
    await expectUnchanged()
  })
})

describe('missing fields, named by path', () => {
  it.each(['status', 'source', 'brand', 'subtotal', 'basket'])('%s', async (field) => {
    const { [field]: _, ...rest } = { ...sale(10), brand: house().accountId, status: 'completed' } as Record<string, unknown>
    await expectNamed(await house().till.post(orders(), rest), field)
  })

  it('id, from billed on', async () => {
    const { till } = house()
    await expectNamed(await till.order(member, 'billed', sale(10, { id: undefined })), /\bid\b/)
  })

  it('customer, and fields that stand outside of it', async () => {
    const { till } = house()
    await expectNamed(await till.post('/loyalty/accounts', {}), 'customer')
    await expectNamed(await till.post('/loyalty/accounts', { phone: nextPhone() }), 'customer')
  })

  it.each([
    ['basket.posEntries', { basket: {} }],
    ['basket.posEntries', { basket: { posEntries: [] } }],
    ['basket.posEntries[0].posItem', { basket: { posEntries: [{ quantity: 1 }] } }],
    ['basket.posEntries[0].posItem.cost', { basket: { posEntries: [{ quantity: 1, posItem: { label: 'X' } }] } }],
    ['basket.rewards[0].id', { basket: { rewards: [{ discount: 5 }], posEntries: [posEntry(item)] } }],
  ])('%s of %j', async (path, fields) => {
    await expectNamed(await house().till.order(member, 'completed', sale(10, fields)), new RegExp(escaped(path)))
  })
})

describe('wrong types and values, named by path', () => {
  const entry = (fields: Record<string, unknown>, quantity: unknown = 1) => ({
    basket: { posEntries: [{ quantity, posItem: { ...item, ...fields } }] },
  })
  it.each<[string, Record<string, unknown>]>([
    ['status', { status: 'paid' }],
    ['status', { status: 5 }],
    ['source', { source: 'fax' }],
    ['source', { source: ['web'] }],
    ['subtotal', { subtotal: 'ten' }],
    ['subtotal', { subtotal: {} }],
    ['subtotal', { subtotal: -10 }],
    ['subtotal', { subtotal: 10.005 }],
    ['subtotal', { subtotal: 1e30 }],
    ['tax', { tax: -1 }],
    ['discount', { discount: -1 }],
    ['currency', { currency: 'DOLLAR' }],
    ['currency', { currency: 'EUR' }],
    ['placed', { placed: 'yesterday' }],
    ['wanted', { wanted: '2026-02-30T12:00:00Z' }],
    ['basket', { basket: [] }],
    ['basket.posEntries', { basket: { posEntries: 'all' } }],
    ['basket.posEntries[0]', { basket: { posEntries: [7] } }],
    ['basket.posEntries[0].posItem.cost', entry({ cost: -10 })],
    ['basket.posEntries[0].posItem.cost', entry({ cost: 9.999 })],
    ['basket.posEntries[0].posItem.cost', entry({ cost: true })],
    ['basket.posEntries[0].posItem.label', entry({ label: {} })],
    ['basket.posEntries[0].quantity', entry({}, -1)],
    ['basket.posEntries[0].quantity', entry({}, 'two')],
    ['basket.posEntries[0].posItem.modifiers[0].cost', entry({ modifiers: [{ label: 'Cheese', cost: -1, quantity: 1 }] })],
    ['type', { type: 'wedding' }],
    ['rendition', { rendition: 'drone' }],
  ])('%s: %j', async (path, fields) => {
    const body = { ...sale(10), brand: house().accountId, status: 'completed', ...fields }
    await expectNamed(await house().till.post(orders(), body), new RegExp(escaped(path)))
  })

  it.each<[string, unknown]>([
    ['customer.dob', '1990-02-30'],
    ['customer.gender', 'x'],
    ['customer.marital_status', 'complicated'],
    ['customer.verify_email', 'maybe'],
    ['customer.email', 'not-an-address'],
    ['customer.name', 7],
  ])('%s: %j', async (path, value) => {
    const customer = { phone: nextPhone(), [path.split('.')[1] ?? '']: value }
    await expectNamed(await house().till.create(customer), new RegExp(escaped(path)))
    expect((await house().till.create({ phone: customer.phone })).http).toBe(201)
  })
})

describe('absurd sizes', () => {
  it('10,000 lines', async () => {
    const lines = Array.from({ length: 10_000 }, () => ({ posItem: { label: 'x', cost: 1 } }))
    const reply = await house().till.order(member, 'completed', sale(10_000, { basket: { posEntries: lines } }))
    expect([400, 413], reply.text).toContain(reply.http)
    await expectUnchanged()
  })

  it('50 levels of modifiers', async () => {
    let deep: Item = { label: 'Deepest', cost: 0 }
    for (let level = 0; level < 50; level += 1) deep = { label: `Level ${level}`, cost: 0, modifiers: [deep] }
    await expectNamed(await house().till.order(member, 'completed', cart([{ ...item, modifiers: [deep] }])), /modifiers/)
  })

  it('100,000 levels of arrays', async () => {
    expectRefusal(await sendBody(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 400, 2000)
    await expectUnchanged()
  })

  it('a string of 1 MB', async () => {
    expectRefusal(await house().till.order(member, 'completed', sale(10, { id: 'x'.repeat(1_000_000) })), 413, 2000)
    await expectUnchanged()
  })

  it.each(['id', 'source', 'vendor'])('a %s of 100,000 characters', async (field) => {
    const reply = await house().till.order(member, 'completed', sale(10, { [field]: 'x'.repeat(100_000) }))
    expect(reply.http, reply.text.slice(0, 500)).toBe(400)
    expect(reply.text.length).toBeLessThan(5_000)
    await expectUnchanged()
  })

  it('a quantity of ten million', async () => {
    await expectNamed(
      await house().till.order(member, 'completed', cart([{ ...item, quantity: 10_000_000 }])),
      /quantity|posEntries/,
    )
  })

  it('an address of 100,000 characters', async () => {
    const reply = await house().till.send({ path: `/loyalty/accounts/${'9'.repeat(10_000)}/balance` })
    expect(reply.http).toBeGreaterThanOrEqual(400)
    expect(reply.http).toBeLessThan(500)
  })
})

describe('what is not there, or not yours', () => {
  it('unknown stores, members and rewards', async () => {
    const { till } = house()
    expectRefusal(await till.order(member, 'completed', sale(10, { vendor: '1' })), 400, 4002)
    expectRefusal(await till.order('999999999', 'completed', sale(10)), 400, 4003)
    expectRefusal(await till.order(member, 'completed', redeeming(sale(10), '999999999', 5)), 400, 400)
    expectRefusal(await till.order(member, 'completed', redeeming(sale(10), 'P_x', 5)), 400, 400)
    await expectUnchanged()
  })

  it('another member’s order', async () => {
    const { till } = house()
    const stranger = await till.newMember()
    const order = sale(10)
    await till.accepted(stranger, 'placed', order)
    expectRefusal(await till.order(member, 'completed', order), 409, 2000)
    expectRefusal(await till.order(member, 'voided', order), 409, 2000)
    expectRefusal(await till.order('guest', 'billed', order), 409, 2000)
    await till.run(stranger, ['billed', 'completed'], order)
    expect(await till.points(stranger)).toBe(10)
    await expectUnchanged()
  })

  it('another member’s reward', async () => {
    const { till } = house()
    const stranger = await till.newMember()
    expectRefusal(await till.order(stranger, 'completed', redeeming(sale(10), r5, 5)), 400, 400)
    await expectUnchanged()
  })
})

describe('bad paths and headers', () => {
  it.each(['%', '%zz', '%c3%28', '%00', '..%2f..', '%F0%9F%8D%94'])('the member %s', async (segment) => {
    for (const path of [`/loyalty/accounts/${segment}/balance`, `/loyalty/accounts/${segment}/rewards?store=999999`]) {
      const reply = await house().till.send<ErrorBody>({ path })
      expect(reply.http, reply.text).toBeGreaterThanOrEqual(400)
      expect(reply.http, reply.text).toBeLessThan(500)
      expect(reply.body.code, reply.text).toEqual(expect.any(Number))
    }
  })

  it.each(['%', '%zz', '999999&store=1', '%c3%28', ''])('the store %s', async (store) => {
    const reply = await house().till.send<ErrorBody>({ path: `/loyalty/accounts/${member}/rewards?store=${store}` })
    expect(reply.http, reply.text).toBe(400)
    expect(reply.body.code, reply.text).toEqual(expect.any(Number))
  })

  it('a wrong content type', async () => {
    const raw = { method: 'POST', path: orders(), body: bodyOf(sale(10)), headers: { 'Content-Type': 'text/xml' } }
    expectRefusal(await house().till.send(raw), 415, 2000)
    await expectUnchanged()
  })

  it('an encoding that nobody asked for', async () => {
    const raw = { method: 'POST', path: orders(), body: bodyOf(sale(10)), headers: { 'Content-Encoding': 'gzip' } }
    const reply = await house().till.send(raw)
    expect(reply.http, reply.text).toBeLessThan(500)
    if (reply.http === 200) await house().till.accepted(member, 'refunded', JSON.parse(raw.body) as Cart)
  })
})

describe('a clock ten years off', () => {
  it('an order from ten years ago or ahead counts as one of now', async () => {
    const { till } = house()
    const other = await till.newMember()
    await till.accepted(other, 'completed', sale(10, { placed: '2016-01-01T00:00:00Z' }))
    await till.accepted(other, 'completed', sale(10, { placed: '2036-01-01T00:00:00Z', wanted: '2036-01-02T00:00:00Z' }))
    expect(await till.points(other)).toBe(20)
  })

  it('a test clock ten years ahead goes on serving', async () => {
    const { till, moveClock } = house()
    await moveClock(new Date(Date.now() + 10 * 365 * 86_400_000).toISOString())
    const other = await till.newMember()
    await till.accepted(other, 'completed', sale(10))
    expect(await till.points(other)).toBe(10)
    await moveClock(null)
  })
})

describe('a program file with a mistake', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'regulars-mistakes-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const apply = (file: string) => regulars(['apply', file, '--yes', '--database-url', house().databaseUrl])

  it.each<[string, RegExp, (text: string) => string]>([
    ['a type that does not exist', /program\.type/, (text) => text.replace('points_banking', 'points_hoarding')],
    ['an unknown key', /five-off|amounts/, (text) => text.replace('"amount"', '"amounts"')],
    ['a percent over 100', /ten-percent/, (text) => text.replace('"percent": 10', '"percent": 110')],
    ['an unknown zone', /timezone/, (text) => text.replace('America/New_York', 'America/Gotham')],
    ['an unknown currency', /currency/, (text) => text.replace('"USD"', '"USX"')],
    ['a period of nothing', /hold/, (text) => text.replace('24 hours', 'a while')],
    ['no account', /account/, (text) => text.replace('"account"', '"acount"')],
  ])('%s: file, line and path are named', async (_, path, spoil) => {
    const text = JSON.stringify(houseProgram(), undefined, 2)
    const spoilt = spoil(text)
    expect(spoilt).not.toBe(text)
    const file = join(folder, 'mistake.json')
    await writeFile(file, spoilt)
    const applied = await apply(file)
    const output = applied.stdout + applied.stderr
    expect(applied.code, output).not.toBe(0)
    expect(output).toContain('mistake.json')
    expect(output).toMatch(/mistake\.json:\d+|line \d+/)
    expect(output).toMatch(path)
    expect(output).not.toMatch(/\n\s+at /)
    await expectUnchanged()
  })

  it('a file that is no YAML, or not there', async () => {
    const file = join(folder, 'broken.yaml')
    await writeFile(file, 'account: { id: "33559"\nprogram: [')
    for (const name of [file, join(folder, 'absent.yaml')]) {
      const applied = await apply(name)
      expect(applied.code, applied.stdout).not.toBe(0)
      expect(applied.stdout + applied.stderr).toContain(name.split('/').at(-1))
    }
  })

  it('an unchanged file changes nothing', async () => {
    const applied = await apply(await writeProgram(folder, houseProgram()))
    expect(applied.code, applied.stdout + applied.stderr).toBe(0)
    await expectUnchanged()
  })
})

describe('a database that is down at the start', () => {
  it('is said plainly by a command that needs it', async () => {
    const checked = await regulars(['verify', '--database-url', 'postgres://nobody@127.0.0.1:1/nothing'])
    expect(checked.code).not.toBe(0)
    expect(checked.stdout + checked.stderr).toMatch(/database|connect|127\.0\.0\.1/i)
    expect(checked.stdout + checked.stderr).not.toMatch(/\n\s+at /)
  })
})

/** Sends bytes over a connection of its own, ends it, and gives whatever was answered. */
function sendAndHangUp(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => socket.end(bytes))
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

function escaped(text: string): string {
  return text.replace(/[.[\]]/g, String.raw`\$&`)
}
