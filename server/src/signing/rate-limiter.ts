import { type Outcome, ok, refuse } from '@regulars/contract'

/** Far above what a chain of a thousand tills sends; it is there against a client that runs wild. */
const REQUESTS_PER_SECOND = 5_000
/** What may come at once after a pause, in seconds' worth of requests. */
const BURST_S = 2
/** Buckets kept before the full ones, which say nothing, are thrown away. */
const BUCKETS_MAX = 10_000

interface Bucket {
  tokens: number
  filledAt: number
}

export interface RateLimiter {
  /** Counts a request, or refuses it with the whole seconds to wait. */
  take(caller: { credentialId: string; rateLimit?: number }): Outcome<undefined, 'rate_limited'>
}

/**
 * One token bucket per credential, in this server's memory: with several servers behind a balancer, each allows the whole rate.
 * @param settings `perSecond` for credentials without a limit of their own; `burstS`: what may come at once, in seconds' worth; `now`: real time, epoch ms.
 */
export function createRateLimiter({
  perSecond = REQUESTS_PER_SECOND,
  burstS = BURST_S,
  now,
}: {
  perSecond?: number
  burstS?: number
  now: () => number
}): RateLimiter {
  const buckets = new Map<string, Bucket>()

  return {
    take({ credentialId, rateLimit }) {
      const rate = rateLimit ?? perSecond
      const bucket = refilled(credentialId, rate)
      if (bucket.tokens < 1) return refuse('rate_limited', { retryAfterS: Math.max(1, Math.ceil((1 - bucket.tokens) / rate)) })
      bucket.tokens -= 1
      return ok(undefined)
    },
  }

  function refilled(credentialId: string, rate: number): Bucket {
    const at = now()
    const bucket = buckets.get(credentialId) ?? remember(credentialId, { tokens: rate * burstS, filledAt: at })
    const elapsedMs = Math.max(0, at - bucket.filledAt)
    bucket.tokens = Math.min(rate * burstS, bucket.tokens + (elapsedMs / 1000) * rate)
    bucket.filledAt = at
    return bucket
  }

  /** A bucket untouched for as long as a burst takes to fill is full again, so forgetting it changes nothing. */
  function remember(credentialId: string, bucket: Bucket): Bucket {
    if (buckets.size >= BUCKETS_MAX) {
      for (const [id, { filledAt }] of buckets) if (bucket.filledAt - filledAt >= burstS * 1000) buckets.delete(id)
    }
    buckets.set(credentialId, bucket)
    return bucket
  }
}
