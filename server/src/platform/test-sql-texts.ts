import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** A piece of text that stands in the server's code. */
export interface SqlText {
  /** The file and the line it begins on. */
  readonly where: string
  readonly text: string
  /** It is put together when it runs: what stands here has gaps. */
  readonly hasGaps: boolean
}

const SERVER = fileURLToPath(new URL('../..', import.meta.url))
const STATEMENT = /^\s*(select|insert\s+into|update\s+\w+(\s+\w+)?\s+set|delete\s+from|with\s+\w+\s.*\bas\b)\b/i

/** Every text literal of the server's code, and its migrations, but for tests. */
export function readTexts(): SqlText[] {
  return filesIn(SERVER).flatMap((file) => {
    const source = readFileSync(file, 'utf8')
    const where = relative(SERVER, file)
    return file.endsWith('.sql') ? [{ where, text: source, hasGaps: false }] : literalsOf(where, source)
  })
}

/** Whether it is a whole statement that PostgreSQL could be asked about. */
export const isStatement = ({ text, where }: SqlText): boolean => !where.endsWith('.sql') && STATEMENT.test(text)

export function literalsOf(where: string, source: string): SqlText[] {
  const file = ts.createSourceFile(where, source, ts.ScriptTarget.Latest)
  const found: SqlText[] = []
  const visit = (node: ts.Node): void => {
    const literal = textOf(node)
    if (!literal) {
      ts.forEachChild(node, visit)
      return
    }
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
    found.push({ where: `${where}:${line + 1}`, ...literal })
    // What stands in the gaps may be a text as well.
    if (ts.isTemplateExpression(node)) for (const span of node.templateSpans) visit(span.expression)
  }
  visit(file)
  return found
}

function textOf(node: ts.Node): Pick<SqlText, 'text' | 'hasGaps'> | undefined {
  if (ts.isStringLiteralLike(node)) return { text: node.text, hasGaps: false }
  if (ts.isTemplateExpression(node)) {
    return { text: node.head.text + node.templateSpans.map((span) => ` gap ${span.literal.text}`).join(''), hasGaps: true }
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined
  const [left, right] = [textOf(node.left), textOf(node.right)]
  return left && right && { text: left.text + right.text, hasGaps: left.hasGaps || right.hasGaps }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesIn(path)
    return /\.sql$|(?<!\.test)\.ts$/.test(entry.name) && !/^test-/.test(entry.name) ? [path] : []
  })
}
