import { createWriteStream } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { moveClock, regulars, writeProgram } from '../command.ts'
import { playBurst } from './burst.ts'
import type { Mishap } from './line.ts'
import type { Random } from './random.ts'
import type { SdkTills } from './sdk-tills.ts'
import { chaosProgram, portOf, postgresPid, type Server, type Stage, walletVersion } from './stage.ts'
import { callOnce, joinMember, type Shop } from './till.ts'

export const FAULTS = [
  'server_killed',
  'worker_killed',
  'till_killed',
  'postgres_killed',
  'database_line_cut',
  'database_line_frozen',
  'client_lines_cut',
  'clock_jump',
  'disk_full',
  'pool_exhausted',
  'slow_smtp',
  'credential_rotated',
  'program_applied',
  'burst',
] as const
export type Fault = (typeof FAULTS)[number]
/** What a run counts, and cannot do without. */
export type Happening = Fault | Mishap | 'migration_race' | 'decided_in_a_row'

/** What a fault may touch, and where it tells what it did. */
export interface Scene {
  readonly stage: Stage
  readonly shop: Shop
  readonly sdkTills: SdkTills
  readonly random: Random
  readonly count: (happening: Happening) => void
  readonly applied: AppliedProgram[]
  /** Milliseconds from the kill of something to the first answer that needs it. */
  readonly recoveries: { readonly fault: Fault; readonly ms: number }[]
  /** Promises that were seen to be broken. */
  readonly violations: string[]
  /** Addresses that a mail must have reached in the end. */
  readonly mailed: string[]
  /** Whose calls come in bursts: some for whom nothing else is asked, and one that all tills sell to. */
  readonly bursts: { readonly members: readonly string[]; made: number }
  /** A member to look up, to see whether anything works. */
  readonly probe: string
}

/** When a version that multiplies by this was put in force: somewhere between the two instants. */
export interface AppliedProgram {
  readonly multiply: 1 | 2
  readonly start: number
  readonly end: number
}

