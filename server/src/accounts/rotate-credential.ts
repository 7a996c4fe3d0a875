import type { Queryable, RandomBytes, Vault } from '../platform/index.ts'
import { type CredentialOutcome, type CredentialView, credentialProblem, secretContext, viewCredential } from './credential.ts'
import { newSecret } from './secret.ts'
import { findCredentialByKey, updateSecret } from './store.ts'

/** A day: long enough to reach every till of a chain in one working day. */
const ROTATION_OVERLAP_MS = 24 * 60 * 60 * 1000

/**
 * Gives a credential a new secret. Old and new both sign until the overlap ends; a secret older than those two stops at once.
 * @param rotation `overlapMs` from `now` (real time); 0 ends the old secret at once.
 */
export async function rotateCredential(
  db: Queryable,
  vault: Vault,
  rotation: { apiKey: string; overlapMs?: number; now: number; random: RandomBytes },
): Promise<CredentialOutcome<{ credential: CredentialView; secret: string }>> {
  const known = await findCredentialByKey(db, rotation.apiKey)
  if (!known) return credentialProblem('credential_unknown', `There is no credential with the API key ${rotation.apiKey}.`)

  const secret = newSecret(rotation.random)
  const rotated = await updateSecret(db, known.accountId, {
    credentialId: known.credentialId,
    sealedSecret: vault.seal(secret, secretContext(known.credentialId)),
    previousValidUntil: rotation.now + (rotation.overlapMs ?? ROTATION_OVERLAP_MS),
  })
  if (!rotated)
    return credentialProblem('credential_disabled', `The credential ${rotation.apiKey} is disabled. Create a new one.`)
  return { ok: true, value: { credential: viewCredential(rotated), secret } }
}
