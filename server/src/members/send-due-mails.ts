import { type Database, inTransaction, type Mailer, type Vault } from '../platform/index.ts'
import { claimMail, deleteMail, type LeasedMail, listDueBuckets, updateFailedMail } from './mail-store.ts'

/**
 * Longer than an SMTP conversation takes, so that nobody else sends a mail while we are at it; and no longer than somebody waits for a link when the sender
 * was killed in between. A conversation that does take longer costs a second copy, with the same Message-ID.
 */
const LEASE_MS = 2 * 60 * 1000
/** Ten seconds, twenty, forty …, at most an hour between two attempts. */
const FIRST_RETRY_MS = 10_000
const RETRY_MAX_MS = 60 * 60 * 1000
/** About a day in all: after that the link in the mail has ended too. */
const ATTEMPTS_MAX = 30
/** Mails sent at the same time. */
const LANES = 4

/**
 * Sends what is due in the outbox, and says how much was sent and how much failed. Each mail is claimed in a short transaction, sent while
 * none is open, and removed; a failure is tried again later. If this process dies in between, the lease ends and the mail is sent once
 * more under the same Message-ID: a mail arrives at least once.
 * @param now real time, epoch ms: retries must go on while a test clock stands still.
 */
export async function sendDueMails(
  db: Database,
  mailer: Mailer,
  vault: Vault,
  now: number,
): Promise<{ sent: number; failed: number }> {
  const total = { sent: 0, failed: 0 }
  const buckets = await listDueBuckets(db, now)
  await Promise.all(Array.from({ length: LANES }, () => sendBuckets()))
  return total

  async function sendBuckets(): Promise<void> {
    for (let bucket = buckets.shift(); bucket !== undefined; bucket = buckets.shift()) {
      for (let outcome = await sendNext(bucket); outcome; outcome = await sendNext(bucket)) total[outcome] += 1
    }
  }

  async function sendNext(bucket: number): Promise<'sent' | 'failed' | undefined> {
    const leased = await inTransaction(db, (tx) => claimMail(tx, vault, bucket, { now, until: now + LEASE_MS }))
    if (!leased) return undefined
    const error = await whyNotSent(mailer, leased)
    if (error === undefined) {
      await deleteMail(db, leased)
      return 'sent'
    }
    await updateFailedMail(db, leased, {
      error,
      ...(leased.attempts < ATTEMPTS_MAX && { dueAt: now + retryAfterMs(leased.attempts) }),
    })
    return 'failed'
  }
}

/** Undefined when the mail was taken. An SMTP server's own words are left out: they usually quote the address. */
async function whyNotSent(mailer: Mailer, { mailId, mail }: LeasedMail): Promise<string | undefined> {
  try {
    await mailer.send({ ...mail, id: mailId })
    return undefined
  } catch (error) {
    const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
    return [code, responseCode].filter((part) => part !== undefined).join(' ') || 'the mail could not be sent'
  }
}

function retryAfterMs(attempts: number): number {
  return Math.min(RETRY_MAX_MS, FIRST_RETRY_MS * 2 ** (attempts - 1))
}
