import { execFile } from 'node:child_process'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DEBIAN = '/usr/lib/postgresql'

/** PostgreSQL's own tools, as a Debian package has them; run as `postgres` where we are root, since PostgreSQL refuses to be. */
export interface Tools {
  readonly version: string
  run(program: string, args: readonly string[]): Promise<string>
}

export async function findTools(): Promise<Tools> {
  const versions = (await readdir(DEBIAN).catch(() => [])).sort((a, b) => Number(b) - Number(a))
  const [version] = versions
  if (version === undefined) throw new Error(`There is no PostgreSQL in ${DEBIAN}: apt-get install postgresql`)
  const asPostgres = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []
  return {
    version,
    async run(program, args) {
      const [command = '', ...rest] = [...asPostgres, join(DEBIAN, version, 'bin', program), ...args]
      return (await run(command, rest, { cwd: '/tmp' })).stdout
    },
  }
}

/** A cluster that keeps every piece of its log in a folder, from which it can be brought to any moment. */
export async function createCluster(tools: Tools, folder: string, port: number): Promise<void> {
  const data = join(folder, 'data')
  await tools.run('initdb', ['-D', data, '-U', 'regulars', '--auth=trust', '--no-instructions'])
  await writeFile(join(data, 'postgresql.auto.conf'), settings(folder, port))
}

export async function startCluster(tools: Tools, folder: string, name = 'data'): Promise<void> {
  const log = join(folder, `${name}.log`)
  await tools.run('pg_ctl', ['-D', join(folder, name), '-l', log, '-w', '-t', '60', 'start']).catch(async (fault: unknown) => {
    throw new Error(await readFile(log, 'utf8'), { cause: fault })
  })
}

export const stopCluster = (tools: Tools, folder: string, name = 'data', mode = 'fast') =>
  tools.run('pg_ctl', ['-D', join(folder, name), '-w', '-m', mode, 'stop'])

/** Puts a base backup in the place of the cluster, to be brought to an instant from the archive. */
export async function prepareRestore(folder: string, port: number, until: Date): Promise<void> {
  const data = join(folder, 'restored')
  const recovery = [
    `restore_command = 'cp ${folder}/archive/%f %p'`,
    `recovery_target_time = '${until.toISOString().replace('T', ' ').replace('Z', '+00')}'`,
    `recovery_target_action = 'promote'`,
  ]
  await writeFile(join(data, 'postgresql.auto.conf'), `${settings(folder, port)}${recovery.join('\n')}\n`)
  const signal = join(data, 'recovery.signal')
  await writeFile(signal, '')
  // PostgreSQL removes it, as whoever it runs as.
  await chmod(signal, 0o666)
}

/** Resolves when the piece of the log that is being written now lies in the archive. */
export async function archiveLog(tools: Tools, folder: string, port: number): Promise<void> {
  const psql = (text: string) =>
    run('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', 'regulars', '-d', 'postgres', '-Atc', text])
  const piece = (await psql('select pg_walfile_name(pg_current_wal_lsn())')).stdout.trim()
  await psql('select pg_switch_wal()')
  for (let waited = 0; waited < 300; waited++) {
    if ((await readdir(join(folder, 'archive'))).includes(piece)) return
    await sleep(100)
  }
  throw new Error(`PostgreSQL ${tools.version} has not archived ${piece} within 30 s`)
}

function settings(folder: string, port: number): string {
  const lines = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = '${folder}'`,
    `archive_mode = on`,
    `archive_command = 'test ! -f ${folder}/archive/%f && cp %p ${folder}/archive/%f'`,
    `wal_level = replica`,
  ]
  return `${lines.join('\n')}\n`
}
