import { type Database, inTransaction } from '../platform/index.ts'
import { type CredentialOutcome, credentialProblem } from './credential.ts'
import { findCredentialByKey, updateAccountMessageSignaturesOnly, updateMessageSignaturesOnly } from './store.ts'

/** Makes a credential, or a whole account with all it has and will get, accept RFC 9421 signatures only; or both schemes again. Counts at once, everywhere. */
export async function requireMessageSignatures(
  db: Database,
  whose: { readonly apiKey: string } | { readonly accountId: string },
  only: boolean,
): Promise<CredentialOutcome<{ messageSignaturesOnly: boolean }>> {
  if ('accountId' in whose) {
    const known = await inTransaction(db, (tx) => updateAccountMessageSignaturesOnly(tx, whose.accountId, only))
    return known
      ? { ok: true, value: { messageSignaturesOnly: only } }
      : credentialProblem('account_unknown', `There is no account ${whose.accountId} here.`)
  }
  const known = await findCredentialByKey(db, whose.apiKey)
  const updated = known && (await updateMessageSignaturesOnly(db, known.accountId, known.credentialId, only))
  return updated
    ? { ok: true, value: { messageSignaturesOnly: updated.messageSignaturesOnly } }
    : credentialProblem('credential_unknown', `There is no credential with the API key ${whose.apiKey}.`)
}
