import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A text file of ours. */
export interface HouseFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly lines: readonly string[]
}

const NOT_OURS = new Set(['node_modules', '.git', '.data', 'dist', 'coverage', '.stryker'])
const TEXT = /(\.(ts|js|cjs|json|sql|md|yaml|yml)|^run|^\.npmrc|^LICENSE)$/

/** Every text file of the repository but the lock file, which npm writes. */
export function readHouse(root: string = ROOT): HouseFile[] {
  return walk(root)
    .filter((path) => TEXT.test(path.slice(path.lastIndexOf('/') + 1)) && !path.endsWith('package-lock.json'))
    .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n') }))

  function walk(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (NOT_OURS.has(entry.name)) return []
      const path = join(folder, entry.name)
      return entry.isDirectory() ? walk(path) : [relative(root, path).replaceAll('\\', '/')]
    })
  }
}
