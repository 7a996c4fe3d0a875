import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChaosReport } from './chaos.ts'

/*
 * npm run chaos:mutations: breaks one guarantee after the other in a copy of the sources, and shows that the fault test, or the test named, notices. A test
 * that has never been seen to fail proves nothing. Exit code 1 when one was not noticed. A part of what a mutation breaks, as `-- 'a placed order'`, makes
 * that one only.
 */
interface Mutation {
  readonly breaks: string
  /** What notices, where that is not the fault test. */
  readonly test?: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const TENANCY = 'test/src/tenancy.test.ts'

const MUTATIONS: readonly Mutation[] = [
  {
    breaks: 'a wallet is written only in the version that was decided on',
    file: 'server/migrations/0011-runs.sql',
    from: 'and w.member_id = b.member_id and w.version = b.version',
    to: 'and w.member_id = b.member_id and b.version > 0',
  },
  {
    breaks: 'what is decided in a row is decided on what those before it leave',
    test: 'server/src/orders/runs.test.ts',
    file: 'server/src/orders/run.ts',
    from: 'wallet = walletAfter(wallet, write.changes, activeAt(write.changes, now))',
    to: 'wallet = { ...wallet, activeAt: activeAt(write.changes, now) ?? wallet.activeAt }',
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
    from: 'const { programVersion, membership } = loaded',
    to: 'const { programVersion, membership } = { ...loaded, programVersion: works[0].readUnder ?? loaded.programVersion }',
  },
  {
    breaks: 'what is paid at a till on the SDK is told when the server is back',
    file: 'sdk/src/order.ts',
    from: "else if (state === 'paid') await steps.tellPayment()",
    to: "else if (state === 'paid') await steps.void()",
  },
  {
    breaks: "another account's order is one that does not exist",
    test: TENANCY,
    file: 'server/src/orders/store.ts',
    from: 'where k.account_id = c.account_id and k.key = $',
    to: 'where k.key = $',
  },
  {
    breaks: "another account's member is one that does not exist, to orders",
    test: TENANCY,
    file: 'server/src/orders/store.ts',
    from: 'from memberships where account_id = c.first_account and member_id = c.first_member',
    to: 'from memberships where member_id = c.first_member',
  },
  {
    breaks: "another account's member is one that does not exist, to reads",
    test: TENANCY,
    file: 'server/src/members/store.ts',
    from: 'from memberships m where m.account_id = $1 and m.member_id = $2',
    to: 'from memberships m where $1::text is not null and m.member_id = $2',
  },
]

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SEED = 7

let unnoticed = 0
for (const mutation of MUTATIONS.filter(({ breaks }) => breaks.includes(process.argv[2] ?? ''))) {
  const folder = await copyOfSources()
  try {
    await breakIt(folder, mutation)
    const violations = mutation.test === undefined ? await runChaos(folder) : await runTest(folder, mutation.test)
    const [found] = violations
    if (found === undefined) unnoticed += 1
    console.log(`${found === undefined ? 'NOT NOTICED' : 'noticed'}: ${mutation.breaks}`)
    if (found !== undefined) console.log(`  ${violations.length} promises broken, the first: ${found.split('\n')[0]}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
process.exitCode = unnoticed === 0 ? 0 : 1

/** Sources of its own, and everybody else's packages. */
async function copyOfSources(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'regulars-mutation-'))
  for (const part of [
    'contract',
    'engine',
    'sdk',
    'server',
    'test',
    'examples',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
  ])
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

/** The promises that were broken; a run that breaks off has noticed too, and says with what words. */
async function runChaos(folder: string): Promise<readonly string[]> {
  const args = [join(folder, 'test/src/chaos/run.ts'), '--seed', String(SEED), '--minutes', '0.5', '--json']
  const { stdout, stderr } = await runThere(folder, ['--import', 'tsx', ...args])
  if (stdout !== '') return (JSON.parse(stdout) as ChaosReport).violations
  return [`the run broke off: ${/^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.slice(-300)}`]
}

/** The names of the tests that failed. */
async function runTest(folder: string, test: string): Promise<readonly string[]> {
  const { stdout, stderr } = await runThere(folder, [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    test,
    '--reporter=json',
  ])
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as TestReport
  if (report.numTotalTests === 0) throw new Error(`${test} has run no test: ${stderr.slice(-300)}`)
  return report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  )
}

interface TestReport {
  readonly numTotalTests: number
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

function runThere(folder: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const run = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
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
      resolve(texts)
    })
  })
}
