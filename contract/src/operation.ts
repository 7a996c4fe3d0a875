import type { TSchema } from 'typebox'
import type { ErrorName } from './errors.ts'
import type { Example } from './examples.ts'

/** One thing that a partner can ask for: where, with what, and everything that can come back. */
export interface Operation {
  readonly operationId: string
  readonly method: 'GET' | 'POST'
  /** With `:name` for parameters. */
  readonly url: string
  readonly summary: string
  readonly description: string
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, { readonly description: string; readonly required: boolean; readonly example: string }>>
  readonly body?: TSchema
  readonly replies: Readonly<Record<number, { readonly description: string; readonly schema: TSchema }>>
  readonly refusals: readonly ErrorName[]
  readonly examples: readonly Example[]
  /** Asked with the environment's administration token, and not signed. */
  readonly admin?: true
}
