import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { broken, MUTATIONS } from './mutation-list.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** `npm run chaos:mutations` is run seldom; what it breaks is rewritten often. */
it.each(MUTATIONS)('can still break: $breaks', (mutation) => {
  const text = readFileSync(join(ROOT, mutation.file), 'utf8')
  expect(broken(mutation, text), `${mutation.file} does not have this once: ${mutation.from}`).not.toBe(undefined)
})
