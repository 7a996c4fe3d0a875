import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { type HouseFile, ROOT } from './house-files.ts'

/** Something that is against a rule of the house, at a line (1 is the first). */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly text: string
}

type Rule = (file: HouseFile) => Iterable<{ line?: number; text: string }>

const LINES_MAX = 400
/** As many lines as the eye takes in at once. */
const GLANCE_LINES = 5
const BANNED_NAMES = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'manager',
  'service',
  'types',
  'misc',
  'lib',
  'shared',
])
/** Names that a tool or a habit of GitHub prescribes. */
const GIVEN_NAMES =
  /^(README|CHANGELOG|CONTRIBUTING|SECURITY|LICENSE|ARCHITECTURE)(\.md)?$|^package\.json$|^\.[a-z]|^(vitest|tsdown)\.config\.ts$/

const isCode = ({ path }: HouseFile) => /\.(ts|js|cjs)$/.test(path)
const isTest = ({ path }: HouseFile) => /\.test\.ts$|^test\/|\/test-[a-z-]+\.ts$/.test(path)
const isSource = (file: HouseFile) => /^(contract|engine|server)\//.test(file.path) && isCode(file) && !isTest(file)
const stemOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/** The rules that no linter knows, by name. CONTRIBUTING.md says them in words. */
const RULES: Readonly<Record<string, Rule>> = {
  *'file-name'({ path }) {
    const name = stemOf(path)
    if (GIVEN_NAMES.test(name) || path.startsWith('examples/')) return
    if (!/^(\d{4}-)?[a-z0-9]+(-[a-z0-9]+)*(\.(test|schema))?(\.[a-z]+)?$/.test(name))
      yield { text: `file names are kebab-case: ${name}` }
    for (const word of path.replace(/\.[a-z.]+$/, '').split(/[/-]/)) {
      if (BANNED_NAMES.has(word)) yield { text: `'${word}' names no idea: say what is in it` }
    }
  },

  *'file-length'(file) {
    const length = file.lines.length - 1
    if (isCode(file) && length > LINES_MAX) yield { text: `${length} lines; ${LINES_MAX} are enough for one idea` }
  },

  *'no-loose-ends'(file) {
    if (!isCode(file) && !/\.(sql|yaml)$/.test(file.path)) return
    // Written apart, so that this file does not find itself.
    yield* linesLike(
      file,
      new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK'].join('|')})\\b`),
      'an open end belongs in an issue',
    )
  },

  *'no-switched-off-checks'(file) {
    if (!isCode(file)) return
    const off = ['@ts-' + 'ignore', '@ts-' + 'expect-error', '@ts-' + 'nocheck', 'biome-' + 'ignore', 'eslint-' + 'disable']
    yield* linesLike(file, new RegExp(off.join('|')), 'no check is switched off: say it so that it passes')
  },

  *'no-skipped-tests'(file) {
    if (!isTest(file)) return
    yield* linesLike(
      file,
      /\b(it|test|describe|bench)\.(skip|only|todo|fails|skipIf|runIf)\b|\bx(it|describe)\(/,
      'every test runs, everywhere',
    )
  },

  *'environment-in-main-only'(file) {
    if (!isSource(file) || file.path.startsWith('server/src/main/')) return
    // PATH is the machine's, and goes to the programs that are started; a setting is read once, in main.
    yield* linesLike(file, /process\.env(?!\.PATH\b)/, 'settings are read in server/src/main and handed on')
  },

  *'no-clock-in-decisions'(file) {
    if (!isSource(file) || !/^(engine|contract)\//.test(file.path)) return
    yield* linesLike(file, /\bDate\.now\(|new Date\(\)|Math\.random\(|performance\.now\(/, 'time and chance come in as arguments')
  },

  *'old-at-birth'(file) {
    if (!isSource(file) || file.path.startsWith('server/src/main/')) return
    const text = 'V8 makes it old, and keeps what it closes over (docs/decisions/0054): hand a function on, or name it'
    yield* linesLike(
      file,
      /^\s+[gs]et \w+\(|[\w\])](\.\w+|\[[^\]']+\]) (\?\?)?= (async )?(function\b|\w+ =>|\([^()]*\)(: [^=]+)? =>)/,
      text,
    )
  },

  *'sql-in-stores'(file) {
    if (!isSource(file) || !file.path.startsWith('server/src/') || /\/platform\/|store\.ts$/.test(file.path)) return
    yield* linesLike(file, /\.query\(/, 'SQL stands in store.ts or *-store.ts')
  },

  *'no-foreign-places'(file) {
    const places = new RegExp(
      ['/wo' + 'rk/', '/tmp/(plan|snap)', '\\.\\./sha' + 'red/', '/ho' + 'me/[a-z]', '/Us' + 'ers/[a-z]'].join('|'),
    )
    yield* linesLike(file, places, 'this place is on one machine only')
  },

  *'pinned-versions'(file) {
    if (stemOf(file.path) !== 'package.json') return
    yield* linesLike(file, /^\s*"[^"]+": "[~^]\d/, 'versions are exact: the lock file and the manifest say the same')
  },

  *'a-sentence-each'(file) {
    if (!isSource(file) || !/^(contract|engine)\/src\//.test(file.path)) return
    for (const [index, line] of file.lines.entries()) {
      const name = /^export (?:async )?(?:function|class) (\w+)/.exec(line)?.[1]
      if (name === undefined || /(\*\/|^\/\/.*)$/.test(file.lines[index - 1] ?? '')) continue
      const length = file.lines.slice(index).indexOf('}') + 1
      // What is read at a glance needs no sentence.
      if (length > GLANCE_LINES) yield { line: index + 1, text: `${name} says nowhere what it promises` }
    }
  },

  *'links-lead-somewhere'(file) {
    if (file.path.endsWith('.md')) {
      for (const { target, line } of linksOf(file)) {
        const problem = problemOfLink(file.path, target)
        if (problem) yield { line, text: problem }
      }
    }
    if (!isCode(file) && !file.path.endsWith('.sql')) return
    for (const [index, line] of file.lines.entries()) {
      for (const [, path = ''] of line.matchAll(/\b(docs\/[\w./-]*\w)/g)) {
        if (!leadsSomewhere(path)) yield { line: index + 1, text: `there is no ${path}` }
      }
    }
  },
}

/** Everything in these files that is against a rule. */
export function findUntidy(files: readonly HouseFile[]): Finding[] {
  const findings = files.flatMap((file) =>
    Object.entries(RULES).flatMap(([rule, check]) =>
      [...check(file)].map(({ line = 1, text }) => ({ path: file.path, line, rule, text })),
    ),
  )
  return [...findings, ...decisionsAreNumbered(files)]
}

/** Decisions are known by their number, so no number is missing and none is given twice. */
function decisionsAreNumbered(files: readonly HouseFile[]): Finding[] {
  const decisions = files.filter(({ path }) => /^docs\/decisions\/\d/.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1))
  return decisions.flatMap(({ path, lines }, index) => {
    const number = String(index + 1).padStart(4, '0')
    const isNamed = stemOf(path).startsWith(`${number}-`) && (lines[0] ?? '').startsWith(`# ${number}. `)
    return isNamed
      ? []
      : [{ path, line: 1, rule: 'decision-number', text: `file and title of this decision start with ${number}` }]
  })
}

function* linesLike({ lines }: HouseFile, pattern: RegExp, text: string): Iterable<{ line: number; text: string }> {
  for (const [index, line] of lines.entries()) {
    const found = pattern.exec(line)
    if (found) yield { line: index + 1, text: `${found[0].trim()}: ${text}` }
  }
}

function* linksOf({ lines }: HouseFile): Iterable<{ target: string; line: number }> {
  let fenced = false
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('```')) fenced = !fenced
    if (fenced) continue
    for (const [, target = ''] of line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) yield { target, line: index + 1 }
  }
}

function problemOfLink(from: string, target: string): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : normalize(join(dirname(from), path))
  if (!existsSync(join(ROOT, file))) return `${target} leads nowhere`
  return anchor === undefined || headingsOf(file).has(anchor) ? undefined : `${target}: there is no such heading`
}

/** A path in a comment may leave the extension and the rest of a decision's name out. */
function leadsSomewhere(path: string): boolean {
  if (existsSync(join(ROOT, path))) return true
  const folder = join(ROOT, dirname(path))
  return (
    existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(`${stemOf(path)}-`) || name === `${stemOf(path)}.md`)
  )
}

/** The anchors of a Markdown file, as GitHub makes them. */
function headingsOf(path: string): Set<string> {
  const headings = readFileSync(join(ROOT, path), 'utf8').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}
