import { moneyNumber, type Outcome, readOrderCall, reasonSentence, refuse } from '@regulars/contract'
import { type MemberSnapshot, type Program, type Reserved, whatIf } from '@regulars/engine'
import { type ExplanationView, viewExplanation } from './view-explanation.ts'

/** What one basket would come to. Money is decimal. */
export interface WhatIfView {
  readonly currency: string
  readonly discount: number
  readonly reason?: string
  readonly message?: string
  /** Null for a guest. */
  readonly points_earned: number | null
  readonly rewards_granted: readonly string[]
  readonly rewards: readonly {
    readonly id: string
    readonly reward: string
    readonly label: string
    readonly discount: number
    readonly forfeited?: number
    readonly points?: number
    /** What the order would earn with it. */
    readonly points_earned?: number
    readonly reason?: string
    readonly message?: string
  }[]
  readonly explanation: ExplanationView
}

/**
 * Decides a basket under a program for a member that is only described; nothing is read and nothing is stored.
 * @param basket the body of an order call; `status` and `brand` may be absent.
 * @param member as `readSnapshot` reads it; null for a guest.
 */
export function decideWhatIf(
  program: Program,
  { basket, member, at, reserved }: { basket: object; member: Snapshot | null; at: number; reserved?: Reserved },
): Outcome<WhatIfView> {
  const read = readOrderCall(
    { status: 'checkout', brand: program.accountId, ...basket },
    { currency: program.currency, strict: false },
  )
  if (!read.ok) return read
  const call = read.value
  const { digits, storeCode } = call
  if (!program.stores.has(storeCode)) return refuse('store_unknown', { store: storeCode })
  if (call.currency !== program.currency)
    return refuse('currency_mismatch', { currency: call.currency, expected: program.currency })

  const knew = member && { at, member: member.snapshot, rewards: member.rewards }
  const decided = whatIf(program, { cart: { ...call, fingerprint: '' }, storeCode, at, knew, reserved })
  const money = (minor: number) => moneyNumber(minor, digits)
  const why = (rule: string, reason: string, facts: Readonly<Record<string, unknown>>) => ({
    reason,
    message: reasonSentence({ rule, reason, facts }, digits),
  })
  const { refusal, earning } = decided
  return {
    ok: true,
    value: {
      currency: program.currency,
      discount: money(decided.discount),
      ...(refusal && why('reward:', refusal.error, refusal.facts)),
      points_earned: earning?.quantity ?? null,
      rewards_granted: (earning?.grants ?? []).map(({ rewardKey }) => rewardKey),
      rewards: decided.rewards.map(({ rewardId, rewardKey, label, outcome }) => ({
        id: rewardId,
        reward: rewardKey,
        label,
        ...(outcome.ok
          ? {
              discount: money(outcome.discount),
              ...(outcome.forfeited > 0 && { forfeited: money(outcome.forfeited) }),
              ...(outcome.cost.kind === 'points' && { points: outcome.cost.points }),
              points_earned: outcome.earned,
            }
          : { discount: 0, ...why(`reward:${rewardKey}`, outcome.refusal.reason, outcome.refusal.facts) }),
      })),
      explanation: viewExplanation(decided.explanation, digits),
    },
  }
}

/** A member as a what-if call describes one. */
export interface Snapshot {
  readonly snapshot: MemberSnapshot
  /** How many pieces of each issued reward they have, by the reward's key. */
  readonly rewards: Readonly<Record<string, number>>
}

/** Reads a described member; whatever is left out is as for somebody who has just joined: registered, without points. */
export function readSnapshot(value: unknown, now: number): Outcome<Snapshot> {
  const fields = record(value)
  if (!fields) return invalid('member', 'an object, or null for a guest', value)
  const { registered = true, joined_at, birthday, opted_in = {}, points = 0, tallies = {}, rewards = {} } = fields
  const joinedAt = joined_at === undefined ? now : typeof joined_at === 'string' ? Date.parse(joined_at) : Number.NaN
  const optedIn = record(opted_in)
  if (typeof registered !== 'boolean') return invalid('member.registered', 'true or false', registered)
  if (Number.isNaN(joinedAt)) return invalid('member.joined_at', 'an instant such as 2026-03-01T12:00:00Z', joined_at)
  if (birthday !== undefined && !(typeof birthday === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(birthday)))
    return invalid('member.birthday', 'a date such as 1990-05-17', birthday)
  if (!optedIn) return invalid('member.opted_in', 'an object: { "sms": true, "email": false }', opted_in)
  if (!isCount(points)) return invalid('member.points', 'a whole number, 0 or more', points)
  if (!isCounts(tallies)) return invalid('member.tallies', 'an object of whole numbers, as a wallet has them', tallies)
  if (!isCounts(rewards)) return invalid('member.rewards', 'an object of whole numbers by reward key', rewards)
  const snapshot = {
    registered,
    joinedAt,
    birthday,
    optedIn: { sms: optedIn.sms === true, email: optedIn.email === true },
    points,
    tallies,
  }
  return { ok: true, value: { snapshot, rewards } }
}

const record = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isCounts = (value: unknown): value is Record<string, number> => Object.values(record(value) ?? { wrong: '' }).every(isCount)
const invalid = (path: string, expected: string, value: unknown): Outcome<never> =>
  refuse('field_invalid', { path, expected, got: (JSON.stringify(value) ?? '').slice(0, 100) })
