import { importSecret, type Outcome, ok, refuse, type SigningKey } from '@regulars/contract'
import type { CredentialKind } from '../accounts/index.ts'
import type { Database, Environment, Vault } from '../platform/index.ts'
import { createKeyring, type Key } from './keyring.ts'
import { type Scheme, type SignedRequest, schemeOf } from './scheme.ts'

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

export type AuthenticationRefusal = 'signature_missing' | 'key_missing' | 'key_invalid' | 'signature_incorrect'

export interface Authenticator {
  /**
   * Says who signed a request (wire-contract §2), or why nobody did (1001, 1002, 1003, 1004). A database that cannot be asked is thrown as
   * the fault it is.
   * @param promise `versionIsChecked`: the caller compares `credentialVersion` with the row that it loads anyway, and on a difference calls
   *   `forget` and asks again. Without it, the credential is read with every call: a disabled one ends at once, on every server.
   */
  authenticate(request: SignedRequest, promise?: { versionIsChecked: boolean }): Promise<Outcome<Caller, AuthenticationRefusal>>
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
  const decoy = importSecret(DECOY_SECRET)

  return {
    async authenticate(request, { versionIsChecked } = { versionIsChecked: false }) {
      if (!request.signature) return refuse('signature_missing', {})
      if (!request.apiKey) return refuse('key_missing', {})

      const scheme = schemeOf(request)
      const nobody = await decoy
      const held = keyring.held(request.apiKey)
      const accepted = accepts(scheme, held, request, nobody)
      if (held && accepted && versionIsChecked) return ok(callerOf(held))

      // An unknown key and a wrong signature both come here: one lookup and the same work again, so that time tells nothing, and a credential
      // created or rotated a moment ago works at once.
      const current = await keyring.read(request.apiKey)
      if (current && accepted && current.secret === held?.secret) return ok(callerOf(current))
      const acceptedNow = accepts(scheme, current, request, nobody)
      if (!current) return refuse('key_invalid', {})
      return acceptedNow ? ok(callerOf(current)) : refuse('signature_incorrect', {})
    },

    forget: keyring.forget,
  }

  /** Tries the secret, the one before it and the minified body, in this order. Where there is no such secret, a decoy does the same work. */
  function accepts(scheme: Scheme, key: Key | undefined, request: SignedRequest, nobody: SigningKey): boolean {
    const previous = key?.previous && now() < key.previous.validUntil ? key.previous.secret : undefined
    const secrets = [key?.secret, previous]
    for (const secret of secrets) {
      if (scheme.accepts(secret ?? nobody, request) && secret) return true
    }
    const minified = key?.credential.signMinified && scheme.minified(request)
    if (!minified) return false
    for (const secret of secrets) {
      if (secret && scheme.accepts(secret, minified)) return true
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
