import { createHash, timingSafeEqual } from 'node:crypto'
import type { Queryable, RandomBytes } from '../platform/index.ts'
import { claimAdminTokenHash, findAdminTokenHash, updateAdminTokenHash } from './store.ts'

const TOKEN_BYTES = 32

/**
 * Sees to it that the environment has an administration token. Only its hash is kept.
 * @param wish `token`: the one that must be in force (any other ends); without it one is made, unless there is one.
 * @returns the token in force, or undefined when there was one that only its owner knows.
 */
export async function ensureAdminToken(
  db: Queryable,
  wish: { token?: string; random: RandomBytes },
): Promise<string | undefined> {
  if (wish.token !== undefined) {
    if (!(await isAdminToken(db, wish.token))) await updateAdminTokenHash(db, hashOf(wish.token))
    return wish.token
  }
  const token = Buffer.from(wish.random(TOKEN_BYTES)).toString('base64url')
  return (await claimAdminTokenHash(db, hashOf(token))) ? token : undefined
}

/** Whether this is the environment's administration token, compared in constant time. */
export async function isAdminToken(db: Queryable, token: string): Promise<boolean> {
  const kept = await findAdminTokenHash(db)
  return kept !== undefined && timingSafeEqual(Buffer.from(kept, 'hex'), Buffer.from(hashOf(token), 'hex'))
}

/** A plain hash is enough for 256 random bits: there is nothing to guess. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
