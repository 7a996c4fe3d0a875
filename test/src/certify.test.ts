import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FAULTS, type KnownFault } from './certification-faults.ts'
import { regulars } from './command.ts'
import { type FaultyServer, startFaultyServer } from './faulty-server.ts'
import { type Product, useProduct } from './product.ts'
import { DEMO_STORE, houseProgram, shopProgram } from './programs.ts'

interface Check {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'blocked' | 'not_applicable'
  readonly note?: string
  readonly evidence: readonly { readonly expectations: readonly { readonly met: boolean }[] }[]
}
interface Report {
  readonly ok: boolean
  readonly checks: readonly Check[]
}

/** Few dishes, so that a run is short; one of each category that a rule names. */
const MENU = 'item_id,name,category,price\n1,Hamburger,American,12.95\n2,Taco,Mexican,9.00\n3,Sundae,Desserts,4.50\n'

/** Every kind of reward: money, percentage, a free item, buy one get one; and one that joining brings. */
const RICH = houseProgram({
  rewards: {
    'five-off': { label: '$5 Off', offer: 'rebate', amount: '5.00', points: 100, code: '5OFF' },
    'ten-percent': { label: '10% Off', offer: 'discount', percent: 10, max: '3.00', points: 110, code: '10PCT' },
    bogo: {
      label: 'Buy 1 get 1 Taco',
      offer: 'gift',
      buy: { quantity: 1, of: { categories: ['Mexican'] } },
      free: 1,
      of: { categories: ['Mexican'] },
      points: 120,
      code: 'BOGO',
    },
    dessert: { label: 'Free Dessert', offer: 'gift', free: 1, of: { categories: ['Desserts'] }, code: 'SWEET' },
  },
  campaigns: { welcome: { trigger: 'registration', do: [{ grant: 'dessert' }] } },
})

async function certify(product: Product, url: string, options: readonly string[] = [], format = 'json') {
  const menu = join(product.folder, 'menu.csv')
  await writeFile(menu, MENU)
  const credential = ['--key', product.apiKey, '--secret', product.secret, '--account', product.accountId]
  const where = ['--url', url, '--store', DEMO_STORE, '--menu', menu, '--format', format]
  return regulars(['certify', ...where, ...credential, ...options])
}

