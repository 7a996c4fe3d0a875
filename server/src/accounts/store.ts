import type { Queryable, Tx } from '../platform/index.ts'
import type { Credential, CredentialKind } from './credential.ts'

interface CredentialRow {
  account_id: string
  credential_id: string
  api_key: string
  name: string
  kind: CredentialKind
  web_context: string | null
  sealed_secret: string
  previous_sealed_secret: string | null
  previous_valid_until: string | null
  store_codes: string[] | null
  sign_minified: boolean
  strict_requests: boolean
  message_signatures_only: boolean
  rate_limit: number | null
  disabled_at: string | null
  version: number
  created_at: string
  last_used_at: string | null
}

const CREDENTIAL_COLUMNS = `account_id, credential_id, api_key, name, kind, web_context, sealed_secret, previous_sealed_secret,
  ms(previous_valid_until) as previous_valid_until, store_codes, sign_minified, strict_requests, rate_limit, ms(disabled_at) as disabled_at,
  message_signatures_only or (select a.message_signatures_only from accounts a where a.account_id = credentials.account_id) as message_signatures_only,
  version, ms(created_at) as created_at, ms(last_used_at) as last_used_at`

export async function findCredentialByKey(db: Queryable, apiKey: string): Promise<Credential | undefined> {
  const [row] = await db.query<CredentialRow>(
    'accounts-find-credential',
    `select ${CREDENTIAL_COLUMNS} from credentials where api_key = $1`,
    [apiKey],
  )
  return row && toCredential(row)
}

export async function listCredentialsOf(db: Queryable, accountId: string): Promise<Credential[]> {
  const rows = await db.query<CredentialRow>(
    'accounts-list-credentials',
    `select ${CREDENTIAL_COLUMNS} from credentials where account_id = $1 order by created_at, credential_id`,
    [accountId],
  )
  return rows.map(toCredential)
}

/** False when the API key or the web context is taken. */
export async function insertCredential(db: Queryable, credential: Credential): Promise<boolean> {
  const rows = await db.query(
    'accounts-insert-credential',
    `insert into credentials (account_id, credential_id, api_key, name, kind, web_context, sealed_secret, store_codes, sign_minified,
       strict_requests, rate_limit, created_at, message_signatures_only)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, instant($12), $13)
     on conflict do nothing returning credential_id`,
    [
      credential.accountId,
      credential.credentialId,
      credential.apiKey,
      credential.name,
      credential.kind,
      credential.webContext ?? null,
      credential.sealedSecret,
      credential.storeCodes ?? null,
      credential.signMinified,
      credential.strictRequests,
      credential.rateLimit ?? null,
      credential.createdAt,
      credential.messageSignaturesOnly,
    ],
  )
  return rows.length === 1
}

/** Undefined when the credential is disabled or absent. */
export async function updateSecret(
  db: Queryable,
  accountId: string,
  rotation: { credentialId: string; sealedSecret: string; previousValidUntil: number },
): Promise<Credential | undefined> {
  const [row] = await db.query<CredentialRow>(
    'accounts-update-secret',
    `update credentials
     set previous_sealed_secret = sealed_secret, previous_valid_until = instant($4), sealed_secret = $3, version = version + 1
     where account_id = $1 and credential_id = $2 and disabled_at is null
     returning ${CREDENTIAL_COLUMNS}`,
    [accountId, rotation.credentialId, rotation.sealedSecret, rotation.previousValidUntil],
  )
  return row && toCredential(row)
}

/** Keeps the instant of the first disabling. */
export async function updateDisabled(
  db: Queryable,
  accountId: string,
  credentialId: string,
  now: number,
): Promise<Credential | undefined> {
  const [row] = await db.query<CredentialRow>(
    'accounts-update-disabled',
    `update credentials set disabled_at = coalesce(disabled_at, instant($3)), version = version + 1
     where account_id = $1 and credential_id = $2
     returning ${CREDENTIAL_COLUMNS}`,
    [accountId, credentialId, now],
  )
  return row && toCredential(row)
}

