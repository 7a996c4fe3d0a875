import type { Queryable } from '../platform/index.ts'
import { findClock, updateClock } from './store.ts'

/** The instant (epoch ms) at which the environment's clock is frozen; null while it runs. */
export function readClock(db: Queryable): Promise<number | null> {
  return findClock(db)
}

/** Freezes the clock of an environment for all its servers, moves it, or with null lets it run. For the test environment only; the caller sees to that. */
export function setClock(db: Queryable, instant: number | null): Promise<void> {
  return updateClock(db, instant)
}
