import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { regulars } from './command.ts'

const COMMAND = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'regulars')
const ORDERS = ['--limit', '400']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'regulars-replay-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Starts the replay with a server of its own and kills both with SIGKILL once some of it is done. */
async function killInTheMiddle(dataDir: string): Promise<void> {
  const child = spawn(COMMAND, ['replay', ...ORDERS, '--data-dir', dataDir], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((exit) => child.once('exit', exit))
  const ready = join(dataDir, 'dev.json')
  while ((await readFile(ready, 'utf8').catch(() => '')) === '') await sleep(50)
  await sleep(2_500)
  expect(child.exitCode, 'the replay had ended before it was killed').toBeNull()
  child.kill('SIGKILL')
  await ended
}

it('replays real orders with every balance equal to its recomputation, also after SIGKILL in the middle and a second run', async () => {
  const dataDir = join(folder, 'data')
  await killInTheMiddle(dataDir)
  const again = await regulars(['replay', ...ORDERS, '--data-dir', dataDir, '--json'])
  expect(again.code, again.stdout + again.stderr).toBe(0)
  const report = JSON.parse(again.stdout)
  expect(report).toMatchObject({ ok: true })
  const third = await regulars(['replay', ...ORDERS, '--data-dir', dataDir, '--json'])
  expect(JSON.parse(third.stdout), third.stderr).toMatchObject({ ok: true })
})
