import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextPhone, useServer } from './test-server.ts'

/** What a page that loads the SDK pays for it. */
const BROTLI_MAX = 12_000

const server = useServer()
const run = promisify(execFile)
const HERE = join(import.meta.dirname, '..')
const BIN = join(HERE, '..', 'node_modules', '.bin')

let root: string
/** The package as it is installed: the build, and a manifest whose entries are the published ones. */
let installed: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'regulars-published-'))
  installed = join(root, 'node_modules', '@regulars', 'sdk')
  await mkdir(installed, { recursive: true })
  await run(join(BIN, 'tsdown'), ['--out-dir', join(installed, 'dist'), '--silent'], { cwd: HERE })
  const {
    publishConfig,
    scripts: _,
    devDependencies: __,
    ...manifest
  } = JSON.parse(await readFile(join(HERE, 'package.json'), 'utf8')) as Record<string, unknown>
  await writeFile(join(installed, 'package.json'), JSON.stringify({ ...manifest, ...(publishConfig as object) }, undefined, 2))
  await cp(join(HERE, '..', 'LICENSE'), join(installed, 'LICENSE'))
}, 240_000)
afterAll(() => rm(root, { recursive: true, force: true }))

describe('the published package', () => {
  it('is small, and carries no dependency and no schema library', async () => {
    const files = await readdir(join(installed, 'dist'))
    const texts = await Promise.all(files.map((file) => readFile(join(installed, 'dist', file), 'utf8')))
    expect(texts.join('\n')).not.toMatch(/typebox/i)
    const loaded = await loadedBy('index.js')
    expect(loaded.join('\n')).not.toMatch(/from ?["'](?!\.)/)
    const bytes = brotliCompressSync(Buffer.from(loaded.join('\n'))).length
    expect(bytes).toBeLessThan(BROTLI_MAX)
    const types = texts.filter((_, at) => files[at]?.endsWith('.d.ts')).join('\n')
    expect(types).not.toMatch(/^(import|export) .*from ["'](?!\.)/m)
  })

  it('is right for every resolver: publint and attw', { timeout: 120_000 }, async () => {
    await run(join(BIN, 'publint'), ['--strict', installed])
    const { stdout: packed } = await run('npm', ['pack', '--silent', '--pack-destination', root], { cwd: installed })
    await run(join(BIN, 'attw'), [join(root, packed.trim())])
  })

  it.each([
    ['ESM', 'till.mjs', "import { Regulars } from '@regulars/sdk'\nimport { fileJournal } from '@regulars/sdk/node'"],
    [
      'CommonJS',
      'till.cjs',
      "const { Regulars } = require('@regulars/sdk')\nconst { fileJournal } = require('@regulars/sdk/node')",
    ],
  ])('works as %s, also where WebCrypto is no global, as in Node 18', async (_, file, imports) => {
    const journal = JSON.stringify(join(root, `${file}.journal`))
    const options = JSON.stringify(server().options())
    const lines = [
      imports,
      `const client = new Regulars({ ...${options}, journal: fileJournal(${journal}) })`,
      `client.members.createOrRetrieve({ phone: '${nextPhone()}' }).then(async (member) => {`,
      "  const order = client.orders.start({ member: member.id, store: '999999', source: 'instore' })",
      "  await order.checkout({ posEntries: [{ quantity: 1, posItem: { label: 'Tea', cost: 3 } }] })",
      "  const paid = await order.pay(async (due) => ({ payments: [{ tender: 'cash', amount: due }] }))",
      '  console.log(paid.transaction.points_earned)',
      '})',
    ]
    await writeFile(join(root, file), lines.join('\n'))
    expect((await run(process.execPath, [join(root, file)])).stdout.trim()).toBe('3')
    expect((await run(process.execPath, ['--no-experimental-global-webcrypto', join(root, file)])).stdout.trim()).toBe('3')
  })
})

/** The texts of a file and of everything that it loads. */
async function loadedBy(file: string, seen = new Set<string>()): Promise<string[]> {
  if (seen.has(file)) return []
  seen.add(file)
  const text = await readFile(join(installed, 'dist', file), 'utf8')
  const inner = [...text.matchAll(/["']\.\/([\w.-]+\.js)["']/g)].map(([, name = '']) => name)
  return [text, ...(await Promise.all(inner.map((name) => loadedBy(name, seen)))).flat()]
}
