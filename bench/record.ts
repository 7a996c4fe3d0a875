import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RECORDED } from './recorded.ts'
import { writePage } from './write-page.ts'

/*
 * `npm run bench:record`: every run that docs/benchmarks.md tells of, one after the other, and then the page. For a machine that does nothing else.
 * `-- base hot` runs only these; `-- --page` only writes the page.
 */
const { values, positionals } = parseArgs({ options: { page: { type: 'boolean', default: false } }, allowPositionals: true })
const unknown = positionals.filter((name) => !RECORDED.some((run) => run.name === name))
if (unknown.length > 0)
  throw new Error(`No such run: ${unknown.join(', ')}. There are: ${RECORDED.map(({ name }) => name).join(', ')}.`)

if (!values.page) {
  for (const { name, args, command = 'bench' } of RECORDED) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    process.stderr.write(`\n${name}: npm run ${command} -- ${args.join(' ')}\n`)
    await run(command === 'bench' ? 'run.ts' : 'peers.ts', [
      ...args,
      '--out',
      join(import.meta.dirname, 'results', `${name}.json`),
    ])
  }
}
await writePage()

function run(file: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, file), ...args], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error('the run has failed: see above'))))
  })
}
