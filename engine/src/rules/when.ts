import type { MemberSnapshot, NotApplicable, Tallies, Unit } from '../model.ts'
import { type LocalParts, localDate, localParts, shiftDate } from '../zoned-time.ts'
import type { WhenDocument } from './document.ts'
import { assert } from './exact.ts'
import { minorUnits } from './money.ts'
import type { Condition, ConditionFacts, Recurrence, RuleTools } from './rule-tools.ts'
import { TALLY } from './tally-names.ts'
import { type Tiers, tierOn } from './tiers.ts'

/** Compiled conditions: every one must hold. An absent one always holds. */
export interface When {
  readonly stores?: ReadonlySet<string>
  readonly sources?: ReadonlySet<string>
  readonly types?: ReadonlySet<string>
  readonly renditions?: ReadonlySet<string>
  readonly days?: ReadonlySet<number>
  /** Minutes from local midnight, end exclusive; one that ends before it starts runs over midnight and belongs to the day it began. */
  readonly between?: readonly { readonly from: number; readonly to: number }[]
  readonly from?: string
  readonly until?: string
  readonly blackout?: readonly { readonly from: string; readonly until: string }[]
  readonly recurs?: Recurrence
  readonly minSubtotal?: number
  readonly firstOrder: boolean
  readonly birthdayMonth: boolean
  readonly joinedBefore?: string
  readonly joinedAfter?: string
  readonly optedIn?: readonly ('sms' | 'email')[]
  readonly registered: boolean
  readonly tiers?: TierCondition
  readonly cel?: { readonly holds: Condition; readonly says: string; readonly tierKey: (tallies: Tallies, at: number) => string }
}

interface TierCondition {
  readonly keys: ReadonlySet<string>
  readonly labels: readonly string[]
  readonly tiers: Tiers
  /** Tiers go by the account's days, wherever the store is. */
  readonly zone: string
}

/** What conditions are compiled with: the currency's decimals, the brand's tiers and zone, and what the server brings. */
export interface WhenTools extends RuleTools {
  readonly digits: number
  readonly zone: string
  readonly tiers?: Tiers
}

/** What conditions are checked against. What is left out is not checked: a list of rewards knows no channel and no cart. */
export interface Situation {
  readonly at: number
  /** The store's zone, or the account's where there is no store. */
  readonly zone: string
  readonly storeCode?: string
  readonly channel?: { readonly source: string; readonly type: string; readonly rendition?: string }
  readonly member?: MemberSnapshot
  readonly tallies?: Tallies
  /** Minor units of the qualifying items. */
  readonly subtotal?: number
  /** The cart, piece by piece; empty where there is no order. */
  readonly cart?: { readonly units: readonly Unit[]; readonly nets: readonly number[] }
}

const DAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** Compiles conditions that were checked when their file was read. */
export function compileWhen(document: WhenDocument = {}, tools: WhenTools): When {
  const { digits } = tools
  const { stores, sources, types, renditions, days, between, blackout } = document
  return {
    stores: stores && new Set(stores),
    sources: sources && new Set(sources),
    types: types && new Set(types),
    renditions: renditions && new Set(renditions),
    days: days && new Set(days.map((day) => DAYS.indexOf(day))),
    between: between && windowsOf(between).map(([from, to]) => ({ from: minuteOf(from), to: minuteOf(to) })),
    from: document.from,
    until: document.until,
    blackout: blackout?.map((entry) =>
      typeof entry === 'string' ? { from: entry, until: entry } : { from: entry[0], until: entry[1] },
    ),
    recurs: document.recurs && compileRecurrence(document.recurs, tools),
    minSubtotal: document.min_subtotal === undefined ? undefined : minorUnits(document.min_subtotal, digits),
    firstOrder: document.first_order === true,
    birthdayMonth: document.birthday_month === true,
    joinedBefore: document.joined_before,
    joinedAfter: document.joined_after,
    optedIn: document.opted_in,
    registered: document.registered === true,
    tiers: document.tiers && compileTierCondition(document.tiers, tools),
    cel: document.cel === undefined ? undefined : compileCondition(document.cel, tools),
  }
}

function compileRecurrence(recurs: NonNullable<WhenDocument['recurs']>, tools: RuleTools): Recurrence {
  assert(tools.recurs !== undefined, 'a program with `recurs` is compiled with what reads recurrences')
  return remembering(tools.recurs(recurs))
}

/** All orders of a day ask for one date. */
function remembering(recurrence: Recurrence): Recurrence {
  let last = { date: '', holds: false }
  return {
    includes(date) {
      if (last.date !== date) last = { date, holds: recurrence.includes(date) }
      return last.holds
    },
    next: (date) => recurrence.next(date),
    previous: (date) => recurrence.previous(date),
  }
}

