import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProgress } from '../../platform/index.ts'
import { DEFAULT_SEED, formatReport, replay } from '../../replay/index.ts'
import { DEMO_PROGRAM, type Ready, startDev } from '../dev.ts'
import { startScreens } from '../screens.ts'
import { tour } from '../tour.ts'
import { endOnSignal, firstSignal } from './signals.ts'

interface StartOptions {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly readyFile?: string
  readonly replay: boolean
  readonly pos: boolean
  readonly posPort?: number
  readonly posReadyFile?: string
  readonly json?: boolean
}

/** The demo brand, with its data kept between runs; the sample orders are replayed in the background until they have all been sent once. */
export async function start(options: StartOptions): Promise<void> {
  const signal = firstSignal()
  const { ready, close } = await startDev({ ...options, program: fileURLToPath(DEMO_PROGRAM) })
  process.stdout.write(options.json ? `${JSON.stringify(ready, null, 2)}\n` : `${await tour(ready)}\n`)
  const endScreens = options.pos ? startScreens(ready, screensOptions(options)) : async () => undefined
  if (options.replay) {
    replayOnce(ready, resolve(options.dataDir)).catch((error: unknown) =>
      process.stderr.write(
        `The replay has stopped: ${error instanceof Error ? error.message : error}\nIt goes on with the next npm start.\n`,
      ),
    )
  }
  // The screens first: they may still have something to tell the server.
  await endOnSignal(
    signal,
    () => endScreens().then(close),
    (text) => process.stderr.write(`${text}\n`),
  )
}

/** A free port for the server asks for a free one for the screens too. */
const screensOptions = ({ port, host, dataDir, posPort, posReadyFile }: StartOptions) => ({
  ...{ host, dataDir: resolve(dataDir) },
  port: posPort ?? (port === 0 ? 0 : 8090),
  readyFile: posReadyFile,
})

/** `replay.json` in the data folder remembers when the first run began, so that an interrupted replay goes on with the same dates, and whether it ended. */
async function replayOnce(ready: Ready, dataDir: string): Promise<void> {
  const file = join(dataDir, 'replay.json')
  const kept = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as { now?: number; done?: boolean }
  if (kept.done) return
  const now = kept.now ?? Date.now()
  await writeFile(file, JSON.stringify({ now, done: false }))
  process.stderr.write(
    '\nReplaying a quarter of real orders in the background; the test clock moves with them and runs free afterwards.\n',
  )
  let progress: ReturnType<typeof startProgress> | undefined
  let shown = 0
  const sample = (name: string) => fileURLToPath(new URL(name, DEMO_PROGRAM))
  const report = await replay({
    ...ready,
    storeCode: '999999',
    ordersFile: sample('order_lines.csv'),
    menuFile: sample('menu.csv'),
    programFile: fileURLToPath(DEMO_PROGRAM),
    seed: DEFAULT_SEED,
    now,
    onProgress(done, total) {
      progress ??= startProgress({ label: 'replay', total })
      progress.advance(done - shown)
      shown = done
    },
  })
  progress?.done(report.ok ? 'every balance equals its recomputation' : 'balances differ: see below')
  process.stderr.write(`${formatReport(report)}\n`)
  if (report.ok) await writeFile(file, JSON.stringify({ now, done: true }))
}
