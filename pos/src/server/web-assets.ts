import { createHash } from 'node:crypto'
import { access, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const WEB = join(import.meta.dirname, '..', '..', 'web')
const BESIDE = [join(import.meta.dirname, '..', 'api.ts'), join(import.meta.dirname, '..', '..', 'package.json')]

/**
 * The built screens, in a folder named by the content that they were built from: built when there is none yet (two seconds), else used as they are.
 * They are built into the data folder, which can be written in any case; the sources may be read-only.
 */
export async function buildScreens(folder: string, say: (text: string) => void): Promise<string> {
  const hash = await hashSources()
  const built = join(folder, `web-${hash}`)
  if (
    await access(built).then(
      () => true,
      () => false,
    )
  )
    return built
  say('Building the screens (once)')
  const started = performance.now()
  const draft = await mkdtemp(join(folder, 'web-draft-'))
  const [{ build }, { default: config }] = await Promise.all([import('vite'), import('../../web/vite.config.ts')])
  await build({ ...config, configFile: false, logLevel: 'warn', build: { ...config.build, outDir: draft, emptyOutDir: true } })
  // Complete or not there at all; another process that built the same at the same time is as good.
  await rename(draft, built).catch(() => rm(draft, { recursive: true, force: true }))
  await removeOlder(folder, built)
  say(`Screens built in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return built
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(WEB, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const file of [...files.sort(), ...BESIDE]) hash.update(file.slice(WEB.length)).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

async function removeOlder(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^web-[0-9a-f]{16}$/.test(name) && join(folder, name) !== kept)
      await rm(join(folder, name), { recursive: true, force: true })
  }
}
