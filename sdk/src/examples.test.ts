import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as sdk from './index.ts'
import * as signatures from './message-signatures.ts'
import * as node from './node/index.ts'
import { BURGER } from './test-cart.ts'
import { fiveOff, memberWith, useServer } from './test-server.ts'

/** A runnable text in a comment or in the guide. */
interface Example {
  readonly name: string
  readonly code: string
}

const SOURCES = import.meta.dirname
const GUIDE = join(SOURCES, '..', '..', 'docs', 'guide', 'sdk.md')

/** What the examples may take as given. */
const GIVEN = [
  'client',
  'apiKey',
  'secret',
  'accountId',
  'baseUrl',
  'memberId',
  'rewardId',
  'posEntries',
  'folder',
  'terminal',
  'console',
] as const

const examples = [...(await examplesInComments()), ...(await examplesInGuide())]
const server = useServer()
let [folder, memberId, rewardId] = ['', '', '']
beforeAll(async () => {
  memberId = await memberWith(server().client(), 5_000)
  rewardId = await fiveOff(server().client(), memberId)
  folder = await mkdtemp(join(tmpdir(), 'regulars-examples-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('every example runs as it stands', () => {
  it.each(examples.map(({ name, code }) => [name, code]))('%s', async (name, code) => {
    const client = server().client()
    const { apiKey, secret, accountId, url } = server()
    const said: string[] = []
    const given: Record<(typeof GIVEN)[number], unknown> = {
      client,
      ...{ apiKey, secret, accountId, memberId },
      baseUrl: url,
      rewardId,
      posEntries: [BURGER],
      folder: join(folder, encodeURIComponent(name)),
      terminal: { charge: async () => ({ approved: true, lastFour: '4242' }), find: async () => undefined },
      console: {
        log: (...values: unknown[]) => said.push(values.map(String).join(' ')),
        error: (value: unknown) => said.push(String(value)),
      },
    }
    const body = code
      .replace(/^import \{(.*)\} from '@regulars\/sdk'$/gm, 'const {$1} = sdk')
      .replace(/^import \{(.*)\} from '@regulars\/sdk\/node'$/gm, 'const {$1} = node')
      .replace(/^import \{(.*)\} from '@regulars\/sdk\/message-signatures'$/gm, 'const {$1} = signatures')
      .replace(/ as const/g, '')
    const names = GIVEN.filter((known) => !new RegExp(`const (\\{[^}]*\\b)?${known}\\b`).test(body))
    const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (...values: unknown[]) => Promise<void>
    await new AsyncFunction(...names, 'sdk', 'node', 'signatures', body)(
      ...names.map((known) => given[known]),
      ...[sdk, node, signatures],
    )
    for (const [, expected = ''] of code.matchAll(/console\.log\([^\n]*\) \/\/ (.+)$/gm))
      expect(said.join('\n')).toContain(expected)
  })
})

describe('every public method', () => {
  it('has an example', async () => {
    const missing: string[] = []
    for (const file of ['lookups.ts', 'orders.ts', 'order.ts', 'outbox.ts', 'client.ts']) {
      const lines = (await readFile(join(SOURCES, file), 'utf8')).split('\n')
      for (const [at, line] of lines.entries()) {
        const method = /^ {2}(?:async )?(?!#|constructor|get |readonly|if|for|return)(\w+)\(.*\{$|^ {2}(?:async )?(\w+)\($/.exec(
          line,
        )
        if (!method) continue
        const comment = commentAbove(lines, at)
        if (!comment.includes('@example') && !INTERNAL.has(`${file} ${method[1] ?? method[2]}`))
          missing.push(`${file} ${method[1] ?? method[2]}`)
      }
    }
    expect(missing).toEqual([])
  })
})

/** Public to the SDK's own parts only; a partner calls `orders.resume`, which calls these. */
const INTERNAL = new Set(['order.ts settle', 'outbox.ts finish'])

function commentAbove(lines: readonly string[], at: number): string {
  const start = lines.slice(0, at).findLastIndex((line) => line.trim().startsWith('/**'))
  const comment = lines.slice(start, at)
  return comment.at(-1)?.trim().endsWith('*/') ? comment.join('\n') : ''
}

async function examplesInComments(): Promise<Example[]> {
  const files = (await readdir(SOURCES, { recursive: true })).filter((file) => file.endsWith('.ts') && !/test/.test(file))
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(join(SOURCES, file), 'utf8') })))
  return texts.flatMap(({ file, text }) =>
    [...text.matchAll(/@example\n((?: *\* ?.*\n)+?) *\*\//g)].map(([, block = ''], n) => ({
      name: `${file} ${n + 1}`,
      code: block.replace(/^ *\* ?/gm, ''),
    })),
  )
}

async function examplesInGuide(): Promise<Example[]> {
  const text = await readFile(GUIDE, 'utf8')
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], n) => ({ name: `guide ${n + 1}`, code }))
}
