import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../platform/test-database.ts'

const COMMAND = fileURLToPath(new URL('../../bin/regulars.js', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url))
const VECTOR = [
  '--secret',
  'Afq3p8iYTgWTxUw1d8cx6q7wmQl20REw48yT6Mk3kw9=',
  '--body',
  '{"spendgo_id":"296076","first_name":"John","last_name":"Doe"}',
]
/** Nobody listens there. */
const NOWHERE = 'postgres://nobody@127.0.0.1:1/none'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function regulars(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((ended) => {
    const options = { env: { ...process.env, DATABASE_URL: '', NO_COLOR: '1', ...env } }
    const child = execFile(process.execPath, [COMMAND, ...args], options, (_error, stdout, stderr) =>
      ended({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

let folder: string
let database: TestDatabase
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regulars-cli-'))
  database = await createTestDatabase()
})
afterAll(async () => {
  await database.stop()
  await rm(folder, { recursive: true })
})

describe('sign', () => {
  it('prints what is signed, the known signature and a curl to paste', async () => {
    const { code, stdout } = await regulars(['sign', '/api/v1/member/update', ...VECTOR, '--key', 'k1'])
    expect(code).toBe(0)
    expect(stdout).toContain('GAOyiw6UXXZlsVqfVrNTW20kmgNZoxJPXoQ1f1zPzuI=')
    expect(stdout).toContain(`curl 'http://127.0.0.1:8080/api/v1/member/update'`)
    expect(stdout).toContain(`-H 'X-Class-Key: k1'`)
  })

  it('prints JSON that a program can read', async () => {
    const { stdout } = await regulars(['sign', '/api/v1/member/update', ...VECTOR, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ signature: 'GAOyiw6UXXZlsVqfVrNTW20kmgNZoxJPXoQ1f1zPzuI=' })
  })

  it('says that a target names no host', async () => {
    const { code, stderr } = await regulars(['sign', 'https://example.com/x', ...VECTOR])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('starts with a slash') })
  })
})

describe('what a caller gets wrong', () => {
  it.each([
    [['nonsense'], 2, /unknown command/],
    [['dev', '--port', 'abc'], 2, /whole number/],
    [['serve', '--port', '70000'], 2, /at most 65535/],
    [['verify'], 2, /DATABASE_URL/],
    [['apply', '/no/such/file.yaml', '--database-url', NOWHERE], 2, /no such file/],
    [['clock', 'tomorrow', '--database-url', NOWHERE], 2, /2026-03-01T12:00:00Z/],
    [['clock', '--database-url', NOWHERE], 3, /regulars doctor/],
    [['credential', 'create', '--account', '33559', '--database-url', NOWHERE], 2, /master key/],
  ])('%j ends with %i and says what would be right', async (args, code, words) => {
    const ended = await regulars(args)
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) })
    expect(ended.stderr).not.toMatch(/\n\s+at /)
  })
})

describe('apply', () => {
  it('names file, line and path of every mistake, and changes nothing', async () => {
    const file = join(folder, 'wrong.yaml')
    await writeFile(
      file,
      'account: { id: "33559", name: X, currency: USD, country: US, timezone: America/New_York }\nstores: []\nprogram:\n  type: pionts\n',
    )
    const { code, stderr } = await regulars(['apply', file, '--yes', '--database-url', database.url])
    expect(code).toBe(2)
    expect(stderr).toMatch(new RegExp(`${file}:4:\\d+ {2}program\\.type: .*points`))
    expect(stderr).toMatch(/Nothing was changed/)
    expect(await database.db.query('', 'select from accounts', [])).toEqual([])
  })

  it('shows the difference, asks for --yes where nobody can answer, applies once, and sees that nothing is left to do', async () => {
    const file = join(EXAMPLES, 'points.yaml')
    const asked = await regulars(['apply', file, '--database-url', database.url])
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    const first = await regulars(['apply', file, '--yes', '--database-url', database.url])
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('program version 1 is in force'),
      stderr: expect.stringMatching(/program\n {2}\+ type: points/),
    })
    const again = await regulars(['apply', file, '--yes', '--json', '--database-url', database.url])
    expect(JSON.parse(again.stdout)).toMatchObject({ kind: 'unchanged', version: 1 })
  })
})

describe('credential', () => {
  const key = { REGULARS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }

  it('is made, listed, rotated and disabled; its secret is shown when it is made and never listed', async () => {
    await regulars(['apply', join(EXAMPLES, 'stamps.yaml'), '--yes', '--database-url', database.url])
    const at = ['--database-url', database.url, '--json']
    const made = JSON.parse(
      (await regulars(['credential', 'create', '--account', '40002', '--store', '2001', ...at], key)).stdout,
    )
    expect(made).toMatchObject({ apiKey: expect.stringMatching(/^test_/), storeCodes: ['2001'] })
    expect(Buffer.from(made.secret, 'base64').toString()).toMatch(/^[A-Za-z0-9]{48}$/)

    const listed = await regulars(['credential', 'list', '--account', '40002', ...at])
    expect(JSON.parse(listed.stdout)).toHaveLength(1)
    expect(listed.stdout).not.toContain(made.secret)

    const rotated = JSON.parse((await regulars(['credential', 'rotate', made.apiKey, ...at], key)).stdout)
    expect(rotated.secret).not.toBe(made.secret)
    const disabled = JSON.parse((await regulars(['credential', 'disable', made.apiKey, ...at])).stdout)
    expect(disabled.disabledAt).toEqual(expect.any(Number))
  })
})

describe('clock, migrate, verify, doctor', () => {
  it('freezes and releases the test clock', async () => {
    const at = ['--database-url', database.url, '--json']
    expect(JSON.parse((await regulars(['clock', '2026-03-01T12:00:00Z', ...at])).stdout)).toEqual({
      now: '2026-03-01T12:00:00.000Z',
      frozen: true,
    })
    expect(JSON.parse((await regulars(['clock', 'run', ...at])).stdout)).toMatchObject({ frozen: false })
  })

  it('migrates what is missing, once', async () => {
    const args = ['migrate', '--database-url', database.url, '--json']
    expect(JSON.parse((await regulars(args)).stdout)).toEqual({ test: [], live: expect.arrayContaining(['0001-foundation.sql']) })
    expect(JSON.parse((await regulars(args)).stdout)).toEqual({ test: [], live: [] })
  })

  it('verifies an empty ledger, and says when there is no database', async () => {
    expect(await regulars(['verify', '--database-url', database.url])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"ok": true'),
    })
    expect(await regulars(['verify', '--database-url', NOWHERE])).toMatchObject({ code: 3 })
  })

  it('examines what it can, and says how to mend what fails', async () => {
    const well = await regulars(['doctor', '--database-url', database.url, '--json'])
    expect(well.code).toBe(0)
    expect(JSON.parse(well.stdout).findings.map((one: { check: string }) => one.check)).toEqual(
      expect.arrayContaining(['node', 'signing', 'database', 'clock', 'smtp']),
    )
    const ill = await regulars(['doctor', '--database-url', NOWHERE], { SMTP_URL: 'smtp://127.0.0.1:1' })
    expect(ill).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/FAILED {3}database[\s\S]*→ Is PostgreSQL running[\s\S]*FAILED {3}smtp/),
    })
  })
})
