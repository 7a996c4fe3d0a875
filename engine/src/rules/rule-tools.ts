/**
 * What compiling may need from outside, since the engine depends on nothing: the server brings both, a till that knows no such rules brings
 * neither. Compiling a program that uses a tool which is not there throws.
 */
export interface RuleTools {
  /** @throws where the rule is not one of RFC 5545 by days or longer; the reader of the file says so before. */
  readonly recurs?: (recurrence: { readonly rule: string; readonly from: string }) => Recurrence
  /** @throws where the expression is no condition; the reader of the file says so before. */
  readonly cel?: (expression: string) => Condition
}

/** Local dates, `YYYY-MM-DD`, on which something recurs. */
export interface Recurrence {
  includes(date: string): boolean
  /** The first one after a date, and the last one before it; `undefined` where there is none within a few years. */
  next(date: string): string | undefined
  previous(date: string): string | undefined
}

/** A condition in an expression language. Never throws: what cannot be evaluated does not hold. */
export type Condition = (facts: ConditionFacts) => boolean

/** What an expression may look at. Money is minor units; absent texts are empty. */
export interface ConditionFacts {
  readonly order: {
    readonly store: string
    readonly source: string
    readonly type: string
    readonly rendition: string
    readonly subtotal: number
    /** On the store's clock: `YYYY-MM-DD`, `mon` to `sun`, and minutes since midnight. */
    readonly date: string
    readonly weekday: string
    readonly minute: number
  }
  readonly member: {
    readonly registered: boolean
    readonly joined: string
    readonly birthday: string
    readonly sms: boolean
    readonly email: boolean
    readonly points: number
    readonly orders: number
    readonly visits: number
    /** The key of the tier, empty below the lowest. */
    readonly tier: string
  }
  /** One entry for each piece, not for each line. */
  readonly items: readonly {
    readonly product: string
    readonly label: string
    readonly categories: readonly string[]
    /** What one piece costs with its modifiers, and what is left to pay for it. */
    readonly price: number
    readonly paid: number
  }[]
}
