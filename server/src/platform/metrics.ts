import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { VERSION } from './version.ts'

/** What a monitoring system asks of a process, in Prometheus' text format. Labels are few and bounded: routes as patterns, never an address or an id. */
export interface Metrics {
  readonly contentType: string
  render(): Promise<string>
  /** An answer that was sent. `reason`: of a refusal. */
  request(answer: { method: string; route: string; status: number; reason?: string; seconds: number }): void
  /** A round of background work that ended. */
  worker(name: string, round: { ok: boolean; seconds: number; endedAt: number }): void
  /** Values that are asked for when the metrics are: given as a label set each. A source that fails is left out and counted. */
  watch(gauge: { name: string; help: string; labels?: readonly string[]; read: () => Promise<Reading[]> | Reading[] }): void
}

export interface Reading {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** Seconds: from a call that meets nobody to one that waited for a lock. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** @param options `ofProcess`: also memory, CPU, event loop and garbage collection, which watch the whole process and are started once. */
export function createMetrics({ ofProcess }: { ofProcess: boolean }): Metrics {
  const registry = new Registry()
  const registers = [registry]
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'regulars_http_requests_total',
    help: 'Answers sent, by route pattern, status and, of a refusal, its reason.',
    labelNames: ['method', 'route', 'status', 'reason'],
    registers,
  })
  const durations = new Histogram({
    name: 'regulars_http_request_duration_seconds',
    help: 'From the arrival of the headers to the end of the answer.',
    labelNames: ['method', 'route'],
    buckets: BUCKETS,
    registers,
  })
  const rounds = new Counter({
    name: 'regulars_worker_rounds_total',
    help: 'Rounds of background work.',
    labelNames: ['worker', 'outcome'],
    registers,
  })
  const roundDurations = new Histogram({
    name: 'regulars_worker_round_duration_seconds',
    help: 'How long a round of background work took.',
    labelNames: ['worker'],
    buckets: [...BUCKETS, 60, 600],
    registers,
  })
  const lastSuccess = new Gauge({
    name: 'regulars_worker_last_success_timestamp_seconds',
    help: 'When a round of background work last ended well.',
    labelNames: ['worker'],
    registers,
  })
  const failures = new Counter({
    name: 'regulars_metrics_failures_total',
    help: 'Gauges that could not be read when the metrics were asked for, as while the database is away.',
    labelNames: ['gauge'],
    registers,
  })
  new Gauge({ name: 'regulars_build_info', help: 'The version that runs.', labelNames: ['version'], registers })
    .labels(VERSION)
    .set(1)

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    request({ method, route, status, reason = '', seconds }) {
      requests.inc({ method, route, status, reason })
      durations.observe({ method, route }, seconds)
    },
    worker(worker, { ok, seconds, endedAt }) {
      rounds.inc({ worker, outcome: ok ? 'ok' : 'failed' })
      roundDurations.observe({ worker }, seconds)
      if (ok) lastSuccess.set({ worker }, endedAt / 1000)
    },
    watch({ name, help, labels = [], read }) {
      failures.inc({ gauge: name }, 0)
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        async collect() {
          this.reset()
          // Without labels, prom-client resets to a zero that nobody has read.
          if (labels.length === 0) this.remove({})
          try {
            for (const { labels: set = {}, value } of await read()) this.set(set, value)
          } catch {
            failures.inc({ gauge: name })
          }
        },
      })
    },
  }
}
