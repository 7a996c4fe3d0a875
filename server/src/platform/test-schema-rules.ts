import type { Queryable } from './database.ts'

/** What kind of table one is, which says where its rows may lie when the schema is spread over many machines. */
export type TableKind =
  /** Rows of one member of one account: they lie together. */
  | 'member'
  /** Finds something by a value that must be unique; lies where the value says. */
  | 'lookup'
  /** Few rows, copied to every machine. */
  | 'reference'
  /** A number of a whole account that orders move: spread over stripes, so that they seldom wait for each other; lies where the account and the stripe say. */
  | 'striped'
  /** Rows that belong to nobody in particular; lies where its first column says. */
  | 'queue'

export interface Schema {
  readonly on: Queryable
  readonly name: string
  readonly tables: Readonly<Record<string, TableKind>>
  /** Of the tables that only grow. */
  readonly appendOnly: readonly string[]
  /** Who the server is in this schema. */
  readonly role: string
}

/** What the catalogue shows that is against the discipline; empty when it is kept. The numbers are those of docs/ARCHITECTURE.md, "The database". */
export const CATALOGUE_RULES: Readonly<Record<string, (schema: Schema) => Promise<string[]>>> = {
  async 'every table is of a known kind'({ on, name, tables }) {
    const found = await list(
      on,
      `select relname as found from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p')`,
      name,
    )
    return [
      ...found.filter((table) => !(table in tables)).map((table) => `${table} is of no known kind`),
      ...Object.keys(tables).flatMap((table) => (found.includes(table) ? [] : [`${table} is not there`])),
    ]
  },

  async '1: keys of member-owned tables start with account_id, member_id; of striped ones they end with the stripe'({
    on,
    name,
    tables,
  }) {
    const keys = await keysOf(on, name)
    return Object.entries(tables).flatMap(([table, kind]) => {
      const primary = keys.find((key) => key.table === table && key.primary)
      if (!primary) return [`${table} has no primary key`]
      const [first, second] = primary.columns
      const last = primary.columns.at(-1)
      const astray =
        (kind === 'member' && (first !== 'account_id' || second !== 'member_id')) ||
        (kind === 'striped' && (first !== 'account_id' || last !== 'stripe'))
      return astray ? [`${table}: ${primary.columns}`] : []
    })
  },

  '1: no sequences'({ on, name }) {
    return list(on, `select relname as found from pg_class where relnamespace = $1::regnamespace and relkind = 'S'`, name)
  },

  async '2: a unique rule contains the member, or is the key of a lookup table'({ on, name, tables }) {
    const keys = await keysOf(on, name)
    return keys.flatMap(({ table, primary, columns }) => {
      const kind = tables[table]
      const fine = columns.includes('member_id') || kind === 'reference' || (primary && kind !== 'member')
      return fine ? [] : [`${table}: ${columns}`]
    })
  },

  async '3: foreign keys stay within a member, or lead to reference tables'({ on, name, tables }) {
    const found = await on.query<{ table: string; target: string; columns: string[]; others: string[] }>(
      '',
      `select c.conrelid::regclass::text as table, t.relname as target,
         array(select a.attname::text from unnest(c.conkey) with ordinality as k (n, at) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by at) as columns,
         array(select a.attname::text from unnest(c.confkey) with ordinality as k (n, at) join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.n order by at) as others
       from pg_constraint c join pg_class t on t.oid = c.confrelid where c.contype = 'f' and c.connamespace = $1::regnamespace`,
      [name],
    )
    return found.flatMap(({ table, target, columns, others }) => {
      const sameMember = ['account_id', 'member_id'].every((column) => {
        const at = columns.indexOf(column)
        return at >= 0 && others[at] === column
      })
      return sameMember || tables[target] === 'reference' ? [] : [`${table} to ${target}: ${columns}`]
    })
  },

  async '4: a function that writes is about one member, named first, or about several who are named alike and have nothing to do with each other'({
    on,
    name,
  }) {
    const functions = await functionsOf(on, name)
    return functions.flatMap(({ title, source, args }) =>
      writtenBy(source).length > 0 && !/^(p_account text, p_member bigint|p_accounts text\[\], p_members bigint\[\])/.test(args)
        ? [`${title}(${args})`]
        : [],
    )
  },

  '5: no triggers'({ on, name }) {
    return list(
      on,
      `select tgrelid::regclass || ': ' || tgname as found from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = $1::regnamespace and not tgisinternal`,
      name,
    )
  },

  /** A view is a rule named _RETURN. */
  '5: no views and no rules'({ on, name }) {
    return list(
      on,
      `select c.relname || ': ' || r.rulename as found from pg_rewrite r join pg_class c on c.oid = r.ev_class where c.relnamespace = $1::regnamespace`,
      name,
    )
  },

  async '5 and 7: functions keep the rules of statements'({ on, name }) {
    const functions = await functionsOf(on, name)
    return functions.flatMap(({ title, source }) => againstTextRules(source).map((what) => `${title}: ${what}`))
  },

  async '6: functions change nothing that belongs to an account, or to all, but in stripes'({ on, name, tables }) {
    const functions = await functionsOf(on, name)
    return functions.flatMap(({ title, source }) =>
      writtenBy(source).flatMap((table) =>
        ['member', 'lookup', 'striped'].includes(tables[table] ?? '') ? [] : [`${title}: ${table}`],
      ),
    )
  },

  async '9: what is in the ledger stays, by grants'({ on, name, appendOnly, role }) {
    const found = await on.query<{ table: string; rights: string[] }>(
      '',
      `select t.name as table, array_remove(array[
           case when has_table_privilege($3, c.oid, 'delete') then 'delete' end,
           case when has_table_privilege($3, c.oid, 'truncate') then 'truncate' end,
           case when has_any_column_privilege($3, c.oid, 'update') then 'update' end,
           case when has_table_privilege($3, c.oid, 'trigger') then 'trigger' end,
           case when pg_has_role($3, c.relowner, 'member') then 'own' end,
           case when not has_table_privilege($3, c.oid, 'insert') then 'not even insert' end], null) as rights
       from unnest($2::text[]) as t (name) join pg_class c on c.relname = t.name and c.relnamespace = $1::regnamespace`,
      [name, appendOnly, role],
    )
    const absent = appendOnly.filter((table) => !found.some((row) => row.table === table))
    return [
      ...found.flatMap(({ table, rights }) => rights.map((right) => `${table}: ${right}`)),
      ...absent.map((table) => `no ${table}`),
    ]
  },
}

