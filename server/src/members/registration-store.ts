import type { Queryable, Tx, Vault } from '../platform/index.ts'
import { emailKey } from './member.ts'
import { type Registration, type RegistrationDetails, registrationContext } from './registration.ts'

interface RegistrationRow {
  registration_id: string
  account_id: string
  account_name: string
  member_id: string | null
  sealed_details: string
  created_at: string
  expires_at: string
  opened_at: string | null
}

/** When this address was last sent a verification mail for this account. */
export async function findLastMailed(db: Queryable, accountId: string, email: string): Promise<number | undefined> {
  const [row] = await db.query<{ at: string }>(
    'members-find-last-mailed',
    'select ms(mailed_at) as at from verification_mails where account_id = $1 and email = $2',
    [accountId, emailKey(email)],
  )
  return row && Number(row.at)
}

/** Takes the right to mail this address now. Of calls at the same time one gets it; false when somebody had it after `mailedBefore`. */
export async function takeMailing(
  tx: Tx,
  accountId: string,
  email: string,
  { now, mailedBefore }: { now: number; mailedBefore: number },
) {
  const rows = await tx.query(
    'members-take-mailing',
    `insert into verification_mails (account_id, email, mailed_at) values ($1, $2, instant($3))
     on conflict (account_id, email) do update set mailed_at = excluded.mailed_at where verification_mails.mailed_at <= instant($4)
     returning email`,
    [accountId, emailKey(email), now, mailedBefore],
  )
  return rows.length === 1
}

export async function insertRegistration(tx: Tx, vault: Vault, registration: Registration, tokenHash: string): Promise<void> {
  const { registrationId, details } = registration
  await tx.query(
    'members-insert-registration',
    `insert into registrations (registration_id, token_hash, account_id, email, phone, member_id, sealed_details, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, instant($8), instant($9))`,
    [
      registrationId,
      tokenHash,
      registration.accountId,
      emailKey(details.email),
      details.phone ?? null,
      registration.memberId ?? null,
      vault.seal(JSON.stringify(details), registrationContext(registrationId)),
      registration.createdAt,
      registration.expiresAt,
    ],
  )
}

/** Locks the registration of a link for the rest of the transaction, so that opening it twice at once does its work once. */
export async function lockRegistration(
  tx: Tx,
  vault: Vault,
  tokenHash: string,
): Promise<{ registration: Registration; accountName: string } | undefined> {
  const [row] = await tx.query<RegistrationRow>(
    'members-lock-registration',
    `select r.registration_id, r.account_id, a.name as account_name, r.member_id, r.sealed_details, ms(r.created_at) as created_at,
       ms(r.expires_at) as expires_at, ms(r.opened_at) as opened_at
     from registrations r join accounts a on a.account_id = r.account_id
     where r.token_hash = $1 for update of r`,
    [tokenHash],
  )
  return row && { registration: toRegistration(row, vault), accountName: row.account_name }
}

export async function updateOpened(tx: Tx, registrationId: string, opened: { memberId: string; now: number }): Promise<void> {
  await tx.query(
    'members-update-opened',
    'update registrations set opened_at = instant($3), member_id = $2 where registration_id = $1',
    [registrationId, opened.memberId, opened.now],
  )
}

function toRegistration(row: RegistrationRow, vault: Vault): Registration {
  return {
    registrationId: row.registration_id,
    accountId: row.account_id,
    details: JSON.parse(vault.open(row.sealed_details, registrationContext(row.registration_id))) as RegistrationDetails,
    ...(row.member_id !== null && { memberId: row.member_id }),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    ...(row.opened_at !== null && { openedAt: Number(row.opened_at) }),
  }
}
