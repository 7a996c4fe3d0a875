import { DAY_MS, startOf } from './days.ts'
import { draw, drawIndex } from './seeded.ts'

/** How many members the orders are spread over. */
export const MEMBERS = 800

/** The part of the orders that members make; the rest are guests'. */
const MEMBER_SHARE = 0.7

/** The member who makes an order of the history; null for a guest. */
export function memberOf(orderNumber: string, seed: number): number | null {
  return draw(seed, `who:${orderNumber}`) < MEMBER_SHARE ? regular(draw(seed, `member:${orderNumber}`)) : null
}

/**
 * A member by rank, a few of them coming every other day and most of them once or twice in a quarter. Zipf's law, flattened at the head: with plain
 * 1/rank the first member alone would make one order in seven.
 */
export function regular(drawn: number): number {
  const index = cumulative.findIndex((sum) => drawn * total < sum)
  return index === -1 ? MEMBERS - 1 : index
}

const cumulative: number[] = []
let total = 0
for (let rank = 0; rank < MEMBERS; rank++) {
  total += (rank + 15) ** -0.8
  cumulative.push(total)
}

/**
 * The phone of a member, as customers spell it. The everyday replay uses numbers that are reserved for fiction (555-01xx), a hundred days of them;
 * others, which must not meet it on one server, numbers beside those. Nothing is ever sent to any.
 */
export function phonesOf(member: number, namespace: string, today: string, standard: boolean): string[] {
  const day = Math.floor(startOf(today) / DAY_MS)
  const area = standard ? 200 + 8 * (day % 100) + Math.floor(member / 100) : 200 + drawIndex(0, `area:${namespace}`, 800)
  const line = standard ? 100 + (member % 100) : 1_000 + drawIndex(0, `lines:${namespace}`, 8_000) + member
  const last = String(line).padStart(4, '0')
  return [`+1 ${area} 555 ${last}`, `(${area}) 555-${last}`, `${area}555${last}`, `1-${area}-555-${last}`]
}

export function nameOf(member: number, seed: number): { first: string; last: string } {
  const first = FIRST_NAMES[drawIndex(seed, `first:${member}`, FIRST_NAMES.length)] ?? 'Ann'
  const last = LAST_NAMES[drawIndex(seed, `last:${member}`, LAST_NAMES.length)] ?? 'Example'
  return { first, last }
}

const FIRST_NAMES = [
  'Ada',
  'Amir',
  'Ana',
  'Ben',
  'Chloe',
  'Dana',
  'Diego',
  'Elif',
  'Emma',
  'Femi',
  'Grace',
  'Hana',
  'Ivan',
  'Jack',
  'Jin',
  'Kofi',
  'Lena',
  'Luca',
  'Maya',
  'Mia',
  'Nina',
  'Noah',
  'Omar',
  'Priya',
  'Rosa',
  'Sam',
  'Sofia',
  'Tom',
  'Yara',
  'Zoe',
]
const LAST_NAMES = [
  'Adams',
  'Ali',
  'Baker',
  'Brown',
  'Chen',
  'Cohen',
  'Costa',
  'Diaz',
  'Evans',
  'Garcia',
  'Haddad',
  'Ito',
  'Jones',
  'Kim',
  'Klein',
  'Lopez',
  'Martin',
  'Meyer',
  'Nguyen',
  'Novak',
  'Okafor',
  'Patel',
  'Reed',
  'Rossi',
  'Silva',
  'Smith',
  'Tanaka',
  'Weber',
  'Wood',
  'Young',
]
