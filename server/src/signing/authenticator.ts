import { importSecret, type Outcome, ok, refuse, type SigningKey } from '@regulars/contract'
import type { CredentialKind } from '../accounts/index.ts'
import type { Database, Environment, Vault } from '../platform/index.ts'
import { createKeyring, type Key } from './keyring.ts'
import { createNonceRegister } from './nonce-register.ts'
import { type Claim, readClaim, type SchemeRefusal, type SignedRequest } from './scheme.ts'

/** Who sent a request, proved by its signature. */
export interface Caller {
  readonly environment: Environment
  readonly accountId: string
  readonly credentialId: string
  readonly credentialVersion: number
  readonly apiKey: string
  readonly kind: CredentialKind
  /** The stores it may act for; absent: all of the account's. */
  readonly storeCodes?: readonly string[]
  readonly strictRequests: boolean
  /** Requests a second, where it differs from the server's. */
  readonly rateLimit?: number
}

export type AuthenticationRefusal =
  | SchemeRefusal
  | 'key_invalid'
  | 'signature_incorrect'
  | 'signature_replayed'
  | 'message_signature_required'

export interface Authenticator {
  /**
   * Says who signed a request (wire-contract §2), or why nobody did (1001, 1002, 1003, 1004). A database that cannot be asked is thrown as
   * the fault it is.
   * @param promise `versionIsChecked`: the caller compares `credentialVersion` with the row that it loads anyway, and on a difference calls
   *   `forget` and asks again, with `nonceIsClaimed`, since it was this very request that used its nonce. Without `versionIsChecked`, the credential
   *   is read with every call: a disabled one ends at once, on every server.
   */
  authenticate(
    request: SignedRequest,
    promise?: { versionIsChecked: boolean; nonceIsClaimed?: boolean },
  ): Promise<Outcome<Caller, AuthenticationRefusal>>
  /** Drops what memory knows of a key, so that the next request reads it anew. */
  forget(apiKey: string): void
}

/**
 * @param parts `databases`: of the environments that this server serves; `now`: real time (epoch ms), never the test clock, since an overlap
 *   is agreed between people.
 */
export function createAuthenticator(parts: {
  databases: Partial<Record<Environment, Database>>
  vault: Vault
  now: () => number
}): Authenticator {
  const { databases, vault, now } = parts
  const keyring = createKeyring(databases, vault)
  const nonces = createNonceRegister(databases)
  const decoy = importSecret(DECOY_SECRET)

  return {
    async authenticate(request, { versionIsChecked, nonceIsClaimed = false } = { versionIsChecked: false }) {
      const claim = await readClaim(request, now())
      if (!claim.ok) return claim
      const prover = await proverOf(claim.value, versionIsChecked)
      return prover.ok ? admit(prover.value, claim.value, nonceIsClaimed) : prover
    },

    forget: keyring.forget,
  }

  /** The key that made the signature. */
  async function proverOf(claim: Claim, versionIsChecked: boolean): Promise<Outcome<Key, 'key_invalid' | 'signature_incorrect'>> {
    const nobody = await decoy
    const held = keyring.held(claim.apiKey)
    const proven = isProven(claim, held, nobody)
    if (held && proven && versionIsChecked) return ok(held)

    // An unknown key and a wrong signature both come here: one lookup and the same work again, so that time tells nothing, and a credential
    // created or rotated a moment ago works at once.
    const current = await keyring.read(claim.apiKey)
    if (current && proven && current.secret === held?.secret) return ok(current)
    const provenNow = isProven(claim, current, nobody)
    if (!current) return refuse('key_invalid', {})
    return provenNow ? ok(current) : refuse('signature_incorrect', {})
  }

  /** Only what is proven gets here: nobody fills the memory of nonces, or learns what a credential demands, without its secret. */
  async function admit(
    key: Key,
    { nonce }: Claim,
    nonceIsClaimed: boolean,
  ): Promise<Outcome<Caller, 'signature_replayed' | 'message_signature_required'>> {
    const { accountId, credentialId, messageSignaturesOnly } = key.credential
    if (!nonce) return messageSignaturesOnly ? refuse('message_signature_required', {}) : ok(callerOf(key))
    const use = { accountId, credentialId, nonce: nonce.text, expiresAt: nonce.expiresAt }
    const isFirst = nonceIsClaimed || (await nonces.claim(key.environment, use))
    return isFirst ? ok(callerOf(key)) : refuse('signature_replayed', {})
  }

  /** Tries the secret, the one before it and the minified body, in this order. Where there is no such secret, a decoy does the same work. */
  function isProven(claim: Claim, key: Key | undefined, nobody: SigningKey): boolean {
    const previous = key?.previous && now() < key.previous.validUntil ? key.previous.secret : undefined
    const secrets = [key?.secret, previous]
    for (const secret of secrets) {
      if (claim.provenBy(secret ?? nobody) && secret) return true
    }
    const minified = key?.credential.signMinified && claim.minified()
    if (!minified) return false
    for (const secret of secrets) {
      if (secret && minified.provenBy(secret)) return true
    }
    return false
  }
}

/** Signs nothing: a key to spend the time of a check on. */
const DECOY_SECRET = Buffer.from('a key that belongs to nobody and opens nothing!!', 'ascii').toString('base64')

function callerOf({ environment, credential }: Key): Caller {
  return {
    environment,
    accountId: credential.accountId,
    credentialId: credential.credentialId,
    credentialVersion: credential.version,
    apiKey: credential.apiKey,
    kind: credential.kind,
    ...(credential.storeCodes && { storeCodes: credential.storeCodes }),
    strictRequests: credential.strictRequests,
    ...(credential.rateLimit !== undefined && { rateLimit: credential.rateLimit }),
  }
}
