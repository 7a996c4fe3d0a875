import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ready } from './dev.ts'

/** The partner's side is a program of its own, which knows this server only by its address: it is started, never imported. */
const PROGRAM = fileURLToPath(new URL('../../../pos/bin/regulars-pos.js', import.meta.url))

/** How long it may take to end what is in flight: a payment that is under way is cancelled. */
const END_MS = 5_000

export interface ScreensOptions {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly readyFile?: string | undefined
}

/**
 * Starts register, kiosk, customer display and web shop beside the server, with its test credential. They print their own addresses. Where the package is
 * not there, nothing happens; when the program fails, the server goes on. Gives back what ends it.
 */
export function startScreens(ready: Ready, { port, host, dataDir, readyFile }: ScreensOptions): () => Promise<void> {
  if (!existsSync(PROGRAM)) return async () => undefined
  const args = ['--port', String(port), '--host', host, '--data-dir', join(dataDir, 'pos')]
  const child = spawn(process.execPath, [PROGRAM, ...args, ...(readyFile === undefined ? [] : ['--ready-file', readyFile])], {
    // It holds no more than a partner has; and it ends when this process is gone, because its standard input closes.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TMPDIR: process.env.TMPDIR,
      REGULARS_URL: ready.url,
      REGULARS_API_KEY: ready.apiKey,
      REGULARS_SECRET: ready.secret,
      REGULARS_ACCOUNT: ready.accountId,
      REGULARS_POS_CHILD: '1',
    },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  let isEnding = false
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', (code) => {
      if (!isEnding && code !== 0) process.stderr.write('The screens have stopped; the loyalty server goes on without them.\n')
      resolve()
    })
  })
  return async () => {
    isEnding = true
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), END_MS)
    await ended
    clearTimeout(late)
  }
}
