import { UsageError } from './errors.ts'
import { type Journal, memoryJournal } from './journal.ts'
import type { Hooks, Logger } from './observe.ts'

type Environment = 'test' | 'live'

/** What a client is made of. */
export interface RegularsOptions {
  /** The public id of the credential. */
  readonly apiKey: string
  /** The shared secret as it was issued (base64). It never leaves the process and stands in no log. */
  readonly secret: string
  /** The account's number; it is what `brand` carries. */
  readonly accountId: string
  /** Where the server is: `https://loyalty.example.com`, with a path in front of `/loyalty` where a proxy asks for one. */
  readonly baseUrl?: string
  /** Refuses a key of the other environment; with `hosts`, chooses the address. */
  readonly environment?: Environment
  /** The addresses of the two environments, where `environment` chooses. */
  readonly hosts?: Readonly<Partial<Record<Environment, string>>>
  /** Where a proxy takes a part of the path away (or adds one): the part before `/loyalty` as the server sees it, such as `''`. */
  readonly pathAtServer?: string
  /** For each attempt; 10 seconds. */
  readonly timeoutMs?: number
  /** How often a call that is safe to repeat is tried again; 2. */
  readonly retries?: number
  /** Keeps sessions and the outbox; `fileJournal(folder)` of `@regulars/sdk/node` survives a crash, the default does not. */
  readonly journal?: Journal
  /** In place of the global one. */
  readonly fetch?: typeof fetch
  readonly hooks?: Hooks
  /** `console` will do. Personal data, secrets and signatures are never written. */
  readonly logger?: Logger
}

/** Options that hold together. */
export interface Settings {
  readonly apiKey: string
  readonly secret: string
  readonly accountId: string
  readonly origin: string
  /** The path in front of `/loyalty`, as it is sent and as it is signed. */
  readonly prefix: string
  readonly signedPrefix: string
  readonly timeoutMs: number
  readonly retries: number
  readonly journal: Journal
  readonly fetch: typeof fetch
  readonly hooks: Hooks
  readonly logger: Logger | undefined
}

/** Options as they may come from a settings file: each is looked at, and what is wrong is said before anything is sent. */
export function readSettings(options: RegularsOptions): Settings {
  const { apiKey, secret, accountId } = options ?? {}
  for (const [name, value] of Object.entries({ apiKey, secret, accountId })) {
    if (typeof value !== 'string' || value.trim() === '')
      wrong(`${name} is missing. It must be a text, as it came with the credential.`)
    if (value !== value.trim()) wrong(`${name} has a blank or a line break at its start or end. Take it away.`)
  }
  checkEnvironment(apiKey, options.environment)
  const base = readBaseUrl(options)
  const prefix = base.pathname.replace(/\/+$/, '')
  return {
    apiKey,
    secret,
    accountId,
    origin: base.origin,
    prefix,
    signedPrefix: options.pathAtServer?.replace(/\/+$/, '') ?? prefix,
    timeoutMs: wholeNumber('timeoutMs', options.timeoutMs ?? 10_000, 1),
    retries: wholeNumber('retries', options.retries ?? 2, 0),
    journal: options.journal ?? memoryJournal(),
    // Bound: some runtimes refuse a fetch that is called as a method.
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
    hooks: options.hooks ?? {},
    logger: options.logger,
  }
}

function checkEnvironment(apiKey: string, environment: Environment | undefined): void {
  if (environment === undefined) return
  if (environment !== 'test' && environment !== 'live')
    wrong(`environment must be 'test' or 'live'; got '${String(environment)}'.`)
  const ofKey = /^(test|live)_/.exec(apiKey)?.[1]
  if (ofKey === undefined || ofKey === environment) return
  wrong(
    `The API key starts with ${ofKey}_, so it belongs to the ${ofKey} environment, but environment is '${environment}'. Use the ${environment} key with its own secret.`,
  )
}

function readBaseUrl({ baseUrl, environment, hosts }: RegularsOptions): URL {
  const given = baseUrl ?? (environment && hosts?.[environment])
  if (given === undefined) {
    wrong(
      "baseUrl is missing. There is no hosted service: give the address of your loyalty server, such as 'https://loyalty.example.com', or hosts: { test, live } beside environment.",
    )
  }
  let url: URL
  try {
    url = new URL(given)
  } catch {
    wrong(`baseUrl must be an address such as https://loyalty.example.com; got '${String(given)}'.`)
  }
  if (!/^https?:$/.test(url.protocol)) wrong(`baseUrl must start with https:// (or http://); got '${url.protocol}'.`)
  if (url.username !== '' || url.password !== '')
    wrong('baseUrl holds a user name or password. Take them away: requests are signed.')
  if (url.search !== '' || url.hash !== '') wrong('baseUrl holds a query or a fragment. It must end with the host or a path.')
  if (/\/loyalty\/?$/.test(url.pathname)) wrong("baseUrl ends with '/loyalty', which the SDK adds itself. Leave it out.")
  return url
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  return wrong(`${name} must be a whole number of at least ${least}; got ${String(value)}.`)
}

function wrong(message: string): never {
  throw new UsageError(message, { reason: 'settings' })
}
