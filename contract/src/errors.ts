import type { ErrorRow } from './error-row.ts'
import { ORDER_ERRORS } from './order-errors.ts'
import type { OrderStatus } from './order-workflow.ts'
import { REQUEST_ERRORS } from './request-errors.ts'
import { REWARD_ERRORS } from './reward-errors.ts'

/** The one table of everything that is refused. The name of a row is its `reason` on the wire. */
export const ERRORS = { ...REQUEST_ERRORS, ...ORDER_ERRORS, ...REWARD_ERRORS }

export type ErrorName = keyof typeof ERRORS
/** The rows that say why a reward does not apply. */
export type RewardReason = keyof typeof REWARD_ERRORS
/** The facts that the sentences of a row need. */
export type ErrorFacts<Name extends ErrorName> = (typeof ERRORS)[Name] extends ErrorRow<infer Facts> ? Facts : never

/** Something that is not done, with the facts that explain it. A value: it is returned, never thrown. */
export type Refusal<Name extends ErrorName = ErrorName> = {
  [N in Name]: { readonly error: N; readonly facts: ErrorFacts<N> }
}[Name]
export type Refused<Name extends ErrorName = ErrorName> = { readonly ok: false; readonly refusal: Refusal<Name> }
export type Outcome<T, Name extends ErrorName = ErrorName> = { readonly ok: true; readonly value: T } | Refused<Name>

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** What a function answers that does not do what it was asked. */
export function refuse<Name extends ErrorName>(error: Name, facts: ErrorFacts<Name>): Refused<Name> {
  return { ok: false, refusal: { error, facts } as Refusal<Name> }
}

/**
 * The refusal for a reason that the rules gave, whose facts are known only at run time.
 * @param digits decimals of the order's currency, for the sentences that name money.
 * @throws when the rules gave a reason that has no row, or left a fact out that its sentence needs: a bug of ours.
 */
export function refuseReward(reason: string, facts: Readonly<Record<string, unknown>>, digits: number): Refused<RewardReason> {
  if (!isRewardReason(reason)) throw new Error(`the rules gave the reason '${reason}', which is not in the table of errors`)
  const given: Record<string, unknown> = { ...facts, digits }
  const missing = Object.keys(REWARD_ERRORS[reason].example).filter((name) => given[name] === undefined)
  if (missing.length > 0) throw new Error(`the rules gave the reason '${reason}' without its facts: ${missing.join(', ')}`)
  return { ok: false, refusal: { error: reason, facts: given } as Refusal<RewardReason> }
}

export function isRewardReason(name: string): name is RewardReason {
  return Object.hasOwn(REWARD_ERRORS, name)
}

/** HTTP status of the answer. */
export function httpStatus(refusal: Refusal): number {
  return ERRORS[refusal.error].status
}

/** Seconds for the `Retry-After` header, where the refusal has them. */
export function retryAfterS(refusal: Refusal): number | undefined {
  return 'retryAfterS' in refusal.facts ? refusal.facts.retryAfterS : undefined
}

/** For the developer: what is wrong, where, and what would be right. */
export function developerMessage(refusal: Refusal): string {
  return (ERRORS[refusal.error] as ErrorRow<object>).message(refusal.facts)
}

/** Fit to show a customer. At checkout it is the `message` beside a discount of 0. */
export function customerMessage(refusal: Refusal): string {
  return (ERRORS[refusal.error] as ErrorRow<object>).details(refusal.facts)
}

/** The error object of wire-contract §3. */
export interface ErrorBody {
  id: string
  code: number
  status?: OrderStatus
  message: string
  details: string
  reason: ErrorName
}

/**
 * What an error answer says on the wire.
 * @param context `id` of the request, as in its log entry and `X-Request-Id`; `orderStatus` that the order call sent, when it was one.
 */
export function errorBody(refusal: Refusal, { id, orderStatus }: { id: string; orderStatus?: OrderStatus }): ErrorBody {
  return {
    id,
    code: ERRORS[refusal.error].code,
    ...(orderStatus !== undefined && { status: orderStatus }),
    message: developerMessage(refusal),
    details: customerMessage(refusal),
    reason: refusal.error,
  }
}
