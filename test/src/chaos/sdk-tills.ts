import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REWARD_POINTS } from './member-model.ts'
import type { Random } from './random.ts'
import { CHARGES, type Charged, REFUNDS, readLines, type SdkTill } from './sdk-till-books.ts'

/** Tills on the SDK, each a process with a journal in files and members of its own. */
export interface SdkTills {
  /** Kills one of them and starts it again; it goes on from its journal. */
  kill(random: Random): void
  /** The secret that they sign with from their next order on. */
  giveSecret(secret: string): Promise<void>
  /** Ends them when they have settled everything. Gives what was wrong with any, and what each member must have. */
  close(): Promise<{ readonly orders: number; readonly wrong: readonly string[]; readonly points: ReadonlyMap<string, number> }>
}

export async function startSdkTills(options: {
  readonly folder: string
  readonly credential: { readonly apiKey: string; readonly secret: string; readonly accountId: string }
  readonly ports: readonly [number, ...number[]]
  /** Those of each till. */
  readonly members: readonly (readonly [string, ...string[]])[]
  readonly random: Random
}): Promise<SdkTills> {
  const { folder, credential, ports, random } = options
  const credentialFile = join(folder, 'till-credential.json')
  const giveSecret = (secret: string) => writeFile(credentialFile, JSON.stringify({ apiKey: credential.apiKey, secret }))
  await giveSecret(credential.secret)
  const wrong: string[] = []
  const tills = await Promise.all(
    options.members.map(async (members, n) => {
      const home = join(folder, `till-${n}`)
      await mkdir(home)
      return { home, members, child: undefined as ChildProcess | undefined, ended: Promise.resolve() }
    }),
  )
  for (const till of tills) start(till)

  function start(till: (typeof tills)[number]): void {
    const { accountId } = credential
    const given: SdkTill = {
      folder: till.home,
      credentialFile,
      accountId,
      ports,
      members: till.members,
      seed: random.between(0, 2 ** 31),
    }
    const program = join(import.meta.dirname, 'sdk-till.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(given)], {
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    // It may be killed while its input is closed.
    child.stdin.on('error', () => {})
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    till.child = child
    till.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        if (code !== 0 && signal !== 'SIGKILL') wrong.push(`a till on the SDK ended with ${code ?? signal}:\n${said}`)
        resolve()
      })
    })
  }

  return {
    kill(random) {
      const till = tills[random.between(0, tills.length - 1)]
      if (!till) return
      till.child?.kill('SIGKILL')
      start(till)
    },
    giveSecret,
    async close() {
      for (const { child } of tills) child?.stdin?.end()
      await Promise.all(tills.map(({ ended }) => ended))
      const charges = tills.flatMap(({ home }) => readLines<Charged>(join(home, CHARGES)))
      const refunded = new Set(tills.flatMap(({ home }) => readLines<string>(join(home, REFUNDS))))
      const ids = charges.map(({ orderId }) => orderId)
      for (const id of ids.filter((one, at) => ids.indexOf(one) < at)) wrong.push(`order ${id} was charged once more`)
      const points = new Map(tills.flatMap(({ members }) => members.map((member) => [member, 0])))
      for (const { orderId, member, due, reward } of charges) {
        if (!refunded.has(orderId)) points.set(member, (points.get(member) ?? 0) + due - (reward ? REWARD_POINTS : 0))
      }
      return { orders: charges.length, wrong, points }
    },
  }
}
