import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase, openOwner } from './database.ts'
import { migrate, pendingMigrations } from './migrate.ts'
import { installedMajors } from './postgres-binaries.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

describe.each(await installedMajors())('on PostgreSQL %i', (major) => {
  let test: TestDatabase
  let owner: Database

  beforeAll(async () => {
    test = await createTestDatabase(major)
    owner = openOwner(test.url, 'test')
    // A role serves the whole cluster, and stays when the schema goes.
    await migrate(test.url, 'live')
  })

  /** Every test finds the environment `live` not made yet. */
  beforeEach(async () => {
    await owner.query('', 'drop schema if exists regulars_live cascade', [])
  })

  afterAll(async () => {
    await owner.close()
    await test.stop()
  })

  const tables = (schema: string) =>
    owner.query<{ name: string }>(
      '',
      'select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = $$r$$ order by relname',
      [schema],
    )

  it('makes what is missing, tells of each migration, and then has nothing to do', async () => {
    const told: string[] = []
    const live = openDatabase({ url: test.url, environment: 'live' })
    expect(await pendingMigrations(live)).toContain('0001-foundation.sql')
    const { applied } = await migrate(test.url, 'live', { onProgress: (name) => told.push(name) })
    expect(applied[0]).toBe('0001-foundation.sql')
    expect(told).toEqual(applied)
    expect(await tables('regulars_live')).toEqual(await tables('regulars_test'))
    expect(await pendingMigrations(live)).toEqual([])
    expect(await migrate(test.url, 'live')).toEqual({ applied: [] })
    await live.close()
  })

  it('is done once when many servers start at once', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => migrate(test.url, 'live')))
    const applied = results.flatMap((result) => result.applied)
    expect(new Set(applied).size).toBe(applied.length)
    expect(applied).toContain('0001-foundation.sql')
  })

  it('refuses a database that a newer version has migrated, and names both', async () => {
    await owner.query('', `insert into migrations (id, name, checksum) values (9999, '9999-from-the-future.sql', 'x')`, [])
    await expect(migrate(test.url, 'test')).rejects.toThrow(
      /has migration 9999-from-the-future\.sql, and the newest this version .* knows is \d{4}-/,
    )
    await owner.query('', 'delete from migrations where id = 9999', [])
  })

  it('refuses when an applied file was changed since', async () => {
    await owner.query('', `update migrations set checksum = 'a' || checksum where id = 1`, [])
    await expect(migrate(test.url, 'test')).rejects.toThrow(
      '0001-foundation.sql was changed after it was applied to regulars_test',
    )
    await owner.query('', 'update migrations set checksum = substr(checksum, 2) where id = 1', [])
    expect(await migrate(test.url, 'test')).toEqual({ applied: [] })
  })

  it('tells an administrator what to run when its user may not, and is content once they have', async () => {
    await owner.query('', 'drop role regulars_live', [])
    const [{ name } = { name: '' }] = await owner.query<{ name: string }>('', 'select current_database() as name', [])
    const modest = `modest_of_${name}`
    await owner.query('', `create role ${modest} login password 'hello'`, [])
    const url = new URL(test.url)
    url.username = modest
    url.password = 'hello'

    const refusal: unknown = await migrate(url.href, 'live').catch((error: unknown) => error)
    expect(String(refusal)).toContain('MigrationRefused')
    const advice = /run: (.*;)/.exec(String(refusal))?.[1] ?? ''
    await owner.query('', advice.replaceAll('<that user>', modest), [])

    expect((await migrate(url.href, 'live')).applied).toContain('0001-foundation.sql')
    const live = openDatabase({ url: url.href, environment: 'live' })
    expect(await live.query('', 'select id from environment', [])).toEqual([{ id: 1 }])
    await live.close()
    await owner.query('', `drop owned by ${modest} cascade; drop role ${modest}`, [])
  })

  it('gives itself the role it has made, where that takes more than having made it', async () => {
    const [{ name } = { name: '' }] = await owner.query<{ name: string }>('', 'select current_database() as name', [])
    const maker = `maker_of_${name}`
    await owner.query(
      '',
      `create role ${maker} login password 'hello' createrole; grant create on database ${name} to ${maker}`,
      [],
    )
    await owner.query('', `grant regulars_live to ${maker} with admin option`, [])
    if (major >= 16) await owner.query('', `grant regulars_live to ${maker} with set false`, [])
    const url = new URL(test.url)
    url.username = maker
    url.password = 'hello'
    await migrate(url.href, 'live')
    const live = openDatabase({ url: url.href, environment: 'live' })
    expect(await live.query('', 'select current_user::text as role', [])).toEqual([{ role: 'regulars_live' }])
    await live.close()
    await owner.query('', `drop owned by ${maker} cascade; drop role ${maker}`, [])
  })
})
