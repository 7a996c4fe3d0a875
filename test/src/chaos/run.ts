import { parseArgs } from 'node:util'
import { type ChaosReport, HAPPENINGS, runChaos } from './chaos.ts'

/*
 * npm run chaos -- [--seed N] [--minutes M] [--json]: faults of every kind under load, and the reckoning. Exit code 1 when a promise was broken.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string', default: '2' }, json: { type: 'boolean', default: false } },
})
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : whole('--seed', values.seed)
const seconds = Math.round(positive('--minutes', values.minutes) * 60)
const report = await runChaos({ seed, seconds, tell: (line) => console.error(line) })
console.log(values.json ? JSON.stringify(report, null, 2) : tableOf(report))
process.exitCode = report.violations.length === 0 ? 0 : 1

function tableOf({ counts, impossible, calls, sdkOrders, repeated, members, recoveries, violations }: ChaosReport): string {
  const rows = HAPPENINGS.map(
    (name) => `${name.padEnd(24)}${impossible.includes(name) ? 'NOT POSSIBLE HERE' : String(counts[name]).padStart(6)}`,
  )
  const kinds = [...new Set(recoveries.map(({ fault }) => fault))].map((fault) => {
    const times = recoveries.filter((one) => one.fault === fault).map(({ ms }) => ms)
    times.sort((a, b) => a - b)
    return `${fault.padEnd(24)}median ${seconds1(times[Math.floor(times.length / 2)])}, longest ${seconds1(times.at(-1))}`
  })
  return [
    ...[`seed ${seed}`, '', 'what happened           times', ...rows, '', 'until it answered again', ...kinds, ''],
    `${calls} calls of ${members} members were answered; ${repeated} were sent once more and answered as before`,
    `${sdkOrders} orders were paid at tills on the SDK`,
    violations.length === 0
      ? 'every promise was kept'
      : `${violations.length} promises were broken:\n\n${violations.join('\n\n')}`,
  ].join('\n')
}

function seconds1(ms = 0): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function whole(name: string, text: string): number {
  if (!/^\d+$/.test(text)) fail(`${name} is a whole number, not ${text}`)
  return Number(text)
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (!(number > 0)) fail(`${name} is a number above 0, not ${text}`)
  return number
}

function fail(text: string): never {
  console.error(text)
  process.exit(2)
}