function reportIn(run: { stdout: string; stderr: string }): Report {
  expect(run.stdout, run.stderr).toMatch(/^\{/)
  return JSON.parse(run.stdout) as Report
}

/** The other direction: what the server has seen of the very run. */
async function statesOf({ url, apiKey, adminToken }: Product, wanted: string): Promise<string[]> {
  const reply = await fetch(`${url}/admin/v1/certification/${apiKey}`, { headers: { authorization: `Bearer ${adminToken}` } })
  const { checks } = (await reply.json()) as { checks: { name: string; state: string }[] }
  return checks.filter(({ state }) => state === wanted).map(({ name }) => name)
}

const named = (report: Report, ...outcomes: Check['outcome'][]) =>
  report.checks.filter(({ outcome }) => outcomes.includes(outcome)).map(({ name }) => name)

/** Runs the checklist against the product with a fault in front of it. */
async function withFault(product: Product, { fault, options = [] }: KnownFault): Promise<Report> {
  let server: FaultyServer | undefined
  try {
    server = await startFaultyServer(product, fault())
    const run = await certify(product, server.url, options)
    expect(run.code, run.stdout + run.stderr).toBe(1)
    return reportIn(run)
  } finally {
    await server?.close()
  }
}

describe('a program with every kind of reward', () => {
  const product = useProduct(RICH)

  it('passes as it is, but for what it has not', async () => {
    const run = await certify(product(), product().url)
    const report = reportIn(run)
    expect(named(report, 'failed', 'blocked'), run.stderr).toEqual([])
    expect(named(report, 'not_applicable')).toEqual(['points_whole', 'points_part', 'points_more'])
    expect(run.code).toBe(0)
    expect(await statesOf(product(), 'missing')).toEqual([])
    for (const { evidence } of report.checks.filter(({ outcome }) => outcome === 'passed'))
      expect(evidence.flatMap(({ expectations }) => expectations).length).toBeGreaterThan(0)
  })

  it.each(FAULTS.filter(({ shop }) => !shop))('$name: $fails', { timeout: 60_000 }, async (known) => {
    const report = await withFault(product(), known)
    const failed = report.checks.filter(({ outcome }) => outcome === 'failed' || outcome === 'blocked')
    expect(
      failed.map(({ name }) => name),
      JSON.stringify(failed.map(({ name, note }) => [name, note])),
    ).toEqual(known.fails)
    for (const { evidence } of failed) expect(evidence.at(-1)).toBeDefined()
  })

  it('says in one line what makes all checks pointless, and asks nothing more', async () => {
    const credential = ['--key', product().apiKey, '--account', product().accountId, '--store', DEMO_STORE]
    const wrong = await regulars(['certify', '--url', product().url, '--secret', 'd3Jvbmc=', ...credential])
    expect([wrong.code, wrong.stdout]).toEqual([3, ''])
    expect(wrong.stderr).toMatch(/--secret is not the one of this --key/)
    const away = await regulars(['certify', '--url', 'http://127.0.0.1:9', '--secret', product().secret, ...credential])
    expect(away.code).toBe(3)
    const page = await regulars(['certify', '--url', `${product().url}/docs/`, '--secret', product().secret, ...credential])
    expect(page.stderr).toMatch(/does not speak the partner API/)
  })

  it('writes JUnit and one HTML page, also of what failed', async () => {
    const server = await startFaultyServer(product(), FAULTS.find(({ name }) => name.startsWith('counts in'))?.fault() ?? fail())
    try {
      const junit = await certify(product(), server.url, ['--only', 'balance', 'member_known'], 'junit')
      expect(junit.stdout).toMatch(/<testsuites name="certification" tests="2" failures="1" errors="0" skipped="0"/)
      expect(junit.stdout).toContain('<failure message="expected the documented shape; found the units &quot;coins&quot;">')
      const file = join(product().folder, 'report.html')
      const html = await certify(product(), server.url, ['--only', 'balance', 'member_known', '--out', file], 'html')
      expect(html.code).toBe(1)
      const page = await readFile(file, 'utf8')
      expect(page).toContain('The points balance')
      expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)=["']?(https?:)?\/\//)
      expect(page).not.toContain(product().secret)
    } finally {
      await server.close()
    }
  })
})

describe('a program where points pay', () => {
  const product = useProduct(shopProgram())

  it('passes as it is, and has then been seen to', async () => {
    const run = await certify(product(), product().url)
    expect(named(reportIn(run), 'failed', 'blocked'), run.stderr).toEqual([])
    expect(await statesOf(product(), 'missing')).toEqual([])
    expect(await statesOf(product(), 'seen')).toEqual(expect.arrayContaining(['points_whole', 'points_part', 'points_more']))
  })

  it.each(FAULTS.filter(({ shop }) => shop))('$name: $fails', { timeout: 60_000 }, async (known) => {
    const report = await withFault(product(), known)
    const failed = report.checks.filter(({ outcome }) => outcome === 'failed' || outcome === 'blocked')
    expect(
      failed.map(({ name }) => name),
      JSON.stringify(failed.map(({ name, note }) => [name, note])),
    ).toEqual(known.fails)
  })
})

it('shows every line of the checklist to fail', async () => {
  const list = await regulars([
    'certify',
    '--url',
    'http://127.0.0.1',
    '--key',
    'k',
    '--secret',
    'c2VjcmV0',
    '--account',
    '1',
    '--store',
    '1',
    '--only',
    'none',
  ])
  const all = /There are: (.*)\.$/m.exec(list.stderr)?.[1]?.split(', ') ?? []
  expect(all.length).toBeGreaterThan(25)
  expect(all.filter((name) => !FAULTS.some(({ fails }) => fails.includes(name)))).toEqual([])
})

function fail(): never {
  throw new Error('there is such a fault')
}
