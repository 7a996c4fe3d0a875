/** One row of the error table: what went wrong, as HTTP, as the wire's number, as words for a developer and as words for a customer. */
export interface ErrorRow<Facts> {
  /** HTTP status. */
  readonly status: number
  /** The wire's own number; several rows share one. Codes are forever: retire, never renumber. */
  readonly code: number
  /** Facts as they may really occur: shown in the documents, and run through both texts by a test. */
  readonly example: Facts
  /** For the developer: what is wrong, where, and what would be right. */
  readonly message: (facts: Facts) => string
  /** Fit to show a customer. */
  readonly details: (facts: Facts) => string
}

/** Facts of rows that have nothing to say beyond their name. */
export type NoFacts = Record<never, never>

/** A row whose facts are typed by its example; `Facts` is spelt out only where some of them are optional. */
export function row<Facts extends object>(
  status: number,
  code: number,
  example: Facts,
  message: (facts: Facts) => string,
  details: (facts: Facts) => string,
): ErrorRow<Facts> {
  return { status, code, example, message, details }
}

/** `a`, `a or b`, `a, b or c`: how a sentence names the allowed values. */
export function oneOf(values: readonly string[]): string {
  const last = values.at(-1) ?? 'nothing'
  return values.length < 2 ? last : `${values.slice(0, -1).join(', ')} or ${last}`
}

/** `1 item`, `2 items`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
