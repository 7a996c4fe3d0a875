import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { killCluster, stopCluster, type Tools } from './cluster.ts'
import { check, postgresUser } from './shop.ts'

/** The two nodes, as ops/haproxy.cfg has them. */
export type Node = 'one' | 'two'
const NODES: readonly Node[] = ['one', 'two']

/** What Patroni says of a node. */
interface Member {
  readonly name: Node
  readonly role: 'leader' | 'replica' | 'sync_standby'
  readonly state: string
  readonly timeline?: number
}

/** etcd, two nodes of PostgreSQL under Patroni and HAProxy before them, as ops/patroni.yml and ops/haproxy.cfg have them, on this machine. */
export interface Nodes {
  /** The one address, which always leads to the primary. */
  readonly databaseUrl: string
  startEtcd(): Promise<void>
  killEtcd(): Promise<void>
  startNode(node: Node): Promise<void>
  startProxy(): Promise<void>
  killPatroni(node: Node): Promise<void>
  /** PostgreSQL and its Patroni at once, as a power cut does it. */
  killNode(node: Node): Promise<void>
  /** What an operator does before work on a machine. */
  switchOver(from: Node, to: Node): Promise<void>
  /** Resolves when this node leads, and with a standby that has all of it where one is asked for. */
  waitForLeader(leader: Node, standby?: Node): Promise<void>
  stop(): Promise<void>
}

const OPS = join(import.meta.dirname, '..', '..', '..', 'ops')
const PROGRAMS = { etcd: '/usr/bin/etcd', patroni: '/usr/bin/patroni', haproxy: '/usr/sbin/haproxy' }
/** The first start makes a database, and a node that joins copies it. */
const PATIENCE_MS = 90_000

