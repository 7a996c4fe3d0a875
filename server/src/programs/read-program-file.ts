import { PROGRAM_FILE_SCHEMA } from '@regulars/contract'
import type { ProgramDocument } from '@regulars/engine'
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type ParsedNode } from 'yaml'
import { type Menu, menuFindings } from './check-menu.ts'
import { checkProgram } from './check-program.ts'
import { checkShape, type Finding, type Schema } from './check-shape.ts'
import { pastFindings } from './check-timing.ts'
import { parseYaml } from './parse-yaml.ts'

/** One mistake: where it is, what is wrong and what would be right. Lines and columns count from 1. */
export interface ProgramProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** `rewards.five-off.amount`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

export type ProgramRead =
  | { readonly ok: true; readonly document: ProgramDocument; readonly warnings: readonly ProgramProblem[] }
  | { readonly ok: false; readonly problems: readonly ProgramProblem[] }

/** What a file is held against besides itself: only warnings come of it. */
export interface Beside {
  /** YYYY-MM-DD */
  readonly today?: string
  readonly menu?: Menu
}

/** No brand's file comes near; a larger one is not a program. Characters. */
const FILE_MAX = 4_000_000

/**
 * Reads a program file, YAML or JSON, and checks all of it: every mistake is named at once, with its line. Never throws, whatever the text.
 * Warnings are what is allowed but probably not meant.
 */
export function readProgramFile(text: string, filename: string, beside: Beside = {}): ProgramRead {
  const fail = (message: string, line = 1): ProgramRead => ({
    ok: false,
    problems: [{ file: filename, line, column: 1, path: '', message }],
  })
  if (text.length > FILE_MAX) return fail(`a program file has at most ${FILE_MAX} characters; this one has ${text.length}`)
  const parsed = parseYaml(text)
  if (!parsed.ok) return fail(parsed.message, parsed.line)
  try {
    return readDocument(parsed.yaml, parsed.lines, filename, beside)
  } catch (error) {
    // Aliases that would unfold without end are refused by throwing; they are no mistake with a line of its own.
    if (error instanceof RangeError || error instanceof ReferenceError) return fail(`cannot be read as YAML: ${error.message}`)
    throw error
  }
}

function readDocument(yaml: Document.Parsed, lines: LineCounter, file: string, { today, menu }: Beside): ProgramRead {
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const at = ({ path, message }: Finding): ProgramProblem => ({ ...place(offsetOf(yaml, path)), path: pathText(path), message })

  const malformed = [...yaml.errors, ...yaml.warnings].map((error) => ({
    ...place(error.pos[0]),
    path: '',
    message: yamlMessage(error.code, error.message),
  }))
  if (malformed.length > 0) return { ok: false, problems: malformed }
  const value: unknown = yaml.toJS({ maxAliasCount: 100 })
  if (value === null || value === undefined)
    return { ok: false, problems: [at({ path: [], message: 'the file is empty; it needs account, stores and program' })] }

  const shape = checkShape(PROGRAM_FILE_SCHEMA as unknown as Schema, value)
  if (shape.length > 0) return { ok: false, problems: inOrder(shape.map(at)) }
  // The schema has just said so, except for what is exactly one of several, which `checkProgram` says.
  const document = value as ProgramDocument
  const { problems, warnings } = checkProgram(document)
  if (problems.length > 0) return { ok: false, problems: inOrder(problems.map(at)) }
  if (today !== undefined) warnings.push(...pastFindings(document, today))
  if (menu) warnings.push(...menuFindings(document, menu))
  return { ok: true, document, warnings: inOrder(warnings.map(at)) }
}

function inOrder(problems: ProgramProblem[]): ProgramProblem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column)
}

function yamlMessage(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands here twice; remove one of the two'
  if (code === 'TAB_AS_INDENT') return 'indented by a tab; YAML is indented by spaces'
  return `not valid YAML: ${message}`
}

/** Where a path stands in the text: its key, else the nearest that exists above it. */
function offsetOf(yaml: Document.Parsed, path: Finding['path']): number {
  let node: ParsedNode | null | undefined = yaml.contents
  let offset = node?.range[0] ?? 0
  for (const segment of path) {
    const resolved: unknown = isAlias(node) ? node.resolve(yaml) : node
    let next: unknown
    if (isMap(resolved)) {
      const pair = resolved.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment))
      if (!pair) return offset
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset
      next = pair.value
    } else if (isSeq(resolved)) {
      next = resolved.items[Number(segment)]
      offset = (isNode(next) ? next.range?.[0] : undefined) ?? offset
    } else return offset
    node = isNode(next) ? (next as ParsedNode) : undefined
  }
  return offset
}

function pathText(path: Finding['path']): string {
  return path.reduce<string>(
    (text, segment) => (typeof segment === 'number' ? `${text}[${segment}]` : text === '' ? segment : `${text}.${segment}`),
    '',
  )
}
