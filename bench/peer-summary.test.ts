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
  versions: { node: '20', postgres: 'PostgreSQL 18', vendure: '3.7.3', ...(rounds[0]?.medusa && { medusa: '2.21.2' }) },
  options: { seconds: 1, rounds: rounds.length, clients: 8, members: 10 },
  rssMb: { vendure: [100, 210.4], medusa: [500], regulars: [90] },
  verified: { vendure: { settled: 7 }, medusa: { settled: 3 }, regulars: { orders: 700, movements: 900 } },
})

it('compares within a round and takes the median, so a busy moment of the machine counts for all sides', () => {
  const rounds = [
    { vendure: measured(10, 20), medusa: measured(1, 200), regulars: measured(210, 1) },
    { vendure: measured(1, 20), medusa: measured(1, 200), regulars: measured(22, 1) },
    { vendure: measured(10, 20), medusa: measured(3, 200), regulars: measured(900, 1) },
  ]
  expect(summarisePeers(result(rounds))).toEqual({
    ratios: [
      { peer: 'vendure', ratio: 22, ratioByCpu: 20 },
      { peer: 'medusa', ratio: 210, ratioByCpu: 200 },
    ],
    goal: { wanted: 20, ratio: 22, met: true },
  })
  const slower = rounds.map(({ vendure }) => ({ vendure, regulars: measured(vendure.perSecond * 19, 1) }))
  expect(summarisePeers(result(slower)).goal).toMatchObject({ ratio: 19, met: false })
})

it('says on the table what was compared, and how many orders had the discount', () => {
  const text = formatPeers(result([{ vendure: measured(10, 20, 0.5), medusa: measured(2, 500), regulars: measured(190, 1) }]))
  expect(text).toContain('Vendure 3.7.3, Medusa 2.21.2')
  expect(text).toContain(
    "7 orders settled with the discount in Vendure's tables; 3 orders settled with the discount in Medusa's tables; 700",
  )
  expect(text).toMatch(/^vendure +10\.0 +19\.0 .* 210 +50\.0 %$/m)
  expect(text).toMatch(/^medusa +2\.0 +95\.0 .* 500 +100\.0 %$/m)
  expect(text).toMatch(/^regulars +190\.0 +1\.0 .* 90 +100\.0 %$/m)
  expect(text).toContain('NOT met  complete orders a second, of what Vendure does: 19.0×')
  expect(text).toContain('no goal  complete orders a second, of what Medusa does: 95.0×')
  expect(text).toContain('Regulars does not replace a commerce platform')
})

it('tells of who took part and of nobody else, so one peer can be run alone', () => {
  const text = formatPeers(result([{ vendure: measured(10, 20), regulars: measured(210, 1) }]))
  expect(text).not.toMatch(/medusa/i)
  const { vendure: _, ...versions } = { ...result([]).versions, medusa: '2.21.2' }
  const alone = { ...result([{ medusa: measured(2, 500), regulars: measured(190, 1) }]), versions }
  expect(summarisePeers(alone)).toMatchObject({ ratios: [{ peer: 'medusa', ratio: 95 }], goal: undefined })
  expect(formatPeers(alone)).not.toMatch(/vendure|goal:/i)
})
