import type { OrderDesk } from '../orders/index.ts'
import type { Database, Environment, Logger, RandomBytes, ReceivedMail, Vault } from '../platform/index.ts'
import type { ProgramShelf } from '../programs/index.ts'
import type { Authenticator, RateLimiter } from '../signing/index.ts'
import type { Gate } from './gate.ts'
import type { RequestLog } from './request-log.ts'
import type { SignatureClinic } from './signature-clinic.ts'

/** What one environment's requests are served with. */
export interface Branch {
  readonly environment: Environment
  readonly db: Database
  readonly shelf: ProgramShelf
  readonly orders: OrderDesk
}

/** What the routes are made of; put together once, by `createApp`. */
export interface AppContext {
  readonly branches: Partial<Record<Environment, Branch>>
  readonly authenticator: Authenticator
  readonly rateLimiter: RateLimiter
  readonly claimLimiter: RateLimiter
  readonly gate: Gate
  readonly vault: Vault
  readonly log: Logger
  readonly requestLog: RequestLog
  readonly signatureClinic: SignatureClinic
  /** The machine's clock, epoch ms. */
  readonly now: () => number
  readonly random: RandomBytes
  /** Where links in mail lead. */
  readonly publicUrl: () => string
  /** Scheme and host by which clients call this server, where they are not what the Host header says, as behind a proxy. */
  readonly origins: () => readonly string[] | undefined
  /** The mail that `dev` has received; absent elsewhere. */
  readonly mailbox?: () => readonly ReceivedMail[]
  /** Whether requests are served: not before the schema is current; `draining` while balancers learn that the process is ending, `closed` afterwards. */
  readonly serving: () => 'starting' | 'yes' | 'draining' | 'closed'
}

/** The branch a caller or token belongs to. */
export function branchOf(context: AppContext, environment: Environment): Branch {
  const branch = context.branches[environment]
  if (!branch) throw new Error(`this server does not serve ${environment}`)
  return branch
}
