import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openBook } from './book.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regulars-book-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('has what was put, in its last form, after another opening', async () => {
  const file = join(folder, 'a.jsonl')
  const book = await openBook<{ id: string; n: number }>(file)
  await Promise.all([1, 2, 3].map((n) => book.put({ id: 'x', n })))
  await book.put({ id: 'y', n: 9 })
  const again = await openBook<{ id: string; n: number }>(file)
  expect([...again.all()]).toEqual([
    { id: 'x', n: 3 },
    { id: 'y', n: 9 },
  ])
  // What was changed twice is kept once.
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(2)
})

it('loses nothing but the torn line when the power fails in the middle of a write', async () => {
  const file = join(folder, 'a.jsonl')
  await (await openBook(file)).put({ id: 'x' })
  await appendFile(file, '{"id":"y","half')
  const book = await openBook(file)
  expect([...book.all()]).toEqual([{ id: 'x' }])
  await book.put({ id: 'z' })
  expect([...(await openBook(file)).all()]).toEqual([{ id: 'x' }, { id: 'z' }])
})

it('is readable by its owner only: phones and names stand in it', async () => {
  const file = join(folder, 'a.jsonl')
  await (await openBook(file)).put({ id: 'x' })
  expect((await stat(file)).mode & 0o077).toBe(0)
})
