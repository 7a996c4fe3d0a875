import type { MemberSnapshot, Tallies } from '../model.ts'
import type { Campaign, Program } from '../program.ts'
import { localDate, shiftDate } from '../zoned-time.ts'
import type { Action } from './action.ts'
import type { Reserved } from './campaign.ts'
import { addTo } from './tallies.ts'
import { TALLY } from './tally-names.ts'
import { unmet } from './when.ts'

/** What a campaign brings outside an order. `tallies` keep it from firing again and must be written with what it grants. */
export interface Granted {
  readonly campaign: string
  readonly points: number
  readonly grants: readonly { readonly rewardKey: string; readonly campaign: string }[]
  readonly tallies: Tallies
}

/** What registration campaigns bring a new member. Each fires once per member, however often it is asked. */
export function registrationGrants(program: Program, member: MemberSnapshot, at: number, reserved?: Reserved): Granted[] {
  return program.campaigns.flatMap((campaign) =>
    campaign.trigger === 'registration' &&
    isOpen(program, campaign, member, at, TALLY.fired(campaign.key)) &&
    hasBudget(campaign, reserved)
      ? [granted(campaign, TALLY.fired(campaign.key))]
      : [],
  )
}

/**
 * What falls due on a date at the account's zone: birthdays within their window (once per birthday), campaigns of a date (once), and inactivity
 * (once for each time a member stays away). Asking early or twice changes nothing.
 * @param activeAt when the member last did something themselves; absent or null for never, and then joining counts.
 */
export function dueGrants(
  program: Program,
  member: MemberSnapshot,
  at: number,
  { activeAt = null, reserved }: { activeAt?: number | null; reserved?: Reserved } = {},
): Granted[] {
  if (member.joinedAt > at) return []
  const today = localDate(at, program.timezone)
  const lastSeen = localDate(Math.max(member.joinedAt, activeAt ?? member.joinedAt), program.timezone)
  return program.due.flatMap((campaign) => {
    const name = dueName(campaign, member, today, lastSeen)
    return name !== undefined && isOpen(program, campaign, member, at, name) && hasBudget(campaign, reserved)
      ? [granted(campaign, name)]
      : []
  })
}

/** Whether the campaign's conditions and limits leave it open for this member; `once` names what it fires for at most once. */
function isOpen(program: Program, campaign: Campaign, member: MemberSnapshot, at: number, once: string): boolean {
  if ((member.tallies[once] ?? 0) > 0) return false
  const { perMember } = campaign.limits
  if (perMember !== undefined && (member.tallies[TALLY.fired(campaign.key)] ?? 0) >= perMember) return false
  const cart = { units: [], nets: [] }
  return unmet(campaign.when, { at, zone: program.timezone, member, cart }) === undefined
}

/** Outside an order a campaign comes whole or not at all. */
function hasBudget({ budget, actions }: Campaign, reserved: Reserved | undefined): boolean {
  if (!budget || !reserved) return true
  return (reserved[budget.name] ?? 0) >= (budget.of === 'times' ? 1 : pointsOf(actions))
}

const pointsOf = (actions: readonly Action[]): number =>
  actions.reduce((total, action) => total + (action.kind === 'points' ? action.points : 0), 0)

function granted(campaign: Campaign, once: string): Granted {
  const tallies: Record<string, number> = {}
  addTo(tallies, once, 1)
  if (once !== TALLY.fired(campaign.key)) addTo(tallies, TALLY.fired(campaign.key), 1)
  const points = pointsOf(campaign.actions)
  if (campaign.budget) addTo(tallies, TALLY.budget(campaign.budget.name), campaign.budget.of === 'times' ? 1 : points)
  return { campaign: campaign.key, points, grants: grantsOf(campaign.key, campaign.actions), tallies }
}

/** The reward instances of one firing, under the name of what fired. */
export function grantsOf(name: string, actions: readonly Action[]): { rewardKey: string; campaign: string }[] {
  return actions.flatMap((action) =>
    action.kind === 'grant'
      ? Array.from({ length: action.quantity }, () => ({ rewardKey: action.rewardKey, campaign: name }))
      : [],
  )
}

/** The tally under which today's occasion is remembered, or `undefined` when today is none. */
function dueName(
  { key, trigger, on, after, window }: Campaign,
  { birthday }: MemberSnapshot,
  today: string,
  lastSeen: string,
): string | undefined {
  if (trigger === 'date') return on === today ? TALLY.fired(key) : undefined
  if (trigger === 'inactivity') {
    return after && today >= shiftDate(lastSeen, after.count, after.unit) ? TALLY.askedBack(key, lastSeen) : undefined
  }
  if (trigger !== 'birthday' || !birthday) return undefined
  const year = Number(today.slice(0, 4))
  for (const candidate of [year - 1, year, year + 1]) {
    // 29 February is celebrated on the 28th in a common year, where `shiftDate` puts it.
    const celebrated = shiftDate(birthday, candidate - Number(birthday.slice(0, 4)), 'years')
    const opens = shiftDate(celebrated, -window.before.count, window.before.unit)
    const closes = shiftDate(celebrated, window.after.count, window.after.unit)
    if (today >= opens && today <= closes) return TALLY.firedOn(key, celebrated)
  }
  return undefined
}
