import { type Credential, environmentOf, findCredential } from '../accounts/index.ts'
import { type Database, ENVIRONMENTS, type Environment, type Logger, type Vault } from '../platform/index.ts'
import { createRateLimiter, debugCredentialSignature, type SuspectCall } from '../signing/index.ts'
import type { RequestLog } from './request-log.ts'

/** A request that was refused with 1004. */
export type Suspect = SuspectCall & { readonly requestId: string; readonly apiKey: string }

/** Looks into wrong signatures after they were answered, one at a time, and writes what it finds to the request log. */
export interface SignatureClinic {
  admit(suspect: Suspect, operation: { method: string; url: string }): void
  /** When nobody waits any more. */
  idle(): Promise<void>
}

/** A diagnosis takes tens of milliseconds, and anybody who knows a key can ask for one: so many a minute and key are enough to find a mistake. */
const PER_MINUTE = 20
/** Who comes while so many wait is not examined. */
const WAITING_MAX = 8

export function createSignatureClinic(parts: {
  databases: Partial<Record<Environment, Database>>
  vault: Vault
  requestLog: RequestLog
  log: Logger
  now: () => number
}): SignatureClinic {
  const { databases, vault, requestLog, log, now } = parts
  const limiter = createRateLimiter({ now, perSecond: PER_MINUTE / 60, burstS: 60 })
  let waiting = 0
  let line: Promise<void> = Promise.resolve()

  return {
    admit(suspect, operation) {
      if (waiting >= WAITING_MAX || !limiter.take({ credentialId: suspect.apiKey }).ok) return
      waiting += 1
      const at = now()
      line = line
        .then(() => examine(suspect, operation, at))
        .catch((error: unknown) =>
          log.warn({ err: error, requestId: suspect.requestId }, 'a wrong signature could not be examined'),
        )
        .finally(() => {
          waiting -= 1
        })
    },
    idle: () => line,
  }

  async function examine(suspect: Suspect, operation: { method: string; url: string }, at: number): Promise<void> {
    const found = await credentialOf(suspect.apiKey)
    if (!found) return
    const { environment, credential } = found
    const diagnosis = await debugCredentialSignature(found.db, vault, { credential, call: suspect, now: at })
    // Headers that cannot be read are refused before any secret is asked, with the problem in the answer.
    if (diagnosis.verdict === 'unreadable') return
    const { mistakes, secretName } = diagnosis
    const names = mistakes.map(({ name }) => name)
    log.info({ requestId: suspect.requestId, apiKey: suspect.apiKey, mistakes: names, secretName }, 'a wrong signature')
    requestLog.add({
      requestId: suspect.requestId,
      at,
      caller: { environment, accountId: credential.accountId, credentialId: credential.credentialId },
      method: operation.method,
      route: operation.url,
      status: 401,
      reason: 'signature_incorrect',
      facts: { mistakes: names, ...(secretName !== undefined && { secret: secretName }) },
      durationUs: 0,
    })
  }

  async function credentialOf(
    apiKey: string,
  ): Promise<{ environment: Environment; db: Database; credential: Credential } | undefined> {
    const named = environmentOf(apiKey)
    for (const environment of named ? [named] : ENVIRONMENTS.toReversed()) {
      const db = databases[environment]
      const credential = db && (await findCredential(db, apiKey))
      if (credential) return { environment, db, credential }
    }
    return undefined
  }
}
