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
 * Makes JavaScript of the parts that most conditions consist of: fields, literals, comparisons, `&&`, `||`, `!`, `?:`, `in`, searches in a text, and
 * `exists` and `all` over the items. None of them can fail, and integers stay numbers, since nothing is calculated: so each says exactly what the
 * library says, in a hundredth of the time. Undefined for anything else, which is left to the library.
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
  if (op === 'rcall') return called(args as [string, Node, Node[]], loop)
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
  '==': (a, b) => (areAlike(a, b) ? (f, i) => a.read(f, i) === b.read(f, i) : undefined),
  '!=': (a, b) => (areAlike(a, b) ? (f, i) => a.read(f, i) !== b.read(f, i) : undefined),
  in: (a, b) => (b.type === `list<${a.type}>` ? (f, i) => (b.read(f, i) as unknown[]).includes(a.read(f, i)) : undefined),
  '<': byNumber((a, b) => a < b),
  '<=': byNumber((a, b) => a <= b),
  '>': byNumber((a, b) => a > b),
  '>=': byNumber((a, b) => a >= b),
}

const areAlike = (a: Reading, b: Reading): boolean => a.type === b.type && SCALARS.includes(a.type)

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

function called([name, on, rest]: [string, Node, Node[]], loop: string | undefined): Reading | undefined {
  const receiver = compile(on, loop)
  if (!receiver) return undefined
  if (name === 'exists' || name === 'all') return loopOver(receiver, name, rest)
  const search = SEARCHES[name]
  const [part] = rest.map((node) => compile(node, loop))
  if (!search || receiver.type !== 'string' || part?.type !== 'string') return undefined
  return { type: 'bool', read: (facts, item) => search(receiver.read(facts, item) as string, part.read(facts, item) as string) }
}

function loopOver(over: Reading, name: 'exists' | 'all', [variable, body]: readonly Node[]): Reading | undefined {
  if (over.type !== 'list<Item>' || variable?.op !== 'id' || !body) return undefined
  const holds = compile(body, String(variable.args))
  if (holds?.type !== 'bool') return undefined
  const some = name === 'exists'
  return {
    type: 'bool',
    read(facts) {
      for (const item of over.read(facts, undefined) as readonly Item[])
        if (Boolean(holds.read(facts, item)) === some) return some
      return !some
    },
  }
}
