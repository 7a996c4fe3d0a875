import type { Refusal } from '@regulars/contract'

/** The answer's text; or a refusal; or `stale_credential`: the caller was authenticated with what has changed since, so authenticate again. */
export type OrderOutcome =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'stale_credential' }
  /** The call was read under a program that is not in force any more: read it again. */
  | { readonly kind: 'stale_program' }
