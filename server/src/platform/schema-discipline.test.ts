import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openOwner, sqlState } from './database.ts'
import { installedMajors } from './postgres-binaries.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'
import { againstTextRules, CATALOGUE_RULES, type Schema, type TableKind } from './test-schema-rules.ts'
import { isStatement, literalsOf, readTexts } from './test-sql-texts.ts'

/**
 * The discipline that lets this schema be spread over many machines one day. Rule 4 beyond functions (one operation, one member, one transaction) and
 * rule 8 (what is tried again) are about code, and kept by the tests of the write path and of `inTransaction`.
 */
const TABLES: Readonly<Record<string, TableKind>> = {
  memberships: 'member',
  wallets: 'member',
  balances: 'member',
  lots: 'member',
  holds: 'member',
  movements: 'member',
  entries: 'member',
  orders: 'member',
  events: 'member',
  // A person, once per environment: found by the member alone, before it is known which account asks.
  identities: 'lookup',
  identity_keys: 'lookup',
  order_keys: 'lookup',
  campaign_budgets: 'striped',
  verification_mails: 'lookup',
  signature_nonces: 'lookup',
  mails: 'queue',
  request_log: 'queue',
  // A lease: one row per account, written by the worker and never by an order call.
  due_runs: 'queue',
  exchanges: 'reference',
  event_runs: 'queue',
  environment: 'reference',
  accounts: 'reference',
  program_versions: 'reference',
  credentials: 'reference',
  // Of this kind for its second unique rule (the token): who waits for a mail waits for a day, so there are few.
  registrations: 'reference',
  migrations: 'reference',
}
const APPEND_ONLY = ['movements', 'entries', 'events']

const GOOD = `
  set search_path = bad;
  create table brands (account_id text primary key, name text);
  create table members (account_id text references brands, member_id bigint, name text, primary key (account_id, member_id));
  create table codes (code text primary key, member_id bigint);
  grant insert on members to regulars_test;
`

/** Every rule is broken once, so that it is known to notice. */
const BAD: readonly (readonly [rule: string, found: string, schema: string])[] = [
  ['every table is of a known kind', 'stray is of no known kind', 'create table stray (id integer primary key)'],
  ['every table is of a known kind', 'codes is not there', 'drop table codes'],
  [
    '1: keys of',
    'points: member_id,account_id',
    'create table points (member_id bigint, account_id text, primary key (member_id, account_id))',
  ],
  ['1: keys of', 'points: id', 'create table points (id uuid primary key, account_id text, member_id bigint)'],
  [
    '1: keys of',
    'pots: account_id,name',
    'create table pots (account_id text, name text, stripe smallint, primary key (account_id, name))',
  ],
  ['1: keys of', 'points has no primary key', 'create table points (account_id text, member_id bigint)'],
  [
    '1: no sequences',
    'points_n_seq',
    'create table points (n serial, account_id text, member_id bigint, primary key (account_id, member_id, n))',
  ],
  [
    '1: no sequences',
    'points_n_seq',
    'create table points (account_id text, member_id bigint, n integer generated always as identity)',
  ],
  ['2: a unique rule', 'members: account_id,card', 'alter table members add card text, add unique (account_id, card)'],
  [
    '2: a unique rule',
    'members: (expression)',
    'alter table members add card text; create unique index on members (lower(card))',
  ],
  ['2: a unique rule', 'codes: other', 'alter table codes add other text unique'],
  ['3: foreign keys', 'members to codes: code', 'alter table members add code text references codes'],
  [
    '3: foreign keys',
    'gifts to members: account_id,giver_id',
    'create table gifts (account_id text, member_id bigint, giver_id bigint, foreign key (account_id, giver_id) references members)',
  ],
  [
    '4: a function',
    'rename(n text)',
    `create function rename(n text) returns void language sql as $$ update members set name = n $$`,
  ],
  [
    '5: no triggers',
    'members: watch',
    `create function seen() returns trigger language plpgsql as $$ begin return new; end $$;
     create trigger watch before update on members for each row execute function seen()`,
  ],
  ['5: no views', 'rich: _RETURN', 'create view rich as select * from members'],
  ['5: no views', 'rich: _RETURN', 'create materialized view rich as select * from members'],
  ['5: no views', 'members: quiet', 'create rule quiet as on delete to members do instead nothing'],
  [
    '5 and 7: functions',
    'swap: 5: a data-modifying CTE',
    'create function swap() returns bigint language sql as $$ with gone as (delete from members returning 1) select count(*) from gone $$',
  ],
  [
    '5 and 7: functions',
    'wait: 7: an advisory lock',
    'create function wait() returns void language plpgsql as $$ begin perform pg_advisory_xact_lock(1); end $$',
  ],
  [
    '6: functions',
    'count_one: brands',
    `create function count_one(p_account text, p_member bigint) returns void language plpgsql as $$
     begin update brands set name = name || p_account where account_id = p_account; end $$`,
  ],
  [
    '9: what is in',
    'members: update',
    'grant insert on members to regulars_test; grant update (name) on members to regulars_test',
  ],
  ['9: what is in', 'members: delete', 'grant insert, delete on members to regulars_test'],
  ['9: what is in', 'members: truncate', 'grant insert, truncate on members to regulars_test'],
  [
    '9: what is in',
    'members: own',
    'grant usage, create on schema bad to regulars_test; alter table members owner to regulars_test',
  ],
  ['9: what is in', 'members: not even insert', 'revoke all on members from regulars_test'],
]

