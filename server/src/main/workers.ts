import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readClock } from '../accounts/index.ts'
import { expireLots } from '../ledger/index.ts'
import { sendDueMails } from '../members/index.ts'
import { type Database, type Environment, type Logger, type Mailer, type Metrics, traced, type Vault } from '../platform/index.ts'
import { createProgramShelf } from '../programs/index.ts'
import { exchangeUnits, grantDueCampaigns, warnOfExpiry } from '../rewards/index.ts'
import { deleteExpiredNonces } from '../signing/index.ts'

export type Databases = Partial<Record<Environment, Database>>

const random = (size: number) => randomBytes(size)

interface Work {
  readonly name: string
  readonly everyMs: number
  readonly round: () => Promise<unknown>
}

/** What is done beside the answering of requests. Any number of processes may do it at the same time: leases and versions keep them apart. */
export async function runWorkers(parts: {
  databases: Databases
  vault: Vault
  /** Without one, mail waits in the outbox. */
  mailer?: Mailer
  log: Logger
  metrics?: Metrics
  signal: AbortSignal
}): Promise<void> {
  const { databases, vault, mailer } = parts
  const each = (round: (db: Database) => Promise<unknown>) => () => Promise.all(Object.values(databases).map(round))
  const works: Work[] = [
    { name: 'expiry', everyMs: 60_000, round: each(async (db) => expireLots(db, { now: await nowOf(db), random })) },
    { name: 'exchanges', everyMs: 60_000, round: underPrograms(databases, exchangeUnits) },
    { name: 'due_campaigns', everyMs: 60_000, round: underPrograms(databases, grantDueCampaigns) },
    { name: 'expiry_warnings', everyMs: 60_000, round: underPrograms(databases, warnOfExpiry) },
    { name: 'nonces', everyMs: 60_000, round: each((db) => deleteExpiredNonces(db, Date.now())) },
  ]
  if (mailer) works.push({ name: 'mail', everyMs: 500, round: each((db) => sendDueMails(db, mailer, vault, Date.now())) })
  await Promise.all(works.map((work) => repeat(work, parts)))
}

/** One round after the other, never two at once; a round that fails is told and the next one tries again. */
async function repeat(
  { name, everyMs, round }: Work,
  { log, metrics, signal }: { log: Logger; metrics?: Metrics; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const start = performance.now()
    const ok = await traced(`worker ${name}`, round).then(
      () => true,
      (error: unknown) => {
        log.warn({ err: error, worker: name }, 'background work failed')
        return false
      },
    )
    metrics?.worker(name, { ok, seconds: (performance.now() - start) / 1000, endedAt: Date.now() })
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

/** Programs of one environment are no programs of another, so each has a shelf of its own. */
function underPrograms(
  databases: Databases,
  round: typeof grantDueCampaigns | typeof warnOfExpiry | typeof exchangeUnits,
): () => Promise<unknown> {
  const branches = Object.values(databases).map((db) => ({ db, shelf: createProgramShelf() }))
  return () => Promise.all(branches.map(async ({ db, shelf }) => round(db, { shelf, now: await nowOf(db), random })))
}

/** The environment's time: the test clock where it stands, else the machine's. */
const nowOf = async (db: Database): Promise<number> => (await readClock(db)) ?? Date.now()
