import { importSecret, type SigningKey } from '@regulars/contract'
import { type Credential, environmentOf, findCredential, secretContext } from '../accounts/index.ts'
import { type Database, ENVIRONMENTS, type Environment, type Vault } from '../platform/index.ts'

/** A credential with its secrets opened and imported. */
export interface Key {
  readonly environment: Environment
  readonly credential: Credential
  readonly secret: SigningKey
  readonly previous?: { readonly secret: SigningKey; readonly validUntil: number }
}

/** Far more than an installation has credentials; each takes about 1 kB. */
const KEYS_MAX = 10_000

/** The credentials in use, kept in memory with their imported secrets. */
export interface Keyring {
  /** What memory knows, however old. */
  held(apiKey: string): Key | undefined
  /** What the database says now; memory is brought up to date with it. Costs one lookup, also for a key that does not exist. */
  read(apiKey: string): Promise<Key | undefined>
  forget(apiKey: string): void
}

export function createKeyring(databases: Partial<Record<Environment, Database>>, vault: Vault): Keyring {
  const keys = new Map<string, Key>()

  return {
    held(apiKey) {
      const key = keys.get(apiKey)
      if (key) keep(apiKey, key)
      return key
    },

    async read(apiKey) {
      const found = await lookUp(databases, apiKey)
      if (!found || found.credential.disabledAt !== undefined) {
        keys.delete(apiKey)
        return undefined
      }
      const known = keys.get(apiKey)
      const unchanged =
        known?.credential.credentialId === found.credential.credentialId && known.credential.version === found.credential.version
      const key = unchanged ? known : await open(found, vault)
      keep(apiKey, key)
      return key
    },

    forget: (apiKey) => void keys.delete(apiKey),
  }

  /** The order of a Map is the order of insertion, so the first key is the one unused for longest. */
  function keep(apiKey: string, key: Key) {
    keys.delete(apiKey)
    keys.set(apiKey, key)
    const oldest = keys.size > KEYS_MAX && keys.keys().next()
    if (oldest && !oldest.done) keys.delete(oldest.value)
  }
}

/**
 * A key of ours names its environment, and only that database is asked. An imported one names none: all are asked, live first, and the
 * credential that is found decides.
 */
async function lookUp(databases: Partial<Record<Environment, Database>>, apiKey: string) {
  const named = environmentOf(apiKey)
  for (const environment of named ? [named] : ENVIRONMENTS.toReversed()) {
    const database = databases[environment]
    const credential = database && (await findCredential(database, storable(apiKey)))
    if (credential) return { environment, credential }
  }
  return undefined
}

/** No credential has the empty key: asking for it costs the same lookup, while a text that PostgreSQL cannot hold would be a fault. */
function storable(apiKey: string): string {
  return apiKey.includes('\0') ? '' : apiKey
}

async function open(
  { environment, credential }: { environment: Environment; credential: Credential },
  vault: Vault,
): Promise<Key> {
  const context = secretContext(credential.credentialId)
  const { previous } = credential
  return {
    environment,
    credential,
    secret: await importSecret(vault.open(credential.sealedSecret, context)),
    ...(previous && {
      previous: { secret: await importSecret(vault.open(previous.sealedSecret, context)), validUntil: previous.validUntil },
    }),
  }
}
