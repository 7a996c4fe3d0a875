import { type ErrorFacts, type ErrorName, type Outcome, ok, type Refusal, refuse } from './errors.ts'

/** Order calls are six levels deep. Fifty modifiers within each other, which the order's own rule refuses by name, make over a hundred; beyond this it is harm. */
export const MAX_JSON_DEPTH = 250

/**
 * The value of a JSON body, or what is wrong with it and where. Stricter than JSON.parse in what would make two readers see two requests, or
 * a value that no database keeps: invalid UTF-8, one key twice, `__proto__`, `constructor.prototype`, NUL and lone surrogates. Never throws.
 */
export function parseJson(bytes: Uint8Array): Outcome<unknown> {
  let text: string
  try {
    text = UTF_8.decode(bytes)
  } catch {
    return refuse('invalid_utf8', {})
  }
  const value = plainValue(text)
  if (value !== undefined) return ok(value)
  const refusal = new Scan(text).run()
  return refusal === undefined ? ok(JSON.parse(text) as unknown) : { ok: false, refusal }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The value of a body that is right at first sight, as nearly all are, for a quarter of what the scan costs: it parses, no escape hides what a text says, no
 * key is forbidden, and there are as many keys as there are colons. Of any other the scan says what is wrong, or that nothing is.
 */
function plainValue(text: string): unknown {
  if (text.includes('\\')) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return countKeys(value, 0, false) === countColons(text) ? value : undefined
}

/** Outside of texts, where no text has an escape. */
function countColons(text: string): number {
  let colons = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) inText = !inText
    else if (code === COLON && !inText) colons++
  }
  return colons
}

/** All the way down. More than any body has colons, where the scan has to look closer. */
function countKeys(value: unknown, depth: number, isConstructor: boolean): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth === MAX_JSON_DEPTH) return Number.POSITIVE_INFINITY
  let keys = 0
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) keys += countKeys(element, depth + 1, false)
    return keys
  }
  for (const key in value) {
    if (key === '__proto__' || (isConstructor && key === 'prototype')) return Number.POSITIVE_INFINITY
    keys += 1 + countKeys((value as Record<string, unknown>)[key], depth + 1, key === 'constructor')
  }
  return keys
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const LONE_SURROGATE = /\p{Surrogate}/u

/** An open object or list: the keys it has had, and the key or index that is being read, for the path. */
type Level = { readonly keys: Set<string>; key: string } | { readonly keys: undefined; index: number }

/** One walk along the text, without recursion, that knows of every character where it stands. */
class Scan {
  private readonly text: string
  private readonly levels: Level[] = []
  private at = 0
  private refusal: Refusal | undefined

  constructor(text: string) {
    this.text = text
  }

  run(): Refusal | undefined {
    this.skipBlanks()
    if (this.at === this.text.length) this.malformed('the body is empty')
    while (this.refusal === undefined) {
      if (!this.value()) continue
      if (!this.afterValue()) break
    }
    return this.refusal
  }

  /** Reads a value, or the opening of one. False: an object or list was opened that has something inside, which comes next. */
  private value(): boolean {
    const code = this.text.charCodeAt(this.at)
    if (code === OPEN_OBJECT) return this.open({ keys: new Set(), key: '' }, CLOSE_OBJECT)
    if (code === OPEN_LIST) return this.open({ keys: undefined, index: 0 }, CLOSE_LIST)
    if (code === QUOTE) this.string()
    else if (!this.matches(NUMBER) && !this.matches(WORD)) this.unexpected('a value')
    return true
  }

  private open(level: Level, close: number): boolean {
    if (this.levels.length === MAX_JSON_DEPTH) this.refuse('body_too_deep', { max: MAX_JSON_DEPTH })
    this.at++
    this.skipBlanks()
    if (this.text.charCodeAt(this.at) === close) {
      this.at++
      return true
    }
    this.levels.push(level)
    if (level.keys !== undefined) this.key(level)
    return false
  }

