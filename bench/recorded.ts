import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PeersResult } from './peer-summary.ts'
import type { BenchResult, HotResult } from './result.ts'

/** A run whose result is kept in `bench/results`. */
export interface Recorded {
  readonly name: string
  readonly title: string
  readonly args: readonly string[]
  /** What runs it, where that is not `npm run bench`. */
  readonly command?: 'bench:peers'
}

export const RECORDED: readonly Recorded[] = [
  { name: 'base', title: '10,000 members, one server process', args: ['--seconds', '10', '--rounds', '5'] },
  {
    name: 'node-24',
    title: 'the same under Node 24, as in the image',
    args: ['--seconds', '10', '--rounds', '5', '--node', '24'],
  },
  { name: 'servers-2', title: 'two server processes', args: ['--seconds', '10', '--rounds', '3', '--servers', '2'] },
  { name: 'servers-4', title: 'four server processes', args: ['--seconds', '10', '--rounds', '3', '--servers', '4'] },
  { name: 'hot', title: 'everybody at once', args: ['--hot'] },
  // Beside the million, so that whatever else the machine does counts for both.
  { name: 'members-10k', title: '10,000 members, beside the million', args: ['--seconds', '10', '--rounds', '3'] },
  { name: 'members-1m', title: '1,000,000 members', args: ['--seconds', '10', '--rounds', '3', '--members', '1000000'] },
  { name: 'flat', title: 'ten minutes', args: ['--seconds', '150', '--rounds', '1'] },
  { name: 'peers', title: 'peers: Vendure 3 and Medusa 2', args: [], command: 'bench:peers' },
]

export const readBench = (name: string): BenchResult | undefined => read(name) as BenchResult | undefined
export const readPeers = (): PeersResult | undefined => read('peers') as PeersResult | undefined
export const readHot = (): HotResult | undefined => read('hot') as HotResult | undefined

function read(name: string): object | undefined {
  const file = join(import.meta.dirname, 'results', `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : undefined
}
