import { UsageError } from './errors.ts'

/**
 * Signs as the contract asks: base64(HMAC-SHA256(base64-decoded secret, request target + body)), over the bytes that are sent. The secret is
 * decoded as leniently as servers do: secrets in everyday use lack padding, or carry bits in their last group that canonical base64 has not.
 */
export type Sign = (target: string, body: Uint8Array) => Promise<string>

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const
const utf8 = new TextEncoder()

/** A signer that imports the secret once, at its first use. The secret cannot be read back from it. */
export function signer(secret: string): Sign {
  const bytes = decodeSecret(secret)
  let imported: Promise<{ subtle: SubtleCrypto; key: CryptoKey }> | undefined
  return async (target, body) => {
    imported ??= importKey(bytes)
    const { subtle, key } = await imported
    const head = utf8.encode(target)
    const message = new Uint8Array(head.length + body.length)
    message.set(head)
    message.set(body, head.length)
    return btoa(String.fromCharCode(...new Uint8Array(await subtle.sign(HMAC, key, message))))
  }
}

type SubtleCrypto = typeof crypto.subtle
type CryptoKey = Awaited<ReturnType<SubtleCrypto['importKey']>>

async function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<{ subtle: SubtleCrypto; key: CryptoKey }> {
  const { subtle } = await webCrypto()
  return { subtle, key: await subtle.importKey('raw', bytes, HMAC, false, ['sign']) }
}

/** Node 18 has WebCrypto, but not as a global. The name stands in a variable, or bundlers for browsers would look for the module. */
export async function webCrypto(): Promise<typeof crypto> {
  if (globalThis.crypto?.subtle) return globalThis.crypto
  const name = 'node:crypto'
  const found = (await import(name).catch(() => undefined)) as { webcrypto: typeof crypto } | undefined
  if (found) return found.webcrypto
  throw new UsageError(
    'This runtime has no WebCrypto. A browser offers it on https pages only; Node has it from version 18 on.',
    { reason: 'settings' },
  )
}

/** A name that nobody else gives. Uniqueness is asked of it, not secrecy: where WebCrypto is no global, Math.random will do. */
export function newId(): string {
  return (
    globalThis.crypto?.randomUUID?.() ??
    '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (digit) =>
      (Number(digit) ^ ((Math.random() * 16) >> (Number(digit) / 4))).toString(16),
    )
  )
}

export function decodeSecret(secret: string): Uint8Array<ArrayBuffer> {
  const compact = secret.replace(/[\s=]/g, '').replace(/-/g, '+').replace(/_/g, '/')
  if (!/^[A-Za-z0-9+/]{2,}$/.test(compact) || compact.length % 4 === 1) {
    throw new UsageError('secret is not base64. Give it exactly as it was issued; the SDK decodes it itself.', {
      reason: 'settings',
    })
  }
  return Uint8Array.from(atob(compact), (character) => character.charCodeAt(0))
}
