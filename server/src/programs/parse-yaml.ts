import { Composer, type CST, type Document, LineCounter, Parser } from 'yaml'

export type ParsedYaml =
  | { readonly ok: true; readonly yaml: Document.Parsed; readonly lines: LineCounter }
  | { readonly ok: false; readonly message: string; readonly line: number }

/** Levels within levels; a program file needs no more than ten. */
const DEPTH_MAX = 100

/**
 * Parses YAML or JSON in the two steps that `parseDocument` takes, with a look at the depth between them: the first step keeps its own stack, the
 * second recurses, and where the stack runs out inside a regular expression, V8 ends the process instead of throwing.
 */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter()
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  if (depthOf(tokens) > DEPTH_MAX)
    return { ok: false, message: `nested more than ${DEPTH_MAX} levels deep; a program file needs no more than ten`, line: 1 }
  const composer = new Composer({ uniqueKeys: true, stringKeys: true, merge: false })
  const [yaml, second] = composer.compose(tokens, true, text.length)
  if (!yaml || second) {
    const line = second ? lines.linePos(second.range[0]).line : 1
    return { ok: false, message: 'the file holds several documents; a program file is one, without a second ---', line }
  }
  return { ok: true, yaml: yaml as Document.Parsed, lines }
}

function depthOf(tokens: readonly CST.Token[]): number {
  let deepest = 0
  const open = tokens.map((token) => ({ token, depth: 1 }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next
    deepest = Math.max(deepest, depth)
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth })
    if (!('items' in token)) continue
    for (const { key, value } of token.items) {
      if (key) open.push({ token: key, depth: depth + 1 })
      if (value) open.push({ token: value, depth: depth + 1 })
    }
  }
  return deepest
}
