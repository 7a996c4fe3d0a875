export { type AuthenticationRefusal, type Authenticator, type Caller, createAuthenticator } from './authenticator.ts'
export { debugCredentialSignature, type SuspectCall } from './debug-credential-signature.ts'
export { createRateLimiter, type RateLimiter } from './rate-limiter.ts'
export type { SignedRequest } from './scheme.ts'
