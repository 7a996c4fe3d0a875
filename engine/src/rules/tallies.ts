import type { OrderContext, Tallies } from '../model.ts'
import { type Program, zoneOf } from '../program.ts'
import { localDate } from '../zoned-time.ts'
import { TALLY, visitPrefix } from './tally-names.ts'

export { TALLY }

/**
 * How the tallies move when a reward is redeemed on an order, and back when it is returned. The day is the order's own, at its store, so that
 * taking the order back finds the same day again.
 */
export function redeemedTallies(rewardKey: string, context: Pick<OrderContext, 'storeCode' | 'at'>, program: Program): Tallies {
  const reward = program.rewards.get(rewardKey)
  if (!reward) return {}
  const total = { [TALLY.redeemed(rewardKey)]: 1 }
  if (reward.limits.perDay === undefined) return total
  return { ...total, [TALLY.redeemedOn(rewardKey, localDate(context.at, zoneOf(program, context.storeCode)))]: 1 }
}

/** Collects how tallies move; zero moves are left out. */
export function addTo(delta: Record<string, number>, key: string, amount: number): void {
  const moved = (delta[key] ?? 0) + amount
  if (moved === 0) delete delta[key]
  else delta[key] = moved
}

/** When the member's visits at a store were, as far as they are still kept. */
export function visitsAt(tallies: Tallies, storeCode: string): number[] {
  const prefix = visitPrefix(storeCode)
  return Object.entries(tallies)
    .filter(([key, count]) => count > 0 && key.startsWith(prefix))
    .map(([key]) => Date.parse(key.slice(prefix.length)))
    .filter((at) => Number.isFinite(at))
}
