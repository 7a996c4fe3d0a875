import {
  BalanceReply,
  ERRORS,
  MemberBody,
  MemberReply,
  Modifier,
  OrderBody,
  OrderReply,
  plainSchema,
  RewardsReply,
} from '@regulars/contract'

/** What of a JSON Schema the contract uses. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly description?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly $ref?: string
}

/** What the SDK names of the contract. */
const SHAPES = {
  MemberBody,
  MemberReply,
  BalanceReply,
  RewardsReply,
  Modifier,
  OrderBody,
  OrderReply,
}

/** The printed width at which the formatter breaks a line. */
const WIDTH = 130

/**
 * The wire's shapes as plain TypeScript, for the SDK: its types cannot drift from the contract, carry its sentences into the editor, and bring
 * nothing of the schema library along (a bundle of types that are derived from its types would be twenty times as large as the SDK).
 */
export function sdkWire(): string {
  const shapes = Object.entries(SHAPES).map(
    ([name, schema]) => `export interface ${name} ${typeOf(plainSchema(schema) as Schema, '')}`,
  )
  const reasons = Object.keys(ERRORS).map((name) => `  | '${name}'`)
  return [
    '/* Made from contract by `npm run generate`; not edited by hand. */',
    ...shapes,
    `/** Why a server that gives reasons refused. */\nexport type ServerReason =\n${reasons.join('\n')}`,
  ]
    .join('\n\n')
    .concat('\n')
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ')
  if (schema.type === 'array') return arrayOf(schema.items ?? {}, indent)
  if (schema.type === 'object') return objectOf(schema, indent)
  if (schema.type === 'integer') return 'number'
  return schema.type ?? 'unknown'
}

function arrayOf(items: Schema, indent: string): string {
  const type = typeOf(items, indent)
  return type.includes(' | ') && items.enum !== undefined ? `readonly (${type})[]` : `readonly ${type}[]`
}

function objectOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `
  const fields = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : `${inner}/** ${schema.description} */\n`
    return `${comment}${field(`${inner}readonly ${name}${required.includes(name) ? '' : '?'}:`, schema, inner)}`
  })
  return fields.length === 0 ? 'Readonly<Record<string, unknown>>' : `{\n${fields.join('\n')}\n${indent}}`
}

/** On one line where it fits, or one alternative a line, as the formatter would write it. */
function field(start: string, schema: Schema, inner: string): string {
  const line = `${start} ${typeOf(schema, inner)}`
  if (schema.enum === undefined || line.length <= WIDTH) return line
  return `${start}\n${schema.enum.map((value) => `${inner}  | ${literal(value)}`).join('\n')}`
}

const literal = (value: unknown): string => `'${String(value)}'`