/** Makes one fault happen, and waits until what it broke is there again; false where this machine does not allow it. */
export const MAKE: Readonly<Record<Fault, (scene: Scene) => Promise<boolean>>> = {
  async server_killed(scene) {
    const { stage, random } = scene
    const server = random.pick([...stage.servers])
    await server.process.kill()
    const killed = performance.now()
    await sleep(random.between(0, 500))
    server.process = await stage.startServer(server)
    server.line.leadTo(portOf(server.process))
    await answers(scene, [server])
    scene.recoveries.push({ fault: 'server_killed', ms: performance.now() - killed })
    return true
  },

  async worker_killed({ stage, random }) {
    await stage.keeper.kill()
    await sleep(random.between(0, 1_000))
    stage.keeper = await stage.startKeeper()
    return true
  },

  async till_killed({ sdkTills, random }) {
    sdkTills.kill(random)
    return true
  },

  async postgres_killed(scene) {
    const pid = await postgresPid(scene.stage.dataDir)
    if (pid === undefined) throw new Error('PostgreSQL does not run')
    process.kill(pid, 'SIGKILL')
    const killed = performance.now()
    await answers(scene)
    scene.recoveries.push({ fault: 'postgres_killed', ms: performance.now() - killed })
    return true
  },

  async database_line_cut({ stage, random }) {
    random.pick([...stage.servers]).database.cut()
    return true
  },

  async database_line_frozen(scene) {
    const server = scene.random.pick([...scene.stage.servers])
    server.database.freeze(1_500)
    await sleep(1_500)
    await answers(scene, [server])
    return true
  },

  async client_lines_cut({ stage }) {
    for (const { line } of stage.servers) line.cut()
    return true
  },

  async clock_jump({ stage, random }) {
    const { url = '' } = stage.keeper.ready
    for (const hours of [random.between(1, 5), -random.between(1, 5)]) {
      await moveClock(url, stage.adminToken, new Date(Date.now() + hours * 3_600_000).toISOString())
      await sleep(500)
    }
    await moveClock(url, stage.adminToken, null)
    return true
  },

  async disk_full(scene) {
    const { stage } = scene
    if (!stage.diskIsSmall) return false
    const file = join(stage.dataDir, 'ballast')
    await fillDisk(file)
    try {
      await untilWritesFail(scene)
    } finally {
      await rm(file, { force: true })
    }
    const freed = performance.now()
    await answers(scene)
    scene.recoveries.push({ fault: 'disk_full', ms: performance.now() - freed })
    return true
  },

  async pool_exhausted({ shop, stage, random, probe }) {
    const { line } = random.pick([...stage.servers])
    await Promise.all(Array.from({ length: 150 }, () => callOnce(shop, line.port, `/loyalty/accounts/${probe}/balance`)))
    return true
  },

  async slow_smtp({ shop, random, mailed }) {
    const address = `c${mailed.length}-${random.between(0, 1e9)}@example.com`
    const phone = `41${random.between(20_000_000, 99_999_999)}`
    const { http, text } = await joinMember(shop, random, phone, { email: address, verify_email: true })
    if (http !== 202) throw new Error(`a member who is to verify an address was answered ${http}: ${text}`)
    mailed.push(address)
    return true
  },

  async credential_rotated({ stage, shop, sdkTills }) {
    const { code, stdout, stderr } = await regulars([
      ...['credential', 'rotate', shop.apiKey, '--database-url', stage.databaseUrl, '--json'],
      ...['--key-file', join(stage.dataDir, 'master.key')],
    ])
    if (code !== 0) throw new Error(`the credential was not rotated: ${stdout}${stderr}`)
    shop.secret = (JSON.parse(stdout) as { secret: string }).secret
    await sdkTills.giveSecret(shop.secret)
    return true
  },

  async program_applied({ stage, applied }) {
    // The keeper's own file: it applies that again whenever it starts.
    const multiply = applied.at(-1)?.multiply === 2 ? 1 : 2
    const file = await writeProgram(stage.folder, chaosProgram(multiply))
    const start = performance.now()
    const { code, stdout, stderr } = await regulars(['apply', file, '--yes', '--database-url', stage.databaseUrl])
    if (code !== 0) throw new Error(`the program was not applied: ${stdout}${stderr}`)
    applied.push({ multiply, start, end: performance.now() })
    return true
  },

  /**
   * The first one is left in peace; half of the others meet another fault. What is written by fewer commits than it has orders was decided in a row, and
   * what tills write for the same member meanwhile only makes that harder to show.
   */
  async burst(scene) {
    const { bursts, shop, stage, random } = scene
    const member = bursts.members[bursts.made % bursts.members.length] ?? ''
    bursts.made += 1
    const before = await walletVersion(stage, member)
    const trouble = bursts.made > 1 && random.chance(0.5) ? random.pick(TROUBLE) : undefined
    const met = sleep(random.between(5, 120)).then(() => trouble && MAKE[trouble](scene))
    const played = playBurst(shop, random.fork(), member, `burst-${bursts.made}`).catch((fault: Error) => {
      scene.violations.push(fault.message)
      return 0
    })
    const [orders] = await Promise.all([played, met])
    const commits = (await walletVersion(stage, member)) - before
    if (commits <= 0 && orders > 0) throw new Error(`a burst of ${orders} orders left the wallet of ${member} as it was`)
    if (commits < orders) scene.count('decided_in_a_row')
    return true
  },
}

/** What can be made while a burst is under way: what breaks in the middle of a call. */
const TROUBLE = ['server_killed', 'postgres_killed', 'database_line_cut', 'client_lines_cut'] as const

/** Until each of these servers has answered a look-up that needs the database. */
async function answers({ shop, stage, probe }: Scene, servers: readonly Server[] = stage.servers): Promise<void> {
  const until = Date.now() + 60_000
  for (const server of servers) {
    for (;;) {
      const answer = await callOnce(shop, portOf(server.process), `/loyalty/accounts/${probe}/balance`)
      if (answer?.http === 200) break
      if (Date.now() > until)
        throw new Error(`${server.name} did not recover within a minute:\n${server.process.output().slice(-4_000)}`)
      await sleep(10)
    }
  }
}

/** A full disk is felt when a table or the log has to grow: new members until one cannot be written. */
async function untilWritesFail({ shop, stage, random }: Scene): Promise<void> {
  const until = Date.now() + 30_000
  while (Date.now() < until) {
    const body = JSON.stringify({
      customer: { phone: `42${random.between(20_000_000, 99_999_999)}`, name: { first: 'x'.repeat(900) } },
    })
    const answer = await callOnce(shop, portOf(stage.servers[0].process), '/loyalty/accounts', body)
    if (answer === undefined || answer.http === 503) return
    if (answer.http >= 500) throw new Error(`a full disk is answered ${answer.http}: ${answer.text}`)
  }
  throw new Error('the disk was full for half a minute and nobody noticed')
}

async function fillDisk(file: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(file, '..'))
  const block = Buffer.alloc(1 << 20)
  const stream = createWriteStream(file)
  await new Promise<void>((resolve) => {
    let left = bavail * bsize
    stream.on('error', () => resolve())
    const more = () => {
      if (left <= 0) return void stream.end(resolve)
      left -= block.length
      stream.write(block, (error) => (error ? undefined : more()))
    }
    more()
  })
}
