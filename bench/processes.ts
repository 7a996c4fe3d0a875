import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What a process has taken of the machine so far. */
export interface Usage {
  /** In user and system mode together. */
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** Linux tells times in hundredths of a second, whatever its own clock is (USER_HZ). */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4_096
const NOTHING: Usage = { cpuSeconds: 0, rssBytes: 0 }

/** Of the processes that live now, and of those among their children that have ended. Zero where there is no /proc. */
export function usageOf(pids: readonly number[]): Usage {
  return pids
    .map(usageOfOne)
    .reduce((a, b) => ({ cpuSeconds: a.cpuSeconds + b.cpuSeconds, rssBytes: a.rssBytes + b.rssBytes }), NOTHING)
}

function usageOfOne(pid: number): Usage {
  const stat = statOf(pid)
  if (!stat) return NOTHING
  const ticks = [13, 14, 15, 16].reduce((sum, field) => sum + Number(stat[field]), 0)
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: Number(stat[23]) * PAGE_BYTES }
}

/** A server of PostgreSQL, found by one of its backends: the postmaster and all it has started. */
export function familyOf(backend: number): number[] {
  const postmaster = Number(statOf(backend)?.[3])
  if (!(postmaster > 1)) return []
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  return [postmaster, ...pids.filter((pid) => Number(statOf(pid)?.[3]) === postmaster)]
}

/** The fields of /proc/<pid>/stat, counted from 0. The name of the program, which may hold blanks, is one of them. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const end = text.lastIndexOf(')')
    return [String(pid), text.slice(text.indexOf('('), end + 1), ...text.slice(end + 2).split(' ')]
  } catch {
    return undefined
  }
}

/**
 * Which cores the load may take, so that it takes none from what is measured. With fewer than four, taking one away would measure a smaller machine:
 * then all share all, and the client's part is told beside the others'.
 */
export interface Cores {
  readonly client: string
  readonly server: string
}

export async function coresApart(): Promise<Cores | undefined> {
  const cores = availableParallelism()
  if (cores < 4 || !(await hasProgram('taskset'))) return undefined
  return { client: String(cores - 1), server: `0-${cores - 2}` }
}

export const hasProgram = (name: string): Promise<boolean> =>
  promisify(execFile)(name, ['--version']).then(
    () => true,
    () => false,
  )

export function spawnOn(cores: string | undefined, command: readonly [string, ...string[]], options: SpawnOptions): ChildProcess {
  const [program, ...args] = cores === undefined ? command : (['taskset', '-c', cores, ...command] as const)
  return spawn(program, args, { env: { ...process.env, ...options.env }, stdio: options.stdio })
}

interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdio: ('ignore' | 'pipe' | 'inherit' | 'ipc')[]
}

/** Runs a file of the bench in a process of its own, which tells on standard error how far it is. @throws when it fails. */
export async function runApart(
  file: string,
  args: readonly string[],
  { stdout }: { stdout: 'inherit' | 'ignore' },
): Promise<void> {
  const command = ['--import', 'tsx', join(import.meta.dirname, file), ...args]
  const [code] = await once(spawn(process.execPath, command, { stdio: ['inherit', stdout, 'inherit'] }), 'exit')
  if (code !== 0) throw new Error('the run has failed: see above')
}
