import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import {
  type Database,
  DatabaseUnavailable,
  inTransaction,
  openDatabase,
  openOwner,
  type Queryable,
  sqlState,
  type Tx,
} from './database.ts'
import { migrate } from './migrate.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'
import { type Line, watch } from './test-line.ts'

let test: TestDatabase
let owner: Database

beforeAll(async () => {
  test = await createTestDatabase()
  await migrate(test.url, 'live')
  owner = openOwner(test.url, 'test')
  await owner.query('', 'create table notes (id integer primary key, text text not null)', [])
  await owner.query('', 'grant select, insert, update, delete on notes to regulars_test', [])
})

beforeEach(async () => {
  await owner.query('', 'truncate notes; insert into notes values (1, $$one$$), (2, $$two$$)', [])
})

afterAll(async () => {
  await owner.close()
  await test.stop()
})

const insert = (on: Queryable, id: number, text: string) =>
  on.query('insert-note', 'insert into notes values ($1, $2)', [id, text])
const texts = async () =>
  (await test.db.query<{ text: string }>('texts', 'select text from notes order by id', [])).map(({ text }) => text)

describe('an environment', () => {
  it('sees its own schema and no other', async () => {
    const live = openDatabase({ url: test.url, environment: 'live' })
    for (const [db, other] of [
      [test.db, 'regulars_live'],
      [live, 'regulars_test'],
    ] as const) {
      await expect(db.query('', `select * from ${other}.environment`, [])).rejects.toMatchObject({ code: '42501' })
      await expect(db.query('', `insert into ${other}.environment values (2)`, [])).rejects.toMatchObject({ code: '42501' })
    }
    expect(await live.query('', 'select id from environment', [])).toEqual([{ id: 1 }])
    await live.close()
  })

  it('plans for a large table while it is small, since the plan is kept as it grows', async () => {
    await owner.query('', 'analyze notes', [])
    const planBy = async (db: Database) => JSON.stringify(await db.query('', 'explain select text from notes where id = $1', [1]))
    expect(await planBy(owner)).toContain('Seq Scan')
    expect(await planBy(test.db)).toContain('Index Scan')
  })

  it('owns nothing, and can only add to the ledger', async () => {
    for (const text of ['drop table notes', 'create table more ()', 'alter table notes disable trigger all']) {
      await expect(test.db.query('', text, [])).rejects.toMatchObject({ code: '42501' })
    }
    for (const table of ['movements', 'entries']) {
      await expect(test.db.query('', `update ${table} set seq = 1`, [])).rejects.toMatchObject({ code: '42501' })
      await expect(test.db.query('', `delete from ${table}`, [])).rejects.toMatchObject({ code: '42501' })
      await expect(test.db.query('', `truncate ${table}`, [])).rejects.toMatchObject({ code: '42501' })
    }
  })

  it('keeps its role and its limits whatever the URL says', async () => {
    const url = new URL(test.url)
    url.searchParams.set('options', '-c role=regulars_live -c search_path=public -c work_mem=5MB')
    const db = openDatabase({ url: url.href, environment: 'test', applicationName: 'a till' })
    const [settings] = await db.query(
      '',
      `select current_user as role, current_schema as schema, current_setting('work_mem') as memory, current_setting('application_name') as name,
         current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
         current_setting('idle_in_transaction_session_timeout') as idle`,
      [],
    )
    expect(settings).toEqual({
      role: 'regulars_test',
      schema: 'regulars_test',
      memory: '5MB',
      name: 'a till',
      statement: '15s',
      lock: '5s',
      idle: '15s',
    })
    await db.close()
  })
})

it('brings a date as text and an instant as epoch milliseconds', async () => {
  const [row] = await test.db.query(
    '',
    `select date '2000-02-29' as day, timestamptz '2026-03-01 12:00:00.25+02' as instant, timestamptz 'infinity' as never, 9007199254740993::bigint as large,
       1.10::numeric as exact, null::timestamptz as absent, array['a', null] as list`,
    [],
  )
  expect(row).toEqual({
    day: '2000-02-29',
    instant: Date.UTC(2026, 2, 1, 10) + 250,
    never: Number.POSITIVE_INFINITY,
    large: '9007199254740993',
    exact: '1.10',
    absent: null,
    list: ['a', null],
  })
})

