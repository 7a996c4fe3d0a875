import { moneyNumber, reasonSentence } from '@regulars/contract'
import type { ExplainedRule, Explanation } from '@regulars/engine'

/** An explanation as `?explain=1` and the admin operations give it. Money is decimal, except `numbers`, which are the rules' own: minor units and points. */
export interface ExplanationView {
  readonly lines: readonly {
    readonly label: string
    readonly product?: string
    readonly quantity: number
    readonly returned?: number
    readonly price: number
    readonly shop_discount: number
    readonly reward_discount: number
    readonly paid: number
    readonly points?: number
  }[]
  /** Each rule that applied, in the order of application. */
  readonly rules: readonly {
    readonly rule: string
    readonly text: string
    readonly numbers?: ExplainedRule['numbers']
    /** `line` counts from 0 in `lines`. */
    readonly on?: readonly { readonly line: number; readonly off?: number; readonly points?: number }[]
  }[]
  readonly not_applied: readonly {
    readonly rule: string
    readonly label: string
    readonly reason: string
    readonly message: string
  }[]
  /** Rewards that applied and were not asked for. */
  readonly could_apply: readonly { readonly rule: string; readonly label: string; readonly discount: number }[]
}

/** @param digits decimals of the order's currency. */
export function viewExplanation({ lines, rules, missed, open }: Explanation, digits: number): ExplanationView {
  const money = (minor: number) => moneyNumber(minor, digits)
  return {
    lines: lines.map(({ label, product, quantity, returned, price, shopDiscount, rewardDiscount, paid, points }) => ({
      label,
      product,
      quantity,
      ...(returned > 0 && { returned }),
      price: money(price),
      shop_discount: money(shopDiscount),
      reward_discount: money(rewardDiscount),
      paid: money(paid),
      points,
    })),
    rules: rules.map(({ rule, text, numbers, on }) => ({
      rule,
      text,
      numbers,
      ...(on.length > 0 && {
        on: on.map(({ line, off, points }) => ({ line, ...(off === undefined ? { points } : { off: money(off) }) })),
      }),
    })),
    not_applied: missed.map(({ rule, label, reason, facts }) => ({
      rule,
      label,
      reason,
      message: reasonSentence({ rule, reason, facts }, digits),
    })),
    could_apply: open.map(({ rule, label, discount }) => ({ rule, label, discount: money(discount) })),
  }
}
