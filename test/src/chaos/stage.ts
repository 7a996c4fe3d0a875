import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { regulars, type Started, startProcess, writeProgram } from '../command.ts'
import { houseProgram, type ProgramFile } from '../programs.ts'
import { type Line, type Mishap, openLine } from './line.ts'
import type { Random } from './random.ts'
import { type SlowSmtp, startSlowSmtp } from './slow-smtp.ts'

/** A server under test: its process, the line that leads to it, and its own line to the database. */
export interface Server {
  readonly name: string
  process: Started
  readonly line: Line
  readonly database: Line
}

/**
 * Real processes and nothing else: the keeper (`regulars dev`: it runs PostgreSQL and the background work), two servers (`regulars serve`), a slow mail
 * server, and lines between all of them.
 */
export interface Stage {
  readonly folder: string
  readonly dataDir: string
  readonly databaseUrl: string
  readonly credential: { readonly apiKey: string; readonly secret: string; readonly accountId: string }
  readonly adminToken: string
  readonly smtp: SlowSmtp
  readonly servers: readonly [Server, Server]
  keeper: Started
  /** The data is on a small file system of its own, so that its disk can be filled. */
  readonly diskIsSmall: boolean
  startKeeper(): Promise<Started>
  startServer(server: Pick<Server, 'name' | 'database'>): Promise<Started>
  close(): Promise<void>
}

/** So small that a fault fills it at once, and large enough for what a run writes: an hour on a disk of 1,200 MB ended in a full one that no fault had made. */
const DISK_MB = (minutes: number) => 1_200 + 40 * Math.ceil(minutes)
/** Few, so that a burst exhausts them. */
const POOL_SIZE = '4'
const SMTP_REPLY_MS = 300

/**
 * The program's versions of a run differ in this alone, so that an answer shows which one it came from. What is sold on the web (by the tills on the SDK, which see no
 * answer of what they queued) earns the same under both.
 */
export function chaosProgram(multiply: 1 | 2): ProgramFile {
  return houseProgram({
    rewards: {
      'ten-percent': { label: '10% Off', offer: 'discount', percent: 10, max: '3.00', points: 1_000_000, code: '10PCT' },
    },
    ...(multiply === 2 && { campaigns: { double: { trigger: 'order', when: { sources: ['instore'] }, do: [{ multiply: 2 }] } } }),
  })
}

export async function setStage(options: {
  readonly minutes: number
  readonly random: Random
  readonly mishapChance: number
  readonly count: (mishap: Mishap | 'migration_race') => void
}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'regulars-chaos-'))
  const dataDir = join(folder, 'data')
  await mkdir(dataDir)
  const diskIsSmall = mountSmallDisk(dataDir, DISK_MB(options.minutes))
  const smtp = await startSlowSmtp(SMTP_REPLY_MS)
  const programFile = await writeProgram(folder, chaosProgram(1))
  const startKeeper = () =>
    startProcess(['dev', '--port', '0', '--data-dir', dataDir, '--program', programFile], folder, { SMTP_URL: smtp.url })
  const keeper = await startKeeper()
  const { databaseUrl = '', apiKey = '', secret = '', accountId = '', adminToken = '' } = keeper.ready
  const databasePort = Number(new URL(databaseUrl).port)
  const startServer: Stage['startServer'] = ({ name, database }) =>
    startProcess(
      ['serve', '--port', '0', '--host', '127.0.0.1', '--key-file', join(dataDir, 'master.key')],
      folder,
      {
        DATABASE_URL: withPort(databaseUrl, database.port),
        SMTP_URL: smtp.url,
        REGULARS_POOL_SIZE: POOL_SIZE,
        LOG_LEVEL: 'error',
      },
      name,
    )
  // Both find that the live environment has no schema yet, at the same instant.
  const servers = await Promise.all(
    ['serve-a', 'serve-b'].map(async (name): Promise<Server> => {
      const database = await openLine({ target: databasePort })
      const process = await startServer({ name, database })
      const mishaps = { random: options.random.fork(), chance: options.mishapChance, count: options.count }
      const line = await openLine({ target: portOf(process), mishaps })
      return { name, process, line, database }
    }),
  )
  options.count('migration_race')
  const stage: Stage = {
    folder,
    dataDir,
    databaseUrl,
    credential: { apiKey, secret, accountId },
    adminToken,
    smtp,
    servers: servers as unknown as readonly [Server, Server],
    keeper,
    diskIsSmall,
    startKeeper,
    startServer,
    async close() {
      for (const { line, database, process } of stage.servers) {
        line.close()
        await process.kill()
        database.close()
      }
      await stage.keeper.stop().catch(() => stage.keeper.kill())
      smtp.close()
      if (diskIsSmall) execFileSync('umount', ['--lazy', dataDir])
      await rm(folder, { recursive: true, force: true })
    },
  }
  return stage
}

export const portOf = ({ ready }: Started): number => Number(new URL(ready.url ?? '').port)

/** The process that PostgreSQL's own file names; undefined while none runs. */
export async function postgresPid(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'pg', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return Number.isNaN(pid) ? undefined : pid
}

/** What `regulars verify` found; rejects with its words when anything is wrong. */
export async function verifyLedger({ databaseUrl }: Pick<Stage, 'databaseUrl'>): Promise<string> {
  const { code, stdout, stderr } = await regulars(['verify', '--database-url', databaseUrl])
  if (code !== 0) throw new Error(`verify found the ledger wrong:\n${stdout}${stderr}`)
  return stdout
}

/** How often a member's wallet was written; asked for until PostgreSQL is there. */
export async function walletVersion({ databaseUrl }: Pick<Stage, 'databaseUrl'>, member: string): Promise<number> {
  const until = Date.now() + 60_000
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl })
    client.on('error', () => {})
    try {
      await client.connect()
      const { rows } = await client.query<{ version: string }>('select version from regulars_test.wallets where member_id = $1', [
        member,
      ])
      return Number(rows[0]?.version ?? 0)
    } catch (fault) {
      if (Date.now() > until) throw fault
      await sleep(50)
    } finally {
      await client.end().catch(() => {})
    }
  }
}

/** Takes an administrator's rights; without them the disk is as large as the machine's, and stays as it is. */
function mountSmallDisk(folder: string, sizeMb: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function withPort(url: string, port: number): string {
  const address = new URL(url)
  address.hostname = '127.0.0.1'
  address.port = String(port)
  return address.href
}