describe('a transaction', () => {
  it('keeps all of its work or none of it, and throws on what its work threw', async () => {
    await inTransaction(test.db, async (tx) => {
      await insert(tx, 3, 'three')
      await insert(tx, 4, 'four')
    })
    const reason = new Error('changed my mind')
    const failed = inTransaction(test.db, async (tx) => {
      await insert(tx, 5, 'five')
      throw reason
    })
    await expect(failed).rejects.toBe(reason)
    expect(await texts()).toEqual(['one', 'two', 'three', 'four'])
  })

  it('does not claim to have committed when a failed statement was passed over', async () => {
    const careless = inTransaction(test.db, async (tx) => {
      await insert(tx, 3, 'three')
      await insert(tx, 1, 'again').catch(() => {})
    })
    await expect(careless).rejects.toThrow('nothing was committed')
    expect(await texts()).toEqual(['one', 'two'])
  })

  it('ends with its work: a statement that comes later is refused', async () => {
    let late: Tx | undefined
    await inTransaction(test.db, async (tx) => {
      late = tx
    })
    expect(() => late && insert(late, 9, 'nine')).toThrow('the transaction has ended: insert-note')
  })

  it('is run again when it lost to another in a deadlock', async () => {
    let attempts = 0
    const [first, second] = [signal(), signal()]
    const swap = (here: ReturnType<typeof signal>, there: ReturnType<typeof signal>, order: readonly [number, number]) =>
      inTransaction(test.db, async (tx) => {
        attempts += 1
        await append(tx, order[0])
        here.give()
        await there.given
        await append(tx, order[1])
      })
    await Promise.all([swap(first, second, [1, 2]), swap(second, first, [2, 1])])
    expect(attempts).toBe(3)
    expect(await texts()).toEqual(['one++', 'two++'])
  })

  it('gives up after four attempts', async () => {
    let attempts = 0
    const losing = inTransaction(test.db, async (tx) => {
      attempts += 1
      await tx.query('', `do $$ begin raise exception 'lost' using errcode = '40001'; end $$`, [])
    })
    await expect(losing).rejects.toMatchObject({ code: '40001' })
    expect(attempts).toBe(4)
  })

  it('survives its connection, which is not used again', async () => {
    const cut = inTransaction(test.db, async (tx) => {
      const [row] = await tx.query<{ pid: number }>('', 'select pg_backend_pid() as pid', [])
      await owner.query('', 'select pg_terminate_backend($1)', [row?.pid])
      await new Promise((heard) => setTimeout(heard, 50))
      await insert(tx, 3, 'three')
    })
    await expect(cut).rejects.toBeInstanceOf(DatabaseUnavailable)
    for (let i = 0; i < 5; i++) expect(await texts()).toEqual(['one', 'two'])
  })

  const append = (tx: Tx, id: number) => tx.query('append', `update notes set text = text || '+' where id = $1`, [id])
})

it('a transaction is a type: it serves where a statement can be sent, and nothing else serves where it is asked for', () => {
  expectTypeOf<Tx>().toExtend<Queryable>()
  expectTypeOf<Database>().toExtend<Queryable>()
  expectTypeOf<Queryable>().not.toExtend<Tx>()
  expectTypeOf<Database>().not.toExtend<Tx>()
  expectTypeOf<Tx>().not.toExtend<Database>()
})

describe('when the schema is migrated under it', () => {
  let db: Database
  const ids = (on: Queryable) => on.query<{ id: unknown }>('stale', 'select id from notes order by id', [])
  beforeAll(async () => {
    db = openDatabase({ url: test.url, environment: 'test', poolSize: 2 })
  })
  afterAll(() => db.close())

  it('plans anew, on every connection, and nobody notices', async () => {
    const both = () => Promise.all([ids(db), ids(db), ids(db)])
    expect(await both()).toEqual(new Array(3).fill([{ id: 1 }, { id: 2 }]))
    await owner.query('', 'alter table notes alter column id type bigint', [])
    expect(await both()).toEqual(new Array(3).fill([{ id: '1' }, { id: '2' }]))
  })

  it('runs a transaction again, from its beginning', async () => {
    await ids(db)
    await owner.query('', 'alter table notes alter column id type integer', [])
    let attempts = 0
    const found = await inTransaction(db, async (tx) => {
      attempts += 1
      await insert(tx, 3, 'three')
      return ids(tx)
    })
    expect(found).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    expect(attempts).toBe(2)
  })

  it('does not try again what PostgreSQL cannot do', async () => {
    await expect(db.query('never', 'select count(*) from notes for update', [])).rejects.toMatchObject({ code: '0A000' })
  })
})

