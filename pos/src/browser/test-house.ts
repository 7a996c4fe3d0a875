import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import { parse } from 'yaml'
import { findChromium } from '../../../scripts/find-program.ts'
import { sale } from '../../../test/src/cart.ts'
import { nextPhone } from '../../../test/src/client.ts'
import { expectCleanLedger, type Product, startProduct } from '../../../test/src/product.ts'
import type { ProgramFile } from '../../../test/src/programs.ts'
import { type Line, openLine } from './test-line.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..', '..')
const EXAMPLE = join(REPOSITORY, 'examples', 'taste-of-the-world')
const NO_BROWSER = `The browser tests need Chromium or Chrome, and none is on the PATH.
On Debian or Ubuntu, as root: apt-get install chromium. Elsewhere: install Chrome, or set REGULARS_CHROMIUM to its program file.`
/** The partner server builds its screens at its first start: seconds, or a minute on a busy machine. */
const START_MS = 120_000
const STOP_MS = 20_000
/** How long the simulated payment device waits for a card: longer than the slowest journey needs, as short as a test may wait for. */
const DEVICE_TIMEOUT_MS = 15_000

/** A loyalty server and a partner server, run as the programs they are, and a browser. */
export interface House {
  readonly browser: Browser
  /** The partner server's address. */
  readonly url: string
  readonly staffCode: string
  readonly kioskCode: string
  readonly loyalty: Product['till']
  /** A member of the loyalty program who has so many points. */
  member(points: number): Promise<Member>
  /** The loyalty server dies, as with a power cut. */
  killLoyalty(): Promise<void>
  /** It comes back, with its data, at the address that the partner knows. */
  reviveLoyalty(): Promise<void>
  /** Everything the partner server has printed. */
  partnerLog(): string
  close(): Promise<void>
}

export interface Member {
  readonly id: string
  readonly phone: string
}

export async function openHouse(): Promise<House> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(NO_BROWSER)
  const folder = await mkdtemp(join(tmpdir(), 'regulars-browser-'))
  const program = parse(await readFile(join(EXAMPLE, 'program.yaml'), 'utf8')) as ProgramFile
  const line = await openLine()
  const browser = await chromium.launch({ executablePath, args: ['--disable-dev-shm-usage'] })
  let product = await startProduct(program)
  line.to(product.url)
  const partner = await startPartner(folder, line, product)
  return {
    ...{ browser, url: partner.url, staffCode: partner.staffCode, kioskCode: partner.kioskCode, partnerLog: partner.output },
    get loyalty() {
      return product.till
    },
    async member(points) {
      const phone = nextPhone()
      const id = await product.till.newMember({ phone })
      if (points > 0) await product.till.accepted(id, 'completed', sale(points))
      return { id, phone }
    },
    async killLoyalty() {
      line.cut()
      await product.kill()
    },
    async reviveLoyalty() {
      product = await startProduct(program, { folder: product.folder })
      line.to(product.url)
    },
    async close() {
      await browser.close()
      await partner.stop()
      await line.close()
      try {
        await expectCleanLedger(product)
      } finally {
        await product.kill()
        await rm(product.folder, { recursive: true, force: true })
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

interface Partner {
  readonly url: string
  readonly staffCode: string
  readonly kioskCode: string
  output(): string
  stop(): Promise<void>
}

async function startPartner(folder: string, line: Line, { apiKey, secret, accountId }: Product): Promise<Partner> {
  const readyFile = join(folder, 'pos.json')
  const dataDir = join(folder, 'pos')
  await mkdir(dataDir)
  const args = ['--url', line.url, '--key', apiKey, '--account', accountId, '--port', '0', '--data-dir', dataDir]
  const child = spawn(
    process.execPath,
    [
      join(REPOSITORY, 'pos', 'bin', 'regulars-pos.js'),
      ...args,
      ...['--ready-file', readyFile, '--device-timeout-ms', String(DEVICE_TIMEOUT_MS)],
    ],
    { cwd: REPOSITORY, env: { PATH: process.env.PATH, HOME: process.env.HOME, REGULARS_SECRET: secret } },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ready = await untilReady(child, readyFile, () => output)
  return {
    ...ready,
    output: () => output,
    async stop() {
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      child.kill('SIGTERM')
      const code = await Promise.race([ended, sleep(STOP_MS, 'late' as const, { ref: false })])
      if (code === 0) return
      child.kill('SIGKILL')
      throw new Error(`the partner server ended with ${code}:\n${output}`)
    },
  }
}

async function untilReady(child: ChildProcess, file: string, output: () => string): Promise<Omit<Partner, 'output' | 'stop'>> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline && child.exitCode === null) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text) as Omit<Partner, 'output' | 'stop'>
    await sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error(`the partner server did not start:\n${output()}`)
}
