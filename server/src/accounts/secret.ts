import type { RandomBytes } from '../platform/index.ts'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Wire-contract §1: real clients disagree on whether the HMAC key is bytes or UTF-8 text; for ASCII the two are the same. */
const SECRET_CHARACTERS = 48
/** 24 characters of 62 are 142 bits: never guessed, never issued twice. */
const API_KEY_CHARACTERS = 24
/** RFC 2104 discourages HMAC keys shorter than the digest; below half of it a secret can be searched for. */
const IMPORTED_BYTES_MIN = 16
const IMPORTED_CHARACTERS_MAX = 1_024

/** A new shared secret as the partner gets it: base64 of 48 random characters of `[A-Za-z0-9]`. */
export function newSecret(random: RandomBytes): string {
  return Buffer.from(randomText(random, SECRET_CHARACTERS), 'ascii').toString('base64')
}

/** The random part of a new API key. */
export function newApiKeyText(random: RandomBytes): string {
  return randomText(random, API_KEY_CHARACTERS)
}

/** What is worth knowing about a secret that another system issued: whether it can be used, and whether every client will read it alike. */
export type ImportedSecret = { readonly usable: true; readonly ascii: boolean } | { readonly usable: false; readonly why: string }

/**
 * Judges a secret that is to be imported. Lenient, since real secrets are: missing padding, URL-safe letters, blanks and a last group that is
 * not canonical base64 all pass.
 */
export function judgeImportedSecret(secret: string): ImportedSecret {
  const text = secret.replace(/\s/g, '')
  if (text.length > IMPORTED_CHARACTERS_MAX)
    return { usable: false, why: `it is longer than ${IMPORTED_CHARACTERS_MAX} characters` }
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return { usable: false, why: 'it has characters that base64 does not have' }
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length < IMPORTED_BYTES_MIN)
    return { usable: false, why: `it decodes to ${bytes.length} bytes; at least ${IMPORTED_BYTES_MIN} are needed` }
  return { usable: true, ascii: bytes.every((byte) => byte >= 0x20 && byte < 0x7f) }
}

/** Evenly distributed: bytes past the last whole multiple of 62 are thrown away instead of folded back. */
function randomText(random: RandomBytes, length: number): string {
  const even = 256 - (256 % LETTERS.length)
  let text = ''
  while (text.length < length) {
    for (const byte of random(length)) {
      if (byte < even && text.length < length) text += LETTERS.charAt(byte % LETTERS.length)
    }
  }
  return text
}
