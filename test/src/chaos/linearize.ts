/** One call of a history, on a state that nobody sees: when it was begun and when its answer was there, and what it must have done in between. */
export interface Call<State> {
  readonly name: string
  readonly start: number
  /** When its answer was there; infinity for a call that may have happened or not, and whose answer nobody saw. */
  readonly end: number
  /** It may have taken place, and need not have. */
  readonly optional?: boolean
  /** The state after it, this very one where it changes nothing, or undefined where its answer could not have been given in this state. */
  readonly apply: (state: State) => State | undefined
  /** Where it can take place now, it never matters that it does: no other call could then not be told that could be told otherwise. */
  readonly soonIsBest?: boolean
  /**
   * Calls that share this do the same but for a name, and no call that is under way at the same time knows either name: whichever comes first, nobody can tell.
   */
  readonly alike?: string
}

/** Whether a history can have come about, or how far an attempt to tell it got. */
export type Verdict = { readonly ok: true; readonly attempts: number } | { readonly ok: false; readonly stuck: string }

interface Frame<State> {
  readonly done: bigint
  /** All before this one are done. */
  readonly from: number
  readonly state: State
  readonly told: Told
}

/** The calls in the order that was tried, from the last one back. */
interface Told {
  readonly length: number
  readonly last?: string
  readonly before?: Told
}

/** A part of a history, and what the search has been through in it, from whichever state it began. */
interface Stretch<State> {
  readonly calls: readonly { readonly call: Call<State>; readonly bit: bigint }[]
  /** Those that have taken place for certain. */
  readonly needed: bigint
  readonly seen: Set<string>
  readonly ended: Set<string>
  longest: Frame<State>
}

const NOTHING_DONE = { done: 0n, from: 0, told: { length: 0 } } as const

/** More attempts than any history needs; beyond them the verdict is a failure that says so. A second is enough for some 100,000. */
const ATTEMPTS_MAX = 2_000_000

/**
 * Whether all calls can be put into one order that fits their times and in which each answer is right (Herlihy and Wing's linearizability), by Wing and Gong's
 * search with remembered dead ends. Exponential in how many calls overlap, not in how many there are: whenever nothing was under way, what came before is settled but for
 * the state that it has led to, and the search goes on from the first such state, and comes back for another only when it is stuck. `keyOf` tells states apart.
 *
 * A burst of sixty overlaps more than any search can bear, so three things keep it from trying what makes no difference: a call that changes nothing takes
 * place as soon as it can (unless it leaves behind what may have taken place), of those that are alike the one that was answered first goes first, and what was answered first is tried first, which is most often right.
 */
export function linearize<State>(calls: readonly Call<State>[], initial: State, keyOf: (state: State) => string): Verdict {
  const start: Frame<State> = { ...NOTHING_DONE, state: initial }
  const stretches = stretchesOf(calls, start)
  let attempts = 0
  let furthest = 0
  const attempt = () => {
    attempts += 1
    return attempts <= ATTEMPTS_MAX
  }
  const begin = (state: State) => endsOf(stretches[searches.length] as Stretch<State>, state, keyOf, attempt)
  const searches: Generator<State>[] = []
  if (stretches.length > 0) searches.push(begin(initial))
  while (searches.length > 0) {
    const end = searches.at(-1)?.next()
    if (!end || end.done) searches.pop()
    else if (searches.length === stretches.length) return { ok: true, attempts }
    else {
      furthest = Math.max(furthest, searches.length)
      searches.push(begin(end.value))
    }
  }
  const stuckIn = stretches[furthest]
  if (!stuckIn) return { ok: true, attempts }
  if (attempts > ATTEMPTS_MAX)
    return { ok: false, stuck: `no verdict after ${ATTEMPTS_MAX} attempts; ${describe(stuckIn, keyOf)}` }
  return { ok: false, stuck: describe(stuckIn, keyOf) }
}

/** The calls in the order in which they began, parted where none was under way. */
function stretchesOf<State>(calls: readonly Call<State>[], start: Frame<State>): Stretch<State>[] {
  const parts: Call<State>[][] = []
  let latest = Number.NEGATIVE_INFINITY
  for (const call of [...calls].sort((a, b) => a.start - b.start)) {
    if (call.start > latest) parts.push([])
    parts.at(-1)?.push(call)
    latest = Math.max(latest, call.end)
  }
  return parts.map((part) => {
    const numbered = part.map((call, i) => ({ call, bit: 1n << BigInt(i) }))
    const needed = numbered.reduce((set, { call, bit }) => (call.optional ? set : set | bit), 0n)
    return { calls: numbered, needed, seen: new Set<string>(), ended: new Set<string>(), longest: start }
  })
}

