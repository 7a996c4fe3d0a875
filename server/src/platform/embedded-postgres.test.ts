import { spawn } from 'node:child_process'
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openOwner } from './database.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { installedMajors } from './postgres-binaries.ts'
import { startElsewhere } from './test-elsewhere.ts'

/** Later tests start on the cluster that the first has made: making one takes most of a second. */
let dataDir: string
let privateDir: string

beforeAll(async () => {
  // As root, `nobody` has no way through this folder.
  privateDir = await mkdtemp(join(tmpdir(), 'regulars-embedded-'))
  await chmod(privateDir, 0o700)
  // The path of a socket in it would be too long.
  dataDir = join(privateDir, 'a folder', 'x'.repeat(120), 'data')
})

afterAll(async () => {
  const last = await startEmbeddedPostgres({ dataDir })
  await last.stop()
  await rm(privateDir, { recursive: true, force: true })
})

it('makes a cluster below a private folder, which it leaves private, and takes it up again after a stop', async () => {
  const said: string[] = []
  const first = await startEmbeddedPostgres({ dataDir, log: (text) => said.push(text) })
  await ask(first.url, 'create table kept (n integer)')
  await ask(first.socketUrl, 'insert into kept values (7)')
  await first.stop()
  await expect(ask(first.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })

  const second = await startEmbeddedPostgres({ dataDir })
  expect([first.attached, second.attached]).toEqual([false, false])
  expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 7 }])
  expect(await ask(second.url, 'show wal_segment_size')).toEqual([{ wal_segment_size: '1MB' }])
  await second.stop()

  expect((await stat(privateDir)).mode & 0o777).toBe(0o700)
  expect((await stat(join(dataDir, 'pg'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(dataDir, 'pg-password'))).mode & 0o777).toBe(0o600)
  expect(said[0]).toMatch(/^making a PostgreSQL \d+ cluster/)
  expect((await readdir(dataDir)).filter((name) => name.startsWith('pg-draft-'))).toEqual([])
})

it('asks for the password over TCP and lets only its own user at the socket', async () => {
  const running = await startEmbeddedPostgres({ dataDir })
  const wrong = new URL(running.url)
  wrong.password = 'guess'
  await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  const socketDir = new URL(running.socketUrl).searchParams.get('host') ?? ''
  expect((await stat(socketDir)).mode & 0o777).toBe(0o700)
  await running.stop()
  await expect(stat(socketDir)).rejects.toMatchObject({ code: 'ENOENT' })
})