export async function prepareNodes(tools: Tools, folder: string): Promise<Nodes> {
  for (const file of Object.values(PROGRAMS))
    await access(file).catch(() => check(false, `There is no ${file}: apt-get install patroni etcd-server haproxy`))
  const at = loopback()
  const configuration = await readFile(join(OPS, 'patroni.yml'), 'utf8')
  const password = /username: postgres\n +password: (.+)/.exec(configuration)?.[1]
  check(password !== undefined, 'ops/patroni.yml names no password of postgres')
  const databaseUrl = `postgres://postgres:${password}@${at.proxy}:5432/postgres`
  for (const node of NODES) await writeNode(node)
  const proxyFile = join(folder, 'haproxy.cfg')
  await writeFile(proxyFile, proxyConfiguration(await readFile(join(OPS, 'haproxy.cfg'), 'utf8'), at))

  const running = new Map<string, { child: ChildProcess; output(): string }>()
  function start(name: string, program: string, args: readonly string[]): void {
    // As Debian's packages run them; PostgreSQL refuses to be root.
    const user = process.getuid?.() === 0 ? postgresUser() : {}
    const child = spawn(program, args, {
      ...user,
      cwd: folder,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-4_000)
      })
    running.set(name, { child, output: () => output })
  }
  async function kill(name: string): Promise<void> {
    const child = running.get(name)?.child
    running.delete(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  /** Fails with what was printed where something has ended, or never comes to be. */
  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MS; !(await holds().catch(() => false)); await sleep(50)) {
      for (const [name, { child, output }] of running) check(child.exitCode === null, `${name} has ended:\n${output()}`)
      check(
        Date.now() < deadline,
        `${what}: not within ${PATIENCE_MS / 1000} s\n${[...running.values()].map((p) => p.output()).join('\n')}`,
      )
    }
  }
  async function members(asked: Node): Promise<readonly Member[]> {
    const reply = await fetch(`http://${at[asked]}:8008/cluster`)
    return ((await reply.json()) as { members: Member[] }).members
  }
  /** Patroni's own, which overrides what stands in ops/patroni.yml: it merges the files of a folder in the order of their names. */
  async function writeNode(node: Node): Promise<void> {
    const [postgres, rest] = [`${at[node]}:5432`, `${at[node]}:8008`]
    const own = {
      name: node,
      etcd3: { hosts: `${at.etcd}:2379` },
      restapi: { listen: rest, connect_address: rest },
      postgresql: {
        listen: postgres,
        connect_address: postgres,
        data_dir: join(folder, node),
        bin_dir: tools.folder,
        pgpass: join(folder, `${node}.pgpass`),
        parameters: { unix_socket_directories: '' },
      },
    }
    const into = join(folder, `${node}.configuration`)
    await mkdir(into)
    await writeFile(join(into, '1-ops.yml'), configuration)
    await writeFile(join(into, '2-own.yml'), JSON.stringify(own))
  }

  return {
    databaseUrl,
    async startEtcd() {
      const [clients, peers] = [`http://${at.etcd}:2379`, `http://${at.etcd}:2380`]
      const listen = ['--listen-client-urls', clients, '--advertise-client-urls', clients, '--listen-peer-urls', peers]
      const cluster = ['--initial-advertise-peer-urls', peers, '--initial-cluster', `default=${peers}`]
      start('etcd', PROGRAMS.etcd, ['--data-dir', join(folder, 'etcd'), ...listen, ...cluster])
      await until('etcd answers', async () => (await fetch(`${clients}/health`)).ok)
    },
    killEtcd: () => kill('etcd'),
    async startNode(node) {
      start(node, PROGRAMS.patroni, [join(folder, `${node}.configuration`)])
      await until(`Patroni ${node} answers`, async () => (await fetch(`http://${at[node]}:8008/liveness`)).ok)
    },
    async startProxy() {
      start('haproxy', PROGRAMS.haproxy, ['-db', '-f', proxyFile])
      const asked = ['-d', databaseUrl, '-Atc', 'select pg_is_in_recovery()']
      await until('HAProxy leads to the primary', async () => (await tools.run('psql', asked)).trim() === 'f')
    },
    killPatroni: kill,
    async killNode(node) {
      await Promise.all([kill(node), killCluster(folder, node)])
    },
    async switchOver(from, to) {
      const body = JSON.stringify({ leader: from, candidate: to })
      const reply = await fetch(`http://${at[from]}:8008/switchover`, { method: 'POST', body })
      check(reply.ok, `switchover: ${await reply.text()}`)
    },
    waitForLeader: (leader, standby) =>
      until(`${leader} leads${standby ? `, and ${standby} follows` : ''}`, async () => {
        const now = await members(leader)
        const leads = now.find(({ name }) => name === leader)
        const follows = now.find(({ name }) => name === standby)
        if (leads?.role !== 'leader' || leads.state !== 'running') return false
        return standby === undefined || (follows?.role === 'sync_standby' && follows.timeline === leads.timeline)
      }),
    async stop() {
      // Patroni first: it would start again, or promote, what is stopped here.
      for (const name of [...running.keys()]) await kill(name)
      for (const node of NODES) await stopCluster(tools, folder, node, 'immediate').catch(() => {})
    },
  }
}

/**
 * An address for each, as on machines of their own, so that the ports are those of the files. Ports that are free by chance would not do: a node that is
 * killed leaves its own for a while, and whatever else runs here may be given it.
 */
function loopback(): Record<Node | 'etcd' | 'proxy', string> {
  const network = `127.${randomInt(1, 255)}.${randomInt(256)}`
  return { one: `${network}.1`, two: `${network}.2`, etcd: `${network}.3`, proxy: `${network}.4` }
}

function proxyConfiguration(file: string, at: Record<Node | 'proxy', string>): string {
  const text = put(file, 'bind *:5432', `bind ${at.proxy}:5432`)
  return NODES.reduce((changed, node) => put(changed, `db-${node}.example.com`, at[node]), text)
}

function put(text: string, what: string, instead: string): string {
  check(text.includes(what), `ops/haproxy.cfg has no "${what}"`)
  return text.replace(what, instead)
}
