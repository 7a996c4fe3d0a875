import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** For tests: another process that has PostgreSQL started. */
export interface Elsewhere {
  readonly child: ChildProcess
  readonly url: Promise<string>
  /** Lets it end in good order: what it wrote after its URL. */
  end(signal?: 'SIGINT'): Promise<string>
  kill(): Promise<void>
}

/**
 * It starts PostgreSQL on a folder and prints the URL; when its input ends or Ctrl-C is pressed it asks PostgreSQL once more, prints the answer, and
 * stops it. It leads a process group, as a command does that a terminal has started. `user`: whom it becomes first. `platform`: where this code lies.
 */
export function startElsewhere(
  dataDir: string,
  { user, env, platform = new URL('./', import.meta.url) }: { user?: number; env?: Record<string, string>; platform?: URL } = {},
): Elsewhere {
  const program = `
    import { openOwner } from ${JSON.stringify(new URL('database.ts', platform).href)}
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('embedded-postgres.ts', platform).href)}
    const user = ${JSON.stringify(user ?? null)}
    if (user !== null) {
      process.setgroups([])
      process.setgid(user)
      process.setuid(user)
    }
    const asked = new Promise((asked) => process.once('SIGINT', asked).stdin.once('end', asked).resume())
    const running = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
    console.log(running.url)
    await asked
    const owner = openOwner(running.socketUrl, 'test')
    console.log(JSON.stringify(await owner.query('', 'select 7 as n', [])))
    await owner.close()
    await running.stop()
    process.exit(0)`
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd: fileURLToPath(platform),
    env: { ...process.env, ...env },
  })
  let [output, complaint] = ['', '']
  child.stderr.on('data', (text: Buffer) => {
    complaint += text
  })
  const gone = new Promise<void>((done) => child.once('close', () => done()))
  const url = new Promise<string>((found, failed) => {
    child.stdout.on('data', (text: Buffer) => {
      output += text
      if (output.includes('\n')) found(output.slice(0, output.indexOf('\n')))
    })
    gone.then(() => failed(new Error(`the other process ended with ${child.exitCode}: ${complaint}`)))
  })
  return {
    child,
    url,
    async end(signal) {
      if (signal && child.pid) process.kill(-child.pid, signal)
      else child.stdin.end()
      await gone
      return output.slice(output.indexOf('\n') + 1).trim()
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
      await sleep(0)
    },
  }
}
