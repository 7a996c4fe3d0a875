import type { Call } from './linearize.ts'
import { effectOf, type Happened, isInNobodysWay, type MemberState } from './member-model.ts'

/** One call, from its first sending to the answer that counted. */
export interface HistoryEvent {
  readonly member: string
  readonly start: number
  /** Infinity: nobody saw an answer. */
  readonly end: number
  readonly happened: Happened
  readonly optional?: boolean
  /** What was sent and answered, for sending it again; order calls that were accepted. */
  readonly sent?: { readonly path: string; readonly body: string; readonly answer: string }
}

/** What one member's events must have done, each on the state of its instant. */
export function callsOf(events: readonly Omit<HistoryEvent, 'member'>[]): Call<MemberState>[] {
  const alike = alikeOf(events)
  return events.map((event): Call<MemberState> => {
    const { start, end, happened, optional } = event
    return {
      ...{ name: nameOf(happened), start, end, optional, apply: effectOf(happened) },
      ...{ alike: alike.get(event), soonIsBest: !optional && isInNobodysWay(happened) },
    }
  })
}

/**
 * What makes an order's call the same as another one's: the same had been done to both. Only where each was waited for, so that nobody can tell between which calls
 * it took place, and where nothing of the order may have happened or not.
 */
function alikeOf<Event extends Omit<HistoryEvent, 'member'>>(events: readonly Event[]): ReadonlyMap<Event, string> {
  const alike = new Map<Event, string>()
  const orders = events.filter(({ happened }) => happened.kind === 'order').sort((a, b) => a.start - b.start)
  for (const list of grouped(orders, ({ happened }) => (happened.kind === 'order' ? happened.order : '')).values()) {
    if (list.some((event, i) => event.optional || event.start <= (list[i - 1]?.end ?? Number.NEGATIVE_INFINITY))) continue
    let way = ''
    for (const event of list) {
      way = `${way} ${wayOf(event.happened)}`
      alike.set(event, way)
    }
  }
  return alike
}

function wayOf(happened: Happened): string {
  if (happened.kind !== 'order') return happened.kind
  const { status, cost, earned, accepted } = happened
  return `${status}/${cost}/${earned}/${accepted}`
}

function nameOf(happened: Happened): string {
  if (happened.kind !== 'order') return happened.kind
  return `${happened.order} ${happened.status}${happened.accepted ? '' : ' refused'}`
}

export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
