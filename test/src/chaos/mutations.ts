import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChaosReport } from './chaos.ts'
import { broken, MUTATIONS, type Mutation } from './mutation-list.ts'

/*
 * npm run chaos:mutations: breaks one guarantee after the other in a copy of the sources, and shows that the fault test, or the test named, notices. A test
 * that has never been seen to fail proves nothing. Ends with the table of docs/chaos.md; exit code 1 when one was not noticed, 2 when one could not be broken. A
 * part of what a mutation breaks, as `-- 'a placed order'`, makes that one only.
 */

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SEED = 7

/** What a broken promise is called in the table, by how the fault test tells it. */
const KINDS: readonly (readonly [told: RegExp, kind: string])[] = [
  [/^member \d+, \d+ calls: no verdict/, 'members whose histories could not be judged'],
  [/^member \d+, \d+ calls: /, 'members whose answers no order explains'],
  [/ answered anew:|^copies of a call/, 'repeated calls answered anew'],
  [/^no answer within/, 'calls that were never answered'],
  [/^(a void was )?refused: /, 'calls refused for no reason'],
  [/ earned \d+, not /, 'orders that earned by an older version'],
  [/ of a till on the SDK has /, 'members whose points do not match what was paid'],
  [/^decided_in_a_row never happened/, 'no burst decided in a row'],
  [/^verify /, '`regulars verify`'],
]

const chosen = MUTATIONS.filter(({ breaks }) => breaks.includes(process.argv[2] ?? ''))
await failUnlessBreakable(chosen)
const rows: string[] = []
let unnoticed = 0
const begun = performance.now()
for (const mutation of chosen) {
  const folder = await copyOfSources()
  const start = performance.now()
  try {
    await breakIt(folder, mutation)
    const violations = mutation.test === undefined ? await runChaos(folder) : await runTest(folder, mutation.test)
    const [found] = violations
    if (found === undefined) unnoticed += 1
    console.error(`${found === undefined ? 'NOT NOTICED' : 'noticed'}: ${mutation.breaks}`)
    if (found !== undefined) console.error(`  ${violations.length} promises broken, the first: ${found.slice(0, 400)}`)
    const noticed = mutation.test === undefined ? kindsOf(violations) : `\`${mutation.test}\`: ${violations.length} tests`
    rows.push(`| ${mutation.breaks} | ${found === undefined ? '**nothing**' : noticed} | ${secondsSince(start)} s |`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
console.log(['| broken | noticed by | took |', '| --- | --- | --- |', ...rows].join('\n'))
console.log(`\n${rows.length} in ${Math.round(secondsSince(begun) / 60)} minutes; ${unnoticed} were not noticed`)
process.exitCode = unnoticed === 0 ? 0 : 1

/** Before the first one is run, since all of them take a quarter of an hour. */
async function failUnlessBreakable(mutations: readonly Mutation[]): Promise<void> {
  let lost = mutations.length === 0
  if (lost) console.error(`no mutation is called ${process.argv[2]}`)
  for (const mutation of mutations) {
    const text = await readFile(join(ROOT, mutation.file), 'utf8').catch(() => '')
    if (broken(mutation, text) !== undefined) continue
    lost = true
    console.error(`CANNOT BE BROKEN: ${mutation.breaks}\n  ${mutation.file} does not have this once: ${mutation.from}`)
  }
  if (lost) process.exit(2)
}

/** Which promises were broken, and how often each. */
function kindsOf(violations: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const violation of violations) {
    const kind = KINDS.find(([told]) => told.test(violation))?.[1] ?? violation.split('\n')[0] ?? ''
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`)).join('; ')
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1_000)
}

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

async function breakIt(folder: string, mutation: Mutation): Promise<void> {
  const path = join(folder, mutation.file)
  const text = broken(mutation, await readFile(path, 'utf8'))
  if (text === undefined) throw new Error(`${mutation.file} does not have this once: ${mutation.from}`)
  await writeFile(path, text)
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