it('finds the server that a killed process left running, and stops it', async () => {
  const other = startElsewhere(dataDir)
  const url = await other.url
  await ask(url, 'create table survived ()')
  await other.kill()

  const start = Date.now()
  const next = await startEmbeddedPostgres({ dataDir })
  expect(Date.now() - start).toBeLessThan(2_000)
  expect(next.attached).toBe(true)
  expect(next.url).toBe(url)
  expect(await ask(next.socketUrl, 'select count(*)::integer as n from survived')).toEqual([{ n: 0 }])
  await next.stop()
  await expect(ask(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it('comes back after PostgreSQL was killed too, with everything that was committed', async () => {
  const first = await startEmbeddedPostgres({ dataDir })
  await ask(first.url, 'create table crashed (n integer)')
  await ask(first.url, 'insert into crashed values (1)')
  process.kill(await postmasterPid(), 'SIGKILL')
  const second = await startEmbeddedPostgres({ dataDir })
  expect(second.attached).toBe(false)
  expect(await ask(second.url, 'select n from crashed')).toEqual([{ n: 1 }])
  await first.stop()
  expect(await ask(second.url, 'select n from crashed')).toEqual([{ n: 1 }])
  await second.stop()
})

it('is started again where it was when it is supervised, as often as it is killed, and not once it is stopped', async () => {
  const running = await startEmbeddedPostgres({ dataDir })
  const said: string[] = []
  running.supervise((text) => said.push(text))
  const pool = openOwner(running.socketUrl, 'test')
  try {
    for (const [signal, tidied] of [
      ['SIGKILL', false],
      ['SIGINT', false],
      ['SIGKILL', true],
    ] as const) {
      // The look that started it ends a moment after the first answer; a kill within that moment would be its own to mend.
      await sleep(500)
      expect(await pool.query('n', 'select 2 as n', [])).toEqual([{ n: 2 }])
      process.kill(await postmasterPid(), signal)
      if (tidied) await rm(new URL(running.socketUrl).searchParams.get('host') ?? '', { recursive: true })
      await expect.poll(() => ask(running.url, 'select 1 as n').catch(() => []), { timeout: 10_000 }).toEqual([{ n: 1 }])
      // A pool may hold connections that it does not know yet to be dead.
      await expect.poll(() => pool.query('n', 'select 2 as n', []).catch(() => []), { timeout: 5_000 }).toEqual([{ n: 2 }])
    }
    expect(said).toEqual(new Array(3).fill('PostgreSQL has ended: starting it again'))
  } finally {
    await pool.close()
    // Or it would be started again under the tests that follow.
    await running.stop()
  }
  await sleep(400)
  await expect(ask(running.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it('is not deceived by a pid file whose number belongs to another program by now', async () => {
  const first = await startEmbeddedPostgres({ dataDir })
  const pidFile = join(dataDir, 'pg', 'postmaster.pid')
  const text = await readFile(pidFile, 'utf8')
  await first.stop()
  const { uid, gid } = await stat(join(dataDir, 'pg'))
  const bystander = spawn('sleep', ['60'], { uid, gid })
  try {
    await writeFile(pidFile, text.replace(/^\d+/, String(bystander.pid)))
    const second = await startEmbeddedPostgres({ dataDir })
    expect(second.attached).toBe(false)
    await second.stop()
  } finally {
    bystander.kill('SIGKILL')
  }
})

it('serves several processes that come at once, and stays until the last has gone', async () => {
  const fresh = join(privateDir, 'race')
  const [here, other] = [startEmbeddedPostgres({ dataDir: fresh }), startElsewhere(fresh)]
  const [{ url, stop }, otherUrl] = await Promise.all([here, other.url])
  expect(otherUrl).toBe(url)
  await stop()
  expect(await ask(url, 'select 1 as n')).toEqual([{ n: 1 }])
  await other.end()
  await expect(ask(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it('stays for an orderly end when Ctrl-C reaches every process of the terminal', async () => {
  const other = startElsewhere(dataDir)
  const url = await other.url
  expect(await other.end('SIGINT')).toBe('[{"n":7}]')
  await expect(ask(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it.each(await installedMajors())('keeps what PostgreSQL %i was given safe from power cuts and bad disks', async (major) => {
  const folder = join(privateDir, `by ${major}`)
  const running = await startEmbeddedPostgres({ dataDir: folder, major })
  const settings = {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    data_checksums: 'on',
    listen_addresses: '127.0.0.1',
  }
  const [found] = await ask(
    running.socketUrl,
    `select ${Object.keys(settings).map((name) => `current_setting('${name}') as ${name}`)}`,
  )
  expect(found).toEqual(settings)
  await running.stop()
  expect(Number.parseInt(await readFile(join(folder, 'pg', 'PG_VERSION'), 'utf8'), 10)).toBe(major)
  // A later start wants nothing, and takes the one that can read the folder.
  const later = await startEmbeddedPostgres({ dataDir: folder })
  const [{ version } = { version: 0 }] = await ask<{ version: number }>(
    later.url,
    `select current_setting('server_version_num')::integer as version`,
  )
  expect(Math.floor(version / 10_000)).toBe(major)
  await later.stop()
})

it('says what is wrong with a folder that it cannot serve', async () => {
  const other = join(privateDir, 'other')
  await mkdir(join(other, 'pg'), { recursive: true })
  await writeFile(join(other, 'pg', 'letter.txt'), 'Dear Ann')
  await expect(startEmbeddedPostgres({ dataDir: other })).rejects.toThrow('not empty and not a PostgreSQL cluster')
  await writeFile(join(other, 'pg', 'PG_VERSION'), '12\n')
  await expect(startEmbeddedPostgres({ dataDir: other })).rejects.toThrow(
    /the data was made by PostgreSQL 12, and there is only [\d, ]+ here/,
  )
})

it('shows the end of the log when PostgreSQL does not start', async () => {
  const settings = join(dataDir, 'pg', 'postgresql.conf')
  const before = await readFile(settings, 'utf8')
  await appendFile(settings, '\nno_such_setting = 1\n')
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(/did not start[\s\S]*no_such_setting/)
  await writeFile(settings, before)
})

async function ask<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function postmasterPid(): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'pg', 'postmaster.pid'), 'utf8'), 10)
}
