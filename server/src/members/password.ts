import { hash } from '@node-rs/argon2'
import type { RandomBytes } from '../platform/index.ts'

/** OWASP's first choice for argon2id, which is the library's default algorithm: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const SALT_BYTES = 16
/** Each hash takes 19 MiB and a thread of the pool that also checks signatures: two leave half of that pool free. */
const AT_ONCE_MAX = 2

let running = 0
const waiting: (() => void)[] = []

/** The argon2id hash of a password, as a PHC string. At most two are computed at once; the others wait their turn. */
export async function hashPassword(password: string, random: RandomBytes): Promise<string> {
  if (running >= AT_ONCE_MAX) await new Promise<void>((turn) => waiting.push(turn))
  else running += 1
  try {
    return await hash(password, { ...COST, salt: random(SALT_BYTES) })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}
