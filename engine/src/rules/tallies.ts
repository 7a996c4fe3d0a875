import type { Tallies } from '../model.ts'

/**
 * The names of a member's running counts. Keys that carry a date are dropped when that date has long passed; the others live as long as the
 * membership. Days and weeks are the store's; a week goes by its Monday.
 */
export const TALLY = {
  /** Completed orders. */
  orders: 'orders',
  /** Visits that counted: completed orders with a qualifying item, whatever the program's type. */
  visits: 'visits',
  /** One visit at a store, kept only while the program has a `min_interval`. */
  visit: (storeCode: string, at: number) => `${visitPrefix(storeCode)}${new Date(at).toISOString()}`,
  /** Points, visits or stamps earned: in all, on a day, in a week. */
  earned: 'earned',
  earnedOn: (date: string) => `earned:${date}`,
  earnedInWeek: (monday: string) => `earned:week:${monday}`,
  /** Net qualifying spend in minor units. */
  spent: 'spent',
  /** Rewards redeemed: in all, and on a day where the reward has a limit per day. */
  redeemed: (rewardKey: string) => `redeemed:${rewardKey}`,
  redeemedOn: (rewardKey: string, date: string) => `redeemed:${rewardKey}:${date}`,
  /** How often a campaign has fired, and what it brought where it is capped. */
  fired: (campaign: string) => `campaign:${campaign}`,
  firedOn: (campaign: string, date: string) => `campaign:${campaign}:${date}`,
  brought: (campaign: string) => `campaign-points:${campaign}`,
  broughtOn: (campaign: string, date: string) => `campaign-points:${campaign}:${date}`,
  broughtInWeek: (campaign: string, monday: string) => `campaign-points:${campaign}:week:${monday}`,
} as const

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

function visitPrefix(storeCode: string): string {
  return `visit:${storeCode}:`
}
