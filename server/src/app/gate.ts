/**
 * How many calls are worked on at once, and how long the others wait. Beyond that a server answers 503 instead of falling behind: whoever is let in is
 * answered soon, and when less comes there is no backlog to clear first.
 */
export interface Gate {
  /** True when the work may begin, at once or after waiting; false when it is not worth waiting. Who got true calls `leave`. */
  enter(): Promise<boolean>
  leave(): void
  /** Whether who came now would wait in vain: to be asked before anything is read. */
  isFull(): boolean
  load(): { inWork: number; waiting: number }
}

/** More in work at once adds nothing to what a database does in a second, only to how long each takes (docs/ARCHITECTURE.md, "The database"). */
const IN_WORK_MAX = 64
/** While more comes than can be done: a till's user notices half a second, and the work itself needs some of it. */
const WAIT_MAX_MS = 250
/** A queue that empties within this time was a burst, such as five hundred calls for one member at once on two cores (docs/benchmarks.md): then all of it is worked off, and nobody is refused. */
const BURST_MS = 4_000
/** Without anybody waiting for this long, what comes next is another burst. */
const CALM_MS = 1_000
/** In a queue that moves, a newcomer waits about as long as the first one has: from here on the wait would be too long. */
const FULL_AT = 0.8

interface Waiting {
  readonly since: number
  readonly settle: (admitted: boolean) => void
}

/** @param settings `now`: a clock in milliseconds that only goes forward. */
export function createGate({
  inWorkMax = IN_WORK_MAX,
  waitMaxMs = WAIT_MAX_MS,
  burstMs = BURST_MS,
  now,
}: {
  inWorkMax?: number
  waitMaxMs?: number
  burstMs?: number
  now: () => number
}): Gate {
  const queue: Waiting[] = []
  let inWork = 0
  let timer: NodeJS.Timeout | undefined
  /** Since when there has been waiting without a calm, and when somebody waited last. */
  let busySince = Number.NEGATIVE_INFINITY
  let waitedAt = Number.NEGATIVE_INFINITY

  return {
    enter() {
      if (inWork < inWorkMax) {
        inWork += 1
        return Promise.resolve(true)
      }
      return new Promise((settle) => {
        if (now() - waitedAt > CALM_MS) busySince = now()
        waitedAt = now()
        queue.push({ since: now(), settle })
        watch()
      })
    },
    leave() {
      inWork -= 1
      turnAway()
      const next = queue.shift()
      if (!next) return
      waitedAt = now()
      inWork += 1
      next.settle(true)
    },
    isFull: () => queue[0] !== undefined && now() - queue[0].since >= waitLimit() * FULL_AT,
    load: () => ({ inWork, waiting: queue.length }),
  }

  function isBurst(): boolean {
    return now() - busySince <= burstMs
  }

  /** How long anybody may wait: shorter once the queue has been standing for a while (the idea of CoDel, RFC 8289). */
  function waitLimit(): number {
    return isBurst() ? burstMs : waitMaxMs
  }

  /** Those who have waited long enough, also while nobody leaves because the database stands still. */
  function turnAway(): void {
    while (queue[0] && now() - queue[0].since >= waitLimit()) queue.shift()?.settle(false)
  }

  function watch(): void {
    const first = queue[0]
    if (timer || !first) return
    timer = setTimeout(
      () => {
        timer = undefined
        turnAway()
        watch()
      },
      Math.max(1, (isBurst() ? busySince + burstMs : first.since + waitMaxMs) - now()),
    )
  }
}
