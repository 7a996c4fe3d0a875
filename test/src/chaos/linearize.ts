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

/** How a history can have come about, or how far an attempt to tell it got. */
export type Verdict = { readonly ok: true; readonly order: readonly string[] } | { readonly ok: false; readonly stuck: string }

interface Frame<State> {
  readonly done: bigint
  readonly state: State
  readonly order: readonly string[]
}

/** More attempts than any history of a run needs; beyond them the verdict is a failure that says so. */
const ATTEMPTS_MAX = 2_000_000

/**
 * Whether all calls can be put into one order that fits their times and in which each answer is right (Herlihy and Wing's linearizability), by Wing and Gong's
 * search with remembered dead ends. Exponential in how many calls overlap, not in how many there are.
 */
export function linearize<State>(calls: readonly Call<State>[], initial: State, keyOf: (state: State) => string): Verdict {
  const sorted = [...calls].sort((a, b) => a.start - b.start)
  const needed = sorted.reduce((set, call, i) => (call.optional ? set : set | (1n << BigInt(i))), 0n)
  const seen = new Set<string>()
  const stack: Frame<State>[] = [{ done: 0n, state: initial, order: [] }]
  let best: Frame<State> = stack[0] as Frame<State>
  for (let attempts = 0; stack.length > 0; attempts++) {
    if (attempts > ATTEMPTS_MAX) return { ok: false, stuck: `no verdict after ${ATTEMPTS_MAX} attempts` }
    const frame = stack.pop() as Frame<State>
    if ((frame.done & needed) === needed) return { ok: true, order: frame.order }
    if (frame.order.length > best.order.length) best = frame
    // The last one in is tried first: the call that began soonest.
    for (const next of stepsFrom(sorted, frame).reverse()) {
      const key = `${next.done.toString(36)}|${keyOf(next.state)}`
      if (seen.has(key)) continue
      seen.add(key)
      stack.push(next)
    }
  }
  return { ok: false, stuck: describe(sorted, best, keyOf) }
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
