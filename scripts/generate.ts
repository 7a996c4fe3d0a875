import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { openApiDocument, PROGRAM_FILE_SCHEMA, plainSchema, reasonsMarkdown } from '@regulars/contract'
import manifest from '../package.json' with { type: 'json' }
import { errorPage } from './error-page.ts'
import { sdkWire } from './sdk-wire.ts'
import { workflowPage } from './workflow-page.ts'

/*
 * Writes docs/generated, and the SDK's shapes of the wire, from `contract`. With --check it writes nothing and fails when a file differs from what would be written.
 */
const FOLDER = new URL('../docs/generated/', import.meta.url)

const SCHEMA_HEAD = { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'program-file.schema.json' }
const files: Readonly<Record<string, string>> = {
  'openapi.json': pretty(openApiDocument({ version: manifest.version })),
  'program-file.schema.json': pretty({ ...SCHEMA_HEAD, ...plainSchema(PROGRAM_FILE_SCHEMA) }),
  'errors.md': errorPage(),
  'order-workflow.md': workflowPage(),
  'reasons.md': reasonsMarkdown(),
  '../../sdk/src/wire.ts': sdkWire(),
}

if (process.argv.includes('--check')) await check()
else await write()

async function write(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  for (const name of await strays()) await rm(new URL(name, FOLDER))
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, FOLDER), text)
}

async function check(): Promise<void> {
  const problems = (await strays()).map((name) => `docs/generated/${name} is made by nothing`)
  for (const [name, text] of Object.entries(files)) {
    const found = await readFile(new URL(name, FOLDER), 'utf8').catch(() => undefined)
    if (found !== text) problems.push(`docs/generated/${name} ${found === undefined ? 'is missing' : 'is out of date'}`)
  }
  if (problems.length === 0) return
  console.log(`${problems.join('\n')}\nnpm run generate brings them up to date.`)
  process.exitCode = 1
}

async function strays(): Promise<string[]> {
  const found = await readdir(FOLDER).catch(() => [])
  return found.filter((name) => !Object.hasOwn(files, name))
}

function pretty(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
