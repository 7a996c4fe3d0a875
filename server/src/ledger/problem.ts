/** One thing that does not hold. `check` is a stable word; `what` names the row it was found at. */
export interface Problem {
  readonly check: Check
  readonly accountId: string
  /** Null for what belongs to no one member. */
  readonly memberId: number | null
  readonly what: string
  readonly expected: unknown
  readonly found: unknown
}

export type Check =
  | 'wallet'
  | 'sequence'
  | 'digest'
  | 'entries'
  | 'zero_sum'
  | 'negative'
  | 'lot'
  | 'balance'
  | 'hold'
  | 'reward'
  | 'order'
  | 'order_document'
  | 'order_key'
  | 'budget'