  /** Goes on to the next value; false at the end of the text. */
  private afterValue(): boolean {
    while (this.refusal === undefined) {
      this.skipBlanks()
      const level = this.levels.at(-1)
      if (level === undefined) {
        if (this.at < this.text.length) this.unexpected('the end of the body')
        return false
      }
      const code = this.text.charCodeAt(this.at)
      if (code === COMMA) {
        this.at++
        this.skipBlanks()
        if (level.keys === undefined) level.index++
        else this.key(level)
        return true
      }
      if (code !== (level.keys === undefined ? CLOSE_LIST : CLOSE_OBJECT))
        this.unexpected(level.keys === undefined ? 'a comma or ]' : 'a comma or }')
      this.at++
      this.levels.pop()
    }
    return false
  }

  private key(level: Extract<Level, { key: string }>): undefined {
    if (this.text.charCodeAt(this.at) !== QUOTE) return this.unexpected('a key in double quotes')
    const outer = this.levels.at(-2)
    level.key = '…'
    const key = this.string()
    if (key === undefined) return
    level.key = key
    const isPrototype = key === 'prototype' && outer?.keys !== undefined && outer.key === 'constructor'
    if (key === '__proto__' || isPrototype) return this.refuse('forbidden_key', { path: this.path() })
    if (level.keys.has(key)) return this.refuse('duplicate_key', { path: this.path() })
    level.keys.add(key)
    this.skipBlanks()
    if (this.text.charCodeAt(this.at) !== COLON) return this.unexpected('a colon after the key')
    this.at++
    this.skipBlanks()
  }

  /** Reads a string, and answers what it says. */
  private string(): string | undefined {
    const { text } = this
    const from = this.at
    let escaped = false
    let to = from + 1
    for (; ; to++) {
      const code = text.charCodeAt(to)
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        escaped = true
        to++
      } else if (Number.isNaN(code)) {
        this.at = text.length
        return this.malformed('it ends inside a text')
      } else if (code < 0x20) {
        this.at = to
        return this.malformed('a control character stands inside a text; write it as an escape')
      }
    }
    this.at = to + 1
    if (!escaped) return text.slice(from + 1, to)
    const said = unescaped(text.slice(from, this.at))
    if (said === undefined) {
      this.at = from
      return this.malformed('this text has a backslash that starts no escape')
    }
    if (said.includes('\0'))
      return this.refuse('forbidden_character', { path: this.path(), character: 'the character U+0000 (NUL)' })
    if (LONE_SURROGATE.test(said))
      return this.refuse('forbidden_character', { path: this.path(), character: 'half of a surrogate pair' })
    return said
  }

  private matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    if (!pattern.test(this.text)) return false
    this.at = pattern.lastIndex
    return true
  }

  private skipBlanks(): void {
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    }
  }

  private unexpected(expected: string): undefined {
    const found = this.text.codePointAt(this.at)
    this.malformed(
      found === undefined
        ? `it ends where ${expected} was expected`
        : `${expected} was expected, but ${JSON.stringify(String.fromCodePoint(found))} found`,
    )
  }

  private malformed(problem: string): undefined {
    const before = this.text.slice(0, this.at)
    const line = before.split('\n').length
    this.refuse('malformed_json', { problem, line, column: before.length - before.lastIndexOf('\n') })
  }

  /** The first thing wrong is the one that is told. */
  private refuse<Name extends ErrorName>(error: Name, facts: ErrorFacts<Name>): undefined {
    this.refusal ??= refuse(error, facts).refusal as Refusal
  }

  /** Where the scan stands: `basket.posEntries[3].posItem`. Names are cut, for an answer is no echo. */
  private path(): string {
    return this.levels
      .map((level, i) => (level.keys === undefined ? `[${level.index}]` : `${i === 0 ? '' : '.'}${level.key.slice(0, 60)}`))
      .join('')
  }
}

function unescaped(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string
  } catch {
    return undefined
  }
}
