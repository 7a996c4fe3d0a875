import type { Queryable } from '../platform/index.ts'

/** A nonce as one credential used it. `expiresAt`: epoch ms of real time. */
export interface UsedNonce {
  readonly accountId: string
  readonly credentialId: string
  readonly nonce: string
  readonly expiresAt: number
}

/** Remembers nonces, and gives those that were not known before. Of one that stands in the list twice, one row is made. */
export function insertNonces(db: Queryable, uses: readonly UsedNonce[]): Promise<Pick<UsedNonce, 'credentialId' | 'nonce'>[]> {
  return db.query(
    'signing-insert-nonces',
    `insert into signature_nonces (account_id, credential_id, nonce, expires_at)
     select u.account_id, u.credential_id, u.nonce, instant(u.expires_at)
     from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[]) as u (account_id, credential_id, nonce, expires_at)
     on conflict do nothing
     returning credential_id as "credentialId", nonce`,
    [
      uses.map((use) => use.accountId),
      uses.map((use) => use.credentialId),
      uses.map((use) => use.nonce),
      uses.map((use) => use.expiresAt),
    ],
  )
}

/** Forgets nonces whose signatures are too old to be accepted. Some minutes' worth at most, so one statement does. */
export async function deleteExpiredNonces(db: Queryable, now: number): Promise<void> {
  await db.query('signing-delete-expired-nonces', 'delete from signature_nonces where expires_at < instant($1)', [now])
}
