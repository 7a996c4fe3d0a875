import type { MemberSnapshot, OrderContext, Tallies, Unit } from '../model.ts'
import { localDate, localParts, shiftDate } from '../zoned-time.ts'
import type { Campaign } from './campaign.ts'
import { TALLY } from './tally-names.ts'
import { type Tiers, tierOn } from './tiers.ts'
import { isInside } from './when.ts'

/** What of an order can be told without asking a rule for its lines, worked out once for all campaigns and as far as one of them asks. */
export class Glance {
  readonly order: OrderSeen
  readonly member: MemberSnapshot
  readonly tallies: Tallies
  readonly date: string
  /** The small hours may still belong to the day before: "Friday 22:00 to 02:00". */
  readonly yesterday: string
  readonly weekday: number
  readonly minute: number
  private readonly zone: string
  private readonly units: readonly Unit[]
  private price: number | undefined
  private tierKey: string | undefined
  private joinedOn: string | undefined

  constructor(order: OrderSeen, zone: string, units: readonly Unit[], member: MemberSnapshot, tallies: Tallies) {
    const { date, weekday, minute } = localParts(order.at, zone)
    this.order = order
    this.zone = zone
    this.units = units
    this.member = member
    this.tallies = tallies
    this.date = date
    this.yesterday = shiftDate(date, -1, 'days')
    this.weekday = weekday
    this.minute = minute
  }

  /** The key of the member's tier, empty below the lowest; tiers go by the account's days. */
  tier(tiers: Tiers, zone: string): string {
    this.tierKey ??= tierOn(tiers, this.tallies, localDate(this.order.at, zone))?.key ?? ''
    return this.tierKey
  }

  /** What the basket costs before any discount: no subtotal is more. Minor units. */
  most(): number {
    this.price ??= this.units.reduce((total, unit) => total + unit.price, 0)
    return this.price
  }

  joined(): string {
    this.joinedOn ??= localDate(this.member.joinedAt, this.zone)
    return this.joinedOn
  }
}

export type OrderSeen = Pick<OrderContext, 'storeCode' | 'source' | 'type' | 'rendition' | 'at'>

/** False where a campaign cannot apply to an order that looks like this; true says nothing yet. */
export type Check = (seen: Glance) => boolean

/** One check for each condition of a campaign that can be told without the prices paid and without an expression: what is absent costs nothing. */
export function checksOf({ when }: Campaign): readonly Check[] {
  const { stores, sources, types, renditions, minSubtotal } = when
  return [
    stores && (({ order }: Glance) => stores.has(order.storeCode)),
    sources && (({ order }: Glance) => sources.has(order.source)),
    types && (({ order }: Glance) => types.has(order.type)),
    renditions && (({ order }: Glance) => renditions.has(order.rendition ?? '')),
    minSubtotal === undefined ? undefined : (seen: Glance) => minSubtotal <= seen.most(),
    ...timeChecks(when),
    ...memberChecks(when),
  ].filter((check) => check !== undefined)
}

function timeChecks({ days, from, until, blackout, between, recurs }: Campaign['when']): (Check | undefined)[] {
  const overMidnight = between?.some((window) => window.to <= window.from) === true
  const earliest = (seen: Glance) => (overMidnight ? seen.yesterday : seen.date)
  return [
    days && (({ weekday }) => days.has(weekday) || (overMidnight && days.has((weekday + 6) % 7))),
    from === undefined ? undefined : (seen) => from <= seen.date,
    until === undefined ? undefined : (seen) => earliest(seen) <= until,
    between && (({ minute }) => between.some((window) => isInside(minute, window))),
    blackout && ((seen) => !blackout.some((range) => range.from <= earliest(seen) && seen.date <= range.until)),
    recurs && (({ date, yesterday }) => recurs.includes(date) || (overMidnight && recurs.includes(yesterday))),
  ]
}

function memberChecks(when: Campaign['when']): (Check | undefined)[] {
  const { optedIn, joinedBefore, joinedAfter, tiers } = when
  return [
    when.firstOrder ? ({ tallies }) => !((tallies[TALLY.orders] ?? 0) > 0) : undefined,
    when.registered ? ({ member }) => member.registered : undefined,
    optedIn && (({ member }) => optedIn.every((channel) => member.optedIn[channel])),
    when.birthdayMonth ? ({ member, date }) => member.birthday?.slice(5, 7) === date.slice(5, 7) : undefined,
    joinedBefore === undefined ? undefined : (seen) => seen.joined() < joinedBefore,
    joinedAfter === undefined ? undefined : (seen) => seen.joined() > joinedAfter,
    tiers && ((seen) => tiers.keys.has(seen.tier(tiers.tiers, tiers.zone))),
  ]
}
