import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createTill } from '../client.ts'
import { startServe } from '../command.ts'
import { startProduct } from '../product.ts'
import { houseProgram } from '../programs.ts'
import { fuzz, targetOf } from './fuzz.ts'

/*
 * npm run fuzz -- --count 1000000 --seed 7: no request, signature, program file or stray byte may bring a 5xx, a crash, memory that grows or an answer
 * slower than a second. Starts everything itself. Ends with 1 when there are findings, each with the seed that brings it back.
 */

const { values } = parseArgs({ options: { count: { type: 'string', default: '20000' }, seed: { type: 'string' } } })
const count = Number(values.count)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
/** What may come on top of what a warm server has: caches that fill, and a heap that is not collected yet. */
const GROWTH_MAX_MB = 150
const WARM_UP = 5_000
const PROGRESS_MS = 5_000

const folder = await mkdtemp(join(tmpdir(), 'regulars-fuzz-'))
const product = await startProduct(houseProgram(), { folder })
// The test environment's clock and administration are part of `dev` as of `serve`; it is `serve` that people put on the net.
const server = await startServe(product, product.databaseUrl, { LOG_LEVEL: 'error' })
const till = createTill({ ...product, url: server.ready.url ?? '' })
try {
  const target = await targetOf(product, till)
  await fuzz(till, target, { count: Math.min(WARM_UP, count), seed: seed + 1_000_000_000 })
  const before = await memory()
  const start = performance.now()
  let told = start
  const report = await fuzz(till, target, {
    count,
    seed,
    onProgress({ sent, findings }) {
      if (performance.now() - told < PROGRESS_MS) return
      told = performance.now()
      const perS = sent / ((told - start) / 1000)
      process.stderr.write(
        `${sent} of ${count}, ${Math.round(perS)}/s, ${Math.ceil((count - sent) / perS / 60)} min left, ${findings.length} findings\n`,
      )
    },
  })
  const after = await memory()
  const alive = (await till.send({ path: '/readyz', signed: false })).http === 200
  const findings = [
    ...report.findings,
    ...(alive ? [] : ['the server is not ready any more']),
    ...(after - before > GROWTH_MAX_MB ? [`memory grew from ${before} to ${after} MB`] : []),
  ]
  const seconds = Math.round((performance.now() - start) / 1000)
  process.stdout.write(
    `${JSON.stringify({ seed, ...report, findings, seconds, slowestMs: Math.round(report.slowestMs), memoryMb: { before, after } }, null, 2)}\n`,
  )
  process.exitCode = findings.length === 0 ? 0 : 1
} finally {
  till.close()
  await server.stop()
  await product.stop()
  await rm(folder, { recursive: true, force: true })
}

async function memory(): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
