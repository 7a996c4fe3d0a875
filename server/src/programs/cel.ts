import { Environment } from '@marcbachmann/cel-js'
import type { Condition, ConditionFacts } from '@regulars/engine'
import { compileCondition, FIELDS, isBetween, minuteOf, type Node, weekdayOf } from './compile-condition.ts'

/** A condition fits on a line or two; what is larger belongs into rules of the file. */
const LIMITS = { maxAstNodes: 150, maxDepth: 20, maxListElements: 50, maxMapEntries: 1, maxCallArguments: 4 }

/** They run through a list once for each entry. One inside another would multiply. */
const MACROS = ['all', 'exists', 'exists_one', 'map', 'filter']

/**
 * What may be called beside them. `matches` is missing on purpose: a regular expression can take for ever.
 */
const FUNCTIONS = [
  'size',
  'sum',
  'dow',
  'daypart',
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'trim',
  'int',
  'double',
  'string',
]

const environment = new Environment({ limits: LIMITS })
  .registerVariable({ name: 'order', schema: FIELDS.order })
  .registerVariable({ name: 'member', schema: FIELDS.member })
  .registerType('Item', { fields: FIELDS.Item })
  .registerVariable('items', 'list<Item>')
  .registerFunction('sum(list<int>): int', (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n))
  .registerFunction('dow(string): string', weekdayOf)
  .registerFunction('daypart(int, string, string): bool', isWithin)

/**
 * Reads a condition: a CEL expression over `order`, `member` and `items`, limited in size, without loops in loops and without regular expressions, so
 * that its cost grows with the items of the order and nothing else.
 * @throws Error with what would be right, where it is no such expression.
 */
export function readCondition(expression: string): Condition {
  const parsed = parse(expression)
  checkCost(parsed.ast)
  const checked = parsed.check()
  if (!checked.valid) throw new Error(firstLine(checked.error))
  if (String(checked.type) !== 'bool') throw new Error(`must say true or false; this gives ${checked.type}`)
  const all = conjunctsOf(parsed.ast as Node)
  const quick = all.map(compileCondition).filter((holds) => holds !== undefined)
  const isWhole = quick.length === all.length
  return (facts) => {
    // What is false beside something is false, also where that cannot be worked out.
    if (!quick.every((holds) => holds(facts, undefined))) return false
    try {
      return isWhole || parsed(toValues(facts)) === true
    } catch {
      // A division by zero, or a list that has no such entry: what cannot be worked out does not hold.
      return false
    }
  }
}

/** What must hold together, in the order in which it is written. */
function conjunctsOf(node: Node): Node[] {
  if (node.op !== '&&') return [node]
  return (node.args as Node[]).flatMap(conjunctsOf)
}

function parse(expression: string): ReturnType<Environment['parse']> {
  try {
    return environment.parse(expression)
  } catch (error) {
    throw new Error(firstLine(error), { cause: error })
  }
}

/** The library adds the text with a mark under the place; the program file's own line says enough. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.trim() ?? ''
}

/** Refuses whatever could cost more than the order has items. */
function checkCost(value: unknown, inLoop = false): void {
  if (Array.isArray(value)) {
    for (const entry of value) checkCost(entry, inLoop)
    return
  }
  if (!isNode(value)) return
  const { op, args } = value
  if (op === 'id' && args === 'items' && inLoop) throw new Error('`items` inside a loop over items is one loop too many')
  if (op !== 'call' && op !== 'rcall') {
    checkCost(args, inLoop)
    return
  }
  const [name, ...rest] = args as [string, ...unknown[]]
  const isMacro = op === 'rcall' && MACROS.includes(name)
  if (isMacro && inLoop) throw new Error(`\`${name}\` inside another loop is one loop too many`)
  if (!isMacro && !FUNCTIONS.includes(name))
    throw new Error(`\`${name}\` is no function here; functions are ${[...FUNCTIONS, ...MACROS].join(', ')}`)
  const [list, ...body] = rest
  checkCost(list, inLoop)
  checkCost(body, inLoop || isMacro)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value
}

/** CEL counts in 64-bit integers. The items of one order are turned into them once, for all its expressions. */
function toValues({ order, member, items }: ConditionFacts): Record<string, unknown> {
  let counted = countedItems.get(items)
  if (!counted) {
    counted = items.map((item) => ({ ...item, price: BigInt(item.price), paid: BigInt(item.paid) }))
    countedItems.set(items, counted)
  }
  return {
    order: { ...order, subtotal: BigInt(order.subtotal), minute: BigInt(order.minute) },
    member: { ...member, points: BigInt(member.points), orders: BigInt(member.orders), visits: BigInt(member.visits) },
    items: counted,
  }
}

const countedItems = new WeakMap<ConditionFacts['items'], readonly object[]>()

function isWithin(minute: bigint, from: string, to: string): boolean {
  const [start, end] = [from, to].map(minuteOf)
  if (start === undefined || end === undefined) throw new Error(`${from} to ${to} are no times such as 15:00 to 17:00`)
  return isBetween(minute, start, end)
}
