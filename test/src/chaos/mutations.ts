import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChaosReport } from './chaos.ts'

/*
 * npm run chaos:mutations: breaks one guarantee after the other in a copy of the sources, and shows that the fault test notices. A test that has never been
 * seen to fail proves nothing. Exit code 1 when one was not noticed. A part of what a mutation breaks, as `-- 'a placed order'`, makes that one only.
 */
interface Mutation {
  readonly breaks: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const MUTATIONS: readonly Mutation[] = [
  {
    breaks: 'a wallet is written only in the version that was decided on',
    file: 'server/migrations/0008-batches.sql',
    from: 'and w.member_id = b.member_id and w.version = b.version',
    to: 'and w.member_id = b.member_id and b.version > 0',
  },
  {
    breaks: 'a placed order holds its reward',
    file: 'engine/src/order/sale.ts',
    from: 'const held = hold(setting, redemption, lapsesAt)',
    to: 'const held = { ok: true as const }',
  },
  {
    breaks: 'an accepted call that is repeated gets its answer again',
    file: 'engine/src/order/decide.ts',
    from: 'const stored = found?.answers[call.status]',
    to: 'const stored = ([] as NonNullable<typeof found>["answers"][string][])[0]',
  },
  {
    breaks: 'what was answered survives a crash of PostgreSQL',
    file: 'server/src/platform/embedded-postgres.ts',
    from: "synchronous_commit: 'on',",
    to: "synchronous_commit: 'off', wal_writer_delay: '10s', wal_writer_flush_after: '1GB',",
  },
  {
    breaks: 'a program counts on every server from the instant it is applied',
    file: 'server/src/orders/order-desk.ts',
    from: "if (work.readUnder !== undefined && work.readUnder !== row.programVersion) return { kind: 'stale_program' }",
    to: 'if (work.readUnder !== undefined) Object.assign(row, { programVersion: work.readUnder })',
  },
  {
    breaks: 'what is paid at a till on the SDK is told when the server is back',
    file: 'sdk/src/order.ts',
    from: "else if (state === 'paid') await steps.tellPayment()",
    to: "else if (state === 'paid') await steps.void()",
  },
]

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SEED = 7

let unnoticed = 0
for (const mutation of MUTATIONS.filter(({ breaks }) => breaks.includes(process.argv[2] ?? ''))) {
  const folder = await copyOfSources()
  try {
    await breakIt(folder, mutation)
    const report = await runThere(folder)
    const [found] = report.violations
    if (found === undefined) unnoticed += 1
    console.log(`${found === undefined ? 'NOT NOTICED' : 'noticed'}: ${mutation.breaks}`)
    if (found !== undefined) console.log(`  ${report.violations.length} promises broken, the first: ${found.split('\n')[0]}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
process.exitCode = unnoticed === 0 ? 0 : 1

/** Sources of its own, and everybody else's packages. */
async function copyOfSources(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'regulars-mutation-'))
  for (const part of ['contract', 'engine', 'sdk', 'server', 'test', 'examples', 'package.json', 'tsconfig.json'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true })
  const modules = join(folder, 'node_modules')
  for (const place of ['@regulars', '.bin']) await mkdir(join(modules, place), { recursive: true })
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.') || name === '@regulars') continue
    await symlink(join(ROOT, 'node_modules', name), join(modules, name))
  }
  for (const name of ['contract', 'engine', 'sdk', 'server', 'test'])
    await symlink(join(folder, name), join(modules, '@regulars', name))
  await symlink(join(folder, 'server', 'bin', 'regulars.js'), join(modules, '.bin', 'regulars'))
  return folder
}

async function breakIt(folder: string, { file, from, to }: Mutation): Promise<void> {
  const path = join(folder, file)
  const text = await readFile(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${file} does not have this once: ${from}`)
  await writeFile(
    path,
    text.replace(from, () => to),
  )
}

/** The report; a run that breaks off has noticed too, and says with what words. */
function runThere(folder: string): Promise<Pick<ChaosReport, 'violations'>> {
  const args = [join(folder, 'test/src/chaos/run.ts'), '--seed', String(SEED), '--minutes', '0.5', '--json']
  const run = spawn(process.execPath, ['--import', 'tsx', ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  run.stdout.on('data', (chunk: Buffer) => {
    texts.stdout += chunk.toString()
  })
  run.stderr.on('data', (chunk: Buffer) => {
    texts.stderr += chunk.toString()
    process.stderr.write('.')
  })
  return new Promise((resolve, reject) => {
    run.once('error', reject)
    run.once('close', () => {
      process.stderr.write('\n')
      const broke = () => ({
        violations: [`the run broke off: ${/^\w*Error: .*$/m.exec(texts.stderr)?.[0] ?? texts.stderr.slice(-300)}`],
      })
      resolve(texts.stdout === '' ? broke() : (JSON.parse(texts.stdout) as ChaosReport))
    })
  })
}
