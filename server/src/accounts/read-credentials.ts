import type { Queryable } from '../platform/index.ts'
import { type Credential, type CredentialView, viewCredential } from './credential.ts'
import { findCredentialByKey, listCredentialsOf, updateLastUsed } from './store.ts'

/** The credential of an API key, secrets sealed, whether disabled or not. */
export function findCredential(db: Queryable, apiKey: string): Promise<Credential | undefined> {
  return findCredentialByKey(db, apiKey)
}

/** All credentials of an account, oldest first, without their secrets. */
export async function listCredentials(db: Queryable, accountId: string): Promise<CredentialView[]> {
  return (await listCredentialsOf(db, accountId)).map(viewCredential)
}

/** All credentials of an account, secrets sealed: one of them may have signed what another should have. */
export function findCredentialsOf(db: Queryable, accountId: string): Promise<Credential[]> {
  return listCredentialsOf(db, accountId)
}

/** Stamps when credentials were last used, in one statement for a whole batch. */
export async function touchCredentials(
  db: Queryable,
  uses: readonly { credentialId: string; accountId: string; at: number }[],
): Promise<void> {
  const last = new Map<string, { credentialId: string; accountId: string; at: number }>()
  for (const use of uses) {
    const known = last.get(use.credentialId)
    if (!known || known.at < use.at) last.set(use.credentialId, use)
  }
  // Always in the same order, so that two servers that write the same credentials never wait for each other in a circle.
  const sorted = [...last.values()].sort((a, b) => (a.credentialId < b.credentialId ? -1 : 1))
  if (sorted.length > 0) await updateLastUsed(db, sorted)
}