/** The states that a stretch can end in, from this one, but for those that an earlier search of it has given. */
function* endsOf<State>(
  stretch: Stretch<State>,
  from: State,
  keyOf: (state: State) => string,
  attempt: () => boolean,
): Generator<State, void> {
  const { needed, seen, ended } = stretch
  const stack: Frame<State>[] = [{ ...NOTHING_DONE, state: from }]
  for (let frame = stack.pop(); frame && attempt(); frame = stack.pop()) {
    if (frame.told.length >= stretch.longest.told.length) stretch.longest = frame
    const end = keyOf(frame.state)
    if ((frame.done & needed) === needed && !ended.has(end)) {
      ended.add(end)
      yield frame.state
    }
    for (const next of stepsFrom(stretch, frame)) {
      const key = `${next.from} ${(next.done >> BigInt(next.from)).toString(16)} ${keyOf(next.state)}`
      if (seen.has(key)) continue
      seen.add(key)
      stack.push(next)
    }
  }
}

/** Every call that may come next, the likeliest last. */
function stepsFrom<State>({ calls }: Stretch<State>, { done, from, state, told }: Frame<State>): Frame<State>[] {
  const steps: Frame<State>[] = []
  const firstOf = new Set<string>()
  const open = openCalls(calls, done, from).sort(likeliestFirst)
  /** Whoever begins after this leaves one behind that may have taken place. */
  const patience = open.reduce((end, { call }) => (call.optional ? Math.min(end, call.end) : end), Number.POSITIVE_INFINITY)
  for (const { call, bit } of open) {
    if (call.alike !== undefined && firstOf.has(call.alike)) continue
    const after = call.apply(state)
    if (after === undefined) continue
    const doneThen = done | bit
    let fromThen = from
    while (doneThen & (calls[fromThen]?.bit ?? 0n)) fromThen += 1
    const step = {
      done: doneThen,
      from: fromThen,
      state: after,
      told: { length: told.length + 1, last: call.name, before: told },
    }
    if ((after === state || call.soonIsBest) && call.start <= patience) return [step]
    if (call.alike !== undefined) firstOf.add(call.alike)
    steps.push(step)
  }
  return steps.reverse()
}

/** None that is still to be placed had its answer before one of these began. They stand in the order in which they began, so that the first that began too late ends it. */
function openCalls<State>(calls: Stretch<State>['calls'], done: bigint, from: number): Stretch<State>['calls'][number][] {
  const open: Stretch<State>['calls'][number][] = []
  let soonestEnd = Number.POSITIVE_INFINITY
  for (let i = from; i < calls.length; i++) {
    const one = calls[i]
    if (!one || one.call.start > soonestEnd) break
    if (done & one.bit) continue
    open.push(one)
    if (!one.call.optional) soonestEnd = Math.min(soonestEnd, one.call.end)
  }
  const begun = open.some(({ call }) => call.optional) ? latestStart(calls, done) : 0
  return open.filter(({ call }) => call.start <= soonestEnd && (!call.optional || call.end >= begun))
}

/** When the last of those that are done began: what may have taken place and was over by then has not. */
function latestStart<State>(calls: Stretch<State>['calls'], done: bigint): number {
  return calls.findLast(({ bit }) => done & bit)?.call.start ?? Number.NEGATIVE_INFINITY
}

/** What was answered first, and in the end what need not have taken place. */
function likeliestFirst<State>({ call: a }: { readonly call: Call<State> }, { call: b }: { readonly call: Call<State> }): number {
  return Number(a.optional ?? false) - Number(b.optional ?? false) || (a.end === b.end ? 0 : a.end - b.end)
}

/** Enough of it to find the place in the history. */
const KEY_SHOWN = 60
const SHOWN = 5

function describe<State>({ calls, longest }: Stretch<State>, keyOf: (state: State) => string): string {
  const { done, from, told, state } = longest
  const next = openCalls(calls, done, from).slice(0, SHOWN)
  const last: string[] = []
  for (let one: Told | undefined = told; one?.last !== undefined && last.length < SHOWN; one = one.before) last.unshift(one.last)
  const where = `after ${last.join(', ')} (${keyOf(state).slice(0, KEY_SHOWN)})`
  return `${where} none of these fits: ${next.map(({ call }) => call.name).join(', ')}`
}
