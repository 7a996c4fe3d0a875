import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sale } from '../cart.ts'
import { createTill, type Till } from '../client.ts'
import { regulars, type Started, startServe, writeProgram } from '../command.ts'
import { ACCOUNT, houseProgram } from '../programs.ts'

/** An order of a dollar, worth a point, with its answer. */
export interface Sold {
  readonly order: ReturnType<typeof sale>
  readonly text: string
}

/** A shop of the house's program on a PostgreSQL of ours. */
export interface Shop {
  /** A server at this address of the database, and a till of it. */
  open(databaseUrl: string): Promise<{ server: Started; till: Till; close(): Promise<void> }>
  /** Stops what is still open: a script that has failed leaves no servers behind. */
  close(): Promise<void>
}

export async function createShop(databaseUrl: string): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'regulars-shop-'))
  const product = { folder, dataDir: folder }
  const keyFile = join(folder, 'master.key')
  await writeFile(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  const at = ['--database-url', databaseUrl]
  await expectDone(['migrate', ...at])
  await expectDone(['apply', await writeProgram(folder, houseProgram()), '--yes', ...at])
  const made = await expectDone(['credential', 'create', '--account', ACCOUNT, '--json', ...at, '--key-file', keyFile])
  const credential = JSON.parse(made) as { apiKey: string; secret: string }
  const opened: { close(): Promise<void> }[] = []
  return {
    async open(url) {
      const server = await startServe(product, url)
      const till = createTill({ ...credential, url: server.ready.url ?? '', accountId: ACCOUNT })
      const close = async () => {
        till.close()
        await server.stop()
      }
      opened.push({ close })
      return { server, till, close }
    },
    async close() {
      for (const one of opened) await one.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** As many orders, one after the other. */
export async function sell(till: Till, member: string, count: number): Promise<Sold[]> {
  const sold: Sold[] = []
  for (let n = 0; n < count; n++) {
    const order = sale(1)
    const { http, text } = await till.order(member, 'completed', order)
    check(http === 200, text)
    sold.push({ order, text })
  }
  return sold
}

/** One after the other, five thousand orders of one member take minutes. */
const ASKED_AT_ONCE = 16

/** All of it is there, is answered so again, and nothing has changed by asking. */
export async function expectKept(till: Till, member: string, kept: readonly Sold[]): Promise<void> {
  const expectPoints = async () => {
    const points = await till.points(member)
    check(points === kept.length, `there are ${points} points; ${kept.length} were earned`)
  }
  await expectPoints()
  const expectSame = async ({ order, text }: Sold) => {
    const again = (await till.order(member, 'completed', order)).text
    check(again === text, `${order.id} is answered otherwise than before:\n${text}\n${again}`)
  }
  for (let n = 0; n < kept.length; n += ASKED_AT_ONCE) await Promise.all(kept.slice(n, n + ASKED_AT_ONCE).map(expectSame))
  await expectPoints()
}

/** Repeats a call, byte for byte, until it is answered, as a till does. */
export async function persist<T extends { http: number }>(call: () => Promise<T>, forMs = 60_000): Promise<T> {
  const until = Date.now() + forMs
  for (;;) {
    const reply = await call().catch(() => undefined)
    if (reply && reply.http < 500) return reply
    if (Date.now() > until) throw new Error(`no answer within ${forMs / 1000} s: ${JSON.stringify(reply)}`)
    await sleep(50)
  }
}

export async function expectDone(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await regulars(args)
  check(code === 0, `${args[0]}: ${stdout}${stderr}`)
  return stdout
}

export function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}

/** A folder in which Debian's PostgreSQL may write, also when we are root and it must not be. */
export async function createFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), name))
  if (process.getuid?.() === 0) await giveToPostgres(folder)
  return folder
}

export async function giveToPostgres(path: string): Promise<void> {
  const { uid, gid } = postgresUser()
  await chown(path, uid, gid)
}

export function postgresUser(): { uid: number; gid: number } {
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres']).toString()))
  return { uid, gid }
}

export const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
