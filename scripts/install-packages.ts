import { spawnSync } from 'node:child_process'
import { findChromium, findPgbouncer } from './find-program.ts'

/*
 * Some tests need a program that npm does not bring. Where one is not found and Debian's package can be installed (root, apt-get), it is; else the tests
 * that need it fail and say what to do, so that everything else is still tested.
 */
const NEEDED = [
  { find: findChromium, packages: ['chromium', 'fonts-liberation'], missing: 'the browser tests', variable: 'REGULARS_CHROMIUM' },
  { find: findPgbouncer, packages: ['pgbouncer'], missing: 'the test behind PgBouncer', variable: 'REGULARS_PGBOUNCER' },
]
/** A slow mirror takes two minutes; one that does not answer is not waited for. */
const TIME_LIMIT_MS = 8 * 60_000

const mayInstall = process.getuid?.() === 0 && run('apt-get', ['--version'], 'ignore')
for (const { find, packages, missing, variable } of NEEDED) {
  if (find() === undefined && mayInstall) install(packages)
  if (find() === undefined)
    console.log(`No ${packages[0]} was found: ${missing} will fail. Install it, or name it in ${variable}.`)
}

/** Each apart: one that cannot be had must not keep the others away. */
function install(packages: readonly string[]): void {
  console.log(`apt-get install ${packages.join(' ')}`)
  const args = ['install', '--yes', '--no-install-recommends', ...packages]
  // The list of packages is often missing in a container, and good enough elsewhere.
  if (!run('apt-get', args, 'inherit') && run('apt-get', ['update'], 'inherit')) run('apt-get', args, 'inherit')
}

function run(program: string, args: readonly string[], stdio: 'ignore' | 'inherit'): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(program, args, { stdio, env, timeout: TIME_LIMIT_MS }).status === 0
}
