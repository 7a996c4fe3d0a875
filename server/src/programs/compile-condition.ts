import type { ConditionFacts } from '@regulars/engine'

/** A part of a CEL expression, as the library reads it. */
export interface Node {
  readonly op: string
  readonly args: unknown
}

/** What an expression may look at, and of which type it is. */
export const FIELDS = {
  order: {
    store: 'string',
    source: 'string',
    type: 'string',
    rendition: 'string',
    subtotal: 'int',
    date: 'string',
    weekday: 'string',
    minute: 'int',
  },
  member: {
    registered: 'bool',
    joined: 'string',
    birthday: 'string',
    sms: 'bool',
    email: 'bool',
    points: 'int',
    orders: 'int',
    visits: 'int',
    tier: 'string',
  },
  Item: { product: 'string', label: 'string', categories: 'list<string>', price: 'int', paid: 'int' },
} as const

type Item = ConditionFacts['items'][number]
type Read<Value = unknown> = (facts: ConditionFacts, item: Item | undefined) => Value

interface Reading {
  readonly type: string
  readonly read: Read
  /** The same for all facts. */
  readonly isConstant?: true
}

/**
 * Makes JavaScript of the parts that most conditions consist of: fields, literals, comparisons, `&&`, `||`, `!`, `?:`, `in`, searches in a text, loops
 * over the items, `size`, `sum`, `dow` and `daypart`. None of them can fail, and integers stay numbers as long as they are exact: so each says what the
 * library says, in a fraction of the time. Undefined for anything else, such as arithmetic, which is left to the library.
 */
export function compileCondition(node: Node): Read<boolean> | undefined {
  const reading = compile(node, undefined)
  return reading?.type === 'bool' ? (reading.read as Read<boolean>) : undefined
}

function compile(node: Node, loop: string | undefined): Reading | undefined {
  const { op, args } = node
  if (op === 'value') return literal(args)
  if (op === 'id') return named(String(args), loop)
  if (op === '.') return field(args as [Node, string], loop)
  if (op === 'list') return list(args as Node[], loop)
  if (op === '!_') return negation(args as Node, loop)
  if (op === '?:') return choice(args as [Node, Node, Node], loop)
  if (op === 'call') return call(args as [string, Node[]], loop)
  if (op === 'rcall') return method(args as [string, Node, Node[]], loop)
  const compare = COMPARISONS[op]
  return compare && binary(args as [Node, Node], compare, loop)
}

function literal(value: unknown): Reading | undefined {
  if (typeof value === 'string') return { type: 'string', read: () => value, isConstant: true }
  if (typeof value === 'boolean') return { type: 'bool', read: () => value, isConstant: true }
  const number = Number(value)
  return typeof value === 'bigint' && Number.isSafeInteger(number)
    ? { type: 'int', read: () => number, isConstant: true }
    : undefined
}

function named(name: string, loop: string | undefined): Reading | undefined {
  if (name === loop) return { type: 'Item', read: (_, item) => item }
  if (name === 'items') return { type: 'list<Item>', read: ({ items }) => items }
  if (name === 'order' || name === 'member') return { type: name, read: (facts) => facts[name] }
  return undefined
}

function field([of, name]: [Node, string], loop: string | undefined): Reading | undefined {
  const holder = compile(of, loop)
  const types: Readonly<Record<string, string>> | undefined = FIELDS[holder?.type as keyof typeof FIELDS]
  const type = types?.[name]
  if (!holder || type === undefined) return undefined
  return { type, read: (facts, item) => (holder.read(facts, item) as Readonly<Record<string, unknown>>)[name] }
}

/** Of literals alone, so that it is made once. */
function list(entries: readonly Node[], loop: string | undefined): Reading | undefined {
  const readings = entries.map((entry) => compile(entry, loop))
  const type = readings[0]?.type
  const values: unknown[] = []
  for (const reading of readings) {
    if (!reading?.isConstant || reading.type !== type) return undefined
    values.push(reading.read(NO_FACTS, undefined))
  }
  return { type: `list<${type}>`, read: () => values }
}
const NO_FACTS = {} as ConditionFacts

function negation(of: Node, loop: string | undefined): Reading | undefined {
  const reading = compile(of, loop)
  return reading?.type === 'bool' ? { type: 'bool', read: (facts, item) => !reading.read(facts, item) } : undefined
}

function choice([condition, then, otherwise]: [Node, Node, Node], loop: string | undefined): Reading | undefined {
  const [when, yes, no] = [compile(condition, loop), compile(then, loop), compile(otherwise, loop)]
  if (when?.type !== 'bool' || !yes || yes.type !== no?.type) return undefined
  return { type: yes.type, read: (facts, item) => (when.read(facts, item) ? yes : no).read(facts, item) }
}

