import type { Bytes, Mistake } from './signature-mistakes.ts'
import { decodeSecret, encodeBase64 } from './signing.ts'

/** A way to read what stands in the header, with the mistakes that its writer made. */
export interface SignatureForm {
  readonly mistakes: readonly Mistake[]
  matches(digest: Bytes): boolean
}

/** A digest of which fewer characters are left says too little. */
const TRUNCATED_FROM = 20

/** Every way to read a signature, the right one first. */
export function readSignature(given: string): SignatureForm[] {
  const { text, mistakes } = unwrapped(given)
  const forms: SignatureForm[] = [{ mistakes, matches: (digest) => encodeBase64(digest) === text }]
  const add = (mistake: Mistake, matches: SignatureForm['matches']) => forms.push({ mistakes: [...mistakes, mistake], matches })
  add('padding_missing', (digest) => encodeBase64(digest).replace(/=+$/, '') === text)
  add('base64_url_safe', (digest) => urlSafe(digest) === text || urlSafe(digest).replace(/=+$/, '') === text)
  add('hex_for_base64', (digest) => hexOf(digest) === text.toLowerCase())
  const inner = asciiOf(text)
  if (inner !== undefined) add('base64_of_hex', (digest) => hexOf(digest) === inner.toLowerCase())
  if (text.length >= TRUNCATED_FROM) {
    add('truncated', (digest) => encodeBase64(digest).startsWith(text.replace(/=+$/, '')) && text.length < 43)
  }
  return forms
}

/** What is around a signature, taken off. */
function unwrapped(given: string): { text: string; mistakes: Mistake[] } {
  const mistakes: Mistake[] = []
  let text = given
  const take = (mistake: Mistake, shorter: string) => {
    if (shorter === text) return
    mistakes.push(mistake)
    text = shorter
  }
  take('white_space', text.trim())
  take('quoted', /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text)
  take('prefixed', text.replace(/^[A-Za-z][A-Za-z0-9-]*(=|:| )\s*(?=\S{20})/, ''))
  take('percent_encoded', /%[0-9a-fA-F]{2}/.test(text) ? percentDecoded(text) : text)
  if (!mistakes.includes('white_space')) take('white_space', text.replace(/\s/g, ''))
  return { text, mistakes }
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** The text that base64 holds, where it holds one of hexadecimal digits. */
function asciiOf(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(text)) return undefined
  const inner = String.fromCharCode(...decodeSecret(text))
  return /^[0-9a-fA-F]+$/.test(inner) ? inner : undefined
}

const hexOf = (digest: Bytes): string => [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const urlSafe = (digest: Bytes): string => encodeBase64(digest).replaceAll('+', '-').replaceAll('/', '_')
