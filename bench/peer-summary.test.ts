import { expect, it } from 'vitest'
import { Stopwatch } from './histogram.ts'
import { formatPeers, type PeerMeasured, type PeersResult, summarisePeers } from './peer-summary.ts'

function measured(perSecond: number, cpu: number, discounted = 1): PeerMeasured {
  const watch = new Stopwatch()
  watch.add(1_000 / perSecond)
  const cpuMs = { server: cpu, database: cpu, client: 100 }
  return {
    perSecond,
    seconds: 1,
    orders: perSecond,
    calls: perSecond,
    discounted: perSecond * discounted,
    latency: watch.read(),
    cpuMs,
  }
}

const result = (rounds: PeersResult['rounds']): PeersResult => ({
  ...{ at: '2026-01-02T03:04:05Z', commit: 'abc', rounds },
  machine: { cpu: 'A CPU', cores: 2, memoryGb: 8, system: 'linux', clientApart: false },
  versions: { node: '20', postgres: 'PostgreSQL 18', vendure: '3.7.3' },
  options: { seconds: 1, rounds: rounds.length, clients: 8, members: 10 },
  rssMb: { vendure: [100, 210.4], regulars: [90] },
  verified: { vendure: { settled: 7 }, regulars: { orders: 700, movements: 900 } },
})

it('compares within a round and takes the median, so a busy moment of the machine counts for both sides', () => {
  const rounds = [
    { vendure: measured(10, 20), regulars: measured(210, 1) },
    { vendure: measured(1, 20), regulars: measured(22, 1) },
    { vendure: measured(10, 20), regulars: measured(900, 1) },
  ]
  expect(summarisePeers(result(rounds))).toMatchObject({ ratio: 22, ratioByCpu: 20, met: true })
  const slower = rounds.map(({ vendure }) => ({ vendure, regulars: measured(vendure.perSecond * 19, 1) }))
  expect(summarisePeers(result(slower))).toMatchObject({ ratio: 19, met: false })
})

it('says on the table what was compared, and how many orders had the discount', () => {
  const text = formatPeers(result([{ vendure: measured(10, 20, 0.5), regulars: measured(190, 1) }]))
  expect(text).toMatch(/^vendure +10\.0 +1\.0 .* 210 +50\.0 %$/m)
  expect(text).toMatch(/^regulars +190\.0 +19\.0 .* 90 +100\.0 %$/m)
  expect(text).toContain('NOT met  complete orders a second')
  expect(text).toContain('Regulars does not replace a commerce platform')
})
