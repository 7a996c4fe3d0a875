import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** An installed Chromium or Chrome that can be started, or what `REGULARS_CHROMIUM` names. */
export function findChromium(env: Environment = process.env): string | undefined {
  return env.REGULARS_CHROMIUM || find(env, CHROMIUM)
}

/** An installed PgBouncer, or what `REGULARS_PGBOUNCER` names. */
export function findPgbouncer(env: Environment = process.env): string | undefined {
  return env.REGULARS_PGBOUNCER || find(env, PGBOUNCER)
}

interface Program {
  readonly names: readonly string[]
  /** Where it may be without being on the PATH. */
  readonly places: readonly string[]
}

const CHROMIUM: Program = {
  // Debian's package first: it is what the test command installs.
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'],
  places: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
}
/** Debian keeps it where only root looks. */
const PGBOUNCER: Program = { names: ['pgbouncer'], places: ['/usr/sbin/pgbouncer'] }

function find(env: Environment, { names, places }: Program): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places].find(canStart)
}

function canStart(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
