import type { Tallies } from '../model.ts'
import { localDate } from '../zoned-time.ts'

/**
 * The names of a member's running counts. Keys that carry a day or a week are dropped when it has long passed (`withoutPast`); the others live as long as the
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
  /** What counts towards a tier: points earned or minor units spent in a calendar month of the account's zone. */
  tierMonth: (month: string) => `tier:${month}`,
  /** Paid items of the group of a campaign on every n-th item. */
  items: (campaign: string) => `items:${campaign}`,
  /** What the member has used of a campaign's budget. */
  budget: (name: string) => `${BUDGET}${name}`,
  /** No count: the program version up to which the wallet has been through exchanges of units. */
  exchanged: 'exchanged',
  /** Rewards redeemed: in all, and on a day where the reward has a limit per day. */
  redeemed: (rewardKey: string) => `redeemed:${rewardKey}`,
  redeemedOn: (rewardKey: string, date: string) => `redeemed:${rewardKey}:${date}`,
  /** How often a campaign has fired, and what it brought where it is capped. */
  fired: (campaign: string) => `campaign:${campaign}`,
  firedOn: (campaign: string, date: string) => `campaign:${campaign}:${date}`,
  /** That a member was asked back who had last been seen on this day. Never dropped: until they come, the day stays what it was. */
  askedBack: (campaign: string, lastSeen: string) => `campaign:${campaign}:since:${lastSeen}`,
  brought: (campaign: string) => `campaign-points:${campaign}`,
  broughtOn: (campaign: string, date: string) => `campaign-points:${campaign}:${date}`,
  broughtInWeek: (campaign: string, monday: string) => `campaign-points:${campaign}:week:${monday}`,
} as const

const BUDGET = 'budget:'

/** Longer than any order is sent late or given back: what a day has used of a cap matters that long, and no wallet grows beyond it. */
const KEPT_MS = 400 * 86_400_000
/** A day, or the Monday of a week, at the end of a name that is counted by them; a visit's instant. Keys of rewards and campaigns have no colon. */
const DATED =
  /^(?:(?:earned|(?:redeemed|campaign|campaign-points):[^:]+)(?::week)?:(\d{4}-\d{2}-\d{2})|visit:.*:(\d{4}-\d{2}-\d{2})T[\d:.]+Z)$/

/** Running counts without those of days that have long passed. */
export function withoutPast(tallies: Tallies, now: number): Tallies {
  const firstKept = localDate(now - KEPT_MS, 'UTC')
  const isPast = (key: string) => {
    const dated = DATED.exec(key)
    return dated !== null && (dated[1] ?? dated[2] ?? '') < firstKept
  }
  return Object.keys(tallies).some(isPast) ? Object.fromEntries(Object.entries(tallies).filter(([key]) => !isPast(key))) : tallies
}

/** How much of each budget a decision has used, or brought back as a negative number, from the tallies before and after it. */
export function budgetsUsed(before: Tallies, after: Tallies): Record<string, number> {
  const used: Record<string, number> = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!key.startsWith(BUDGET)) continue
    const amount = (after[key] ?? 0) - (before[key] ?? 0)
    if (amount !== 0) used[key.slice(BUDGET.length)] = amount
  }
  return used
}

/** What the names of all visits at a store start with. */
export function visitPrefix(storeCode: string): string {
  return `visit:${storeCode}:`
}
