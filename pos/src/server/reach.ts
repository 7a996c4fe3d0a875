import type { StatusView } from '../api.ts'
import { isAway } from './loyalty.ts'

/** Whether the loyalty server answers, as the last call found it. */
export interface Reach {
  readonly isOnline: boolean
  /** Runs a call of the loyalty server and notes whether there was somebody. */
  ask<Answer>(call: () => Promise<Answer>): Promise<Answer>
  /** What the caller found out in another way. */
  lost(): void
  status(): Promise<StatusView>
  setDraining(draining: StatusView['draining']): void
  stop(): void
}

/** How often a server that was away is asked again: a till notices within this time that it may redeem again. */
const PROBE_MS = 2000

export function watchReach({
  probe,
  queued,
  onChange,
  onBack,
}: {
  /** Any call that changes nothing. */
  probe: () => Promise<unknown>
  queued: () => Promise<number>
  onChange: (status: StatusView) => void
  onBack: () => void
}): Reach {
  let isOnline = true
  let draining: StatusView['draining'] = null
  let timer: NodeJS.Timeout | undefined
  const status = async (): Promise<StatusView> => ({ online: isOnline, queued: await queued(), draining })
  const tell = () => void status().then(onChange)
  const note = (found: boolean) => {
    if (!found) {
      clearTimeout(timer)
      timer = setTimeout(() => void ask(probe).catch(() => undefined), PROBE_MS)
    }
    if (found === isOnline) return
    isOnline = found
    tell()
    if (found) onBack()
  }
  async function ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await call()
      note(true)
      return answer
    } catch (fault) {
      // Somebody who refuses is there.
      note(!isAway(fault))
      throw fault
    }
  }
  return {
    get isOnline() {
      return isOnline
    },
    ask,
    lost: () => note(false),
    status,
    setDraining(now) {
      draining = now
      tell()
    },
    stop: () => clearTimeout(timer),
  }
}