describe.each(await installedMajors())('on PostgreSQL %i', (major) => {
  let test: TestDatabase
  let owner: Database
  let scratch: Database
  let schema: Schema
  beforeAll(async () => {
    test = await createTestDatabase(major)
    owner = openOwner(test.url, 'test')
    scratch = openOwner(test.url, 'test', { schema: 'bad' })
    schema = { on: owner, name: 'regulars_test', role: 'regulars_test', tables: TABLES, appendOnly: APPEND_ONLY }
  })
  afterAll(async () => {
    await owner.close()
    await scratch.close()
    await test.stop()
  })

  it.each(Object.keys(CATALOGUE_RULES))('keeps: %s', async (rule) => {
    expect(await CATALOGUE_RULES[rule]?.(schema)).toEqual([])
  })

  it.each(BAD)('notices: %s %s', async (title, found, text) => {
    const rule = Object.keys(CATALOGUE_RULES).find((name) => name.startsWith(title)) ?? ''
    const bad: Schema = {
      on: scratch,
      name: 'bad',
      role: 'regulars_test',
      tables: {
        brands: 'reference',
        members: 'member',
        codes: 'lookup',
        ...(text.includes('pots') && { pots: 'striped' as const }),
        ...(text.includes('points') && { points: 'member' as const }),
      },
      appendOnly: ['members'],
    }
    await scratch.query('', `drop schema if exists bad cascade; create schema bad; ${GOOD}`, [])
    if (!/points|pots/.test(text)) expect((await CATALOGUE_RULES[rule]?.(bad))?.filter((line) => line === found)).toEqual([])
    await scratch.query('', text, [])
    expect(await CATALOGUE_RULES[rule]?.(bad)).toContain(found)
  })

  it('understands every statement of the server', async () => {
    const statements = readTexts().filter((text) => isStatement(text) && !text.hasGaps)
    expect(statements.length).toBeGreaterThan(40)
    const refused: string[] = []
    for (const { where, text } of statements) {
      await owner.query('', `prepare tried as ${text}`, []).then(
        () => owner.query('', 'deallocate all', []),
        // Only a part of a statement names $4 and not $2.
        (error: Error) => sqlState(error) === '42P18' || refused.push(`${where}: ${error.message}`),
      )
    }
    expect(refused).toEqual([])
  })
})

it('is kept by every statement of the server and its migrations', () => {
  const texts = readTexts()
  expect(texts.some(({ text }) => /skip locked/.test(text))).toBe(true)
  expect(texts.flatMap(({ where, text }) => againstTextRules(text).map((rule) => `${where}: ${rule}`))).toEqual([])
})

describe('notices', () => {
  it('has been seen to notice, rule by rule', () => {
    expect(Object.keys(CATALOGUE_RULES).filter((rule) => !BAD.some(([title]) => rule.startsWith(title)))).toEqual([])
  })

  it.each([
    ['with gone as (delete from holds returning *) insert into lots select * from gone', '5: a data-modifying CTE'],
    ['with a as not materialized (\n  update lots set held = 0 returning 1) select 1', '5: a data-modifying CTE'],
    ['create or replace trigger t before insert on lots', '5: a trigger or a view'],
    ['create materialized view v as select 1', '5: a trigger or a view'],
    ['create sequence s start 1', '5: a trigger or a view'],
    ['select pg_try_advisory_lock($1)', '7: an advisory lock'],
    [`select pg_notify('orders', $1)`, '7: NOTIFY'],
    ['LISTEN orders', '7: NOTIFY'],
    [`notify orders, 'x'`, '7: NOTIFY'],
    ['select 1 from mails where due_at < $1 for update skip locked', '7: SKIP LOCKED outside of a bucket'],
    ['select 1 from mails where due_at < $1 and bucket > 3 for update skip locked', '7: SKIP LOCKED outside of a bucket'],
    ['select 1; select uuidv7()', '10: newer than PostgreSQL 15'],
    ['merge into lots using x on true when matched then delete returning 1', '10: newer than PostgreSQL 15'],
  ])('in a statement: %s', (text, rule) => {
    expect(againstTextRules(text)).toEqual([rule])
  })

  it.each([
    'select 1 from mails where bucket = $1 for update skip locked',
    'with found as (select 1) update lots set held = 0 from found',
    'insert into lots values (1) on conflict do update set held = 1',
    '-- no trigger, no pg_notify\nselect 1 /* with a as (delete from b) */',
    'the till may listen to the order',
  ])('nothing in: %s', (text) => {
    expect(againstTextRules(text)).toEqual([])
  })

  it('texts wherever they stand: put together, with gaps, within gaps', () => {
    const source = `f('a' + \`b\`)\nconst x = \`select \${y ? 'update' : z} end\``
    expect(literalsOf('x.ts', source)).toEqual([
      { where: 'x.ts:1', text: 'ab', hasGaps: false },
      { where: 'x.ts:2', text: 'select  gap  end', hasGaps: true },
      { where: 'x.ts:2', text: 'update', hasGaps: false },
    ])
  })
})
