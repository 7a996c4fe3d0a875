import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMailer, type Mailer } from './mail.ts'
import { type Mailbox, startMailbox } from './mailbox.ts'

let mailbox: Mailbox
let mailer: Mailer

beforeAll(async () => {
  mailbox = await startMailbox()
  mailer = createMailer({ url: mailbox.url, from: 'Taste of the World <loyalty@taste.test>' })
})

afterAll(async () => {
  mailer.close()
  await mailbox.stop()
})

it('delivers a mail, whose links can be followed', async () => {
  await mailer.check()
  const text = `Grüße, Ann!\n\nOpen https://loyalty.test/verify?token=${'x'.repeat(90)}&a=1.\nOr (http://127.0.0.1:8080/a), or not.`
  await mailer.send({ to: 'ann@example.com', subject: 'Bestätigung – ünïcode', text, id: 'm1' })
  const [mail] = mailbox.list()
  expect(mail).toMatchObject({
    to: 'ann@example.com',
    subject: 'Bestätigung – ünïcode',
    links: [`https://loyalty.test/verify?token=${'x'.repeat(90)}&a=1`, 'http://127.0.0.1:8080/a'],
  })
  expect(mail?.text.trim()).toBe(text)
  expect(Math.abs(Date.parse(mail?.receivedAt ?? '') - Date.now())).toBeLessThan(5_000)
})

it('shows the newest first, and keeps 500', async () => {
  for (let batch = 1; batch <= 6; batch++) {
    await Promise.all(
      Array.from({ length: 100 }, () => mailer.send({ to: 'ann@example.com', subject: `batch ${batch}`, text: 'x' })),
    )
  }
  const subjects = mailbox.list().map(({ subject }) => subject)
  expect(subjects).toEqual([6, 5, 4, 3, 2].flatMap((batch) => new Array(100).fill(`batch ${batch}`)))
})

it('throws when nobody takes the mail', async () => {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  const port = typeof address === 'object' ? address?.port : 0
  const lost = createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'loyalty@taste.test' })
  await expect(lost.send({ to: 'ann@example.com', subject: 'x', text: 'x' })).rejects.toThrow('ECONNREFUSED')
  await expect(lost.check()).rejects.toThrow('ECONNREFUSED')
  lost.close()
})

it('cannot be made to write another header or another recipient', async () => {
  await mailer.send({ to: 'ann@example.com', subject: 'hello\r\nBcc: eve@example.com\r\n\r\nboo', text: 'x' })
  const [mail] = mailbox.list()
  expect(mail?.to).toBe('ann@example.com')
  expect(mail?.subject).toMatch(/^hello Bcc: eve@example\.com\s+boo$/)
})
