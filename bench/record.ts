import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runApart } from './processes.ts'
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
    const out = join(import.meta.dirname, 'results', `${name}.json`)
    await runApart(command === 'bench' ? 'run.ts' : 'peers.ts', [...args, '--out', out], { stdout: 'inherit' })
  }
}
await writePage()
