/** One call of a history, on a state that nobody sees: when it was begun and when its answer was there, and what it must have done in between. */
export interface Call<State> {
  readonly name: string
  readonly start: number
  /** When its answer was there; infinity for a call that may have happened or not, and whose answer nobody saw. */
  readonly end: number
  /** It may have taken place, and need not have. */
  readonly optional?: boolean
  /** The state after it, or undefined where its answer could not have been given in this state. */
  readonly apply: (state: State) => State | undefined
}

/** Whether a history can have come about, or how far an attempt to tell it got. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly stuck: string }

interface Frame<State> {
  readonly done: bigint
  readonly state: State
  readonly order: readonly string[]
}

/** More attempts than any stretch of a run needs; beyond them the verdict is a failure that says so. */
const ATTEMPTS_MAX = 2_000_000

/**
 * Whether all calls can be put into one order that fits their times and in which each answer is right (Herlihy and Wing's linearizability), by Wing and Gong's
 * search with remembered dead ends. Exponential in how many calls overlap, not in how many there are: whenever nothing was under way, what came before is settled but for
 * the states that it can have led to, and the search begins anew from each of them. `keyOf` tells states apart.
 */
export function linearize<State>(calls: readonly Call<State>[], initial: State, keyOf: (state: State) => string): Verdict {
  let states: readonly State[] = [initial]
  for (const stretch of stretchesOf(calls)) {
    const found = endsOf(stretch, states, keyOf)
    if (!found.ok) return found
    states = found.states
  }
  return { ok: true }
}

/** The calls in the order in which they began, parted where none was under way. */
function stretchesOf<State>(calls: readonly Call<State>[]): Call<State>[][] {
  const stretches: Call<State>[][] = []
  let latest = Number.NEGATIVE_INFINITY
  for (const call of [...calls].sort((a, b) => a.start - b.start)) {
    if (call.start > latest) stretches.push([])
    stretches.at(-1)?.push(call)
    latest = Math.max(latest, call.end)
  }
  return stretches
}

/** Every state that a stretch can end in, from any of these. */
function endsOf<State>(
  stretch: readonly Call<State>[],
  states: readonly State[],
  keyOf: (state: State) => string,
): { readonly ok: true; readonly states: readonly State[] } | { readonly ok: false; readonly stuck: string } {
  const needed = stretch.reduce((set, call, i) => (call.optional ? set : set | (1n << BigInt(i))), 0n)
  const seen = new Set<string>()
  const ends = new Map<string, State>()
  const stack = states.map((state): Frame<State> => ({ done: 0n, state, order: [] }))
  let best = stack[0] as Frame<State>
  for (let attempts = 0; stack.length > 0; attempts++) {
    if (attempts > ATTEMPTS_MAX) return { ok: false, stuck: `no verdict after ${ATTEMPTS_MAX} attempts` }
    const frame = stack.pop() as Frame<State>
    if ((frame.done & needed) === needed) ends.set(keyOf(frame.state), frame.state)
    if (frame.order.length > best.order.length) best = frame
    // The last one in is tried first: the call that began soonest.
    for (const next of stepsFrom(stretch, frame).reverse()) {
      const key = `${next.done.toString(36)}|${keyOf(next.state)}`
      if (seen.has(key)) continue
      seen.add(key)
      stack.push(next)
    }
  }
  return ends.size > 0 ? { ok: true, states: [...ends.values()] } : { ok: false, stuck: describe(stretch, best, keyOf) }
}

/** Every call that may come next: none that is still to be placed had its answer before this one began. */
function stepsFrom<State>(sorted: readonly Call<State>[], { done, state, order }: Frame<State>): Frame<State>[] {
  const open = openCalls(sorted, done)
  const soonestEnd = Math.min(...open.filter(({ call }) => !call.optional).map(({ call }) => call.end))
  return open.flatMap(({ call, bit }) => {
    if (call.start > soonestEnd) return []
    const after = call.apply(state)
    return after === undefined ? [] : [{ done: done | bit, state: after, order: [...order, call.name] }]
  })
}

function openCalls<State>(sorted: readonly Call<State>[], done: bigint): { call: Call<State>; bit: bigint }[] {
  return sorted.flatMap((call, i) => {
    const bit = 1n << BigInt(i)
    return done & bit ? [] : [{ call, bit }]
  })
}

/** Enough of it to find the place in the history. */
const KEY_SHOWN = 60

function describe<State>(
  sorted: readonly Call<State>[],
  { done, order, state }: Frame<State>,
  keyOf: (state: State) => string,
): string {
  const next = openCalls(sorted, done).slice(0, 5)
  const last = order.slice(-5).join(', ')
  return `after ${last} (${keyOf(state).slice(0, KEY_SHOWN)}) none of these fits: ${next.map(({ call }) => call.name).join(', ')}`
}