/** Of one credential. Undefined when it is absent. */
export async function updateMessageSignaturesOnly(
  db: Queryable,
  accountId: string,
  credentialId: string,
  only: boolean,
): Promise<Credential | undefined> {
  const [row] = await db.query<CredentialRow>(
    'accounts-update-message-signatures-only',
    `update credentials set message_signatures_only = $3, version = version + 1 where account_id = $1 and credential_id = $2
     returning ${CREDENTIAL_COLUMNS}`,
    [accountId, credentialId, only],
  )
  return row && toCredential(row)
}

/** Of an account. The version of all its credentials rises, so that every server learns of it; false when the account is absent. */
export async function updateAccountMessageSignaturesOnly(tx: Tx, accountId: string, only: boolean): Promise<boolean> {
  const rows = await tx.query(
    'accounts-update-account-message-signatures-only',
    'update accounts set message_signatures_only = $2 where account_id = $1 returning account_id',
    [accountId, only],
  )
  await tx.query('accounts-raise-versions', 'update credentials set version = version + 1 where account_id = $1', [accountId])
  return rows.length === 1
}

/** Does not raise the version: nobody must learn of it. */
export async function updateLastUsed(
  db: Queryable,
  uses: readonly { credentialId: string; accountId: string; at: number }[],
): Promise<void> {
  await db.query(
    'accounts-update-last-used',
    `update credentials c set last_used_at = greatest(c.last_used_at, instant(u.at))
     from unnest($1::text[], $2::uuid[], $3::bigint[]) as u (account_id, credential_id, at)
     where c.account_id = u.account_id and c.credential_id = u.credential_id`,
    [uses.map((use) => use.accountId), uses.map((use) => use.credentialId), uses.map((use) => use.at)],
  )
}

export async function accountExists(db: Queryable, accountId: string): Promise<boolean> {
  const rows = await db.query('accounts-account-exists', 'select 1 from accounts where account_id = $1', [accountId])
  return rows.length === 1
}

export async function findAdminTokenHash(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ hash: string | null }>(
    'accounts-find-admin-token',
    'select admin_token_hash as hash from environment where id = 1',
    [],
  )
  return row?.hash ?? undefined
}

/** Sets the hash where there is none, and says whether it did. */
export async function claimAdminTokenHash(db: Queryable, hash: string): Promise<boolean> {
  const rows = await db.query(
    'accounts-claim-admin-token',
    'update environment set admin_token_hash = $1 where id = 1 and admin_token_hash is null returning id',
    [hash],
  )
  return rows.length === 1
}

export async function updateAdminTokenHash(db: Queryable, hash: string): Promise<void> {
  await db.query('accounts-update-admin-token', 'update environment set admin_token_hash = $1 where id = 1', [hash])
}

export async function findClock(db: Queryable): Promise<number | null> {
  const [row] = await db.query<{ at: string | null }>(
    'accounts-find-clock',
    'select ms(clock_at) as at from environment where id = 1',
    [],
  )
  return row?.at ? Number(row.at) : null
}

export async function updateClock(db: Queryable, instant: number | null): Promise<void> {
  await db.query('accounts-update-clock', 'update environment set clock_at = instant($1) where id = 1', [instant])
}

function toCredential(row: CredentialRow): Credential {
  return {
    accountId: row.account_id,
    credentialId: row.credential_id,
    apiKey: row.api_key,
    name: row.name,
    kind: row.kind,
    ...(row.web_context !== null && { webContext: row.web_context }),
    sealedSecret: row.sealed_secret,
    ...(row.previous_sealed_secret !== null &&
      row.previous_valid_until !== null && {
        previous: { sealedSecret: row.previous_sealed_secret, validUntil: Number(row.previous_valid_until) },
      }),
    ...(row.store_codes !== null && { storeCodes: row.store_codes }),
    signMinified: row.sign_minified,
    strictRequests: row.strict_requests,
    messageSignaturesOnly: row.message_signatures_only,
    ...(row.rate_limit !== null && { rateLimit: row.rate_limit }),
    ...(row.disabled_at !== null && { disabledAt: Number(row.disabled_at) }),
    version: row.version,
    createdAt: Number(row.created_at),
    ...(row.last_used_at !== null && { lastUsedAt: Number(row.last_used_at) }),
  }
}
