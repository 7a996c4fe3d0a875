/** What is wrong at a place of the file, in words that say what would be right. */
export interface Finding {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** The part of JSON Schema that the program file's schema uses. */
export interface Schema {
  readonly type?: string
  readonly title?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly minProperties?: number
  readonly maxProperties?: number
  /** A list of schemas is a tuple. */
  readonly items?: Schema | readonly Schema[]
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
}

/**
 * Everything in a value that its schema does not allow. A general validator would do, but its messages would not: this one knows that an unknown
 * key is usually a misspelt one, and that a number where text belongs lacks its quotes. A test holds it to what TypeBox accepts.
 */
export function checkShape(schema: Schema, value: unknown, path: Finding['path'] = []): Finding[] {
  if (schema.anyOf)
    return schema.anyOf.some((option) => checkShape(option, value).length === 0) ? [] : nearest(schema, value, path)
  if (schema.const !== undefined) return value === schema.const ? [] : [mustBe(schema, value, path)]
  if (schema.enum) return schema.enum.includes(value) ? [] : [notAmong(schema.enum, schema, value, path)]
  if (schema.type === 'object') return isRecord(value) ? checkObject(schema, value, path) : [mustBe(schema, value, path)]
  if (schema.type === 'array') return Array.isArray(value) ? checkList(schema, value, path) : [mustBe(schema, value, path)]
  if (schema.type === 'string') return typeof value === 'string' && isText(schema, value) ? [] : [mustBe(schema, value, path)]
  if (schema.type === 'boolean') return typeof value === 'boolean' ? [] : [mustBe(schema, value, path)]
  return isNumber(schema, value) ? [] : [mustBe(schema, value, path)]
}

function checkObject(schema: Schema, value: Readonly<Record<string, unknown>>, path: Finding['path']): Finding[] {
  const findings: Finding[] = []
  const keys = Object.keys(value)
  for (const required of schema.required ?? []) {
    if (!Object.hasOwn(value, required)) {
      const property = schema.properties?.[required]
      findings.push({ path, message: `\`${required}\` is missing${property?.title ? `: ${property.title}` : ''}` })
    }
  }
  for (const key of keys) {
    const property = propertyOf(schema, key)
    if (property) findings.push(...checkShape(property, value[key], [...path, key]))
    else findings.push({ path: [...path, key], message: unknownKey(schema, key) })
  }
  if (keys.length < (schema.minProperties ?? 0) || keys.length > (schema.maxProperties ?? Number.POSITIVE_INFINITY)) {
    findings.push(mustBe(schema, value, path))
  }
  return findings
}

function checkList(schema: Schema, value: readonly unknown[], path: Finding['path']): Finding[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  const tuple = Array.isArray(items) ? (items as readonly Schema[]) : undefined
  if (tuple && value.length !== tuple.length) return [mustBe(schema, value, path)]
  if (value.length < minItems || value.length > maxItems) return [mustBe(schema, value, path)]
  const findings = value.flatMap((entry, index) => {
    const entrySchema = tuple ? tuple[index] : (items as Schema | undefined)
    return entrySchema ? checkShape(entrySchema, entry, [...path, index]) : []
  })
  if (!schema.uniqueItems) return findings
  const seen = new Set<string>()
  value.forEach((entry, index) => {
    const text = JSON.stringify(entry)
    if (seen.has(text)) findings.push({ path: [...path, index], message: `${text} stands in the list twice; remove one` })
    seen.add(text)
  })
  return findings
}

function propertyOf(schema: Schema, key: string): Schema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key]
  return Object.entries(schema.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(key))?.[1]
}

/** Of several shapes that are allowed, the findings of the one that is meant: of the value's own kind, with the least wrong inside. */
function nearest(schema: Schema, value: unknown, path: Finding['path']): Finding[] {
  const alike = (schema.anyOf ?? [])
    .filter((option) => option.type === kindOf(value))
    .map((option) => checkShape(option, value, path))
  const best = alike.sort((a, b) => a.length - b.length)[0] ?? []
  const inside = best.filter((finding) => finding.path.length > path.length)
  return inside.length > 0 ? inside : [mustBe(schema, value, path)]
}

function mustBe(schema: Schema, value: unknown, path: Finding['path']): Finding {
  const wanted = `must be ${schema.title ?? schema.type ?? 'something else'}`
  if (schema.type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return { path, message: `${wanted}; got ${value}, which YAML reads as a ${typeof value}: write it in quotes` }
  }
  return { path, message: `${wanted}; got ${shown(value)}` }
}

function notAmong(allowed: readonly unknown[], schema: Schema, value: unknown, path: Finding['path']): Finding {
  const { message } = mustBe(schema, value, path)
  // Only text can be a misspelt word; an object may not even be able to say itself as text.
  return { path, message: typeof value === 'string' ? message + suggestion(value, allowed.map(String)) : message }
}

function unknownKey(schema: Schema, key: string): string {
  const known = Object.keys(schema.properties ?? {})
  const cure = suggestion(key, known)
  if (known.length === 0) return `\`${key}\` is no key: use lower-case words joined by hyphens, such as five-off`
  return `\`${key}\` is not known here${cure || `; known are ${known.join(', ')}`}`
}

function suggestion(word: string, known: readonly string[]): string {
  const best = nearestWord(word, known)
  return best === undefined ? '' : `; did you mean ${best}?`
}

/** The known word that a typing mistake may have meant. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  // Long words are no typing mistakes, and comparing them costs their product.
  if (word.length > 60) return undefined
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.distance - b.distance)[0]
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined
}

/** Insertions, deletions, replacements and swapped neighbours from one word to the other. */
function editDistance(a: string, b: string): number {
  let last: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = swaps ? (last[j - 2] ?? 0) + 1 : replaced
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    last = row
    row = next
  }
  return row[b.length] ?? 0
}

function isText({ pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema, value: string): boolean {
  return value.length >= minLength && value.length <= maxLength && (pattern === undefined || new RegExp(pattern).test(value))
}

function isNumber(schema: Schema, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (schema.type === 'integer' && !Number.isSafeInteger(value)) return false
  return value >= (schema.minimum ?? Number.NEGATIVE_INFINITY) && value <= (schema.maximum ?? Number.POSITIVE_INFINITY)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (isRecord(value))
    return Object.keys(value).length === 0 ? 'an empty map' : `a map with ${Object.keys(value).slice(0, 5).join(', ')}`
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
