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
  readonly folder: string
  run(program: string, args: readonly string[]): Promise<string>
  /** A base backup of the cluster at this port, into a folder that is not there yet. */
  copy(port: number, into: string): Promise<unknown>
}

export async function findTools(): Promise<Tools> {
  const versions = (await readdir(DEBIAN).catch(() => [])).sort((a, b) => Number(b) - Number(a))
  const [version] = versions
  if (version === undefined) throw new Error(`There is no PostgreSQL in ${DEBIAN}: apt-get install postgresql`)
  const asPostgres = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []
  const runTool: Tools['run'] = async (program, args) => {
    const [command = '', ...rest] = [...asPostgres, join(DEBIAN, version, 'bin', program), ...args]
    return (await run(command, rest, { cwd: '/tmp' })).stdout
  }
  return {
    version,
    folder: join(DEBIAN, version, 'bin'),
    run: runTool,
    copy: (port, into) =>
      runTool('pg_basebackup', ['-h', '127.0.0.1', '-p', String(port), '-U', 'regulars', '-D', into, '-c', 'fast']),
  }
}

/** `archive`: keeps every piece of its log in a folder, from which it can be brought to any moment. */
export async function createCluster(
  tools: Tools,
  folder: string,
  { port, name = 'data', archive = false }: { port: number; name?: string; archive?: boolean },
): Promise<void> {
  const data = join(folder, name)
  await tools.run('initdb', ['-D', data, '-U', 'regulars', '--auth=trust', '--no-instructions'])
  await writeFile(join(data, 'postgresql.auto.conf'), settings(folder, port, archive))
}

export async function startCluster(tools: Tools, folder: string, name = 'data'): Promise<void> {
  const log = join(folder, `${name}.log`)
  await tools.run('pg_ctl', ['-D', join(folder, name), '-l', log, '-w', '-t', '60', 'start']).catch(async (fault: unknown) => {
    throw new Error(await readFile(log, 'utf8'), { cause: fault })
  })
}

export const stopCluster = (tools: Tools, folder: string, name = 'data', mode = 'fast') =>
  tools.run('pg_ctl', ['-D', join(folder, name), '-w', '-m', mode, 'stop'])

/** Ends it as a power cut does; its own processes notice and follow. */
export async function killCluster(folder: string, name: string): Promise<void> {
  process.kill(Number((await readFile(join(folder, name, 'postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGKILL')
}

/** Puts a base backup in the place of the cluster, to be brought to an instant from the archive. */
export async function prepareRestore(folder: string, port: number, until: Date): Promise<void> {
  const data = join(folder, 'restored')
  const recovery = [
    `restore_command = 'cp ${folder}/archive/%f %p'`,
    `recovery_target_time = '${until.toISOString().replace('T', ' ').replace('Z', '+00')}'`,
    `recovery_target_action = 'promote'`,
  ]
  await writeFile(join(data, 'postgresql.auto.conf'), `${settings(folder, port, true)}${recovery.join('\n')}\n`)
  await signal(data, 'recovery.signal')
}

/** PostgreSQL removes it, as whoever it runs as. */
async function signal(data: string, name: string): Promise<void> {
  const file = join(data, name)
  await writeFile(file, '')
  await chmod(file, 0o666)
}

/** Makes of a base backup a cluster that follows its primary, and reads only until it is promoted. */
export async function prepareStandby(
  folder: string,
  { primary, name, port }: { primary: number; name: string; port: number },
): Promise<void> {
  const follows = `primary_conninfo = 'host=127.0.0.1 port=${primary} user=regulars application_name=${name}'`
  await writeFile(join(folder, name, 'postgresql.auto.conf'), `${settings(folder, port, false)}${follows}\n`)
  await signal(join(folder, name), 'standby.signal')
}

/** Resolves when some standby has all that this primary has. */
export async function waitForStandby(port: number): Promise<void> {
  for (let waited = 0; waited < 300; waited++) {
    if ((await psql(port, `select count(*) from pg_stat_replication where state = 'streaming'`)) !== '0') return
    await sleep(100)
  }
  throw new Error('no standby follows the primary within 30 s')
}

/** From now on a commit is answered when a standby has it too. */
export async function requireStandby(port: number): Promise<void> {
  await psql(port, `alter system set synchronous_standby_names = 'ANY 1 (*)'`)
  await psql(port, 'select pg_reload_conf()')
}

async function psql(port: number, text: string): Promise<string> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-U', 'regulars', '-d', 'postgres', '-Atc', text]
  return (await run('psql', args)).stdout.trim()
}

/** Resolves when the piece of the log that is being written now lies in the archive. */
export async function archiveLog(tools: Tools, folder: string, port: number): Promise<void> {
  const piece = await psql(port, 'select pg_walfile_name(pg_current_wal_lsn())')
  await psql(port, 'select pg_switch_wal()')
  for (let waited = 0; waited < 300; waited++) {
    if ((await readdir(join(folder, 'archive'))).includes(piece)) return
    await sleep(100)
  }
  throw new Error(`PostgreSQL ${tools.version} has not archived ${piece} within 30 s`)
}

function settings(folder: string, port: number, archive: boolean): string {
  const lines = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = '${folder}'`,
    `wal_level = replica`,
    ...(archive ? [`archive_mode = on`, `archive_command = 'test ! -f ${folder}/archive/%f && cp %p ${folder}/archive/%f'`] : []),
  ]
  return `${lines.join('\n')}\n`
}
