import type { Histogram } from './histogram.ts'

/** What a run measured, as it is kept in `bench/results`: enough to compute everything that is said of it. */
export interface BenchResult {
  readonly at: string
  readonly commit: string
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryGb: number
    readonly system: string
    readonly clientApart: boolean
  }
  readonly versions: { readonly node: string; readonly postgres: string; readonly limit: 'pgbench' | 'pg' }
  readonly options: {
    readonly seconds: number
    readonly rounds: number
    readonly clients: number
    readonly members: number
    readonly servers: number
  }
  readonly rounds: readonly Round[]
  /** The server's memory, once a second while it was under load, in MB. */
  readonly rssMb: readonly number[]
  /** The ledger after all of it, recomputed. */
  readonly verified: { readonly movements: number; readonly orders: number }
}

/** Many calls at the same moment on one member, on one reward, at one store. */
export interface HotResult extends Pick<BenchResult, 'at' | 'commit' | 'machine' | 'versions'> {
  readonly runs: readonly {
    readonly what: 'member' | 'reward' | 'store'
    readonly calls: number
    readonly seconds: number
    /** How often one was turned away, and came again a second later. */
    readonly repeats: number
  }[]
}

export interface Round {
  readonly limit: {
    readonly perSecond: number
    readonly latencyMs: number
    readonly databaseCpuUs: number
    readonly clientCpuUs: number
  }
  readonly uniform: Measured
  readonly zipf: Measured
  /** Orders begin at half the rate that `uniform` had answered. */
  readonly half: Measured
  /** Of the limit, at half of its own rate. Not in what was recorded before 2026-11-29. */
  readonly limitAtHalf?: Histogram
}

/** A load and what it cost. CPU is in microseconds per call. */
export interface Measured {
  readonly perSecond: number
  readonly calls: number
  readonly rewardedShare: number
  readonly errors: number
  readonly latency: Histogram
  readonly byStatus: Readonly<Record<string, Histogram>>
  readonly cpuUs: { readonly server: number; readonly database: number; readonly client: number }
}

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
