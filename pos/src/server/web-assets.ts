import { createHash } from 'node:crypto'
import { access, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

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
  await bundle(draft)
  // Complete or not there at all; another process that built the same at the same time is as good.
  await rename(draft, built).catch(() => rm(draft, { recursive: true, force: true }))
  await removeOlder(folder, built)
  say(`Screens built in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return built
}

/** Always as for customers: Vite looks at NODE_ENV, and would bundle React's slow half for whoever has another one set. */
async function bundle(outDir: string): Promise<void> {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    const [{ build }, { default: config }] = await Promise.all([import('vite'), import('../../web/bundle.ts')])
    await build({ ...config, configFile: false, logLevel: 'warn', build: { ...config.build, outDir, emptyOutDir: true } })
    await compress(join(outDir, 'assets'))
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}

/** Once here, and not at each request. */
async function compress(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    await writeFile(`${file}.gz`, gzipSync(await readFile(file), { level: 9 }))
  }
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
