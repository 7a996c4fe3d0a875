import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readOrCreateSecret, readSecret } from './secret-file.ts'

/** Keeps secrets that must be readable again. */
export interface Vault {
  /** @param context where the secret belongs (table and row): it opens nowhere else. */
  seal(plain: string, context: string): string
  /** @throws when the text was altered, belongs elsewhere, or was sealed under another master key. */
  open(sealed: string, context: string): string
}

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Envelope encryption: each secret under a data key of its own, that key under the master key. Text: `v1.<master key id>.<wrapped key>.<secret>`,
 * so that a later master key can be told apart and secrets re-wrapped one by one.
 */
export function createVault(masterKey: Buffer): Vault {
  const keyId = createHash('sha256').update(masterKey).digest('hex').slice(0, 8)
  return {
    seal(plain, context) {
      const dataKey = randomBytes(KEY_BYTES)
      return ['v1', keyId, encrypt(masterKey, dataKey, context), encrypt(dataKey, Buffer.from(plain), context)].join('.')
    },
    open(sealed, context) {
      const [version, sealedUnder, wrapped, secret, ...rest] = sealed.split('.')
      if (version !== 'v1' || !wrapped || !secret || rest.length > 0) {
        throw new Error(`a secret of ${context} is not in the form this version writes`)
      }
      if (sealedUnder !== keyId) {
        throw new Error(
          `a secret of ${context} was sealed under master key ${sealedUnder}; this server has ${keyId}. Start it with the key the data was written with.`,
        )
      }
      return decrypt(decrypt(masterKey, wrapped, context), secret, context).toString()
    },
  }
}

/**
 * The master key: REGULARS_MASTER_KEY (32 bytes, base64), else the key file, which `create` makes with mode 0600.
 * @throws with what would be right when there is none, or when it is not 32 bytes.
 */
export async function readMasterKey({
  env,
  keyFile,
  create,
}: {
  env?: string
  keyFile?: string
  create: boolean
}): Promise<Buffer> {
  const text = env ?? (keyFile === undefined ? undefined : await readKeyFile(keyFile, create))
  const key = Buffer.from(text?.trim() ?? '', 'base64')
  if (key.length === KEY_BYTES) return key
  const where = env === undefined ? (keyFile ?? 'no key file') : 'REGULARS_MASTER_KEY'
  const found = text === undefined ? 'there is none' : `${where} holds ${key.length}`
  throw new Error(`the master key must be 32 bytes in base64 (${found}). Make one: openssl rand -base64 32`)
}

function readKeyFile(file: string, create: boolean): Promise<string | undefined> {
  return create ? readOrCreateSecret(file, () => `${randomBytes(KEY_BYTES).toString('base64')}\n`) : readSecret(file)
}

function encrypt(key: Buffer, plain: Buffer, context: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(context))
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

function decrypt(key: Buffer, sealed: string, context: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64url')
  try {
    // The length is given because a shorter tag would be easier to guess, and is accepted otherwise.
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(IV_BYTES).subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw new Error(`a secret of ${context} cannot be opened: it was altered, or belongs to another row`, { cause })
  }
}