/** What a statement does that is against the discipline. */
export function againstTextRules(text: string): string[] {
  const bare = text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  return Object.entries(TEXT_RULES).flatMap(([rule, isAgainst]) => (bare.split(';').some(isAgainst) ? [rule] : []))
}

const TEXT_RULES: Readonly<Record<string, (statement: string) => boolean>> = {
  '5: a data-modifying CTE': (text) =>
    /\bas\s+(not\s+)?(materialized\s+)?\(\s*(insert\s+into|update|delete\s+from|merge\s+into)\b/i.test(text),
  '5: a trigger or a view': (text) => /\bcreate\s+(or\s+replace\s+)?(\w+\s+)*?(trigger|view|rule|sequence)\s+\w+\s/i.test(text),
  '7: an advisory lock': (text) => /\bpg_(try_)?advisory/i.test(text),
  '7: NOTIFY': (text) => /\bpg_notify\b|^\s*(un)?listen\s+[\w"*]+\s*$|^\s*notify\s+[\w"]+\s*(,|$)/i.test(text),
  '7: SKIP LOCKED outside of a bucket': (text) => /\bskip\s+locked\b/i.test(text) && !/\bbucket\s*=\s*(\$\d|\w)/i.test(text),
  '10: newer than PostgreSQL 15': (text) =>
    /\b(uuidv7|uuidv4|uuid_extract_\w+|any_value|array_sample|array_shuffle|json_table|json_value|json_query|casefold)\s*\(|\bmerge\s+into\b[\s\S]*\breturning\b|\breturning\s+with\s*\(/i.test(
      text,
    ),
}

/** The tables that a function's statements insert into, update or delete from. */
function writtenBy(source: string): string[] {
  const found = source.matchAll(/\b(?:insert\s+into|(?<!\bdo\s)update|delete\s+from|truncate)\s+(?:only\s+)?(\w+)/gi)
  return [...new Set([...found].map(([, table]) => table ?? ''))].filter((table) => !/^(of|set|skip|nowait)$/i.test(table))
}

interface Key {
  readonly table: string
  readonly primary: boolean
  readonly columns: string[]
}

function keysOf(on: Queryable, schema: string): Promise<Key[]> {
  return on.query<Key>(
    '',
    `select c.relname as table, i.indisprimary as primary,
       array(select coalesce(a.attname::text, '(expression)') from unnest(i.indkey) with ordinality as k (n, at)
             left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.n and k.n > 0 order by at) as columns
     from pg_index i join pg_class c on c.oid = i.indrelid where i.indisunique and c.relnamespace = $1::regnamespace`,
    [schema],
  )
}

function functionsOf(on: Queryable, schema: string): Promise<{ title: string; source: string; args: string }[]> {
  return on.query(
    '',
    `select proname as title, coalesce(pg_get_function_sqlbody(oid), prosrc) as source, pg_get_function_arguments(oid) as args
     from pg_proc where pronamespace = $1::regnamespace`,
    [schema],
  )
}

async function list(on: Queryable, text: string, schema: string): Promise<string[]> {
  return (await on.query<{ found: string }>('', text, [schema])).map(({ found }) => found)
}
