export { type AuthenticationRefusal, type Authenticator, type Caller, createAuthenticator } from './authenticator.ts'
export { createRateLimiter, type RateLimiter } from './rate-limiter.ts'
export type { SignedRequest } from './scheme.ts'
export { deleteExpiredNonces } from './store.ts'