/** What it is defined for, and what it makes of two sides. */
type Comparison = (left: Reading, right: Reading) => Read<boolean> | undefined
const SCALARS = ['string', 'int', 'bool']

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '&&': (a, b) => (a.type === 'bool' && b.type === 'bool' ? (f, i) => Boolean(a.read(f, i)) && Boolean(b.read(f, i)) : undefined),
  '||': (a, b) => (a.type === 'bool' && b.type === 'bool' ? (f, i) => Boolean(a.read(f, i)) || Boolean(b.read(f, i)) : undefined),
  '==': (a, b) => (areAlike(a, b) ? (f, i) => areEqual(a.read(f, i), b.read(f, i)) : undefined),
  '!=': (a, b) => (areAlike(a, b) ? (f, i) => !areEqual(a.read(f, i), b.read(f, i)) : undefined),
  in: (a, b) => (b.type === `list<${a.type}>` ? (f, i) => (b.read(f, i) as unknown[]).includes(a.read(f, i)) : undefined),
  '<': byNumber((a, b) => a < b),
  '<=': byNumber((a, b) => a <= b),
  '>': byNumber((a, b) => a > b),
  '>=': byNumber((a, b) => a >= b),
}

const areAlike = (a: Reading, b: Reading): boolean => a.type === b.type && SCALARS.includes(a.type)

/** A sum may be a bigint, and 1n is 1. */
function areEqual(a: unknown, b: unknown): boolean {
  return a === b || (typeof a !== typeof b && BigInt(a as number) === BigInt(b as number))
}

/** Texts are left to the library: CEL orders them by code points. */
function byNumber(compare: (a: number, b: number) => boolean): Comparison {
  return (a, b) =>
    a.type === 'int' && b.type === 'int' ? (f, i) => compare(a.read(f, i) as number, b.read(f, i) as number) : undefined
}

function binary([left, right]: [Node, Node], compare: Comparison, loop: string | undefined): Reading | undefined {
  const [a, b] = [compile(left, loop), compile(right, loop)]
  const read = a && b && compare(a, b)
  return read && { type: 'bool', read }
}

const SEARCHES: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
}

function call([name, rest]: [string, Node[]], loop: string | undefined): Reading | undefined {
  const [first, ...others] = rest.map((node) => compile(node, loop))
  if (!first) return undefined
  if (name === 'size') return sizeOf(first)
  if (name === 'sum' && first.type === 'list<int>')
    return { type: 'int', read: (facts, item) => sumOf(first.read(facts, item) as number[]) }
  if (name === 'dow' && first.type === 'string')
    return { type: 'string', read: (facts, item) => weekdayOf(first.read(facts, item) as string) }
  if (name !== 'daypart' || first.type !== 'int') return undefined
  const [from, to] = others.map((reading) =>
    reading?.isConstant ? minuteOf(String(reading.read(NO_FACTS, undefined))) : undefined,
  )
  if (from === undefined || to === undefined) return undefined
  return { type: 'bool', read: (facts, item) => isBetween(first.read(facts, item) as number, from, to) }
}

function sizeOf(list: Reading): Reading | undefined {
  // Texts are left to the library: CEL counts code points.
  if (!list.type.startsWith('list<')) return undefined
  return { type: 'int', read: (facts, item) => (list.read(facts, item) as unknown[]).length }
}

/** Exact, however large: beyond what a number holds it goes on as the library does. */
function sumOf(amounts: readonly number[]): number | bigint {
  const total = amounts.reduce((sum, amount) => sum + amount, 0)
  return Number.isSafeInteger(total) ? total : amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)
}

function method([name, on, rest]: [string, Node, Node[]], loop: string | undefined): Reading | undefined {
  const receiver = compile(on, loop)
  if (!receiver) return undefined
  if (name === 'size' && rest.length === 0) return sizeOf(receiver)
  if (receiver.type === 'list<Item>') return loopOver(receiver, name, rest)
  const search = SEARCHES[name]
  const [part] = rest.map((node) => compile(node, loop))
  if (!search || receiver.type !== 'string' || part?.type !== 'string') return undefined
  return { type: 'bool', read: (facts, item) => search(receiver.read(facts, item) as string, part.read(facts, item) as string) }
}

function loopOver(over: Reading, name: string, [variable, body, ...more]: readonly Node[]): Reading | undefined {
  if (variable?.op !== 'id' || !body || more.length > 0) return undefined
  const each = compile(body, String(variable.args))
  if (!each) return undefined
  const entries = (facts: ConditionFacts, item: Item | undefined) => over.read(facts, item) as readonly Item[]
  if (name === 'map')
    return { type: `list<${each.type}>`, read: (facts, item) => entries(facts, item).map((one) => each.read(facts, one)) }
  if (each.type !== 'bool') return undefined
  const holds = each.read as Read<boolean>
  if (name === 'exists') return { type: 'bool', read: (facts, item) => entries(facts, item).some((one) => holds(facts, one)) }
  if (name === 'all') return { type: 'bool', read: (facts, item) => entries(facts, item).every((one) => holds(facts, one)) }
  return name === 'filter'
    ? { type: over.type, read: (facts, item) => entries(facts, item).filter((one) => holds(facts, one)) }
    : undefined
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** `mon` to `sun`; empty for what is no date. */
export function weekdayOf(date: string): string {
  return WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? ''
}

/** Whether a minute of the day lies between two others, the end excluded; one that ends before it starts runs over midnight. */
export function isBetween(minute: number | bigint, start: number, end: number): boolean {
  return end > start ? minute >= start && minute < end : minute >= start || minute < end
}

/** A clock time such as 15:00 in minutes since midnight; undefined for anything else. */
export function minuteOf(time: string): number | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time) ?? []
  return hours === undefined || minutes === undefined ? undefined : Number(hours) * 60 + Number(minutes)
}