function compileTierCondition(keys: readonly string[], { tiers, zone }: WhenTools): TierCondition {
  assert(tiers !== undefined, 'a condition on tiers stands in a program with tiers')
  const labels = tiers.levels.filter((tier) => keys.includes(tier.key)).map((tier) => tier.label)
  return { keys: new Set(keys), labels, tiers, zone }
}

function compileCondition(cel: NonNullable<WhenDocument['cel']>, tools: WhenTools): NonNullable<When['cel']> {
  assert(tools.cel !== undefined, 'a program with `cel` is compiled with what reads expressions')
  const { tiers, zone } = tools
  const written = typeof cel === 'string' ? { if: cel, says: '' } : cel
  return {
    holds: tools.cel(written.if),
    says: written.says,
    tierKey: (tallies, at) => (tiers && tierOn(tiers, tallies, localDate(at, zone))?.key) ?? '',
  }
}

/** The first condition that does not hold, as a refusal that says what would satisfy it (scenario 23); `undefined` when all hold. */
export function unmet(when: When, situation: Situation): NotApplicable | undefined {
  return unmetPlain(when, situation) ?? unmetCondition(when, situation)
}

/**
 * Whether all hold, for rules that the index has let through: nothing but their expression is likely to rule them out now, so it is asked first, and
 * nobody reads a refusal.
 */
export function areMet(when: When, situation: Situation): boolean {
  return holdsCondition(when, situation) && unmetPlain(when, situation) === undefined
}

function unmetPlain(when: When, situation: Situation): NotApplicable | undefined {
  return (
    unmetPlace(when, situation) ?? unmetTime(when, situation) ?? unmetMember(when, situation) ?? unmetSubtotal(when, situation)
  )
}

function unmetPlace(when: When, { storeCode, channel }: Situation): NotApplicable | undefined {
  if (storeCode !== undefined && isOutside(when.stores, storeCode)) return notAmong('not_at_store', storeCode, when.stores)
  if (!channel) return undefined
  if (isOutside(when.sources, channel.source)) return notAmong('not_in_source', channel.source, when.sources)
  if (isOutside(when.types, channel.type)) return notAmong('order_type', channel.type, when.types)
  // An order that does not say how it is handed over cannot show that it qualifies.
  const rendition = channel.rendition ?? ''
  return isOutside(when.renditions, rendition) ? notAmong('rendition', rendition || 'unstated', when.renditions) : undefined
}

function unmetTime(when: When, { at, zone }: Situation): NotApplicable | undefined {
  if (!when.from && !when.until && !when.blackout && !when.days && !when.between && !when.recurs) return undefined
  const now = localParts(at, zone)
  const window = when.between?.find((one) => isInside(now.minute, one))
  // Friday 22:00 to 02:00 is still Friday's at one in the morning.
  const day = window && now.minute < window.to && window.to <= window.from ? dayBefore(now) : now

  if (when.from && day.date < when.from) return refused('not_started', { from: when.from })
  if (when.until && day.date > when.until) return refused('expired', { until: when.until })
  if (when.blackout?.some((range) => day.date >= range.from && day.date <= range.until))
    return refused('blackout', { on: day.date })
  if (when.days && !when.days.has(day.weekday)) {
    return refused('wrong_day', { actual: dayName(day.weekday), allowed: [...when.days].sort((a, b) => a - b).map(dayName) })
  }
  if (when.recurs && !when.recurs.includes(day.date)) return notRecurring(when.recurs, day.date)
  if (when.between && !window) {
    const allowed = when.between.map(({ from, to }) => `${clock(from)} to ${clock(to)}`)
    return refused('wrong_time', { actual: clock(now.minute), allowed })
  }
  return undefined
}

function unmetMember(when: When, { member, tallies, at, zone }: Situation): NotApplicable | undefined {
  if (!member) return undefined
  if (when.firstOrder && ((tallies ?? member.tallies)[TALLY.orders] ?? 0) > 0) return refused('first_order_only', {})
  if (when.registered && !member.registered) return lacks('a completed registration')
  for (const channel of when.optedIn ?? []) {
    if (!member.optedIn[channel]) return lacks(`an opt-in to ${channel === 'sms' ? 'text messages' : 'email'}`)
  }
  if (when.birthdayMonth && member.birthday?.slice(5, 7) !== localDate(at, zone).slice(5, 7))
    return lacks('a birthday this month')
  if (when.joinedBefore && localDate(member.joinedAt, zone) >= when.joinedBefore)
    return lacks(`a membership from before ${when.joinedBefore}`)
  if (when.joinedAfter && localDate(member.joinedAt, zone) <= when.joinedAfter)
    return lacks(`a membership from after ${when.joinedAfter}`)
  return when.tiers && unmetTier(when.tiers, tallies ?? member.tallies, at)
}

