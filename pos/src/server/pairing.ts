import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Role } from '../api.ts'
import { Refused } from './refused.ts'

/** Tries of a wrong code in a minute, by anybody; then nobody is heard for the rest of it. A code has 31^8 values. */
const TRIES_A_MINUTE = 20
/** No 0 and O, 1, I and L: a code is read from one screen and typed on another. */
const LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const CODE_LENGTH = 8

interface Kept {
  readonly staffCode: string
  readonly kioskCode: string
  readonly key: string
}

/** Who may use which screens: a code is typed once, a cookie remembers it. */
export interface Pairing {
  readonly staffCode: string
  readonly kioskCode: string
  /** @throws Refused */
  pair(code: string): { readonly role: Role; readonly cookie: string }
  rolesOf(cookies: ReadonlyMap<string, string>): ReadonlySet<Role>
  /** The web shop's visitor, known by a cookie alone. */
  visitorOf(cookies: ReadonlyMap<string, string>): string | undefined
  newVisitor(): { readonly visitor: string; readonly cookie: string }
}

/** Codes and key stay in the data folder, so that a screen which was paired once is so after a restart. */
export async function openPairing(folder: string, now: () => number): Promise<Pairing> {
  const { staffCode, kioskCode, key } = await readOrMake(join(folder, 'pairing.json'))
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url')
  const isSigned = (text: string, signature: string) => isSame(sign(text), signature)
  let tries: number[] = []
  return {
    staffCode,
    kioskCode,
    pair(code) {
      tries = tries.filter((at) => at > now() - 60_000)
      if (tries.length >= TRIES_A_MINUTE)
        throw new Refused('wrong_code', 'Too many wrong codes. Wait a minute, then type it again.')
      const typed = code.trim().toUpperCase()
      const role = isSame(typed, staffCode) ? 'staff' : isSame(typed, kioskCode) ? 'kiosk' : undefined
      if (role) return { role, cookie: cookieText(`regulars_${role}`, sign(role)) }
      tries.push(now())
      throw new Refused('wrong_code', 'This is not the code. It stands where the shop’s server was started.')
    },
    rolesOf: (cookies) =>
      new Set((['staff', 'kiosk'] as const).filter((role) => isSigned(role, cookies.get(`regulars_${role}`) ?? ''))),
    visitorOf(cookies) {
      const [visitor = '', signature = ''] = (cookies.get('regulars_visitor') ?? '').split('.')
      return isSigned(`visitor ${visitor}`, signature) ? visitor : undefined
    },
    newVisitor() {
      const visitor = randomBytes(16).toString('base64url')
      return { visitor, cookie: cookieText('regulars_visitor', `${visitor}.${sign(`visitor ${visitor}`)}`) }
    },
  }
}

export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const pairs = (header ?? '').split(';').map((part) => part.trim().split('='))
  return new Map(pairs.map(([name = '', value = '']) => [name, value]))
}

/** Lax, not strict: the address that is printed at the start is opened from elsewhere. Writing calls look at the origin besides. */
const cookieText = (name: string, value: string) => `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000`

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

async function readOrMake(file: string): Promise<Kept> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text !== undefined) return JSON.parse(text) as Kept
  const code = () => Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  const made = { staffCode: code(), kioskCode: code(), key: randomBytes(32).toString('base64') }
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
  await writeFile(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  return made
}
