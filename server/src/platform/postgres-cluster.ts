import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Account, isReachable, postgresAccount } from './postgres-account.ts'
import { type Binaries, findBinaries } from './postgres-binaries.ts'
import { readOrCreateSecret, readSecret } from './secret-file.ts'

/** A folder of PostgreSQL's files, and what is needed to run them. */
export interface Cluster {
  readonly data: string
  readonly account: Account | null
  readonly binaries: Binaries
  /** Of the user `regulars`, for connections over TCP. */
  readonly password: string
  readonly logFile: string
  /** Where the processes that use the running server are listed. */
  readonly usersDir: string
}

export const USER = 'regulars'

/** A folder that an interrupted first start left behind is in nobody's way for so long. */
const DRAFT_KEPT_MS = 600_000

/** Finds or makes `<dataDir>/pg`, made with the major that is wanted. Of two processes that come at once one makes it, and both use it. */
export async function prepareCluster(dataDir: string, log: (text: string) => void, wanted?: number): Promise<Cluster> {
  await mkdir(resolve(dataDir), { recursive: true })
  const home = await realpath(dataDir)
  const data = join(home, 'pg')
  const account = await postgresAccount(data)
  await requireWay(home, account)
  let major = await readMajor(data)
  const binaries = await findBinaries(account, major ?? wanted)
  if (major === undefined) {
    log(`making a PostgreSQL ${binaries.major} cluster in ${data}`)
    await makeCluster(home, data, binaries, account)
    // Another process may have been first, with another version.
    major = await readMajor(data)
    if (major !== binaries.major) return prepareCluster(dataDir, log, wanted)
  }
  const password = await readPassword(join(home, 'pg-password'))
  return { data, account, binaries, password, logFile: join(home, 'pg.log'), usersDir: join(home, 'pg-users') }
}

/**
 * Runs a program of PostgreSQL on a folder. As root it runs as another account, which may have no way there (below /root, below a private temporary
 * folder): on Linux it is handed the open folder, and what is open needs no way. Only then does the folder's name not stand in the command.
 */
export async function spawnOn(
  data: string,
  { binaries, account }: Pick<Cluster, 'binaries' | 'account'>,
  program: { name: 'initdb' | 'postgres'; settings: readonly string[]; output: 'pipe' | number },
): Promise<ChildProcess> {
  const folder = account && process.platform === 'linux' ? await open(data) : undefined
  try {
    const child = spawn(join(binaries.bin, program.name), ['-D', folder ? '/proc/self/fd/3' : data, ...program.settings], {
      cwd: '/',
      env: { PATH: process.env.PATH, LANG: 'C', TZ: 'UTC', ...(binaries.lib && { LD_LIBRARY_PATH: binaries.lib }) },
      ...(account && { uid: account.uid, gid: account.gid }),
      // In a process group of its own: Ctrl-C is for us, and we stop the server when nothing needs it any more.
      detached: true,
      stdio: ['ignore', program.output, program.output, ...(folder ? [folder.fd] : [])],
    })
    await new Promise<void>((started, failed) => child.once('spawn', started).once('error', failed))
    return child
  } finally {
    await folder?.close()
  }
}

/** Only Linux has the way in that `spawnOn` takes. */
async function requireWay(home: string, account: Account | null): Promise<void> {
  if (process.platform === 'linux' || (await isReachable(home, account))) return
  throw new Error(
    `PostgreSQL runs as ${account?.name} here (it refuses root), and ${account?.name} cannot reach ${home}. Use --data-dir with a folder outside of ` +
      'private folders, or start as another user.',
  )
}

async function readMajor(data: string): Promise<number | undefined> {
  const version = await readSecret(join(data, 'PG_VERSION'))
  if (version !== undefined) return Number.parseInt(version, 10)
  const found = await readdir(data).catch(() => [])
  if (found.length > 0) throw new Error(`${data} is not empty and not a PostgreSQL cluster: start with another --data-dir`)
  return undefined
}

/** Made under another name, so that a cluster is whole or not there. */
async function makeCluster(home: string, data: string, binaries: Binaries, account: Account | null): Promise<void> {
  await removeOldDrafts(home)
  const draft = await mkdtemp(join(home, 'pg-draft-'))
  try {
    if (account) await chown(draft, account.uid, account.gid)
    await initdb(draft, { binaries, account })
    await rename(draft, data)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

async function removeOldDrafts(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const path = join(home, name)
    const old = name.startsWith('pg-draft-') && Date.now() - (await stat(path)).mtimeMs > DRAFT_KEPT_MS
    if (old) await rm(path, { recursive: true, force: true })
  }
}

async function readPassword(file: string): Promise<string> {
  const password = (await readOrCreateSecret(file, () => `${randomBytes(24).toString('base64url')}\n`)).trim()
  if (password === '') throw new Error(`${file} is empty: remove it, and a new password is made`)
  return password
}

async function initdb(draft: string, cluster: Pick<Cluster, 'binaries' | 'account'>): Promise<void> {
  const settings = [
    '-U',
    USER,
    '--locale=C',
    '--encoding=UTF8',
    '--data-checksums',
    // Whoever commits into a new segment of the log fills it with zeros and flushes it first, and everybody waits (docs/decisions/0055).
    '--wal-segsize=1',
    '--auth-local=trust',
    '--auth-host=scram-sha-256',
  ]
  const child = await spawnOn(draft, cluster, { name: 'initdb', settings, output: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((ended) => child.once('close', ended))
  if (code !== 0) throw new Error(`initdb failed (exit code ${code}):\n${output}`)
}

/** The end of PostgreSQL's log, for an error message. */
export async function readLogEnd(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '')
  return text.split('\n').slice(-12).join('\n')
}
