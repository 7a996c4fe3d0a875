import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runApart } from './processes.ts'
import { readBench } from './recorded.ts'
import type { BenchResult } from './result.ts'
import { summarise } from './summary.ts'
import { inFolder } from './workplace.ts'

/*
 * `npm run bench:check`: fails when the server's share of the limit has fallen by more than 15 % from the recorded one.
 */
const TOLERANCE = 0.15
/** One that is cut short by a busy moment is run again before it counts. */
const ATTEMPTS = 2

const recorded = readBench('base')
if (!recorded) throw new Error('Nothing is recorded: npm run bench:record.')
const before = summarise(recorded).ratioUniform
const least = before * (1 - TOLERANCE)
let ratio = 0
for (let attempt = 1; attempt <= ATTEMPTS && ratio < least; attempt++) ratio = Math.max(ratio, await measure())
const fallen = ratio < least
console.log(
  `${fallen ? 'SLOWER' : 'ok'}: ${ratio.toFixed(3)}× of the limit; recorded ${before.toFixed(3)}×, at least ${least.toFixed(3)}× is asked for`,
)
if (fallen) process.exitCode = 1

function measure(): Promise<number> {
  return inFolder(async (folder) => {
    const out = join(folder, 'result.json')
    await runApart('run.ts', ['--seconds', '10', '--rounds', '3', '--out', out], { stdout: 'ignore' })
    return summarise(JSON.parse(await readFile(out, 'utf8')) as BenchResult).ratioUniform
  })
}
