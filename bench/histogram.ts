/** Durations, counted in buckets that are 2 % apart: enough for a percentile, and small enough to be kept. */
export interface Histogram {
  readonly counts: Readonly<Record<number, number>>
  readonly total: number
}

const STEP = Math.log(1.02)

export class Stopwatch {
  private readonly counts: Record<number, number> = {}
  private total = 0

  add(ms: number): void {
    const bucket = Math.round(Math.log(Math.max(ms, 0.001)) / STEP)
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
    this.total += 1
  }

  read(): Histogram {
    return { counts: { ...this.counts }, total: this.total }
  }
}

export function merge(histograms: readonly Histogram[]): Histogram {
  const counts: Record<number, number> = {}
  for (const histogram of histograms) {
    for (const [bucket, count] of Object.entries(histogram.counts)) counts[Number(bucket)] = (counts[Number(bucket)] ?? 0) + count
  }
  return { counts, total: histograms.reduce((sum, { total }) => sum + total, 0) }
}

/** The duration in ms that `share` of all are not above. */
export function percentile({ counts, total }: Histogram, share: number): number {
  const buckets = Object.keys(counts)
    .map(Number)
    .sort((a, b) => a - b)
  let seen = 0
  for (const bucket of buckets) {
    seen += counts[bucket] ?? 0
    if (seen >= total * share) return Math.exp(bucket * STEP)
  }
  return 0
}
