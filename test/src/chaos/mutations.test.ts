import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { broken, MUTATIONS } from './mutation-list.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** `npm run chaos:mutations` is run seldom; what it breaks is rewritten often. */
it.each(MUTATIONS)('can still break: $breaks', (mutation) => {
  const text = readFileSync(join(ROOT, mutation.file), 'utf8')
  expect(broken(mutation, text), `${mutation.file} does not have this once: ${mutation.from}`).not.toBe(undefined)
})

/** A function of the database is written anew by whichever migration changes it, and the last one counts. */
it.each(MUTATIONS.filter(({ file }) => file.endsWith('.sql')))('breaks what runs: $breaks', ({ file, from }) => {
  const folder = join(ROOT, dirname(file))
  const later = readdirSync(folder).filter((name) => name > basename(file))
  expect(later.filter((name) => readFileSync(join(folder, name), 'utf8').includes(from))).toEqual([])
})
