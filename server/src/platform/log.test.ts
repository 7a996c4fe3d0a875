import { execFile } from 'node:child_process'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { createLogger, type Logger, maskContact } from './log.ts'

function logged(write: (log: Logger) => void): { record: Record<string, unknown>; text: string } {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk
      done()
    },
  })
  write(createLogger({ stream }))
  return { record: JSON.parse(text), text }
}

it('takes out secrets and personal data at any depth, in lists too, by whatever name they go', () => {
  const { record, text } = logged((log) =>
    log.info(
      {
        route: 'orders',
        headers: { 'X-Class-Signature': 's3cr3t', authorization: 's3cr3t', 'content-type': 'application/json' },
        credential: { sealed_secret: 's3cr3t', previousSecret: 's3cr3t', apiKey: 's3cr3t' },
        members: [{ memberId: 7, phone: 's3cr3t', contact: [{ email: 's3cr3t', smsOptIn: true }] }],
        verifyEmail: true,
        status: 201,
      },
      'answered',
    ),
  )
  expect(text).not.toContain('s3cr3t')
  expect(record).toMatchObject({
    level: 'info',
    msg: 'answered',
    route: 'orders',
    headers: { authorization: '[redacted]', 'content-type': 'application/json' },
    members: [{ memberId: 7, contact: [{ smsOptIn: true }] }],
    verifyEmail: true,
    status: 201,
  })
})

it('masks addresses, numbers and tokens in messages', () => {
  const { record } = logged((log) =>
    log.warn('550 no such user <ann.lee@example.com>, call +14155550123, see https://x.test/verify?token=abc123&a=1'),
  )
  expect(record.msg).toBe('550 no such user <a***@example.com>, call ***23, see https://x.test/verify?token=[redacted]&a=1')
})

it('shows an error and what caused it, without what PostgreSQL tells of the row', () => {
  const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (phone)=(4155550123) already exists.' })
  const { record, text } = logged((log) => log.error({ err: new Error('no mail to ann@example.com', { cause }) }))
  expect(record.err).toMatchObject({
    type: 'Error',
    message: 'no mail to a***@example.com',
    cause: { message: 'duplicate key', code: '23505' },
  })
  expect(text).not.toContain('4155550123')
  expect(text).not.toContain('ann@')
  expect(logged((log) => log.error(cause)).text).not.toContain('4155550123')
})

it('ends with what refers to itself, and keeps fields that children add', () => {
  const loop: Record<string, unknown> = { n: 1 }
  loop.again = loop
  expect(logged((log) => log.child({ job: 'expire' }).info({ loop })).record).toMatchObject({ job: 'expire', loop: { n: 1 } })
  expect(logged((log) => log.child({ token: 's3cr3t' }).info('x')).text).not.toContain('s3cr3t')
})

it('masks a contact so that only who knows it recognises it', () => {
  expect(['ann.lee@example.com', '+14155550123', '7'].map(maskContact)).toEqual(['a***@example.com', '***23', '***7'])
})

it('writes to standard error, so that what a command prints can be piped', async () => {
  const program = `
    import { createLogger } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)}
    const cause = Object.assign(new Error('+14155550123 is taken'), { details: { member: { phone: '4155550123' } } })
    createLogger().error({ err: new Error('ann@example.com', { cause }), reply: { member: { email: 'ann@example.com' } } }, 'refused')
    createLogger({ level: 'error' }).info('not worth it')`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toBe('')
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', msg: 'refused' })
  expect(stderr).not.toMatch(/ann@|4155550123/)
})
