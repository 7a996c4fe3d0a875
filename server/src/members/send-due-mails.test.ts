import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createMailer, type Mailer } from '../platform/index.ts'
import { sendDueMails } from './index.ts'
import { createTestBrand, HOUR, NOON, type TestBrand } from './test-brand.ts'

let brand: TestBrand
let receiver: SMTPServer
let mailer: Mailer
let received: ParsedMail[] = []
let refusals = 0

beforeAll(async () => {
  brand = await createTestBrand()
  receiver = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => {
      if (refusals === 0) return done()
      refusals -= 1
      done(Object.assign(new Error(`${address} is greylisted`), { responseCode: 450 }))
    },
    onData: (stream, _session, done) => {
      simpleParser(stream).then((mail) => {
        received.push(mail)
        done()
      }, done)
    },
  })
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening))
  mailer = createMailer({
    url: `smtp://127.0.0.1:${(receiver.server.address() as AddressInfo).port}`,
    from: 'Regulars <loyalty@example.com>',
  })
})

afterAll(async () => {
  await new Promise<void>((closed) => receiver.close(closed))
  await brand.stop()
})

beforeEach(() => {
  received = []
})

const send = (now = NOON) => sendDueMails(brand.db, mailer, brand.vault, now)
let phones = 4155552000
const ask = (email: string) => brand.post({ phone: String(phones++), email, verifyEmail: true })

it('sends what is due, once, with a link that works', async () => {
  await ask('ann@example.com')
  expect(await send()).toEqual({ sent: 1, failed: 0 })
  expect(await send()).toEqual({ sent: 0, failed: 0 })
  const [mail] = received
  expect(mail?.subject).toBe('Confirm your email address for Taste of the World')
  expect(mail?.text).toContain('ending in 2000')
  expect(await brand.open(/https:\S+/.exec(mail?.text ?? '')?.[0] ?? '')).toMatchObject({ outcome: 'verified' })
  expect(await brand.rows('select 1 from mails')).toEqual([])
})

it('tries again after a refusal, later each time, and keeps nothing of the address in the record of it', async () => {
  await ask('grey@example.com')
  refusals = 2
  expect(await send(NOON)).toEqual({ sent: 0, failed: 1 })
  expect(await brand.rows('select attempts, last_error, leased_until from mails')).toEqual([
    { attempts: 1, last_error: 'EENVELOPE 450', leased_until: null },
  ])
  expect(await send(NOON + 9_999)).toEqual({ sent: 0, failed: 0 })
  expect(await send(NOON + 10_000)).toEqual({ sent: 0, failed: 1 })
  expect(await send(NOON + 29_999)).toEqual({ sent: 0, failed: 0 })
  expect(await send(NOON + 30_000)).toEqual({ sent: 1, failed: 0 })
  expect(received).toHaveLength(1)
})

it('gives up after about a day, and leaves the mail to be looked at', async () => {
  await ask('never@example.com')
  refusals = Number.POSITIVE_INFINITY
  let failed = 0
  for (let now = NOON; now < NOON + 48 * HOUR; now += HOUR) failed += (await send(now)).failed
  refusals = 0
  expect(failed).toBe(30)
  expect(await send(NOON + 1000 * HOUR)).toEqual({ sent: 0, failed: 0 })
  expect(await brand.takeMails()).toHaveLength(1)
})

it('sends each mail once when two workers send at the same time', async () => {
  for (let i = 0; i < 12; i++) await ask(`many${i}@example.com`)
  const totals = await Promise.all([send(), send(), send()])
  expect(totals.reduce((sum, { sent }) => sum + sent, 0)).toBe(12)
  expect(new Set(received.map(({ to }) => JSON.stringify(to))).size).toBe(12)
  expect(received).toHaveLength(12)
})

it('has no transaction open while it sends, and lets another worker take over when the lease of a dead one has ended', async () => {
  await ask('slow@example.com')
  let open: unknown[] = []
  const dying: Mailer = {
    ...mailer,
    send: async () => {
      open = await brand.rows(
        `select query from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
      )
      return new Promise<never>(() => {})
    },
  }
  void sendDueMails(brand.db, dying, brand.vault, NOON)
  await expect.poll(async () => (await brand.rows('select 1 from mails where leased_until is not null')).length).toBe(1)
  expect(await send(NOON + 60_000)).toEqual({ sent: 0, failed: 0 })
  expect(await send(NOON + 5 * 60_000)).toEqual({ sent: 1, failed: 0 })
  expect(open).toEqual([])
})
