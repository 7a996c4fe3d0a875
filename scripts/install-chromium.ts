import { spawnSync } from 'node:child_process'
import { findChromium } from './find-chromium.ts'

/*
 * The browser tests need a Chromium or Chrome. Where none is found and Debian's package can be installed (root, apt-get), it is; else the tests
 * themselves fail and say what to do, so that everything else is still tested.
 */
const PACKAGES = ['chromium', 'fonts-liberation']
/** A slow mirror takes two minutes; one that does not answer is not waited for. */
const TIME_LIMIT_MS = 8 * 60_000

if (findChromium() === undefined) {
  if (process.getuid?.() === 0 && run('apt-get', ['--version'], 'ignore')) {
    console.log(`No Chromium found: apt-get install ${PACKAGES.join(' ')}`)
    const install = ['install', '--yes', '--no-install-recommends', ...PACKAGES]
    // The list of packages is often missing in a container, and good enough elsewhere.
    if (!run('apt-get', install, 'inherit') && run('apt-get', ['update'], 'inherit')) run('apt-get', install, 'inherit')
  }
  if (findChromium() === undefined)
    console.log('No Chromium or Chrome was found: the browser tests will fail. Install one, or name it in REGULARS_CHROMIUM.')
}

function run(program: string, args: readonly string[], stdio: 'ignore' | 'inherit'): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(program, args, { stdio, env, timeout: TIME_LIMIT_MS }).status === 0
}