describe('what takes too long', () => {
  it('is a fault of ours when it is a statement, and says that it may be tried again when it is for a row that another holds', async () => {
    const slow = inTransaction(test.db, async (tx) => {
      await tx.query('', `set local statement_timeout = 20`, [])
      await tx.query('', 'select pg_sleep(5)', [])
    })
    const fault: unknown = await slow.catch((error: unknown) => error)
    expect([sqlState(fault), fault instanceof DatabaseUnavailable]).toEqual(['57014', false])

    const [taken, done] = [signal(), signal()]
    const holder = inTransaction(test.db, async (tx) => {
      await tx.query('', 'select from notes where id = 1 for update', [])
      taken.give()
      await done.given
    })
    await taken.given
    const waiting = inTransaction(test.db, async (tx) => {
      await tx.query('', `set local lock_timeout = 20`, [])
      await tx.query('', 'select from notes where id = 1 for update', [])
    })
    await expect(waiting).rejects.toBeInstanceOf(DatabaseUnavailable)
    done.give()
    await holder
  })

  it('is told after five seconds when every connection is busy, and served again once one is free', async () => {
    const db = openDatabase({ url: test.url, environment: 'test', poolSize: 1 })
    const done = signal()
    const holder = inTransaction(db, () => done.given)
    const start = Date.now()
    await expect(db.query('', 'select 1', [])).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(Date.now() - start).toBeGreaterThan(4_900)
    expect(Date.now() - start).toBeLessThan(9_000)
    done.give()
    await holder
    expect(await db.query('', 'select 1 as n', [])).toEqual([{ n: 1 }])
    await db.close()
  })
})

it('waits so long for an answer and no longer, alone or within a transaction, and gives the connection up', async () => {
  const db = openDatabase({ url: test.url, environment: 'test', poolSize: 1, answerMs: 200 })
  const slow = (on: Queryable) => on.query('', 'select pg_sleep(3)', [])
  for (const wait of [() => slow(db), () => inTransaction(db, slow)]) {
    const start = Date.now()
    await expect(wait()).rejects.toBeInstanceOf(DatabaseUnavailable)
    expect(Date.now() - start).toBeLessThan(2_000)
    expect(await db.query('', 'select 1 as n', [])).toEqual([{ n: 1 }])
  }
  await db.close()
})

it('keeps what PostgreSQL said of a failed statement, who sent it, and the connection', async () => {
  const db = openDatabase({ url: test.url, environment: 'test', poolSize: 1 })
  const backend = async () => (await db.query<{ pid: number }>('backend', 'select pg_backend_pid() as pid', []))[0]?.pid
  const before = await backend()
  const duplicate = await insert(db, 1, 'again').catch((error: unknown) => error)
  expect([sqlState(duplicate), duplicate instanceof DatabaseUnavailable]).toEqual(['23505', false])
  expect((duplicate as Error).stack).toContain('database.test.ts')
  expect(await backend()).toBe(before)
  await db.close()
})

describe('over a line that can be watched and cut', () => {
  let line: Line
  let db: Database
  beforeAll(async () => {
    line = await watch(test.url)
    db = openDatabase({ url: line.url, environment: 'test', poolSize: 1 })
  })
  afterAll(async () => {
    await db.close()
    await line.stop()
  })

  it('a statement is one round trip, the first time too', async () => {
    await db.query('', 'select 1', [])
    for (let i = 0; i < 3; i++) {
      const { asked, answered } = await line.count(() => db.query('one-trip', 'select id from notes where id = $1', [1]))
      expect({ asked, answered }).toEqual({ asked: 1, answered: 1 })
    }
  })

  it('says that the database is unavailable while it is, and recovers by itself', async () => {
    await line.cut()
    await expect(db.query('', 'select 1', [])).rejects.toBeInstanceOf(DatabaseUnavailable)
    await expect(inTransaction(db, async () => {})).rejects.toBeInstanceOf(DatabaseUnavailable)
    await line.mend()
    expect(await db.query('', 'select 1 as n', [])).toEqual([{ n: 1 }])
  })
})

it('calls it unavailable when there are more connections than PostgreSQL takes', async () => {
  const [{ name } = { name: '' }] = await owner.query<{ name: string }>('', 'select current_database() as name', [])
  const visitor = `visitor_of_${name}`
  await owner.query('', `create role ${visitor} login password 'welcome' in role regulars_test`, [])
  const url = new URL(test.url)
  url.username = visitor
  url.password = 'welcome'
  const db = openDatabase({ url: url.href, environment: 'test' })
  await owner.query('', `alter database ${name} connection limit 0`, [])
  await expect(db.query('', 'select 1', [])).rejects.toBeInstanceOf(DatabaseUnavailable)
  await owner.query('', `alter database ${name} connection limit -1`, [])
  expect(await db.query('', 'select 1 as n', [])).toEqual([{ n: 1 }])
  await db.close()
  await owner.query('', `drop role ${visitor}`, [])
})

function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {}
  const given = new Promise<void>((done) => {
    give = done
  })
  return { given, give }
}
