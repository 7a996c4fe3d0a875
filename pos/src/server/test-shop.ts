import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { expectCleanLedger, type Product, startProduct } from '../../../test/src/product.ts'
import type { ProgramFile } from '../../../test/src/programs.ts'
import type { CartAsk, CartLine, MemberView, PayAsk, PayOutcome, Quote } from '../api.ts'
import { type Line, openLine } from '../browser/test-line.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..', '..')
/** The first start builds the screens. */
const START_MS = 120_000
const DEVICE_TIMEOUT_MS = 3_000

/** A partner server as a program, the real loyalty server behind a line that can be cut, and screens that talk to it. */
export interface TestShop {
  readonly product: Product
  readonly line: Line
  readonly staffCode: string
  readonly kioskCode: string
  readonly folder: string
  screen(code?: string): Promise<Screen>
  /** SIGKILL, and started again on the same data. */
  crash(between?: () => void): Promise<void>
  close(): Promise<void>
}

/** A browser's calls, with its cookies. */
export interface Screen {
  send<Answer>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ http: number; body: Answer }>
  /** A call that has to be answered with 200. */
  ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
}

export async function openShop(): Promise<TestShop> {
  const folder = await mkdtemp(join(tmpdir(), 'regulars-pos-'))
  const program = parse(await readFile(join(REPOSITORY, 'examples', 'taste-of-the-world', 'program.yaml'), 'utf8')) as ProgramFile
  const [product, line] = await Promise.all([startProduct(program), openLine()])
  line.to(product.url)
  let partner = await startProgram(folder, line.url, product)
  return {
    ...{ product, line, folder },
    get staffCode() {
      return partner.ready.staffCode
    },
    get kioskCode() {
      return partner.ready.kioskCode
    },
    async screen(code = partner.ready.staffCode) {
      const screen = openScreen(() => partner.ready.url)
      if (code !== '') await screen.ask('POST', '/api/pair', { code })
      return screen
    },
    async crash(between) {
      await end(partner.child, 'SIGKILL')
      between?.()
      partner = await startProgram(folder, line.url, product)
    },
    async close() {
      const code = await end(partner.child, 'SIGTERM')
      await line.close()
      try {
        if (code !== 0) throw new Error(`the partner server ended with ${code}:\n${partner.output()}`)
        await expectCleanLedger(product)
      } finally {
        await product.kill()
        await Promise.all([folder, product.folder].map((one) => rm(one, { recursive: true, force: true })))
      }
    },
  }
}

interface Ready {
  readonly url: string
  readonly staffCode: string
  readonly kioskCode: string
}

async function startProgram(
  folder: string,
  url: string,
  product: Product,
): Promise<{ child: ChildProcess; ready: Ready; output(): string }> {
  const readyFile = join(folder, 'ready.json')
  await rm(readyFile, { force: true })
  const options = {
    ...{ url, key: product.apiKey, port: 0, 'data-dir': join(folder, 'data'), 'ready-file': readyFile },
    ...{ 'device-timeout-ms': DEVICE_TIMEOUT_MS, 'loyalty-timeout-ms': 1500 },
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [join(REPOSITORY, 'pos', 'bin', 'regulars-pos.js'), ...args], {
    env: { PATH, HOME, REGULARS_SECRET: product.secret },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  for (const deadline = Date.now() + START_MS; Date.now() < deadline && child.exitCode === null; await sleep(30)) {
    const text = await readFile(readyFile, 'utf8').catch(() => undefined)
    if (text !== undefined) return { child, ready: JSON.parse(text) as Ready, output: () => output }
  }
  child.kill('SIGKILL')
  throw new Error(`the partner server did not start:\n${output}`)
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.kill(signal)
  return ended
}

function openScreen(url: () => string): Screen {
  const cookies = new Map<string, string>()
  const send: Screen['send'] = async <Answer>(method: string, path: string, body?: unknown, headers = {}) => {
    const response = await fetch(url() + path, {
      method,
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=')
      cookies.set(name, value)
    }
    return { http: response.status, body: (await response.json()) as Answer }
  }
  return {
    send,
    async ask<Answer>(method: string, path: string, body?: unknown) {
      const { http, body: answer } = await send<Answer>(method, path, body)
      if (http !== 200) throw new Error(`${method} ${path}: ${http} ${JSON.stringify(answer)}`)
      return answer
    },
  }
}

/** Chicken tacos with guacamole: 13.95, one of the dishes that the welcome gift takes off. */
export const TACOS: CartLine = { key: 'tacos', item: '115', quantity: 1, modifiers: [{ option: 'guacamole', quantity: 1 }] }
/** French fries: 7.00, not a Mexican dish. */
export const FRIES: CartLine = { key: 'fries', item: '106', quantity: 1, modifiers: [] }

/** A register at a till, as its web app would use the server. */
export function register(screen: Screen, till: string) {
  let seq = 0
  return {
    till,
    lookUp: (phone: string, name?: string) =>
      screen.ask<MemberView>('POST', `/api/tills/${till}/members`, { phone, ...(name && { name }) }),
    quote(lines: readonly CartLine[], facts: Partial<CartAsk> = {}) {
      seq += 1
      return screen.ask<Quote>('PUT', `/api/tills/${till}/cart`, {
        order: randomUUID(),
        seq,
        lines,
        member: null,
        reward: null,
        ...facts,
      })
    },
    pay: (order: string, ask: PayAsk) => screen.ask<PayOutcome>('POST', `/api/orders/${order}/pay?till=${till}`, ask),
    press: (press: string) => screen.ask('POST', `/api/devices/${till}`, { press }),
  }
}
