import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatPeers, PEER_NAMES, PEER_TITLES, type PeersResult, summarisePeers } from './peer-summary.ts'
import { RECORDED, readBench, readHot, readPeers } from './recorded.ts'
import type { BenchResult } from './result.ts'
import { formatHot, formatResult, summarise } from './summary.ts'

const PAGE = join(import.meta.dirname, '..', 'docs', 'benchmarks.md')
const FINDINGS = join(import.meta.dirname, 'findings.md')
/** How much slower the largest number of members may be. */
const GROWTH_GOAL = 1.25

export async function writePage(): Promise<void> {
  await writeFile(PAGE, await composePage())
}

/** docs/benchmarks.md: goals and numbers from `bench/results`, and what was found on the way, which stands in `bench/findings.md`. */
export async function composePage(): Promise<string> {
  const base = readBench('base')
  const sections = [
    '# Benchmarks',
    'Written by `npm run bench:record` from the raw results in [bench/results](../bench/results) and from [what was found](../bench/findings.md); do not edit it by hand.',
    ...(base
      ? [goals(base), ...RECORDED.flatMap(({ name, title }) => section(name, title))]
      : ['Nothing has been recorded yet.']),
    (await readFile(FINDINGS, 'utf8')).trim(),
  ]
  return `${sections.join('\n\n')}\n`
}

function goals(base: BenchResult): string {
  const rows = summarise(base).goals.map(
    (goal) => `| ${goal.name} | ${goal.wanted} | ${goal.got} | ${goal.met ? 'yes' : '**no**'} |`,
  )
  return [
    '## Goals',
    '',
    '| | goal | measured | met |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...growth(base),
    ...peers(),
    '',
    `Measured at commit ${base.commit} on ${base.at.slice(0, 10)}: ${base.machine.cpu}, ${base.machine.cores} cores, ${base.machine.memoryGb} GB, ${base.machine.system}. Goals are ratios within one run, because machines differ and are noisy: the load and the limit take turns, and the median of the rounds stands. The limit is one prepared call of one hand-written function that does the least an operation can be, sent by pgbench to the same PostgreSQL; what it leaves out stands in [bench/limit.ts](../bench/limit.ts).`,
  ].join('\n')
}

function growth(base: BenchResult): string[] {
  const large = readBench('members-1m')
  if (!large) return []
  const times = summarise(readBench('members-10k') ?? base).ratioUniform / summarise(large).ratioUniform
  const met = times <= GROWTH_GOAL
  return [
    `| slower with 1,000,000 members than with ${base.options.members.toLocaleString('en')} | at most ${GROWTH_GOAL}× | ${times.toFixed(2)}× | ${met ? 'yes' : '**no**'} |`,
  ]
}

function peers(): string[] {
  const result = readPeers()
  if (!result) return []
  const { ratios, goal } = summarisePeers(result)
  const row = (title: string, wanted: string, ratio: number, met: string) =>
    `| complete orders a second, of what ${title} does | ${wanted} | ${ratio.toFixed(1)}× | ${met} |`
  return [
    ...(goal ? [row('Vendure', `at least ${goal.wanted}×`, goal.ratio, goal.met ? 'yes' : '**no**')] : []),
    ...ratios.filter(({ peer }) => peer !== 'vendure').map(({ peer, ratio }) => row(PEER_TITLES[peer], 'none', ratio, '')),
  ]
}

function section(name: string, title: string): string[] {
  const heading = `## ${title[0]?.toUpperCase()}${title.slice(1)}`
  if (name === 'hot') {
    const hot = readHot()
    return hot ? [heading, `\`\`\`text\n${formatHot(hot)}\n\`\`\``] : []
  }
  if (name === 'peers') {
    const result = readPeers()
    return result
      ? [
          heading,
          `\`\`\`text\n${formatPeers(result)}\n\`\`\`\n\nMeasured at commit ${result.commit} on ${result.at.slice(0, 10)}.${absentOf(result)}`,
        ]
      : []
  }
  const result = readBench(name)
  return result ? [heading, `\`\`\`text\n${formatResult(result)}\n\`\`\``] : []
}

/** A peer that was added after the run was recorded, or left out of it. */
function absentOf({ versions }: PeersResult): string {
  const absent = PEER_NAMES.filter((peer) => versions[peer] === undefined).map((peer) => PEER_TITLES[peer])
  return absent.length === 0 ? '' : ` Not in this run: ${absent.join(', ')}.`
}
