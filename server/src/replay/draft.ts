import { applyCall, type Books } from './books.ts'
import { dayOf, HOUR_MS } from './days.ts'
import type { Call, Slot } from './script.ts'

/** A plan while it is being made. The books say what each member has at every moment, so that a till redeems only what is there. */
export interface Draft {
  readonly seed: number
  readonly books: Books
  readonly storeCodes: readonly string[]
  /** Nothing happens after this. */
  readonly endsWall: number
  /** What is still to happen, soonest first. */
  readonly events: Event[]
  readonly slots: Slot[]
  readonly calls: Call[]
  readonly joined: Set<number>
  readonly numbers: PlanNumbers
}

/** How often each thing happens in a plan. */
export type PlanNumbers = Record<string, number>

export interface Event {
  readonly wall: number
  readonly happen: (wall: number) => void
}

/** What a call may leave out; the rest of it depends on its kind. */
type Omissible = 'slot' | 'expect' | 'alsoAllowed' | 'onRepeat' | 'copies' | 'acts'
type WithDefaults<C> = C extends Call ? Omit<C, Omissible> & Partial<Pick<C, Omissible>> : never
export type NewCall = WithDefaults<Call>

/** How much of the store's day is sent at one instant: short enough to look like a day, long enough for calls to run side by side. */
const SLOT_MS = 2 * HOUR_MS

/** Appends a call at a time and makes it true in the books. Events come by time, so slots only ever grow. */
export function say(draft: Draft, wall: number, call: NewCall): void {
  const full = { expect: 200, alsoAllowed: [], onRepeat: [], copies: 1, acts: false, ...call, slot: slotAt(draft, wall) } as Call
  draft.calls.push(full)
  applyCall(draft.books, full, draft.slots)
}

/** Puts an event in its place; among those of one time it is the last. */
export function schedule(draft: Draft, wall: number, happen: Event['happen']): void {
  let low = 0
  let high = draft.events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((draft.events[middle]?.wall ?? 0) <= wall) low = middle + 1
    else high = middle
  }
  draft.events.splice(low, 0, { wall, happen })
}

export function count(draft: Draft, what: string): void {
  draft.numbers[what] = (draft.numbers[what] ?? 0) + 1
}

export const chainOf = (member: number): string => `member ${member}`

/** The till asks for the member by phone, which makes them one the first time. */
export function signUp(draft: Draft, member: number, wall: number, copies: 1 | 2 = 1): void {
  const isNew = !draft.joined.has(member)
  draft.joined.add(member)
  if (isNew) count(draft, 'members')
  say(draft, wall, {
    kind: 'create',
    chain: chainOf(member),
    member,
    expect: isNew ? 201 : 200,
    alsoAllowed: isNew && copies === 2 ? [200] : [],
    onRepeat: isNew ? [200] : [],
    copies,
    acts: isNew,
  })
}

/** The slot of a time, made when it is the first. It ends before midnight, so that a day's end never falls inside one. */
function slotAt({ slots }: Draft, wall: number): number {
  const endsWall = (Math.floor(wall / SLOT_MS) + 1) * SLOT_MS - 1_000
  if (slots.at(-1)?.endsWall !== endsWall) slots.push({ day: dayOf(wall), endsWall })
  return slots.length - 1
}
