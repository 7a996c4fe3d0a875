import { expect, it } from 'vitest'
import { createRateLimiter } from './rate-limiter.ts'

it('lets a burst through, then the rate, and says how long to wait', () => {
  let now = 0
  const limiter = createRateLimiter({ now: () => now })
  const caller = { credentialId: 'a' }
  const pass = () => limiter.take(caller).ok
  for (let i = 0; i < 10_000; i++) expect(pass()).toBe(true)
  expect(limiter.take(caller)).toEqual({ ok: false, refusal: { error: 'rate_limited', facts: { retryAfterS: 1 } } })
  now = 1
  expect([pass(), pass(), pass(), pass(), pass(), pass()]).toEqual([true, true, true, true, true, false])
  expect(limiter.take({ credentialId: 'b' }).ok).toBe(true)
})

it('follows the limit of a credential, and a clock set back takes nothing away', () => {
  let now = 10_000
  const limiter = createRateLimiter({ now: () => now })
  const caller = { credentialId: 'slow', rateLimit: 1 }
  expect([limiter.take(caller).ok, limiter.take(caller).ok, limiter.take(caller).ok]).toEqual([true, true, false])
  now = 5_000
  expect(limiter.take(caller)).toMatchObject({ refusal: { facts: { retryAfterS: 1 } } })
  now = 6_000
  expect(limiter.take(caller).ok).toBe(true)
})
