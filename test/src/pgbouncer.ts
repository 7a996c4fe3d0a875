import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPgbouncer } from '../../scripts/find-program.ts'

/** A PgBouncer in transaction mode, as ops/pgbouncer.ini has it, before a PostgreSQL on this machine. */
export interface Pgbouncer {
  /** The address for `REGULARS_POOLER_URL`, with the password. */
  readonly url: string
  start(): Promise<void>
  /** Ends it at once: every connection through it is cut. */
  stop(): Promise<void>
  remove(): Promise<void>
}

const POOLER_PASSWORD = 'a-password-of-the-pooler'
const CONFIGURATION = join(import.meta.dirname, '..', '..', 'ops', 'pgbouncer.ini')
const START_MS = 15_000

export async function preparePgbouncer(settings: {
  databaseUrl: string
  poolSize: number
  port: number
  users: readonly string[]
}): Promise<Pgbouncer> {
  const program = findPgbouncer()
  if (program === undefined)
    throw new Error(
      'There is no PgBouncer: apt-get install pgbouncer, or name one in REGULARS_PGBOUNCER. npm test installs it as root.',
    )
  const { port, poolSize, users } = settings
  const folder = await mkdtemp(join(tmpdir(), 'regulars-pgbouncer-'))
  // It refuses to be root, and reads these as somebody else.
  await chmod(folder, 0o755)
  const { hostname, port: databasePort, pathname } = new URL(settings.databaseUrl)
  // A second [pgbouncer] would set back to the defaults what the first one has said, so the file that is included ends with that section.
  const ini = [
    `%include ${CONFIGURATION}`,
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    `auth_file = ${join(folder, 'userlist.txt')}`,
    `default_pool_size = ${poolSize}`,
    '[databases]',
    `regulars = host=${hostname} port=${databasePort} dbname=${pathname.slice(1)}`,
  ]
  await writeFile(join(folder, 'userlist.txt'), `${users.join('\n')}\n`)
  await writeFile(join(folder, 'pgbouncer.ini'), `${ini.join('\n')}\n`)
  let child: ChildProcess | undefined
  let output = ''

  const stop = async () => {
    const ended = child
    child = undefined
    if (!ended || ended.exitCode !== null || ended.signalCode !== null) return
    const closed = new Promise((resolve) => ended.once('close', resolve))
    // SIGTERM would do until 1.22; from 1.23 on it waits until every client has gone.
    ended.kill('SIGKILL')
    await closed
  }
  return {
    url: poolerUrl(port),
    async start() {
      const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
      const started = spawn(program, [...asNobody, join(folder, 'pgbouncer.ini')], { stdio: ['ignore', 'pipe', 'pipe'] })
      child = started
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString()
        })
      for (const deadline = Date.now() + START_MS; ; await sleep(25)) {
        if (started.exitCode !== null || Date.now() > deadline) throw new Error(`PgBouncer did not start:\n${output}`)
        if (await answers(port)) return
      }
    },
    stop,
    async remove() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const poolerUrl = (port: number): string => `postgres://:${POOLER_PASSWORD}@127.0.0.1:${port}/regulars`

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
