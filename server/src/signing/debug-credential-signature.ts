import {
  debugMessageSignature,
  debugSignature,
  type MessageDiagnosis,
  type SignatureDiagnosis,
  type SuspectMessage,
  type SuspectRequest,
} from '@regulars/contract'
import { type Credential, findCredentialsOf, secretContext } from '../accounts/index.ts'
import type { Queryable, Vault } from '../platform/index.ts'

/** A request whose signature is in doubt, by the one scheme or the other; the secrets come from the vault. */
export type SuspectCall = Omit<SuspectRequest, 'secret' | 'others' | 'signMinified'> | Omit<SuspectMessage, 'secret' | 'others'>

/** Accounts have few credentials; of very many, the oldest are tried. */
const OTHERS_MAX = 20

/**
 * Says what is wrong with a signature, by the credential's own secrets and those of its account: the one before a rotation, that of another till. A
 * secret is opened here, used and forgotten; what is answered names whose it was and never holds it.
 */
export async function debugCredentialSignature(
  db: Queryable,
  vault: Vault,
  { credential, call, now }: { credential: Credential; call: SuspectCall; now: number },
): Promise<SignatureDiagnosis | MessageDiagnosis> {
  const { accountId, credentialId, previous, signMinified } = credential
  const open = (sealed: string, id: string) => vault.open(sealed, secretContext(id))
  const siblings = (await findCredentialsOf(db, accountId)).filter((other) => other.credentialId !== credentialId)
  const secret = open(credential.sealedSecret, credentialId)
  const before = previous && open(previous.sealedSecret, credentialId)
  const debug = (secrets: Pick<SuspectRequest, 'secret' | 'others'>) =>
    'signatureInput' in call
      ? debugMessageSignature({ ...call, ...secrets })
      : debugSignature({ ...call, ...secrets, apiKey: credential.apiKey, signMinified })
  // Until the overlap of a rotation ends, the old secret is as right as the new one.
  if (before !== undefined && previous && now < previous.validUntil) {
    const byOld = await debug({ secret: before, others: [] })
    if (byOld.verdict === 'right') return byOld
  }
  const others = siblings.slice(0, OTHERS_MAX).map(({ credentialId, sealedSecret, apiKey, name }) => ({
    secret: open(sealedSecret, credentialId),
    name: `the secret of the credential ${apiKey} (${name})`,
  }))
  return debug({
    secret,
    others: [...(before === undefined ? [] : [{ secret: before, name: 'the secret before the last rotation' }]), ...others],
  })
}
