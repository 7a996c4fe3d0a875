import type { Queryable } from '../platform/index.ts'
import { type CredentialOutcome, type CredentialView, credentialProblem, viewCredential } from './credential.ts'
import { findCredentialByKey, updateDisabled } from './store.ts'

/** Ends a credential for good, both its secrets, at once. Doing it twice is harmless. */
export async function disableCredential(
  db: Queryable,
  { apiKey, now }: { apiKey: string; now: number },
): Promise<CredentialOutcome<CredentialView>> {
  const known = await findCredentialByKey(db, apiKey)
  const disabled = known && (await updateDisabled(db, known.accountId, known.credentialId, now))
  return disabled
    ? { ok: true, value: viewCredential(disabled) }
    : credentialProblem('credential_unknown', `There is no credential with the API key ${apiKey}.`)
}
