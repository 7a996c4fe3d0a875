import { fileURLToPath } from 'node:url'
import { startProgress } from '../../platform/index.ts'
import { DEFAULT_SEED, formatReport, replay } from '../../replay/index.ts'
import { DEMO_PROGRAM, readProgram, startDev } from '../dev.ts'
import { EXIT, UsageError } from '../settings.ts'
import { print } from './output.ts'

interface ReplayCommandOptions {
  readonly orders: string
  readonly menu: string
  readonly program: string
  readonly url?: string
  readonly key?: string
  readonly secret?: string
  readonly adminToken?: string
  readonly dataDir: string
  readonly seed?: number
  readonly limit?: number
  readonly json?: boolean
}

export async function replayCommand(options: ReplayCommandOptions): Promise<void> {
  const { document } = await readProgram(options.program ?? fileURLToPath(DEMO_PROGRAM))
  const target = await targetOf(options)
  try {
    let progress: ReturnType<typeof startProgress> | undefined
    let shown = 0
    const report = await replay({
      ...target,
      accountId: document.account.id,
      storeCode: document.stores[0]?.code ?? '',
      ordersFile: options.orders,
      menuFile: options.menu,
      programFile: options.program,
      seed: options.seed ?? DEFAULT_SEED,
      limit: options.limit,
      now: Date.now(),
      onProgress(done, total) {
        progress ??= startProgress({ label: 'replay', total })
        progress.advance(done - shown)
        shown = done
      },
    })
    progress?.done(report.ok ? 'every balance equals its recomputation' : 'differences were found')
    print(report, { json: options.json, text: () => formatReport(report) })
    if (!report.ok) process.exitCode = EXIT.failed
  } finally {
    await target.close()
  }
}

async function targetOf(
  options: ReplayCommandOptions,
): Promise<{ url: string; apiKey: string; secret: string; adminToken?: string; close(): Promise<void> }> {
  if (options.url === undefined) {
    const { ready, close } = await startDev({ port: 0, host: '127.0.0.1', dataDir: options.dataDir, program: options.program })
    return { ...ready, close }
  }
  const { url, key, secret, adminToken } = options
  if (key === undefined || secret === undefined)
    throw new UsageError(
      'With --url, pass the credential too: --key and --secret (and --admin-token, so that the test clock can follow the orders).',
    )
  return { url, apiKey: key, secret, adminToken, close: async () => undefined }
}
