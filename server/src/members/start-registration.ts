import { type Database, type Environment, inTransaction, newId, type RandomBytes, type Vault } from '../platform/index.ts'
import { insertMail } from './mail-store.ts'
import { hashPassword } from './password.ts'
import { hashToken, LINK_LIVES_MS, MAIL_EVERY_MS, newToken, type RegistrationDetails } from './registration.ts'
import { findLastMailed, insertRegistration, takeMailing } from './registration-store.ts'
import { verificationMail } from './verification-mail.ts'

export interface RegistrationWish {
  readonly environment: Environment
  readonly account: { readonly accountId: string; readonly name: string }
  /** Where the link leads, without a slash at its end: `https://loyalty.example.com`. */
  readonly publicUrl: string
  readonly details: Omit<RegistrationDetails, 'passwordHash'>
  readonly password?: string
  /** The known member who registers. */
  readonly memberId?: string
  readonly now: number
  readonly random: RandomBytes
}

/**
 * Sends someone the link that completes their registration: the registration and its mail are written in one transaction. Does nothing
 * when the address was mailed in the last ten minutes, also for calls at the same instant: the link that is on its way stays as it is, so
 * that nobody can slip another password or phone under a mail already sent.
 */
export async function startRegistration(db: Database, vault: Vault, wish: RegistrationWish): Promise<void> {
  const { account, now, random } = wish
  const mailedBefore = now - MAIL_EVERY_MS
  const lastMailed = await findLastMailed(db, account.accountId, wish.details.email)
  if (lastMailed !== undefined && lastMailed > mailedBefore) return

  const passwordHash = wish.password === undefined ? undefined : await hashPassword(wish.password, random)
  const token = newToken(wish.environment, random)
  await inTransaction(db, async (tx) => {
    if (!(await takeMailing(tx, account.accountId, wish.details.email, { now, mailedBefore }))) return
    await insertRegistration(
      tx,
      vault,
      {
        registrationId: newId(now, random),
        accountId: account.accountId,
        details: { ...wish.details, ...(passwordHash !== undefined && { passwordHash }) },
        ...(wish.memberId !== undefined && { memberId: wish.memberId }),
        createdAt: now,
        expiresAt: now + LINK_LIVES_MS,
      },
      hashToken(token),
    )
    const link = `${wish.publicUrl}/verify-email?token=${token}`
    await insertMail(tx, vault, newId(now, random), verificationMail({ ...wish.details, brand: account.name, link }))
  })
}
