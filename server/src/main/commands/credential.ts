import { randomBytes } from 'node:crypto'
import {
  type CredentialOutcome,
  createCredential,
  disableCredential,
  listCredentials,
  requireMessageSignatures,
  rotateCredential,
} from '../../accounts/index.ts'
import { type Database, openDatabase } from '../../platform/index.ts'
import { needDatabaseUrl, openVaultFor, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { print, table } from './output.ts'

interface Shared {
  readonly databaseUrl?: string
  readonly environment: string
  readonly json?: boolean
}
interface Sealed extends Shared {
  readonly keyFile?: string
}

interface Wish extends Sealed {
  readonly account: string
  readonly name: string
  readonly store?: string[]
  readonly rateLimit?: number
  readonly strict?: boolean
  readonly signMinified?: boolean
  readonly messageSignatures?: boolean
  readonly webContext?: string
  readonly importKey?: string
  readonly importSecret?: string
}

const random = (size: number) => randomBytes(size)

export async function create(wish: Wish): Promise<void> {
  const vault = await openVaultFor(readSettings(), { keyFile: wish.keyFile, create: false })
  const made = await withDatabase(wish, (db) =>
    createCredential(db, vault, {
      environment: readEnvironment(wish.environment),
      accountId: wish.account,
      name: wish.name,
      kind: wish.webContext === undefined ? 'partner' : 'mobile',
      storeCodes: wish.store,
      rateLimit: wish.rateLimit,
      strictRequests: wish.strict,
      signMinified: wish.signMinified,
      messageSignaturesOnly: wish.messageSignatures,
      webContext: wish.webContext,
      apiKey: wish.importKey,
      importSecret: wish.importSecret,
      now: Date.now(),
      random,
    }),
  )
  const { credential, secret, warning } = needed(made)
  if (warning !== undefined) process.stderr.write(`${warning}\n`)
  print(
    { ...credential, secret },
    {
      json: wish.json,
      text: () =>
        `API key  ${credential.apiKey}\nSecret   ${secret}\n\nThe secret is shown this once. Keep it where the partner's server can read it.`,
    },
  )
}

export async function list(options: Shared & { account: string }): Promise<void> {
  const credentials = await withDatabase(options, (db) => listCredentials(db, options.account))
  const date = (at: number | undefined) => (at === undefined ? 'never' : new Date(at).toISOString())
  const rows = credentials.map((one) => [
    one.apiKey,
    one.name,
    one.kind,
    one.storeCodes?.join(',') ?? 'all',
    one.disabledAt === undefined ? 'active' : 'disabled',
    date(one.lastUsedAt),
  ])
  print(credentials, {
    json: options.json,
    text: () => table([['API KEY', 'NAME', 'KIND', 'STORES', 'STATE', 'LAST USED'], ...rows]),
  })
}

export async function rotate(apiKey: string, options: Sealed & { overlapHours: number }): Promise<void> {
  const vault = await openVaultFor(readSettings(), { keyFile: options.keyFile, create: false })
  const rotated = await withDatabase(options, (db) =>
    rotateCredential(db, vault, { apiKey, overlapMs: options.overlapHours * 3_600_000, now: Date.now(), random }),
  )
  const { credential, secret } = needed(rotated)
  print(
    { ...credential, secret },
    {
      json: options.json,
      text: () => `Secret   ${secret}\n\nShown this once. The old secret works for ${options.overlapHours} more hours.`,
    },
  )
}

export async function disable(apiKey: string, options: Shared): Promise<void> {
  const credential = needed(await withDatabase(options, (db) => disableCredential(db, { apiKey, now: Date.now() })))
  print(credential, { json: options.json, text: () => `${apiKey} is disabled: it is refused from now on.` })
}

/** `scheme`: message-signatures, or any. Of one credential, or of an account with all it has and will get. */
export async function require(scheme: string, options: Shared & { key?: string; account?: string }): Promise<void> {
  const { key: apiKey, account: accountId } = options
  if (scheme !== 'message-signatures' && scheme !== 'any')
    throw new UsageError(`What can be required is message-signatures, or any; got ${scheme}.`)
  if ((apiKey === undefined) === (accountId === undefined))
    throw new UsageError('Say whose: either --key <api-key> or --account <id>.')
  const whose = apiKey === undefined ? { accountId: accountId ?? '' } : { apiKey }
  const done = needed(await withDatabase(options, (db) => requireMessageSignatures(db, whose, scheme !== 'any')))
  const subject = apiKey ?? `account ${accountId}`
  print(done, {
    json: options.json,
    text: () =>
      done.messageSignaturesOnly
        ? `From now on ${subject} accepts HTTP message signatures (RFC 9421) only.`
        : `From now on ${subject} accepts both ways to sign.`,
  })
}

function needed<T>(outcome: CredentialOutcome<T>): T {
  if (!outcome.ok) throw new UsageError(outcome.message)
  return outcome.value
}

async function withDatabase<T>(options: Shared, work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase({
    url: needDatabaseUrl(options.databaseUrl, readSettings()),
    environment: readEnvironment(options.environment),
    poolSize: 1,
  })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}