function unmetTier({ keys, labels, tiers, zone }: TierCondition, tallies: Tallies, at: number): NotApplicable | undefined {
  const tier = tierOn(tiers, tallies, localDate(at, zone))
  return tier && keys.has(tier.key) ? undefined : refused('tier', { actual: tier?.label ?? '', allowed: labels })
}

/** Names the next date, or the last one when there is no other to come. */
function notRecurring(recurs: Recurrence, date: string): NotApplicable {
  const next = recurs.next(date)
  if (next !== undefined) return refused('wrong_day', { actual: date, allowed: [next] })
  return refused('expired', { until: recurs.previous(date) ?? date })
}

/** Told last, since what is plain says more of itself. */
function unmetCondition(when: When, situation: Situation): NotApplicable | undefined {
  return holdsCondition(when, situation) ? undefined : refused('condition', { needed: when.cel?.says ?? '' })
}

/** A list of rewards knows no cart, and leaves it to checkout. */
function holdsCondition({ cel }: When, situation: Situation): boolean {
  return !cel || !situation.cart || cel.holds(factsFor(situation, cel.tierKey))
}

/** All expressions on one cart see the same facts, but for the subtotal, which goes by their own group. */
const seenOf = new WeakMap<object, { readonly situation: Situation; readonly facts: ConditionFacts }>()

function factsFor(situation: Situation, tierKey: NonNullable<When['cel']>['tierKey']): ConditionFacts {
  const { cart, at, zone, member, tallies, subtotal = 0 } = situation
  let seen = cart && seenOf.get(cart)
  const before = seen?.situation
  if (!seen || before?.at !== at || before.zone !== zone || before.member !== member || before.tallies !== tallies) {
    seen = { situation, facts: readFacts(situation, tierKey) }
    if (cart) seenOf.set(cart, seen)
  }
  const { facts } = seen
  return facts.order.subtotal === subtotal ? facts : { ...facts, order: { ...facts.order, subtotal } }
}

function readFacts(
  { at, zone, storeCode, channel, member, tallies, subtotal, cart }: Situation,
  tierKey: NonNullable<When['cel']>['tierKey'],
): ConditionFacts {
  const { date, weekday, minute } = localParts(at, zone)
  const counts = tallies ?? member?.tallies ?? {}
  return {
    order: {
      store: storeCode ?? '',
      source: channel?.source ?? '',
      type: channel?.type ?? '',
      rendition: channel?.rendition ?? '',
      subtotal: subtotal ?? 0,
      date,
      weekday: DAYS[weekday] ?? '',
      minute,
    },
    member: {
      registered: member?.registered === true,
      joined: member ? localDate(member.joinedAt, zone) : '',
      birthday: member?.birthday ?? '',
      sms: member?.optedIn.sms === true,
      email: member?.optedIn.email === true,
      points: member?.points ?? 0,
      orders: counts[TALLY.orders] ?? 0,
      visits: counts[TALLY.visits] ?? 0,
      tier: tierKey(counts, at),
    },
    items: (cart?.units ?? []).map((unit, index) => ({
      product: unit.product ?? '',
      label: unit.label,
      categories: unit.categories,
      price: unit.price,
      paid: cart?.nets[index] ?? 0,
    })),
  }
}

function unmetSubtotal({ minSubtotal }: When, { subtotal }: Situation): NotApplicable | undefined {
  if (minSubtotal === undefined || subtotal === undefined || subtotal >= minSubtotal) return undefined
  return refused('min_subtotal', { required: minSubtotal, actual: subtotal })
}

export function refused(reason: string, facts: NotApplicable['facts']): NotApplicable {
  return { reason, facts }
}

function isOutside(allowed: ReadonlySet<string> | undefined, actual: string): boolean {
  return allowed !== undefined && !allowed.has(actual)
}

function notAmong(reason: string, actual: string, allowed: ReadonlySet<string> | undefined): NotApplicable {
  return refused(reason, { actual, allowed: [...(allowed ?? [])] })
}

function lacks(needed: string): NotApplicable {
  return refused('attribute', { needed })
}

function dayName(weekday: number): string {
  return DAY_NAMES[weekday] ?? ''
}

/** One pair of clock times, or several. */
export function windowsOf(between: NonNullable<WhenDocument['between']>): readonly (readonly [string, string])[] {
  const [first, second] = between
  return typeof first === 'string' && typeof second === 'string' ? [[first, second]] : (between as [string, string][])
}

/** Whether a minute of the day lies in a window; one that ends before it starts runs over midnight. */
export function isInside(minute: number, { from, to }: { from: number; to: number }): boolean {
  return to > from ? minute >= from && minute < to : minute >= from || minute < to
}

function dayBefore(now: LocalParts): LocalParts {
  return { ...now, date: shiftDate(now.date, -1, 'days'), weekday: (now.weekday + 6) % 7 }
}

/** "24:00" is the end of the day. */
function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
