import { fileURLToPath } from 'node:url'
import type { Program } from '@regulars/engine'
import { openDatabase } from '../../platform/index.ts'
import { compileDocument, createProgramShelf } from '../../programs/index.ts'
import { DEFAULT_SEED, readHistory } from '../../replay/index.ts'
import { comparePrograms, formatSimulation, simulationCsv } from '../../simulate/index.ts'
import { DEMO_PROGRAM, readProgram } from '../dev.ts'
import { needDatabaseUrl, readEnvironment, readSettings, UsageError } from '../settings.ts'
import { print } from './output.ts'

interface SimulateOptions {
  readonly program: string
  readonly current?: string
  readonly account?: string
  readonly databaseUrl?: string
  readonly environment: string
  readonly orders: string
  readonly menu: string
  readonly seed?: number
  readonly limit?: number
  readonly json?: boolean
  readonly csv?: boolean
}

export async function simulate(options: SimulateOptions): Promise<void> {
  if (options.json && options.csv) throw new UsageError('Pass --json or --csv, not both.')
  const next = compileDocument((await readProgram(options.program)).document)
  const current = await currentProgram(options)
  if (next.currency !== current.currency || next.digits !== 2)
    throw new UsageError(
      `The history is in hundredths of one currency; the programs are in ${current.currency} and ${next.currency}.`,
    )
  const report = comparePrograms({ current, next, orders: history(options), seed: options.seed ?? DEFAULT_SEED })
  print(report, {
    json: options.json,
    text: () => (options.csv ? simulationCsv(report) : formatSimulation(report)),
  })
}

/** The program to compare with: a file, or what an account has in force, or the demo brand's. */
async function currentProgram({ current, account, databaseUrl, environment }: SimulateOptions): Promise<Program> {
  if (account === undefined) {
    const { document } = await readProgram(current ?? fileURLToPath(DEMO_PROGRAM))
    return compileDocument(document)
  }
  if (current !== undefined) throw new UsageError('Pass --current or --account, not both.')
  const db = openDatabase({
    url: needDatabaseUrl(databaseUrl, readSettings()),
    environment: readEnvironment(environment),
    poolSize: 1,
  })
  try {
    return (await createProgramShelf().current(db, account)).program
  } finally {
    await db.close()
  }
}

function history({ menu, orders, limit }: SimulateOptions): ReturnType<typeof readHistory> {
  try {
    return readHistory(menu, orders).slice(0, limit)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
