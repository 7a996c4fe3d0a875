import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildScreens } from './web-assets.ts'

/** A phone on the network of a shop has this in about a second. */
const FIRST_LOAD_MAX = 200_000
const SCREENS = {
  register: 'src/screens/register/register.tsx',
  display: 'src/screens/display/display.tsx',
  device: 'src/screens/device/device.tsx',
  kiosk: 'src/screens/kiosk/kiosk.tsx',
  shop: 'src/screens/shop/shop.tsx',
  status: 'src/screens/shop/order-status.tsx',
} as const

interface Chunk {
  readonly file: string
  readonly css?: readonly string[]
  readonly imports?: readonly string[]
}

let folder = ''
let built = ''
let manifest: Readonly<Record<string, Chunk>> = {}
const said: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regulars-screens-'))
  built = await buildScreens(folder, (text) => said.push(text))
  manifest = JSON.parse(await readFile(join(built, '.vite', 'manifest.json'), 'utf8'))
}, 180_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Everything that has to arrive before a screen shows, compressed. */
async function firstLoad(entry: string): Promise<number> {
  const files = new Set<string>(['index.html'])
  const collect = (name: string) => {
    const chunk = manifest[name]
    if (!chunk) throw new Error(`${name} is not in the build`)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const other of chunk.imports ?? []) collect(other)
  }
  for (const name of ['index.html', entry]) collect(name)
  const sizes = await Promise.all([...files].map(async (file) => gzipSync(await readFile(join(built, file))).length))
  return sizes.reduce((sum, size) => sum + size, 0)
}

it.each(Object.entries(SCREENS))('the first load of %s is under 200 kB', async (name, entry) => {
  const size = await firstLoad(entry)
  console.log(`${name}: ${(size / 1000).toFixed(1)} kB`)
  expect(size).toBeLessThan(FIRST_LOAD_MAX)
})

it('is built once: the second start uses what is there', async () => {
  const before = said.length
  expect(await buildScreens(folder, (text) => said.push(text))).toBe(built)
  expect(said).toHaveLength(before)
})

it('asks no other host for anything', async () => {
  const page = await readFile(join(built, 'index.html'), 'utf8')
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//)
})
