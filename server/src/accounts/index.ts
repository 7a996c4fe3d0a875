export { ensureAdminToken, isAdminToken } from './admin-token.ts'
export { readClock, setClock } from './clock.ts'
export { type CreatedCredential, createCredential, type NewCredential } from './create-credential.ts'
export {
  type Credential,
  type CredentialKind,
  type CredentialOutcome,
  type CredentialProblem,
  type CredentialView,
  secretContext,
} from './credential.ts'
export { disableCredential } from './disable-credential.ts'
export { environmentOf, tagged } from './environment.ts'
export { findCredential, findCredentialsOf, listCredentials, touchCredentials } from './read-credentials.ts'
export { requireMessageSignatures } from './require-message-signatures.ts'
export { rotateCredential } from './rotate-credential.ts'
